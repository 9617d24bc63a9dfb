package models_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"postroom/models"
	"postroom/models/modelstest"
)

// conversation is what a reader finds under a post, in a line: a thread in brackets, its first comment before a colon.
func conversation(t testing.TB, store *models.Store, by *models.User, post *models.Post, after models.CommentPlace) (string, models.CommentPlace) {
	t.Helper()
	page, err := store.PostTalk(modelstest.Context(t), by, post.ID, after)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, thread := range page.Talk.Threads {
		root := "gone"
		switch {
		case thread.Root != nil:
			root = thread.Root.Content
		case thread.Hidden:
			root = "hidden"
		}
		if thread.Goes {
			root = "…" + root
		}
		for _, reply := range thread.Replies {
			root += " > " + reply.Content
		}
		said = append(said, root)
	}
	return strings.Join(said, "; "), page.Talk.Next
}

// whole fails where the kept figures are not what they should be.
func whole(t testing.TB, store *models.Store) {
	t.Helper()
	if off, err := store.Check(modelstest.Context(t)); err != nil || len(off) > 0 {
		t.Errorf("%q %v", off, err)
	}
}

func TestCommentsStandInThreadsOfTwoLevelsWhichHideDeleteAndUndoLeaveWhole(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob, eve := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob")), modelstest.User(t, store)
	post, other := modelstest.Post(t, store, ann), modelstest.Post(t, store, ann)
	before := ask[string](t, conn, "select to_jsonb(p)::text from posts p where id = $1", post.ID)
	one := modelstest.Comment(t, store, bob, post, "one")
	two := modelstest.Comment(t, store, eve, post, "two")
	reply := modelstest.Comment(t, store, ann, post, "to one", one)
	deep := modelstest.Comment(t, store, bob, post, "to that", reply)
	if deep.ParentID != one.ID {
		t.Errorf("an answer to an answer stands under %d, not %d", deep.ParentID, one.ID)
	}
	says := func(by *models.User, want string) {
		t.Helper()
		got, _ := conversation(t, store, by, post, models.CommentPlace{})
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
		whole(t, store)
	}
	count := func(want int) {
		t.Helper()
		if page, err := store.PostPage(ctx, nil, post.ID); err != nil || page.Comments != want {
			t.Errorf("%d comments, want %d (%v)", page.Comments, want, err)
		}
	}
	says(nil, "one > to one > to that; two")
	count(4)
	if now := ask[string](t, conn, "select to_jsonb(p)::text from posts p where id = $1", post.ID); now != before {
		t.Errorf("the post changed by its comments: %s", unlike(before, now))
	}

	for name, wrong := range map[string]models.Comment{
		"an answer on another post":   {PostID: other.ID, ParentID: one.ID, Content: "x"},
		"an answer to nothing":        {PostID: post.ID, ParentID: 999, Content: "x"},
		"no words":                    {PostID: post.ID, Content: " \n\t"},
		"too many words":              {PostID: post.ID, Content: strings.Repeat("ж", models.MaxComment+1)},
		"words that cannot be kept":   {PostID: post.ID, Content: "a\x00b"},
		"words that are not in UTF-8": {PostID: post.ID, Content: "a\xffb"},
	} {
		var invalid models.Invalid
		if err := store.CreateComment(ctx, bob, &wrong); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	state, constraint, _ := refused(t, conn, "insert into comments (post_id, user_id, parent_id, content, content_html) values ($1, $2, $3, 'x', '')", post.ID, bob.ID, reply.ID)
	if state != "23514" || constraint != "comments_two_levels" {
		t.Errorf("a third level: %s %s", state, constraint)
	}

	// Hidden by the post's author: a row says who, when and why.
	if _, err := store.HideComment(ctx, eve, one.ID, "no"); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("eve hides: %v", err)
	}
	if _, err := store.HideComment(ctx, ann, one.ID, " "); err == nil {
		t.Error("hidden without a reason")
	}
	hidden, err := store.HideComment(ctx, ann, one.ID, "Unkind.")
	if err != nil || hidden.Receipt == 0 || !hidden.Hidden || hidden.Hide == nil || hidden.Hide.By != ann.Name || hidden.Hide.Reason != "Unkind." {
		t.Fatalf("%+v %v", hidden, err)
	}
	says(nil, "hidden > to one > to that; two")
	says(eve, "hidden > to one > to that; two")
	says(bob, "one > to one > to that; two")
	says(ann, "one > to one > to that; two")
	count(3)
	if _, err := store.Comment(ctx, eve, one.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("eve reads it: %v", err)
	}
	if err := store.CreateComment(ctx, eve, &models.Comment{PostID: post.ID, ParentID: one.ID, Content: "x"}); err == nil {
		t.Error("a hidden comment is answered")
	}
	if again, err := store.HideComment(ctx, ann, one.ID, "Again."); err != nil || again.Receipt != 0 || again.Hide.Reason != "Unkind." {
		t.Errorf("%+v %v", again, err)
	}
	shown, err := store.ShowComment(ctx, ann, one.ID)
	if err != nil || shown.Hidden {
		t.Fatal(shown, err)
	}
	count(4)
	if n := ask[int](t, conn, "select count(*) from comment_hides where ended_by_id = $1 and ended_at is not null and reason = 'Unkind.'", ann.ID); n != 1 {
		t.Errorf("%d rows say so", n)
	}
	for _, undone := range []struct {
		receipt int64
		shown   int
	}{{shown.Receipt, 3}, {hidden.Receipt, 4}} {
		if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: undone.receipt}); err != nil {
			t.Fatal(err)
		}
		count(undone.shown)
		whole(t, store)
	}

	// Deleted by its author: what answers it stays, and stands in its thread again when it is back.
	if _, err := store.DeleteComment(ctx, ann, one.ID); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("the post's author deletes: %v", err)
	}
	if _, err := store.DeleteComment(ctx, bob, one.ID); err != nil {
		t.Fatal(err)
	}
	says(nil, "gone > to one > to that; two")
	count(3)
	if _, err := store.RestoreComment(ctx, eve, one.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("eve brings it back: %v", err)
	}
	for range 2 { // asked for twice it is done once
		if back, err := store.RestoreComment(ctx, bob, one.ID); err != nil || back.Content != "one" {
			t.Fatal(back, err)
		}
	}
	says(nil, "one > to one > to that; two")

	// What a deletion takes along comes back with its undo, hidden comments as they were.
	if _, err := store.HideComment(ctx, admin, two.ID, "Spam."); err != nil {
		t.Fatal(err)
	}
	was := ask[string](t, conn, "select string_agg(to_jsonb(c)::text, ' ' order by id) from comments c")
	if !strings.Contains(was, `"hidden": true`) {
		t.Fatal(was)
	}
	gone, err := store.DeletePost(ctx, admin, post.ID)
	if err != nil || ask[int](t, conn, "select count(*) from comments") != 0 {
		t.Fatal(gone, err)
	}
	whole(t, store)
	left, err := store.DeleteUser(ctx, admin, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, receipt := range []int64{gone.Receipt, left.Receipt} {
		if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: receipt}); err != nil {
			t.Fatal(err)
		}
		whole(t, store)
	}
	// Bob was gone when the post came back: his own waited for him.
	says(nil, "one > to one > to that")
	if left, err = store.DeleteUser(ctx, admin, ann.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: left.Receipt}); err != nil {
		t.Fatal(err)
	}
	says(eve, "one > to one > to that; two")
	says(nil, "one > to one > to that")
	if n := ask[int](t, conn, "select count(*) from audit where kind in ('comment.create', 'act.hide', 'act.show', 'act.delete') and target_kind = 'comment'"); n != 4+2+1+1 {
		t.Errorf("%d lines in the log", n)
	}
}

