package models_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// onTime lets the programs publish on time until the test ends, or the function returned is called.
func onTime(t testing.TB, stores ...*models.Store) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var programs sync.WaitGroup
	for _, store := range stores {
		programs.Go(func() { store.PublishOnTime(ctx) })
	}
	stop = func() { cancel(); programs.Wait() }
	t.Cleanup(stop)
	return stop
}

// scheduled makes a post that appears after so long.
func scheduled(t testing.TB, store *models.Store, by *models.User, pause time.Duration) *models.Post {
	return modelstest.Post(t, store, by, func(p *models.Post) {
		p.PublishAt = new(time.Now().Add(pause).Truncate(time.Microsecond))
	})
}

func TestAScheduledPostAppearsByItselfAtItsMomentForEveryProgram(t *testing.T) {
	address := modelstest.URL(t)
	here, there := modelstest.Open(t, address), modelstest.Open(t, address)
	listening(t, here, there)
	onTime(t, here, there)
	ctx := modelstest.Context(t)
	ann, ben := modelstest.User(t, here), modelstest.User(t, here)
	follower := follows(t, there, ben, "")
	post := scheduled(t, here, ann, 700*time.Millisecond)
	seen := func(store *models.Store) bool {
		posts, _, err := store.Posts(ctx, nil, models.PostList{Limit: 10})
		return err == nil && len(posts) == 1
	}
	for _, store := range []*models.Store{here, there} {
		stats, err := store.SiteStats(ctx)
		if err != nil || seen(store) || stats.Posts != 0 || stats.Scheduled != 1 || stats.AllPosts() != 1 {
			t.Errorf("before: %+v, %v", stats, err)
		}
		if _, err := store.PostPage(ctx, ben, post.ID); err == nil {
			t.Error("before, the page is there")
		}
	}
	before, _ := there.Generation()
	soon(t, 20*time.Second, "the post appears", func() bool { return seen(there) })
	if early := time.Until(*post.PublishAt); early > 0 {
		t.Errorf("%v too early", early)
	}
	soon(t, usualDelay, "kept pages of the other program end", func() bool { now, _ := there.Generation(); return now != before })
	for told := false; !told; {
		news, err := follower.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range news.Events {
			told = told || event.Kind == "post" && event.Ref == post.ID
		}
	}
	for _, store := range []*models.Store{here, there} {
		page, err := store.PostPage(ctx, nil, post.ID)
		if err != nil || !page.Post.PublishedAt.Equal(*post.PublishAt) || page.Post.PublishAt != nil || page.Post.UpdatedAt.Equal(post.UpdatedAt) {
			t.Errorf("%+v, %v", page, err)
		}
	}
	author, err := here.ReadUser(ctx, nil, ann.ID)
	if err != nil || author.PostCount != 1 || !author.LastPostAt.Equal(*post.PublishAt) {
		t.Errorf("%+v, %v", author, err)
	}
	lines := ask[int](t, modelstest.SQL(t, address), `select count(*) from audit where kind = 'post.publish' and target_id = $1`, post.ID)
	if lines != 1 {
		t.Errorf("%d lines in the log", lines)
	}
	checked(t, here)
}

func TestProgramsThatPublishAtTheSameMomentPublishEachPostOnce(t *testing.T) {
	address := modelstest.URL(t)
	conn := modelstest.SQL(t, address)
	here, there := modelstest.Open(t, address), modelstest.Open(t, address)
	ann, ben := modelstest.User(t, here), modelstest.User(t, here)
	at := time.Now().Add(time.Second)
	for i := range 40 {
		modelstest.Post(t, here, []*models.User{ann, ben}[i%2], func(p *models.Post) { p.PublishAt = &at })
	}
	onTime(t, here, there)
	soon(t, 20*time.Second, "all appear", func() bool { return ask[int](t, conn, `select count(*) from posts where status = 'published'`) == 40 })
	if lines := ask[int](t, conn, `select count(*) from audit where kind = 'post.publish'`); lines != 40 {
		t.Errorf("%d lines in the log of 40 posts", lines)
	}
	if deadlocks := ask[int](t, conn, `select deadlocks from pg_stat_database where datname = current_database()`); deadlocks > 0 {
		t.Errorf("%d deadlocks", deadlocks)
	}
	checked(t, here)
}

