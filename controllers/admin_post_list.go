package controllers

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
	"postroom/templates"
)

// postList is the list of posts with its filter. All of it is in the address, so that a list can be kept as a bookmark and sent
// to another admin.
type postList struct {
	Form         map[string]string // the filter as it was typed
	Errors       models.Invalid    // by the id of the control; some have none
	Presets      []preset
	Hidden       []pair // what the form must carry along: the order and the length
	Title        string // the filter in words
	Filtered     bool
	More         bool // whether one of the rarer filters is in use
	Heads        []listHead
	Posts        []postLine
	Count, Total int64 // how many match, of how many
	Uncounted    bool  // more than Count match
	Waiting      bool  // some posts are not in the list yet
	Reports      []reportLine
	Settled      []reportLine
	Here         string // the address of this page
	First, Next  string // the addresses of other pages; empty where there are none
	Query        string // the filter as the query of an address, without order and length
	Export       string // the address where the whole list can be taken out
	Limits       []limitLink
}

// postLine is a post as the list shows one.
type postLine struct {
	ID                            int64
	Title, Path, Author, Username string
	AuthorPath                    string
	Draft, Scheduled              bool
	Visibility                    string
	Published, PublishedISO       string // empty: never
	Begun, BegunISO               string
	Changed, ChangedISO           string
	Reports                       int
}

// postHeads are the columns and how each is sorted when it is first asked for: what is newest comes first.
var postHeads = []struct {
	sort string
	head models.Sentence
	down bool
}{
	{"title", models.Say("Title"), false},
	{"author", models.Say("Author"), false},
	{"", models.Say("State"), false},
	{"published_at", models.Say("Published"), true},
	{"created_at", models.Say("Begun"), true},
	{"updated_at", models.Say("Changed"), true},
	{"", models.Say("Reports"), false},
}

// postList reads the filter from the address and lists what matches. Of a filter that makes no sense it lists nothing, and says
// beside each control what is wrong.
func (a *App) postList(c *gin.Context) (*postList, error) {
	zone, lang, query, ctx := me(c).Location(a.Zone), a.language(c), c.Request.URL.Query(), c.Request.Context()
	f, err := models.ParsePostFilter(query, zone)
	l := &postList{Form: map[string]string{}, Errors: models.Invalid{}, Filtered: !f.IsEmpty(), Here: c.Request.URL.RequestURI()}
	for name, values := range query {
		l.Form[name] = strings.ToValidUTF8(values[0], "�")
	}
	if err != nil && !errors.As(err, &l.Errors) {
		return nil, err
	}
	for name, values := range f.Query() {
		if name == "sort" || name == "limit" {
			l.Hidden = append(l.Hidden, pair{name, values[0]})
		}
	}
	for _, name := range []string{"visibility", "tag", "created_from", "created_to", "published_to"} {
		l.More = l.More || l.Form[name] != ""
	}
	if l.Presets, err = a.postPresets(ctx, f, len(l.Errors) == 0); err != nil || len(l.Errors) > 0 {
		return l, err
	}
	l.Title = postsTitle(f, lang, zone)
	l.link(f)
	return l, l.fill(ctx, a.Store, me(c), f, templates.When{Language: lang, Zone: zone, Now: time.Now()})
}

// fill asks for the rows, and for what readers reported of them.
func (l *postList) fill(ctx context.Context, store *models.Store, by *models.User, f models.PostFilter, when templates.When) error {
	found, err := store.ListPosts(ctx, f)
	if err != nil {
		return err
	}
	l.Count, l.Total, l.Uncounted, l.Waiting = found.Count, found.Total, found.More, found.Waiting
	var reported []int64
	for i := range found.Posts {
		post := &found.Posts[i]
		l.Posts = append(l.Posts, newPostLine(post, when))
		if post.Reports > 0 {
			reported = append(reported, post.ID)
		}
	}
	if found.Next != "" {
		query := f.Query()
		query.Set("after", found.Next)
		l.Next = address("/admin/posts", query)
	}
	if len(reported) > 0 {
		reports, err := store.OpenReports(ctx, by, reported)
		if err != nil {
			return err
		}
		l.Reports = reportLines(reports, when)
	}
	if f.Reported {
		settled, err := store.SettledReports(ctx, by, newestSettled)
		if err != nil {
			return err
		}
		l.Settled = reportLines(settled, when)
	}
	return nil
}

