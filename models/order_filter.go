package models

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OrderFilter says which orders to list, count or export, the newest first. It lives in the address of the page.
type OrderFilter struct {
	State    string
	User     string  // a user name
	UserID   int64   // 0: anyone
	PerkID   int64   // 0: any
	From, To string  // days, such as 2026-11-21, both included
	After    PostKey // those before this place; of no id: from the newest
	Limit    int

	zone *time.Location // in which the days begin and end
}

var sayOrderState = Say("An order is ordered, fulfilled or cancelled.")

// OrderStates are all states of orders.
func OrderStates() []string { return []string{OrderOrdered, OrderFulfilled, OrderCancelled} }

// ParseOrderFilter reads a filter from the query of an address; days are those of the zone. A senseless value is Invalid.
func ParseOrderFilter(query url.Values, zone *time.Location) (OrderFilter, error) {
	v := Invalid{}
	get := func(name string) string { return strings.TrimSpace(query.Get(name)) }
	f := OrderFilter{State: get("state"), User: get("user"), From: get("from"), To: get("to"), Limit: 25, zone: zone}
	if f.State != "" && !slices.Contains(OrderStates(), f.State) {
		v["state"] = sayOrderState
	}
	if f.User != "" && !usernameForm.MatchString(f.User) {
		v["user"] = sayUsernameForm
	}
	f.UserID, f.PerkID = number(v, "user_id", get("user_id")), number(v, "perk", get("perk"))
	after, err := ParsePostKey(get("after"))
	if err != nil {
		v["after"] = Say("This is not a place in the list.")
	}
	f.After = after
	from, okFrom := parseDay(f.From, zone)
	to, okTo := parseDay(f.To, zone)
	if f.From != "" && !okFrom {
		v["from"] = Say("A day looks like 2026-11-21.")
	}
	switch {
	case f.To != "" && !okTo:
		v["to"] = Say("A day looks like 2026-11-21.")
	case okFrom && okTo && to.Before(from):
		v["to"] = Say("The end is before the beginning.")
	}
	if n := wholeNumber(v, "limit", get("limit"), 1, 100); n != nil {
		f.Limit = *n
	}
	return f, v.Or()
}

// number reads an id; 0 where there is none.
func number(v Invalid, field, typed string) int64 {
	if typed == "" {
		return 0
	}
	id, err := strconv.ParseInt(typed, 10, 64)
	if err != nil || id < 1 {
		v[field] = Say("This is a whole number above zero.")
		return 0
	}
	return id
}

// IsEmpty reports whether all orders match.
func (f OrderFilter) IsEmpty() bool {
	return f.State == "" && f.User == "" && f.UserID == 0 && f.PerkID == 0 && f.From == "" && f.To == ""
}

// Query is the filter as the query of an address, without the place in the list.
func (f OrderFilter) Query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"state": f.State, "user": f.User, "from": f.From, "to": f.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, id := range map[string]int64{"user_id": f.UserID, "perk": f.PerkID} {
		if id != 0 {
			q.Set(name, strconv.FormatInt(id, 10))
		}
	}
	if f.Limit != 25 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return q
}

// restrict leaves who is no admin their own orders.
func (f *OrderFilter) restrict(by *User) error {
	switch {
	case by.IsAdmin():
	case by == nil || f.UserID != 0 && f.UserID != by.ID:
		return ErrForbidden
	default:
		f.UserID = by.ID
	}
	return nil
}

// where makes the condition over orders o, with all values bound.
func (f OrderFilter) where() (string, []any) {
	parts, args := []string{"true"}, []any{}
	add := func(condition string, value any) {
		args = append(args, value)
		parts = append(parts, condition+" ($"+placeholder(args)+")")
	}
	if f.State != "" {
		add("o.state =", f.State)
	}
	if f.User != "" {
		args = append(args, f.User)
		parts = append(parts, "o.user_id = (select id from users where lower(username) = lower($"+placeholder(args)+"))")
	}
	if f.UserID != 0 {
		add("o.user_id =", f.UserID)
	}
	if f.PerkID != 0 {
		add("o.perk_id =", f.PerkID)
	}
	zone := cmp.Or(f.zone, time.UTC)
	if day, ok := parseDay(f.From, zone); ok {
		add("o.order_date >=", day)
	}
	if day, ok := parseDay(f.To, zone); ok {
		add("o.order_date <", day.AddDate(0, 0, 1))
	}
	return strings.Join(parts, " and "), args
}

// placeholder is the number of the last argument.
func placeholder(args []any) string { return strconv.Itoa(len(args)) }
