package models_test

import (
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// TestWhoIsSuspendedOrDeactivatedWritesNoCommentsFilesAndFollows: each is refused with the sentence that a post is refused with, and what was
// written before stays as it is. Reading, and following no longer, are free to who is suspended.
func TestWhoIsSuspendedOrDeactivatedWritesNoCommentsFilesAndFollows(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	post, own := modelstest.Post(t, store, ann), modelstest.Post(t, store, bob)
	c, gone := modelstest.Comment(t, store, bob, post, "Mine"), modelstest.Comment(t, store, bob, post, "Gone")
	others := modelstest.Comment(t, store, ann, own, "Theirs")
	file := addFile(t, store, bob, models.NewFile{Name: "a.txt", PostID: own.ID}, "kept")
	dropped := addFile(t, store, bob, models.NewFile{Name: "b.txt", PostID: own.ID}, "dropped")
	if err := store.FollowAuthor(ctx, bob, ann.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := store.DeleteComment(ctx, bob, gone.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := store.DeleteFile(ctx, bob, dropped.ID); err != nil {
		t.Fatal(err)
	}
	rows := func() string {
		return ask[string](t, conn, `select concat_ws(' ', (select string_agg(to_jsonb(c)::text, ' ' order by id) from comments c), (select string_agg(to_jsonb(h)::text, ' ') from comment_hides h),
			(select string_agg(to_jsonb(f)::text, ' ' order by id) from files f), (select string_agg(to_jsonb(f)::text, ' ' order by id) from follows f), (select count(*) from acts where by_id = $1))`, bob.ID)
	}
	before := rows()
	for state, set := range map[string]string{
		"suspended":   "update users set suspended_until = now() + interval '1 day' where id = $1",
		"deactivated": "update users set suspended_until = null, is_active = false where id = $1",
	} {
		run(t, conn, "update users set suspended_until = null, is_active = true where id = $1", bob.ID)
		run(t, conn, set, bob.ID)
		said := store.CreatePost(ctx, bob, &models.Post{Title: "T", Content: "c", Status: models.StatusDraft})
		if said == nil {
			t.Fatalf("%s, bob writes a post", state)
		}
		for what, write := range map[string]func() error{
			"a comment":        func() error { return store.CreateComment(ctx, bob, &models.Comment{PostID: post.ID, Content: "x"}) },
			"a change of it":   func() error { _, err := store.UpdateComment(ctx, bob, c.ID, "y", ""); return err },
			"hiding":           func() error { _, err := store.HideComment(ctx, bob, others.ID, "Rude."); return err },
			"deleting it":      func() error { _, err := store.DeleteComment(ctx, bob, c.ID); return err },
			"bringing it back": func() error { _, err := store.RestoreComment(ctx, bob, gone.ID); return err },
			"a file": func() error {
				_, err := store.AddFile(ctx, bob, models.NewFile{Name: "c.txt"}, strings.NewReader("c"))
				return err
			},
			"deleting a file":      func() error { _, err := store.DeleteFile(ctx, bob, file.ID); return err },
			"bringing a file back": func() error { _, _, err := store.RestoreFile(ctx, bob, dropped.ID); return err },
			"following":            func() error { return store.FollowAuthor(ctx, bob, admin.ID) },
		} {
			if err := write(); err == nil || err.Error() != said.Error() {
				t.Errorf("%s, %s: %v, and not %v", state, what, err, said)
			}
		}
		if now := rows(); now != before {
			t.Errorf("%s, something has changed: %s", state, unlike(before, now))
		}
		// What stands there is read on, and answered by notices that wait for who comes back.
		if shown, err := store.Comment(ctx, ann, c.ID); err != nil || !shown.IsShown() {
			t.Errorf("%s, what bob wrote is read no more: %+v %v", state, shown, err)
		}
	}
	run(t, conn, "update users set suspended_until = now() + interval '1 day', is_active = true where id = $1", bob.ID)
	if _, err := store.ReadNoticesUpTo(ctx, bob, 1<<40); err != nil {
		t.Errorf("who is suspended reads no notices: %v", err)
	}
	if err := store.UnfollowAuthor(ctx, bob, ann.ID); err != nil {
		t.Errorf("who is suspended follows for ever: %v", err)
	}
	run(t, conn, "update users set suspended_until = null where id = $1", bob.ID)
	if _, err := store.RestoreComment(ctx, bob, gone.ID); err != nil {
		t.Errorf("afterwards all is as it was: %v", err)
	}
}
