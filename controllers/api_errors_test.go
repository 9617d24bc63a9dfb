package controllers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestEachScopeAllowsWhatItSays(t *testing.T) {
	s := newSite(t)
	ann, ben, admin := modelstest.User(t, s.Store), modelstest.User(t, s.Store), modelstest.Admin(t, s.Store)
	own := modelstest.Post(t, s.Store, ann)
	anyone, read, write := s.program(nil, ""), s.program(ann, "read"), s.program(ann, "write")
	chiefRead, chiefWrite, chief := s.program(admin, "read"), s.program(admin, "write"), s.program(admin, "admin")
	everyProgram := []*program{anyone, read, write, chiefRead, chiefWrite, chief}
	n := 0
	for _, try := range []struct {
		method, path, body string
		want               [6]int
	}{
		{"GET", "/api/users", "", [6]int{200, 200, 200, 200, 200, 200}},
		{"GET", userPath(ben), "", [6]int{200, 200, 200, 200, 200, 200}},
		{"GET", postPath(own), "", [6]int{200, 200, 200, 200, 200, 200}},
		{"GET", userPath(ann) + "/stats", "", [6]int{401, 200, 200, 403, 403, 200}},
		{"GET", "/api/users?active=true", "", [6]int{403, 403, 403, 403, 403, 200}},
		{"GET", "/api/stats/top-users", "", [6]int{200, 200, 200, 200, 200, 200}},
		{"GET", "/api/stats/users", "", [6]int{401, 403, 403, 403, 403, 200}},
		{"GET", "/api/stats/site", "", [6]int{401, 403, 403, 403, 403, 200}},
		{"POST", "/api/users", `{"username": "new-%d", "email": "new-%[1]d@example.com"}`, [6]int{401, 403, 403, 403, 403, 201}},
		{"POST", "/api/posts", `{"title": "x %d", "content": "y"}`, [6]int{401, 403, 201, 403, 201, 201}},
		{"PATCH", userPath(ann), `{"name": "Ann %d"}`, [6]int{401, 403, 200, 403, 403, 200}},
		{"PATCH", userPath(ben), `{"name": "Ben %d"}`, [6]int{401, 403, 403, 403, 403, 200}},
		{"PUT", userPath(ben), `{"username": "ben-%d", "email": "ben@example.com"}`, [6]int{401, 403, 403, 403, 403, 200}},
		{"PATCH", postPath(own), `{"title": "z %d"}`, [6]int{401, 403, 200, 403, 403, 200}},
		{"DELETE", userPath(ben), "", [6]int{401, 403, 403, 403, 403, 200}},
	} {
		for i, p := range everyProgram {
			n++
			var body any
			if try.body != "" {
				body = fmt.Sprintf(try.body, n)
			}
			if got := p.call(try.method, try.path, body); got.status != try.want[i] {
				t.Errorf("%s %s by program %d: %d, want %d: %s", try.method, try.path, i, got.status, try.want[i], got.body)
			}
		}
	}
}

func TestABadTokenIsRefusedEverywhere(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	for _, header := range []string{"Bearer", "Bearer ", "Bearer x", "bearer postroom_x", "Bearer postroom_" + strings.Repeat("x", 5000), "Bearer postroom_\xff"} {
		p := s.program(nil, "")
		p.sent = http.Header{"Authorization": {header}}
		a := p.get(userPath(ann)).fails(401, "A valid token is needed")
		if got := a.head.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer ") || !strings.Contains(got, "invalid_token") {
			t.Errorf("WWW-Authenticate is %q", got)
		}
	}
	p := s.program(nil, "")
	p.sent = http.Header{"Authorization": {"Basic dXNlcjpwYXNz"}} // a gate in front of the site
	p.get(userPath(ann)).gives(200)
	if got := s.program(nil, "").call("POST", "/api/posts", `{}`).fails(401, "A valid token is needed").head.Get("WWW-Authenticate"); got != `Bearer realm="api"` {
		t.Errorf("WWW-Authenticate is %q", got)
	}
	p = s.program(ann, "read")
	list, err := s.Tokens(modelstest.Context(t), ann)
	if err != nil || s.EndToken(modelstest.Context(t), ann, list[0].ID) != nil {
		t.Fatal(err)
	}
	p.get(userPath(ann)).fails(401, "A valid token is needed")
}

