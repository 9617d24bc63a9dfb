package models

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// The settings of a post: what a form sets besides title, text and tags.
const (
	SettingStatus     = "status"
	SettingVisibility = "visibility"
	SettingPublishAt  = "publish_at"
	SettingAuthors    = "authors"
	SettingLang       = "lang"
	SettingComments   = "comments"
)

// Settings are the post's settings in one value, which a form carries: so its save can tell what was changed elsewhere meanwhile.
func (p *Post) Settings() string {
	return url.Values{SettingStatus: {p.Status}, SettingVisibility: {p.Visibility}, SettingPublishAt: {momentSet(p.PublishAt)},
		SettingAuthors: {authorsSet(p.authorNames())}, SettingLang: {p.Lang}, SettingComments: {p.CommentsState()}}.Encode()
}

// CommentsState is whether readers may write comments, as a form says it: open or closed.
func (p *Post) CommentsState() string {
	if p.CommentsClosed {
		return "closed"
	}
	return "open"
}

func momentSet(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

func authorsSet(names []string) string { return strings.ToLower(strings.Join(names, ",")) }

// apart are the settings which the change would set to something else than they are now, though they are not what its form saw:
// somebody else has set them meanwhile.
func (change PostChange) apart(now, changed *Post) (apart []string) {
	if change.Saw == nil {
		return nil
	}
	saw, _ := url.ParseQuery(*change.Saw) // of what cannot be read nothing was seen
	for _, setting := range []struct {
		name     string
		given    bool
		is, mine string
	}{
		{SettingStatus, change.Status != nil, now.Status, changed.Status},
		{SettingVisibility, change.Visibility != nil, now.Visibility, changed.Visibility},
		{SettingPublishAt, change.PublishAt != nil, momentSet(now.PublishAt), momentSet(changed.PublishAt)},
		{SettingAuthors, change.Authors != nil, authorsSet(now.authorNames()), authorsSet(tidyAuthors(change.Authors, now.User.Username))},
		{SettingLang, change.Lang != nil, now.Lang, changed.Lang},
		{SettingComments, change.CommentsClosed != nil, now.CommentsState(), changed.CommentsState()},
	} {
		if setting.given && setting.mine != setting.is && !slices.Equal(saw[setting.name], []string{setting.is}) {
			apart = append(apart, setting.name)
		}
	}
	return apart
}
