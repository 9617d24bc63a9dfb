package controllers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"postroom/models"
	"postroom/models/modelstest"
)

// doors are the pages, and how each answers a visitor, a user who has nothing to do with it, and an admin.
var doors = []struct {
	path                 string
	visitor, user, admin int
}{
	{"/", 200, 200, 200},
	{"/users", 200, 200, 200},
	{"/search", 200, 200, 200},
	{"/about", 200, 200, 200},
	{"/users/ann", 200, 200, 200},
	{"/feed.xml", 200, 200, 200},
	{"/feed.json", 200, 200, 200},
	{"/feed.xml?after=x", 422, 422, 422},
	{"/users/ann/feed.xml", 200, 200, 200},
	{"/users/ann/feed.json", 200, 200, 200},
	{"/users/nobody-here/feed.xml", 404, 404, 404},
	{"/comments/feed.xml", 200, 200, 200},
	{"/comments/feed.json", 200, 200, 200},
	{"/comments/feed.xml?after=x", 422, 422, 422},
	{"/posts/POST/comments.xml", 200, 200, 200},
	{"/posts/POST/comments.json", 200, 200, 200},
	{"/posts/DRAFT/comments.xml", 404, 404, 404},
	{"/tags/nothing-has-it/feed.xml", 404, 404, 404},
	{"/tags/nothing-has-it/feed.json", 404, 404, 404},
	{"/calendar", 200, 200, 200},
	{"/calendar?past=true", 200, 200, 200},
	{"/calendar?past=x", 422, 422, 422},
	{"/calendar?after=x", 422, 422, 422},
	{"/calendar.ics", 200, 200, 200},
	{"/calendar/new", 303, 403, 200},
	{"/calendar/1", 404, 404, 404},
	{"/calendar/x", 404, 404, 404},
	{"/calendar/1/event.ics", 404, 404, 404},
	{"/calendar/1/edit", 303, 403, 404},
	{"/calendar/1/delete", 303, 403, 404},
	{"/sitemap.xml", 200, 200, 200},
	{"/sitemap.xml?part=posts-1", 200, 200, 200},
	{"/sitemap.xml?part=posts-2", 404, 404, 404},
	{"/sitemap.xml?part=x", 404, 404, 404},
	{"/robots.txt", 200, 200, 200},
	{"/tags", 200, 200, 200},
	{"/tags?after=x", 422, 422, 422},
	{"/tags/nothing-has-it", 404, 404, 404},
	{"/tags/nothing-has-it/edit", 303, 403, 404},
	{"/tags/nothing-has-it/changes/1", 303, 403, 404},
	{"/tags/nothing-has-it/changes/x", 303, 404, 404},
	{"/tags/nothing-has-it/changes/1/undo", 303, 303, 303},
	{"/users/nobody-here", 404, 404, 404},
	{"/posts/POST", 200, 200, 200},
	{"/posts/DRAFT", 404, 404, 200},
	{"/posts/0", 404, 404, 404},
	{"/posts/999999", 404, 404, 404},
	{"/posts/99999999999999999999", 404, 404, 404},
	{"/posts/new", 303, 200, 200},
	{"/posts/POST/edit", 303, 403, 200},
	{"/posts/POST/delete", 303, 403, 200},
	{"/posts/POST/comments", 303, 303, 303},
	{"/posts/POST?comments=x", 404, 404, 404},
	{"/posts/POST?comments=7-9&reply=3", 200, 200, 200},
	{"/comments/1", 404, 404, 404},
	{"/comments/x", 404, 404, 404},
	{"/comments/1/edit", 303, 404, 404},
	{"/comments/1/hide", 303, 404, 404},
	{"/comments/1/delete", 303, 404, 404},
	{"/comments/deleted", 303, 200, 200},
	{"/comments/deleted?after=x", 303, 422, 422},
	{"/admin/comments", 303, 403, 200},
	{"/admin/comments?after=x", 303, 403, 422},
	{"/series", 303, 200, 200},
	{"/series?after=x", 303, 422, 422},
	{"/series/new", 303, 200, 200},
	{"/series/1", 404, 404, 404},
	{"/series/x", 404, 404, 404},
	{"/series/1/edit", 303, 404, 404},
	{"/series/1/delete", 303, 404, 404},
	{"/posts/deleted", 303, 200, 200},
	{"/posts/deleted?after=x", 303, 422, 422},
	{"/files/deleted", 303, 200, 200},
	{"/files/deleted?after=x", 303, 422, 422},
	{"/files/1", 404, 404, 404},
	{"/files/x", 404, 404, 404},
	{"/files/1/delete", 303, 404, 404},
	{"/api/files/1", 404, 404, 404},
	{"/api/posts/DRAFT/files", 404, 404, 404},
	{"/posts/POST/leave", 303, 403, 403},
	{"/posts/DRAFT/edit", 303, 404, 200},
	{"/posts/POST/revisions", 303, 403, 200},
	{"/posts/DRAFT/revisions", 303, 404, 200},
	{"/posts/POST/revisions?before=x", 303, 404, 404},
	{"/posts/POST/revisions/1", 303, 403, 200},
	{"/posts/POST/revisions/1?with=1", 303, 403, 200},
	{"/posts/POST/revisions/1?with=7", 303, 403, 404},
	{"/posts/POST/revisions/2", 303, 403, 404},
	{"/posts/DRAFT/revisions/1", 303, 404, 200},
	{"/signup", 200, 303, 303},
	{"/signin", 200, 303, 303},
	{"/setup", 404, 404, 404},
	{"/setup?token=guess", 404, 404, 404},
	{"/link?token=guess", 404, 404, 404},
	{"/credits", 303, 200, 200},
	{"/credits?after=x", 303, 422, 422},
	{"/credits/statement", 303, 200, 200},
	{"/credits/statement?month=x", 303, 422, 422},
	{"/credits/statement?at=x", 303, 422, 422},
	{"/credits/statement.csv", 303, 200, 200},
	{"/transfers", 303, 303, 303},
	{"/transfers/x", 303, 404, 404},
	{"/transfers/0197a3c2-6f0e-7d31-9a52-0c5f3f1f4f55", 303, 404, 404},
	{"/admin/grants", 303, 403, 200},
	{"/admin/grants?after=x", 303, 403, 422},
	{"/admin/transfers/0197a3c2-6f0e-7d31-9a52-0c5f3f1f4f55", 303, 403, 404},
	{"/admin/users/1/statement", 303, 403, 200},
	{"/admin/users/1/statement.csv", 303, 403, 200},
	{"/admin/proofs", 303, 403, 200},
	{"/admin/settings", 303, 403, 200},
	{"/admin/circulation", 303, 403, 200},
	{"/admin/circulation?month=2026-11", 303, 403, 200},
	{"/admin/circulation?month=x", 303, 403, 422},
	{"/held", 303, 303, 303},
	{"/held/x", 303, 404, 404},
	{"/held/0197a3c2-6f0e-7d31-9a52-0c5f3f1f4f55", 303, 404, 404},
	{"/settings", 303, 200, 200},
	{"/settings/follows", 303, 200, 200},
	{"/settings/follows?after=x", 303, 422, 422},
	{"/notices", 303, 200, 200},
	{"/notices?unread=true", 303, 200, 200},
	{"/notices?after=x", 303, 422, 422},
	{"/notices/bell", 303, 200, 200},
	{"/notices/1", 303, 404, 404},
	{"/notices/x", 303, 404, 404},
	{"/api/notices", 401, 200, 200},
	{"/api/follows", 401, 200, 200},
	{"/settings/leave", 303, 200, 200},
	{"/settings/import", 303, 200, 200},
	{"/settings/import?after=x", 303, 404, 404},
	{"/settings/import/1", 303, 404, 404},
	{"/settings/import/x", 303, 404, 404},
	{"/settings/import/1/files?act=create", 303, 404, 404},
	{"/settings/export", 303, 200, 200},
	{"/settings/export/posts.zip", 303, 200, 200},
	{"/perks", 303, 200, 200},
	{"/perks?after=x", 303, 422, 422},
	{"/perks/1", 303, 404, 404},
	{"/perks/x", 303, 404, 404},
	{"/orders", 303, 200, 200},
	{"/orders?after=x", 303, 422, 422},
	{"/orders/1", 303, 404, 404},
	{"/orders/1/cancel", 303, 303, 303},
	{"/admin/perks", 303, 403, 200},
	{"/admin/perks/new", 303, 403, 200},
	{"/admin/perks/1", 303, 403, 404},
	{"/admin/perks/1/delete", 303, 403, 404},
	{"/admin/orders", 303, 403, 200},
	{"/admin/orders?state=lost", 303, 403, 422},
	{"/admin/orders.csv", 303, 403, 200},
	{"/api/perks", 401, 200, 200},
	{"/api/orders", 401, 200, 200},
	{"/api/orders/1", 401, 404, 404},
	{"/admin", 303, 403, 200},
	{"/admin/users", 303, 403, 200},
	{"/admin/users/1", 303, 403, 200},
	{"/admin/users/new", 303, 403, 200},
	{"/admin/users/x", 303, 403, 404},
	{"/admin/posts", 303, 403, 200},
	{"/admin/posts?reported=true", 303, 403, 200},
	{"/admin/posts?status=lost", 303, 403, 422},
	{"/posts/POST/reports", 303, 303, 303},
	{"/admin/edits/new", 303, 403, 200},
	{"/admin/filters", 303, 403, 200},
	{"/admin/filters/new", 303, 403, 200},
	{"/admin/audit", 303, 403, 200},
	{"/admin/audit/1", 303, 403, 200},
	{"/admin/audit/0", 303, 403, 404},
	{"/admin/audit?address=x", 303, 403, 422},
	{"/admin/rehearsals", 303, 403, 303},
	{"/admin/rehearsals/x", 303, 403, 404},
	{"/admin/rehearsals/x/rows.csv", 303, 403, 404},
	{"/admin/acts", 303, 403, 200},
	{"/admin/acts/0", 303, 403, 404},
	{"/admin/acts/1/rows.csv", 303, 403, 404},
	{"/admin/imports", 303, 403, 200},
	{"/admin/imports?before=x", 303, 403, 404},
	{"/admin/imports/1", 303, 403, 404},
	{"/admin/imports/1/lines", 303, 403, 404},
	{"/admin/imports/1/errors.csv", 303, 403, 404},
	{"/admin/exports", 303, 403, 200},
	{"/admin/exports?active=maybe", 303, 403, 422},
	{"/admin/exports?what=secrets", 303, 403, 404},
	{"/admin/exports/users.csv", 303, 403, 200},
	{"/admin/exports/users.jsonl", 303, 403, 200},
	{"/admin/exports/users.csv?columns=password_hash", 303, 403, 422},
	{"/admin/exports/secrets.csv", 303, 403, 404},
	{"/admin/exports?what=posts", 303, 403, 200},
	{"/admin/exports?what=posts&status=lost", 303, 403, 422},
	{"/admin/exports/posts.csv", 303, 403, 200},
	{"/admin/exports/posts.jsonl", 303, 403, 200},
	{"/api/admin/exports/posts.csv", 401, 403, 200},
	{"/api/admin/exports/posts.jsonl", 401, 403, 200},
	{"/api/admin/imports/1", 401, 403, 404},
	{"/api/admin/imports/1/errors.csv", 401, 403, 404},
	{"/api/admin/exports/users.csv", 401, 403, 200},
	{"/api/admin/exports/users.jsonl", 401, 403, 200},
	{"/api/docs", 200, 200, 200},
	{"/api/openapi.json", 200, 200, 200},
	{"/healthz", 200, 200, 200},
	{"/readyz", 200, 200, 200},
	{"/favicon.svg", 200, 200, 200},
	{"/nowhere", 404, 404, 404},
	{"/static/nothing.css", 404, 404, 404},
	{"/?after=nonsense", 422, 422, 422},
	{"/users?after=nonsense", 422, 422, 422},
}

