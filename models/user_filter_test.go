package models_test

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// crowd is twelve users of every kind.
func crowd(t *testing.T) (*models.Store, *pgx.Conn) {
	store, conn := behind(t)
	run(t, conn, `insert into users (username, name, email, age, role, is_active, created_at, metadata) values
		('ann', 'Ann Lee', 'ann@example.com', 30, 'admin', true, '2026-01-01 10:00+00', '{"city": "Lyon", "n": 5}'),
		('bob', 'Bob 100%', 'bob@example.org', 30, 'user', true, '2026-01-01 10:00+00', '{"city": "Lyon"}'),
		('c_d', 'Émile Ёлкин', 'c@x', null, 'editor', false, '2026-01-02 23:30+00', '{"city": "it''s \"x\" ? $1"}'),
		('cxd', 'back\slash', 'd@x', 16, 'user', true, '2026-01-03 00:30+00', '{}')`)
	run(t, conn, `insert into users (username, name, email, age, created_at) select 'zed-' || i, 'Zed', 'z' || i || '@x', nullif(20 + i / 3, 20), timestamptz '2026-02-01' + (i / 2) * interval '1 day' from generate_series(1, 8) i`)
	run(t, conn, `update users set last_seen_at = timestamptz '2026-04-01' + id * interval '1 day' where id <= 3;
		insert into contacts (user_id, line) values (2, 'Hello'), (4, 'Hello');
		insert into suspensions (user_id, reason, created_at, until) values (2, 'x', now() - interval '1 day', now() + interval '1 day'),
			(3, 'x', now() - interval '1 day', now() + interval '1 day'), (4, 'x', now() - interval '2 days', now() - interval '1 day')`)
	modelstest.Credits(t, conn, "id", "id > 8")
	run(t, conn, `update users set metadata = '{"tags": ["aé", {"b": [1, true]}]}' where username = 'zed-1'`)
	run(t, conn, `update users set metadata = '{"yes": true, "none": null}' where username = 'zed-2'`)
	run(t, conn, `insert into posts (user_id, title, content, status, published_at) select 1 + i % 3, 'T', 'c', 'published', timestamptz '2026-03-01' + (i / 3) * interval '1 day' from generate_series(0, 8) i`)
	return store, conn
}

func names(list *models.UserList) string {
	var names []string
	for _, user := range list.Users {
		names = append(names, user.Username)
	}
	return strings.Join(names, " ")
}

