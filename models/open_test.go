package models_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestOpenWaitsForADatabaseThatIsNotThereYet(t *testing.T) {
	address := modelstest.EmptyURL(t)
	conn := modelstest.SQL(t, address)
	later := strings.Replace(address, modelstest.Database(t, address), "later", 1)
	ctx := modelstest.Context(t)
	began := time.Now()
	if _, err := models.Open(ctx, models.Options{URL: later, Wait: 200 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}); err == nil || time.Since(began) > 10*time.Second {
		t.Errorf("without a database: %v after %v", err, time.Since(began))
	}
	opened := make(chan error)
	go func() {
		store, err := models.Open(ctx, models.Options{URL: later, Wait: 30 * time.Second, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			store.Close()
		}
		opened <- err
	}()
	time.Sleep(150 * time.Millisecond)
	run(t, conn, `create database later template template0`)
	if err := <-opened; err != nil {
		t.Error(err)
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	began = time.Now()
	if _, err := models.Open(stopped, models.Options{URL: "postgres://x@127.0.0.1:1/x", Wait: time.Minute, Log: slog.New(slog.DiscardHandler)}); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("who is told to stop waits on: %v", err)
	}
}

func TestThePoolIsAsItsOptionsSay(t *testing.T) {
	address := modelstest.URL(t)
	conn := modelstest.SQL(t, address)
	run(t, conn, `alter database `+modelstest.Database(t, address)+` set datestyle = 'German, DMY'`)
	run(t, conn, `alter database `+modelstest.Database(t, address)+` set timezone = 'Asia/Tokyo'`)
	var log bytes.Buffer
	store, err := models.Open(modelstest.Context(t), models.Options{URL: address, MaxConns: 3, MinConns: 9, LogSQL: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ann := modelstest.User(t, store, modelstest.Named("ann-the-secret"))
	modelstest.Post(t, store, ann)
	if most := store.PoolStat().MaxConns(); most != 3 {
		t.Errorf("at most %d connections", most)
	}
	if n := ask[int](t, conn, `select count(*) from pg_stat_activity where datname = current_database() and application_name = 'postroom'`); n < 1 || n > 3 {
		t.Errorf("%d connections of that name", n)
	}
	if version, err := store.ServerVersion(modelstest.Context(t)); err != nil || version == "" {
		t.Error(version, err)
	}
	// Places in lists are moments in words, which a database may write in its own way.
	filter, _ := models.ParseUserFilter(modelstest.Values("sort", "-last_post_at", "limit", "1"), time.UTC)
	modelstest.User(t, store)
	list, err := store.Users(modelstest.Context(t), filter)
	if err != nil || !strings.HasPrefix(list.Next, "20") {
		t.Errorf("the place is %q, %v", list.Next, err)
	}
	store.Close()
	if said := log.String(); !strings.Contains(said, "insert into") && !strings.Contains(said, "INSERT INTO") || strings.Contains(said, "ann-the-secret") || strings.Contains(said, "argon2id") {
		t.Errorf("the log of statements:\n%s", said)
	}
	if err := store.Ping(modelstest.Context(t)); !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("a closed Store: %v", err)
	}
}

func TestADatabaseWithAnotherDefaultIsolationWorksAlike(t *testing.T) {
	address := modelstest.URL(t)
	run(t, modelstest.SQL(t, address), `alter database `+modelstest.Database(t, address)+` set default_transaction_isolation = 'serializable'`)
	store := modelstest.Open(t, address)
	ann := modelstest.User(t, store, modelstest.Named("ann"))
	var kept, again atomic.Int64
	together(6, func(i int) {
		for range 5 {
			err := store.CreatePost(modelstest.Context(t), ann, &models.Post{Title: "T", Content: "c", Status: models.StatusPublished})
			_, signIn := store.SignIn(modelstest.Context(t), models.Browser{}, "ann", modelstest.Password)
			if errors.Is(err, models.ErrUnavailable) {
				again.Add(1)
			} else if err == nil {
				kept.Add(1)
			} else {
				t.Error(err)
			}
			if _, throttled := tooMany(signIn); signIn != nil && !throttled && !errors.Is(signIn, models.ErrUnavailable) {
				t.Error(signIn)
			}
		}
	})
	if kept.Load() < 20 {
		t.Errorf("%d kept, %d told to try again", kept.Load(), again.Load())
	}
	proven(t, store, "serializable writers")
}

func TestAStepRunsOnceAndAWholeOrNotAtAll(t *testing.T) {
	address := modelstest.OwnerURL(t)
	store, conn := modelstest.Open(t, address), modelstest.SQL(t, address)
	ctx := modelstest.Context(t)
	if err := store.RunStep(ctx, 900, `create table half (); select 1 / 0;`); err == nil {
		t.Error("a step that fails is run")
	}
	if ask[bool](t, conn, `select to_regclass('half') is not null or exists (select from migrations where version = 900)`) {
		t.Error("half a step stays")
	}
	concurrent := "-- concurrent: outside any transaction\n\ncreate index concurrently tried on posts (title);\n-- and one more\ncreate index concurrently tried2 on posts (words);\n"
	if err := store.RunStep(ctx, 901, concurrent); err != nil {
		t.Error(err)
	}
	if n := ask[int](t, conn, `select count(*) from pg_index i join pg_class c on c.oid = i.indexrelid where relname in ('tried', 'tried2') and indisvalid`); n != 2 {
		t.Errorf("%d indexes", n)
	}
	if err := store.RunStep(ctx, 901, `select 1`); err == nil {
		t.Error("a step is recorded twice")
	}
	// While another program migrates, one waits, and not for ever.
	run(t, conn, `select pg_advisory_lock(x'706f7374726f6f6d'::bigint)`)
	limited, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if _, err := store.Migrate(limited); !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("beside another: %v", err)
	}
	run(t, conn, `select pg_advisory_unlock_all()`)
	if _, err := store.Migrate(ctx); err != nil {
		t.Error(err)
	}
	other := modelstest.SQL(t, conn.Config().ConnString())
	if !ask[bool](t, other, `select pg_try_advisory_lock(x'706f7374726f6f6d'::bigint)`) {
		t.Error("the lock is not given back")
	}
}

func TestTheSecretIsOneForAllPrograms(t *testing.T) {
	address := modelstest.URL(t)
	conn := modelstest.SQL(t, address)
	stores := make([]*models.Store, 4)
	for i := range stores {
		stores[i] = modelstest.Open(t, address)
	}
	together(4, func(i int) { stores[i].SignIn(modelstest.Context(t), models.Browser{}, "nobody", "wrong password") })
	if n := ask[int](t, conn, `select max(cardinality(tries)) from throttles`); n != 4 {
		t.Errorf("four programs count %d tries", n)
	}
	if n := ask[int](t, conn, `select count(*) from settings where name = 'session_secret' and length(value) >= 43`); n != 1 {
		t.Errorf("%d secrets", n)
	}
	own, err := models.Open(modelstest.Context(t), models.Options{URL: address, Secret: "another"})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	own.SignIn(modelstest.Context(t), models.Browser{}, "nobody", "wrong password")
	if n := ask[int](t, conn, `select max(cardinality(tries)) from throttles`); n != 4 {
		t.Error("a secret of its own is not used")
	}
	sweeping, stop := context.WithCancel(modelstest.Context(t))
	run(t, conn, `update throttles set ends_at = now() - interval '1 second'`)
	done := make(chan struct{})
	go func() { stores[0].SweepEvery(sweeping, 10*time.Millisecond); close(done) }()
	soon(t, 10*time.Second, "swept", func() bool { return ask[int](t, conn, `select count(*) from throttles`) == 0 })
	stop()
	<-done
}
