package models_test

import (
	"fmt"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// A transfer says nothing in its commit, so that commits need not wait for each other: what it told is heard soon after.
func TestWhoIsThankedHearsOfItAtTheOtherProgram(t *testing.T) {
	address := modelstest.URL(t)
	here, there := modelstest.Open(t, address), modelstest.Open(t, address)
	conn := modelstest.SQL(t, address)
	ann, bob := modelstest.User(t, here), modelstest.User(t, here)
	grant(t, conn, ann, "100")
	f := follows(t, there, bob, "")
	hears(t, conn, f)
	ctx := modelstest.Context(t)
	quickest := time.Hour
	for n := range 5 {
		if _, err := here.Thank(ctx, ann, models.NewThanks{To: bob.ID, Amount: amount("1"), Key: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for heard := false; !heard; {
			news, err := f.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, event := range news.Events {
				heard = heard || event.Kind == "credits" && event.Ref == bob.ID
			}
		}
		quickest = min(quickest, time.Since(began))
	}
	if quickest > 500*time.Millisecond {
		t.Errorf("the quickest is heard after %v", quickest)
	}
}

// A program that stops has told what it did.
func TestAProgramThatStopsTellsWhatIsDue(t *testing.T) {
	address := modelstest.URL(t)
	here, there := modelstest.Open(t, address), modelstest.Open(t, address)
	conn := modelstest.SQL(t, address)
	ann, bob := modelstest.User(t, here), modelstest.User(t, here)
	grant(t, conn, ann, "100")
	f := follows(t, there, bob, "")
	hears(t, conn, f)
	ctx := modelstest.Context(t)
	if _, err := here.Thank(ctx, ann, models.NewThanks{To: bob.ID, Amount: amount("1")}); err != nil {
		t.Fatal(err)
	}
	here.Close()
	began := time.Now()
	for heard := false; !heard; {
		news, err := f.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range news.Events {
			heard = heard || event.Kind == "credits"
		}
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("heard after %v", took)
	}
}
