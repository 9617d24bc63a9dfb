package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func parts(series *models.Series) string {
	var titles []string
	for i := range series.Posts {
		titles = append(titles, series.Posts[i].Title)
	}
	return strings.Join(titles, " ")
}

func TestASeriesIsPostsInAnOrderOpenOrClosed(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann, bob := modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	editor := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	var ids []int64
	for _, title := range []string{"A", "B", "C", "D"} {
		ids = append(ids, modelstest.Post(t, store, ann, func(p *models.Post) { p.Title = title }).ID)
	}
	bobs := modelstest.Post(t, store, bob).ID
	series := &models.Series{Title: "  Rye ", Description: "Slowly"}
	if err := store.CreateSeries(ctx, ann, series, []int64{ids[1], ids[0], ids[1]}); err != nil || parts(series) != "B A" || series.Title != "Rye" {
		t.Fatal(parts(series), err)
	}
	update := func(by *models.User, change models.SeriesChange) (string, error) {
		changed, err := store.UpdateSeries(ctx, by, series.ID, change)
		if err != nil {
			return "", err
		}
		return parts(changed), nil
	}
	if got, err := update(ann, models.SeriesChange{Posts: []int64{ids[0], ids[2], ids[1]}}); got != "A C B" || err != nil {
		t.Error(got, err)
	}
	if got, err := update(editor, models.SeriesChange{Posts: []int64{ids[0], ids[1]}}); got != "A B" || err != nil {
		t.Error(got, err)
	}
	if _, err := update(bob, models.SeriesChange{Title: new("Mine")}); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	for name, wrong := range map[string]models.SeriesChange{
		"somebody else's post": {Posts: []int64{ids[0], bobs}}, "a post that is not there": {Posts: []int64{999999}}, "no title": {Title: new(" \u200b")},
		"a long title": {Title: new(strings.Repeat("x", 101))}, "a zero": {Title: new("a\x00")}, "marks of direction": {Title: new("a\u202eb")}, "a long description": {Description: new(strings.Repeat("ж", 2001))},
		"too many posts": {Posts: make501()},
	} {
		if _, err := update(ann, wrong); len(fields(err)) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A post is in one series only.
	other := &models.Series{Title: "Other"}
	if err := store.CreateSeries(ctx, ann, other, []int64{ids[0]}); !strings.Contains(fmt.Sprint(err), "“A” stands in the series “Rye”") {
		t.Error(err)
	}
	// Closed: it takes no more, and what it has can be put in another order.
	if got, err := update(ann, models.SeriesChange{IsActive: new(false), Posts: []int64{ids[1], ids[0]}}); got != "B A" || err != nil {
		t.Error(got, err)
	}
	if _, err := update(ann, models.SeriesChange{Posts: []int64{ids[1], ids[0], ids[3]}}); !strings.Contains(fmt.Sprint(err), "The series is closed") {
		t.Error(err)
	}
	if got, err := update(ann, models.SeriesChange{IsActive: new(true), Posts: []int64{ids[1], ids[0], ids[3]}}); got != "B A D" || err != nil {
		t.Error(got, err)
	}
	// Two tabs: the second is told, and overwrites nothing.
	now, err := store.Series(ctx, ann, series.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := update(ann, models.SeriesChange{Title: new("First tab"), Version: now.Version}); err != nil {
		t.Error(err)
	}
	if _, err := update(ann, models.SeriesChange{Title: new("Second tab"), Version: now.Version}); !errors.Is(err, models.ErrStaleSeries) {
		t.Error(err)
	}
	run(t, conn, `insert into suspensions (user_id, reason, until) values ($1, 'x', now() + interval '1 day')`, ann.ID)
	var suspended *models.Suspended
	if _, err := update(ann, models.SeriesChange{Title: new("No")}); !errors.As(err, &suspended) {
		t.Error(err)
	}
	if n := ask[int](t, conn, `select count(*) from audit where target_kind = 'series'`); n != 6 {
		t.Errorf("%d lines in the log", n)
	}
}

func make501() []int64 {
	ids := make([]int64, 501)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	return ids
}

func TestReadersFindOnlyThePartsTheyMayRead(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann, bob := modelstest.User(t, store), modelstest.User(t, store)
	var ids []int64
	for i, set := range []func(*models.Post){func(*models.Post) {}, func(p *models.Post) { p.Visibility = models.VisibilityMembers }, func(p *models.Post) { p.Status = models.StatusDraft },
		func(p *models.Post) { p.Visibility = models.VisibilityUnlisted }, func(*models.Post) {}} {
		ids = append(ids, modelstest.Post(t, store, ann, set, func(p *models.Post) { p.Title = fmt.Sprint(i + 1) }).ID)
	}
	series := &models.Series{Title: "S"}
	if err := store.CreateSeries(ctx, ann, series, ids); err != nil {
		t.Fatal(err)
	}
	for _, who := range []struct {
		by          *models.User
		parts, last string
	}{{nil, "1 5", "2 of 2 after 1"}, {bob, "1 2 5", "3 of 3 after 2"}, {ann, "1 2 3 4 5", "3 of 3 after 2"}} {
		found, err := store.Series(ctx, who.by, series.ID)
		if err != nil || parts(found) != who.parts {
			t.Errorf("%q, want %q, %v", parts(found), who.parts, err)
		}
		place, err := store.SeriesPlace(ctx, who.by, ids[4])
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%d of %d after %s", place.Part, place.Of, place.Earlier.Title); got != who.last || place.Later != nil {
			t.Errorf("%q, want %q", got, who.last)
		}
	}
}

func TestPlacesInASeriesComeBackWithTheirPostTheirSeriesAndTheirOwner(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	var ids []int64
	for range 3 {
		ids = append(ids, modelstest.Post(t, store, ann).ID)
	}
	series := &models.Series{Title: "S", Description: "d"}
	if err := store.CreateSeries(ctx, ann, series, ids); err != nil {
		t.Fatal(err)
	}
	said := func() string {
		return ask[string](t, conn, `select coalesce(string_agg(s.title || s.description || ' ' || k.post_id || ' ' || k.position, ',' order by k.position), '') from series s join series_posts k on k.series_id = s.id`)
	}
	want := said()
	for name, act := range map[string]func() (models.Gone, error){
		"post":   func() (models.Gone, error) { return store.DeletePost(ctx, admin, ids[1]) },
		"series": func() (models.Gone, error) { return store.DeleteSeries(ctx, ann, series.ID) },
		"owner":  func() (models.Gone, error) { return store.DeleteUser(ctx, admin, ann.ID) },
	} {
		gone, err := act()
		if err != nil || said() == want {
			t.Fatal(name, err, said())
		}
		if n := ask[int](t, conn, `select count(*) from posts`); name == "series" && n != 3 {
			t.Errorf("the series took posts along: %d are left", n)
		}
		if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: gone.Receipt}); err != nil {
			t.Fatal(name, err)
		}
		if got := said(); got != want {
			t.Errorf("%s: %q came back, want %q", name, got, want)
		}
	}
}
