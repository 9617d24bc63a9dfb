package models_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

func tooMany(err error) (wait time.Duration, is bool) {
	var too *models.TooMany
	if errors.As(err, &too) {
		return too.Wait, true
	}
	return 0, false
}

func from(ip string) models.Browser { return models.Browser{IP: ip} }

// wrong tries a wrong password so many times, each from another address, and counts those that were not refused. The
// tries are made to look two seconds old: a younger one may still turn out to be right, and is waited for.
func wrong(t *testing.T, store *models.Store, conn *pgx.Conn, login string, times int) (passed int) {
	t.Helper()
	for i := range times {
		run(t, conn, `update throttles set tries = array(select x - interval '2 seconds' from unnest(tries) x) where cardinality(tries) > 0 and tries[cardinality(tries)] > now() - interval '1 second'`)
		_, err := store.SignIn(modelstest.Context(t), from(fmt.Sprintf("192.0.2.%d", i)), login, "not the password")
		if errors.Is(err, models.ErrWrongPassword) {
			passed++
		} else if _, is := tooMany(err); !is {
			t.Errorf("try %d: %v", i, err)
		}
	}
	return passed
}

func TestTenWrongPasswordsAnAccountInFifteenMinutes(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	modelstest.User(t, store, modelstest.Named("ann"))
	if passed := wrong(t, store, conn, "ann", 12); passed != 10 {
		t.Errorf("%d wrong tries pass", passed)
	}
	// By whatever name: the account is the same.
	for _, login := range []string{"ANN", "ann@example.com", " Ann@Example.com "} {
		_, err := store.SignIn(ctx, from("198.51.100.1"), login, modelstest.Password)
		if wait, is := tooMany(err); !is || wait < 14*time.Minute || wait > 15*time.Minute {
			t.Errorf("%q: %v", login, err)
		}
	}
	// The window slides: each try frees its place a quarter of an hour after it was made.
	run(t, conn, `update throttles set tries = array(select x - interval '14 minutes' - (10 - n) * interval '70 seconds' from unnest(tries) with ordinality u(x, n)) where cardinality(tries) = 10`)
	if passed := wrong(t, store, conn, "ann", 12); passed != 9 {
		t.Errorf("%d pass when 9 of 10 are old", passed)
	}
	_, err := store.SignIn(ctx, from("198.51.100.1"), "ann", modelstest.Password)
	if wait, is := tooMany(err); !is || wait > time.Minute {
		t.Errorf("the oldest has a minute left: %v", err)
	}
	run(t, conn, `update throttles set tries = array(select x - interval '15 minutes' from unnest(tries) x)`)
	if user, err := store.SignIn(ctx, from("198.51.100.1"), "ann", modelstest.Password); err != nil || user.Username != "ann" {
		t.Errorf("after the time: %v", err)
	}
}

func TestUnknownUsersAreThrottledAlike(t *testing.T) {
	store, conn := behind(t)
	for _, login := range []string{"nobody", "nobody@example.com", "", "\x00\xff", "' or 1=1 --"} {
		if passed := wrong(t, store, conn, login, 11); passed != 10 {
			t.Errorf("%q: %d pass", login, passed)
		}
	}
}

func TestARightPasswordDoesNotCount(t *testing.T) {
	store, conn := behind(t)
	modelstest.User(t, store, modelstest.Named("ann"))
	modelstest.User(t, store, modelstest.Named("eve"))
	run(t, conn, `update users set is_active = false where username = 'eve'`)
	for i := range 14 {
		if _, err := store.SignIn(modelstest.Context(t), from("192.0.2.1"), "ann", modelstest.Password); err != nil {
			t.Fatalf("sign-in %d: %v", i, err)
		}
		if i == 0 {
			if passed := wrong(t, store, conn, "ann", 9); passed != 9 {
				t.Errorf("%d wrong tries pass", passed)
			}
		}
		if _, err := store.SignIn(modelstest.Context(t), from("192.0.2.1"), "eve", modelstest.Password); !errors.Is(err, models.ErrDeactivated) {
			t.Fatalf("a deactivated user: %v", err)
		}
	}
	if n := ask[int](t, conn, `select coalesce(sum(cardinality(tries)), 0) from throttles`); n != 18 {
		t.Errorf("%d tries are counted, 9 for the account and 9 for addresses are wrong", n)
	}
}

