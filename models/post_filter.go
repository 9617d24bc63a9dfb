package models

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// PostFilter says which posts admins list, act on or export, in what order, and from where on. It lives in the address of the
// page, as UserFilter does.
type PostFilter struct {
	Text                       string // part of the title; see IsShort
	Author                     string // a user name
	Status                     string // one of the states of a post
	Visibility                 string // one of those of a post
	Tag                        string
	CreatedFrom, CreatedTo     string // days, such as 2026-11-21, both included
	PublishedFrom, PublishedTo string
	Reported                   bool   // with a report that is open
	Sort                       string // a column, with "-" before it from high to low
	After                      string // those after this place in the list
	Limit                      int

	zone *time.Location // in which the days begin and end
}

// DefaultPostSort puts the newest first, drafts among them.
const DefaultPostSort = "-created_at"

// DefaultPostLimit is how many posts a page has where its address does not say.
const DefaultPostLimit = 25

// postColumns are the SQL of what posts are filtered and sorted by. The table of lines and that of posts say the same, so that
// a list, which is fast, and an act, which is exact, mean the same posts.
type postColumns struct{ id, author, title, tags, status, visibility, created, updated, published string }

var (
	lineColumns = &postColumns{"l.post_id", "l.author", "l.title", "l.tags", "l.status", "l.visibility", "l.created_at", "l.updated_at", "l.published_at"}
	wholePosts  = &postColumns{"posts.id", `(select lower(username collate "C") from users where id = posts.user_id)`, `lower(posts.title collate "und-x-icu") collate "C"`,
		"posts.tags", "posts.status", "posts.visibility", "posts.created_at", "posts.updated_at", "coalesce(posts.published_at, '-infinity'::timestamptz)"}
)

// sort is the expression of a sort, which is never null, and its type.
func (c *postColumns) sort(name string) (expression, kind string) {
	switch name {
	case "created_at":
		return c.created, "timestamptz"
	case "updated_at":
		return c.updated, "timestamptz"
	case "published_at":
		return c.published, "timestamptz"
	case "title":
		return c.title + ` collate "und-x-icu"`, "text"
	case "author":
		return c.author, "text"
	case "id":
		return c.id, "bigint"
	}
	return "", ""
}

// ParsePostFilter reads a filter from the query of an address; days are those of the zone. A senseless value is Invalid, and
// the filter returned beside it still has all that was typed.
func ParsePostFilter(query url.Values, zone *time.Location) (PostFilter, error) {
	v := Invalid{}
	get := func(name string) string { return strings.TrimSpace(query.Get(name)) }
	f := PostFilter{Text: get("q"), Author: get("author"), Status: get("status"), Visibility: get("visibility"), Tag: get("tag"), CreatedFrom: get("created_from"), CreatedTo: get("created_to"),
		PublishedFrom: get("published_from"), PublishedTo: get("published_to"), Sort: cmp.Or(get("sort"), DefaultPostSort), After: query.Get("after"), Limit: DefaultPostLimit, zone: zone}
	if !text(f.Text) || utf8.RuneCountInString(f.Text) > 200 {
		v["q"] = Say("Look for at most %d characters.", 200)
		f.Text = ""
	}
	if f.Author != "" && !usernameForm.MatchString(f.Author) {
		v["author"] = sayUsernameForm
		f.Author = ""
	}
	if f.Status != "" && !slices.Contains(postStates, f.Status) {
		v["status"] = sayStatus
		f.Status = ""
	}
	if f.Visibility != "" && !slices.Contains(visibilities, f.Visibility) {
		v["visibility"] = sayVisibility
		f.Visibility = ""
	}
	if tags := ParseTags(f.Tag); f.Tag != "" {
		if len(tags) != 1 || !printable(tags[0]) || utf8.RuneCountInString(tags[0]) > maxTag {
			v["tag"] = Say("Give one tag.")
			tags = []string{""}
		}
		f.Tag = tags[0]
	}
	for name, day := range map[string]string{"created_from": f.CreatedFrom, "created_to": f.CreatedTo, "published_from": f.PublishedFrom, "published_to": f.PublishedTo} {
		if _, ok := parseDay(day, zone); day != "" && !ok {
			v[name] = Say("A day looks like 2026-11-21.")
		}
	}
	switch reported := get("reported"); reported {
	case "", "false":
	case "true":
		f.Reported = true
	default:
		v["reported"] = Say("Reported is true or false.")
	}
	if expression, _ := lineColumns.sort(strings.TrimPrefix(f.Sort, "-")); expression == "" {
		v["sort"] = Say("The list cannot be sorted by this.")
		f.Sort = DefaultPostSort
	}
	if n := wholeNumber(v, "limit", get("limit"), 1, 100); n != nil {
		f.Limit = *n
	}
	if f.After != "" {
		if _, _, ok := f.place(); !ok {
			v["after"] = Say("This is not a place in the list.")
			f.After = ""
		}
	}
	return f, v.Or()
}

