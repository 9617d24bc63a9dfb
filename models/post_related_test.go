package models_test

import (
	"slices"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func titles(posts []*models.Post) (titles []string) {
	for _, p := range posts {
		titles = append(titles, p.Title)
	}
	return titles
}

func TestRelatedPostsShareTheMostAndTheRarestTags(t *testing.T) {
	address := modelstest.URL(t)
	store, conn := modelstest.Open(t, address), modelstest.SQL(t, address)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	post := func(title string, tags ...string) *models.Post {
		return modelstest.Post(t, store, ann, func(p *models.Post) { p.Title, p.Tags = title, tags })
	}
	related := func(by *models.User, of *models.Post, want ...string) {
		t.Helper()
		found, err := store.Related(ctx, by, of)
		if err != nil {
			t.Fatal(err)
		}
		if got := titles(found); !slices.Equal(got, want) {
			t.Errorf("related for %v: %q, not %q", by != nil, got, want)
		}
	}
	rare := post("Shares the rare one", "rare")
	both := post("Shares both", "rare", "common")
	for range 30 {
		post("Shares the common one", "common")
	}
	post("Shares nothing", "other")
	one := post("One", "rare", "common")
	if _, err := conn.Exec(ctx, "select fold_tags(1000, '1s')"); err != nil {
		t.Fatal(err)
	}
	related(nil, one, "Shares both", "Shares the rare one", "Shares the common one", "Shares the common one")
	related(ann, one, "Shares both", "Shares the rare one", "Shares the common one", "Shares the common one")
	related(nil, post("No tags"))

	// What is listed for this reader alone, and at once, whoever changes it.
	store.Listen()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, heard := store.Generation(); heard {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it does not listen")
		}
	}
	soon := func(by *models.User, want ...string) {
		t.Helper()
		for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			found, err := store.Related(ctx, by, one)
			if err != nil {
				t.Fatal(err)
			}
			if got := titles(found)[:2]; slices.Equal(got, want) {
				break
			} else if time.Now().After(end) {
				t.Fatalf("related for %v: %q, not %q", by != nil, got, want)
			}
		}
	}
	soon(nil, "Shares both", "Shares the rare one")
	run(t, conn, "update posts set visibility = 'members' where id = $1", both.ID)
	soon(nil, "Shares the rare one", "Shares the common one")
	soon(ann, "Shares both", "Shares the rare one")
	run(t, conn, "update posts set visibility = 'unlisted' where id = $1", both.ID)
	soon(ann, "Shares the rare one", "Shares the common one")
	run(t, conn, "update posts set status = 'draft' where id = $1", rare.ID)
	soon(ann, "Shares the common one", "Shares the common one")
	run(t, conn, "update posts set visibility = 'public' where id = $1", both.ID)
	soon(nil, "Shares both", "Shares the common one")
}
