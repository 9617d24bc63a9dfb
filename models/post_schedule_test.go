package models_test

import (
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestATimeOfDayIsMeantInTheZoneOfTheAuthor(t *testing.T) {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	lordHowe, _ := time.LoadLocation("Australia/Lord_Howe")
	apia, _ := time.LoadLocation("Pacific/Apia")
	second := time.Date(2026, 10, 25, 1, 30, 7, 0, time.UTC) // 02:30 for the second time
	for _, one := range []struct {
		zone        *time.Location
		typed, want string // empty: refused
		kept        *time.Time
	}{
		{berlin, "2026-03-28T02:30", "2026-03-28T01:30:00Z", nil},
		{berlin, "2026-03-29T01:59", "2026-03-29T00:59:00Z", nil},
		{berlin, "2026-03-29T02:00", "", nil}, // the clocks go from 02:00 to 03:00
		{berlin, "2026-03-29T02:30", "", nil},
		{berlin, "2026-03-29T03:00", "2026-03-29T01:00:00Z", nil},
		{berlin, "2026-10-25T02:30", "2026-10-25T00:30:00Z", nil}, // comes twice: the first
		{berlin, "2026-10-25T02:30", "2026-10-25T01:30:07Z", &second},
		{berlin, "2026-10-25T02:31", "2026-10-25T00:31:00Z", &second},
		{berlin, "2026-10-25T03:00", "2026-10-25T02:00:00Z", nil},
		{lordHowe, "2026-10-04T02:15", "", nil}, // half an hour
		{lordHowe, "2026-04-05T01:45", "2026-04-04T14:45:00Z", nil},
		{apia, "2011-12-30T12:00", "", nil}, // a day that was left out
		{time.UTC, "2026-03-29 02:30", "2026-03-29T02:30:00Z", nil},
		{berlin, "2026-02-29T10:00", "", nil},
		{berlin, "29.3.2026", "", nil},
		{berlin, "0001-01-01T00:00", "", nil},
	} {
		at, err := models.ParseLocal("publish_at", one.typed, one.zone, one.kept)
		switch {
		case one.want == "" && fields(err)["publish_at"].Text == "":
			t.Errorf("%s in %s is read as %v, %v", one.typed, one.zone, at, err)
		case one.want != "" && (err != nil || at.UTC().Format(time.RFC3339) != one.want):
			t.Errorf("%s in %s is read as %v, %v, and not as %s", one.typed, one.zone, at, err, one.want)
		}
	}
	if at, err := models.ParseLocal("publish_at", "", berlin, nil); at != nil || err != nil {
		t.Error(at, err)
	}
}

func TestAMomentAheadMakesAPublishedPostAScheduledOne(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	ahead, past := time.Now().Add(time.Hour).Truncate(time.Microsecond), time.Now().Add(-time.Hour)
	post := modelstest.Post(t, store, ann, func(p *models.Post) { p.PublishAt = &ahead })
	if post.Status != models.StatusScheduled || post.PublishedAt != nil || !post.PublishAt.Equal(ahead) {
		t.Errorf("%+v", post)
	}
	for what, bad := range map[string]*models.Post{
		"scheduled for never": {Title: "T", Content: "c", Status: models.StatusScheduled},
		"scheduled for then":  {Title: "T", Content: "c", Status: models.StatusScheduled, PublishAt: &past},
		"published then":      {Title: "T", Content: "c", Status: models.StatusPublished, PublishAt: &past},
	} {
		if err := store.CreatePost(ctx, ann, bad); fields(err)["publish_at"].Text == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := store.CreatePost(ctx, ann, &models.Post{Title: "T", Status: models.StatusScheduled, PublishAt: &ahead}); fields(err)["content"].Text == "" {
		t.Error("without words:", err)
	}
	change := func(c models.PostChange) *models.Post {
		t.Helper()
		changed, err := store.UpdatePost(ctx, ann, post.ID, c)
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	draft, published, none, later := models.StatusDraft, models.StatusPublished, time.Time{}, ahead.Add(time.Hour)
	if p := change(models.PostChange{PublishAt: &later}); p.Status != models.StatusScheduled || !p.PublishAt.Equal(later) {
		t.Errorf("rescheduled: %+v", p)
	}
	if p := change(models.PostChange{Status: &draft}); p.Status != models.StatusDraft || p.PublishedAt != nil || !p.PublishAt.Equal(later) {
		t.Errorf("cancelled: %+v", p)
	}
	if p := change(models.PostChange{Status: &published}); p.Status != models.StatusScheduled {
		t.Errorf("published with the moment kept: %+v", p)
	}
	if _, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{PublishAt: &past}); fields(err)["publish_at"].Text == "" {
		t.Error("moved into the past:", err)
	}
	scheduled := models.StatusScheduled
	if _, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{PublishAt: &none, Status: &scheduled}); fields(err)["publish_at"].Text == "" {
		t.Error("without a moment:", err)
	}
	if p := change(models.PostChange{Status: &published, PublishAt: &none}); !p.IsPublished() || p.PublishAt != nil || time.Since(*p.PublishedAt) > time.Minute {
		t.Errorf("published at once: %+v", p)
	}
	if p := change(models.PostChange{PublishAt: &later}); p.Status != models.StatusScheduled {
		t.Errorf("taken down until then: %+v", p)
	}
	checked(t, store)
}

// checked recounts every figure.
func checked(t testing.TB, store *models.Store) {
	t.Helper()
	if off, err := store.Check(modelstest.Context(t)); err != nil || len(off) > 0 {
		t.Error(off, err)
	}
}
