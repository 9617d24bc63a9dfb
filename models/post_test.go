package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAPostSaysWhatIsWrongWithIt(t *testing.T) {
	for _, try := range []struct {
		post   models.Post
		fields string
	}{
		{models.Post{Title: "T", Content: "c", Status: "published"}, ""},
		{models.Post{Title: "T", Status: "draft"}, ""},
		{models.Post{Title: strings.Repeat("ё", 100), Content: "😀", Status: "published"}, ""},
		{models.Post{Title: "T", Content: strings.Repeat("c", models.MaxContent), Status: "draft", Tags: strings.Split("1 2 3 4 5 6 7 8 9 10", " ")}, ""},
		{models.Post{}, "status title"},
		{models.Post{Title: " \n\t", Content: " \n", Status: "published"}, "content title"},
		{models.Post{Title: "\u200b\u2060", Content: "\u200b", Status: "published"}, "content title"},
		{models.Post{Title: strings.Repeat("t", 101), Content: strings.Repeat("c", models.MaxContent+1), Status: "gone"}, "content status title"},
		{models.Post{Title: "a\x00b", Content: "a\x00b", Status: "draft", Tags: []string{"a\x00b"}}, "content tags title"},
		{models.Post{Title: "a\xffb", Content: "a\xffb", Status: "draft", Tags: []string{"a\xff"}}, "content title"},
		{models.Post{Title: "a\u202eb", Content: "c", Status: "draft"}, "title"},
		{models.Post{Title: "T", Content: "c", Status: "draft", Tags: strings.Split("1 2 3 4 5 6 7 8 9 10 11", " ")}, "tags"},
		{models.Post{Title: "T", Content: "c", Status: "draft", Tags: []string{strings.Repeat("ж", 41)}}, "tags"},
	} {
		err := try.post.Validate()
		var said []string
		for field := range fields(err) {
			said = append(said, field)
		}
		slices.Sort(said)
		if got := strings.Join(said, " "); got != try.fields {
			t.Errorf("%.40q %.20q %s: %q, want %q", try.post.Title, try.post.Content, try.post.Status, got, try.fields)
		}
	}
}

func TestTagsAreTidied(t *testing.T) {
	for typed, want := range map[string]string{
		"Bread, bread ,  #SALT,, ##x": "bread, salt, x", "": "", " , #, \u200b": "", "two  words": "two words", "Ёлка,ёлка": "ёлка", "a/b?c#d": "a/b?c#d", "e\u0301,\u00c9": "\u00e9", ".,..,...": "...", "a\u200eb,ab,\u200f#ab": "ab",
	} {
		if got := (&models.Post{Tags: models.ParseTags(typed)}).TagList(); got != want {
			t.Errorf("%q makes %q, want %q", typed, got, want)
		}
	}
	post := models.Post{Title: "T", Status: "draft", Tags: []string{"a,b", "B"}} // as a program may send them
	if err := post.Validate(); err != nil || len(post.Tags) != 2 {
		t.Errorf("%q, %v", post.Tags, err)
	}
	many := make([]string, 300_000)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	began := time.Now()
	if tags := models.ParseTags(strings.Join(many, ",")); len(tags) < 11 || time.Since(began) > 5*time.Second {
		t.Errorf("%d tags of 300,000 after %v", len(tags), time.Since(began))
	}
}

func TestAnAddressHasTheTitleInAnyScript(t *testing.T) {
	for title, want := range map[string]string{
		"Hello, World!": "7-hello-world", "  Ёлка & дом  ": "7-ёлка-дом", "日本語 タイトル": "7-日本語-タイトル", "मराठी भाषा": "7-मराठी-भाषा", "???": "7", "😀": "7",
		"C++ / C#": "7-c-c", "100%": "7-100", "İstanbul": "7-istanbul", "a\u202eb": "7-a-b", "../../etc": "7-etc", "--x--": "7-x", "née": "7-née",
	} {
		if got := (&models.Post{ID: 7, Title: title}).Ref(); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
	if long := models.Slug(strings.Repeat("слово ", 100)); len(long) > 90 || strings.HasSuffix(long, "-") {
		t.Errorf("%q is %d bytes", long, len(long))
	}
}

func TestOnlyOwnerEditorAndAdminChangeAPostAndSeeADraft(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann, bob, admin := modelstest.User(t, store), modelstest.User(t, store), modelstest.Admin(t, store)
	editor := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	title := "Changed"
	for _, status := range []string{models.StatusDraft, models.StatusPublished} {
		for name, by := range map[string]*models.User{"owner": ann, "editor": editor, "admin": admin, "stranger": bob, "visitor": nil} {
			post := modelstest.Post(t, store, ann, func(p *models.Post) { p.Status = status })
			_, read := store.ReadPost(ctx, by, post.ID)
			_, page := store.PostPage(ctx, by, post.ID)
			_, edit := store.EditablePost(ctx, by, post.ID)
			_, change := store.UpdatePost(ctx, by, post.ID, models.PostChange{Title: &title})
			_, remove := store.DeletePost(ctx, by, post.ID)
			may := by.CanEdit(post)
			if may != (name == "owner" || name == "editor" || name == "admin") {
				t.Errorf("%s: %v", name, may)
			}
			wantRead, wantChange := error(nil), error(nil)
			if !may {
				wantChange = models.ErrForbidden
				if status == models.StatusDraft {
					wantRead, wantChange = models.ErrNotFound, models.ErrNotFound // it does not exist
				}
			}
			if !errors.Is(read, wantRead) || !errors.Is(page, wantRead) || !errors.Is(edit, wantChange) || !errors.Is(change, wantChange) || !errors.Is(remove, wantChange) {
				t.Errorf("%s, %s: read %v, page %v, edit %v, change %v, remove %v", status, name, read, page, edit, change, remove)
			}
		}
	}
	if err := store.CreatePost(ctx, nil, &models.Post{Title: "T", Content: "c", Status: models.StatusDraft}); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("a visitor writes: %v", err)
	}
	// The author is whoever writes, whatever the post says.
	post := modelstest.Post(t, store, ann, func(p *models.Post) { p.UserID, p.User, p.ID = bob.ID, bob, 99999 })
	if post.UserID != ann.ID || post.ID == 99999 {
		t.Errorf("%+v", post)
	}
}

