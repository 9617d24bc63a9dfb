package controllers_test

import (
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAProgramApprovesTheWordsThatItHasRead(t *testing.T) {
	site := newSite(t)
	admin, bobUser := modelstest.Admin(t, site.Store), modelstest.User(t, site.Store)
	post := modelstest.Post(t, site.Store, modelstest.User(t, site.Store))
	if err := site.SetHeldFirst(modelstest.Context(t), admin, 1); err != nil {
		t.Fatal(err)
	}
	modelstest.Comment(t, site.Store, bobUser, post, "Kind words.")
	editor := site.program(modelstest.User(t, site.Store, func(in *models.NewUser) { in.Role = models.RoleEditor }), models.ScopeWrite)
	bob := site.program(bobUser, models.ScopeWrite)
	const path, changed = "/api/comments/1", "The comment has changed since"
	tag := func() string { return editor.get(path).gives(200).head.Get("ETag") }
	when := func(p *program, match string) *conditional { return &conditional{p, match} }
	read := tag()
	if got := bob.get(path).head.Get("ETag"); got != read || !strings.HasPrefix(read, `"1-`) {
		t.Errorf("one reads the version %s, another %s", read, got)
	}

	after := when(bob, read).call("PATCH", path, map[string]any{"content": "Quite other words."}).gives(200).head.Get("ETag")
	when(bob, read).call("PATCH", path, map[string]any{"content": "Lost."}).fails(412, changed)
	for _, stale := range []string{read, "W/" + after, `"other"`} {
		when(editor, stale).call("POST", path+"/approve", nil).fails(412, changed)
		when(editor, stale).call("POST", path+"/hide", map[string]any{"reason": "x"}).fails(412, changed)
		when(editor, stale).call("DELETE", path, nil).fails(412, changed)
	}
	editor.get(path).gives(200).has("held", true).has("hidden", false).has("content", "Quite other words.")
	if now := tag(); now != after {
		t.Errorf("the change answers %s, and then it is %s", after, now)
	}
	for range 2 { // asked for again after a lost answer it is done
		when(editor, `"other", `+after).call("POST", path+"/approve", nil).gives(200).has("held", false).has("content", "Quite other words.")
	}
	when(editor, read).call("POST", path+"/approve", nil).fails(412, changed)
	approved := tag()
	if approved == after {
		t.Error("what is approved has the version of what waited")
	}
	when(editor, approved).call("POST", path+"/hide", map[string]any{"reason": "Off the subject"}).gives(200)
	when(editor, approved).call("POST", path+"/hide", map[string]any{"reason": "Off the subject"}).gives(200)
	when(editor, approved).call("POST", path+"/show", nil).fails(412, changed)
	when(editor, "*").call("POST", path+"/show", nil).gives(200).has("hidden", false)
	when(bob, tag()).call("DELETE", path, nil).gives(200)
}
