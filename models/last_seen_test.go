package models_test

import (
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestLastSeenIsWrittenAtSignInAndEveryFewMinutesOfUse(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	seen := func() time.Duration {
		return ask[time.Duration](t, conn, `select coalesce(now() - last_seen_at, interval '9 years') from users where id = $1`, ann.ID)
	}
	if seen() < 24*time.Hour {
		t.Error("seen before the first session")
	}
	wrong := *ann
	wrong.PasswordHash = "another"
	if _, err := store.StartSession(ctx, &wrong, models.Browser{}, nil); err == nil || seen() < 24*time.Hour {
		t.Errorf("seen without being let in: %v", err)
	}
	if _, err := store.StartSession(ctx, nil, models.Browser{}, nil); err != nil || seen() < 24*time.Hour {
		t.Errorf("a visitor is taken for ann: %v", err)
	}
	token, _ := browser(t, store, ann)
	if seen() > time.Minute {
		t.Error("signing in is not seen")
	}
	use := func(ago string) {
		t.Helper()
		run(t, conn, `update users set last_seen_at = now() - $2::interval where id = $1`, ann.ID, ago)
		run(t, conn, `update sessions set seen_at = now() - interval '2 minutes'`)
		if !isOpen(t, store, token) {
			t.Fatal("the session has ended")
		}
	}
	if use("4 minutes"); seen() < 3*time.Minute {
		t.Error("it is written every time")
	}
	if use("6 minutes"); seen() > time.Minute {
		t.Error("use is not seen")
	}
	// Somebody holds the row: who reads is let in at once all the same, and the session's own use is kept.
	run(t, conn, `update users set last_seen_at = now() - interval '1 hour' where id = $1`, ann.ID)
	run(t, conn, `update sessions set seen_at = now() - interval '2 minutes'`)
	tx, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, `select from users where id = $1 for update`, ann.ID); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if !isOpen(t, store, token) || time.Since(start) > 2*time.Second {
		t.Errorf("a page waited %v for who holds the row", time.Since(start))
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if used := ask[time.Duration](t, conn, `select now() - seen_at from sessions where user_id = $1`, ann.ID); used > time.Minute {
		t.Error("the use of the session is not kept")
	}
}

func TestManyWhoSignInAsOneAtTheSameMomentAreAllLetIn(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	together(16, func(int) {
		if _, err := store.StartSession(modelstest.Context(t), ann, models.Browser{}, nil); err != nil {
			t.Error(err)
		}
	})
	if n := ask[int](t, conn, `select count(*) from sessions where user_id = $1`, ann.ID); n != 16 {
		t.Errorf("%d sessions", n)
	}
}
