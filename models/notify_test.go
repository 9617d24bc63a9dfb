package models_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// giver is a user with credits at one program; whom they are given to follows at another.
type giver struct {
	*models.Store
	ann, bob *models.User
	f        *models.Follower
}

func newGiver(t *testing.T) *giver {
	address := modelstest.URL(t)
	here, there := modelstest.Open(t, address), modelstest.Open(t, address)
	conn := modelstest.SQL(t, address)
	g := &giver{here, modelstest.User(t, here), modelstest.User(t, here), nil}
	grant(t, conn, g.ann, "100")
	g.f = follows(t, there, g.bob, "")
	hears(t, conn, g.f)
	return g
}

func (g *giver) give(ctx context.Context, t *testing.T, key string) {
	t.Helper()
	if _, err := g.Thank(ctx, g.ann, models.NewThanks{To: g.bob.ID, Amount: amount("1"), Key: key}); err != nil {
		t.Fatal(err)
	}
}

// hears waits until the other program has heard of it, and says how long that took.
func (g *giver) hears(ctx context.Context, t *testing.T) time.Duration {
	t.Helper()
	for began := time.Now(); ; {
		news, err := g.f.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range news.Events {
			if event.Kind == "credits" && event.Ref == g.bob.ID {
				return time.Since(began)
			}
		}
	}
}

// A transfer says nothing in its commit, so that commits need not wait for each other: what it told is heard soon after.
func TestWhoIsThankedHearsOfItAtTheOtherProgram(t *testing.T) {
	g, ctx := newGiver(t), modelstest.Context(t)
	quickest := time.Hour
	for n := range 5 {
		g.give(ctx, t, fmt.Sprint(n))
		quickest = min(quickest, g.hears(ctx, t))
	}
	if quickest > 500*time.Millisecond {
		t.Errorf("the quickest is heard after %v", quickest)
	}
}

// A program that stops has told what it did.
func TestAProgramThatStopsTellsWhatIsDue(t *testing.T) {
	g, ctx := newGiver(t), modelstest.Context(t)
	g.give(ctx, t, "")
	g.Close()
	if took := g.hears(ctx, t); took > 2*time.Second {
		t.Errorf("heard after %v", took)
	}
}