func TestCommentsAreTakenOnceFromWhoMayAndChangedForAQuarterOfAnHour(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	post := modelstest.Post(t, store, ann)
	key := uuid.New()
	first, second := &models.Comment{PostID: post.ID, Content: "Once.", Key: key}, &models.Comment{PostID: post.ID, Content: "Once.\n", Key: key}
	if err := errors.Join(store.CreateComment(ctx, bob, first), store.CreateComment(ctx, bob, second)); err != nil || first.ID != second.ID || second.Content != "Once." {
		t.Errorf("%+v %+v %v", first, second, err)
	}
	if err := store.CreateComment(ctx, bob, &models.Comment{PostID: post.ID, Content: "Other words.", Key: key}); err == nil || err.Error() != models.ErrCommentKey.Error() {
		t.Errorf("other words with the same key: %v", err)
	}
	changed, err := store.UpdateComment(ctx, bob, first.ID, "Better.", first.Version())
	if err != nil || changed.EditedAt == nil || changed.ContentHTML != "<p>Better.</p>\n" {
		t.Fatalf("%+v %v", changed, err)
	}
	for name, try := range map[string]struct {
		by      *models.User
		version string
		want    error
	}{
		"from what it was before":  {bob, first.Version(), models.ErrConflict},
		"by the post's author":     {ann, "", models.ErrForbidden},
		"by an admin":              {admin, "", models.ErrForbidden},
		"by a visitor":             {nil, "", models.ErrForbidden},
		"a quarter of an hour ago": {bob, changed.Version(), models.ErrConflict},
	} {
		if strings.HasPrefix(name, "a quarter") {
			run(t, conn, "update comments set created_at = clock_timestamp() - interval '15 minutes'")
		}
		if _, err := store.UpdateComment(ctx, try.by, first.ID, "Worse.", try.version); !errors.Is(err, try.want) {
			t.Errorf("changed %s: %v", name, err)
		}
		run(t, conn, "update comments set created_at = now()")
	}

	for name, try := range map[string]struct {
		by   *models.User
		set  string
		want error
	}{
		"a visitor":                 {nil, "title = title", models.ErrForbidden},
		"on a draft of another's":   {bob, "status = 'draft'", models.ErrNotFound},
		"on a draft":                {ann, "status = 'draft'", models.ErrConflict},
		"where comments are closed": {bob, "comments_closed = true", models.ErrConflict},
	} {
		run(t, conn, "update posts set status = 'published', comments_closed = false")
		run(t, conn, "update posts set "+try.set)
		if err := store.CreateComment(ctx, try.by, &models.Comment{PostID: post.ID, Content: "x"}); !errors.Is(err, try.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	run(t, conn, "update posts set status = 'published', comments_closed = false, visibility = 'members'")
	if err := store.CreateComment(ctx, bob, &models.Comment{PostID: post.ID, Content: "Among members."}); err != nil {
		t.Error(err)
	}
	if _, err := store.Comment(ctx, nil, first.ID); !errors.Is(err, models.ErrMembersOnly) {
		t.Errorf("a visitor reads a comment for members: %v", err)
	}
	run(t, conn, "update users set suspended_until = now() + interval '1 day' where id = $1", bob.ID)
	var suspended *models.Suspended
	if err := store.CreateComment(ctx, bob, &models.Comment{PostID: post.ID, Content: "x"}); !errors.As(err, &suspended) {
		t.Errorf("suspended: %v", err)
	}
	if _, err := store.UpdateComment(ctx, bob, first.ID, "x", ""); !errors.As(err, &suspended) {
		t.Errorf("suspended: %v", err)
	}
	whole(t, store)
}
