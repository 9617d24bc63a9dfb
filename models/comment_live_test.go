package models_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestEditorsAndAdminsHearOfCommentsThatWaitAndNobodyElseDoes(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	editor := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post := modelstest.Post(t, store, ann)
	if err := store.SetHeldFirst(ctx, admin, 1); err != nil {
		t.Fatal(err)
	}
	pages := map[*models.User]*models.Follower{}
	for _, user := range []*models.User{admin, ann, bob, editor} {
		pages[user] = follows(t, store, user, "")
	}
	told := fmt.Sprintf("comment:%d", post.ID)
	hear := func(when string, who ...*models.User) {
		t.Helper()
		for user, page := range pages {
			said := slices.Compact(slices.DeleteFunc(hears(t, conn, page), func(s string) bool { return !strings.HasPrefix(s, "comment") }))
			if slices.Contains(who, user) != slices.Contains(said, told) || len(said) > 1 {
				t.Errorf("%s: %s hears %v", when, user.Role, said)
			}
		}
	}
	waits := modelstest.Comment(t, store, bob, post, "Mine took two days.")
	hear("held", admin, editor)
	if _, err := store.UpdateComment(ctx, bob, waits.ID, "Or three.", ""); err != nil {
		t.Fatal(err)
	}
	hear("changed while it is held", admin, editor)
	if _, err := store.ApproveComment(ctx, editor, waits.ID); err != nil {
		t.Fatal(err)
	}
	hear("approved", admin, editor, ann, bob)

	// Who is made an editor hears it in the page that is open, and who is one no more does not.
	if _, err := store.ActOnUser(ctx, admin, ann.ID, "set-role", models.ActParams{Role: models.RoleEditor}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ActOnUser(ctx, admin, editor.ID, "set-role", models.ActParams{Role: models.RoleUser}); err != nil {
		t.Fatal(err)
	}
	hear("before")
	modelstest.Comment(t, store, modelstest.User(t, store), post, "Mine too.")
	hear("held again", admin, ann)
}
