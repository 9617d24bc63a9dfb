package models_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// ended waits until the follower hears no more, and says why.
func ended(t testing.TB, f *models.Follower) error {
	t.Helper()
	for ctx := modelstest.Context(t); ; {
		if _, err := f.Next(ctx); err != nil {
			return err
		}
	}
}

func TestAReaderWhoDoesNotReadIsDroppedAndHoldsNobodyUp(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	stuck, quick := follows(t, store, admin, ""), follows(t, store, admin, "")
	ctx := modelstest.Context(t)
	var slowest time.Duration
	for n := range 25 {
		began := time.Now()
		run(t, conn, `select tell('import', $1, 0)`, n+1)
		slowest = max(slowest, time.Since(began))
		for heard := false; !heard; {
			news, err := quick.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			heard = slices.ContainsFunc(news.Events, func(event models.Event) bool { return event.Ref == int64(n+1) })
		}
	}
	if slowest > time.Second {
		t.Errorf("a writer waits %v", slowest)
	}
	if n := store.Followers(); n != 1 {
		t.Errorf("%d follow", n)
	}
	var cursor string
	heard := 0
	for {
		news, err := stuck.Next(ctx)
		if err != nil {
			if !errors.Is(err, models.ErrBehind) {
				t.Error(err)
			}
			break
		}
		cursor = news.Cursor
		for _, event := range news.Events {
			if event.Kind == "import" {
				heard++
			}
		}
	}
	// It comes back with what it has, and is told the rest.
	if got := hears(t, conn, follows(t, store, admin, cursor)); heard < 10 || heard+len(got) != 25 {
		t.Errorf("%d heard before, then %q", heard, got)
	}
}