// place reads After: the value of the sort expression, then the id.
func (f PostFilter) place() (value string, id int64, ok bool) {
	at := strings.LastIndexByte(f.After, '~')
	if at < 0 || !text(f.After) || len(f.After) > 2000 {
		return "", 0, false
	}
	id, err := strconv.ParseInt(f.After[at+1:], 10, 64)
	value = f.After[:at]
	switch _, kind := lineColumns.sort(strings.TrimPrefix(f.Sort, "-")); kind {
	case "bigint":
		_, bad := strconv.ParseInt(value, 10, 64)
		ok = bad == nil
	case "timestamptz":
		_, bad := time.Parse("2006-01-02 15:04:05.999999-07", value)
		ok = bad == nil || value == "-infinity"
	default:
		ok = true
	}
	return value, id, ok && err == nil
}

// IsEmpty reports whether every post is listed.
func (f PostFilter) IsEmpty() bool {
	return f.Status == "" && f.onlyStatus()
}

// onlyStatus reports whether nothing but the state decides.
func (f PostFilter) onlyStatus() bool {
	return f.Text == "" && f.Author == "" && f.Visibility == "" && f.Tag == "" && f.CreatedFrom == "" && f.CreatedTo == "" && f.PublishedFrom == "" && f.PublishedTo == "" && !f.Reported
}

// Query is the filter as the query of an address, without the place in the list.
func (f PostFilter) Query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"q": f.Text, "author": f.Author, "status": f.Status, "visibility": f.Visibility, "tag": f.Tag, "created_from": f.CreatedFrom,
		"created_to": f.CreatedTo, "published_from": f.PublishedFrom, "published_to": f.PublishedTo} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Reported {
		q.Set("reported", "true")
	}
	if f.Sort != DefaultPostSort {
		q.Set("sort", f.Sort)
	}
	if f.Limit != DefaultPostLimit {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return q
}

// where makes the condition on the columns, with all values bound.
func (f PostFilter) where(c *postColumns) (string, []any) {
	parts, args := []string{"true"}, []any{}
	add := func(condition string, value any) {
		args = append(args, value)
		parts = append(parts, strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1))
	}
	if f.Text != "" {
		condition, patterns := f.titled(c.title, len(args))
		args = append(args, patterns...)
		parts = append(parts, condition)
	}
	if f.Author != "" {
		add(c.author+" = ?", strings.ToLower(f.Author))
	}
	if f.Status != "" {
		add(c.status+" = ?", f.Status)
	}
	if f.Status == StatusPublished {
		parts = append(parts, c.published+" > '-infinity'") // it is so, and keeps the order of publication from beginning with all drafts
	}
	if f.Visibility != "" {
		add(c.visibility+" = ?", f.Visibility)
	}
	if f.Tag != "" {
		add(c.tags+" @> array[?::text]", f.Tag)
	}
	zone := cmp.Or(f.zone, time.UTC)
	day := func(column, from, to string) {
		if t, ok := parseDay(from, zone); ok {
			add(column+" >= ?", t)
		}
		if t, ok := parseDay(to, zone); ok {
			if from == "" {
				parts = append(parts, column+" > '-infinity'")
			}
			add(column+" < ?", t.AddDate(0, 0, 1))
		}
	}
	day(c.created, f.CreatedFrom, f.CreatedTo)
	day(c.published, f.PublishedFrom, f.PublishedTo)
	if f.Reported {
		parts = append(parts, c.id+" in (select post_id from reports where closed_at is null)")
	}
	return strings.Join(parts, " and "), args
}
