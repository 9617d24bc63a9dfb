package models

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of a filter.
const (
	DefaultUserLimit = 25 // rows a page, where the address does not say
	maxUserLimit     = 100
	maxPosts         = 1_000_000_000
	maxContains      = 2000 // bytes
)

// ParseUserFilter reads a filter from the query of an address; days are those of the zone. A senseless value is Invalid,
// and the filter returned beside it still has all that makes sense.
func ParseUserFilter(query url.Values, zone *time.Location) (UserFilter, error) {
	v := Invalid{}
	get := func(name string) string { return strings.TrimSpace(query.Get(name)) }
	f := UserFilter{Text: get("q"), Role: get("role"), Posts: get("posts"), After: query.Get("after"), Limit: DefaultUserLimit, zone: zone}
	switch {
	case !text(f.Text):
		v["q"] = errNoText
		f.Text = ""
	case utf8.RuneCountInString(f.Text) > 200:
		v["q"] = Say("Look for at most %d characters.", 200)
		f.Text = ""
	}
	f.Text = line(f.Text)
	if f.Role != "" {
		validRole(v, f.Role)
	}
	f.takeState(v, get("state"), get("active"))
	f.AgeMin, f.AgeMax = wholeNumbers(v, get, "age", maxAge)
	f.PostsMin, f.PostsMax = wholeNumbers(v, get, "posts", maxPosts)
	switch {
	case f.Posts != "" && f.Posts != "none" && f.Posts != "some":
		v["posts"] = Say("Posts is none or some.")
	case f.Posts == "none" && f.PostsMin != nil && *f.PostsMin > 0:
		v["posts_min"] = Say("Who has no posts has not so many.")
	}
	f.RegisteredFrom, f.RegisteredTo = days(v, get, "registered", zone)
	f.LastPostFrom, f.LastPostTo = days(v, get, "last_post", zone)
	f.LastSeenFrom, f.LastSeenTo = days(v, get, "last_seen", zone)
	f.Quiet, f.Back = yes(v, get, "quiet", "true"), yes(v, get, "back", "true")
	f.NeverSignedIn = yes(v, get, "signed_in", "never")
	f.takeMetadata(v, query)
	f.takeContains(v, get("meta_contains"))
	f.takeColumns(v, query["columns"])
	f.takeSort(v, get("sort"))
	if n := wholeNumber(v, "limit", get("limit"), 1, maxUserLimit); n != nil {
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

// PrivateUserFilters are those of the parameters given that only admins may ask for: they tell what is private.
func PrivateUserFilters(query url.Values) (names []string) {
	for name, values := range query {
		private := strings.HasPrefix(name, "meta.")
		switch name {
		case "role", "state", "active", "age_min", "age_max", "last_seen_from", "last_seen_to", "quiet", "back", "signed_in", "meta_contains":
			private = true
		case "sort":
			private = userSorts[sortColumn(values[0])].private
		}
		if private && strings.TrimSpace(values[0]) != "" {
			names = append(names, name)
		}
	}
	return names
}

// takeState reads the state, and active as programs say it: true is neither suspended nor deactivated, false is deactivated.
func (f *UserFilter) takeState(v Invalid, state, active string) {
	switch state {
	case "", StateActive, StateSuspended, StateDeactivated:
		f.State = state
	default:
		v["state"] = Say("A state is active, suspended or deactivated.")
	}
	said, ok := map[string]string{"": "", "true": StateActive, "false": StateDeactivated}[active]
	switch {
	case !ok:
		v["active"] = Say("Active is true or false.")
	case said != "" && state != "" && said != state:
		v["state"] = Say("Active and state say two things.")
	case said != "":
		f.State = said
	}
}

func (f *UserFilter) takeMetadata(v Invalid, query url.Values) {
	for name, values := range query {
		field, ok := strings.CutPrefix(name, "meta.")
		if !ok || len(values) == 0 || values[0] == "" {
			continue
		}
		switch {
		case !metadataName(field):
			v[name] = Say("A field needs a name of at most %d characters.", maxMetadataName)
			continue
		case !text(values[0]):
			v[name] = errNoText
			continue
		case len(values[0]) > 500:
			v[name] = Say("Look for at most %d characters.", 500)
			continue
		case len(f.Metadata) == maxMetadata:
			v[name] = Say("At most %d fields.", maxMetadata)
			continue
		}
		if f.Metadata == nil {
			f.Metadata = map[string]string{}
		}
		f.Metadata[field] = values[0]
	}
}

// errNoText says that a value is no text that the database could hold.
var errNoText = Say("There is a character here that no text can have.")

func metadataName(field string) bool {
	return field != "" && utf8.RuneCountInString(field) <= maxMetadataName && text(field)
}

// takeContains reads a JSON object, and keeps it as PostgreSQL can take it.
func (f *UserFilter) takeContains(v Invalid, typed string) {
	if typed == "" {
		return
	}
	decoder := json.NewDecoder(strings.NewReader(typed))
	decoder.UseNumber()
	var fields map[string]any
	err := decoder.Decode(&fields)
	if _, more := decoder.Token(); err != nil || more != io.EOF || len(typed) > maxContains || len(fields) == 0 || !keepable(fields, maxMetadataDepth) {
		v["meta_contains"] = Say(`What the fields contain looks like {"tags": ["android"]}.`)
		return
	}
	var tidy bytes.Buffer
	encoder := json.NewEncoder(&tidy)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(fields) == nil {
		f.MetaContains = strings.TrimSpace(tidy.String())
	}
}

func wholeNumber(v Invalid, field, typed string, low, high int) *int {
	if typed == "" {
		return nil
	}
	n, err := strconv.Atoi(typed)
	if err != nil || strings.Trim(typed, "0123456789") != "" || n < low || n > high {
		v[field] = Say("This is a whole number from %d to %d.", low, high)
		return nil
	}
	return &n
}

// wholeNumbers reads the two ends of a range.
func wholeNumbers(v Invalid, get func(string) string, name string, high int) (from, to *int) {
	from = wholeNumber(v, name+"_min", get(name+"_min"), 0, high)
	to = wholeNumber(v, name+"_max", get(name+"_max"), 0, high)
	if from != nil && to != nil && *from > *to {
		v[name+"_max"] = Say("This ends before it begins.")
	}
	return from, to
}

// days reads the first and the last day of a range. What is no day is left out.
func days(v Invalid, get func(string) string, name string, zone *time.Location) (from, to string) {
	read := func(name string) (string, time.Time) {
		day := get(name)
		t, ok := parseDay(day, zone)
		if day == "" || ok {
			return day, t
		}
		v[name] = Say("A day looks like 2026-11-21.")
		return "", t
	}
	from, first := read(name + "_from")
	to, last := read(name + "_to")
	if from != "" && to != "" && first.After(last) {
		v[name+"_to"] = Say("This ends before it begins.")
	}
	return from, to
}

func parseDay(day string, zone *time.Location) (time.Time, bool) {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	return t, err == nil && t.Year() >= 1 && t.Year() < 10000
}

// yes reads a condition that is there or not.
func yes(v Invalid, get func(string) string, name, word string) bool {
	typed := get(name)
	if typed != "" && typed != word {
		v[name] = Say("This is %s, or left out.", word)
	}
	return typed == word
}