func TestAHundredWrongPasswordsAnAddress(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	modelstest.User(t, store, modelstest.Named("ann"))
	if _, err := store.SignIn(ctx, from("192.0.2.1"), "nobody", "wrong"); !errors.Is(err, models.ErrWrongPassword) {
		t.Fatal(err)
	}
	// Ninety-eight more, which need not be hashed here.
	run(t, conn, `update throttles set tries = array_fill(tries[1], array[99])`)
	_, first := store.SignIn(ctx, from("192.0.2.1"), "somebody", "wrong")
	_, second := store.SignIn(ctx, from("192.0.2.1"), "ann", modelstest.Password)
	if _, is := tooMany(second); !errors.Is(first, models.ErrWrongPassword) || !is {
		t.Errorf("the hundredth: %v; one more: %v", first, second)
	}
	if _, err := store.SignIn(ctx, from("192.0.2.2"), "ann", modelstest.Password); err != nil {
		t.Errorf("from another address: %v", err)
	}
}

func TestTriesAreCountedRightAcrossProgramsAtOnce(t *testing.T) {
	address := modelstest.URL(t)
	stores := []*models.Store{modelstest.Open(t, address), modelstest.Open(t, address)}
	modelstest.User(t, stores[0], modelstest.Named("ann"))
	var passed, stopped atomic.Int64
	together(40, func(i int) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := stores[i%2].SignIn(ctx, from(fmt.Sprintf("192.0.2.%d", i)), "ann", "wrong password")
		if _, is := tooMany(err); is {
			stopped.Add(1)
		} else if errors.Is(err, models.ErrWrongPassword) {
			passed.Add(1)
		} else {
			t.Error(err)
		}
	})
	if passed.Load() != 10 || stopped.Load() != 30 {
		t.Errorf("%d pass, %d are stopped", passed.Load(), stopped.Load())
	}
}

func TestThirtySignUpsAnAddressInAnHour(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	signUp := func(ip, name string) error {
		_, err := store.SignUp(ctx, from(ip), models.NewUser{Username: name, Email: name + "@example.com", Password: modelstest.Password})
		return err
	}
	if err := signUp("192.0.2.1", "first"); err != nil {
		t.Fatal(err)
	}
	run(t, conn, `update throttles set tries = array_fill(tries[1], array[29])`)
	if err := signUp("192.0.2.1", "thirtieth"); err != nil {
		t.Error(err)
	}
	if wait, is := tooMany(signUp("192.0.2.1", "one-more")); !is || wait < 59*time.Minute || wait > time.Hour {
		t.Errorf("the thirty-first waits %v", wait)
	}
	if err := signUp("192.0.2.2", "elsewhere"); err != nil {
		t.Error(err)
	}
	run(t, conn, `update throttles set tries = array(select x - interval '1 hour' from unnest(tries) x)`)
	if err := signUp("192.0.2.1", "later"); err != nil {
		t.Error(err)
	}
	// A form with mistakes is told what is taken, a hundred times: else it would be a list of everyone's addresses.
	probe := func() models.Invalid {
		_, err := store.SignUp(ctx, from("192.0.2.3"), models.NewUser{Username: "x", Email: "first@example.com"})
		var invalid models.Invalid
		errors.As(err, &invalid)
		return invalid
	}
	if said := probe(); said["email"].Text == "" || said["username"].Text == "" {
		t.Errorf("a form with mistakes: %v", said)
	}
	run(t, conn, `update throttles set tries = array_fill(clock_timestamp(), array[100]) where cardinality(tries) = 1`)
	if said := probe(); said["email"].Text != "" || said["username"].Text == "" {
		t.Errorf("who asks on and on: %v", said)
	}
}

func TestTheTableOfTriesTellsNobodysNameOrAddress(t *testing.T) {
	store, conn := behind(t)
	wrong(t, store, conn, "ann-the-secret", 1)
	if n := ask[int](t, conn, `select count(*) from throttles t where t::text like '%ann%' or t::text like '%192.%'`); n != 0 {
		t.Error("a row names who tried")
	}
	run(t, conn, `update throttles set ends_at = now() - interval '1 second'`)
	if err := store.Sweep(modelstest.Context(t)); err != nil || ask[int](t, conn, `select count(*) from throttles`) != 0 {
		t.Errorf("rows that ended stay: %v", err)
	}
}