func TestEveryDoorOpensForWhoMayEnter(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, site.Store, ann)
	draft := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title, p.Status = "Not yet", models.StatusDraft })
	visitor, user, admin := site.visitor(), site.signIn(modelstest.User(t, site.Store)), site.signIn(modelstest.Admin(t, site.Store))
	for _, b := range []*browser{visitor, user, admin} {
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	for _, door := range doors {
		path := strings.NewReplacer("POST", post.Ref(), "DRAFT", draft.Ref()).Replace(door.path)
		for _, who := range []struct {
			name string
			b    *browser
			want int
		}{{"a visitor", visitor, door.visitor}, {"a user", user, door.user}, {"an admin", admin, door.admin}} {
			if who.b.open(path); who.b.code != who.want {
				t.Errorf("%s for %s: %d, not %d", door.path, who.name, who.b.code, who.want)
			}
			if csp := who.b.head.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("%s has the policy %q", door.path, csp)
			}
			if who.b.head.Get("X-Request-Id") == "" {
				t.Errorf("%s has no request id", door.path)
			}
		}
	}
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	site := newSite(t)
	admin := modelstest.Admin(t, site.Store)
	for range 25 {
		modelstest.Post(t, site.Store, admin, func(p *models.Post) { p.Content = "## One\n\n## Two\n\n## Three[^1]\n\n[here](#one)\n\n[^1]: Note." })
	}
	newPerk(t, site, admin)
	for _, b := range []*browser{site.visitor(), site.signIn(modelstest.User(t, site.Store)), site.signIn(admin)} {
		seen, queue := map[string]bool{"/": true}, []string{"/"}
		for len(queue) > 0 && len(seen) < 400 {
			path := queue[0]
			queue = queue[1:]
			if b.open(path); b.code != http.StatusOK {
				t.Errorf("%s answers %d", path, b.code)
				continue
			}
			ids := map[string]bool{}
			b.page.Find("[id]").Each(func(_ int, s *goquery.Selection) {
				id := s.AttrOr("id", "")
				if ids[id] {
					t.Errorf("%s has the id %q twice", path, id)
				}
				ids[id] = true
			})
			at := *b.at
			b.page.Find("a[href], link[href], script[src]").Each(func(_ int, s *goquery.Selection) {
				to, err := url.Parse(s.AttrOr("href", s.AttrOr("src", "")))
				if err != nil {
					t.Errorf("%s links to %v", path, err)
					return
				}
				if to.Path == "" && to.Fragment != "" && !ids[to.Fragment] {
					t.Errorf("%s links to #%s, which is not there", path, to.Fragment)
				}
				if to.Host != "" {
					return
				}
				target := at.ResolveReference(to).RequestURI()
				if !seen[target] && !strings.Contains(target, "sort=") {
					seen[target] = true
					queue = append(queue, target)
				}
			})
		}
		if len(seen) < 10 {
			t.Errorf("only %d links", len(seen))
		}
	}
}

