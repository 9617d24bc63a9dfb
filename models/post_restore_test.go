package models_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestWhoDeletesTheirOwnPostBringsItBackWithAllThatWentAlong(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store, modelstest.Named("bob"))
	post := modelstest.Post(t, store, ann, func(p *models.Post) { p.Tags = []string{"bread", "rye"} })
	if err := store.CreateSeries(ctx, ann, &models.Series{Title: "S"}, []int64{modelstest.Post(t, store, ann).ID, post.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{Content: new("Two."), Authors: []string{"bob"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Grant(ctx, admin, models.NewGrant{To: bob.ID, Amount: amount("9"), Note: "for the test"}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Thank(ctx, bob, models.NewThanks{To: ann.ID, PostID: post.ID, Amount: amount("6")}); err != nil {
		t.Fatal(err)
	}
	said := func() string {
		page, err := store.PostPage(ctx, nil, post.ID)
		if err != nil {
			return err.Error()
		}
		return everything(t, conn) + page.Thanks.String() + ask[string](t, conn, `select concat_ws(' ', (select string_agg(to_jsonb(r)::text, ' ' order by number) from revisions r), (select string_agg(to_jsonb(k)::text, ' ' order by id) from series_posts k),
			(select string_agg(to_jsonb(a)::text, ' ' order by id) from post_authors a), (select string_agg(tag, ' ' order by tag) from post_tags))`)
	}
	before := said()
	for _, back := range []func(models.Gone) error{
		func(models.Gone) error {
			p, err := store.RestorePost(ctx, ann, post.ID)
			return errors.Join(err, missingReceipt(p))
		},
		func(gone models.Gone) error {
			_, err := store.Undo(ctx, admin, models.UndoOf{Receipt: gone.Receipt})
			return err
		},
	} {
		gone, err := store.DeletePost(ctx, ann, post.ID)
		if err != nil || gone.Receipt == 0 || said() == before {
			t.Fatal(gone, err)
		}
		if list, _, err := store.Deleted(ctx, ann, "post", models.DeletedPlace{}, 10); err != nil || len(list) != 1 || list[0].ID != post.ID || list[0].Receipt != gone.Receipt || list[0].Title != post.Title {
			t.Errorf("%+v %v", list, err)
		}
		if err := back(gone); err != nil {
			t.Fatal(err)
		}
		if now := said(); now != before {
			t.Errorf("it is not as it was: %s", unlike(before, now))
		}
		if list, _, err := store.Deleted(ctx, ann, "post", models.DeletedPlace{}, 10); err != nil || len(list) != 0 {
			t.Errorf("it is still among the deleted: %+v %v", list, err)
		}
	}
	if n := ask[int](t, conn, "select count(*) from audit where kind in ('act.delete', 'act.undo') and receipt is not null"); n != 4 {
		t.Errorf("%d lines in the log", n)
	}
	proven(t, store, "one's own deletions")
}

func missingReceipt(p *models.Post) error {
	if p == nil || p.Receipt == 0 {
		return errors.New("no receipt")
	}
	return nil
}

func TestOnlyTheOwnerWhoDeletedAPostBringsItBackAndOnce(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	post := modelstest.Post(t, store, ann)
	remove := func(by *models.User) models.Gone {
		t.Helper()
		gone, err := store.DeletePost(ctx, by, post.ID)
		if err != nil {
			t.Fatal(err)
		}
		return gone
	}
	says := func(by *models.User, want string) {
		t.Helper()
		var conflict *models.Conflict
		if _, err := store.RestorePost(ctx, by, post.ID); !errors.As(err, &conflict) || conflict.Say.String() != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
	gone := remove(admin)
	says(ann, "You did not delete this post by yourself. An admin can bring it back.")
	if _, err := store.RestorePost(ctx, admin, post.ID); !errors.Is(err, models.ErrNotFound) {
		t.Error("an admin brings it back as if it were their own:", err)
	}
	undo(t, store, admin, gone.Receipt)
	gone = remove(ann)
	for _, by := range []*models.User{nil, bob, admin} {
		if p, err := store.RestorePost(ctx, by, post.ID); err == nil {
			t.Errorf("%+v came back", p)
		}
	}
	if _, err := store.Undo(ctx, ann, models.UndoOf{Receipt: gone.Receipt}); !errors.Is(err, models.ErrForbidden) {
		t.Error("an author undoes any act:", err)
	}
	suspend(t, conn, ann, time.Now().Add(time.Hour), "Rest.")
	var suspended *models.Suspended
	if _, err := store.RestorePost(ctx, ann, post.ID); !errors.As(err, &suspended) {
		t.Error("who is suspended brings a post back:", err)
	}
	run(t, conn, "update suspensions set ended_at = now()")
	// A button pressed twice, in several windows at once.
	var wait sync.WaitGroup
	done := make([]*models.Post, 4)
	for i := range done {
		wait.Go(func() {
			var err error
			if done[i], err = store.RestorePost(modelstest.Context(t), ann, post.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	receipts := 0
	for _, p := range done {
		if p != nil && p.Receipt != 0 {
			receipts++
		}
	}
	if n := ask[int](t, conn, "select count(*) from acts where undoes = $1", gone.Receipt); n != 1 || receipts != 1 {
		t.Errorf("brought back %d times, with %d receipts", n, receipts)
	}
	// What an admin takes away again is the admin's decision.
	back := ask[int64](t, conn, "select max(id) from acts where undoes = $1", gone.Receipt)
	again := undo(t, store, admin, back)
	says(ann, "You did not delete this post by yourself. An admin can bring it back.")
	undo(t, store, admin, again.ID)
	// After 30 days the kept copies go.
	gone = remove(ann)
	run(t, conn, "update acts set undo_until = now() - interval '1 minute' where id = $1", gone.Receipt)
	says(ann, "The time to undo this is over.")
	if err := store.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, conn, "select count(*) from act_images where act_id = $1", gone.Receipt); n != 0 {
		t.Errorf("%d images are kept", n)
	}
	says(ann, "The time to undo this is over.")
	if list, _, err := store.Deleted(ctx, ann, "post", models.DeletedPlace{}, 10); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}
