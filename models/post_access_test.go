package models_test

import (
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// everyState makes a post of each state and visibility for the author, by name.
func everyState(t testing.TB, store *models.Store, author *models.User) map[string]*models.Post {
	posts := map[string]*models.Post{}
	for name, set := range map[string]func(*models.Post){
		"public":        func(p *models.Post) {},
		"members":       func(p *models.Post) { p.Visibility = models.VisibilityMembers },
		"unlisted":      func(p *models.Post) { p.Visibility = models.VisibilityUnlisted },
		"draft":         func(p *models.Post) { p.Status = models.StatusDraft },
		"members draft": func(p *models.Post) { p.Status, p.Visibility = models.StatusDraft, models.VisibilityMembers },
		"scheduled":     func(p *models.Post) { p.PublishAt = new(time.Now().Add(time.Hour)) },
		"members scheduled": func(p *models.Post) {
			p.PublishAt, p.Visibility = new(time.Now().Add(time.Hour)), models.VisibilityMembers
		},
	} {
		posts[name] = modelstest.Post(t, store, author, func(p *models.Post) { p.Title = name; set(p) })
	}
	return posts
}

func TestEveryReaderFindsThePostsThatAreForThem(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	author, member, suspended, admin := modelstest.User(t, store), modelstest.User(t, store), modelstest.User(t, store), modelstest.Admin(t, store)
	editor := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	run(t, conn, `update users set suspended_until = now() + interval '1 day' where id = $1`, suspended.ID)
	posts := everyState(t, store, author)
	all := func(string) bool { return true }
	among := func(names ...string) func(string) bool {
		return func(name string) bool {
			for _, one := range names {
				if one == name {
					return true
				}
			}
			return false
		}
	}
	for who, reader := range map[string]struct {
		by           *models.User
		reads, lists func(string) bool
	}{
		"visitor":   {nil, among("public", "unlisted"), among("public")},
		"member":    {member, among("public", "unlisted", "members"), among("public", "members")},
		"suspended": {suspended, among("public", "unlisted", "members"), among("public", "members")},
		"owner":     {author, all, among("public", "members")},
		"editor":    {editor, all, among("public", "members")},
		"admin":     {admin, all, among("public", "members")},
	} {
		listed := map[int64]bool{}
		for _, list := range []models.PostList{{Limit: 50}, {Limit: 50, UserID: author.ID}} {
			found, _, err := store.Posts(ctx, reader.by, list)
			if err != nil {
				t.Fatal(err)
			}
			clear(listed)
			for _, post := range found {
				listed[post.ID] = true
			}
			for name, post := range posts {
				if listed[post.ID] != reader.lists(name) {
					t.Errorf("%s: %s in the list %+v: %v", who, name, list, listed[post.ID])
				}
			}
		}
		for name, post := range posts {
			_, page := store.PostPage(ctx, reader.by, post.ID)
			_, read := store.ReadPost(ctx, reader.by, post.ID)
			if (page == nil) != reader.reads(name) || (read == nil) != reader.reads(name) {
				t.Errorf("%s: %s is read: %v, %v", who, name, page, read)
			}
		}
		for _, kind := range []models.PostList{{Status: models.StatusDraft}, {Status: models.StatusScheduled}, {Visibility: models.VisibilityUnlisted}} {
			kind.UserID, kind.Limit = author.ID, 50
			found, _, err := store.Posts(ctx, reader.by, kind)
			if mayEdit := reader.by.CanEdit(posts["public"]); (err == nil) != mayEdit || mayEdit && len(found) == 0 {
				t.Errorf("%s asks for %+v: %d, %v", who, kind, len(found), err)
			}
		}
	}
	stats, err := store.SiteStats(ctx)
	if err != nil || stats.Posts != 1 || stats.Members != 1 || stats.Unlisted != 1 || stats.Drafts != 2 || stats.Scheduled != 2 || stats.AllPosts() != int64(len(posts)) {
		t.Errorf("%+v, %v", stats, err)
	}
	counted, err := store.ReadUser(ctx, nil, author.ID)
	if err != nil || counted.PostCount != 1 || !counted.LastPostAt.Equal(*posts["public"].PublishedAt) {
		t.Errorf("%+v, %v", counted, err)
	}
	checked(t, store)
}

func TestFiguresFollowAPostThroughEveryState(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	post := modelstest.Post(t, store, ann)
	hour := time.Now().Add(time.Hour)
	none := time.Time{}
	draft, published := models.StatusDraft, models.StatusPublished
	for _, step := range []struct {
		change models.PostChange
		count  int
	}{
		{models.PostChange{Visibility: new(models.VisibilityMembers)}, 0},
		{models.PostChange{Visibility: new(models.VisibilityPublic)}, 1},
		{models.PostChange{Visibility: new(models.VisibilityUnlisted)}, 0},
		{models.PostChange{PublishAt: &hour}, 0},
		{models.PostChange{Status: &draft, Visibility: new(models.VisibilityPublic)}, 0},
		{models.PostChange{Status: &published, PublishAt: &none}, 1},
	} {
		if _, err := store.UpdatePost(ctx, ann, post.ID, step.change); err != nil {
			t.Fatal(err)
		}
		user, err := store.ReadUser(ctx, nil, ann.ID)
		if err != nil || user.PostCount != step.count || (user.LastPostAt != nil) != (step.count == 1) {
			t.Errorf("after %+v: %+v, %v", step.change, user, err)
		}
		checked(t, store)
	}
	// A hand in psql, COPY and TRUNCATE keep them as well.
	run(t, conn, `insert into posts (user_id, title, content, status, visibility, published_at) select $1, 'T', 'c', 'published', v, now() from unnest('{public,members,unlisted}'::text[]) v`, ann.ID)
	run(t, conn, `update posts set visibility = case visibility when 'public' then 'members' else 'public' end`)
	checked(t, store)
	run(t, conn, `truncate posts cascade`)
	if stats, err := store.SiteStats(ctx); err != nil || stats.AllPosts() != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	checked(t, store)
}

func TestOnlyAdminsHearOfPostsThatAreNotListed(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	for name, post := range everyState(t, store, ann) {
		var told *int64
		if err := conn.QueryRow(modelstest.Context(t), `select audience from events where kind = 'post' and ref = $1`, post.ID).Scan(&told); err != nil {
			t.Fatal(err)
		}
		if everyone := told == nil; everyone != (name == "public" || name == "members") {
			t.Errorf("%s: told to everyone: %v", name, everyone)
		}
	}
}

func TestPreviousAndNextAreInTheReadersList(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann, ben := modelstest.User(t, store), modelstest.User(t, store)
	first := modelstest.Post(t, store, ann)
	members := modelstest.Post(t, store, ann, func(p *models.Post) { p.Visibility = models.VisibilityMembers })
	unlisted := modelstest.Post(t, store, ann, func(p *models.Post) { p.Visibility = models.VisibilityUnlisted })
	last := modelstest.Post(t, store, ann)
	for _, one := range []struct {
		by   *models.User
		next int64
	}{{nil, last.ID}, {ben, members.ID}} {
		page, err := store.PostPage(ctx, one.by, first.ID)
		if err != nil || page.Later == nil || page.Later.ID != one.next {
			t.Errorf("%+v, %v", page, err)
		}
	}
	if page, err := store.PostPage(ctx, ben, unlisted.ID); err != nil || page.Earlier != nil || page.Later != nil {
		t.Errorf("%+v, %v", page, err)
	}
}
