package controllers_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"postroom/models/modelstest"
)

func (b *browser) heads() string {
	var heads []string
	b.page.Find(".data thead th").Each(func(_ int, th *goquery.Selection) { heads = append(heads, th.Text()) })
	return strings.Join(heads, ", ")
}

func TestAFilterSaysInWordsWhomItShows(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	for query, words := range map[string]string{
		"": "Users, by number of posts",
		"state=active&age_min=25&meta.city=Lyon&sort=-last_post_at": "Active users of 25 and older in Lyon, by last post",
		"active=true&role=editor":                                   "Active editors, by number of posts",
		"age_min=16&age_max=40&posts=none":                          "Users of 16 to 40 years who never posted, by number of posts",
		"age_min=20&age_max=20":                                     "Users of 20 years, by number of posts",
		"age_min=0":                                                 "Users of a known age, by number of posts",
		"age_max=40":                                                "Users of 40 and younger, by number of posts",
		"posts_min=1&posts_max=3":                                   "Users with 1 to 3 posts, by number of posts",
		"posts_min=1":                                               "Users with 1 post or more, by number of posts",
		"posts_max=3":                                               "Users with 3 posts or fewer, by number of posts",
		"q=member-1":                                                "Users with “member-1” in a name or the e-mail address, by number of posts",
		"state=suspended&role=user&sort=name":                       "Suspended ordinary users, by name",
		"state=deactivated":                                         "Deactivated users, by number of posts",
		"posts=some":                                                "Users who have posted, by number of posts",
		"registered_from=2020-01-02":                                "Users, joined since 2 Jan 2020, by number of posts",
		"registered_to=2036-01-02":                                  "Users, joined until 2 Jan 2036, by number of posts",
		"last_post_from=2020-01-02&last_post_to=2036-01-02":         "Users, last post from 2 Jan 2020 to 2 Jan 2036, by number of posts",
		"last_seen_from=2020-01-02":                                 "Users, last seen since 2 Jan 2020, by number of posts",
		"signed_in=never":                                           "Users who never signed in, by number of posts",
		"meta_contains=%7B%22city%22%3A%22Oslo%22%7D":               "Users, fields contain {\"city\":\"Oslo\"}, by number of posts",
	} {
		ruth.open("/admin/users?" + query).status(200)
		if got, _, _ := strings.Cut(ruth.page.Find("#rows").Text(), " ·"); got != words {
			t.Errorf("%s: %q, not %q", query, got, words)
		}
	}
}

func TestTheFiltersThatEveryoneNeedsAreThereFromTheStart(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	sql(t, conn, `insert into users (username, name, email) values ('quiet', 'Quiet', 'quiet@x'), ('back', 'Back', 'back@x')`)
	sql(t, conn, `insert into posts (user_id, title, content, status, published_at)
		select u.id, 'T', 'x', 'published', now() - days * interval '1 day' from users u, unnest(case username when 'quiet' then array[100, 90, 80] else array[110, 100, 90, 1] end) days where username in ('quiet', 'back')`)
	for name, where := range map[string]string{"Never posted": "post_count = 0", "New this week": "created_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - interval '6 days'",
		"Gone quiet": "username = 'quiet' or post_count >= 3 and last_post_at < now() - greatest(interval '30 days', 3 * median_gap * interval '1 second')", "Back again": "back_at > now() - interval '30 days'",
		"Never signed in": "last_seen_at is null", "Suspended": "is_active and suspended_until > now()"} {
		for _, path := range []string{"/admin", "/admin/users"} {
			ruth.open(path).status(200)
			link := ruth.page.Find(".presets a").FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.HasPrefix(a.Text(), name+" ") })
			want := idsOf(t, conn, "select id from users where "+where)
			if got := link.Find("span").Text(); link.Length() != 1 || got != ask[string](t, conn, "select $1::int::text", len(want)) || len(want) == 0 {
				t.Errorf("%s: %s has %q, not %d", path, name, got, len(want))
			}
			if got := ruth.allListed(link.AttrOr("href", "")); len(got) != len(want) {
				t.Errorf("%s lists %d, not %d", name, len(got), len(want))
			}
			if got := ruth.page.Find(".presets [aria-current]").Text(); !strings.HasPrefix(got, name) {
				t.Errorf("%s is marked in the list of %s", got, name)
			}
		}
	}
}

