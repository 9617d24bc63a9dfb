package controllers

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
	"postroom/templates"
)

func TestTheCountsOfThePresetsAreWhatIsOnAPageThatFollows(t *testing.T) {
	address := modelstest.URL(t)
	store, conn := modelstest.Open(t, address), modelstest.SQL(t, address)
	ctx := modelstest.Context(t)
	admin := modelstest.Admin(t, store)
	for _, ok := store.Generation(); !ok; _, ok = store.Generation() {
		time.Sleep(time.Millisecond)
	}
	token, err := store.StartSession(ctx, admin, models.Browser{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	session, err := store.FindSession(ctx, token, models.Browser{})
	if err != nil {
		t.Fatal(err)
	}
	follower, err := store.Follow(ctx, admin, session.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	defer follower.Close()

	app := &App{Store: store, streaming: ctx}
	began := time.Now()
	never := func(after time.Duration, follows bool) int64 {
		t.Helper()
		list, err := app.presets(ctx, url.Values{}, templates.When{Zone: time.UTC, Now: began.Add(after)}, follows)
		if err != nil {
			t.Fatal(err)
		}
		return list[1].Count
	}
	signUp := func(name string) {
		t.Helper()
		if _, err := conn.Exec(ctx, `insert into users (username, name, email) values ($1::text, 'New', $1::text || '@x')`, name); err != nil {
			t.Fatal(err)
		}
	}
	if n := never(0, false); n != 1 {
		t.Fatalf("%d at first", n)
	}
	signUp("new")
	if n := never(30*time.Second, false); n != 1 {
		t.Errorf("within a minute %d, counted anew", n)
	}
	if n := never(30*time.Second, true); n != 2 {
		t.Errorf("%d on a page that looks again", n)
	}
	// Who comes later is given the old counts at once, and told when there are others.
	signUp("newer")
	if n := never(2*time.Minute, false); n != 2 {
		t.Errorf("%d are waited for", n)
	}
	for told := false; !told; {
		news, err := follower.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		told = slices.ContainsFunc(news.Events, func(event models.Event) bool { return event.Kind == "counts" })
	}
	if n := never(2*time.Minute+2*time.Second, true); n != 3 {
		t.Errorf("%d in the end", n)
	}
}
