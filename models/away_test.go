package models_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/embedded"
	"postroom/models/modelstest"
)

func TestCutConnectionsAreMendedUnderTheWriters(t *testing.T) {
	address := modelstest.URL(t)
	store, conn := modelstest.Open(t, address), modelstest.SQL(t, address)
	listening(t, store)
	ann := modelstest.User(t, store)
	ctx := modelstest.Context(t)
	var kept, failed atomic.Int64
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				switch err := store.CreatePost(ctx, ann, &models.Post{Title: "T", Content: "c", Status: models.StatusPublished}); {
				case err == nil:
					kept.Add(1)
				case errors.Is(err, models.ErrUnavailable):
					failed.Add(1)
				default:
					t.Errorf("not said to be away: %v", err)
				}
			}
		})
	}
	for range 10 {
		time.Sleep(30 * time.Millisecond)
		run(t, conn, `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
	}
	// On a busy machine no post may get through between two cuts.
	soon(t, 5*time.Second, "the writers write again", func() bool { return kept.Load() > 0 })
	close(stop)
	writers.Wait()
	began := time.Now()
	soon(t, 5*time.Second, "the Store works again", func() bool { _, err := store.User(ctx, ann.ID); return err == nil })
	if time.Since(began) > time.Second {
		t.Errorf("it takes %v", time.Since(began))
	}
	listening(t, store)
	// What was acknowledged is there. What was not may be: the answer was lost, not the post.
	posts := ask[int64](t, conn, `select count(*) from posts`)
	if posts < kept.Load() || posts > kept.Load()+failed.Load() || kept.Load() == 0 {
		t.Errorf("%d acknowledged, %d failed, %d kept", kept.Load(), failed.Load(), posts)
	}
	proven(t, store, "cuts")
}

func TestADatabaseThatStopsDiesAndComesBack(t *testing.T) {
	ctx := modelstest.Context(t)
	dir := modelstest.Dir(t)
	quiet := slog.New(slog.DiscardHandler)
	options := embedded.Options{Settings: map[string]string{"fsync": "off", "dynamic_shared_memory_type": "mmap", "shared_buffers": "16MB"}, Log: quiet}
	pg, err := embedded.Open(ctx, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pg.Close(context.Background()) })
	if err := pg.EnsureDatabase(ctx, "postroom"); err != nil {
		t.Fatal(err)
	}
	store, err := models.Open(ctx, models.Options{URL: pg.DSN("postroom"), Log: quiet, MaxConns: 6})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	store.Listen()
	listening(t, store)
	ann := modelstest.User(t, store)

	// Writers go on all the time and remember what they were told is kept.
	var acknowledged sync.Map
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for writer := range 3 {
		writers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
				}
				title := fmt.Sprintf("post %d of %d", n, writer)
				limited, cancel := context.WithTimeout(ctx, 10*time.Second)
				err := store.CreatePost(limited, ann, &models.Post{Title: title, Content: "c", Status: models.StatusPublished})
				cancel()
				if err == nil {
					acknowledged.Store(title, true)
				} else if !errors.Is(err, models.ErrUnavailable) {
					t.Errorf("not said to be away: %v", err)
				}
			}
		})
	}
	// A page follows through all of it.
	var aways, resets atomic.Int64
	page := follows(t, store, ann, "")
	writers.Go(func() {
		for {
			news, err := page.Next(ctx)
			if err != nil {
				if !errors.Is(err, models.ErrStopping) {
					t.Error("the page that follows:", err)
				}
				return
			}
			if news.Reset {
				resets.Add(1)
			}
			if !news.Listening {
				aways.Add(1)
			}
		}
	})
	restarts := int64(0)
	away := func(what string) {
		t.Helper()
		restarts++
		soon(t, 5*time.Second, what+": away", func() bool { return errors.Is(store.Ping(ctx), models.ErrUnavailable) })
		soon(t, 5*time.Second, what+": nothing may be kept", func() bool { _, ok := store.Generation(); return !ok })
		soon(t, 5*time.Second, what+": the page knows", func() bool { return aways.Load() >= restarts })
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if _, err := store.SignIn(limited, models.Browser{}, ann.Username, modelstest.Password); !errors.Is(err, models.ErrUnavailable) {
			t.Errorf("%s: signing in: %v", what, err)
		}
	}
	back := func(what string) {
		t.Helper()
		began := time.Now()
		soon(t, 10*time.Second, what+": back", func() bool { _, err := store.SiteStats(ctx); return err == nil })
		worked := time.Since(began)
		listening(t, store)
		soon(t, 2*time.Second, what+": the page looks at everything again", func() bool { return resets.Load() >= restarts })
		if worked > time.Second || time.Since(began) > 2*time.Second {
			t.Errorf("%s: works after %v, listens after %v", what, worked, time.Since(began))
		}
	}

	time.Sleep(100 * time.Millisecond)
	if err := pg.Close(ctx); err != nil {
		t.Fatal(err)
	}
	away("stopped")
	if pg, err = embedded.Open(ctx, dir, options); err != nil {
		t.Fatal(err)
	}
	back("started again")

	// Killed in the middle of its work, it is started again by who owns it.
	time.Sleep(200 * time.Millisecond)
	before, _ := store.Generation()
	file, err := os.ReadFile(filepath.Join(dir, "pgdata", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.SplitN(string(file), "\n", 2)[0])
	if err != nil || syscall.Kill(pid, syscall.SIGQUIT) != nil {
		t.Fatal(err)
	}
	soon(t, 10*time.Second, "the death is noticed", func() bool { now, ok := store.Generation(); return !ok && now > before })
	soon(t, 30*time.Second, "PostgreSQL runs again", func() bool {
		other, err := models.Open(ctx, models.Options{URL: pg.DSN("postroom"), Log: quiet, MaxConns: 1})
		if err != nil {
			return false
		}
		other.Close()
		return true
	})
	back("killed")
	time.Sleep(100 * time.Millisecond)
	close(stop)
	page.Close()
	writers.Wait()

	conn := modelstest.SQL(t, pg.DSN("postroom"))
	n := 0
	acknowledged.Range(func(title, _ any) bool {
		if n++; !ask[bool](t, conn, `select exists (select from posts where title = $1)`, title) {
			t.Errorf("%s was acknowledged and is lost", title)
		}
		return true
	})
	if n < 20 {
		t.Errorf("only %d posts were written", n)
	}
	proven(t, store, "two restarts")
}
