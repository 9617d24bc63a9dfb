package controllers

import (
	"strings"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// apartSetting is a setting of a post that two have set to different values: what each comes to in a form, and in words.
type apartSetting struct {
	Name                   string
	Label                  models.Sentence
	Mine, Theirs           string
	MineWords, TheirsWords string
}

var settingLabels = map[string]models.Sentence{
	models.SettingStatus:     models.Say("Status"),
	models.SettingVisibility: models.Say("Who reads it"),
	models.SettingPublishAt:  models.Say("Appears"),
	models.SettingAuthors:    models.Say("Written with"),
	models.SettingLang:       models.Say("Language of the post"),
	models.SettingComments:   models.Say("Comments"),
}

var settingWords = map[string]models.Sentence{
	models.StatusDraft:        models.Say("draft"),
	models.StatusScheduled:    models.Say("scheduled"),
	models.StatusPublished:    models.Say("published"),
	models.VisibilityPublic:   models.Say("Everyone"),
	models.VisibilityMembers:  models.Say("Members"),
	models.VisibilityUnlisted: models.Say("Unlisted"),
	"open":                    models.Say("Open"),
	"closed":                  models.Say("Closed"),
}

// apart are the settings that somebody else has set meanwhile, in both versions.
func (p Posts) apart(c *gin.Context, stale *models.Stale) (list []apartSetting) {
	lang, zone := p.language(c), p.zoneOf(c, stale.Now.User)
	mine := *stale.Mine
	mine.Authors = nil
	for _, name := range formAuthors(c) {
		mine.Authors = append(mine.Authors, &models.User{Username: name})
	}
	value := func(name string, post *models.Post) (value, words string) {
		switch name {
		case models.SettingStatus:
			return post.Status, lang.T(settingWords[post.Status].Text)
		case models.SettingVisibility:
			return post.Visibility, lang.T(settingWords[post.Visibility].Text)
		case models.SettingComments:
			return post.CommentsState(), lang.T(settingWords[post.CommentsState()].Text)
		case models.SettingPublishAt:
			if post.PublishAt == nil {
				return "", lang.T("when it is published")
			}
			return models.Appears(post.PublishAt, zone), lang.DateTime(*post.PublishAt, zone) + " " + zone.String()
		case models.SettingAuthors:
			if value = post.AuthorList(); value == "" {
				return "", lang.T("nobody else")
			}
			return value, value
		}
		for _, known := range postLanguages {
			if strings.EqualFold(known.Tag, post.Lang) {
				return post.Lang, known.Name
			}
		}
		if post.Lang == "" {
			return "", lang.T("not said")
		}
		return post.Lang, post.Lang
	}
	for _, name := range stale.Apart {
		setting := apartSetting{Name: name, Label: settingLabels[name]}
		setting.Mine, setting.MineWords = value(name, &mine)
		setting.Theirs, setting.TheirsWords = value(name, stale.Now)
		list = append(list, setting)
	}
	return list
}
