package controllers_test

import (
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAnAdminReadsTheLog(t *testing.T) {
	site := newSite(t)
	boss := modelstest.Admin(t, site.Store)
	admin := site.signIn(boss)
	user := modelstest.User(t, site.Store, modelstest.Named("ann"))
	ann := site.visitor()
	ann.open("/signin").submit("Sign in", "login", "ann", "password", "not this one").status(422)
	ann.open("/signin").submit("Sign in", "login", "ann", "password", modelstest.Password)
	ann.open("/posts/new").submit("Publish", "title", "Rye <b>slowly</b>", "content", "Begin.")
	admin.open("/admin/audit").status(200).sees("gave a wrong password").sees("signed in").sees("wrote a post").sees("Rye <b>slowly</b>").sees("127.0.0.1")
	// By what, whom and from where; all of it in the address.
	admin.submit("Filter", "person", "ANN", "kind", "post.create", "address", "127.0.0.0/8").status(200).sees("Rye").seesNot("1.0.0.1")
	if rows := admin.page.Find("#log tbody tr").Length(); rows != 1 || !strings.Contains(admin.at.RawQuery, "kind=post.create") {
		t.Errorf("%d lines at %s", rows, admin.at)
	}
	line := admin.page.Find("#log tbody th a").AttrOr("href", "")
	admin.open(line).status(200).sees("wrote a post").sees("published").sees("Session").sees("Before and after")
	if n := admin.page.Find("ins").Length(); n < 3 {
		t.Errorf("%d fields after", n)
	}
	admin.open("/admin/audit?person=ann&kind=act").status(200).sees("No lines match")
	admin.open("/admin/audit?kind=nothing&address=x&from=soon").status(422).sees("The log has no lines of this kind.").sees("An address looks like").sees("A day looks like")
	admin.open("/admin/audit/999999").status(404)
	// Who comes after the newest page finds the rest.
	for range 12 {
		modelstest.Post(t, site.Store, user)
	}
	admin.open("/admin/audit?limit=10").click("Older →").status(200).sees("signed in").click("← Newest").status(200)
	if rows := admin.page.Find("#log tbody tr").Length(); rows != 10 {
		t.Errorf("%d lines on the newest page", rows)
	}
}

func TestProgramsReadTheLog(t *testing.T) {
	site := newSite(t)
	boss := modelstest.Admin(t, site.Store)
	user := modelstest.User(t, site.Store, modelstest.Named("ann"))
	writer := site.program(user, models.ScopeWrite)
	writer.call("POST", "/api/posts", `{"title": "Rye", "content": "Slowly."}`)
	admin := site.program(boss, models.ScopeAdmin)
	reply := string(admin.call("GET", "/api/admin/audit?actor=ann&kind=post&limit=1", nil).body)
	for _, want := range []string{`"kind":"post.create"`, `"username":"ann"`, `"target":"Rye"`, `"address":"127.0.0.1"`, `"token":`} {
		if !strings.Contains(reply, want) {
			t.Errorf("no %s in %s", want, reply)
		}
	}
	if answer := admin.call("GET", "/api/admin/audit?from=soon", nil); answer.status != 422 || !strings.Contains(string(answer.body), `"from"`) {
		t.Errorf("%d %s", answer.status, answer.body)
	}
	for _, who := range []*program{writer, site.program(boss, models.ScopeWrite)} {
		if answer := who.call("GET", "/api/admin/audit", nil); answer.status != 403 {
			t.Errorf("%d for who may not", answer.status)
		}
	}
}
