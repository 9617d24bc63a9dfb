package controllers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// program is a client of the API. Without a token it reads as any visitor does.
type program struct {
	t     testing.TB
	site  *site
	token string
	sent  http.Header
}

var tokens atomic.Int64

// program is one with a token of the user.
func (s *site) program(user *models.User, scope string) *program {
	s.t.Helper()
	p := &program{t: s.t, site: s, sent: http.Header{}}
	if user != nil {
		_, secret, err := s.CreateToken(modelstest.Context(s.t), user, fmt.Sprintf("%s %d", scope, tokens.Add(1)), scope)
		if err != nil {
			s.t.Fatal(err)
		}
		p.token = secret
	}
	return p
}

// answer is what the API said.
type answer struct {
	t      testing.TB
	asked  string
	status int
	head   http.Header
	body   []byte
}

// call asks; body is sent as it stands where it is a string, else as JSON.
func (p *program) call(method, path string, body any) *answer {
	p.t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		reader = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(modelstest.Context(p.t), method, p.site.url+path, reader)
	if err != nil {
		p.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	for name, values := range p.sent {
		request.Header[name] = values
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	a := &answer{t: p.t, asked: method + " " + path, status: response.StatusCode, head: response.Header}
	if a.body, err = io.ReadAll(response.Body); err != nil {
		p.t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); kind != "application/json" && a.status != http.StatusNotModified {
		p.t.Errorf("%s: the answer is %q: %s", a.asked, kind, a.body)
	}
	for _, inner := range []string{"SQLSTATE", "pgx", "gorm", "ERROR:", "goroutine", "json: ", "strconv", "constraint"} {
		if strings.Contains(string(a.body), inner) {
			p.t.Errorf("%s: inner words in %s", a.asked, a.body)
		}
	}
	return a
}

func (p *program) get(path string) *answer { p.t.Helper(); return p.call("GET", path, nil) }

// gives fails the test unless the status is this one.
func (a *answer) gives(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d: %s", a.asked, a.status, status, a.body)
	}
	return a
}

// fails checks an error: its status, its sentence and the fields that it names.
func (a *answer) fails(status int, sentence string, fields ...string) *answer {
	a.t.Helper()
	a.gives(status)
	var said struct {
		Error     *string           `json:"error"`
		Fields    map[string]string `json:"fields"`
		RequestID string            `json:"request_id"`
	}
	if err := json.Unmarshal(a.body, &said); err != nil || said.Error == nil || *said.Error != sentence {
		a.t.Fatalf("%s: says %s, want %q", a.asked, a.body, sentence)
	}
	if said.RequestID == "" || said.RequestID != a.head.Get("X-Request-Id") {
		a.t.Errorf("%s: request_id %q", a.asked, said.RequestID)
	}
	if said.Fields == nil || len(said.Fields) != len(fields) {
		a.t.Fatalf("%s: fields are %v, want %v", a.asked, said.Fields, fields)
	}
	for _, field := range fields {
		if said.Fields[field] == "" {
			a.t.Fatalf("%s: fields are %v, want %v", a.asked, said.Fields, fields)
		}
	}
	return a
}

// values are the fields of the object that came back.
func (a *answer) values() map[string]any {
	a.t.Helper()
	var values map[string]any
	if err := json.Unmarshal(a.body, &values); err != nil {
		a.t.Fatalf("%s: %v: %s", a.asked, err, a.body)
	}
	return values
}

// rows are the objects of the list that came back.
func (a *answer) rows() []map[string]any {
	a.t.Helper()
	rows := []map[string]any(nil)
	if err := json.Unmarshal(a.body, &rows); err != nil || rows == nil {
		a.t.Fatalf("%s: %v: %s", a.asked, err, a.body)
	}
	return rows
}

// next is the address of the next page; empty where there is none.
func (a *answer) next() string {
	link, ok := strings.CutPrefix(a.head.Get("Link"), "<")
	if !ok {
		return ""
	}
	path, rest, _ := strings.Cut(link, ">")
	if rest != `; rel="next"` {
		a.t.Errorf("%s: Link is %q", a.asked, a.head.Get("Link"))
	}
	return path
}

// has checks one field of the object that came back.
func (a *answer) has(field string, want any) *answer {
	a.t.Helper()
	if got, there := a.values()[field]; !there || fmt.Sprint(got) != fmt.Sprint(want) {
		a.t.Errorf("%s: %s is %v, want %v", a.asked, field, got, want)
	}
	return a
}

// lacks checks that fields are absent.
func (a *answer) lacks(fields ...string) *answer {
	a.t.Helper()
	for _, field := range fields {
		if strings.Contains(string(a.body), `"`+field+`"`) {
			a.t.Errorf("%s: %s is there: %s", a.asked, field, a.body)
		}
	}
	return a
}

func userPath(user *models.User) string { return fmt.Sprintf("/api/users/%d", user.ID) }

func postPath(post *models.Post) string { return fmt.Sprintf("/api/posts/%d", post.ID) }
