package models_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func editor(t testing.TB, store *models.Store) *models.User {
	return modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
}

// retagged changes a tag and waits for its posts.
func retagged(t testing.TB, store *models.Store, by *models.User, tag, name string) *models.TagChange {
	t.Helper()
	change, err := store.ChangeTag(modelstest.Context(t), by, models.TagRename{Tag: tag, Name: name})
	if err != nil {
		t.Fatalf("%s → %s: %v", tag, name, err)
	}
	return tagEnded(t, store, by, change.ID)
}

func takenBack(t testing.TB, store *models.Store, by *models.User, change *models.TagChange) *models.TagChange {
	t.Helper()
	if _, err := store.UndoTagChange(modelstest.Context(t), by, change.ID); err != nil {
		t.Fatal(err)
	}
	return tagEnded(t, store, by, change.ID)
}

func tagEnded(t testing.TB, store *models.Store, by *models.User, id int64) *models.TagChange {
	t.Helper()
	change, err := store.AwaitTagChange(modelstest.Context(t), by, id, 8*time.Second)
	if err != nil || change.IsUnderWay() {
		t.Fatalf("%+v, %v", change, err)
	}
	return change
}

func TestATagIsMergedAndTakenBackAsFarAsAuthorsLeftIt(t *testing.T) {
	store, conn := behind(t)
	ann, ed := modelstest.User(t, store), editor(t, store)
	post := func(status, tags string) *models.Post {
		return modelstest.Post(t, store, ann, func(p *models.Post) { p.Tags, p.Status = models.ParseTags(tags), status })
	}
	alone, both, draft, other := post("published", "x,breads,y"), post("published", "breads,bread"), post("draft", "breads"), post("published", "bread")
	removed, gone := post("published", "breads,z"), post("published", "breads")
	tags := func(p *models.Post) string {
		return ask[string](t, conn, "select array_to_string(tags, ',') from posts where id = $1", p.ID)
	}
	stamps := func() string {
		return ask[string](t, conn, "select string_agg(id || ' ' || updated_at || ' ' || revision || ' ' || coalesce(saved_at::text, ''), ',' order by id) from posts")
	}
	before := stamps()
	r, err := store.RehearseTag(modelstest.Context(t), ed, "breads", " #Bread ")
	if err != nil || r.Posts != 5 || r.There != 2 || r.Twice != 1 || r.Into != "bread" {
		t.Fatalf("%+v, %v", r, err)
	}
	change := retagged(t, store, ed, "breads", "BREAD")
	if change.Posts != 5 || change.Twice != 1 || !change.Merges || change.State != "done" {
		t.Errorf("%+v", change)
	}
	for p, want := range map[*models.Post]string{alone: "x,bread,y", both: "bread", draft: "bread", other: "bread", removed: "bread,z"} {
		if got := tags(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if now := stamps(); now != before || ask[int](t, conn, "select count(*) from revisions") != 0 {
		t.Errorf("a post was changed for its author:\n%s\n%s", before, now)
	}
	proven(t, store, "a merge")
	page, err := store.Tag(modelstest.Context(t), nil, "breads")
	if err != nil || page.Into != "bread" || page.All != 0 {
		t.Errorf("%+v, %v", page, err)
	}
	if got := tagNames(t, store, nil, models.TagList{Limit: 10}); got != "bread 5, x 1, y 1, z 1" {
		t.Errorf("the list is %q", got)
	}

	// What is typed from then on; what the author removes; what is deleted.
	if typed := post("published", "breads,bread,new"); tags(typed) != "bread,new" {
		t.Errorf("typed: %q", tags(typed))
	}
	if _, err := store.UpdatePost(modelstest.Context(t), ann, removed.ID, models.PostChange{Tags: []string{"z"}}); err != nil {
		t.Fatal(err)
	}
	if got := ask[string](t, conn, "select array_to_string(tags, ',') from revisions"); got != "bread,z" {
		t.Errorf("the author's own change keeps %q", got)
	}
	if _, err := store.DeletePost(modelstest.Context(t), ann, gone.ID); err != nil {
		t.Fatal(err)
	}
	back := takenBack(t, store, ed, change)
	if back.Back != 3 || back.State != "undone" || back.Kept() != 2 || back.UndoneBy != ed.Username {
		t.Errorf("%+v", back)
	}
	for p, want := range map[*models.Post]string{alone: "x,breads,y", both: "breads,bread", draft: "breads", other: "bread", removed: "z"} {
		if got := tags(p); got != want {
			t.Errorf("taken back %q, want %q", got, want)
		}
	}
	if ask[int](t, conn, "select count(*) from revisions") != 1 {
		t.Error("the undo made a revision")
	}
	proven(t, store, "the undo")
	if page, _ := store.Tag(modelstest.Context(t), nil, "breads"); page.Into != "" || page.Posts != 2 {
		t.Errorf("%+v", page)
	}
	if got := ask[string](t, conn, "select string_agg(kind || ' ' || actor || ' ' || target || ' ' || (details->'before'->>'tag') || ' ' || (details->'after'->>'tag'), ', ' order by id) from audit where target_kind = 'tag'"); got != fmt.Sprintf("tag.merge %s breads breads bread, tag.undo %[1]s breads bread breads", ed.Username) {
		t.Errorf("the log says %q", got)
	}
}

func TestNamesThatGoRoundLeadSomewhereAndUndoInOrder(t *testing.T) {
	store, conn := behind(t)
	ann, ed := modelstest.User(t, store), editor(t, store)
	p, q := modelstest.Post(t, store, ann, tagged("a", "c")), modelstest.Post(t, store, ann, tagged("a"))
	state := func() string {
		return ask[string](t, conn, "select string_agg(array_to_string(tags, ','), ' ' order by id) from posts") + " " +
			ask[string](t, conn, "select string_agg(n || tag_now(n), ' ' order by n) from unnest(array['a','b','c','d']) n")
	}
	is := func(want string) {
		t.Helper()
		if got := state(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	one := retagged(t, store, ed, "a", "b")
	is("b,c b ab bb cc dd")
	two := retagged(t, store, ed, "c", "b")
	is("b b ab bb cb dd")
	three := retagged(t, store, ed, "b", "d")
	is("d d ad bd cd dd")
	if again := retagged(t, store, ed, "b", "a"); again.ID != three.ID { // a means d
		t.Errorf("%+v", again)
	}
	four := retagged(t, store, ed, "d", "a") // and back where it came from
	is("a a aa ba ca da")
	if _, err := store.UndoTagChange(modelstest.Context(t), ed, one.ID); !errors.Is(err, models.ErrConflict) || !strings.Contains(err.Error(), "“b” was renamed since. Undo that first.") {
		t.Errorf("out of order: %v", err)
	}
	takenBack(t, store, ed, four)
	is("d d ad bd cd dd")
	takenBack(t, store, ed, three)
	is("b b ab bb cb dd")
	takenBack(t, store, ed, one) // of two merges into the same, either first: the other one's stays
	is("a,b a aa bb cb dd")
	takenBack(t, store, ed, two)
	is("a,c a aa bb cc dd")
	_, _ = p, q
	proven(t, store, "going round")
}

func TestATagIsChangedOnceWhoeverAsks(t *testing.T) {
	store, conn := behind(t)
	ann, ed, other := modelstest.User(t, store), editor(t, store), editor(t, store)
	for range 3 {
		modelstest.Post(t, store, ann, tagged("old"))
	}
	race := func(do func(i int) error) (errs []error) {
		errs = make([]error, 8)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() { errs[i] = do(i) })
		}
		wait.Wait()
		return errs
	}
	var names, refused int
	for i, err := range race(func(i int) error {
		_, err := store.ChangeTag(modelstest.Context(t), []*models.User{ed, other}[i%2], models.TagRename{Tag: "old", Name: []string{"new", "newer"}[i%2]})
		return err
	}) {
		if err == nil {
			names |= 1 << (i % 2)
		} else if refused++; !errors.Is(err, models.ErrConflict) {
			t.Error(err)
		}
	}
	if names == 3 || names == 0 || refused != 4 || ask[int](t, conn, "select count(*) from tag_changes") != 1 || ask[int](t, conn, "select count(*) from audit where target_kind = 'tag'") != 1 {
		t.Errorf("names %b, %d refused, %d changes", names, refused, ask[int](t, conn, "select count(*) from tag_changes"))
	}
	change := tagEnded(t, store, ed, ask[int64](t, conn, "select id from tag_changes"))
	for _, err := range race(func(int) error { _, err := store.UndoTagChange(modelstest.Context(t), ed, change.ID); return err }) {
		if err != nil {
			t.Error(err)
		}
	}
	if change = tagEnded(t, store, ed, change.ID); change.Back != 3 || ask[int](t, conn, "select count(*) from audit where kind = 'tag.undo'") != 1 {
		t.Errorf("%+v", change)
	}
	yes := true
	if _, err := store.ChangeTag(modelstest.Context(t), ed, models.TagRename{Tag: "old", Name: "fresh", Merges: &yes}); !errors.Is(err, models.ErrTagRehearsed) {
		t.Errorf("another thing than rehearsed: %v", err)
	}
	for name, want := range map[string]string{"": "Give the tag a name.", " # ": "Give the tag a name.", "a,b": "A comma ends a tag: give one name.", strings.Repeat("x", 41): "A tag has at most 40 characters.", "OLD": "This is the tag itself.", "..": "Give the tag a name.", "x\x00": "A tag has at most 40 characters."} {
		if _, err := store.ChangeTag(modelstest.Context(t), ed, models.TagRename{Tag: "old", Name: name}); fields(err)["name"].String() != want {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := store.ChangeTag(modelstest.Context(t), ann, models.TagRename{Tag: "old", Name: "x"}); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	if _, err := store.ChangeTag(modelstest.Context(t), ed, models.TagRename{Tag: "nobody", Name: "x"}); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
	run(t, conn, "update users set suspended_until = now() + interval '1 day' where id = $1", ed.ID)
	if _, err := store.ChangeTag(modelstest.Context(t), ed, models.TagRename{Tag: "old", Name: "x"}); !errors.Is(err, models.ErrForbidden) {
		t.Error("suspended:", err)
	}
	run(t, conn, "update tag_changes set state = 'done', undo_until = now() - interval '1 second'")
	if _, err := store.UndoTagChange(modelstest.Context(t), other, change.ID); !errors.Is(err, models.ErrConflict) {
		t.Error("late:", err)
	}
	if err := store.Sweep(modelstest.Context(t)); err != nil || ask[int](t, conn, "select count(*) from tag_moves") != 0 {
		t.Error("what was kept stays:", err)
	}
}

func TestAnotherProgramGoesOnWithATagAndLateComersFollow(t *testing.T) {
	store, conn := behind(t)
	ann, ed := modelstest.User(t, store), editor(t, store)
	run(t, conn, `insert into posts (user_id, title, content, tags, status, published_at) select $1, 'T', 'c', case when i % 3 = 0 then '{old,new}'::text[] else '{old}' end, 'published', now() from generate_series(1, 1500) i`, ann.ID)
	// As a program leaves it that ended in the middle: the change stands, 500 posts are changed.
	run(t, conn, `insert into tag_changes (tag, into_tag, merges, by_id, by_name, goal, posts, twice) values ('old', 'new', true, $1, 'ed', 1500, 400, 0)`, ed.ID)
	run(t, conn, `insert into tag_moves select (select max(id) from tag_changes), id, 1, false from posts where not 'new' = any(tags) order by id limit 400`)
	run(t, conn, `set postroom.retag = 'on'`)
	run(t, conn, `update posts set tags = '{new}' where id in (select post_id from tag_moves)`)
	run(t, conn, `reset postroom.retag`)
	id := ask[int64](t, conn, "select max(id) from tag_changes")
	if err := store.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	change := tagEnded(t, store, ed, id)
	if change.Posts != 1500 || change.Twice != 500 || ask[int](t, conn, "select count(*) from posts where tags <> '{new}'") != 0 || ask[int](t, conn, "select count(*) from revisions") != 0 {
		t.Errorf("%+v", change)
	}
	// Somebody whose post was being saved as the change began.
	run(t, conn, `insert into posts (user_id, title, content, tags, status, published_at) values ($1, 'Late', 'c', '{old}', 'published', now())`, ann.ID)
	if _, err := store.Tag(modelstest.Context(t), nil, "old"); err != nil {
		t.Fatal(err)
	}
	if err := store.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); ask[int](t, conn, "select count(*) from posts where 'old' = any(tags)") > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the late one keeps the old tag")
		}
	}
	if change = takenBack(t, store, ed, change); change.Back != 1501 || ask[int](t, conn, "select count(*) from posts where 'old' = any(tags)") != 1501 || ask[int](t, conn, "select count(*) from posts where 'new' = any(tags)") != 500 {
		t.Errorf("%+v", change)
	}
	proven(t, store, "all of it")
}