func TestABrowsersSessionMayDoWhatItsUserMay(t *testing.T) {
	s := newSite(t)
	admin := modelstest.Admin(t, s.Store)
	b := s.signIn(admin)
	if b.open("/api/stats/site"); b.code != 200 {
		t.Errorf("an admin's browser is refused: %d %s", b.code, b.text)
	}
	for _, try := range []struct {
		header http.Header
		want   int
	}{
		{http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://elsewhere.example"}}, 403},
		{http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
		{http.Header{"Origin": {"null"}}, 403},
		{http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {s.url}}, 201},
	} {
		request, err := http.NewRequestWithContext(modelstest.Context(t), "POST", s.url+"/api/posts", strings.NewReader(`{"title": "x", "content": "y"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = try.header
		request.Header.Set("Content-Type", "application/json")
		if b.do(request); b.code != try.want {
			t.Errorf("%v: %d, want %d: %s", try.header, b.code, try.want, b.text)
		}
	}
	p := s.program(admin, "write")
	p.sent = http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://elsewhere.example"}}
	p.call("POST", "/api/posts", `{"title": "x", "content": "y"}`).gives(201)
}

func TestWhatIsNotThereIsAnsweredInJSON(t *testing.T) {
	s := newSite(t)
	p := s.program(nil, "")
	for _, path := range []string{"/api", "/api/", "/api/nothing", "/api/users/1/2/3", "/api/%00", "/api/docs/more"} {
		p.get(path).fails(404, "Not found")
	}
	for _, call := range [][2]string{{"DELETE", "/api/users"}, {"POST", "/api/users/1"}, {"PUT", "/api/stats/site"}, {"OPTIONS", "/api/posts"}, {"TRACE", "/api/posts/1"}, {"POST", "/api/openapi.json"}} {
		if a := p.call(call[0], call[1], nil).fails(405, "Method not allowed"); a.head.Get("Allow") == "" {
			t.Errorf("%s: no Allow", a.asked)
		}
	}
	head, err := http.Head(s.url + "/api/users")
	if err != nil || head.StatusCode != 200 {
		t.Errorf("HEAD: %v %v", head, err)
	}
}

func TestABodyMustBeJSONAndNotTooLarge(t *testing.T) {
	s := newSite(t)
	p := s.program(modelstest.User(t, s.Store), "write")
	for _, body := range []string{"{", "x", `{"title": "x"} {`, `{"title": 'x'}`, "\x00", "\xff\xfe{}", strings.Repeat(`[`, 100_000)} {
		p.call("POST", "/api/posts", body).fails(400, "The body is not JSON")
	}
	p.call("POST", "/api/posts", `{"title": 1e999}`).fails(422, "A field has a wrong value", "title") // it is JSON
	for _, body := range []string{"[]", "null", "5", `"text"`, "[[[]]]"} {
		p.call("POST", "/api/posts", body).fails(422, "A field has a wrong value", "body")
	}
	p.call("PATCH", "/api/posts/1", nil).fails(400, "The body is not JSON")
	p.call("POST", "/api/posts", `{"title": "x", "content": "`+strings.Repeat("y", 4<<20)+`"}`).fails(413, "The body is too large")
	for _, kind := range []string{"application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "application/xml", "\x00;"} {
		p.sent = http.Header{"Content-Type": {strings.ReplaceAll(kind, "\x00", "?")}}
		p.call("POST", "/api/posts", `{"title": "x", "content": "y"}`).fails(415, "The body must be application/json")
	}
	for _, kind := range []string{"application/json; charset=utf-8", "application/merge-patch+json", ""} {
		p.sent = http.Header{"Content-Type": {kind}}
		p.call("POST", "/api/posts", `{"title": "x", "content": "y"}`).gives(201)
	}
}

func TestTheAPISaysWhenTheDatabaseIsAway(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	token := s.program(ann, "write")
	s.Store.Close()
	for _, p := range []*program{s.program(nil, ""), token} {
		for _, path := range []string{"/api/users", userPath(ann), "/api/posts", "/api/posts/1", "/api/stats/top-users"} {
			if a := p.get(path).fails(503, "Database operation failed"); a.head.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", path)
			}
		}
	}
	token.call("POST", "/api/posts", `{"title": "x", "content": "y"}`).fails(503, "Database operation failed")
}

func TestHostileTextIsKeptOrRefusedButNeverBreaks(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	p := s.program(ann, "write")
	for _, text := range []string{"'; drop table users; --", "\u202egnp.exe", "<script>", "a\x00b", strings.Repeat("界", 200), "\\u0000", "%s%n", "${7*7}", "\U0001F4A5", "\ufeff", "line\nline"} {
		for _, field := range []string{"name", "username", "email", "about"} {
			if a := p.call("PATCH", userPath(ann), map[string]string{field: text}); a.status != 200 && a.status != 422 {
				t.Errorf("%s %q: %d %s", field, text, a.status, a.body)
			}
		}
		for _, body := range []any{map[string]any{"title": text, "content": text, "tags": []string{text}}, map[string]any{"title": "x", "content": text}} {
			if a := p.call("POST", "/api/posts", body); a.status != 201 && a.status != 422 {
				t.Errorf("%q: %d %s", text, a.status, a.body)
			}
		}
		for _, value := range []any{text, map[string]any{"deep": []any{text}}} {
			encoded, _ := json.Marshal(map[string]any{"metadata": map[string]any{"x": value}})
			if a := p.call("PATCH", userPath(ann), string(encoded)); a.status != 200 && a.status != 422 {
				t.Errorf("metadata %s: %d %s", encoded, a.status, a.body)
			}
		}
	}
	p.call("PATCH", userPath(ann), `{"metadata": {"x": 1e131073}}`).fails(422, "A field has a wrong value", "metadata")
	if _, err := s.Users(modelstest.Context(t), models.UserFilter{Sort: "id", Limit: 1}); err != nil {
		t.Error(err)
	}
}
