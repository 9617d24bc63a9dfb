package models_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestEveryTypeComesBackAsItWent(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	age := 150
	metadata := models.Metadata{"text": "é \" ' \\ \n 😀 </script> \u2028", "number": 1.5, "whole": 7, "yes": true, "none": nil, "list": []any{"a", 1, []any{}}, "object": map[string]any{"a": map[string]any{}}}
	admin := modelstest.Admin(t, store)
	user := modelstest.User(t, store, func(in *models.NewUser) {
		in.Username, in.Name, in.Email, in.Age, in.About, in.Metadata = "Types", "Žluťoučký 😀", "types@example.com", &age, "two\nlines\t'\\ %s ?", metadata
		in.TimeZone, in.Language, in.Role = "Europe/Paris", "pt-BR", models.RoleEditor
	})
	run(t, conn, `update users set id = $1, is_active = false where id = $2`, int64(math.MaxInt64), user.ID)
	modelstest.Credits(t, conn, "9999999999.99", "id = $1", int64(math.MaxInt64))
	read, err := store.User(ctx, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	if read.ID != math.MaxInt64 || read.Name != "Žluťoučký 😀" || *read.Age != 150 || read.IsActive || read.About != "two\nlines\t'\\ %s ?" || read.TimeZone != "Europe/Paris" || read.Language != "pt-BR" || read.Role != models.RoleEditor {
		t.Errorf("%+v", read)
	}
	if !read.Credits.Equal(decimal.RequireFromString("9999999999.99")) || read.Credits.StringFixed(2) != "9999999999.99" {
		t.Errorf("credits %s", read.Credits)
	}
	if fmt.Sprint(read.Metadata) != fmt.Sprint(metadata) {
		t.Errorf("metadata %v, want %v", read.Metadata, metadata)
	}
	// The same through the other ways that read users.
	seen, err := store.ReadUser(ctx, admin, math.MaxInt64)
	if err != nil || !reflect.DeepEqual(seen.Metadata, read.Metadata) || !seen.Credits.Equal(read.Credits) || *seen.Age != 150 || seen.IsActive {
		t.Errorf("%+v, %v", seen, err)
	}
	hidden, err := store.ReadUser(ctx, nil, math.MaxInt64)
	if err != nil || hidden.Email != "" || hidden.Age != nil || hidden.Metadata != nil || hidden.Role != "" || !hidden.Credits.IsZero() || hidden.Name != read.Name {
		t.Errorf("a visitor sees %+v, %v", hidden, err)
	}

	none := 0
	if read, err = store.UpdateUser(ctx, admin, math.MaxInt64, models.UserChange{Age: &none, Metadata: models.Metadata{}}); err != nil || read.Age != nil || len(read.Metadata) != 0 || read.Credits.StringFixed(2) != "9999999999.99" {
		t.Errorf("%+v, %v", read, err)
	}
	if kind := ask[string](t, conn, `select jsonb_typeof(metadata) from users where id = $1`, int64(math.MaxInt64)); kind != "object" {
		t.Errorf("empty metadata is a JSON %s", kind)
	}
	if one, err := store.ReadUser(ctx, nil, math.MinInt64); err == nil {
		t.Errorf("%+v", one)
	}
}

func TestAPostComesBackAsItWent(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	tags := []string{`a"b`, `c\d`, "{e}", "f,g", "null", " ", "ё 😀", "'"}
	content := "# One\r\n\r\ntext 'quoted' \\ \t ? $1 %s\r\n\n## Two\n\n" + strings.Repeat("ж", 5000)
	post := modelstest.Post(t, store, ann, func(p *models.Post) { p.Content, p.Tags = content, tags })
	want := []string{`a"b`, `c\d`, "{e}", "f", "g", "null", "ё 😀", "'"} // a comma parts two tags
	read, err := store.EditablePost(ctx, ann, post.ID)
	if err != nil || !reflect.DeepEqual([]string(read.Tags), want) || read.Content != strings.ReplaceAll(content, "\r\n", "\n") {
		t.Fatalf("%q, %v", read.Tags, err)
	}
	page, err := store.PostPage(ctx, nil, post.ID)
	if err != nil || !reflect.DeepEqual([]string(page.Post.Tags), want) || len(page.Post.Headings) != 2 || page.Post.Headings[1] != (models.Heading{ID: "post-two", Text: "Two", Level: 3}) {
		t.Errorf("%+v, %v", page.Post.Headings, err)
	}
	if !read.CreatedAt.Equal(page.Post.CreatedAt) || !read.PublishedAt.Equal(*page.Post.PublishedAt) || read.PublishedAt.UnixMicro() != post.PublishedAt.UnixMicro() || time.Since(read.CreatedAt) > time.Minute {
		t.Errorf("moments %v, %v", read.CreatedAt, read.PublishedAt)
	}
	if read.Words != page.Post.Words || read.Excerpt == "" || read.ContentHTML != page.Post.ContentHTML {
		t.Errorf("%+v", read)
	}
	bare := modelstest.Post(t, store, ann, func(p *models.Post) { p.Status, p.Content = models.StatusDraft, "" })
	read, err = store.EditablePost(ctx, ann, bare.ID)
	if err != nil || read.PublishedAt != nil || len(read.Tags) != 0 || len(read.Headings) != 0 || read.Content != "" {
		t.Errorf("%+v, %v", read, err)
	}
	if got := ask[string](t, conn, `select tags::text || headings::text from posts where id = $1`, bare.ID); got != "{}[]" {
		t.Errorf("no tags and no headings are kept as %s", got)
	}
	cleared, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{Tags: []string{}})
	if err != nil || len(cleared.Tags) != 0 || ask[string](t, conn, `select tags::text from posts where id = $1`, post.ID) != "{}" {
		t.Errorf("tags are not taken away: %v", err)
	}
	// A long moment of the clock and one before 1970 come back to the microsecond.
	for _, at := range []string{"1850-06-01 00:00:00.000001+00", "9999-12-31 23:59:59.999999+00", "2026-03-29 01:59:59.999999+00"} {
		run(t, conn, `update posts set published_at = $1::timestamptz where id = $2`, at, post.ID)
		want, _ := time.Parse("2006-01-02 15:04:05.999999-07", at)
		posts, _, err := store.Posts(ctx, nil, models.PostList{Limit: 1})
		if err != nil || !posts[0].PublishedAt.Equal(want) {
			t.Errorf("%s comes back as %v, %v", at, posts, err)
		}
		if key, err := models.ParsePostKey(posts[0].Key().String()); err != nil || !key.At.Equal(want) {
			t.Errorf("%s as a place: %v, %v", at, key, err)
		}
	}
}
