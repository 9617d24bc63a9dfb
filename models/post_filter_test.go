package models_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// shelf is ten posts of every kind, by two authors.
func shelf(t *testing.T) (*models.Store, *pgx.Conn) {
	store, conn := behind(t)
	run(t, conn, `insert into users (username, name, email, role) values ('ann', 'Ann', 'ann@x', 'admin'), ('Bob', 'Bob', 'bob@x', 'user')`)
	run(t, conn, `insert into posts (user_id, title, content, tags, status, created_at, updated_at, published_at) values
		(1, 'Ёлка in winter', 'a', '{winter,tree}', 'published', '2026-01-01 10:00+00', '2026-01-09 10:00+00', '2026-01-02 10:00+00'),
		(2, '100% of_it', 'b', '{}', 'published', '2026-01-02 23:30+00', '2026-01-03 10:00+00', '2026-01-02 23:30+00'),
		(2, 'back\slash', 'c', '{winter}', 'draft', '2026-01-03 10:00+00', '2026-01-03 10:00+00', null),
		(1, 'it''s "x" ? $1', 'd', '{}', 'draft', '2026-01-03 10:00+00', '2026-01-04 10:00+00', '2026-01-04 10:00+00')`)
	run(t, conn, `insert into posts (user_id, title, content, status, created_at, published_at) select 1 + i % 2, 'Zed ' || i, 'z', 'published', timestamptz '2026-02-01' + (i / 2) * interval '1 day', '2026-03-01' from generate_series(1, 6) i`)
	run(t, conn, `insert into reports (post_id, by_id, line, closed_at) values (2, 1, 'spam', null), (4, 2, 'was spam', now())`)
	return store, conn
}

func postFilter(t testing.TB, query string) models.PostFilter {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	f, err := models.ParsePostFilter(values, time.UTC)
	if err != nil {
		t.Fatal(query, err)
	}
	return f
}

func postIDs(list *models.PostLines) string {
	var ids []string
	for _, post := range list.Posts {
		ids = append(ids, fmt.Sprint(post.ID))
	}
	return strings.Join(ids, " ")
}

