package controllers_test

import (
	"fmt"
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
