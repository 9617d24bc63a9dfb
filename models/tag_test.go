package models_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func tagged(tags ...string) func(*models.Post) {
	return func(p *models.Post) { p.Tags = tags }
}

func TestTheDatabaseTidiesTagsWhoeverWritesThem(t *testing.T) {
	store, conn := behind(t)
	modelstest.User(t, store)
	for typed, want := range map[string]string{
		"{Bread, bread ,#SALT,\"\"}": "{bread,salt}", "{\"a,b\",B}": "{a,b}", "{e\u0301tude,\u00e9tude,\u00c9TUDE}": "{\u00e9tude}", "{.,..,...}": "{...}",
		"{\"two \t words\",\"two\u00a0words\"}": "{\"two words\"}", "{mark\u200e,mark,\u202emark,ma\u00adrk}": "{mark}", "{<b>,😀,ПРИВЕТ}": "{<b>,😀,привет}", "{}": "{}", "{\u200b}": "{}",
		"{a,b,c,d,e,f,g,h,i,j,A}": "{a,b,c,d,e,f,g,h,i,j}",
	} {
		if got := ask[string](t, conn, `with made as (insert into posts (user_id, title, content, tags) select min(id), 'T', 'c', $1::text::text[] from users returning tags) select tags::text from made`, typed); got != want {
			t.Errorf("%q is kept as %q, want %q", typed, got, want)
		}
		if got := ask[string](t, conn, `with made as (update posts set tags = $1::text::text[] where id = (select max(id) from posts) returning tags) select tags::text from made`, typed); got != want {
			t.Errorf("%q is changed to %q, want %q", typed, got, want)
		}
	}
	for _, wrong := range []string{"{" + strings.Repeat("x", 41) + "}", "{1,2,3,4,5,6,7,8,9,10,11}"} {
		if _, err := conn.Exec(modelstest.Context(t), `insert into posts (user_id, title, content, tags) select min(id), 'T', 'c', $1::text::text[] from users`, wrong); len(fields(models.Explain(err))) != 1 {
			t.Errorf("%.20q is taken: %v", wrong, err)
		}
	}
	// What the program makes of tags is tidy for the database as well.
	for _, typed := range []string{"İstanbul, ΣΑΣ, Straße, ﬁx, Ǆ, e\u0301, a\u200db, 1\u20442, #a # b, ##x, \u3000y\u3000, a\u0307\u0323"} {
		tags := models.ParseTags(typed)
		if got := ask[[]string](t, conn, `select tidy_tags($1)`, tags); !slices.Equal(got, tags) {
			t.Errorf("%q: the program makes %q, the database of that %q", typed, tags, got)
		}
	}
}

func TestTagsAreCountedForWhoAsks(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	for i, visibility := range []string{"public", "public", "members", "unlisted"} {
		modelstest.Post(t, store, ann, tagged("bread", fmt.Sprint("only ", i)), func(p *models.Post) { p.Visibility = visibility })
	}
	modelstest.Post(t, store, ann, tagged("bread", "brine"), func(p *models.Post) { p.Status = models.StatusDraft })
	for _, who := range []struct {
		by    *models.User
		posts int64
		list  string
	}{{nil, 2, "bread 2, only 0 1, only 1 1"}, {ann, 3, "bread 3, only 0 1, only 1 1, only 2 1"}} {
		page, err := store.Tag(modelstest.Context(t), who.by, "bread")
		if err != nil || page.Posts != who.posts || page.All != 5 {
			t.Errorf("%+v, %v; want %d of 5", page, err, who.posts)
		}
		if got := tagNames(t, store, who.by, models.TagList{Limit: 10}); got != who.list {
			t.Errorf("%q, want %q", got, who.list)
		}
		posts, _, err := store.Posts(modelstest.Context(t), who.by, models.PostList{Tag: "bread", Limit: 10})
		if err != nil || int64(len(posts)) != who.posts {
			t.Errorf("%d posts, %v", len(posts), err)
		}
		if got := tagNames(t, store, who.by, models.TagList{Prefix: "BR", Limit: 10}); !strings.HasPrefix(got, "bread ") || strings.Contains(got, "only") {
			t.Errorf("BR finds %q", got)
		}
	}
	proven(t, store, "tags")
	run(t, conn, `update posts set status = 'draft' where 'only 0' = any(tags)`)
	run(t, conn, `update posts set visibility = 'public', tags = '{bread,new}' where 'only 2' = any(tags)`)
	run(t, conn, `update posts set published_at = published_at - interval '1 day' where 'only 1' = any(tags)`)
	proven(t, store, "changes")
	if got := tagNames(t, store, nil, models.TagList{Limit: 10}); got != "bread 2, new 1, only 1 1" {
		t.Errorf("after changes %q", got)
	}
	run(t, conn, `delete from posts where 'new' = any(tags)`)
	proven(t, store, "a deletion")
	run(t, conn, `delete from users`)
	proven(t, store, "the author's deletion")
	if got := tagNames(t, store, ann, models.TagList{Limit: 10}); got != "" || ask[int](t, conn, `select count(*) from tag_counts`) != 0 {
		t.Errorf("of nothing %q", got)
	}
	makeUsers(t, conn, 1)
	run(t, conn, `insert into posts (user_id, title, content, tags) select id, 'T', 'c', '{x}' from users; truncate posts cascade`)
	proven(t, store, "a truncation")
	run(t, conn, `insert into post_tags values ('ghost', now(), 1, false); insert into tag_counts values ('ghost', 3, 0, 0)`)
	if off, err := store.Check(modelstest.Context(t)); err != nil || len(off) != 2 {
		t.Errorf("check says %q, %v", off, err)
	}
}

