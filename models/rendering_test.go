package models_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestPostsAndCommentsOfAnOlderRendererAreRenderedAnewAndNothingElseOfThemChanges(t *testing.T) {
	address := modelstest.URL(t)
	store, conn := modelstest.Open(t, address), modelstest.SQL(t, address)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	var want []*models.Post
	var comments []*models.Comment
	for i := range 120 {
		want = append(want, modelstest.Post(t, store, ann, func(p *models.Post) {
			p.Title, p.Content = fmt.Sprint("Post ", i), fmt.Sprintf("## Head %d\n\n```go\nfunc a() {}\n```\n\n[^1]\n\n[^1]: A note.", i)
		}))
	}
	run(t, conn, `update posts set content_html = '<p>old</p>', headings = '[]', excerpt = '', words = 0 where id % 2 = 0`)
	run(t, conn, `update posts set content = 'changed meanwhile by hand', content_html = 'x' where id = $1`, want[3].ID)
	run(t, conn, `update renderings set last_id = $1, ended_at = null`, want[9].ID) // as after a restart in the middle
	for i := range 55 {
		c := modelstest.Comment(t, store, ann, want[0], fmt.Sprintf("Mine took *%d* days.", i))
		comments = append(comments, c)
	}
	run(t, conn, `update comments set content_html = '<p>old</p>'`)
	run(t, conn, `update renderings set last_comment_id = $1`, comments[2].ID)
	run(t, conn, `delete from post_changes`)
	before := ask[string](t, conn, `select md5(string_agg(concat_ws(' ', id, title, content, status, revision, updated_at, published_at), ',' order by id)) from posts`)
	talk := ask[string](t, conn, `select md5(string_agg((to_jsonb(c) - 'content_html')::text, ',' order by id)) from comments c`)
	events := ask[int64](t, conn, `select count(*) from events where kind in ('post', 'comment', 'notice')`)
	run(t, conn, `listen postroom`)

	if err := store.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	for ask[bool](t, conn, `select exists (select from renderings where ended_at is null)`) {
		if ctx.Err() != nil {
			t.Fatal("it does not end")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := ask[int64](t, conn, `select count(*) from posts where content_html = '<p>old</p>' and id > $1`, want[9].ID); n > 0 {
		t.Errorf("%d posts are as the old renderer left them", n)
	}
	if n := ask[int64](t, conn, `select count(*) from posts where content_html = '<p>old</p>'`); n != 4 {
		t.Errorf("%d posts before the place where it went on are as they were, not 4", n)
	}
	var made models.Post
	if err := conn.QueryRow(ctx, `select content_html, excerpt, words, headings from posts where id = $1`, want[99].ID).Scan(&made.ContentHTML, &made.Excerpt, &made.Words, &made.Headings); err != nil {
		t.Fatal(err)
	}
	if made.ContentHTML != want[99].ContentHTML || made.Excerpt != want[99].Excerpt || made.Words != want[99].Words || len(made.Headings) != 1 || made.Headings[0] != want[99].Headings[0] {
		t.Errorf("a post is rendered anew as %+v", made)
	}
	if after := ask[string](t, conn, `select md5(string_agg(concat_ws(' ', id, title, content, status, revision, updated_at, published_at), ',' order by id)) from posts`); after != before {
		t.Error("more than the rendering has changed")
	}
	if got := ask[string](t, conn, `select string_agg(content_html, '' order by id) from comments where content_html <> '<p>old</p>'`); got != commentsHTML(comments[3:]) {
		t.Errorf("the comments are rendered anew as %s", got)
	}
	if after := ask[string](t, conn, `select md5(string_agg((to_jsonb(c) - 'content_html')::text, ',' order by id)) from comments c`); after != talk {
		t.Error("more than the rendering of comments has changed")
	}
	if n := ask[int64](t, conn, `select count(*) from events where kind in ('post', 'comment', 'notice')`); n != events {
		t.Errorf("%d events were told", n-events)
	}
	if n := ask[int64](t, conn, `select count(*) from post_changes`); n != 0 {
		t.Errorf("%d posts are noted as changed", n)
	}
	run(t, conn, `notify postroom, 'the end'`)
	for {
		heard, err := conn.WaitForNotification(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if heard.Payload == "the end" {
			break
		}
		if heard.Payload == "posts" || heard.Payload == "comments" {
			t.Error("the kept pages were ended")
		}
	}
}

func commentsHTML(comments []*models.Comment) (html string) {
	for _, c := range comments {
		html += c.ContentHTML
	}
	return html
}

func TestANewDatabaseHasNothingToRenderAnew(t *testing.T) {
	conn := modelstest.SQL(t, modelstest.URL(t))
	if !ask[bool](t, conn, `select exists (select from renderings where ended_at is not null)`) {
		t.Error("there is something")
	}
}

// What Render and RenderComment make of this text says whether it has changed: then renderingVersion counts up, and so does what is written here.
func TestAChangedRenderingHasANewNumber(t *testing.T) {
	const text = "---\ntitle: x\n---\n# A [b](/users) *c*\n\n## D\n\n```go\nfunc a() { return 1 } // b\n```\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n\n" +
		"- [x] e\n- f\n\n> g ~~h~~ https://example.com ![i](https://example.com/j.png)\n\n[^1] [k](#d) <script>l</script> <b>m</b>\n\n[^1]: n\n"
	made, err := models.Render(text)
	if err != nil {
		t.Fatal(err)
	}
	comment, err := models.RenderComment(text)
	if err != nil {
		t.Fatal(err)
	}
	for want, is := range map[string]string{"862a8e13bc89": strings.Join([]string{made.HTML, made.Excerpt, fmt.Sprint(made.Words, made.Headings)}, "\n"), "34a33f36d2ae": comment} {
		if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(is)))[:12]; sum != want {
			t.Errorf("the sum is %s. Raise renderingVersion in rendering.go, and write the new sum here:\n%s", sum, is)
		}
	}
}