func TestAFollowerEndsWithItsSession(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	for what, end := range map[string]string{
		"signed out":  `delete from sessions where user_id = $1`,
		"deactivated": `update users set is_active = false where id = $1`,
		"removed":     `delete from users where id = $1`,
		"expired":     `with expired as (update sessions set expires_at = now() - interval '1 second' where user_id = $1) select tell('user', null, 0)`,
	} {
		user, other := modelstest.User(t, store), modelstest.User(t, store)
		f, stays := follows(t, store, user, ""), follows(t, store, other, "")
		run(t, conn, end, user.ID)
		if err := ended(t, f); !errors.Is(err, models.ErrNotSeen) {
			t.Errorf("%s: %v", what, err)
		}
		hears(t, conn, stays)
		if _, err := store.Follow(ctx, user, uuidOf(t, store, other), ""); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestWhoIsNoAdminAnyMoreHearsWhatUsersHear(t *testing.T) {
	store, conn := behind(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	was, will := modelstest.Admin(t, store), follows(t, store, ann, "")
	f := follows(t, store, was, "")
	hears(t, conn, f)
	ctx := modelstest.Context(t)
	user, role := models.RoleUser, models.RoleAdmin
	if _, err := store.UpdateUser(ctx, admin, was.ID, models.UserChange{Role: &user}); err != nil {
		t.Fatal(err)
	}
	run(t, conn, `select tell('import', 5, 0)`)
	if got := hears(t, conn, f); len(got) > 0 {
		t.Errorf("a user hears %q", got)
	}
	if _, err := store.UpdateUser(ctx, admin, ann.ID, models.UserChange{Role: &role}); err != nil {
		t.Fatal(err)
	}
	run(t, conn, `select tell('import', 6, 0)`)
	if got := hears(t, conn, will); !slices.Contains(got, "import:6") {
		t.Errorf("an admin hears %q", got)
	}
}

func TestAUserFollowsAtTwentyPlacesAtMost(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann, bob := modelstest.User(t, store), modelstest.User(t, store)
	session := uuidOf(t, store, ann)
	var all []*models.Follower
	for range 20 {
		all = append(all, followsIn(t, store, ann, session, ""))
	}
	if _, err := store.Follow(ctx, ann, session, ""); err == nil {
		t.Error("21 places")
	} else if wait, stopped := tooMany(err); !stopped || wait == 0 {
		t.Error(err)
	}
	follows(t, store, bob, "")
	all[7].Close()
	all[7].Close()
	followsIn(t, store, ann, session, "")
	if n := store.Followers(); n != 21 {
		t.Errorf("%d follow", n)
	}
}

func TestOneConnectionListensForAllWhoFollow(t *testing.T) {
	store, conn := behind(t)
	for range 5 {
		ann := modelstest.User(t, store)
		session := uuidOf(t, store, ann)
		for range 10 {
			followsIn(t, store, ann, session, "")
		}
	}
	listening(t, store)
	if n := ask[int](t, conn, `select count(*) from pg_stat_activity where datname = current_database() and application_name = 'postroom listener'`); n != 1 || store.Followers() != 50 {
		t.Errorf("%d connections listen for %d", n, store.Followers())
	}
}

func TestAFollowerKnowsWhileTheListenerIsAway(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	f, g := follows(t, store, admin, ""), follows(t, store, admin, "")
	ctx := modelstest.Context(t)
	if news, err := f.Next(ctx); err != nil || news.Reset || !news.Listening || news.Cursor == "" {
		t.Fatal(news, err)
	}
	g.Close()
	cursor := store.Cursor()
	run(t, conn, `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'postroom listener'`)
	away, err := f.Next(ctx)
	for ; err == nil && away.Listening; away, err = f.Next(ctx) { // what happened before the connection was lost
	}
	if err != nil {
		t.Errorf("away: %+v %v", away, err)
	}
	run(t, conn, `select tell('import', 3, 0)`)
	// What was missed need not be told one by one: everything is to be looked at again.
	news, err := f.Next(ctx)
	for ; err == nil && !news.Listening; news, err = f.Next(ctx) {
	}
	if err != nil || !news.Reset || news.Cursor == "" {
		t.Errorf("back: %+v %v", news, err)
	}
	if got := hears(t, conn, follows(t, store, admin, cursor)); !slices.Contains(got, "import:3") {
		t.Errorf("who comes back hears %q", got)
	}
	run(t, conn, `select tell('import', 4, 0)`)
	if got := hears(t, conn, f); !slices.Contains(got, "import:4") {
		t.Errorf("afterwards: %q", got)
	}
}

func TestAClosedStoreEndsItsFollowers(t *testing.T) {
	address := modelstest.URL(t)
	store := modelstest.Open(t, address)
	admin := modelstest.Admin(t, store)
	f := follows(t, store, admin, "")
	go store.Close()
	if err := ended(t, f); !errors.Is(err, models.ErrStopping) {
		t.Error(err)
	}
	if _, err := store.Follow(modelstest.Context(t), admin, uuidOf(t, modelstest.Open(t, address), admin), ""); !errors.Is(err, models.ErrStopping) {
		t.Error(err)
	}
}

func TestWhatOneProgramWritesTheOtherTells(t *testing.T) {
	address := modelstest.URL(t)
	here, there := modelstest.Open(t, address), modelstest.Open(t, address)
	ann := modelstest.User(t, here)
	f := follows(t, there, ann, "")
	f.Next(modelstest.Context(t))
	post := modelstest.Post(t, here, ann)
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), usualDelay)
	defer cancel()
	news, err := f.Next(ctx)
	if err != nil || len(news.Events) != 1 || news.Events[0].Ref != post.ID || news.Events[0].ID == 0 || time.Since(news.Events[0].At) > time.Minute {
		t.Errorf("after %v: %+v %v", time.Since(began), news, err)
	}
	// A cursor of one program is good at the other.
	modelstest.Post(t, there, ann)
	if got := hears(t, modelstest.SQL(t, address), follows(t, here, ann, news.Cursor)); len(slices.Compact(got)) != 1 {
		t.Errorf("at the other program: %q", got)
	}
}
