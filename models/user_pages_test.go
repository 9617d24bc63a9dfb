package models_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// town is 4,000 users, more than a page ever walks through.
func town(t *testing.T) (*models.Store, *pgx.Conn) {
	store, conn := behind(t)
	run(t, conn, `insert into users (username, name, email, age, role, is_active, created_at, last_seen_at, metadata)
		select 'u-' || i, (array['Ann', 'bob', 'Zoë', 'Émile', 'ann'])[1 + i % 5] || ' ' || i % 97, i || '@x', nullif(i * 7 % 80, 0), (array['user', 'user', 'editor'])[1 + i % 3],
			i % 11 > 0, now() - i % 500 * interval '1 day', case when i % 4 > 0 then now() - i % 60 * interval '1 day' end, jsonb_build_object('n', i % 50, 'tags', jsonb_build_array('t' || i % 9))
		from generate_series(1, 4000) i`)
	run(t, conn, `insert into posts (user_id, title, content, status, published_at) select id, 'T', 'c', 'published', now() - n * (id % 40) * interval '1 day' from users, generate_series(1, 3) n where id > 2500 and n <= id % 4`)
	run(t, conn, `insert into suspensions (user_id, reason, created_at, until) select id, 'x', now() - interval '9 days', now() + (id % 5 - 2) * interval '1 day' from users where id % 17 = 0`)
	run(t, conn, `insert into contacts (user_id, line, created_at) select id, 'x', now() - id * interval '1 minute' from users where id % 19 = 0`)
	modelstest.Credits(t, conn, "id % 13", "id % 5 = 0")
	run(t, conn, `analyze`)
	return store, conn
}

// However a page is found, along an index or by looking for all that match, all pages together are what SQL says.
func TestThePagesOfAFilterAreWhatSQLSays(t *testing.T) {
	store, conn := town(t)
	expressions := map[string]string{"id": "id", "name": `name collate "und-x-icu"`, "username": "lower(username)", "email": "lower(email)", "role": "role",
		"state": "case when not is_active then 0 when suspended_until > now() then 1 else 2 end", "age": "coalesce(age, 0)", "post_count": "post_count",
		"last_post_at": "coalesce(last_post_at, '-infinity')", "last_seen_at": "coalesce(last_seen_at, '-infinity')", "contacted_at": "coalesce(contacted_at, '-infinity')",
		"credits": "credits", "created_at": "created_at"}
	for query, where := range map[string]string{
		"":                                   "true",
		"posts_min=1":                        "post_count >= 1",
		"posts=none&age_min=40":              "post_count = 0 and age >= 40",
		"q=nobody":                           "false",
		"q=u-39":                             "username like 'u-39%'",
		"q=a":                                "name ilike '%a%' or username ilike '%a%' or email ilike '%a%'",
		"meta.n=7":                           "metadata ->> 'n' = '7'",
		`meta_contains={"tags":["t3"]}`:      `metadata @> '{"tags":["t3"]}'`,
		"state=suspended":                    "is_active and suspended_until > now()",
		"state=active&role=editor":           "is_active and coalesce(suspended_until < now(), true) and role = 'editor'",
		"quiet=true":                         "post_count >= 3 and last_post_at < now() - greatest(interval '30 days', median_gap * interval '3 seconds')",
		"signed_in=never&posts=some":         "last_seen_at is null and post_count > 0",
		"registered_from=2020-01-01&q=zoë 1": "created_at >= '2020-01-01' and name like 'Zoë 1%'",
	} {
		values, _ := url.ParseQuery(query)
		values.Set("limit", "100")
		for column, expression := range expressions {
			for direction, sort := range map[string]string{"asc": column, "desc": "-" + column} {
				want := askAll(t, conn, fmt.Sprintf("select id from users where %s order by %s %s, id %s", where, expression, direction, direction))
				values.Set("sort", sort)
				values.Del("after")
				var got []int64
				for pages := 0; ; pages++ {
					filter, err := models.ParseUserFilter(values, time.UTC)
					if err != nil {
						t.Fatal(query, err)
					}
					list, err := store.Users(modelstest.Context(t), filter)
					if err != nil {
						t.Fatal(query, sort, err)
					}
					if list.Count >= 0 && list.Count != int64(len(want)) {
						t.Errorf("%s by %s, page %d: %d are counted, and %d match", query, sort, pages+1, list.Count, len(want))
					}
					for i := range list.Users {
						got = append(got, list.Users[i].ID)
					}
					if list.Next == "" || pages > 50 || pages == 3 && len(want) > 1000 {
						break
					}
					values.Set("after", list.Next)
				}
				if !slices.Equal(got, want[:min(len(got), len(want))]) || len(got) < min(len(want), 400) {
					t.Errorf("%s by %s: %d users, not the %d that SQL finds", query, sort, len(got), len(want))
				}
			}
		}
	}
}

func askAll(t *testing.T, conn *pgx.Conn, sql string) []int64 {
	t.Helper()
	rows, err := conn.Query(modelstest.Context(t), sql)
	if err != nil {
		t.Fatal(sql, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		t.Fatal(sql, err)
	}
	return ids
}

// Where the owner of the database may not create an extension, the lists work without trigrams.
func TestASiteWithoutTrigramsFindsTheSame(t *testing.T) {
	address := modelstest.EmptyURL(t)
	owner := modelstest.SQL(t, address)
	run(t, owner, fmt.Sprintf(`drop role if exists plain_owner; create role plain_owner login; revoke all on database %[1]s from public;
		grant connect on database %[1]s to plain_owner; grant all on schema public to plain_owner`, modelstest.Database(t, address)))
	store := modelstest.Open(t, strings.Replace(address, "://postgres@", "://plain_owner@", 1))
	if _, err := store.Migrate(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if ask[bool](t, owner, `select exists (select from pg_extension where extname = 'pg_trgm') or exists (select from pg_class where relname = 'user_texts_trigrams')`) {
		t.Fatal("there are trigrams all the same")
	}
	modelstest.User(t, store, func(in *models.NewUser) { in.Username, in.Name, in.Email = "bob", "Ёлкин", "bob@example.com" })
	for _, said := range []string{"ob", "ЁЛК", "example", "B"} {
		filter, _ := models.ParseUserFilter(url.Values{"q": {said}}, time.UTC)
		if list, err := store.Users(modelstest.Context(t), filter); err != nil || names(list) != "bob" {
			t.Errorf("%s finds %q, %v", said, names(list), err)
		}
	}
}
