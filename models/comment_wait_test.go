package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestTheFirstCommentsOfNewUsersWaitWhereASettingSaysSo(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	editor := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post := modelstest.Post(t, store, ann)
	if err := store.SetHeldFirst(ctx, editor, 2); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("an editor decides: %v", err)
	}
	if err := store.SetHeldFirst(ctx, admin, models.MostHeldFirst+1); err == nil {
		t.Error("more than the most")
	}
	if err := store.SetHeldFirst(ctx, admin, 2); err != nil {
		t.Fatal(err)
	}
	one, two := modelstest.Comment(t, store, bob, post, "one"), modelstest.Comment(t, store, bob, post, "two")
	if !one.Held || !two.Held || modelstest.Comment(t, store, ann, post, "own post").Held || modelstest.Comment(t, store, editor, post, "an editor's").Held {
		t.Error("the wrong ones are held")
	}
	for by, want := range map[*models.User]string{nil: "own post; an editor's", ann: "own post; an editor's", bob: "one; two; own post; an editor's", editor: "one; two; own post; an editor's"} {
		if got, _ := conversation(t, store, by, post, models.CommentPlace{}); got != want {
			t.Errorf("%v finds %q, want %q", by, got, want)
		}
	}
	if _, err := store.Comment(ctx, ann, one.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the post's author reads what is held: %v", err)
	}
	if _, err := store.ApproveComment(ctx, bob, one.ID); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("bob approves: %v", err)
	}
	if _, _, err := store.HeldComments(ctx, ann, 0, 10); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("ann reads the queue: %v", err)
	}
	if queue, more, err := store.HeldComments(ctx, editor, 0, 1); err != nil || !more || len(queue) != 1 || queue[0].ID != one.ID {
		t.Errorf("%+v %v %v", queue, more, err)
	}
	approved, err := store.ApproveComment(ctx, editor, one.ID)
	if err != nil || approved.Held || approved.Receipt == 0 {
		t.Fatal(approved, err)
	}
	if three := modelstest.Comment(t, store, bob, post, "three"); !three.Held {
		t.Error("with one approved, the third is not held")
	}
	if _, err := store.ApproveComment(ctx, admin, two.ID); err != nil {
		t.Fatal(err)
	}
	if modelstest.Comment(t, store, bob, post, "four").Held {
		t.Error("with two approved, the fourth is held")
	}
	whole(t, store)
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: approved.Receipt}); err != nil {
		t.Fatal(err)
	}
	if n, err := store.CountHeldComments(ctx); err != nil || n != 2 {
		t.Errorf("%d wait (%v)", n, err)
	}
	whole(t, store)
	if n := ask[int](t, conn, "select count(*) from audit where kind = 'comment.holding' and details -> 'after' ->> 'held' = '2'"); n != 1 {
		t.Errorf("%d lines", n)
	}
}

func TestAPageHasFiftyThreadsAndEveryCommentIsFoundOnOnePage(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	post := modelstest.Post(t, store, ann)
	run(t, conn, `insert into comments (post_id, user_id, content, content_html) select $1, $2, 't' || n, '' from generate_series(1, 70) n`, post.ID, ann.ID)
	run(t, conn, `insert into comments (post_id, user_id, parent_id, content, content_html) select $1, $2, (select id from comments where content = 't60'), 'r' || n, '' from generate_series(1, 450) n`, post.ID, ann.ID)
	found, pages := map[string]bool{}, 0
	for place := (models.CommentPlace{}); ; pages++ {
		page, err := store.PostTalk(ctx, nil, post.ID, place)
		if err != nil || len(page.Talk.Threads) > 50 {
			t.Fatal(page, err)
		}
		list := page.Talk
		for i, thread := range list.Threads {
			if thread.Root == nil || thread.Goes != (i == 0 && pages > 1 && thread.ID == place.Thread) {
				t.Errorf("page %d: %+v", pages, thread)
			}
			for _, c := range append(thread.Replies, thread.Root) {
				if c == thread.Root && thread.Goes {
					continue
				}
				if found[c.Content] {
					t.Errorf("%s twice", c.Content)
				}
				found[c.Content] = true
			}
		}
		if place = list.Next; place == (models.CommentPlace{}) {
			break
		}
	}
	if len(found) != 520 {
		t.Errorf("%d comments on %d pages", len(found), pages)
	}
	for _, want := range []string{"t1", "t50", "t51", "r1", "r450", "t70"} {
		c, err := store.Comment(ctx, nil, ask[int64](t, conn, "select id from comments where content = $1", want))
		if err != nil {
			t.Fatal(err)
		}
		place, err := store.PlaceOfComment(ctx, nil, c)
		if err != nil {
			t.Fatal(err)
		}
		if said, _ := conversation(t, store, nil, post, place); !strings.Contains(" "+said+";", fmt.Sprintf(" %s", want)) || (want == "t1" || want == "t50") != (place == models.CommentPlace{}) {
			t.Errorf("%s is not on its page %v: %s", want, place, said)
		}
	}
}