func TestEveryFilterFindsItsUsers(t *testing.T) {
	store, _ := crowd(t)
	zeds := "zed-1 zed-2 zed-3 zed-4 zed-5 zed-6 zed-7 zed-8"
	for query, want := range map[string]string{
		"q=LEE":                              "ann",
		"q=example.org":                      "bob",
		"q=c_d":                              "c_d", // not cxd
		"q=100%25":                           "bob",
		"q=%25":                              "bob",
		"q=_":                                "c_d",
		`q=back\slash`:                       "cxd",
		`q=\`:                                "cxd",
		"q=ÉMILE":                            "c_d",
		"q=ёлкин":                            "c_d",
		"q=' or 1=1 --":                      "",
		"role=editor":                        "c_d",
		"role=admin":                         "ann",
		"active=false":                       "c_d",
		"q=bob 100%25 bob":                   "", // the name and the user name are not one text
		"q=100%25  ":                         "bob",
		"active=true&q=example":              "ann",
		"state=active":                       "ann cxd " + zeds,
		"state=suspended":                    "bob",
		"state=deactivated":                  "c_d",
		"active=false&state=deactivated":     "c_d",
		"age_min=30":                         "ann bob",
		"age_max=20":                         "cxd",
		"age_min=16&age_max=16":              "cxd",
		"posts=some":                         "ann bob c_d",
		"posts=none":                         "cxd " + zeds,
		"posts_min=3":                        "ann bob c_d",
		"posts_min=4":                        "",
		"posts_max=2":                        "cxd " + zeds,
		"posts_min=1&posts_max=3":            "ann bob c_d",
		"posts=none&posts_max=0":             "cxd " + zeds,
		"signed_in=never":                    "cxd " + zeds,
		"last_seen_from=2026-04-03":          "bob c_d",
		"last_seen_to=2026-04-03":            "ann bob",
		"quiet=true":                         "ann bob c_d",
		"quiet=true&last_seen_to=2026-04-02": "ann",
		"back=true":                          "",
		`meta_contains={"city":"Lyon"}`:      "ann bob",
		`meta_contains={"n": 5.0}`:           "ann",
		`meta_contains={"n": "5"}`:           "",
		`meta_contains={"city": "it's \"x\" ? $1"}`: "c_d",
		`meta_contains={"tags": ["a\u00e9"]}`:       "zed-1",
		`meta.tags=["aé", {"b": [1, true]}]`:        "zed-1",
		`meta_contains={"tags": [{"b": [true]}]}`:   "zed-1",
		"meta.n=5.0":                 "",
		"meta.n=1e-400000":           "",
		"meta.none=null":             "",
		"meta.yes=true":              "zed-2",
		"registered_to=2026-01-02":   "ann bob c_d",
		"registered_from=2026-01-03": "cxd " + zeds,
		"registered_from=2026-01-02&registered_to=2026-01-02": "c_d",
		"last_post_from=2026-03-03":                           "ann bob c_d",
		"last_post_to=2026-03-02":                             "",
		"meta.city=Lyon":                                      "ann bob",
		"meta.city=Lyon&meta.n=5":                             "ann",
		`meta.city=it's "x" ? $1`:                             "c_d",
		"meta.' or 1=1 --=x":                                  "",
		"meta.no=x":                                           "",
		"role=user&active=true&age_min=1&posts=none&q=z":      "zed-3 zed-4 zed-5 zed-6 zed-7 zed-8",
	} {
		values := url.Values{"sort": {"username"}}
		for _, pair := range strings.Split(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if name == "meta.' or 1" {
				name, value = "meta.' or 1=1 --", "x"
			}
			values.Set(name, strings.ReplaceAll(value, "%25", "%"))
		}
		if json, ok := strings.CutPrefix(query, "meta_contains="); ok {
			values = url.Values{"sort": {"username"}, "meta_contains": {json}}
		}
		filter, err := models.ParseUserFilter(values, time.UTC)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		list, err := store.Users(modelstest.Context(t), filter)
		if err != nil || names(list) != want {
			t.Errorf("%s finds %q, want %q (%v)", query, names(list), want, err)
		}
		if n, err := store.CountUsers(modelstest.Context(t), filter); err != nil || int(n) != len(strings.Fields(want)) {
			t.Errorf("%s counts %d, %v", query, n, err)
		}
		if again, err := models.ParseUserFilter(filter.Query(), time.UTC); err != nil || again.Query().Encode() != filter.Query().Encode() || !reflect.DeepEqual(again, filter) {
			t.Errorf("%s is written as %v and read as %v, %v", query, filter.Query(), again.Query(), err)
		}
	}
	east := time.FixedZone("east", 3600)
	filter, _ := models.ParseUserFilter(url.Values{"registered_from": {"2026-01-03"}, "registered_to": {"2026-01-03"}, "sort": {"username"}}, east)
	if list, err := store.Users(modelstest.Context(t), filter); err != nil || names(list) != "c_d cxd" {
		t.Errorf("days of another zone find %q, %v", names(list), err)
	}
}

