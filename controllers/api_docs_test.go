package controllers_test

import (
	"encoding/json"
	"strings"
	"testing"

	"postroom/models/modelstest"
)

func TestTheAPIIsDescribedOnAPage(t *testing.T) {
	s := newSite(t)
	p := s.program(nil, "")
	p.get("/api/openapi.json").gives(200).has("openapi", "3.1.0")
	tag := p.get("/api/openapi.json").head.Get("ETag")
	p.sent = map[string][]string{"If-None-Match": {tag}}
	p.get("/api/openapi.json").gives(304)

	b := s.visitor().open("/api/docs").status(200)
	b.sees("/api/users/{id}/posts").sees("Fields that are not given stay; null empties a field.").sees("Missing required fields").sees(s.url + "/api/users?limit=5")
	var document struct{ Paths map[string]map[string]any }
	p.sent = nil
	if err := json.Unmarshal(p.get("/api/openapi.json").gives(200).body, &document); err != nil {
		t.Fatal(err)
	}
	calls := 0
	for _, methods := range document.Paths {
		calls += len(methods)
	}
	if n := b.page.Find("section.call").Length(); n != calls || n < 18 {
		t.Errorf("%d calls are described, of %d", n, calls)
	}
	if n := strings.Count(b.text, "curl "); n != 6 {
		t.Errorf("%d curl commands", n)
	}
	if strings.Contains(b.text, "<script src=\"http") || strings.Contains(b.text, "//cdn") {
		t.Error("the page asks another host")
	}
	b.header.Set("Accept-Language", "ru")
	if b.open("/api/docs").status(200); !strings.Contains(b.text, "/settings") {
		b.sees("/api/users")
	}
	s.signIn(modelstest.User(t, s.Store)).open("/api/docs").status(200).sees("settings")
}
