package controllers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestASuspendedUserIsToldUntilWhenAndWhy(t *testing.T) {
	site, _, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, site.Store, ann)
	hers := site.signIn(ann)
	form := hers.open("/posts/new")
	sql(t, conn, "insert into suspensions (user_id, reason, until) values ($1, 'Advertising, again', '2099-11-21 14:30+00')", ann.ID)
	before := ask[string](t, conn, "select (select jsonb_agg(p order by id)::text from posts p) || (select to_jsonb(u) from users u where id = $1)", ann.ID)
	const told = "You are suspended until 21 Nov 2099, 14:30: you can read, and not write. The reason: Advertising, again"

	// The form that was open keeps its words.
	form.submit("Publish", "title", "Buy now", "content", "Cheap!").status(403).sees(told)
	if got := form.page.Find("#title").AttrOr("value", "") + form.page.Find("#content").Text(); got != "Buy now"+"Cheap!" {
		t.Errorf("what was typed is now %q", got)
	}
	for _, path := range []string{"/posts/new", post.Path() + "/edit", "/settings"} {
		if hers.open(path).status(200).sees(told); strings.Count(hers.words(), "You are suspended") != 1 {
			t.Errorf("%s says it twice", path)
		}
	}
	hers.open(post.Path()+"/edit").submit("Save", "title", "Buy now").status(403).sees(told)
	hers.open(post.Path() + "/edit").submit("Take back to the drafts").status(403).sees(told)
	hers.open(post.Path()+"/delete").submit("Delete this post").status(403).sees("You are suspended", told)
	hers.open("/settings").submit("Save the profile", "name", "Cheap Watches").status(403).sees(told)
	if now := ask[string](t, conn, "select (select jsonb_agg(p order by id)::text from posts p) || (select to_jsonb(u) from users u where id = $1)", ann.ID); now != before {
		t.Errorf("something was written:\n%s\n%s", before, now)
	}

	// Reading goes on, and so do signing out and in.
	hers.open(post.Path()).status(200).seesNot("suspended")
	hers.open("/").status(200).seesNot("suspended")
	hers.post("/signout")
	hers.open("/signin").submit("Sign in", "login", "ann", "password", modelstest.Password).status(200)
	hers.open("/settings").sees(told)

	// It ends by itself.
	sql(t, conn, "update suspensions set created_at = now() - interval '2 hours', until = now() - interval '1 hour'")
	hers.open("/posts/new").seesNot("suspended").submit("Publish", "title", "Bread", "content", "Rye.").status(200).sees("“Bread” is published.")
}

func TestTheAPIRefusesWhatASuspendedUserWrites(t *testing.T) {
	site, _, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, site.Store, ann)
	hers := site.program(ann, models.ScopeWrite)
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	sql(t, conn, "insert into suspensions (user_id, reason, until) values ($1, 'Advertising', $2)", ann.ID, until)
	for _, try := range []struct{ method, path, body string }{
		{"POST", "/api/posts", `{"title": "x", "content": "y"}`},
		{"POST", "/api/posts", `{"title": "x", "content": "", "status": "draft"}`},
		{"PUT", postPath(post), `{"title": "x", "content": "y"}`},
		{"PATCH", postPath(post), `{"title": "x"}`},
		{"DELETE", postPath(post), ""},
		{"PATCH", userPath(ann), `{"about": "Cheap watches"}`},
	} {
		var body any
		if try.body != "" {
			body = try.body
		}
		said, _ := hers.call(try.method, try.path, body).fails(403, "Not allowed", "user").values()["fields"].(map[string]any)
		if want := fmt.Sprintf("You are suspended until %s: you can read, and not write. The reason: Advertising", until.Format(time.RFC3339)); said["user"] != want {
			t.Errorf("%s %s: %q", try.method, try.path, said["user"])
		}
	}
	hers.get("/api/posts").gives(200)
	hers.get(userPath(ann)).gives(200).has("email", "ann@example.com")
	sql(t, conn, "update suspensions set ended_at = now()")
	hers.call("PATCH", postPath(post), `{"title": "Bread"}`).gives(200)
}

func TestADeactivatedUsersTokensAndSessionsEndInTheAPI(t *testing.T) {
	site, _, _ := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, site.Store, ann)
	hers, browser := site.program(ann, models.ScopeWrite), site.signIn(ann)
	hers.call("PATCH", postPath(post), `{"title": "Before"}`).gives(200)
	site.program(modelstest.Admin(t, site.Store), models.ScopeAdmin).call("PATCH", userPath(ann), `{"is_active": false}`).gives(200)
	hers.get(userPath(ann)).fails(401, "A valid token is needed")
	hers.call("PATCH", postPath(post), `{"title": "After"}`).fails(401, "A valid token is needed")
	browser.open(userPath(ann) + "/stats").status(401)
	if browser.open("/posts/new"); browser.at.Path != "/signin" {
		t.Errorf("still signed in at %s", browser.at)
	}
	browser.submit("Sign in", "login", "ann", "password", modelstest.Password).status(422).sees("This account is deactivated. Ask an admin of this site.")
	browser.open(post.Path()).status(200).sees("Before")
}