func tagNames(t *testing.T, store *models.Store, by *models.User, list models.TagList) string {
	t.Helper()
	tags, _, err := store.Tags(modelstest.Context(t), by, list)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tag := range tags {
		names = append(names, fmt.Sprint(tag.Name, " ", tag.Posts))
	}
	return strings.Join(names, ", ")
}

func TestThePagesOfTagsAndOfATagHoldAllOfThemOnce(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	// 10,000 tags, most of them used once; every fourth post is for members.
	run(t, conn, `insert into posts (user_id, title, content, tags, status, visibility, published_at)
		select min(u.id), 'T', 'c', array['t-' || i, 'u-' || i % 7, 'all'], 'published', case when i % 4 = 0 then 'members' else 'public' end, now() - i / 3 * interval '1 hour' from users u, generate_series(1, 10000) i group by i`)
	for _, by := range []*models.User{nil, ann} {
		shelf := "visibility = 'public'"
		if by != nil {
			shelf = "true"
		}
		want := ask[[]string](t, conn, `select array_agg(tag || ' ' || n order by n desc, tag collate "C") from (select t.tag, count(*) as n from posts p, unnest(p.tags) t(tag) where `+shelf+` group by 1) x`)
		var got []string
		list := models.TagList{Limit: 700}
		for more := true; more; {
			var tags []models.Tag
			var err error
			if tags, more, err = store.Tags(modelstest.Context(t), by, list); err != nil {
				t.Fatal(err)
			}
			for _, tag := range tags {
				got = append(got, fmt.Sprint(tag.Name, " ", tag.Posts))
			}
			list.After = tags[len(tags)-1].Key()
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d tags on the pages, want %d", len(got), len(want))
		}
		ids := ask[[]int64](t, conn, `select array_agg(id order by published_at desc, id desc) from posts where 'u-3' = any(tags) and `+shelf)
		var found []int64
		posts := models.PostList{Tag: "u-3", Limit: 90}
		for more := true; more; {
			var page []models.Post
			var err error
			if page, more, err = store.Posts(modelstest.Context(t), by, posts); err != nil {
				t.Fatal(err)
			}
			for i := range page {
				found = append(found, page[i].ID)
			}
			posts.After = page[len(page)-1].Key()
		}
		if !slices.Equal(found, ids) {
			t.Errorf("%d posts on the pages, want %d", len(found), len(ids))
		}
	}
	for _, key := range []string{"x", "-a", "0-a", "1-", "1-\x00", "99999999999999999999-a"} {
		if _, _, err := store.Tags(modelstest.Context(t), nil, models.TagList{After: key, Limit: 1}); fields(err)["after"].Text == "" {
			t.Errorf("%q is a place: %v", key, err)
		}
	}
}
