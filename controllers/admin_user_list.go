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
	Presets      []preset
	Hidden       []pair         // what the form must carry along: the order, the length and the columns
	Errors       models.Invalid // by the id of the control; some have none
	Title        string         // the filter in words
	Filtered     bool
	Heads        []listHead
	Users        []userLine
	Count, Total int64  // how many match, of how many
	First, Next  string // the addresses of other pages; empty where there are none
	Query        string // the filter alone as the query of an address
	Export, Save string // the addresses where the whole list can be taken out, and the filter saved
	Limits       []limitLink
	More         bool // whether one of the rarer filters is in use
	Columns      []columnChoice
	OwnColumns   string // fields of users' own that are shown, as they are typed
	Kept         []pair // what the form of the columns must carry along
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

// userLine is a user as the list shows one.
type userLine struct {
	ID             int64
	Name, Username string
	Cells          []userCell
}

// rareFilters are behind “More filters”.
var rareFilters = []string{"last_post_to", "registered_from", "registered_to", "last_seen_from", "last_seen_to", "posts_min", "posts_max",
	"meta_field", "meta_value", "meta_contains"}

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
	when := templates.When{Language: lang, Zone: zone, Now: time.Now()}
	f, err := models.ParseUserFilter(query, zone)
	l := &userList{Path: c.Request.URL.Path, Anchor: anchor, Form: map[string]string{}, Errors: models.Invalid{}, Total: total, Filtered: !f.IsEmpty()}
	for name, values := range query {
		l.Form[name] = strings.ToValidUTF8(values[0], "�")
	}
	l.takeFields(query)
	if err := l.takeErrors(err); err != nil {
		return nil, err
	}
	if _, wrong := l.Errors["state"]; !wrong {
		l.Form["state"] = f.State // it may have been said as active=true
	}
	whole := f.Query()
	for name, values := range whole {
		switch name {
		case "sort", "limit", "columns":
			l.Hidden = append(l.Hidden, pair{name, values[0]})
		}
		if name != "columns" {
			l.Kept = append(l.Kept, pair{name, values[0]})
		}
	}
	l.More = len(l.Fields) > 0 || slices.ContainsFunc(rareFilters, func(name string) bool { return l.Form[name] != "" })
	if l.Presets, err = a.presets(c.Request.Context(), whole, when, looksAgain(c)); err != nil || len(l.Errors) > 0 {
		return l, err
	}
	l.Title = filterTitle(f, lang, zone)
	l.Columns, l.OwnColumns = columnChoices(f)
	l.link(f)
	return l, l.fill(c.Request.Context(), a.Store, f, when)
}

// fill asks for the rows. Everyone together is counted already.
func (l *userList) fill(ctx context.Context, store *models.Store, f models.UserFilter, when templates.When) error {
	found, err := store.Users(ctx, f)
	if err != nil {
		return err
	}
	columns := []userColumn{}
	for _, name := range f.ShownColumns() {
		columns = append(columns, findColumn(name))
	}
	for i := range found.Users {
		user := &found.Users[i].User
		line := userLine{ID: user.ID, Name: user.Name, Username: user.Username}
		for _, column := range columns {
			line.Cells = append(line.Cells, column.cell(user, when))
		}
		l.Users = append(l.Users, line)
	}
	if found.Next != "" {
		query := f.Query()
		query.Set("after", found.Next)
		l.Next = l.address(query)
	}
	switch l.Count = found.Count; {
	case !l.Filtered:
		l.Count = l.Total
	case l.Count < 0:
		l.Count, err = store.CountUsers(ctx, f)
	}
	return err
}

// link makes the addresses of the same list in another order, of another length, and from its beginning.
func (l *userList) link(f models.UserFilter) {
	query := f.Query()
	if f.After != "" {
		l.First = l.address(query)
	}
	l.Query = bareQuery(query).Encode()
	l.Save = address("/admin/filters/new", query)
	whole := f.Query()
	whole.Del("limit")
	whole.Del("columns") // those of the export are other ones
	whole.Set("sort", f.Sort)
	l.Export = address("/admin/exports", whole)
	with := func(name, value, usual string) string {
		if query.Del(name); value != usual {
			query.Set(name, value)
		}
		return l.address(query)
	}
	for _, n := range rowsAPage {
		l.Limits = append(l.Limits, limitLink{n, with("limit", strconv.Itoa(n), strconv.Itoa(models.DefaultUserLimit)), n == f.Limit})
	}
	query = f.Query()
	for _, name := range append([]string{"name"}, f.ShownColumns()...) {
		column := findColumn(name)
		head := listHead{Say: column.head, Number: column.number}
		if !strings.HasPrefix(name, "meta.") {
			head.Href = with("sort", head.sort(name, f.Sort, column.down), models.DefaultUserSort)
		}
		l.Heads = append(l.Heads, head)
	}
}

func (l *userList) address(query url.Values) string { return address(l.Path, query) + l.Anchor }

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
	for _, name := range []string{"sort", "limit", "after", "active", "columns", "quiet", "back", "signed_in"} {
		if control := l.Control(name); control.Error != nil {
			lost = append(lost, control)
		}
	}
	return lost
}
