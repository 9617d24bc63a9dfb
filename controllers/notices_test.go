package controllers_test

import (
	"fmt"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// bell is what the entry of the navigation says.
func (b *browser) bell() string {
	return strings.Join(strings.Fields(b.page.Find(".nav #bell b").Contents().First().Text()), " ")
}

func TestAReaderFollowsAnAuthorAndReadsTheNotices(t *testing.T) {
	site, _, conn := adminSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	if site.visitor().open("/users/ann").seesNot("Follow").page.Find("#bell").Length() != 0 {
		t.Error("a visitor has a bell")
	}
	b := site.signIn(bob)
	b.open("/notices").sees("No notices yet").open("/settings/follows").sees("You follow nobody yet")
	b.open("/users/bob").seesNot("Follow")
	b.open("/users/ann").submit("Follow "+ann.Name).sees("You follow "+ann.Name+": new posts will be among your notices.", "You are told of new posts.")
	b.open("/settings").click("Authors you follow").sees(ann.Name)

	a := site.signIn(ann)
	a.open("/posts/new").submit("Publish", "title", "Bread & <b>", "content", "For @bob and @nobody.").status(200)
	if links := a.page.Find("article a.mention"); links.Length() != 1 || links.AttrOr("href", "") != "/users/bob" || links.Text() != "@bob" {
		t.Errorf("the mentions are %d, %s", links.Length(), links.Text())
	}
	if n := a.open("/").bell(); n != "" {
		t.Errorf("ann is told %s", n)
	}
	modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = "Rye" })
	if n := b.open("/").bell(); n != "2" {
		t.Errorf("the bell says %q", n)
	}
	b.open("/notices").sees(ann.Name+": a new post, “Rye”", ann.Name+" mentions you in “Bread & <b>”", "new")
	b.click(ann.Name + ": a new post, “Rye”").sees("Rye")
	if b.at.Path != "/posts/2-rye" || b.bell() != "1" {
		t.Errorf("at %s the bell says %q", b.at, b.bell())
	}
	b.open("/notices?unread=true").sees("mentions you").seesNot("Rye")
	b.open("/notices/1").status(200)
	modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = "Oats" })
	b.open("/notices").submit("Mark all as read").seesNot("Mark all")
	if b.bell() != "" || b.page.Find(".badge").Length() != 0 {
		t.Errorf("the bell says %q, and %d are new", b.bell(), b.page.Find(".badge").Length())
	}
	b.open("/notices?unread=true").sees("You have read all of them")
	if site.signIn(ann).open("/notices/2").status(404); !strings.HasPrefix(b.open("/notices/bell").text, `<li id="bell"`) || strings.Contains(b.text, "<html") {
		t.Errorf("the bell alone is %s", b.text)
	}
	b.post("/notices/read", "up_to", "x").status(404)

	// A notice of a comment leads to the comment.
	if err := site.Store.CreateComment(modelstest.Context(t), bob, &models.Comment{PostID: 2, Content: "Dear @ann, *thank you* &amp; <bye>"}); err != nil {
		t.Fatal(err)
	}
	a.open("/notices").sees("Dear @ann, thank you & <bye>").click(bob.Name + " mentions you in a comment on “Rye”").sees("Dear @ann, thank you & <bye>")
	if at := a.page.Find("#comment-1 a.mention"); a.at.Path != "/posts/2-rye" || a.at.Fragment != "comment-1" || at.Text() != "@ann" {
		t.Errorf("it leads to %s, which names %q", a.at, at.Text())
	}

	// Fifty a page, by key.
	if _, err := conn.Exec(modelstest.Context(t), "insert into posts (user_id, title, content, status, published_at) select $1, 'No. ' || n, 'c', 'published', now() from generate_series(0, 49) n", ann.ID); err != nil {
		t.Fatal(err)
	}
	b.open("/notices").sees("No. 49", "No. 0").seesNot("Oats").click("Older notices →").sees("Oats", "Rye").seesNot("No. ")
	if n := b.open("/").bell(); n != "50" {
		t.Errorf("the bell says %q", n)
	}
	b.open("/settings/follows").submit("Unfollow "+ann.Name).sees("You do not follow "+ann.Name+" any more.", "You follow nobody yet")
	modelstest.Post(t, site.Store, ann)
	if n := b.open("/").bell(); n != "50" {
		t.Errorf("the bell says %q", n)
	}
	b.open("/users/ann").submit("Follow " + ann.Name).submit("Unfollow " + ann.Name).sees("Follow " + ann.Name)
}

func TestAProgramFollowsAndReadsNotices(t *testing.T) {
	site := newSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	reader, writer := site.program(bob, models.ScopeRead), site.program(bob, models.ScopeWrite)
	author := fmt.Sprint("/api/follows/", ann.ID)
	reader.call("PUT", author, "").gives(403)
	for range 2 {
		if got := string(writer.call("PUT", author, "").gives(200).body); got != fmt.Sprintf("{\"user_id\":%d,\"follows\":true}\n", ann.ID) {
			t.Errorf("following gives %s", got)
		}
	}
	writer.call("PUT", "/api/follows/999", "").fails(404, "User not found")
	writer.call("PUT", fmt.Sprint("/api/follows/", bob.ID), "").fails(422, "A field has a wrong value", "author")
	if got := string(reader.call("GET", "/api/follows", "").gives(200).body); !strings.Contains(got, `"username":"ann"`) {
		t.Errorf("the follows are %s", got)
	}
	for n := range 3 {
		modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = fmt.Sprint("No. ", n) })
	}
	page := reader.call("GET", "/api/notices?limit=2", "").gives(200)
	if got := string(page.body); strings.Count(got, `"kind":"post"`) != 2 || !strings.Contains(got, `"by":"ann","post_id":3,"title":"No. 2","url":"`+site.url+`/posts/3-no-2","at":`) ||
		!strings.Contains(got, `"read_at":null`) || page.head.Get("X-Unread-Count") != "3" || !strings.Contains(page.head.Get("Link"), "/api/notices?after=2&limit=2") {
		t.Errorf("the notices are %s, %v", got, page.head)
	}
	for _, one := range [][2]string{{`{"ids": [3, 999]}`, `{"read":1,"unread":2}`}, {`{"ids": [3]}`, `{"read":0,"unread":2}`}, {`{"up_to": 1}`, `{"read":1,"unread":1}`}} {
		if got := strings.TrimSpace(string(writer.call("POST", "/api/notices/read", one[0]).gives(200).body)); got != one[1] {
			t.Errorf("%s gives %s", one[0], got)
		}
	}
	if got := reader.call("GET", "/api/notices?unread=true", "").gives(200); strings.Count(string(got.body), `"id":`) != 1 || got.head.Get("X-Unread-Count") != "1" {
		t.Errorf("not read: %s", got.body)
	}
	writer.call("POST", "/api/notices/read", `{}`).fails(400, "Missing required fields", "ids", "up_to")
	writer.call("POST", "/api/notices/read", `{"ids": ["x"]}`).fails(422, "A field has a wrong value", "ids")
	writer.call("POST", "/api/notices/read", `{"up_to": -1}`).fails(422, "A field has a wrong value", "up_to")
	reader.call("POST", "/api/notices/read", `{"up_to": 1}`).gives(403)
	writer.call("DELETE", author, "").gives(200)
	if got := strings.TrimSpace(string(reader.call("GET", "/api/follows", "").gives(200).body)); got != "[]" {
		t.Errorf("the follows are %s", got)
	}
}
