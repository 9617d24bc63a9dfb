package models_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestWhoeverChangesAPostItsEarlierVersionIsKept(t *testing.T) {
	address := modelstest.URL(t)
	conn, store := modelstest.SQL(t, address), modelstest.Open(t, address)
	ann := modelstest.User(t, store)
	post := modelstest.Post(t, store, ann, func(p *models.Post) { p.Title, p.Content, p.Tags = "One", "Text one.", models.Tags{"a"} })
	for _, sql := range []string{
		"update posts set content = 'Text two.'", "update posts set tags = '{b}'", "update posts set title = 'Two'", "update posts set lang = 'fr'",
		"update posts set title = title, content = content, status = 'draft', updated_at = now()", // no word of it
	} {
		if _, err := conn.Exec(modelstest.Context(t), sql); err != nil {
			t.Fatal(err)
		}
	}
	_, list, _, err := store.Revisions(modelstest.Context(t), ann, post.ID, 0, 10)
	if err != nil || len(list) != 5 {
		t.Fatalf("%d revisions: %v", len(list), err)
	}
	first, err := store.Revision(modelstest.Context(t), ann, post.ID, 1)
	if err != nil || first.Content != "Text one." || first.Title != "One" || first.TagList() != "a" || first.By == nil || first.By.ID != ann.ID || !first.At.Equal(list[4].At) {
		t.Errorf("the first is %+v: %v", first, err)
	}
	for i := range list[1:] {
		if list[i].At.Before(list[i+1].At) || list[i].Number != list[i+1].Number+1 {
			t.Errorf("%+v comes after %+v", list[i], list[i+1])
		}
	}
	if _, err := store.Revision(modelstest.Context(t), modelstest.User(t, store), post.ID, 1); !errors.Is(err, models.ErrNotFound) {
		t.Error("somebody else reads a revision of a draft:", err)
	}
}

// TestNoSaveIsLostHoweverManySaveAtOnce: of those who save from the same revision one does, the others are told; every version that was
// saved can be read.
func TestNoSaveIsLostHoweverManySaveAtOnce(t *testing.T) {
	store := modelstest.Store(t)
	ann := modelstest.User(t, store)
	post := modelstest.Post(t, store, ann)
	saved := map[string]bool{"Some words.": true}
	for range 5 {
		now, err := store.EditablePost(modelstest.Context(t), ann, post.ID)
		if err != nil {
			t.Fatal(err)
		}
		from := now.Revision
		var wg sync.WaitGroup
		var mu sync.Mutex
		done, stale := 0, 0
		for i := range 6 {
			wg.Go(func() {
				text := fmt.Sprintf("Words of %d after %d.", i, from)
				_, err := store.UpdatePost(modelstest.Context(t), ann, post.ID, models.PostChange{Content: &text, From: &from})
				mu.Lock()
				defer mu.Unlock()
				var how *models.Stale
				switch {
				case err == nil:
					done++
					saved[text] = true
				case errors.As(err, &how) && how.Base.Number == from && how.By.ID == ann.ID && how.Now.Revision == from+1:
					stale++
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if done != 1 || stale != 5 {
			t.Errorf("%d saved, and %d were told", done, stale)
		}
	}
	for n := range 6 {
		r, err := store.Revision(modelstest.Context(t), ann, post.ID, n+1)
		if err != nil || !saved[r.Content] {
			t.Errorf("revision %d is %+v: %v", n+1, r, err)
			continue
		}
		delete(saved, r.Content)
	}
	if len(saved) > 0 {
		t.Error("lost:", saved)
	}
}

func TestRevisionsComeBackWithTheirPost(t *testing.T) {
	address := modelstest.URL(t)
	conn, store := modelstest.SQL(t, address), modelstest.Open(t, address)
	admin, ann, ed := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post := modelstest.Post(t, store, ann)
	change := func(by *models.User, text string) {
		if _, err := store.UpdatePost(modelstest.Context(t), by, post.ID, models.PostChange{Content: &text}); err != nil {
			t.Fatal(err)
		}
	}
	change(ann, "Two.")
	change(ed, "Three.")
	change(ann, "Four.")
	all := func() string {
		return ask[string](t, conn, `select string_agg(to_jsonb(r)::text, e'\n' order by number) from revisions r`) + ask[string](t, conn, "select (to_jsonb(p) - 'updated_at')::text from posts p")
	}
	before := all()
	gone, err := store.DeletePost(modelstest.Context(t), admin, post.ID)
	if err != nil || ask[int](t, conn, "select count(*) from revisions") != 0 {
		t.Fatal("the revisions stay", err)
	}
	undo(t, store, admin, gone.Receipt)
	if now := all(); now != before {
		t.Errorf("with the post came back\n%s\nof\n%s", now, before)
	}
	// Who is gone is named no more, and again when they come back.
	left, err := store.DeleteUser(modelstest.Context(t), admin, ed.ID)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := store.Revision(modelstest.Context(t), ann, post.ID, 3); err != nil || r.By != nil || r.Content != "Three." {
		t.Errorf("%+v %v", r, err)
	}
	undo(t, store, admin, left.Receipt)
	if now := all(); now != before {
		t.Errorf("with the editor came back\n%s\nof\n%s", now, before)
	}
	// The author's deletion takes posts and revisions along, and brings them back.
	left, err = store.DeleteUser(modelstest.Context(t), admin, ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	undo(t, store, admin, left.Receipt)
	if now := all(); now != before {
		t.Errorf("with the author came back\n%s\nof\n%s", now, before)
	}
}

func TestAnEditTakenBackIsARevisionOfWhoTakesItBack(t *testing.T) {
	store := modelstest.Store(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	post := modelstest.Post(t, store, ann)
	edited := "Edited."
	changed, err := store.UpdatePost(modelstest.Context(t), admin, post.ID, models.PostChange{Content: &edited})
	if err != nil {
		t.Fatal(err)
	}
	other := modelstest.Admin(t, store)
	undo(t, store, other, changed.Receipt)
	for number, want := range map[int]string{3: "Some words. " + other.Username, 2: "Edited. " + admin.Username, 1: "Some words. " + ann.Username} {
		if r, err := store.Revision(modelstest.Context(t), ann, post.ID, number); err != nil || r.Content+" "+r.By.Username != want {
			t.Errorf("revision %d is %+v, not %s: %v", number, r, want, err)
		}
	}
}

func TestGoingBackIsOneTransactionWithItsLine(t *testing.T) {
	address := modelstest.URL(t)
	conn, store := modelstest.SQL(t, address), modelstest.Open(t, address)
	ann := modelstest.User(t, store)
	post := modelstest.Post(t, store, ann)
	long := strings.Repeat("Many words. ", 9000)
	if _, err := store.UpdatePost(modelstest.Context(t), ann, post.ID, models.PostChange{Content: &long}); err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(modelstest.Context(t))
	cancel()
	if _, err := store.RestoreRevision(canceled, ann, post.ID, 1, nil); err == nil {
		t.Error("restored by nobody")
	}
	now, err := store.RestoreRevision(modelstest.Context(t), ann, post.ID, 1, nil)
	if err != nil || now.Content != "Some words." || now.Revision != 3 || now.Words != 2 {
		t.Errorf("%+v %v", now, err)
	}
	if n := ask[int](t, conn, "select count(*) from audit where kind = 'post.update' and target_id = $1 and details -> 'after' ->> 'restored' = '1'", post.ID); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	if _, err := store.RestoreRevision(modelstest.Context(t), ann, post.ID, 4, nil); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
}
