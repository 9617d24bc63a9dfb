package controllers_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// adminSite is a site with an admin signed in, and a connection that sees the tables with no code of ours between.
func adminSite(t *testing.T) (*site, *browser, *pgx.Conn) {
	t.Helper()
	address := modelstest.URL(t)
	site := newSiteOver(t, modelstest.Open(t, address))
	ruth := modelstest.User(t, site.Store, modelstest.Named("ruth"), func(in *models.NewUser) { in.Role = models.RoleAdmin })
	return site, site.signIn(ruth), modelstest.SQL(t, address)
}

func sql(t *testing.T, conn *pgx.Conn, statement string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(modelstest.Context(t), statement, args...); err != nil {
		t.Fatal(err)
	}
}

func ask[T any](t *testing.T, conn *pgx.Conn, question string, args ...any) T {
	t.Helper()
	rows, err := conn.Query(modelstest.Context(t), question, args...)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(question, err)
	}
	return answer
}

// populate adds users of every kind, with posts on many days of the last hundred, some just around midnight.
func populate(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	sql(t, conn, `insert into users (username, name, email, age, role, is_active, created_at, metadata)
		select 'member-' || i, (array['Ann', 'Åsa', 'bob', 'Zoë', 'Émile'])[1 + i % 5], 'member-' || i || '@example.com', case when i % 4 > 0 then 15 + i % 50 end,
			(array['user', 'user', 'editor'])[1 + i % 3], i % 7 > 0, now() - i * interval '31 hours', jsonb_build_object('city', (array['Lyon', 'Oslo'])[1 + i % 2])
		from generate_series(1, 83) i`)
	sql(t, conn, `insert into posts (user_id, title, content, status, created_at, updated_at, published_at)
		select u.id, 'Post ' || n, 'x', s, day, day, case when s = 'published' then day end
		from users u, generate_series(1, 4) n, lateral (select case when (u.id + n) % 5 = 0 then 'draft' else 'published' end as s,
			date_trunc('day', now()) - (u.id * n % 110) * interval '1 day' - (u.id % 9) * interval '15 minutes' as day) x
		where u.username like 'member%' and n <= u.id % 4`)
	sql(t, conn, `insert into suspensions (user_id, reason, until) select id, 'x', now() + interval '3 days' from users where username like 'member%' and id % 13 = 0`)
	sql(t, conn, `update users set last_seen_at = now() - id * interval '1 hour' where username like 'member%' and id % 3 = 0`)
	modelstest.Credits(t, conn, "id % 9", "username like 'member%' and username not like 'member-1%' and id % 3 = 0")
}

func TestTheTilesAgreeWithTheTables(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	ruth.open("/admin").status(200)
	tiles := map[string]string{}
	ruth.page.Find(".tiles > div").Each(func(_ int, tile *goquery.Selection) {
		tiles[tile.Find("dt").Text()] = tile.Find(".figure").Text() + ", " + tile.Find("dd").Last().Text()
	})
	text := func(n int64) string { return strconv.FormatInt(n, 10) }
	for name, want := range map[string]string{
		"Users":       text(ask[int64](t, conn, "select count(*) from users")) + ", every account, deactivated ones too",
		"Active":      text(ask[int64](t, conn, "select count(*) from users where is_active and coalesce(suspended_until < now(), true)")) + ", neither deactivated nor suspended",
		"Posts":       text(ask[int64](t, conn, "select count(*) from posts where status = 'published'")) + ", published; " + text(ask[int64](t, conn, "select count(*) from posts where status = 'draft'")) + " drafts not counted",
		"Average age": ask[string](t, conn, "select round(avg(age), 1)::text from users") + ", of the " + text(ask[int64](t, conn, "select count(age) from users")) + " who gave one",
		"Newest user": "ruth, signed up just now",
	} {
		if tiles[name] != want {
			t.Errorf("%s: %q, not %q", name, tiles[name], want)
		}
	}
}

func TestEachTileLeadsToItsRows(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	for name, where := range map[string]string{"Users": "true", "Active": "is_active and coalesce(suspended_until < now(), true)", "Posts": "exists (select from posts where user_id = users.id and status = 'published')", "Average age": "age is not null"} {
		ruth.open("/admin")
		href := ruth.page.Find(".tiles dt").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Text() == name }).Parent().Find("a").AttrOr("href", "")
		ruth.open(href).status(200)
		want := strconv.FormatInt(ask[int64](t, conn, "select count(*) from users where "+where), 10)
		all := strconv.FormatInt(ask[int64](t, conn, "select count(*) from users"), 10)
		if want != all {
			want += " of " + all
		}
		if got := ruth.page.Find("#rows .soft").Text(); got != "· "+want {
			t.Errorf("%s leads to %q, not %q", name, got, want)
		}
	}
}

