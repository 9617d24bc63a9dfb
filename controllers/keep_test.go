package controllers_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/embedded"
	"postroom/models/modelstest"
)

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// hears waits until the program hears of changes made by others.
func hears(t *testing.T, store *models.Store) {
	t.Helper()
	for range 500 {
		if _, ok := store.Generation(); ok {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the listener is not up")
}

func TestAKeptPageEndsAtOnceHereAndSoonElsewhere(t *testing.T) {
	address := modelstest.URL(t)
	here, there := newSiteOver(t, modelstest.Open(t, address)), newSiteOver(t, modelstest.Open(t, address))
	hears(t, here.Store)
	hears(t, there.Store)
	ann := modelstest.User(t, here.Store)
	for i, title := range []string{"First", "Second", "Third"} {
		a, b := here.visitor(), there.visitor()
		a.open("/")
		b.open("/")
		post := modelstest.Post(t, here.Store, ann, func(p *models.Post) { p.Title = title })
		a.open("/").sees(title)
		deadline := time.Now().Add(2 * time.Second)
		for b.open("/"); b.page.Find("h3 a[href='"+post.Path()+"']").Length() == 0; b.open("/") {
			if time.Now().After(deadline) {
				t.Fatalf("%d: the other program still shows the old page", i)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	// A hand in psql is heard too.
	if _, err := modelstest.SQL(t, address).Exec(modelstest.Context(t), "update posts set title = 'By hand' where title = 'Third'"); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(2 * time.Second)
	for b := here.visitor(); ; {
		if b.open("/"); b.page.Find("h3:contains('By hand')").Length() == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a change by hand is not seen")
		}
	}
}

func TestWhatOneVisitorSeesIsNotKeptForAnotherLanguageOrAUser(t *testing.T) {
	site := newSite(t)
	hears(t, site.Store)
	ann := modelstest.User(t, site.Store)
	modelstest.Post(t, site.Store, ann)
	english, russian, user := site.visitor(), site.visitor(), site.signIn(ann)
	russian.header.Set("Accept-Language", "ru")
	for range 2 {
		english.open("/").sees("Written by members").seesNot("Sign out")
		russian.open("/").sees("Пишут участники")
		user.open("/").sees("Sign out")
		english.open(ann.Path()).seesNot("Drafts")
	}
}

func TestWhileTheDatabaseIsAwayPagesSaySoAndComeBackByThemselves(t *testing.T) {
	ctx := modelstest.Context(t)
	dir := modelstest.Dir(t)
	options := embedded.Options{Settings: embedded.Fast(), Log: slog.New(slog.DiscardHandler)}
	pg, err := embedded.Open(ctx, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := pg.EnsureDatabase(ctx, "postroom"); err != nil {
		t.Fatal(err)
	}
	store, err := models.Open(ctx, models.Options{URL: pg.DSN("postroom"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	if _, err := store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	store.Listen()
	site := newSiteOver(t, store)
	hears(t, store)
	ann := site.signIn(modelstest.User(t, store))
	ann.open("/posts/new").submit("Publish", "title", "Kept", "content", "x").status(200)
	site.visitor().open("/").status(200).sees("Kept")

	closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := pg.Close(closing); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		visitor := site.visitor()
		visitor.open("/").status(503).sees("Back in a moment")
		if visitor.head.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		ann.open("/posts/new").status(503)
		site.visitor().open("/api/posts").status(503)
		site.visitor().open("/readyz").status(503)
		site.visitor().open("/healthz").status(200)
	}
	if pg, err = embedded.Open(ctx, dir, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pg.Close(context.Background()) })
	back := time.Now()
	for {
		b := site.visitor()
		if b.open("/"); b.code == http.StatusOK {
			b.sees("Kept")
			break
		}
		if time.Since(back) > time.Second {
			t.Fatal("still away a second after the database's return")
		}
		time.Sleep(10 * time.Millisecond)
	}
	ann.open("/posts/new").status(200)
}
