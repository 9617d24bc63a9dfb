package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func authors(post *models.Post) string {
	var names []string
	for _, author := range post.Authors {
		names = append(names, author.Username)
	}
	return strings.Join(names, " ")
}

func with(names ...string) models.PostChange { return models.PostChange{Authors: names} }

func TestAPostHasCoAuthors(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann, bob := modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	modelstest.User(t, store, modelstest.Named("cem"))
	stranger, editor := modelstest.User(t, store), modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post := modelstest.Post(t, store, ann, func(p *models.Post) { p.Status = models.StatusDraft })
	version := func() string {
		read, err := store.ReadPost(ctx, ann, post.ID)
		if err != nil {
			t.Fatal(err)
		}
		return read.Version()
	}
	before := version()
	if _, err := store.EditablePost(ctx, bob, post.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a stranger finds the draft: %v", err)
	}
	invited, err := store.UpdatePost(ctx, ann, post.ID, with("BOB", "ann", "bob", "cem"))
	if err != nil || authors(invited) != "bob cem" {
		t.Fatal(authors(invited), err)
	}
	if before == version() {
		t.Error("the version does not know the authors")
	}
	// They hear of it, and the log knows.
	if got := ask[string](t, conn, `select string_agg(u.username, ' ' order by u.id) from events e join users u on u.id = e.audience where e.kind = 'author' and e.ref = $1`, post.ID); got != "bob cem" {
		t.Errorf("%q hear of it", got)
	}
	if got := ask[string](t, conn, `select details -> 'after' ->> 'authors' from audit where kind = 'post.authors' order by id desc limit 1`); got != `["bob", "cem"]` {
		t.Error(got)
	}
	// They may change it like the owner, and it is no act; they may not delete it, nor say who the authors are.
	changed, err := store.UpdatePost(ctx, bob, post.ID, models.PostChange{Title: new("By both"), Status: new(models.StatusPublished)})
	if err != nil || changed.Receipt != 0 || changed.Title != "By both" {
		t.Fatal(changed, err)
	}
	if _, err := store.DeletePost(ctx, bob, post.ID); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("a co-author deletes: %v", err)
	}
	if _, err := store.UpdatePost(ctx, bob, post.ID, with("bob", stranger.Username)); fields(err)["authors"].Text == "" {
		t.Errorf("a co-author invites: %v", err)
	}
	if same, err := store.UpdatePost(ctx, bob, post.ID, with("ann", "bob", "cem")); err != nil || authors(same) != "bob cem" {
		t.Errorf("the same authors again: %v", err)
	}
	if _, err := store.UpdatePost(ctx, stranger, post.ID, with()); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("a stranger: %v", err)
	}
	// Wrong names.
	many := make([]string, 11)
	for i := range many {
		many[i] = modelstest.User(t, store, modelstest.Named(fmt.Sprintf("many-%d", i))).Username
	}
	run(t, conn, `update users set is_active = false where username = 'many-1'`)
	for _, names := range [][]string{{"nobody"}, {"<b>"}, {"a\x00b"}, {"\xff"}, {strings.Repeat("x", 9999)}, many, {"many-1"}} {
		if _, err := store.UpdatePost(ctx, ann, post.ID, with(names...)); fields(err)["authors"].Text == "" {
			t.Errorf("%.20q is taken: %v", names, err)
		}
	}
	// Deactivated: the name stays. Suspended: no writing.
	run(t, conn, `update users set is_active = false where username = 'cem'`)
	if kept, err := store.UpdatePost(ctx, ann, post.ID, with("cem", "bob")); err != nil || authors(kept) != "cem bob" {
		t.Errorf("%v %v", kept, err)
	}
	run(t, conn, `insert into suspensions (user_id, reason, until) select id, 'x', now() + interval '1 day' from users where username = 'bob'`)
	var suspended *models.Suspended
	if _, err := store.UpdatePost(ctx, bob, post.ID, models.PostChange{Title: new("No")}); !errors.As(err, &suspended) {
		t.Errorf("a suspended co-author writes: %v", err)
	}
	if _, err := store.LeavePost(ctx, bob, post.ID); !errors.As(err, &suspended) {
		t.Errorf("a suspended co-author leaves: %v", err)
	}
	run(t, conn, `update suspensions set ended_at = now()`)
	for _, who := range []*models.User{ann, stranger, editor} {
		if _, err := store.LeavePost(ctx, who, post.ID); !errors.Is(err, models.ErrForbidden) {
			t.Errorf("%s leaves: %v", who.Username, err)
		}
	}
	if left, err := store.LeavePost(ctx, bob, post.ID); err != nil || authors(left) != "cem" {
		t.Errorf("%v %v", left, err)
	}
	if _, err := store.UpdatePost(ctx, bob, post.ID, models.PostChange{Title: new("No")}); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("who left changes it: %v", err)
	}
	// An editor's change of somebody else's post still is an act.
	if edited, err := store.UpdatePost(ctx, editor, post.ID, models.PostChange{Title: new("Edited"), Authors: []string{"bob"}}); err != nil || edited.Receipt == 0 || authors(edited) != "bob" {
		t.Errorf("%+v %v", edited, err)
	}
	written := &models.Post{Title: "New", Content: "c", Status: models.StatusPublished, Authors: []*models.User{{Username: "Bob"}}}
	if err := store.CreatePost(ctx, ann, written); err != nil || authors(written) != "bob" {
		t.Errorf("%+v %v", written, err)
	}
	if err := store.CreatePost(ctx, ann, &models.Post{Title: "New", Content: "c", Status: models.StatusPublished, Authors: []*models.User{{Username: "nobody"}}}); fields(err)["authors"].Text == "" {
		t.Error(err)
	}
	proven(t, store, "co-authors")
}

