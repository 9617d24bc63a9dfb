package models_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestNobodyGetsRoundWhatEditorsDecideAboutComments(t *testing.T) {
	store, _ := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	editor := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post, gone, bobs := modelstest.Post(t, store, ann), modelstest.Post(t, store, ann), modelstest.Post(t, store, bob)

	// What an editor has hidden, the post's author does not show again.
	rude := modelstest.Comment(t, store, ann, post, "Rude words.")
	if _, err := store.HideComment(ctx, editor, rude.ID, "Rude."); err != nil {
		t.Fatal(err)
	}
	if c, err := store.ShowComment(ctx, ann, rude.ID); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("ann shows it again: %+v %v", c, err)
	}
	if c, err := store.ShowComment(ctx, admin, rude.ID); err != nil || c.Hidden {
		t.Errorf("an admin shows it again: %+v %v", c, err)
	}

	// A form sent again under another post keeps nothing from coming back.
	key := uuid.New()
	if err := store.CreateComment(ctx, bob, &models.Comment{PostID: gone.ID, Content: "Same words.", Key: key}); err != nil {
		t.Fatal(err)
	}
	deleted, err := store.DeletePost(ctx, admin, gone.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.CreateComment(ctx, bob, &models.Comment{PostID: post.ID, Content: "Same words.", Key: key}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: deleted.Receipt}); err != nil {
		t.Errorf("the post does not come back: %v", err)
	}
	if got, _ := conversation(t, store, nil, gone, models.CommentPlace{}); got != "Same words." {
		t.Errorf("what came back is %q", got)
	}
	whole(t, store)

	// Who is new stays so by comments under posts of their own, and by changing what was approved.
	eve := modelstest.User(t, store)
	eves := modelstest.Post(t, store, eve)
	if err := store.SetHeldFirst(ctx, admin, 1); err != nil {
		t.Fatal(err)
	}
	modelstest.Comment(t, store, eve, eves, "own post")
	first := modelstest.Comment(t, store, eve, bobs, "Kind words.")
	if !first.Held {
		t.Error("eve is no longer new by a comment under her own post")
	}
	if c, err := store.ApproveComment(ctx, editor, first.ID); err != nil || c.Held {
		t.Fatal(c, err)
	}
	if c, err := store.UpdateComment(ctx, eve, first.ID, "Other words.", ""); err != nil || !c.Held {
		t.Errorf("what nobody approved is shown: %+v %v", c, err)
	}
	if c, err := store.ApproveComment(ctx, editor, first.ID); err != nil || c.Held {
		t.Fatal(c, err)
	}
	second := modelstest.Comment(t, store, eve, bobs, "More.")
	if c, err := store.UpdateComment(ctx, eve, second.ID, "More words.", ""); err != nil || c.Held {
		t.Errorf("who is no longer new waits: %+v %v", c, err)
	}
	whole(t, store)

	var invalid models.Invalid
	if err := store.CreateComment(ctx, bob, &models.Comment{PostID: post.ID, Content: "[a]: /nothing"}); !errors.As(err, &invalid) {
		t.Errorf("a comment that shows nothing: %v", err)
	}
}
