package models_test

import (
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Main(m) }

func TestUserWritesAPostAndTheFiguresFollow(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	post := modelstest.Post(t, store, ann, func(p *models.Post) { p.Tags = models.ParseTags("Bread, bread, #Salt") })
	if got := post.TagList(); got != "bread, salt" {
		t.Errorf("tags are %q", got)
	}
	user, err := store.User(ctx, ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	if user.PostCount != 1 || user.LastPostAt == nil {
		t.Errorf("post_count %d, last_post_at %v", user.PostCount, user.LastPostAt)
	}
	stats, err := store.SiteStats(ctx)
	if err != nil || stats.Users != 1 || stats.Posts != 1 {
		t.Errorf("stats %+v, %v", stats, err)
	}
	page, err := store.PostPage(ctx, nil, post.ID)
	if err != nil || page.Post.Title != "A post" || page.Post.User.Username != ann.Username {
		t.Errorf("page %+v, %v", page, err)
	}
	if off, err := store.Check(ctx); err != nil || len(off) > 0 {
		t.Errorf("check: %v, %v", off, err)
	}
}
