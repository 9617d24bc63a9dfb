package controllers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
	"postroom/templates"
)

// userList is the list of users with its filter, as the statistics and the page of users show it. All of it is in the
// address, so that a list can be kept as a bookmark and sent to another admin.
type userList struct {
	Path, Anchor string            // the page, and where on it the list begins
	Form         map[string]string // the filter as it was typed
	Fields       []metadataField   // of the filter
	Hidden       []pair            // what the form must carry along: the order and the length
	Errors       models.Invalid    // by the id of the control; sort, limit and after have none
	Title        string            // the filter in words
	Filtered     bool
	Heads        []userHead
	Users        []userLine
	Count, Total int64  // how many match, of how many
	First, Next  string // the addresses of other pages; empty where there are none
	Export       string // the address where the whole list can be taken out
	Limits       []limitLink
	More         bool // whether one of the rarer filters is in use
}

// filterControl is a control of the filter, with what was typed and what is wrong with it.
type filterControl struct {
	ID, Value string
	Error     any
}

// metadataField is a condition on a user's own field.
type metadataField struct {
	filterControl
	Name, Field string
}

// userLine is a user as the list shows one. The words are made here: a page has a hundred lines, and a template takes ten
// times as long for a call as for a value.
type userLine struct {
	ID                           int64
	Name, Username, Path         string
	Posts, LastPost, LastPostISO string // empty for none
	Role                         string // empty for a user without a role above the others
	Email, Age                   string
	Joined, JoinedISO            string
	IsActive                     bool
}

// userHead is the head of a column.
type userHead struct {
	Say    models.Sentence
	Href   string
	Sorted string // as in aria-sort; empty: not by this column
	Number bool
}

type limitLink struct {
	Limit   int
	Href    string
	Current bool
}

// userColumns are the columns and how each is sorted when it is first asked for: what is most or newest comes first.
var userColumns = []struct {
	sort         string
	head, by     models.Sentence
	number, down bool
}{
	{"name", models.Say("Name"), models.Say("by name"), false, false},
	{"post_count", models.Say("Posts"), models.Say("by number of posts"), true, true},
	{"last_post_at", models.Say("Last post"), models.Say("by last post"), false, true},
	{"active", models.Say("State"), models.Say("by state"), false, false},
	{"role", models.Say("Role"), models.Say("by role"), false, false},
	{"email", models.Say("E-mail"), models.Say("by e-mail"), false, false},
	{"age", models.Say("Age"), models.Say("by age"), true, true},
	{"created_at", models.Say("Joined"), models.Say("by date of joining"), false, true},
}

var rowsAPage = []int{10, usualLimit, 100}

// usualLimit is how many rows a page has where its address does not say: ParseUserFilter's own choice.
const usualLimit = 25

// tidied sends the browser on to the same list under a shorter address, without what was left empty, and with a pair of
// meta_field and meta_value made one condition. It reports whether it did.
func tidied(c *gin.Context) bool {
	query := c.Request.URL.Query()
	changed := false
	if field, value := strings.TrimSpace(query.Get("meta_field")), strings.TrimSpace(query.Get("meta_value")); field != "" && value != "" {
		query.Set("meta."+field, value)
		query.Del("meta_field")
		query.Del("meta_value")
		changed = true
	}
	for name, values := range query {
		said := slices.DeleteFunc(values, func(value string) bool { return strings.TrimSpace(value) == "" })
		if len(said) < len(values) {
			query[name] = said
			changed = true
		}
	}
	if changed {
		c.Redirect(http.StatusSeeOther, address(c.Request.URL.Path, query))
	}
	return changed
}

// userList reads the filter from the address and lists who matches. Of a filter that makes no sense it lists nobody, and
// says beside each control what is wrong.
func (a *App) userList(c *gin.Context, total int64, anchor string) (*userList, error) {
	zone, lang, query := me(c).Location(a.Zone), a.language(c), c.Request.URL.Query()
	f, err := models.ParseUserFilter(query, zone)
	l := &userList{Path: c.Request.URL.Path, Anchor: anchor, Form: map[string]string{}, Errors: models.Invalid{}, Total: total, Filtered: !f.IsEmpty()}
	for name, values := range query {
		l.Form[name] = strings.ToValidUTF8(values[0], "�")
	}
	l.takeFields(query)
	if err := l.takeErrors(err); err != nil {
		return nil, err
	}
	if f.Sort != models.DefaultUserSort {
		l.Hidden = append(l.Hidden, pair{"sort", f.Sort})
	}
	if f.Limit != usualLimit {
		l.Hidden = append(l.Hidden, pair{"limit", strconv.Itoa(f.Limit)})
	}
	for _, name := range []string{"last_post_to", "registered_from", "registered_to", "meta_field", "meta_value"} {
		l.More = l.More || l.Form[name] != ""
	}
	l.More = l.More || len(l.Fields) > 0
	if len(l.Errors) > 0 {
		return l, nil
	}
	l.Title = filterTitle(f, lang, zone)
	l.link(f)
	return l, l.fill(c.Request.Context(), a.Store, f, templates.When{Language: lang, Zone: zone, Now: time.Now()})
}

