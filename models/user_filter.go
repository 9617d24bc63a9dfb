package models

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// UserFilter says which users to list, in what order, and from where on. One filter serves the admin's lists, acts, exports
// and the API; it lives in the address of the page.
type UserFilter struct {
	Text                         string // part of the name, user name or e-mail address
	Role                         string
	State                        string // StateActive, StateSuspended or StateDeactivated
	AgeMin, AgeMax               *int
	Posts                        string // "none" or "some"
	PostsMin, PostsMax           *int
	RegisteredFrom, RegisteredTo string // days, such as 2026-11-21, both included
	LastPostFrom, LastPostTo     string
	LastSeenFrom, LastSeenTo     string
	Quiet                        bool              // gone quiet: no post for longer than is usual for them
	Back                         bool              // back again: a first post after such a silence, in the last 30 days
	NeverSignedIn                bool              // no session so far
	Metadata                     map[string]string // fields with exactly this value
	MetaContains                 string            // a JSON object that the fields contain
	Columns                      []string          // what the list shows; nil: DefaultUserColumns
	Sort                         string            // a column, with "-" before it from high to low
	After                        string            // those after this place in the list
	Limit                        int
	Public                       bool // for who may not see what is private: Text does not look at e-mail addresses, the rest is ErrForbidden

	zone *time.Location // in which the days begin and end
}

// The states of a user, of which each is in exactly one: who is suspended and deactivated is deactivated.
const (
	StateActive      = "active"
	StateSuspended   = "suspended"
	StateDeactivated = "deactivated"
)

// State is the user's state, for now.
func (u *User) State() string {
	switch {
	case !u.IsActive:
		return StateDeactivated
	case u.IsSuspended():
		return StateSuspended
	}
	return StateActive
}

// IsEmpty reports whether every user is listed.
func (f UserFilter) IsEmpty() bool { return len(f.conditions()) == 0 }

// Query is the filter as the query of an address, without the place in the list. Read again it gives the same filter.
func (f UserFilter) Query() url.Values {
	q := url.Values{}
	put := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, value := range map[string]string{"q": f.Text, "role": f.Role, "state": f.State, "posts": f.Posts, "registered_from": f.RegisteredFrom,
		"registered_to": f.RegisteredTo, "last_post_from": f.LastPostFrom, "last_post_to": f.LastPostTo, "last_seen_from": f.LastSeenFrom,
		"last_seen_to": f.LastSeenTo, "meta_contains": f.MetaContains, "columns": strings.Join(f.Columns, ",")} {
		put(name, value)
	}
	for name, number := range map[string]*int{"age_min": f.AgeMin, "age_max": f.AgeMax, "posts_min": f.PostsMin, "posts_max": f.PostsMax} {
		if number != nil {
			put(name, strconv.Itoa(*number))
		}
	}
	for name, is := range map[string]bool{"quiet": f.Quiet, "back": f.Back} {
		if is {
			put(name, "true")
		}
	}
	if f.NeverSignedIn {
		put("signed_in", "never")
	}
	for field, value := range f.Metadata {
		put("meta."+field, value)
	}
	if f.Sort != DefaultUserSort {
		put("sort", f.Sort)
	}
	if f.Limit != DefaultUserLimit {
		put("limit", strconv.Itoa(f.Limit))
	}
	return q
}