func TestWhatCameDueWhileNoProgramRanAppearsWithItsOwnMoment(t *testing.T) {
	store := modelstest.Store(t)
	ann := modelstest.User(t, store)
	post := scheduled(t, store, ann, 100*time.Millisecond)
	time.Sleep(time.Until(*post.PublishAt) + 200*time.Millisecond)
	if _, err := store.PostPage(modelstest.Context(t), nil, post.ID); err == nil {
		t.Fatal("it is there already")
	}
	// Saved meanwhile, it is published of its own moment as well.
	title := "Another title"
	other := scheduled(t, store, ann, 50*time.Millisecond)
	time.Sleep(100 * time.Millisecond)
	if changed, err := store.UpdatePost(modelstest.Context(t), ann, other.ID, models.PostChange{Title: &title}); err != nil || !changed.IsPublished() || !changed.PublishedAt.Equal(*other.PublishAt) {
		t.Errorf("%+v, %v", changed, err)
	}
	onTime(t, store)
	soon(t, 20*time.Second, "it appears", func() bool {
		page, err := store.PostPage(modelstest.Context(t), nil, post.ID)
		return err == nil && page.Post.PublishedAt.Equal(*post.PublishAt)
	})
	checked(t, store)
}

func TestAPostMovedEarlierOrCancelledKeepsToThat(t *testing.T) {
	store := modelstest.Store(t)
	listening(t, store)
	onTime(t, store)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	soonOut, cancelled, later := scheduled(t, store, ann, time.Hour), scheduled(t, store, ann, 400*time.Millisecond), scheduled(t, store, ann, 400*time.Millisecond)
	draft, early, hour := models.StatusDraft, time.Now().Add(500*time.Millisecond), time.Now().Add(time.Hour)
	for id, change := range map[int64]models.PostChange{soonOut.ID: {PublishAt: &early}, cancelled.ID: {Status: &draft}, later.ID: {PublishAt: &hour}} {
		if _, err := store.UpdatePost(ctx, ann, id, change); err != nil {
			t.Fatal(err)
		}
	}
	soon(t, 20*time.Second, "the one moved earlier appears", func() bool { _, err := store.PostPage(ctx, nil, soonOut.ID); return err == nil })
	for _, id := range []int64{cancelled.ID, later.ID} {
		if _, err := store.PostPage(ctx, nil, id); err == nil {
			t.Errorf("post %d appeared", id)
		}
	}
	checked(t, store)
}

func TestScheduledPostsOfWhoMayNotWriteWait(t *testing.T) {
	store, conn := behind(t)
	ann, ben := modelstest.User(t, store), modelstest.User(t, store)
	waits, appears := scheduled(t, store, ann, 300*time.Millisecond), scheduled(t, store, ben, 300*time.Millisecond)
	run(t, conn, `update users set suspended_until = now() + interval '1 hour' where id = $1`, ann.ID)
	onTime(t, store)
	ctx := modelstest.Context(t)
	soon(t, 20*time.Second, "the other appears", func() bool { _, err := store.PostPage(ctx, nil, appears.ID); return err == nil })
	if _, err := store.PostPage(ctx, nil, waits.ID); err == nil {
		t.Error("a suspended author's post appeared")
	}
}

func TestActsOnAScheduledPostAreTakenBackWithItsMoment(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann, admin := modelstest.User(t, store), modelstest.Admin(t, store)
	post := modelstest.Post(t, store, ann, func(p *models.Post) {
		p.PublishAt, p.Visibility, p.Lang = new(time.Now().Add(time.Hour).Truncate(time.Microsecond)), models.VisibilityMembers, "de"
	})
	draft, public, lang, hour := models.StatusDraft, models.VisibilityPublic, "fr", time.Now().Add(2*time.Hour)
	for what, change := range map[string]models.PostChange{"cancelled": {Status: &draft}, "moved": {PublishAt: &hour}, "opened": {Visibility: &public}, "in French": {Lang: &lang}} {
		changed, err := store.UpdatePost(ctx, admin, post.ID, change)
		if err != nil || changed.Receipt == 0 {
			t.Fatal(what, changed, err)
		}
		if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: changed.Receipt}); err != nil {
			t.Fatal(what, err)
		}
		if p, err := store.ReadPost(ctx, ann, post.ID); err != nil || p.Status != models.StatusScheduled || !p.PublishAt.Equal(*post.PublishAt) || p.Visibility != models.VisibilityMembers || p.Lang != "de" {
			t.Errorf("%s and taken back: %+v, %v", what, p, err)
		}
	}
	gone, err := store.DeletePost(ctx, admin, post.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: gone.Receipt}); err != nil {
		t.Fatal(err)
	}
	if p, err := store.ReadPost(ctx, ann, post.ID); err != nil || p.Status != models.StatusScheduled || !p.PublishAt.Equal(*post.PublishAt) {
		t.Errorf("deleted and brought back: %+v, %v", p, err)
	}
	checked(t, store)
}