func TestEverySortPagesThroughEveryUserOnce(t *testing.T) {
	store, conn := crowd(t)
	for _, column := range append(models.UserSorts(), "active") {
		var both [2][]string
		for direction, sort := range []string{column, "-" + column} {
			query := url.Values{"sort": {sort}, "limit": {"3"}}
			for page := 0; page < 10; page++ {
				filter, err := models.ParseUserFilter(query, time.UTC)
				if err != nil {
					t.Fatal(sort, err)
				}
				list, err := store.Users(modelstest.Context(t), filter)
				if err != nil {
					t.Fatal(sort, err)
				}
				both[direction] = append(both[direction], strings.Fields(names(list))...)
				if list.Next == "" {
					break
				}
				query.Set("after", list.Next)
			}
		}
		if len(both[0]) != 12 || len(both[1]) != 12 {
			t.Errorf("%s lists %d and %d users of 12: %v", column, len(both[0]), len(both[1]), both)
		}
		slices.Reverse(both[1])
		if !slices.Equal(both[0], both[1]) {
			t.Errorf("%s is not the reverse of itself:\n%v\n%v", column, both[0], both[1])
		}
	}
	// A page reads one index, however far it lies.
	filter, _ := models.ParseUserFilter(url.Values{"sort": {"-last_post_at"}, "limit": {"12"}}, time.UTC)
	list, err := store.Users(modelstest.Context(t), filter)
	if err != nil || !strings.HasPrefix(names(list), "c_d bob ann ") {
		t.Errorf("the last to write come first: %s, %v", names(list), err)
	}
	run(t, conn, `update users set email = repeat('a', 240) || id || '@x' where id > 4`)
	long, _ := models.ParseUserFilter(url.Values{"sort": {"email"}, "limit": {"8"}}, time.UTC)
	if list, err := store.Users(modelstest.Context(t), long); err != nil {
		t.Error(err)
	} else if _, err := models.ParseUserFilter(url.Values{"sort": {"email"}, "after": {list.Next}}, time.UTC); err != nil {
		t.Errorf("a place of %d bytes: %v", len(list.Next), err)
	}
}

