package models

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// condition is a part of a filter in SQL, with "?" for each value.
type condition struct {
	sql    string
	values []any
	sort   string // the sort whose expression it bounds: the index behind this sort can begin there
	table  string // where it can be counted without users, if it is the only one; empty: nowhere
	alone  string // the condition on that table
}

// What a few conditions of users are in SQL.
const (
	sqlActive    = "is_active and (suspended_until is null or suspended_until <= now())"
	sqlSuspended = "is_active and suspended_until > now()"
	sqlQuiet     = "post_count >= 3 and last_post_at < now() - greatest(interval '30 days', interval '3 seconds' * median_gap)"
	sqlBack      = "back_at > now() - interval '30 days'"
)

// where makes the condition on a row of users, with all values bound.
func (f UserFilter) where() (string, []any) {
	return bind(f.conditions(), nil)
}

// bind joins conditions and numbers their values after those that args has already.
func bind(conditions []condition, args []any) (string, []any) {
	parts := []string{"true"}
	for _, c := range conditions {
		sql := c.sql
		for _, value := range c.values {
			args = append(args, value)
			sql = strings.Replace(sql, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		parts = append(parts, sql)
	}
	return strings.Join(parts, " and "), args
}

// conditions are the parts of the filter. The same filter always makes the same statement.
func (f UserFilter) conditions() (list []condition) {
	add := func(sort, sql string, values ...any) {
		list = append(list, condition{sql: sql, values: values, sort: sort})
	}
	if f.Text != "" {
		list = f.lookFor()
	}
	if f.Role != "" && text(f.Role) {
		add("", "role = ?", f.Role)
	}
	switch f.State {
	case StateActive:
		add("", sqlActive)
	case StateSuspended:
		add("", sqlSuspended)
	case StateDeactivated:
		add("", "not is_active")
	}
	number := func(column, compare string, n *int) {
		if n != nil {
			add(column, column+compare+"?", *n)
		}
	}
	// Who gave no age is 0 in the order of ages, and has none here.
	known := userSorts["age"].expression
	if f.AgeMin != nil {
		add("age", "age >= ? and "+known+" >= ?", *f.AgeMin, *f.AgeMin)
	}
	if f.AgeMax != nil {
		add("age", "age <= ? and "+known+" <= ?", *f.AgeMax, *f.AgeMax)
	}
	switch f.Posts {
	case "none":
		add("post_count", "post_count = 0")
	case "some":
		add("post_count", "post_count > 0")
	}
	number("post_count", " >= ", f.PostsMin)
	number("post_count", " <= ", f.PostsMax)
	f.between(add, "created_at", "created_at", f.RegisteredFrom, f.RegisteredTo)
	f.between(add, "last_post_at", userSorts["last_post_at"].expression, f.LastPostFrom, f.LastPostTo)
	f.between(add, "last_seen_at", userSorts["last_seen_at"].expression, f.LastSeenFrom, f.LastSeenTo)
	if f.Quiet {
		add("", sqlQuiet)
	}
	if f.Back {
		add("", sqlBack)
	}
	if f.NeverSignedIn {
		add("", "last_seen_at is null")
	}
	for _, field := range slices.Sorted(maps.Keys(f.Metadata)) {
		fieldIs(add, field, f.Metadata[field])
	}
	if f.MetaContains != "" {
		add("", "metadata @> ?::jsonb", f.MetaContains)
	}
	return list
}

type adder = func(sort, sql string, values ...any)

// lookFor asks for a part of the name, user name or e-mail address. user_texts has them in small letters, and by trigrams where
// the database has these.
func (f UserFilter) lookFor() []condition {
	like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(f.Text) + "%"
	const small = `like lower(?::text collate "und-x-icu") collate "C"`
	found := condition{sql: "id in (select user_id from user_texts where text " + small + ")", values: []any{like}, table: "user_texts", alone: "text " + small}
	if f.Public {
		return []condition{found, {sql: "user_text(name, username, '') " + small, values: []any{like}}}
	}
	return []condition{found}
}

// between asks for the days from the one to the other. Where there is no moment, the expression is -infinity.
func (f UserFilter) between(add adder, sort, expression, from, to string) {
	zone := cmp.Or(f.zone, time.UTC)
	first, begins := parseDay(from, zone)
	last, ends := parseDay(to, zone)
	if begins {
		add(sort, expression+" >= ?", first)
	} else if ends {
		add(sort, expression+" > '-infinity'")
	}
	if ends {
		add(sort, expression+" < ?", last.AddDate(0, 0, 1))
	}
}

// fieldIs asks for a field of a user's own with this value. The text of a number or of a list is its value too; "contains" finds
// both by the index, and ->> tells which is meant.
func fieldIs(add adder, field, value string) {
	contain := func(value any) string {
		encoded, _ := json.Marshal(map[string]any{field: value}) // a text, or JSON that was read
		return string(encoded)
	}
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.UseNumber()
	var other any
	if err := decoder.Decode(&other); err == nil && other != nil && keepable(other, maxMetadataDepth) {
		add("", "(metadata @> ?::jsonb or metadata @> ?::jsonb) and metadata ->> ? = ?", contain(value), contain(other), field, value)
		return
	}
	add("", "metadata @> ?::jsonb and metadata ->> ? = ?", contain(value), field, value)
}
