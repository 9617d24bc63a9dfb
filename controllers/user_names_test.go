package controllers_test

import (
	"fmt"
	"net/http"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestTheAddressOfAUserWhoChangedNameLeadsOn(t *testing.T) {
	site, _, conn := adminSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	post := modelstest.Post(t, site.Store, bob, func(p *models.Post) { p.Content = "As @ann says." })
	own := fmt.Sprint("/api/users/", ann.ID)
	site.program(ann, models.ScopeWrite).call("PATCH", own, `{"username": "anna"}`).gives(200)

	b := site.signIn(bob)
	if b.open(post.Path()).click("@ann").sees(ann.Name); b.at.Path != "/users/anna" {
		t.Errorf("the mention leads to %s", b.at)
	}
	b.post("/users/ann/follow").sees("You follow " + ann.Name)
	stays := site.visitor()
	stays.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for old, now := range map[string]string{"/users/ann": "/users/anna", "/users/Ann": "/users/anna", "/users/ann/feed.xml": "/users/anna/feed.xml", "/users/ann/feed.json": "/users/anna/feed.json"} {
		if stays.open(old).status(301); stays.head.Get("Location") != now || stays.head.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s leads to %q, kept %q", old, stays.head.Get("Location"), stays.head.Get("Cache-Control"))
		}
	}
	stays.open("/users/nobody/feed.xml").status(404)

	// Nobody else gets the name for now; then a stranger has it, and the page.
	site.program(bob, models.ScopeWrite).call("PATCH", fmt.Sprint("/api/users/", bob.ID), `{"username": "ann"}`).fails(409, "Resource already exists", "username")
	v := site.visitor()
	v.open("/signup").submit("Sign up", "username", "ann", "name", "Ann Other", "email", "other@example.com", "password", modelstest.Password).status(422).sees("This user name is taken. ann-other is free.")
	if _, err := conn.Exec(modelstest.Context(t), "update user_names set at = now() - interval '91 days'"); err != nil {
		t.Fatal(err)
	}
	v.submit("Sign up", "username", "ann", "password", modelstest.Password).status(200)
	stays.open("/users/ann").status(200).sees("Ann Other")
	site.program(ann, models.ScopeWrite).call("PATCH", own, `{"username": "ann"}`).fails(409, "Resource already exists", "username")
}