func TestACoWrittenPostStandsOnThePagesOfAllItsAuthors(t *testing.T) {
	store, conn := behind(t)
	ann, bob := modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	run(t, conn, `insert into posts (user_id, title, content, status, visibility, published_at)
		select case when i % 2 = 0 then $1::bigint else $2::bigint end, i::text, 'c', case when i % 11 = 0 then 'draft' else 'published' end,
			(array['public', 'members', 'unlisted'])[1 + i % 3], now() - i / 3 * interval '1 hour' from generate_series(1, 200) i`, ann.ID, bob.ID)
	run(t, conn, `insert into post_authors (post_id, user_id) select id, $1 from posts where id % 3 > 0`, bob.ID)
	for _, by := range []*models.User{nil, ann} {
		for _, user := range []*models.User{ann, bob} {
			shelf := "visibility = 'public'"
			if by != nil {
				shelf = "visibility <> 'unlisted'"
			}
			want := ask[[]int64](t, conn, `select array_agg(id order by published_at desc, id desc) from posts p where status = 'published' and `+shelf+`
				and (user_id = $1 or exists (select from post_authors a where a.post_id = p.id and a.user_id = $1))`, user.ID)
			var got []int64
			list := models.PostList{UserID: user.ID, Limit: 7}
			for more := true; more; {
				var page []models.Post
				var err error
				if page, more, err = store.Posts(modelstest.Context(t), by, list); err != nil {
					t.Fatal(err)
				}
				for i := range page {
					got = append(got, page[i].ID)
				}
				list.After = page[len(page)-1].Key()
			}
			if !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("%s: %d posts, want %d", user.Username, len(got), len(want))
			}
		}
	}
	drafts, _, err := store.Posts(modelstest.Context(t), bob, models.PostList{UserID: bob.ID, Status: models.StatusDraft, Limit: 100})
	if want := ask[int](t, conn, `select count(*) from posts p where status = 'draft' and (user_id = $1 or exists (select from post_authors a where a.post_id = p.id and a.user_id = $1))`, bob.ID); err != nil || len(drafts) != want {
		t.Errorf("%d drafts, want %d, %v", len(drafts), want, err)
	}
	// What becomes of a post follows.
	run(t, conn, `update posts set visibility = 'unlisted', published_at = now() - interval '3 days'`)
	if n := ask[int](t, conn, `select count(*) from post_authors where listed_at is not null`); n != 0 {
		t.Errorf("%d unlisted posts are listed", n)
	}
	// An owner is no co-author, and nobody is one twice.
	run(t, conn, `insert into post_authors (post_id, user_id) select id, user_id from posts`)
	if n := ask[int](t, conn, `select count(*) from post_authors a join posts p on p.id = a.post_id and p.user_id = a.user_id`); n != 0 {
		t.Errorf("%d owners are co-authors", n)
	}
}

func TestCoAuthorsComeBackWithTheirPostAndTheirAccount(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin := modelstest.Admin(t, store)
	ann, bob := modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	post := modelstest.Post(t, store, ann, func(p *models.Post) { p.Tags = []string{"bread"} })
	if _, err := store.UpdatePost(ctx, ann, post.ID, with("bob")); err != nil {
		t.Fatal(err)
	}
	said := func() string {
		return ask[string](t, conn, `select coalesce(string_agg(p.title || ' ' || u.username || ' ' || (a.listed_at = p.published_at) || ' ' || coalesce(b.username, 'none') || ' ' || k.tag, ','), '')
			from post_authors a join users u on u.id = a.user_id join posts p on p.id = a.post_id join post_tags k on k.post_id = p.id left join users b on b.id = a.added_by_id`)
	}
	want := said()
	for _, act := range []func() (models.Gone, error){
		func() (models.Gone, error) { return store.DeletePost(ctx, admin, post.ID) },
		func() (models.Gone, error) { return store.DeleteUser(ctx, admin, bob.ID) },
		func() (models.Gone, error) { return store.DeleteUser(ctx, admin, ann.ID) },
	} {
		gone, err := act()
		if err != nil || said() == want {
			t.Fatal(err, said())
		}
		if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: gone.Receipt}); err != nil {
			t.Fatal(err)
		}
		if got := said(); got != want {
			t.Errorf("%q came back, want %q", got, want)
		}
	}
	proven(t, store, "undoes")
}