func TestSenselessFiltersNameTheirField(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	many := url.Values{}
	for i := range 70 {
		many.Set(fmt.Sprintf("meta.f%d", i), "x")
	}
	for field, values := range map[string][]string{
		"q":                               {"a\x00", "a\xff", strings.Repeat("x", 201)},
		"role":                            {"root", "user' or '1'='1", "a\x00"},
		"active":                          {"yes", "1", "TRUE", "\x00"},
		"age_min":                         {"x", "-1", "151", "1e2", "99999999999999999999", "1; drop table users"},
		"age_max":                         {"x", "1.5", "\x00"},
		"state":                           {"gone", "active' or true --", "\x00"},
		"posts_min":                       {"x", "-1", "1000000001"},
		"posts_max":                       {"x", "1;"},
		"last_seen_from":                  {"infinity", "2026-11-31"},
		"last_seen_to":                    {"x"},
		"quiet":                           {"false", "1", "x"},
		"back":                            {"TRUE"},
		"signed_in":                       {"ever", "never' --"},
		"meta_contains":                   {"x", "[]", "{}", `{"a":}`, `{"a":1} {"b":2}`, `"a"`, `{"a":1e999}`, `{"a":1e-400000}`, `{"a":"\u0000"}`, `{"\u0000":1}`, "{\"a\":\"\xff\x00\"}", strings.Repeat(`{"a":`, 12) + "1" + strings.Repeat("}", 12), `{"a":"` + strings.Repeat("x", 2000) + `"}`},
		"columns":                         {"password_hash", "name,nothing", "meta.", "meta.\x00", "\xff", "id;", "meta.a\nb"},
		"posts":                           {"many", "\x00"},
		"registered_from":                 {"yesterday", "2026-13-01", "2026-02-30", "20261-01-01", "0000-01-01", "\x00"},
		"registered_to":                   {"x", "2026-1-1"},
		"last_post_from":                  {"-infinity"},
		"last_post_to":                    {"now()"},
		"sort":                            {"password_hash", "id; drop table users", "--id", "-", "id desc", "\x00", "lower(username)"},
		"limit":                           {"0", "101", "x", "-5"},
		"after":                           {"x", "~", "~1", "x~x", "1~9999999999999999999", "1.5~1", "null~1", "99999999999~1", "a\x00~1", "\xff~1", strings.Repeat("9", 3000) + "~1"},
		"meta.":                           {"x"},
		"meta.a\x00":                      {"x"},
		"meta.a":                          {"x\x00", strings.Repeat("x", 501)},
		"meta." + strings.Repeat("f", 51): {"x"},
	} {
		for _, value := range values {
			filter, err := models.ParseUserFilter(url.Values{field: {value}}, time.UTC)
			if fields(err)[field].Text == "" {
				t.Errorf("%s=%.40q: %v", field, value, err)
			}
			// Who shows the list all the same, with the sentence beside the field, gets one.
			if _, err := store.Users(ctx, filter); err != nil {
				t.Errorf("%s=%.40q: the list fails: %v", field, value, err)
			}
			if _, err := store.CountUsers(ctx, filter); err != nil {
				t.Errorf("%s=%.40q: the count fails: %v", field, value, err)
			}
		}
	}
	for query, field := range map[string]string{"age_min=40&age_max=20": "age_max", "posts_min=4&posts_max=3": "posts_max", "posts=none&posts_min=1": "posts_min",
		"registered_from=2026-02-01&registered_to=2026-01-31": "registered_to", "last_post_from=2026-02-01&last_post_to=2025-02-02": "last_post_to",
		"last_seen_from=2026-02-01&last_seen_to=2026-01-01": "last_seen_to", "state=suspended&active=true": "state"} {
		values, _ := url.ParseQuery(query)
		if _, err := models.ParseUserFilter(values, time.UTC); fields(err)[field].Text == "" || len(fields(err)) != 1 {
			t.Errorf("%s: %v", query, err)
		}
	}
	if _, err := models.ParseUserFilter(many, time.UTC); len(fields(err)) != 20 {
		t.Errorf("seventy fields: %v", err)
	}
	for sort, places := range map[string][]string{"created_at": {"yesterday~1", "2026-01-01~1", "infinity~1", "10000-01-01 00:00:00+00~1"}, "active": {"maybe~1"}, "state": {"active~1"}, "credits": {"x~1", "1e5~1", "-1~1", "NaN~1", "1.234~1"}, "last_seen_at": {"now~1"}, "id": {"x~1", "99999999999999999999~1"}, "age": {"3000000000~1"}} {
		for _, place := range places {
			if _, err := models.ParseUserFilter(url.Values{"sort": {sort}, "after": {place}}, time.UTC); fields(err)["after"].Text == "" {
				t.Errorf("%s after %q: %v", sort, place, err)
			}
		}
	}
	if _, err := store.Users(ctx, models.UserFilter{Sort: "id; drop table users", Limit: 1}); fields(err)["sort"].Text == "" {
		t.Errorf("a sort that was never read: %v", err)
	}
	if _, err := store.Users(ctx, models.UserFilter{Sort: "id", Limit: 1, RegisteredFrom: "2026-01-01"}); err != nil {
		t.Errorf("a filter without a zone: %v", err)
	}
}

func TestVisitorsCannotFindOutWhatIsPrivate(t *testing.T) {
	store, _ := crowd(t)
	for query, ok := range map[string]bool{"": true, "q=ann": true, "sort=name": true, "sort=-created_at": true, "posts=some": true,
		"sort=email": false, "sort=-email": false, "sort=age": false, "sort=role": false, "sort=-active": false, "role=admin": false, "active=true": false,
		"age_min=18": false, "age_max=99": false, "meta.city=Lyon": false} {
		values, _ := url.ParseQuery(query)
		filter, err := models.ParseUserFilter(values, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		filter.Public = true
		if private := models.PrivateUserFilters(values); (len(private) == 0) != ok {
			t.Errorf("%s is private: %v", query, private)
		}
		if _, err := store.Users(modelstest.Context(t), filter); (err == nil) != ok || err != nil && !errors.Is(err, models.ErrForbidden) {
			t.Errorf("%s: %v", query, err)
		}
	}
	filter, _ := models.ParseUserFilter(url.Values{"q": {"example.org"}}, time.UTC)
	filter.Public = true
	if list, err := store.Users(modelstest.Context(t), filter); err != nil || names(list) != "" {
		t.Errorf("by the address a visitor finds %q, %v", names(list), err)
	}
}
