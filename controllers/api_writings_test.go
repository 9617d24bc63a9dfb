package controllers_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// sendsPosts uploads an archive.
func (p *program) sendsPosts(archive, query string) *answer {
	p.t.Helper()
	p.sent.Set("Content-Type", "application/zip")
	defer p.sent.Del("Content-Type")
	return p.call("POST", "/api/imports"+query, archive)
}

func TestAProgramImportsAndExportsItsUsersPosts(t *testing.T) {
	site, ann, _, conn := writerSite(t)
	p := site.program(ann, "write")
	modelstest.User(t, site.Store, modelstest.Named("eve"))
	archive := zipped(t, "a.md", "---\ntitle: A\ndate: 2020-01-02 03:04:05 +0100\ntags: [x]\nlayout: l\nseries: S\npart: 4\nauthors: eve\ncomments: false\n---\nText", "b.md", "---\ntitle: B\ndate: 2020-01-03\n---\nText", "c.md", "---\ntitle: C\nlang: klingonese-x\n---\nText", "d.jpg", "x")
	made := p.sendsPosts(archive, "?name=blog.zip").gives(201)
	if at := made.head.Get("Location"); at != "/api/imports/1" {
		t.Error(at)
	}
	for _, got := range []*answer{made, p.get("/api/imports/1").gives(200)} {
		if want := fmt.Sprintf(`{"id":1,"name":"blog.zip","state":"rehearsed","drafts":false,"bytes":%d,"files":4,"done":4,"create":2,"same":0,"passed":1,"refused":1,"differs":false,"undone":0,"created_at":"`, len(archive)); !strings.HasPrefix(string(got.body), want) {
			t.Errorf("%s\n%s", got.body, want)
		}
	}
	page := p.get("/api/imports/1/files?limit=1").gives(200)
	if got := string(page.body); strings.TrimSpace(got) != `[{"path":"a.md","act":"create","notes":["Not taken over: layout","It stands in the series “S”.","With eve as co-authors."],"title":"A","status":"published","visibility":"public","tags":["x"],"series":"S","part":4,"authors":["eve"],"comments_closed":true,"date":"2020-01-02T02:04:05Z"}]` {
		t.Error(got)
	}
	if link := page.head.Get("Link"); link != `</api/imports/1/files?after=0&limit=1>; rel="next"` {
		t.Error(link)
	}
	if got := string(p.get("/api/imports/1/files?act=refuse").gives(200).body); !strings.Contains(got, `"reasons":["A language is written as en, pt-BR or zh-Hant."]`) {
		t.Error(got)
	}
	// The user writes one of them by hand meanwhile: nothing is done, and it is looked at again.
	p.call("POST", "/api/posts", map[string]any{"title": "B", "content": "Text"}).gives(201)
	p.call("POST", "/api/imports/1/commit", nil).fails(409, "Your posts have changed since the rehearsal")
	if n := ask[int](t, conn, "select count(*)::int from posts"); n != 1 {
		t.Errorf("there are %d posts", n)
	}
	for range 2 { // sent twice
		done := p.call("POST", "/api/imports/1/commit", nil).gives(201).values()
		if done["state"] != "committed" || done["create"] != 1.0 || done["same"] != 1.0 || done["receipt"] != 1.0 {
			t.Error(done)
		}
	}
	post := ask[int64](t, conn, "select id from posts where title = 'A'")
	if got := string(p.get("/api/imports/1/files").gives(200).body); !strings.Contains(got, fmt.Sprintf(`"post_id":%d`, post)) {
		t.Error(got)
	}
	if _, err := site.UpdatePost(modelstest.Context(t), ann, post, models.PostChange{Title: new("AA")}); err != nil {
		t.Fatal(err)
	}
	p.call("POST", "/api/imports/1/undo", nil).fails(409, models.SayInTheWay.String())
	sql(t, conn, "update posts set updated_at = '2020-01-01'")
	if got := p.call("POST", "/api/imports/1/undo?others=true", nil).gives(201).values(); got["undone"] != 1.0 {
		t.Error(got)
	}
	p.call("DELETE", "/api/imports/1", nil).fails(409, "These posts are here already, or about to be. They can be taken back.")
	exported := p.download("/api/exports/posts.zip", "identity")
	content, err := io.ReadAll(exported.Body)
	if kind := exported.Header.Get("Content-Type"); kind != "application/zip" || exported.StatusCode != 200 || err != nil {
		t.Error(kind, exported.StatusCode, err)
	}
	again := p.sendsPosts(string(content), "?drafts=true").gives(201).values()
	if again["same"] != 1.0 || again["create"] != 0.0 || again["drafts"] != true {
		t.Error(again)
	}
	p.call("POST", "/api/imports/2/commit", nil).fails(409, "There is nothing to do: no file would become a post.")
	if got := p.call("DELETE", "/api/imports/2", nil).gives(200).values(); got["state"] != "dropped" {
		t.Error(got)
	}
	sql(t, conn, "insert into suspensions (user_id, reason, until) values ($1, 'Spam', now() + interval '1 day')", ann.ID)
	p.sendsPosts(archive, "").gives(403)
	site.signIn(ann).sendWriting(false, "a.zip", archive).status(403).sees("Spam")
	sql(t, conn, "update suspensions set ended_at = now()")
	p.sendsPosts("", "").fails(422, "A field has a wrong value", "body")
	p.sendsPosts("PK\x03\x04 and no more", "").fails(422, "A field has a wrong value", "body")
	p.sent.Set("Content-Type", "multipart/form-data; boundary=x")
	p.call("POST", "/api/imports", "--x--").fails(415, "The body must be application/zip")
	p.sent.Del("Content-Type")
	p.get("/api/imports/99").fails(404, "Import not found")
	p.get("/api/imports/x").fails(404, "Import not found")
	p.get("/api/imports/1/files?act=all").gives(422)
	for _, other := range []struct {
		p    *program
		read int
		send int
	}{{site.program(nil, ""), 401, 401}, {site.program(modelstest.User(t, site.Store), "read"), 404, 403}, {site.program(modelstest.Admin(t, site.Store), "admin"), 404, 404}} {
		other.p.get("/api/imports/1").gives(other.read)
		other.p.get("/api/imports/1/files").gives(other.read)
		for _, call := range []string{"commit", "undo"} {
			other.p.call("POST", "/api/imports/1/"+call, nil).gives(other.send)
		}
		other.p.call("DELETE", "/api/imports/1", nil).gives(other.send)
	}
}
