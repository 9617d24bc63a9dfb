package models_test

import (
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// soon fails the test where the condition is not true in time.
func soon(t testing.TB, within time.Duration, what string, condition func() bool) {
	t.Helper()
	began := time.Now()
	for !condition() {
		if time.Since(began) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(time.Millisecond)
	}
}

// listening waits until the Store hears of changes.
func listening(t testing.TB, stores ...*models.Store) {
	t.Helper()
	for _, store := range stores {
		soon(t, 20*time.Second, "listening", func() bool { _, ok := store.Generation(); return ok })
	}
}

// usualDelay is what a test grants where the promise is 100 ms: on a busy machine a moment can be lost to others.
const usualDelay = 2 * time.Second

func TestAChangeIsHeardByTheOtherProgram(t *testing.T) {
	address := modelstest.URL(t)
	here, there := modelstest.Open(t, address), modelstest.Open(t, address)
	conn := modelstest.SQL(t, address)
	listening(t, here, there)
	ann := modelstest.User(t, here)
	admin := modelstest.Admin(t, here)
	post := modelstest.Post(t, here, ann)
	title, name, no, yes := "Other", "Other", false, true
	ctx := modelstest.Context(t)
	quickest := time.Hour
	for _, act := range []struct {
		what   string
		change func() error
	}{
		{"a post", func() error { modelstest.Post(t, here, ann); return nil }},
		{"a new title", func() error {
			_, err := here.UpdatePost(ctx, ann, post.ID, models.PostChange{Title: &title})
			return err
		}},
		{"a user", func() error { modelstest.User(t, here); return nil }},
		{"a name", func() error { _, err := here.UpdateUser(ctx, ann, ann.ID, models.UserChange{Name: &name}); return err }},
		{"deactivation", func() error {
			_, err := here.UpdateUser(ctx, admin, ann.ID, models.UserChange{IsActive: &no})
			return err
		}},
		{"reactivation", func() error {
			_, err := here.UpdateUser(ctx, admin, ann.ID, models.UserChange{IsActive: &yes})
			return err
		}},
		{"a removed user", func() error { _, err := here.DeleteUser(ctx, admin, modelstest.User(t, here).ID); return err }},
		{"a hand", func() error { _, err := conn.Exec(ctx, `update posts set title = 'By hand'`); return err }},
		{"a hand on a user", func() error {
			_, err := conn.Exec(ctx, `update users set about = 'x' where id = $1`, ann.ID)
			return err
		}},
		{"a hand that clears", func() error { _, err := conn.Exec(ctx, `truncate posts cascade`); return err }},
	} {
		what, change := act.what, act.change
		time.Sleep(20 * time.Millisecond) // what came before is heard
		before, _ := there.Generation()
		own, _ := here.Generation()
		if err := change(); err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		began := time.Now()
		if now, _ := here.Generation(); !strings.HasPrefix(what, "a hand") && now == own {
			t.Errorf("%s: the program that wrote does not know at once", what)
		}
		soon(t, usualDelay, what+" is heard", func() bool { now, ok := there.Generation(); return ok && now > before })
		quickest = min(quickest, time.Since(began))
	}
	if quickest > 100*time.Millisecond {
		t.Errorf("the quickest is heard after %v", quickest)
	}
}

func TestWhatReadersDoNotSeeIsNotHeard(t *testing.T) {
	store, conn := behind(t)
	listening(t, store)
	ann := modelstest.User(t, store)
	time.Sleep(100 * time.Millisecond)
	before, _ := store.Generation()
	ctx := modelstest.Context(t)
	tx, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, `insert into posts (user_id, title, content) values ($1, 'T', 'c')`, ann.ID); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	store.StartSession(ctx, ann, models.Browser{}, nil)
	store.SignIn(ctx, models.Browser{}, ann.Username, "wrong password")
	store.CreateToken(ctx, ann, "n", models.ScopeRead)
	store.Sweep(ctx)
	run(t, conn, `update users set age = 40`)
	time.Sleep(150 * time.Millisecond)
	if after, ok := store.Generation(); after != before || !ok {
		t.Errorf("%d changes are heard", after-before)
	}
	run(t, conn, `update posts set title = 'x' where false`) // a statement without a row is heard: that is only once too often
}

func TestWhileNothingIsHeardNothingMayBeKept(t *testing.T) {
	address := modelstest.URL(t)
	conn := modelstest.SQL(t, address)
	store := modelstest.Open(t, address)
	listening(t, store)
	ann := modelstest.User(t, store)
	before, _ := store.Generation()
	run(t, conn, `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'postroom listener'`)
	soon(t, usualDelay, "the cut is noticed", func() bool { now, _ := store.Generation(); return now > before })
	run(t, conn, `insert into posts (user_id, title, content) values ($1, 'Missed', 'c')`, ann.ID)
	listening(t, store)
	if after, ok := store.Generation(); !ok || after <= before {
		t.Error("what was missed does not count as a change")
	}
	silent, err := models.Open(modelstest.Context(t), models.Options{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := silent.Generation(); ok {
		t.Error("a Store that does not listen may keep")
	}
	silent.Close()
}
