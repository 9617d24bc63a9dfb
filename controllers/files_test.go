package controllers_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// photo is a JPEG of so many pixels.
func photo(t testing.TB, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func dot(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// send sends a multipart form with a file to an address.
func (b *browser) send(method, path, name, content string, pairs ...string) *browser {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		form.WriteField(pairs[i], pairs[i+1])
	}
	if name != "" {
		part, _ := form.CreateFormFile("file", name)
		io.WriteString(part, content)
	}
	form.Close()
	request, err := http.NewRequestWithContext(modelstest.Context(b.t), method, b.site.url+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Origin", b.site.url)
	return b.do(request)
}

// json is the object that was answered.
func (b *browser) json() map[string]any {
	b.t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(b.text), &object); err != nil {
		b.t.Fatalf("%v in %s", err, b.text)
	}
	return object
}

// asks opens an address with these headers.
func (b *browser) asks(path string, headers ...string) *browser {
	b.t.Helper()
	request, err := http.NewRequestWithContext(modelstest.Context(b.t), "GET", b.site.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return b.do(request)
}

func TestAFileIsAsClosedAsItsPost(t *testing.T) {
	site := newSite(t)
	owner, second := modelstest.User(t, site.Store), modelstest.User(t, site.Store, modelstest.Named("second"))
	ann, co, ben, visitor := site.signIn(owner), site.signIn(second), site.signIn(modelstest.User(t, site.Store)), site.visitor()
	for _, state := range []struct {
		status, visibility          string
		visitor, member, co, editor int
	}{
		{models.StatusDraft, models.VisibilityPublic, 404, 404, 200, 200},
		{models.StatusPublished, models.VisibilityMembers, 403, 200, 200, 200},
		{models.StatusPublished, models.VisibilityUnlisted, 200, 200, 200, 200},
		{models.StatusPublished, models.VisibilityPublic, 200, 200, 200, 200},
	} {
		post := modelstest.Post(t, site.Store, owner, func(p *models.Post) {
			p.Status, p.Visibility, p.Authors = state.status, state.visibility, []*models.User{{Username: "second"}}
		})
		ann.send("POST", "/api/posts/"+strconv.FormatInt(post.ID, 10)+"/files", "notes.txt", "Only for who may read the post.").status(201)
		path := ann.json()["url"].(string)
		for _, who := range []struct {
			name string
			b    *browser
			want int
		}{{"a visitor", visitor, state.visitor}, {"a member", ben, state.member}, {"the second author", co, state.co}, {"the author", ann, 200}} {
			if who.b.open(path); who.b.code != who.want {
				t.Errorf("%s %s: %s gets %d, not %d", state.status, state.visibility, who.name, who.b.code, who.want)
			}
			if who.want != 200 && strings.Contains(who.b.text, "Only for who") {
				t.Errorf("%s %s: %s reads it", state.status, state.visibility, who.name)
			}
			if list := who.b.open("/api/posts/" + strconv.FormatInt(post.ID, 10) + "/files"); (list.code == 200) != (who.want == 200) {
				t.Errorf("%s %s: the list for %s answers %d", state.status, state.visibility, who.name, list.code)
			}
		}
	}
	// What is in no post yet is its sender's alone.
	ann.send("POST", "/api/files", "dot.png", dot(t)).status(201)
	path := ann.json()["url"].(string)
	ann.open(path).status(200)
	for _, b := range []*browser{visitor, ben, co, site.signIn(modelstest.Admin(t, site.Store))} {
		if b.open(path); b.code != 404 {
			t.Errorf("%d for a file in no post", b.code)
		}
	}
	visitor.send("POST", "/api/files", "dot.png", dot(t)).status(401)
	ben.send("POST", "/api/posts/1/files", "x.txt", "x").status(404)
	ben.send("POST", "/api/posts/4/files", "x.txt", "x").status(403)
	ben.send("DELETE", "/api/files/4", "", "").status(403)
}

func TestAFileIsReadInPartsAndFromMemory(t *testing.T) {
	site := newSite(t)
	owner := modelstest.User(t, site.Store)
	ann, visitor := site.signIn(owner), site.visitor()
	modelstest.Post(t, site.Store, owner)
	content := strings.Repeat("0123456789", 70_000)
	ann.send("POST", "/api/posts/1/files", "fünf Zeilen.csv", "a,b\n"+content).status(201)
	path := ann.json()["url"].(string)
	visitor.open(path).status(200)
	etag := visitor.head.Get("ETag")
	if visitor.text != "a,b\n"+content || etag == "" || visitor.head.Get("Accept-Ranges") != "bytes" || visitor.head.Get("Content-Encoding") != "" {
		t.Errorf("%d bytes, %v", len(visitor.text), visitor.head)
	}
	if got := visitor.head.Get("Content-Disposition"); got != "attachment; filename*=utf-8''f%C3%BCnf%20Zeilen.csv" {
		t.Error(got)
	}
	for _, try := range []struct {
		header, value, more, with string
		code                      int
		text                      string
	}{
		{"Range", "bytes=0-3", "", "", 206, "a,b\n"},
		{"Range", "bytes=-4", "", "", 206, "6789"},
		{"Range", "bytes=262140-262147", "", "", 206, content[262136:262144]},
		{"Range", "bytes=9000000-", "", "", 416, ""},
		{"Range", "bytes=0-0" + strings.Repeat(",600000-600000,0-0", 10), "", "", 200, "a,b\n" + content},
		{"Range", "bytes=0-3", "If-Range", etag, 206, "a,b\n"},
		{"Range", "bytes=0-3", "If-Range", `"another"`, 200, "a,b\n" + content},
		{"If-None-Match", etag, "", "", 304, ""},
	} {
		headers := []string{try.header, try.value}
		if try.more != "" {
			headers = append(headers, try.more, try.with)
		}
		if visitor.asks(path, headers...); visitor.code != try.code || try.code != 416 && visitor.text != try.text {
			t.Errorf("%v: %d, %d bytes", headers, visitor.code, len(visitor.text))
		}
	}
}

func TestAFileIsSavedUnderItsName(t *testing.T) {
	site := newSite(t)
	ann := site.signIn(modelstest.User(t, site.Store))
	for name, want := range map[string]string{
		"notes.txt":                       "attachment; filename=notes.txt",
		"two words; and more.txt":         `attachment; filename="two words; and more.txt"`,
		"50%20off + more.txt":             "attachment; filename*=utf-8''50%2520off%20%2B%20more.txt",
		`C:\Documents\report.txt`:         "attachment; filename=report.txt",
		"/etc/../passwd":                  "attachment; filename=passwd",
		"a\u202etxt.exe":                  "attachment; filename=atxt.exe",
		"tab\tand\u2028line\u0085.txt":    `attachment; filename="taband line.txt"`,
		"отчёт.txt":                       "attachment; filename*=utf-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.txt",
		strings.Repeat("x", 300) + ".txt": "attachment; filename=" + strings.Repeat("x", 196) + ".txt",
		".txt":                            "attachment; filename=.txt",
	} {
		ann.send("POST", "/api/files", name, "Words.").status(201)
		ann.open(ann.json()["url"].(string)).status(200)
		if got := ann.head.Get("Content-Disposition"); got != want {
			t.Errorf("%q: %s, not %s", name, got, want)
		}
	}
	for _, name := range []string{"..", ".", `C:\`, "\u202e", "..."} {
		ann.send("POST", "/api/files", name, "Words.").status(422).sees("The file needs a name.")
	}
}

func TestWhatCouldRunIsOnlyEverADownload(t *testing.T) {
	site := newSite(t)
	ann := site.signIn(modelstest.User(t, site.Store))
	for name, content := range map[string]string{
		"page.jpg":   "<!DOCTYPE html><script>alert(document.domain)</script>",
		"image.png":  `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`,
		"page.xhtml": `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>`,
		"x.js":       "alert(1)",
		"x.css":      "body{display:none}",
	} {
		ann.send("POST", "/api/files", name, content).status(201)
		if ann.json()["width"] != nil {
			t.Errorf("%s is an image", name)
		}
		ann.open(ann.json()["url"].(string)).status(200)
		if got := ann.head.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
			t.Errorf("%s: %s", name, got)
		}
		if kind := ann.head.Get("Content-Type"); kind != "application/octet-stream" && !strings.HasPrefix(kind, "text/plain") || ann.head.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s is told to be %s", name, kind)
		}
		if got := ann.head.Get("Content-Security-Policy"); !strings.Contains(got, "sandbox") {
			t.Errorf("%s: %s", name, got)
		}
	}
	ann.send("POST", "/api/files", "p.jpg", photo(t, 1000, 20)).status(201)
	if widths := ann.json()["widths"].([]any); len(widths) != 2 {
		t.Error(widths)
	}
	ann.open(ann.json()["url"].(string) + "?w=480").status(200)
	if ann.head.Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(ann.head.Get("Content-Disposition"), "inline") {
		t.Error(ann.head)
	}
}

func TestTheAPISaysWhatIsWrongWithAFile(t *testing.T) {
	site := newSite(t)
	ann := site.signIn(modelstest.User(t, site.Store))
	ann.post("/api/files", "file", "x").status(415).sees("The body must be multipart/form-data")
	ann.send("POST", "/api/files", "", "").status(400).sees("Missing required fields")
	ann.send("POST", "/api/files", "x.txt", "").status(422).sees("The file is empty.")
	ann.send("POST", "/api/files", "x.jpg", photo(t, 20, 20)[:300]).status(422).sees("The image cannot be read")
	admin := modelstest.Admin(t, site.Store)
	if err := site.SetFileRoom(modelstest.Context(t), admin, 1); err != nil {
		t.Fatal(err)
	}
	ann.send("POST", "/api/files", "x.bin", strings.Repeat("x", 2<<20)).status(413).sees("There is no room for it: 1 MB are left for files.")
	ann.send("POST", "/api/files", "x.bin", strings.Repeat("x", 1000)).status(201)
}
