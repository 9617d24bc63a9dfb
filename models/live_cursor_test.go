package models_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// TestNothingIsMissedWhoeverCommitsFirst writes from many sides at once, in transactions that take their time, overtake each other
// and fail, while followers at two programs go away and come back with their cursors all the time.
func TestNothingIsMissedWhoeverCommitsFirst(t *testing.T) {
	address := modelstest.URL(t)
	stores := []*models.Store{modelstest.Open(t, address), modelstest.Open(t, address)}
	admin := modelstest.Admin(t, stores[0])
	listening(t, stores...)
	ctx := modelstest.Context(t)
	_, session := browser(t, stores[0], admin)

	var mu sync.Mutex
	heard := make([]map[int64]bool, 6)
	seen := func(reader int, event models.Event) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasPrefix(event.Kind, "import ") { // of kinds of their own, so that none stands for several
			heard[reader][event.Ref] = true
		}
	}
	done := make(chan struct{})
	var readers, writers sync.WaitGroup
	for reader := range heard {
		heard[reader] = map[int64]bool{}
		store, cursor := stores[reader%2], stores[reader%2].Cursor()
		readers.Go(func() {
			for last := false; !last; {
				select {
				case <-done:
					last = true // once more, for what came at the very end
				default:
				}
				f, err := store.Follow(ctx, admin, session, cursor)
				if err != nil {
					t.Error(err)
					return
				}
				within := 500 * time.Millisecond
				if reader > 1 && !last {
					within = rand.N(60 * time.Millisecond) // this one is often away
				}
				patience, cancel := context.WithTimeout(ctx, within)
				for {
					news, err := f.Next(patience)
					if err != nil {
						break
					}
					if news.Reset || !news.Listening {
						t.Errorf("reader %d: %+v", reader, news)
					}
					for _, event := range news.Events {
						seen(reader, event)
					}
					cursor = news.Cursor
				}
				cancel()
				f.Close()
				if reader > 1 {
					time.Sleep(rand.N(40 * time.Millisecond))
				}
			}
		})
	}
	for writer := range 6 {
		conn := modelstest.SQL(t, address)
		writers.Go(func() {
			for n := range 60 {
				tx, err := conn.Begin(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := tx.Exec(ctx, `select tell('import ' || $1::bigint, $1, 0)`, writer*1000+n); err != nil {
					t.Error(err)
				}
				time.Sleep(rand.N(time.Duration(1+writer*writer*writer) * 200 * time.Microsecond))
				if n%7 == 0 {
					tx.Rollback(ctx)
				} else if err := tx.Commit(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	long := modelstest.SQL(t, address) // open all the while, with a row of its own
	tx, err := long.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, `select tell('import 9999', 9999, 0)`); err != nil {
		t.Fatal(err)
	}
	writers.Wait()
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	time.Sleep(150 * time.Millisecond)
	close(done)
	readers.Wait()
	rows, _ := long.Query(ctx, `select ref from events where kind like 'import %'`)
	refs, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(refs) < 300 {
		t.Fatal(len(refs), err)
	}
	for reader := range heard {
		missed := 0
		for _, ref := range refs {
			if !heard[reader][ref] {
				missed++
			}
		}
		if missed > 0 || len(heard[reader]) != len(refs) {
			t.Errorf("reader %d missed %d of %d, and heard of %d", reader, missed, len(refs), len(heard[reader]))
		}
	}
}

func TestWhatCommitsInTheReverseOrderOfItsIDsIsHeardOnce(t *testing.T) {
	address := modelstest.URL(t)
	store, first, conn := modelstest.Open(t, address), modelstest.SQL(t, address), modelstest.SQL(t, address)
	admin := modelstest.Admin(t, store)
	f := follows(t, store, admin, "")
	hears(t, conn, f)
	ctx := modelstest.Context(t)
	tx, err := first.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, `select tell('import', 1, 0)`); err != nil {
		t.Fatal(err)
	}
	run(t, conn, `select tell('import', 2, 0)`)
	if got := hears(t, conn, f); !slices.Equal(got, []string{"import:2"}) {
		t.Errorf("first: %q", got)
	}
	between := store.Cursor()
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if got := hears(t, conn, f); !slices.Equal(got, []string{"import:1"}) {
		t.Errorf("then: %q", got)
	}
	if got := hears(t, conn, follows(t, store, admin, between)); !slices.Equal(got, []string{"import:1"}) {
		t.Errorf("who was away in between: %q", got)
	}
}

func TestACursorThatCannotBeFollowedIsAReset(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	_, session := browser(t, store, admin)
	listening(t, store)
	cursor := store.Cursor()
	seconds, snapshot, _ := strings.Cut(cursor, "-")
	for what, since := range map[string]string{
		"nonsense":              "x",
		"an id":                 "17",
		"not a snapshot":        seconds + "-9:3:",
		"not one in order":      seconds + "-3:9:7,5",
		"a number too large":    seconds + "-1:99999999999999999999:",
		"of another server":     seconds + "-1:99999999999:",
		"of the day before":     fmt.Sprint(time.Now().Unix()-90000) + "-" + snapshot,
		"no time":               "-" + snapshot,
		"with an attack":        seconds + "-1:9:'; drop table events; --",
		"with far too much":     seconds + "-1:9:" + strings.Repeat("5,", 4000),
		"with a list that ends": seconds + "-1:9:,",
	} {
		f := followsIn(t, store, admin, session, since)
		news, err := f.Next(modelstest.Context(t))
		if err != nil || !news.Reset || !news.Listening || !strings.Contains(news.Cursor, ":") {
			t.Errorf("%s: %+v %v", what, news, err)
		}
		f.Close()
	}
	run(t, conn, `insert into events (kind, ref, audience) select 'import ' || n, n, 0 from generate_series(1, 501) n`)
	if news, err := followsIn(t, store, admin, session, cursor).Next(modelstest.Context(t)); err != nil || !news.Reset || len(news.Events) > 0 {
		t.Errorf("too much: %+v %v", news, err)
	}
	run(t, conn, `delete from events`)
	// A restored database may hold events of transactions that are still to come here.
	cursor = store.Cursor()
	run(t, conn, `insert into events (xact, kind, audience) values ('99999999999', 'import', 0)`)
	if got := hears(t, conn, followsIn(t, store, admin, session, cursor)); slices.Contains(got, "import:0") {
		t.Errorf("of another server: %q", got)
	}
}