// fill asks for the rows. Everyone together is counted already.
func (l *userList) fill(ctx context.Context, store *models.Store, f models.UserFilter, when templates.When) error {
	found, err := store.Users(ctx, f)
	if err != nil {
		return err
	}
	l.Count = l.Total
	for i := range found.Users {
		l.Users = append(l.Users, newUserLine(&found.Users[i].User, when))
	}
	if found.Next != "" {
		query := f.Query()
		query.Set("after", found.Next)
		l.Next = l.address(query)
	}
	switch {
	case !l.Filtered:
	case f.After == "" && found.Next == "":
		l.Count = int64(len(found.Users)) // they are all here
	default:
		l.Count, err = store.CountUsers(ctx, f)
	}
	return err
}

func newUserLine(user *models.User, when templates.When) userLine {
	line := userLine{ID: user.ID, Name: user.Name, Username: user.Username, Path: user.Path(), Email: user.Email,
		Joined: when.Day(user.CreatedAt), JoinedISO: when.ISO(user.CreatedAt), IsActive: user.IsActive}
	if user.PostCount != 0 {
		line.Posts = when.T("%d", user.PostCount)
	}
	if user.LastPostAt != nil {
		line.LastPost, line.LastPostISO = when.At(*user.LastPostAt), when.ISO(*user.LastPostAt)
	}
	if user.Age != nil {
		line.Age = strconv.Itoa(*user.Age)
	}
	if user.Role != models.RoleUser {
		line.Role = when.Say(roleWords[user.Role])
	}
	return line
}

// link makes the addresses of the same list in another order, of another length, and from its beginning.
func (l *userList) link(f models.UserFilter) {
	query := f.Query()
	if f.After != "" {
		l.First = l.address(query)
	}
	whole := f.Query()
	whole.Del("limit")
	whole.Set("sort", f.Sort)
	l.Export = address("/admin/exports", whole)
	with := func(name, value, usual string) string {
		if query.Del(name); value != usual {
			query.Set(name, value)
		}
		return l.address(query)
	}
	for _, n := range rowsAPage {
		l.Limits = append(l.Limits, limitLink{n, with("limit", strconv.Itoa(n), strconv.Itoa(usualLimit)), n == f.Limit})
	}
	query = f.Query()
	sorted, down := strings.CutPrefix(f.Sort, "-")
	for _, column := range userColumns {
		head := userHead{Say: column.head, Number: column.number}
		fall := column.down
		if column.sort == sorted {
			fall = !down
			head.Sorted = "ascending"
			if down {
				head.Sorted = "descending"
			}
		}
		to := column.sort
		if fall {
			to = "-" + to
		}
		head.Href = with("sort", to, models.DefaultUserSort)
		l.Heads = append(l.Heads, head)
	}
}

func (l *userList) address(query url.Values) string { return address(l.Path, query) + l.Anchor }

func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// takeFields finds the conditions on users' own fields.
func (l *userList) takeFields(query url.Values) {
	for name := range query {
		if field, ok := strings.CutPrefix(name, "meta."); ok {
			l.Fields = append(l.Fields, metadataField{filterControl{Value: l.Form[name]}, name, strings.ToValidUTF8(field, "�")})
		}
	}
	slices.SortFunc(l.Fields, func(a, b metadataField) int { return strings.Compare(a.Name, b.Name) })
	for i := range l.Fields {
		l.Fields[i].ID = "meta-" + strconv.Itoa(i+1)
	}
}

// takeErrors puts what is wrong beside the control that it is about.
func (l *userList) takeErrors(err error) error {
	var invalid models.Invalid
	if err != nil && !errors.As(err, &invalid) {
		return err
	}
	for name, said := range invalid {
		for i, field := range l.Fields {
			if field.Name == name {
				name, l.Fields[i].Error = field.ID, said
			}
		}
		l.Errors[name] = said
	}
	switch field, value := l.Form["meta_field"], l.Form["meta_value"]; {
	case field != "" && value == "":
		l.Errors["meta_value"] = models.Say("Give the value to look for.")
	case field == "" && value != "":
		l.Errors["meta_field"] = models.Say("Give the name of the field.")
	}
	return nil
}

// Control is the control of a name.
func (l *userList) Control(name string) filterControl {
	control := filterControl{ID: name, Value: l.Form[name]}
	if said, ok := l.Errors[name]; ok {
		control.Error = said
	}
	return control
}

// Lost are the controls with an error that the page has no control for, since links make their values.
func (l *userList) Lost() (lost []filterControl) {
	for _, name := range []string{"sort", "limit", "after"} {
		if control := l.Control(name); control.Error != nil {
			lost = append(lost, control)
		}
	}
	return lost
}