func TestAFilterIsSavedUnderANameForEveryAdmin(t *testing.T) {
	site, ruth, conn := adminSite(t)
	populate(t, conn)
	other := site.signIn(modelstest.Admin(t, site.Store))
	ruth.open("/admin/users?role=editor&meta.city=Lyon&columns=email,meta.city&sort=name&limit=10&after=" + url.QueryEscape("Ann~1")).status(200).click("Save this filter").status(200).sees("Editors in Lyon, by name")
	ruth.submit("Save this filter", "name", " ").status(422).sees("Give the filter a name.")
	ruth.submit("Save this filter", "name", strings.Repeat("x", 61)).status(422).sees("The name is too long")
	ruth.submit("Save this filter", "name", "<b>Lyon</b>").status(200).sees("The filter is saved.")
	if got := ruth.at.RawQuery; got != "columns=email%2Cmeta.city&limit=10&meta.city=Lyon&role=editor&sort=name" {
		t.Errorf("at %s", got)
	}
	want := idsOf(t, conn, "select id from users where role = 'editor' and metadata ->> 'city' = 'Lyon' order by name collate \"und-x-icu\", id limit 10")
	other.open("/admin").click("<b>Lyon</b>").status(200)
	if got := other.listed(); len(got) != len(want) || got[0] != want[0] || other.heads() != "Name, E-mail, city" {
		t.Errorf("%v, not %v, under %s", got, want, other.heads())
	}
	other.click("Save this filter").submit("Save this filter", "name", "<B>LYON</B>").status(422).sees("There is a filter of this name already.")
	other.open("/admin/filters").sees("Editors in Lyon, by name").submit("Forget").status(200).sees("The filter “<b>Lyon</b>” is forgotten.").sees("No filter is saved yet")
	ruth.post("/admin/filters/1/delete").status(404)
	ruth.post("/admin/filters/x/delete").status(404)
	ruth.post("/admin/filters", "name", "x", "query", "sort=password_hash").status(422)
	ruth.post("/admin/filters", "name", "x", "query", "%zz").status(404)
	ruth.open("/admin/filters/new?age_min=x").status(422)
	if got := ask[string](t, conn, "select string_agg(kind || ' ' || target, ', ' order by id) from audit where kind like 'filter.%'"); got != "filter.save <b>Lyon</b>, filter.delete <b>Lyon</b>" {
		t.Error(got)
	}
}

func TestTheColumnsOfTheListAreChosen(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	ruth.open("/admin/users?role=editor&limit=10").status(200)
	if got := ruth.heads(); got != "Name, Posts, Last post, Last seen, State, Role, E-mail, Age, Credits, Joined" {
		t.Error(got)
	}
	ruth.open("/admin/users?role=editor&limit=10&columns=name&columns=age&columns=contacted_at&columns=meta.city%2C+meta.none").status(200)
	if got := ruth.heads(); got != "Name, Age, Contacted, city, none" || ruth.page.Find("tbody tr").Length() != 10 || !strings.HasSuffix(ruth.page.Find("tbody tr").First().Text(), "never"+ask[string](t, conn, "select metadata ->> 'city' from users where id = $1", ruth.listed()[0])) {
		t.Error(got, ruth.page.Find("tbody tr").First().Text())
	}
	ruth.click("Age").click("Next →").submit("Filter", "age_min", "16").status(200)
	if got := ruth.heads(); got != "Name, Age, Contacted, city, none" || ruth.at.RawQuery != "age_min=16&columns=age%2Ccontacted_at%2Cmeta.city%2Cmeta.none&limit=10&role=editor&sort=-age" {
		t.Error(got, ruth.at)
	}
	ruth.open("/admin/users?columns=name").status(200)
	if got := ruth.heads(); got != "Name" {
		t.Error(got)
	}
	ruth.submit("Show").status(200)
	if got := ruth.heads(); got != "Name" {
		t.Error(got)
	}
}