func TestADateOfPublicationIsKept(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	draft, published := models.StatusDraft, models.StatusPublished
	post := modelstest.Post(t, store, ann, func(p *models.Post) { p.Status = draft })
	if post.PublishedAt != nil {
		t.Error("a draft has a date")
	}
	first, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{Status: &published})
	if err != nil || first.PublishedAt == nil {
		t.Fatal(first, err)
	}
	at := first.PublishedAt.UnixMicro()
	for _, status := range []*string{&draft, &published, nil} {
		title := "Title " + first.Ref()
		again, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{Status: status, Title: &title})
		if err != nil || again.PublishedAt.UnixMicro() != at || !again.UpdatedAt.After(first.UpdatedAt) {
			t.Errorf("%v: %v, %v", status, again, err)
		}
		kept, err := store.ReadPost(ctx, ann, post.ID)
		if err != nil || kept.PublishedAt.UnixMicro() != at || kept.Version() != again.Version() || kept.Content != "Some words." {
			t.Errorf("%+v, %v", kept, err)
		}
	}
	empty, deep := "", strings.Repeat("<div>", 600)
	for field, change := range map[string]models.PostChange{"title": {Title: &empty}, "content": {Content: &deep}, "status": {Status: &empty}} {
		if _, err := store.UpdatePost(ctx, ann, post.ID, change); fields(err)[field].Text == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestPagesOfPostsStayRightWhilePostsComeAndGo(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	makeUsers(t, conn, 3)
	// Many of one moment, and some before 1970.
	run(t, conn, `insert into posts (user_id, title, content, status, published_at)
		select 1 + i % 3, 'T' || i, 'c', 'published', timestamptz '1971-01-01' - (i / 7) * interval '30 days' from generate_series(0, 99) i`)
	seen := map[int64]bool{}
	list := models.PostList{Limit: 10}
	var order []string
	for page := 0; ; page++ {
		posts, more, err := store.Posts(ctx, nil, list)
		if err != nil {
			t.Fatal(err)
		}
		for _, post := range posts {
			if seen[post.ID] {
				t.Errorf("post %d comes twice", post.ID)
			}
			seen[post.ID] = true
			order = append(order, fmt.Sprintf("%020d %08d", post.PublishedAt.UnixMicro()+1e17, post.ID))
		}
		if !more {
			break
		}
		key := posts[len(posts)-1].Key().String()
		if list.After, err = models.ParsePostKey(key); err != nil || list.After.String() != key {
			t.Fatal(key, err)
		}
		// Something new comes on top, and what the place was taken from goes.
		run(t, conn, `insert into posts (user_id, title, content, status, published_at) values (1, 'new', 'c', 'published', now())`)
		run(t, conn, `delete from posts where id = $1`, posts[len(posts)-1].ID)
	}
	if len(seen) != 100 || !slices.IsSortedFunc(order, func(a, b string) int { return -strings.Compare(a, b) }) {
		t.Errorf("%d posts of 100 are seen, in this order: %v", len(seen), order[:5])
	}
	for _, key := range []string{"x", "1", "1-", "-1", "1-x", "1-0", "1--1", "x-1", "9999999999999999999-1", "253402300800000000-1", "1-1-1-1", "-", "0x1-1", "1-99999999999999999999", "\x00"} {
		if place, err := models.ParsePostKey(key); fields(err)["after"].Text == "" {
			t.Errorf("%q is read as %v", key, place)
		}
	}
}

func TestPreviousAndNextAreThoseOfTheAuthor(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	makeUsers(t, conn, 2)
	run(t, conn, `insert into posts (user_id, title, content, status, published_at) select 1 + i % 2, 'T' || i, 'c', 'published', timestamptz '2026-01-01' + (i / 4) * interval '1 day' from generate_series(0, 7) i`)
	run(t, conn, `insert into posts (user_id, title, content, status, published_at) values (1, 'Draft', 'c', 'draft', '2026-01-01 12:00')`)
	for id, want := range map[int64]string{1: "- T2", 3: "T0 T4", 5: "T2 T6", 7: "T4 -", 2: "- T3", 8: "T5 -"} {
		page, err := store.PostPage(ctx, nil, id)
		if err != nil {
			t.Fatal(err)
		}
		title := func(p *models.Post) string {
			if p == nil {
				return "-"
			}
			return p.Title
		}
		if got := title(page.Earlier) + " " + title(page.Later); got != want {
			t.Errorf("post %d stands between %s, want %s", id, got, want)
		}
	}
}
