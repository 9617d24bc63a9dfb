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

// UserFilter says which users to list, in what order, and from where on. One filter serves the admin's lists and the API;
// it lives in the address of the page.
type UserFilter struct {
	Text                         string // part of the name, user name or e-mail address
	Role                         string
	Active                       *bool
	AgeMin, AgeMax               *int
	Posts                        string // "none" or "some"
	RegisteredFrom, RegisteredTo string // days, such as 2026-11-21, both included
	LastPostFrom, LastPostTo     string
	Metadata                     map[string]string // fields with exactly this value
	Sort                         string            // a column, with "-" before it from high to low
	After                        string            // those after this place in the list
	Limit                        int
	Public                       bool // for who may not see what is private: Text does not look at e-mail addresses, the rest is ErrForbidden

	zone *time.Location // in which the days begin and end
}

// DefaultUserSort puts who writes most first.
const DefaultUserSort = "-post_count"

// userSorts are the columns that users can be sorted by. The expressions are never null, so that a place in the list is
// one comparison; where 100,000 rows need an index, there is one on exactly this expression.
var userSorts = map[string]struct{ expression, kind string }{
	"id":           {"id", "bigint"},
	"name":         {`name collate "und-x-icu"`, "text"},
	"username":     {"lower(username)", "text"},
	"email":        {"lower(email)", "text"},
	"role":         {"role", "text"},
	"active":       {"is_active", "boolean"},
	"age":          {"coalesce(age, 0)", "integer"},
	"post_count":   {"post_count", "integer"},
	"last_post_at": {"coalesce(last_post_at, '-infinity'::timestamptz)", "timestamptz"},
	"created_at":   {"created_at", "timestamptz"},
}

// privateSorts tell what is private: the order itself, and the places in it.
var privateSorts = []string{"email", "role", "active", "age"}

