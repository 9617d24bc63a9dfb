package controllers_test

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"

	"postroom/models/modelstest"
)

// listed are the ids of the users on the page, in their order.
func (b *browser) listed() (ids []int64) {
	b.page.Find(".data th[scope=row] a[href^='/admin/users/']").Each(func(_ int, a *goquery.Selection) {
		id, err := strconv.ParseInt(strings.TrimPrefix(a.AttrOr("href", ""), "/admin/users/"), 10, 64)
		if err != nil {
			b.t.Error(err)
		}
		ids = append(ids, id)
	})
	return ids
}

// allListed reads on to the last page.
func (b *browser) allListed(path string) []int64 {
	b.t.Helper()
	b.open(path).status(200)
	ids := b.listed()
	for range 100 {
		if b.page.Find("a[rel=next]").Length() == 0 {
			return ids
		}
		b.click("Next →").status(200)
		ids = append(ids, b.listed()...)
	}
	b.t.Fatal("the list has no end")
	return nil
}

func idsOf(t *testing.T, conn *pgx.Conn, question string) []int64 {
	t.Helper()
	rows, err := conn.Query(modelstest.Context(t), question)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestUsersWithoutPostsAreListed(t *testing.T) {
	site, ruth, _ := adminSite(t)
	writer := modelstest.User(t, site.Store, modelstest.Named("writer"))
	modelstest.Post(t, site.Store, writer)
	reader := modelstest.User(t, site.Store, modelstest.Named("reader"))
	for _, path := range []string{"/admin", "/admin/users"} {
		ruth.open(path).status(200)
		if got := ruth.listed(); len(got) != 3 || got[0] != writer.ID || got[1] != reader.ID {
			t.Errorf("%s lists %v", path, got)
		}
		row := strings.Join(strings.Fields(ruth.page.Find("tr:has(a[href='/admin/users/"+strconv.FormatInt(reader.ID, 10)+"'])").Text()), " ")
		if !strings.HasPrefix(row, "reader reader0neverneveractiveuserreader@example.com0.00") {
			t.Errorf("%s: %q", path, row)
		}
	}
}

func TestEachColumnSortsBothWaysThroughAllPages(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	for column, order := range map[string]string{"Name": `name collate "und-x-icu"`, "Posts": "(select count(*) from posts where user_id = users.id and status = 'published')",
		"Last post": "coalesce((select max(published_at) from posts where user_id = users.id and status = 'published'), '-infinity')", "State": "case when not is_active then 0 when suspended_until > now() then 1 else 2 end", "Role": "role",
		"E-mail": "lower(email)", "Age": "coalesce(age, 0)", "Joined": "created_at", "Last seen": "coalesce(last_seen_at, '-infinity')", "Credits": "credits"} {
		ways := map[string]bool{}
		ruth.open("/admin/users?limit=10")
		for range 2 {
			head := ruth.page.Find("thead a").FilterFunction(func(_ int, a *goquery.Selection) bool { return a.Text() == column })
			ruth.open(head.AttrOr("href", "")).status(200)
			sorted := ruth.page.Find("thead th[aria-sort]")
			way := sorted.AttrOr("aria-sort", "")
			if sorted.Length() != 1 || sorted.Text() != column || ruth.at.Query().Get("limit") != "10" {
				t.Fatalf("%s: sorted by %q, at %s", column, sorted.Text(), ruth.at)
			}
			ways[way] = true
			direction := strings.TrimSuffix(way, "ending")
			want := idsOf(t, conn, fmt.Sprintf("select id from users order by %s %s, id %s", order, direction, direction))
			here := ruth.at.RequestURI()
			if got := ruth.allListed(here); !slices.Equal(got, want) {
				t.Errorf("%s %s:\n%v, not\n%v", column, way, got, want)
			}
			ruth.open(here)
		}
		if !ways["ascending"] || !ways["descending"] {
			t.Errorf("%s sorts only %v", column, ways)
		}
	}
}

func TestAListThatChangesWhileItIsReadShowsTheOthersOnce(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	everyone := idsOf(t, conn, "select id from users")
	for _, sort := range []string{"-post_count", "post_count", "-last_post_at", "name", "role"} {
		ruth.open("/admin/users?limit=10&sort=" + sort)
		first := ruth.listed()
		// One on this page moves to an end of every order, one not seen yet too, and one is gone.
		var unseen []int64
		for _, id := range everyone {
			if !slices.Contains(first, id) {
				unseen = append(unseen, id)
			}
		}
		moved := []int64{first[3], unseen[5], unseen[len(unseen)-1]}
		sql(t, conn, "update users set name = 'Zzz' || name, role = 'user' where id = any($1)", moved[:2])
		sql(t, conn, "insert into posts (user_id, title, content, status, published_at) select id, 'x', 'x', 'published', now() from users, generate_series(1, 9) where id = any($1)", moved[:2])
		if moved[2] != ask[int64](t, conn, "select id from users where username = 'ruth'") {
			sql(t, conn, "delete from users where id = $1", moved[2])
		}
		seen := map[int64]int{}
		for _, id := range append(first, ruth.allListed(ruth.page.Find("a[rel=next]").AttrOr("href", ""))...) {
			seen[id]++
		}
		for _, id := range everyone {
			if !slices.Contains(moved, id) && seen[id] != 1 {
				t.Errorf("%s: user %d is listed %d times", sort, id, seen[id])
			}
		}
		everyone = idsOf(t, conn, "select id from users")
	}
}

func TestEachFilterFindsWhoItNames(t *testing.T) {
	site, ruth, conn := adminSite(t)
	populate(t, conn)
	modelstest.User(t, site.Store, modelstest.Named("per_cent-100"))
	days := ask[string](t, conn, "select to_char(now() - interval '40 days', 'YYYY-MM-DD')")
	for filter, where := range map[string]string{
		"q=member-1":                "username like 'member-1%'",
		"q=EXAMPLE.com":             "true",
		"q=åsa":                     "name = 'Åsa'",
		"q=r_c":                     "username = 'per_cent-100'",
		"q=%25":                     "false",
		"role=editor":               "role = 'editor'",
		"active=true":               "is_active and coalesce(suspended_until < now(), true)",
		"state=suspended":           "is_active and suspended_until > now()",
		"signed_in=never":           "last_seen_at is null",
		"posts_min=1&posts_max=1":   "post_count = 1",
		"quiet=true":                "post_count >= 3 and last_post_at < now() - greatest(interval '30 days', interval '3 seconds' * median_gap)",
		"last_seen_from=2020-01-01": "last_seen_at is not null",
		"meta_contains=%7B%22city%22:%22Lyon%22%7D": "metadata @> '{\"city\": \"Lyon\"}'",
		"active=false":                    "not is_active",
		"age_min=30":                      "age >= 30",
		"age_max=29":                      "age <= 29",
		"age_min=20&age_max=40":           "age between 20 and 40",
		"posts=none":                      "not exists (select from posts where user_id = users.id and status = 'published')",
		"posts=some":                      "exists (select from posts where user_id = users.id and status = 'published')",
		"registered_from=" + days:         "created_at >= '" + days + "'::date",
		"registered_to=" + days:           "created_at < '" + days + "'::date + 1",
		"last_post_from=" + days:          "(select max(published_at) from posts where user_id = users.id) >= '" + days + "'::date",
		"last_post_to=" + days:            "(select max(published_at) from posts where user_id = users.id) < '" + days + "'::date + 1",
		"meta.city=Lyon":                  "metadata ->> 'city' = 'Lyon'",
		"meta.city=Lyon&role=editor&q=b":  "metadata ->> 'city' = 'Lyon' and role = 'editor' and (name ilike '%b%' or username ilike '%b%' or email ilike '%b%')",
		"meta.town=Lyon":                  "false",
		"meta.city=L%27+or+1%3D1--&q=%27": "false",
	} {
		want := idsOf(t, conn, "select id from users where "+where+" order by id")
		if got := ruth.allListed("/admin/users?sort=id&limit=10&" + filter); !slices.Equal(got, want) {
			t.Errorf("%s lists %v, not %v", filter, got, want)
		}
		if len(want) == 0 {
			ruth.sees("No users match").click("Clear the filter").status(200).sees("Users, by number of posts")
			continue
		}
		total := ask[int64](t, conn, "select count(*) from users")
		if got := ruth.page.Find("#rows .soft").Text(); got != fmt.Sprintf("· %d of %d", len(want), total) {
			t.Errorf("%s says %q, of %d", filter, got, len(want))
		}
	}
}

func TestTheFilterStaysWhileOneSortsAndTurnsPages(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	for _, path := range []string{"/admin", "/admin/users"} {
		ruth.open(path).submit("Filter", "role", "user", "age_min", "16", "meta_field", "city", "meta_value", "Oslo").status(200)
		filter := url.Values{"role": {"user"}, "age_min": {"16"}, "meta.city": {"Oslo"}}
		if ruth.at.RawQuery != filter.Encode() || ruth.at.Path != path {
			t.Fatalf("at %s", ruth.at)
		}
		ruth.sees("Ordinary users of 16 and older in Oslo, by number of posts")
		ruth.click("Name").click("10").click("Next →").click("Joined")
		ruth.submit("Filter", "q", "member").click("Name").status(200)
		filter.Set("q", "member")
		filter.Set("sort", "name")
		filter.Set("limit", "10")
		if ruth.at.RawQuery != filter.Encode() {
			t.Fatalf("at %s, not %s", ruth.at, filter.Encode())
		}
		ruth.click("Next →").click("← First")
		if ruth.at.RawQuery != filter.Encode() {
			t.Errorf("the first page is at %s", ruth.at)
		}
		ruth.click("Clear")
		if ruth.at.RawQuery != "" {
			t.Errorf("cleared, at %s", ruth.at)
		}
	}
}

func TestASenselessFilterSaysWhatIsWrongAndWhere(t *testing.T) {
	_, ruth, _ := adminSite(t)
	long := strings.Repeat("x", 201)
	for query, control := range map[string]string{
		"q=" + long:                   "q",
		"q=a%00b":                     "q",
		"q=%ff":                       "q",
		"role=king":                   "role",
		"active=maybe":                "active",
		"state=asleep":                "state",
		"active=true&state=suspended": "state",
		"posts_min=x":                 "posts_min",
		"posts_min=3&posts_max=2":     "posts_max",
		"age_min=30&age_max=20":       "age_max",
		"last_seen_from=x":            "last_seen_from",
		"quiet=maybe":                 "quiet",
		"signed_in=always":            "signed_in",
		"meta_contains=%7B":           "meta_contains",
		"columns=password_hash":       "columns",
		"posts=3":                     "posts",
		"age_min=-1":                  "age_min",
		"age_max=99999999999999999":   "age_max",
		"age_min=1e3":                 "age_min",
		"registered_from=yesterday":   "registered_from",
		"registered_to=2026-02-30":    "registered_to",
		"last_post_from=99999-01-01":  "last_post_from",
		"last_post_to=%27%3Bdrop":     "last_post_to",
		"sort=password_hash":          "sort",
		"sort=--name":                 "sort",
		"limit=0":                     "limit",
		"limit=100000":                "limit",
		"after=x":                     "after",
		"after=9999999999~1":          "after",
		"sort=name&after=%00~1":       "after",
		"sort=-last_post_at&after=~1": "after",
		"meta.=x":                     "meta-1",
		"meta." + long + "=x":         "meta-1",
		"meta.a=%00":                  "meta-1",
		"meta_field=city":             "meta_value",
		"meta_value=Lyon":             "meta_field",
	} {
		for _, path := range []string{"/admin", "/admin/users"} {
			if control != "age_max" {
				query = strings.TrimSuffix(query, "&age_max=77") + "&age_max=77"
			}
			ruth.open(path + "?" + query).status(422)
			if len(ruth.listed()) > 0 {
				t.Errorf("%s lists users all the same", query)
			}
			said := ruth.page.Find(".errors a[href='#" + control + "']").Text()
			at := ruth.page.Find("[id='" + control + "']")
			if said == "" || at.Length() != 1 {
				t.Errorf("%s: %q is said of #%s, which is there %d times", query, said, control, at.Length())
			}
			if at.Is("input, select") && (at.AttrOr("aria-invalid", "") != "true" || ruth.page.Find("[id='"+at.AttrOr("aria-describedby", "")+"']").Text() != said) {
				t.Errorf("%s: the control #%s does not say %q", query, control, said)
			}
			if control != "age_max" && ruth.page.Find("[name=age_max]").AttrOr("value", "") != "77" {
				t.Errorf("%s: the rest of the filter is lost", query)
			}
		}
	}
}

func TestAPlaceThatIsNoLongerInTheListLeadsBack(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	ruth.open("/admin/users?limit=10&sort=-post_count&after=" + url.QueryEscape("0~1")).status(200).sees("Nobody follows here").click("← First").status(200)
	if len(ruth.listed()) != 10 {
		t.Errorf("%d users", len(ruth.listed()))
	}
}
