package models_test

import (
	"errors"
	"fmt"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// TestTheRowOfAHideStaysWhateverIsTakenBack: who hid a comment, when and why, and who ended that, is known after every undo.
func TestTheRowOfAHideStaysWhateverIsTakenBack(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	c := modelstest.Comment(t, store, bob, modelstest.Post(t, store, ann), "Hello")
	rows := func(want string) {
		t.Helper()
		got := ask[string](t, conn, "select coalesce(string_agg(concat_ws(' ', reason, by_id, case when ended_at > at then 'ended' end, ended_by_id), ', ' order by id), '') from comment_hides")
		if now, err := store.Comment(ctx, admin, c.ID); got != want || err != nil || now.Hidden != ask[bool](t, conn, "select exists (select from comment_hides where ended_at is null)") {
			t.Errorf("the rows say %q, not %q; the comment: %+v %v", got, want, now, err)
		}
	}
	hide := func(by *models.User, reason string) int64 {
		t.Helper()
		hidden, err := store.HideComment(ctx, by, c.ID, reason)
		if err != nil {
			t.Fatal(err)
		}
		return hidden.Receipt
	}
	first := hide(ann, "Unkind.")
	open, ended := fmt.Sprintf("Unkind. %d", ann.ID), fmt.Sprintf("Unkind. %d ended %d", ann.ID, admin.ID)
	rows(open)
	back := undo(t, store, admin, first)
	rows(ended)
	back = undo(t, store, admin, back.ID) // hidden again, by the same row
	rows(open)
	undo(t, store, admin, back.ID)
	rows(ended)

	second := hide(ann, "Rude.")
	shown, err := store.ShowComment(ctx, ann, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	third := hide(admin, "Spam.")
	all := fmt.Sprintf("%s, Rude. %d ended %d, Spam. %d", ended, ann.ID, ann.ID, admin.ID)
	rows(all)
	// What was shown and hidden again since is not taken back, though it is hidden as it was then.
	var way *models.InTheWay
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: second}); !errors.As(err, &way) || way.Rows[0].Why.Text != "Hidden or shown again since" || way.Rows[0].See != fmt.Sprintf("act %d", third) {
		t.Errorf("%v %+v", err, way)
	}
	rows(all)

	exactly := func() string {
		return ask[string](t, conn, "select string_agg(to_jsonb(h)::text, ' ' order by id) from comment_hides h")
	}
	before := exactly()
	gone, err := store.DeleteComment(ctx, admin, c.ID)
	if err != nil || ask[int](t, conn, "select count(*) from comment_hides") != 0 {
		t.Fatal(err)
	}
	undo(t, store, admin, gone.Receipt)
	if now := exactly(); now != before {
		t.Errorf("the rows are %s, and were %s", now, before)
	}
	undo(t, store, admin, third)
	undo(t, store, admin, shown.Receipt)
	rows(fmt.Sprintf("%s, Rude. %d, Spam. %d ended %d", ended, ann.ID, admin.ID, admin.ID))
	whole(t, store)
}
