package controllers_test

import (
	"fmt"
	"strings"
	"testing"

	"postroom/models/modelstest"
)

func TestAuthorsAreInvitedInTheFormAndLeaveByThemselves(t *testing.T) {
	site := newSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	a, b, visitor := site.signIn(ann), site.signIn(bob), site.visitor()
	a.open("/posts/new").submit("Publish", "title", "Rye", "content", "x", "authors", "bob, nobody").status(422).sees("There is no user nobody.").
		submit("Publish", "authors", "Bob").status(200).sees("“Rye” is published.")
	post := a.at.Path
	for _, page := range []string{post, "/", "/users/bob", "/users/ann"} {
		visitor.open(page).status(200)
		if by := visitor.page.Find(".byline .by").First().Text(); !strings.Contains(by, ann.Name) || !strings.Contains(by, bob.Name) {
			t.Errorf("the byline on %s is %q", page, by)
		}
	}
	// The co-author changes it, and neither deletes it nor says who the authors are.
	b.open(post).sees("Leave…").seesNot("Delete…").click("Edit").seesNot("Written with").submit("Save", "title", "Rye, again").sees("“Rye, again” is published.")
	post = b.at.Path
	b.open(post + "/delete").status(403)
	b.post(post + "/delete").status(403)
	b.open(post + "/edit")
	b.post(post, "title", "T", "content", "x", "status", "published", "authors", "", "revision", b.page.Find("[name=revision]").AttrOr("value", ""),
		"saw", b.page.Find("[name=saw]").AttrOr("value", "")).status(422).sees("Only ann says who the authors are.")
	a.open(post + "/leave").status(403)
	a.open(post).seesNot("Leave…")
	if a.click("Edit"); a.page.Find("[name=authors]").AttrOr("value", "") != "bob" {
		t.Error("the form does not name the co-author")
	}
	b.open(post).click("Leave…").sees("Nothing has changed yet").submit("Leave this post").status(200).sees("You are no author of “Rye, again” any more.")
	b.open(post + "/edit").status(403)
	visitor.open(post).seesNot(bob.Name)
}

func TestProgramsReadAndSetTheAuthors(t *testing.T) {
	site := newSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	asAnn, asBob := site.program(ann, "write"), site.program(bob, "write")
	created := asAnn.call("POST", "/api/posts", `{"title":"Rye","content":"x","authors":["Bob"]}`).gives(201)
	said(created, `"authors":["ann","bob"]`)
	post := created.head.Get("Location")
	etag := created.head.Get("ETag")
	asBob.call("PATCH", post, `{"title":"Both"}`).gives(200)
	asBob.call("PATCH", post, `{"authors":["bob","ann"]}`).gives(200)
	said(asBob.call("PATCH", post, `{"authors":[]}`).gives(422), "Only ann says who the authors are.")
	asBob.call("DELETE", post, "").gives(403)
	said(asAnn.call("PATCH", post, `{"authors":["nobody"]}`).gives(422), "There is no user nobody.")
	said(asAnn.call("PUT", post, `{"title":"Rye","content":"x"}`).gives(200), `"authors":["ann","bob"]`)
	said(asAnn.call("PATCH", post, `{"authors":[]}`).gives(200), `"authors":["ann"]`)
	if now := site.visitor().open(post).head.Get("ETag"); now == etag || now == "" {
		t.Errorf("the version stays %q", now)
	}
	site.visitor().open(fmt.Sprintf("/api/users/%d/posts", bob.ID)).status(200).seesNot("Rye")
}

func said(a *answer, words string) {
	a.t.Helper()
	if !strings.Contains(string(a.body), words) {
		a.t.Errorf("%s says %s, not %s", a.asked, a.body, words)
	}
}
