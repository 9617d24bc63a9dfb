package models_test

import (
	"errors"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// TestACoAuthorsFilesAskTheRoomOfThePostsOwner: with the save that mentions them they become the owner's.
func TestACoAuthorsFilesAskTheRoomOfThePostsOwner(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	post := modelstest.Post(t, store, ann)
	if _, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{Authors: []string{"bob"}}); err != nil {
		t.Fatal(err)
	}
	if err := store.SetFileRoom(ctx, admin, 1); err != nil {
		t.Fatal(err)
	}
	half := strings.Repeat("x", 600<<10)
	addFile(t, store, ann, models.NewFile{Name: "own.txt", PostID: post.ID}, half)
	f := addFile(t, store, bob, models.NewFile{Name: "his.txt"}, half)
	text := "See [this](" + f.Path() + ")."
	var wrong models.Invalid
	if _, err := store.UpdatePost(ctx, bob, post.ID, models.PostChange{Content: &text}); !errors.As(err, &wrong) || !strings.Contains(wrong["content"].String(), "belongs to ann") && !strings.Contains(wrong["content"].String(), "belong to ann") {
		t.Errorf("ann's room is passed: %v", err)
	}
	owner := func() int64 {
		return ask[int64](t, conn, "select user_id from files where id = $1", f.ID)
	}
	if owner() != bob.ID || ask[string](t, conn, "select content from posts where id = $1", post.ID) == text {
		t.Error("the save was refused, and something has changed")
	}
	if err := store.SetFileRoom(ctx, admin, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := store.UpdatePost(ctx, bob, post.ID, models.PostChange{Content: &text}); err != nil || owner() != ann.ID {
		t.Errorf("there is room now: %v", err)
	}
}