func TestTheChartCountsTheDaysOfTheAdminsTimeZone(t *testing.T) {
	site, ruth, conn := adminSite(t)
	populate(t, conn)
	for _, zone := range []string{"UTC", "Asia/Kathmandu", "America/St_Johns"} {
		sql(t, conn, "update users set time_zone = $1 where username = 'ruth'", zone)
		ruth.open("/admin").status(200).sees("time zone "+zone, "The last 90 days", "today so far")
		rows := ruth.page.Find("#days details tbody tr")
		if rows.Length() != 90 {
			t.Fatalf("%d days", rows.Length())
		}
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		var signUps, posts int64
		rows.Each(func(i int, row *goquery.Selection) {
			day := time.Now().In(location).AddDate(0, 0, -i)
			if label := row.Find("th").Text(); i > 0 && label != day.Format("2 Jan 2006") {
				t.Errorf("%s: row %d is %q, not %s", zone, i, label, day)
			}
			for column, question := range []string{"select count(*) from users where (created_at at time zone $1)::date = $2",
				"select count(*) from posts where status = 'published' and (published_at at time zone $1)::date = $2"} {
				want := ask[int64](t, conn, question, zone, day.Format(time.DateOnly))
				if got := row.Find("td").Eq(column).Text(); got != strconv.FormatInt(want, 10) {
					t.Errorf("%s, %s, column %d: %s, not %d", zone, day.Format(time.DateOnly), column, got, want)
				}
				if column == 0 {
					signUps += want
				} else {
					posts += want
				}
			}
		})
		ruth.sees(strconv.FormatInt(signUps, 10)+" in all", strconv.FormatInt(posts, 10)+" in all")
	}
	// What was kept ends with the next post.
	before := ruth.page.Find("#days details tbody td").Eq(1).Text()
	modelstest.Post(t, site.Store, modelstest.User(t, site.Store))
	ruth.open("/admin")
	n, _ := strconv.Atoi(before)
	if after := ruth.page.Find("#days details tbody td").Eq(1).Text(); after != strconv.Itoa(n+1) {
		t.Errorf("posts today: %s, then %s", before, after)
	}
}

func TestTheChartCanBeReadWithoutSeeingIt(t *testing.T) {
	_, ruth, _ := adminSite(t)
	ruth.open("/admin").status(200)
	plots := ruth.page.Find("svg.plot[role=img]")
	if plots.Length() != 2 {
		t.Fatalf("%d plots", plots.Length())
	}
	plots.Each(func(_ int, plot *goquery.Selection) {
		for _, id := range strings.Fields(plot.AttrOr("aria-labelledby", "")) {
			if ruth.page.Find("#"+id).Text() == "" {
				t.Errorf("nothing is said by #%s", id)
			}
		}
		if plot.Find(".today").Length() != 1 {
			t.Error("today is not drawn apart")
		}
	})
	if style := ruth.page.Find("[style], style, script:not([src])"); style.Length() > 0 {
		t.Error("style or script on the page itself")
	}
}

func TestOnlyAdminsComeIn(t *testing.T) {
	site, _, conn := adminSite(t)
	id := strconv.FormatInt(ask[int64](t, conn, "select id from users where username = 'ruth'"), 10)
	pages := []string{"/admin", "/admin/users", "/admin/users/" + id, "/admin/users/new"}
	acts := []string{"/admin/users/" + id, "/admin/users/" + id + "/link", "/admin/users/" + id + "/acts", "/admin/users"}
	visitor := site.visitor()
	editor := site.signIn(modelstest.User(t, site.Store, func(in *models.NewUser) { in.Role = models.RoleEditor }))
	for _, path := range pages {
		editor.open(path).status(403).seesNot("ruth@example.com")
		if visitor.open(path).status(200); visitor.at.Path != "/signin" || visitor.at.Query().Get("next") != path {
			t.Errorf("%s sends a visitor to %s", path, visitor.at)
		}
	}
	for _, path := range acts {
		editor.post(path, "role", "user").status(403)
		if visitor.post(path, "role", "user").status(401); visitor.page.Find("form[action='/signin']").Length() != 1 {
			t.Errorf("%s sends a visitor to %s", path, visitor.at)
		}
	}
	if got := ask[string](t, conn, "select role || is_active from users where username = 'ruth'"); got != "admintrue" {
		t.Errorf("ruth is %s", got)
	}
}

func TestTheAdminPagesSpeakRussian(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	ruth.header.Set("Accept-Language", "ru")
	ruth.open("/admin?" + url.Values{"age_min": {"21"}, "role": {"editor"}}.Encode()).status(200)
	if ruth.page.Find("html").AttrOr("lang", "") != "ru" {
		t.Error("not in Russian")
	}
}
