package controllers_test

import (
	"fmt"
	"net/http"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAStaleIfMatchIsRefused(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	editor := modelstest.User(t, s.Store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post := modelstest.Post(t, s.Store, ann)
	path := fmt.Sprintf("/api/posts/%d", post.ID)
	for _, by := range []*models.User{ann, editor} {
		program := s.program(by, "write")
		tag := program.get(path).gives(200).head.Get("ETag")
		when := func(match string) *conditional { return &conditional{program, match} }
		when(tag).call("PATCH", path, map[string]any{"title": "Newer by " + by.Username}).gives(200)
		for _, stale := range []string{tag, "W/" + tag, `"other"`, `"a", ` + tag} {
			when(stale).call("PATCH", path, map[string]any{"title": "Lost"}).fails(412, "The post has changed since")
			when(stale).call("PUT", path, map[string]any{"title": "Lost", "content": "Lost"}).fails(412, "The post has changed since")
			when(stale).call("DELETE", path, nil).fails(412, "The post has changed since")
		}
		program.get(path).gives(200).has("title", "Newer by "+by.Username)
		newest := program.get(path).head.Get("ETag")
		when(`"other", `+newest).call("PUT", path, map[string]any{"title": "Newest", "content": "x"}).gives(200)
		when("*").call("PATCH", path, map[string]any{"title": "Any"}).gives(200)
		program.call("PATCH", path, map[string]any{"title": "No condition"}).gives(200)
	}
	program := s.program(editor, "write")
	(&conditional{program, program.get(path).head.Get("ETag")}).call("DELETE", path, nil).gives(200)
}

// conditional sends If-Match with each call.
type conditional struct {
	*program
	match string
}

func (p *conditional) call(method, path string, body any) *answer {
	p.t.Helper()
	other := *p.program
	other.sent = http.Header{"If-Match": {p.match}}
	return other.call(method, path, body)
}

func TestProgramsReadRevisionsAndGoBack(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	post := modelstest.Post(t, s.Store, ann, func(p *models.Post) { p.Title, p.Content = "First", "One." })
	path := fmt.Sprintf("/api/posts/%d", post.ID)
	program := s.program(ann, "write")
	for n := 2; n <= 4; n++ {
		program.call("PATCH", path, map[string]any{"content": fmt.Sprintf("Text %d.", n)}).gives(200)
	}
	program.call("PATCH", path, map[string]any{"status": "draft"}).gives(200) // no revision
	rows := program.get(path + "/revisions").gives(200).rows()
	if len(rows) != 4 || fmt.Sprintf("%v %v %v %v", rows[0]["number"], rows[3]["number"], rows[3]["title"], rows[0]["username"]) != "4 1 First "+ann.Username || rows[0]["content"] != nil {
		t.Errorf("the revisions are %v", rows)
	}
	page := program.get(path + "/revisions?limit=3").gives(200)
	if rest := program.get(page.next()).rows(); len(rest) != 1 || fmt.Sprint(rest[0]["number"]) != "1" {
		t.Errorf("the second page is %v", rest)
	}
	program.get(path+"/revisions/2").gives(200).has("content", "Text 2.").has("number", 2)
	program.call("POST", path+"/revisions/1/restore", nil).gives(200).has("content", "One.")
	program.get(path+"/revisions/5").gives(200).has("content", "One.")
	program.get(path+"/revisions/6").fails(404, "Revision not found")
	program.get(path + "/revisions/x").gives(404)
	s.program(nil, "").get(path + "/revisions").gives(401)
	s.program(modelstest.User(t, s.Store), "write").get(path + "/revisions").gives(404) // a draft
}