func TestEveryFilterFindsItsPosts(t *testing.T) {
	store, conn := shelf(t)
	for query, want := range map[string]string{
		"":                         "1 2 3 4 5 6 7 8 9 10",
		"q=ZED":                    "5 6 7 8 9 10",
		"q=ёлКА":                   "1",
		"q=%25":                    "2",
		"q=_":                      "2",
		`q=\`:                      "3",
		"q=' or 1=1 --":            "",
		"q=IN":                     "1", // of one or two letters: words that begin so
		"q=e":                      "",
		"q=Ё":                      "1",
		"q=it":                     "4",
		"q=$1":                     "4",
		"author=bob":               "2 3 5 7 9",
		"author=ANN&status=draft":  "4",
		"author=nobody":            "",
		"status=draft":             "3 4",
		"status=published&q=zed 1": "5",
		"tag=winter":               "1 3",
		"tag=Winter&status=draft":  "3",
		"reported=true":            "2",
		"reported=false&tag=tree":  "1",
		"created_from=2026-02-03":  "8 9 10",
		"created_to=2026-01-02":    "1 2",
		"created_from=2026-01-02&created_to=2026-01-03": "2 3 4",
		"published_to=2026-01-31":                       "1 2 4", // what was never published is not before a day
		"published_from=2026-01-03&q=%22x%22":           "4",
	} {
		list, err := store.ListPosts(modelstest.Context(t), postFilter(t, query+"&sort=id"))
		if err != nil || postIDs(list) != want || list.Count != int64(len(strings.Fields(want))) || list.More || list.Total != 10 {
			t.Errorf("%s lists %s of %d, %v", query, postIDs(list), list.Count, err)
		}
		// An act, an export and a count mean the same posts, whether the list has taken in what changed or not.
		for _, fresh := range []string{"", "update posts set words = words + 1"} {
			if fresh != "" {
				run(t, conn, fresh)
			}
			_, rows := cells(t, exported(t, store, "posts", "csv", query+"&columns=id"))
			var ids []string
			for _, row := range rows {
				ids = append(ids, row[0])
			}
			if n, err := store.CountPosts(modelstest.Context(t), postFilter(t, query)); err != nil || strings.Join(ids, " ") != want || n != int64(len(rows)) {
				t.Errorf("%s exports %v, and counts %d, %v", query, ids, n, err)
			}
		}
	}
	proven(t, store, "listing")
}

func TestASenselessFilterOfPostsNamesItsField(t *testing.T) {
	for query, field := range map[string]string{
		"q=" + strings.Repeat("x", 201): "q", "q=%00": "q", "author=no one": "author", "author=%00": "author", "status=lost": "status", "tag=a,b": "tag", "tag=%23": "tag",
		"created_from=yesterday": "created_from", "published_to=2026-13-01": "published_to", "reported=maybe": "reported", "sort=content": "sort",
		"sort=id;drop table posts": "sort", "limit=0": "limit", "limit=101": "limit", "after=x": "after", "after=x~1": "after", "sort=id&after=1;~1": "after", "after=%00~1&sort=title": "after",
	} {
		values, err := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
		if err != nil {
			t.Fatal(query, err)
		}
		_, err = models.ParsePostFilter(values, time.UTC)
		var invalid models.Invalid
		if !errors.As(err, &invalid) || len(invalid) != 1 || invalid[field].Text == "" {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestPostsAreSortedAndPagedByKeyBothWays(t *testing.T) {
	store, conn := shelf(t)
	for _, sort := range []string{"id", "title", "author", "created_at", "updated_at", "published_at"} {
		for _, direction := range []string{"", "-"} {
			for _, filter := range []string{"", "&q=z", "&status=published"} {
				all, err := store.ListPosts(modelstest.Context(t), postFilter(t, "sort="+direction+sort+filter))
				if err != nil {
					t.Fatal(sort, err)
				}
				var paged []string
				for after := ""; ; {
					f := postFilter(t, "limit=2&sort="+direction+sort+filter+"&after="+url.QueryEscape(after))
					page, err := store.ListPosts(modelstest.Context(t), f)
					if err != nil || len(page.Posts) > 2 || page.Count != all.Count {
						t.Fatal(sort, len(page.Posts), err)
					}
					paged = append(paged, postIDs(page))
					if after = page.Next; after == "" {
						break
					}
				}
				if strings.Join(paged, " ") != postIDs(all) || int64(len(all.Posts)) != all.Count {
					t.Errorf("%s%s%s: %v is not %s", direction, sort, filter, paged, postIDs(all))
				}
			}
		}
	}
	first, err := store.ListPosts(modelstest.Context(t), postFilter(t, "limit=3&sort=-created_at"))
	if err != nil || postIDs(first) != "10 9 8" {
		t.Fatal(postIDs(first), err)
	}
	run(t, conn, "insert into posts (user_id, title, content, created_at) values (1, 'Newer', '', '2026-05-01'), (1, 'Older', '', '2026-01-01')")
	run(t, conn, "delete from posts where id = 8")
	next, err := store.ListPosts(modelstest.Context(t), postFilter(t, "limit=3&sort=-created_at&after="+url.QueryEscape(first.Next)))
	if err != nil || postIDs(next) != "7 6 5" {
		t.Error("rows that come and go move the next page:", postIDs(next), err)
	}
}

func TestTheListOfPostsFollowsEveryWriter(t *testing.T) {
	store, conn := shelf(t)
	lists := func(query, want string) {
		t.Helper()
		list, err := store.ListPosts(modelstest.Context(t), postFilter(t, query))
		if err != nil || postIDs(list) != want {
			t.Errorf("%s lists %s, %v", query, postIDs(list), err)
		}
		proven(t, store, query)
	}
	lists("author=bob&sort=id", "2 3 5 7 9")
	run(t, conn, "update users set username = 'Robert' where username = 'Bob'")
	lists("author=robert&sort=id", "2 3 5 7 9")
	run(t, conn, "update posts set title = 'New name', tags = '{fresh}' where id = 5")
	lists("q=new+name&tag=fresh", "5")
	run(t, conn, "delete from users where id = 2")
	lists("sort=id", "1 4 6 8 10")
	run(t, conn, "truncate posts cascade")
	lists("", "")
}

func TestManyChangedPostsAreTakenInByAJob(t *testing.T) {
	store, conn := shelf(t)
	run(t, conn, `insert into posts (user_id, title, content) select 1, 'Many', 'c' from generate_series(1, 12000)`)
	list, err := store.ListPosts(modelstest.Context(t), postFilter(t, "q=many"))
	if err != nil || !list.Waiting {
		t.Fatal(list, err)
	}
	await(t, conn, "select not exists (select from post_changes)")
	list, err = store.ListPosts(modelstest.Context(t), postFilter(t, "q=many"))
	if err != nil || list.Waiting || !list.More || list.Count != 10_000 || len(list.Posts) != 25 || list.Total != 12010 {
		t.Errorf("%d %v %v", len(list.Posts), list.Count, err)
	}
	proven(t, store, "the job")
}

func TestAListDoesNotWaitForWhoTakesInChanges(t *testing.T) {
	store, conn := shelf(t)
	tx, err := conn.Begin(modelstest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(modelstest.Context(t), "select pg_advisory_xact_lock(hashtext('postroom post lines'))"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if list, err := store.ListPosts(modelstest.Context(t), postFilter(t, "")); err != nil || !list.Waiting || time.Since(began) > 2*time.Second {
		t.Error(list, err, time.Since(began))
	}
	if err := tx.Rollback(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	await(t, conn, "select not exists (select from post_changes)")
}
