package controllers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// answered is what a call answers, read into a map or a list of them.
func answered[T any](t *testing.T, a *answer) (value T) {
	t.Helper()
	if err := json.Unmarshal(a.body, &value); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return value
}

func TestAProgramTalksUnderAPost(t *testing.T) {
	site := newSite(t)
	annUser, bobUser := modelstest.User(t, site.Store), modelstest.User(t, site.Store, modelstest.Named("bob"))
	admin := modelstest.Admin(t, site.Store)
	post := modelstest.Post(t, site.Store, annUser)
	members := modelstest.Post(t, site.Store, annUser, func(p *models.Post) { p.Visibility = models.VisibilityMembers })
	ann, bob, ruth, nobody := site.program(annUser, models.ScopeWrite), site.program(bobUser, models.ScopeWrite), site.program(admin, models.ScopeAdmin), site.program(nil, "")
	path := fmt.Sprintf("/api/posts/%d/comments", post.ID)
	type comment map[string]any
	for range 2 {
		first := bob.keyed("k").call("POST", path, `{"content": "Mine took *two* days."}`).gives(201)
		one := answered[comment](t, first)
		if first.head.Get("Location") != "/api/comments/1" || one["id"] != 1.0 || one["content_html"] != "<p>Mine took <em>two</em> days.</p>\n" || one["username"] != "bob" || one["held"] != false ||
			one["edited_at"] != nil || strings.Contains(string(first.body), "@") {
			t.Fatal(string(first.body), first.head)
		}
	}
	bob.keyed("k").call("POST", path, `{"content": "Other words."}`).fails(422, "A field has a wrong value", "key")
	if reply := answered[comment](t, ann.call("POST", path, `{"content": "How?", "parent_id": 1}`).gives(201)); reply["parent_id"] != 1.0 {
		t.Error(reply)
	}
	bob.call("POST", path, `{"content": "x", "parent_id": 9}`).fails(422, "A field has a wrong value", "parent_id")
	bob.call("POST", path, `{"content": "x", "parent_id": "1"}`).fails(422, "A field has a wrong value", "parent_id")
	bob.call("POST", path, `{"content": " "}`).fails(400, "Missing required fields", "content")
	bob.call("POST", path, `{"content": "x", "user_id": 1}`).fails(422, "A field has a wrong value", "user_id")
	bob.call("POST", "/api/posts/99/comments", `{"content": "x"}`).fails(404, "Post not found")
	nobody.call("POST", path, `{"content": "x"}`).fails(401, "A valid token is needed")
	site.program(bobUser, models.ScopeRead).call("POST", path, `{"content": "x"}`).fails(403, "Not allowed", "token")
	bob.call("POST", fmt.Sprintf("/api/posts/%d/comments", members.ID), `{"content": "Among us."}`).gives(201)

	list := func(p *program, path string) (ids []any) {
		for _, c := range answered[[]comment](t, p.get(path).gives(200)) {
			ids = append(ids, c["id"])
		}
		return ids
	}
	if got := fmt.Sprint(list(nobody, path), list(nobody, "/api/comments"), list(bob, "/api/comments"), list(bob, fmt.Sprintf("/api/comments?user_id=%d", bobUser.ID))); got != "[1 2] [2 1] [3 2 1] [3 1]" {
		t.Error(got)
	}
	nobody.get("/api/comments/3").fails(404, "Comment not found")
	nobody.get("/api/comments/x").fails(404, "Comment not found")
	nobody.get(fmt.Sprintf("/api/posts/%d/comments", members.ID)).fails(404, "Post not found")
	page := nobody.get(path + "?limit=1").gives(200)
	next, _, _ := strings.Cut(strings.TrimPrefix(page.head.Get("Link"), "<"), ">")
	if got := fmt.Sprint(list(nobody, next)); got != "[2]" {
		t.Errorf("%s: %s", next, got)
	}
	nobody.get(path+"?after=x").fails(422, "A field has a wrong value", "after")
	nobody.get("/api/comments?after=0").fails(422, "A field has a wrong value", "after")

	if changed := answered[comment](t, bob.call("PATCH", "/api/comments/1", `{"content": "Mine took three."}`).gives(200)); changed["content"] != "Mine took three." || changed["edited_at"] == nil {
		t.Error(changed)
	}
	ann.call("PATCH", "/api/comments/1", `{"content": "x"}`).fails(403, "Not allowed")
	bob.call("POST", "/api/comments/1/hide", `{"reason": "x"}`).fails(403, "Not allowed")
	ann.call("POST", "/api/comments/1/hide", `{}`).fails(400, "Missing required fields", "reason")
	hidden := ann.call("POST", "/api/comments/1/hide", `{"reason": "Off the subject"}`).gives(200)
	if one := answered[comment](t, hidden); one["hidden"] != true || one["reason"] != "Off the subject" || hidden.head.Get("Receipt") == "" {
		t.Error(one, hidden.head)
	}
	nobody.get("/api/comments/1").fails(404, "Comment not found")
	if got := fmt.Sprint(list(nobody, path), list(bob, path)); got != "[2] [1 2]" {
		t.Error(got)
	}
	ann.call("POST", "/api/comments/1/show", ``).gives(200)
	ann.call("DELETE", "/api/comments/1", "").fails(403, "Not allowed")
	if gone := answered[comment](t, bob.call("DELETE", "/api/comments/1", "").gives(200)); gone["message"] != "Comment 1 deleted" {
		t.Error(gone)
	}
	ruth.call("POST", "/api/comments/1/restore", "").fails(404, "Comment not found")
	bob.call("POST", "/api/comments/1/restore", "").gives(200)

	if err := site.SetHeldFirst(modelstest.Context(t), admin, 10); err != nil {
		t.Fatal(err)
	}
	if held := answered[comment](t, bob.call("POST", path, `{"content": "x"}`).gives(201)); held["held"] != true {
		t.Error(held)
	}
	ann.get("/api/comments?held=true").fails(403, "Not allowed")
	if got := fmt.Sprint(list(ruth, "/api/comments?held=true")); got != "[4]" {
		t.Error(got)
	}
	ann.call("POST", "/api/comments/4/approve", "").fails(404, "Comment not found")
	ruth.call("POST", "/api/comments/4/approve", "").gives(200)
	if closed := answered[comment](t, ann.call("PATCH", fmt.Sprintf("/api/posts/%d", post.ID), `{"comments_closed": true}`).gives(200)); closed["comments_closed"] != true {
		t.Error(closed)
	}
	bob.call("POST", path, `{"content": "y"}`).fails(409, "Comments on this post are closed.")
}
