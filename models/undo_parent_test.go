package models_test

import (
	"errors"
	"fmt"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestWhatHangsOnADeletedPostComesBackAfterItAndNotBefore(t *testing.T) {
	store, _ := behind(t)
	ctx, ann, admin := modelstest.Context(t), modelstest.User(t, store), modelstest.Admin(t, store)
	post := modelstest.Post(t, store, ann)
	f := addFile(t, store, ann, models.NewFile{Name: "a.txt", PostID: post.ID}, "kept")
	c := &models.Comment{PostID: post.ID, Content: "Kept."}
	if err := store.CreateComment(ctx, admin, c); err != nil {
		t.Fatal(err)
	}
	file, err := store.DeleteFile(ctx, ann, f.ID)
	if err != nil {
		t.Fatal(err)
	}
	comment, err := store.DeleteComment(ctx, admin, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	deleted, err := store.DeletePost(ctx, ann, post.ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, receipt := range map[string]int64{"file": file.Receipt, "comment": comment.Receipt} {
		_, err := store.Undo(ctx, admin, models.UndoOf{Receipt: receipt})
		var way *models.InTheWay
		if !errors.As(err, &way) || way.Rows[0].Why.Text != "The post is gone." {
			t.Errorf("the %s comes back without its post: %v", name, err)
		} else if way.Rows[0].See != fmt.Sprintf("act %d", deleted.Receipt) {
			t.Errorf("the %s: %+v", name, way.Rows[0])
		}
	}
	if _, _, err := store.RestoreFile(ctx, ann, f.ID); !errors.Is(err, models.ErrConflict) {
		t.Errorf("the file comes back without its post: %v", err)
	}
	if _, err := store.RestorePost(ctx, ann, post.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.RestoreFile(ctx, ann, f.ID); err != nil || string(bytesOf(t, store, nil, f.ID, 0)) != "kept" {
		t.Errorf("the file is lost: %v", err)
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: comment.Receipt}); err != nil {
		t.Errorf("the comment is lost: %v", err)
	}
}