func TestNoPageHasInlineScriptOrStyle(t *testing.T) {
	site := newSite(t)
	admin := modelstest.Admin(t, site.Store)
	modelstest.Post(t, site.Store, admin, func(p *models.Post) {
		p.Content = "| a |\n|--:|\n| 1 |\n\n<p style=\"color:red\" onclick=\"x()\">x</p>\n\n<style>p{}</style><script>1</script>"
	})
	b := site.signIn(admin)
	for _, path := range []string{"/", "/users", "/posts/1-a-post", "/posts/new", "/settings", "/admin", "/admin/users", "/admin/users/1", "/admin/imports", "/admin/exports", "/admin/grants", "/admin/proofs", "/credits", "/credits/statement", "/api/docs", "/nowhere"} {
		b.open(path)
		if n := b.page.Find("[style], style, script:not([src]):not([type='application/ld+json']), [onclick]").Length(); n > 0 {
			t.Errorf("%s has %d inline styles or scripts", path, n)
		}
	}
}

func TestAFormFromAnotherSiteIsRefused(t *testing.T) {
	site := newSite(t)
	ann := site.signIn(modelstest.User(t, site.Store))
	for name, value := range map[string]string{"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"} {
		ann.header.Set(name, value)
		ann.post("/posts", "title", "Not mine", "content", "x", "status", "published").status(403)
		ann.post("/signout").status(403)
		ann.header.Del(name)
	}
	ann.open("/").sees("Sign out").seesNot("Not mine")
}

