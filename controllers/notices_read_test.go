package controllers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// Whichever page of the list the button stands on, it is about all of them, and not about what came while the page was open.
func TestAllPagesOfNoticesAreReadAtOnceAndNothingThatCameSince(t *testing.T) {
	site, _, conn := adminSite(t)
	ctx := modelstest.Context(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	if err := site.FollowAuthor(ctx, bob, ann.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "insert into posts (user_id, title, content, status, published_at) select $1, 'No. ' || n, 'c', 'published', now() from generate_series(1, 120) n", ann.ID); err != nil {
		t.Fatal(err)
	}
	late := func(title string) { modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = title }) }
	b := site.signIn(bob)
	if n := b.open("/notices").bell(); n != "99+" {
		t.Errorf("the bell says %q", n)
	}
	b.click("Older notices →").click("Older notices →").sees("No. 1").seesNot("No. 21")
	late("Late")
	b.submit("Mark all as read").sees("Late", "No. 120")
	if b.bell() != "1" || b.page.Find("#notices .badge").Length() != 1 {
		t.Errorf("the bell says %q, and %d are new", b.bell(), b.page.Find("#notices .badge").Length())
	}

	// A post that its author has taken back is not among them. Nobody has seen it.
	if _, err := conn.Exec(ctx, "update notices set read_at = null"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "update posts set status = 'draft' where title = 'No. 7'"); err != nil {
		t.Fatal(err)
	}
	b.open("/notices?unread=true").click("Older notices →")
	if b.at.Query().Get("unread") != "true" || b.page.Find("#notices .badge").Length() != 50 {
		t.Errorf("at %s %d are not read", b.at, b.page.Find("#notices .badge").Length())
	}
	b.submit("Mark all as read")
	if _, err := conn.Exec(ctx, "update posts set status = 'published' where title = 'No. 7'"); err != nil {
		t.Fatal(err)
	}
	b.open("/notices?unread=true").sees("No. 7").seesNot("No. 8")

	// A program is told how far it can say so.
	program := site.program(bob, models.ScopeWrite)
	page := program.call("GET", "/api/notices?limit=2&after=50", "").gives(200)
	newest := page.head.Get("X-Newest-Notice")
	late("Later")
	got := strings.TrimSpace(string(program.call("POST", "/api/notices/read", fmt.Sprintf(`{"up_to": %s}`, newest)).gives(200).body))
	if newest != "121" || got != `{"read":1,"unread":1}` {
		t.Errorf("up to %s: %s", newest, got)
	}
	if none := site.program(ann, models.ScopeRead).call("GET", "/api/notices", "").gives(200); none.head.Get("X-Newest-Notice") != "0" {
		t.Errorf("who has none is told %v", none.head)
	}
}

// Who comes to a post by another way than the bell has read what the bell told of it, and of the comments that the page shows.
func TestAPostThatIsOpenedIsReadWhicheverWayOneCame(t *testing.T) {
	site, _, conn := adminSite(t)
	ctx := modelstest.Context(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	if err := site.FollowAuthor(ctx, bob, ann.ID); err != nil {
		t.Fatal(err)
	}
	says := func(post int64, content string) {
		if err := site.CreateComment(ctx, ann, &models.Comment{PostID: post, Content: content}); err != nil {
			t.Fatal(err)
		}
	}
	bread := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = "Bread" })
	rye := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title, p.Content = "Rye", "As @bob says." })
	for n := range 50 {
		says(bread.ID, fmt.Sprint("No. ", n))
	}
	says(bread.ID, "Dear @bob, on the second page")
	says(rye.ID, "Dear @bob")
	site.signIn(ann).open(bread.Path())
	site.visitor().open(bread.Path())
	b := site.signIn(bob)
	if n := b.open("/").bell(); n != "4" {
		t.Errorf("the bell says %q", n)
	}

	// Nobody has read what only a program looked at, or a page that follows.
	for name, value := range map[string]string{"X-Live": "1", "Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch"} {
		b.header.Set(name, value)
		if n := b.open(rye.Path()).bell(); n != "4" {
			t.Errorf("after a look with %s the bell says %q", name, n)
		}
		b.open("/notices/2")
		b.header.Del(name)
	}
	head, err := http.NewRequestWithContext(ctx, "HEAD", site.url+rye.Path(), nil)
	if err != nil {
		t.Fatal(err)
	}
	b.do(head)
	if n := b.open("/").bell(); n != "4" {
		t.Errorf("the bell says %q", n)
	}

	if n := b.click("Rye").bell(); b.at.Path != rye.Path() || n != "2" {
		t.Errorf("at %s the bell says %q", b.at, n)
	}
	if n := b.open(bread.Path()).bell(); n != "1" {
		t.Errorf("with a comment on the next page the bell says %q", n)
	}
	written := func() (row string) {
		if err := conn.QueryRow(ctx, "select string_agg(xmin || ' ' || read_at, ',' order by id) from notices").Scan(&row); err != nil {
			t.Fatal(err)
		}
		return row
	}
	before := written()
	if n := b.open(bread.Path()).bell(); n != "1" || written() != before {
		t.Errorf("opened again, the bell says %q and %s is %s", n, before, written())
	}
	if n := b.click("Further comments →").bell(); n != "" {
		t.Errorf("on the next page the bell says %q", n)
	}
}