func newPostLine(post *models.PostLine, when templates.When) postLine {
	line := postLine{ID: post.ID, Title: post.Title, Path: post.Path(), Author: post.User.Name, Username: post.User.Username, AuthorPath: adminPath(post.User),
		Draft: post.IsDraft(), Scheduled: post.IsScheduled(), Visibility: post.Visibility, Begun: when.Day(post.CreatedAt), BegunISO: when.ISO(post.CreatedAt), Changed: when.At(post.UpdatedAt), ChangedISO: when.ISO(post.UpdatedAt), Reports: post.Reports}
	if post.IsScheduled() {
		line.Published, line.PublishedISO = when.At(*post.PublishAt), when.ISO(*post.PublishAt)
	} else if post.PublishedAt != nil {
		line.Published, line.PublishedISO = when.At(*post.PublishedAt), when.ISO(*post.PublishedAt)
	}
	return line
}

// link makes the addresses of the same list in another order, of another length, and from its beginning.
func (l *postList) link(f models.PostFilter) {
	query := f.Query()
	if f.After != "" {
		l.First = address("/admin/posts", query)
	}
	whole := f.Query()
	whole.Del("limit")
	whole.Del("sort")
	l.Query = whole.Encode()
	whole.Set("what", "posts")
	whole.Set("sort", f.Sort)
	l.Export = address("/admin/exports", whole)
	with := func(name, value, usual string) string {
		if query.Del(name); value != usual {
			query.Set(name, value)
		}
		return address("/admin/posts", query)
	}
	for _, n := range rowsAPage {
		l.Limits = append(l.Limits, limitLink{n, with("limit", strconv.Itoa(n), strconv.Itoa(models.DefaultPostLimit)), n == f.Limit})
	}
	query = f.Query()
	for _, column := range postHeads {
		head := listHead{Say: column.head}
		if column.sort != "" {
			head.Href = with("sort", head.sort(column.sort, f.Sort, column.down), models.DefaultPostSort)
		}
		l.Heads = append(l.Heads, head)
	}
}

// postPresets are the lists that everyone needs, with how many posts each has. One of them may be the list that is shown.
func (a *App) postPresets(ctx context.Context, f models.PostFilter, shown bool) ([]preset, error) {
	stats, err := a.Store.SiteStats(ctx)
	if err != nil {
		return nil, err
	}
	reported, err := a.Store.ReportedPosts(ctx)
	if err != nil {
		return nil, err
	}
	here := f.Query()
	here.Del("sort")
	here.Del("limit")
	var presets []preset
	for _, p := range []struct {
		say   models.Sentence
		query url.Values
		count int64
	}{
		{models.Say("All posts"), url.Values{}, stats.AllPosts()},
		{models.Say("Published"), url.Values{"status": {models.StatusPublished}}, stats.Published()},
		{models.Say("Drafts"), url.Values{"status": {models.StatusDraft}}, stats.Drafts},
		{models.Say("Scheduled"), url.Values{"status": {models.StatusScheduled}}, stats.Scheduled},
		{models.Say("Reported"), url.Values{"reported": {"true"}}, reported},
	} {
		presets = append(presets, preset{Say: p.say, Href: address("/admin/posts", p.query), Count: p.count, Current: shown && here.Encode() == p.query.Encode()})
	}
	return presets, nil
}

// Control is the control of a name.
func (l *postList) Control(name string) filterControl {
	control := filterControl{ID: name, Value: l.Form[name]}
	if said, ok := l.Errors[name]; ok {
		control.Error = said
	}
	return control
}

// Lost are the controls with an error that the page has no control for, since links make their values.
func (l *postList) Lost() (lost []filterControl) {
	for _, name := range []string{"sort", "limit", "after", "reported"} {
		if control := l.Control(name); control.Error != nil {
			lost = append(lost, control)
		}
	}
	return lost
}