func TestABodyThatIsTooLargeIsRefused(t *testing.T) {
	site := newSite(t)
	ann := site.signIn(modelstest.User(t, site.Store))
	ann.post("/posts", "title", "Long", "content", strings.Repeat("word ", 1<<20), "status", "published").status(413).sees("Too large")
	ann.open("/posts/new").submit("Publish", "title", "Long", "content", strings.Repeat("a", models.MaxContent+1)).status(422).sees("The text is too long")
}

func TestTextIsCompressedForWhoAsks(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	for range 5 {
		modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Content = strings.Repeat("Some words of a post. ", 100) })
	}
	for _, path := range []string{"/", "/posts/1-a-post", "/api/posts", "/api/openapi.json"} {
		plain, small := site.visitor(), site.visitor()
		plain.header.Set("Accept-Encoding", "identity")
		small.header.Set("Accept-Encoding", "gzip")
		plain.open(path).status(200)
		small.open(path).status(200)
		if plain.head.Get("Content-Encoding") != "" || small.head.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: %q and %q", path, plain.head.Get("Content-Encoding"), small.head.Get("Content-Encoding"))
		}
		if len(small.text) >= len(plain.text) {
			t.Errorf("%s: %d bytes, and %d plain", path, len(small.text), len(plain.text))
		}
	}
	static := site.visitor().open("/").page.Find("link[rel=stylesheet]").AttrOr("href", "")
	b := site.visitor().open(static).status(200)
	if cache := b.head.Get("Cache-Control"); !strings.Contains(cache, "immutable") || !strings.Contains(cache, "31536000") {
		t.Errorf("%s is cached %q", static, cache)
	}
}
