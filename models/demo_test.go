package models_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// fingerprint is one line for all that a population is, ids and password left aside.
const fingerprint = `select
	(select md5(string_agg(concat_ws('|', username, name, email, age, about, is_active, language, time_zone, metadata, post_count, last_post_at, created_at, updated_at, last_seen_at, suspended_until, credits), E'\n' order by username)) from users) ||
	(select md5(string_agg(concat_ws('|', username, c.content, c.created_at), E'\n' order by c.created_at, username)) from comments c join users u on u.id = user_id) ||
	(select md5(string_agg(concat_ws('|', kind, amount, note, at), E'\n' order by at, amount, note)) from transfers) ||
	(select md5(string_agg(concat_ws('|', f.at, username, n.kind, n.at, n.read_at is null), E'\n' order by f.at, username, n.at, n.kind)) from follows f join users u on u.id = author_id left join notices n on n.user_id = f.user_id) ||
	(select md5(string_agg(concat_ws('|', username, product_name, quantity, total, order_date, state, o.metadata), E'\n' order by order_date, username)) from orders o join users u on u.id = user_id) ||
	(select md5(string_agg(concat_ws('|', username, title, content_html, tags, status, p.created_at, p.updated_at, published_at), E'\n' order by p.created_at, username, title)) from posts p join users u on u.id = user_id)`