// ParseUserFilter reads a filter from the query of an address; days are those of the zone. A senseless value is Invalid,
// and the filter returned beside it still has all that was typed.
func ParseUserFilter(query url.Values, zone *time.Location) (UserFilter, error) {
	v := Invalid{}
	get := func(name string) string { return strings.TrimSpace(query.Get(name)) }
	f := UserFilter{Text: get("q"), Role: get("role"), Posts: get("posts"), RegisteredFrom: get("registered_from"), RegisteredTo: get("registered_to"),
		LastPostFrom: get("last_post_from"), LastPostTo: get("last_post_to"), Sort: get("sort"), After: query.Get("after"), Limit: 25, zone: zone}
	if !text(f.Text) || utf8.RuneCountInString(f.Text) > 200 {
		v["q"] = Say("Look for at most %d characters.", 200)
		f.Text = ""
	}
	if f.Role != "" {
		validRole(v, f.Role)
	}
	switch active := get("active"); active {
	case "":
	case "true", "false":
		is := active == "true"
		f.Active = &is
	default:
		v["active"] = Say("Active is true or false.")
	}
	f.AgeMin, f.AgeMax = wholeNumber(v, "age_min", get("age_min"), 0, maxAge), wholeNumber(v, "age_max", get("age_max"), 0, maxAge)
	if f.Posts != "" && f.Posts != "none" && f.Posts != "some" {
		v["posts"] = Say("Posts is none or some.")
	}
	for name, day := range map[string]string{"registered_from": f.RegisteredFrom, "registered_to": f.RegisteredTo,
		"last_post_from": f.LastPostFrom, "last_post_to": f.LastPostTo} {
		if _, ok := parseDay(day, zone); day != "" && !ok {
			v[name] = Say("A day looks like 2026-11-21.")
		}
	}
	for name, values := range query {
		if field, ok := strings.CutPrefix(name, "meta."); ok && len(values) > 0 && values[0] != "" {
			if field == "" || utf8.RuneCountInString(field) > maxMetadataName || !text(field) || !text(values[0]) || len(values[0]) > 500 ||
				len(f.Metadata) == maxMetadata {
				v[name] = Say("A field needs a name of at most %d characters.", maxMetadataName)
				continue
			}
			if f.Metadata == nil {
				f.Metadata = map[string]string{}
			}
			if len(f.Metadata) == maxMetadata {
				v[name] = Say("There are %d fields, and %d are the most.", len(f.Metadata)+1, maxMetadata)
				break
			}
			f.Metadata[field] = values[0]
		}
	}
	if f.Sort == "" {
		f.Sort = DefaultUserSort
	}
	if _, ok := userSorts[strings.TrimPrefix(f.Sort, "-")]; !ok {
		v["sort"] = Say("The list cannot be sorted by this.")
		f.Sort = DefaultUserSort
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

func wholeNumber(v Invalid, field, typed string, low, high int) *int {
	if typed == "" {
		return nil
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < low || n > high {
		v[field] = Say("This is a whole number from %d to %d.", low, high)
		return nil
	}
	return &n
}

func parseDay(day string, zone *time.Location) (time.Time, bool) {
	t, err := time.ParseInLocation("2006-01-02", day, zone)
	return t, err == nil && t.Year() >= 1 && t.Year() < 10000
}

// place reads After: the value of the sort expression, then the id.
func (f UserFilter) place() (value string, id int64, ok bool) {
	at := strings.LastIndexByte(f.After, '~')
	if at < 0 || !text(f.After) || len(f.After) > 2000 {
		return "", 0, false
	}
	id, err := strconv.ParseInt(f.After[at+1:], 10, 64)
	value = f.After[:at]
	switch userSorts[strings.TrimPrefix(f.Sort, "-")].kind {
	case "bigint", "integer":
		_, bad := strconv.ParseInt(value, 10, 32)
		if userSorts[strings.TrimPrefix(f.Sort, "-")].kind == "bigint" {
			_, bad = strconv.ParseInt(value, 10, 64)
		}
		ok = bad == nil
	case "boolean":
		ok = value == "true" || value == "false"
	case "timestamptz":
		_, bad := time.Parse("2006-01-02 15:04:05.999999-07", value)
		ok = bad == nil || value == "-infinity"
	default:
		ok = true
	}
	return value, id, ok && err == nil
}

// IsEmpty reports whether every user is listed.
func (f UserFilter) IsEmpty() bool {
	return f.Text == "" && f.Role == "" && f.Active == nil && f.AgeMin == nil && f.AgeMax == nil && f.Posts == "" && f.RegisteredFrom == "" &&
		f.RegisteredTo == "" && f.LastPostFrom == "" && f.LastPostTo == "" && len(f.Metadata) == 0
}

// Query is the filter as the query of an address, without the place in the list.
func (f UserFilter) Query() url.Values {
	q := url.Values{}
	put := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	put("q", f.Text)
	put("role", f.Role)
	put("posts", f.Posts)
	put("registered_from", f.RegisteredFrom)
	put("registered_to", f.RegisteredTo)
	put("last_post_from", f.LastPostFrom)
	put("last_post_to", f.LastPostTo)
	if f.Active != nil {
		put("active", strconv.FormatBool(*f.Active))
	}
	if f.AgeMin != nil {
		put("age_min", strconv.Itoa(*f.AgeMin))
	}
	if f.AgeMax != nil {
		put("age_max", strconv.Itoa(*f.AgeMax))
	}
	for field, value := range f.Metadata {
		put("meta."+field, value)
	}
	if f.Sort != DefaultUserSort {
		put("sort", f.Sort)
	}
	if f.Limit != 25 {
		put("limit", strconv.Itoa(f.Limit))
	}
	return q
}

// where makes the condition, with all values bound.
func (f UserFilter) where() (string, []any) {
	parts, args := []string{"true"}, []any{}
	add := func(condition string, values ...any) {
		for _, value := range values {
			args = append(args, value)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		parts = append(parts, condition)
	}
	if f.Text != "" {
		// Names are of all scripts, and a database in the locale C knows only the case of ASCII.
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(f.Text)) + "%"
		if f.Public {
			add("(lower(name collate \"und-x-icu\") like ? or lower(username) like ?)", like, like)
		} else {
			add("(lower(name collate \"und-x-icu\") like ? or lower(username) like ? or lower(email) like ?)", like, like, like)
		}
	}
	if text(f.Role) && f.Role != "" {
		add("role = ?", f.Role)
	}
	if f.Active != nil {
		add("is_active = ?", *f.Active)
	}
	if f.AgeMin != nil {
		add("age >= ?", *f.AgeMin)
	}
	if f.AgeMax != nil {
		add("age <= ?", *f.AgeMax)
	}
	switch f.Posts {
	case "none":
		add("post_count = 0")
	case "some":
		add("post_count > 0")
	}
	zone := cmp.Or(f.zone, time.UTC)
	day := func(column, from, to string) {
		if t, ok := parseDay(from, zone); ok {
			add(column+" >= ?", t)
		}
		if t, ok := parseDay(to, zone); ok {
			add(column+" < ?", t.AddDate(0, 0, 1))
		}
	}
	day("created_at", f.RegisteredFrom, f.RegisteredTo)
	day("last_post_at", f.LastPostFrom, f.LastPostTo)
	fields := make([]string, 0, len(f.Metadata))
	for field := range f.Metadata {
		fields = append(fields, field)
	}
	slices.Sort(fields) // one order, one cached statement
	for _, field := range fields {
		add("metadata ->> ? = ?", field, f.Metadata[field])
	}
	return strings.Join(parts, " and "), args
}