func demo(t *testing.T, store *models.Store, o models.DemoOptions) *models.DemoResult {
	t.Helper()
	made, err := store.Demo(modelstest.Context(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func one[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) (value T) {
	t.Helper()
	if err := conn.QueryRow(modelstest.Context(t), sql, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func sound(t *testing.T, store *models.Store) {
	t.Helper()
	if off, err := store.Check(modelstest.Context(t)); err != nil || len(off) > 0 {
		t.Errorf("check: %v, %v", off, err)
	}
}

func TestTheSameSeedGivesTheSamePopulation(t *testing.T) {
	var prints []string
	for _, seed := range []int64{7, 7, 8} {
		address := modelstest.URL(t)
		demo(t, modelstest.Open(t, address), models.DemoOptions{Users: 200, Posts: 1000, Seed: seed})
		prints = append(prints, one[string](t, modelstest.SQL(t, address), fingerprint))
	}
	if prints[0] != prints[1] {
		t.Error("one seed gave two populations")
	}
	if prints[0] == prints[2] {
		t.Error("two seeds gave one population")
	}
}

func TestADemoComesBesideThePeopleWhoAreThere(t *testing.T) {
	address := modelstest.URL(t)
	store := modelstest.Open(t, address)
	sql := modelstest.SQL(t, address)
	ann := modelstest.User(t, store)
	modelstest.Post(t, store, ann)
	made := demo(t, store, models.DemoOptions{Users: 200, Posts: 1000, Seed: 1})
	// The same people once more: every name is taken.
	demo(t, store, models.DemoOptions{Users: 200, Posts: 1000, Seed: 1})
	after := modelstest.User(t, store)
	if got := one[int64](t, sql, "select count(*) from users"); got != 402 {
		t.Errorf("%d users", got)
	}
	if got := one[int64](t, sql, "select count(*) from posts"); got != 2001 {
		t.Errorf("%d posts", got)
	}
	if got := one[int64](t, sql, "select count(*) from users where id <> all($1) and (role <> 'user' or email not like '%.example')", []int64{ann.ID, after.ID}); got != 0 {
		t.Errorf("%d of the demo have rights or an address that may exist", got)
	}
	if got := one[int64](t, sql, "select count(distinct password_hash) from users where id <> all($1)", []int64{ann.ID, after.ID}); got != 2 {
		t.Errorf("%d password hashes for two demos", got)
	}
	if now, err := store.User(modelstest.Context(t), ann.ID); err != nil || now.PostCount != 1 || now.Username != ann.Username {
		t.Errorf("%+v, %v", now, err)
	}
	sound(t, store)
	someone := one[string](t, sql, "select username from users where is_active and id not in (select max(id) from users) and email like '%.example' order by id limit 1")
	if _, err := store.SignIn(modelstest.Context(t), models.Browser{IP: "192.0.2.1"}, someone, made.Password); err != nil {
		t.Errorf("%s with the demo's password: %v", someone, err)
	}
}

func TestADemosPostsAreWhatSavingThemWouldMake(t *testing.T) {
	address := modelstest.URL(t)
	demo(t, modelstest.Open(t, address), models.DemoOptions{Users: 300, Posts: 3000, Seed: 3})
	rows, err := modelstest.SQL(t, address).Query(modelstest.Context(t), `select id, title, content, content_html, excerpt, words, headings, tags, status from posts order by id`)
	if err != nil {
		t.Fatal(err)
	}
	posts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p models.Post, err error) {
		return p, row.Scan(&p.ID, &p.Title, &p.Content, &p.ContentHTML, &p.Excerpt, &p.Words, &p.Headings, (*[]string)(&p.Tags), &p.Status)
	})
	if err != nil {
		t.Fatal(err)
	}
	with := map[string]int{}
	for i, p := range posts {
		title, tags := p.Title, slices.Clone([]string(p.Tags))
		if err := p.Validate(); err != nil || p.Title != title || !slices.Equal([]string(p.Tags), tags) || strings.Contains(title, "{") {
			t.Errorf("%q, %q: %v", title, tags, err)
		}
		for _, part := range []string{"<ul>", "<ol>", "<table>", "<pre ", "<blockquote>", "footnote-ref", "<h2", "checkbox"} {
			if strings.Contains(p.ContentHTML, part) {
				with[part]++
			}
		}
		if i%3 > 0 {
			continue
		}
		made, err := models.Render(p.Content)
		if err != nil {
			t.Fatal(err)
		}
		if made.Headings == nil {
			made.Headings = []models.Heading{}
		}
		kept := models.Rendered{HTML: p.ContentHTML, Excerpt: p.Excerpt, Words: p.Words, Headings: p.Headings}
		if diff := cmp.Diff(made, kept); diff != "" {
			t.Fatalf("post %d, rendered and kept:\n%s\n%s", p.ID, p.Content, diff)
		}
	}
	if len(with) != 8 {
		t.Errorf("not every kind of text occurs: %v", with)
	}
}

func TestADemoLooksLikeASiteThatGrew(t *testing.T) {
	address := modelstest.URL(t)
	store := modelstest.Open(t, address)
	var last, total int64
	demo(t, store, models.DemoOptions{Users: 2000, Posts: 20_000, Seed: 5, Progress: func(done, all int64) {
		if done <= last {
			t.Errorf("%d after %d", done, last)
		}
		last, total = done, all
	}})
	if last != 22_000 || total != 22_000 {
		t.Errorf("progress ended at %d of %d", last, total)
	}
	sql := modelstest.SQL(t, address)
	for what, question := range map[string]string{
		"three in ten never write":              "select abs(count(*) filter (where not exists (select from posts where user_id = users.id)) - 600) < 100 from users",
		"a few write much, none writes half":    "select max(post_count) between 100 and 5000 from users",
		"the median author writes a handful":    "select percentile_cont(0.5) within group (order by post_count) between 2 and 8 from users where post_count > 0",
		"ages are 16 to 90, some unknown":       "select min(age) >= 16 and max(age) <= 90 and count(*) - count(age) between 200 and 600 from users",
		"all lies in the three years to today":  "select min(created_at) >= current_date - interval '3 years' and max(updated_at) < current_date from (select created_at, updated_at from users union all select created_at, updated_at from posts) x",
		"who writes has signed up":              "select count(*) = 0 from posts p join users u on u.id = p.user_id where p.created_at <= u.created_at or p.published_at < p.created_at or p.updated_at < p.created_at",
		"about one in fifty posts is a draft":   "select count(*) between 250 and 550 from posts where status = 'draft'",
		"a few posts are scheduled":             "select count(*) between 10 and 90 and min(publish_at) > now() from posts where status = 'scheduled'",
		"some are for members, a few unlisted":  "select count(*) filter (where visibility = 'members') between 250 and 550 and count(*) filter (where visibility = 'unlisted') between 50 and 160 from posts where status = 'published'",
		"the last year has more than the first": "select count(*) filter (where created_at > current_date - 365) > 2 * count(*) filter (where created_at < current_date - 2 * 365) from users",
		"posts come in order of their dates":    "select count(*) = 0 from (select published_at < lag(published_at) over (order by id) as early from posts where status = 'published') x where early",
		"texts are of a page, some are long":    "select percentile_cont(0.5) within group (order by octet_length(content)) between 600 and 1500 and max(octet_length(content)) > 4000 and min(octet_length(content)) > 250 from posts",
		"who writes was there to write it":      "select count(*) = 0 from users where last_seen_at < greatest(created_at, last_post_at) or last_seen_at is null and post_count > 0 or last_seen_at >= current_date",
		"some never signed in":                  "select count(*) between 10 and 60 from users where last_seen_at is null",
		"half came by this month":               "select count(*) between 800 and 1400 from users where last_seen_at > current_date - 30",
		"a few are suspended":                   "select count(*) between 1 and 20 from users where suspended_until is not null",
		"some fell silent":                      "select count(*) between 100 and 1000 from users where post_count >= 3 and last_post_at < current_date - greatest(interval '30 days', interval '3 seconds' * median_gap)",
		"some came back":                        "select count(*) between 1 and 200 from users where back_at > current_date - 30",
		"some were given credits":               "select count(*) between 300 and 700 from transfers where kind = 'grant'",
		"readers thanked authors for posts":     "select count(*) between 600 and 1300 and count(distinct post_id) > 400 and count(distinct note) > 8 from transfers t join posts p on p.id = t.post_id and p.published_at < t.at where kind = 'thanks'",
		"posts show it":                         "select count(*) > 400 and sum(total) = (select sum(amount) from transfers where kind = 'thanks') from post_thanks",
		"readers commented, authors answered":   "select count(*) filter (where c.user_id <> p.user_id) > 500 and count(*) filter (where c.user_id = p.user_id and parent_id is not null) > 150 and min(c.created_at - p.published_at) > interval '0' and max(c.created_at) < current_date from comments c join posts p on p.id = c.post_id",
		"a few comments are hidden":             "select count(*) between 1 and 60 from comments where hidden",
		"orders are in every state":             "select count(*) between 100 and 260 and count(distinct state) = 3 and count(distinct perk_id) = 6 from orders",
		"the perks have something left":         "select count(*) = 6 and min(stock) > 0 from perks",
		"nothing is moved before one is here":   "select count(*) = 0 from entries e join accounts a on a.id = e.account_id join users u on u.id = a.user_id where e.at < u.created_at or e.at >= current_date",
		"metadata can be asked for":             "select count(*) between 20 and 1000 from users where metadata @> '{\"interests\": [\"bicycles\"]}' or metadata->>'city' = 'Lyon'",
	} {
		if !one[bool](t, sql, question) {
			t.Error("not so:", what)
		}
	}
	sound(t, store)
}

func TestADemoThatIsBrokenOffLeavesNothing(t *testing.T) {
	address := modelstest.URL(t)
	store := modelstest.Open(t, address)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := store.Demo(ctx, models.DemoOptions{Users: 200, Posts: 20_000, Seed: 1, Progress: func(done, _ int64) {
		if done > 10_000 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("broken off: %v", err)
	}
	if got := one[int64](t, modelstest.SQL(t, address), "select (select count(*) from users) + (select count(*) from posts) + (select count(*) from figure_deltas)"); got != 0 {
		t.Errorf("%d rows are left", got)
	}
}
