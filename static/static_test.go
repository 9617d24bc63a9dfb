package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
)

func get(t *testing.T, files *Files, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	files.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) []byte {
	t.Helper()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestAFileIsNamedByItsContentAndKeptForAYear(t *testing.T) {
	files := New()
	for name, contentType := range map[string]string{
		"site.css":    "text/css; charset=utf-8",
		"site.js":     "text/javascript; charset=utf-8",
		"live.js":     "text/javascript; charset=utf-8",
		"editor.js":   "text/javascript; charset=utf-8",
		"search.js":   "text/javascript; charset=utf-8",
		"favicon.svg": "image/svg+xml",
	} {
		path := files.Path(name)
		stem, ext, _ := strings.Cut(name, ".")
		if !regexp.MustCompile(`^/static/` + stem + `\.[0-9a-f]{8}\.` + ext + `$`).MatchString(path) {
			t.Errorf("Path(%q) = %q", name, path)
		}
		res := get(t, files, "GET", path)
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != contentType {
			t.Errorf("%s: %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
		}
		if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
		want, _ := embedded.ReadFile(name)
		if got := body(t, res.Body); !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, want %d", path, len(got), len(want))
		}
	}
}

func TestAnOtherContentGetsAnotherName(t *testing.T) {
	a, b := &Files{map[string]*file{}, map[string]string{}}, &Files{map[string]*file{}, map[string]string{}}
	a.add("site.css", []byte("a{}"))
	b.add("site.css", []byte("b{}"))
	if a.Path("site.css") == b.Path("site.css") {
		t.Error("both are", a.Path("site.css"))
	}
}

func TestAFileComesInTheBestFormThatTheBrowserReads(t *testing.T) {
	files := New()
	want, _ := embedded.ReadFile("site.css")
	for accept, encoding := range map[string]string{
		"gzip, deflate, br, zstd": "br",
		"gzip":                    "gzip",
		"GZIP;q=0.5":              "gzip",
		"br;q=0, gzip":            "gzip",
		"br; q=0, *":              "gzip",
		"*;q=0":                   "",
		"*":                       "br",
		"brotli, x-gzip":          "",
		"":                        "",
		"identity":                "",
	} {
		res := get(t, files, "GET", files.Path("site.css"), "Accept-Encoding", accept)
		if got := res.Header.Get("Content-Encoding"); got != encoding {
			t.Errorf("Accept-Encoding %q is answered in %q, want %q", accept, got, encoding)
			continue
		}
		if res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary %q", accept, res.Header.Get("Vary"))
		}
		var got []byte
		switch encoding {
		case "br":
			got = body(t, brotli.NewReader(res.Body))
		case "gzip":
			r, err := gzip.NewReader(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			got = body(t, r)
		default:
			got = body(t, res.Body)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("Accept-Encoding %q: the content differs", accept)
		}
	}
}

func TestAFileThatTheBrowserHasIsNotSentAgain(t *testing.T) {
	files := New()
	for _, accept := range []string{"", "gzip", "br"} {
		first := get(t, files, "GET", files.Path("site.js"), "Accept-Encoding", accept)
		etag := first.Header.Get("ETag")
		for _, asked := range []string{etag, "W/" + etag, `"other", ` + etag, "*"} {
			again := get(t, files, "GET", files.Path("site.js"), "Accept-Encoding", accept, "If-None-Match", asked)
			if again.StatusCode != 304 || len(body(t, again.Body)) != 0 {
				t.Errorf("If-None-Match %s: %d", asked, again.StatusCode)
			}
		}
		if res := get(t, files, "GET", files.Path("site.js"), "Accept-Encoding", accept, "If-None-Match", `"other"`); res.StatusCode != 200 {
			t.Errorf("another ETag: %d", res.StatusCode)
		}
	}
	if a, b := get(t, files, "GET", files.Path("site.js"), "Accept-Encoding", "br"), get(t, files, "GET", files.Path("site.js")); a.Header.Get("ETag") == b.Header.Get("ETag") {
		t.Error("two forms share the ETag", a.Header.Get("ETag"))
	}
}

func TestHeadHasTheHeadersOfGetAndNoBody(t *testing.T) {
	files := New()
	for _, accept := range []string{"", "gzip", "br"} {
		full := get(t, files, "GET", files.Path("site.css"), "Accept-Encoding", accept)
		head := get(t, files, "HEAD", files.Path("site.css"), "Accept-Encoding", accept)
		for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "ETag", "Cache-Control", "Vary"} {
			if full.Header.Get(name) != head.Header.Get(name) {
				t.Errorf("%s: GET says %q, HEAD %q", name, full.Header.Get(name), head.Header.Get(name))
			}
		}
		if len(body(t, head.Body)) != 0 {
			t.Error("HEAD has a body")
		}
	}
}

func TestAnythingElseIsNotFound(t *testing.T) {
	files := New()
	for _, path := range []string{"/", "/static/", "/static", "/static/site.css", "/static/site.00000000.css", "/static/static.go", "/static/../static.go", "/site.css"} {
		if res := get(t, files, "GET", path); res.StatusCode != 404 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if res := get(t, files, "POST", files.Path("site.css")); res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
}

func TestTheIconStandsWhereBrowsersLookForIt(t *testing.T) {
	files := New()
	res := get(t, files, "GET", "/favicon.svg")
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "image/svg+xml" || res.Header.Get("Cache-Control") != "public, max-age=86400" {
		t.Errorf("/favicon.svg: %d %v", res.StatusCode, res.Header)
	}
	if res := get(t, files, "GET", "/favicon.ico"); res.StatusCode != 301 || res.Header.Get("Location") != "/favicon.svg" {
		t.Errorf("/favicon.ico: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}

func TestManyVisitorsMayAskAtOnce(t *testing.T) {
	files := New()
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if res := get(t, files, "GET", files.Path("site.css"), "Accept-Encoding", "br"); res.StatusCode != 200 {
				t.Error(res.StatusCode)
			}
		})
	}
	wg.Wait()
}

func TestAMisspeltNameIsNoticed(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	New().Path("sit.css")
}

func TestStyleAndScriptStaySmall(t *testing.T) {
	for name, most := range map[string]struct{ plain, packed int }{
		"site.css":    {30 << 10, 8 << 10},
		"site.js":     {5 << 10, 2 << 10},
		"live.js":     {11 << 10, 4 << 10},
		"editor.js":   {5 << 10, 2 << 10},
		"files.js":    {4 << 10, 2 << 10},
		"search.js":   {2 << 10, 1 << 10},
		"favicon.svg": {400, 400},
	} {
		content, _ := embedded.ReadFile(name)
		if packed := len(brotliBytes(content)); len(content) > most.plain || packed > most.packed {
			t.Errorf("%s: %d bytes, %d in brotli; at most %d and %d", name, len(content), packed, most.plain, most.packed)
		}
	}
}

func TestNothingLoosensTheContentSecurityPolicy(t *testing.T) {
	for name, words := range map[string][]string{
		"site.css":    {"data:", "http:", "https:", "@import", "url("},
		"site.js":     {"eval(", "new Function", "innerHTML", ".style", "http:", "https:"},
		"live.js":     {"eval(", "new Function", "innerHTML", ".style", "http:", "https:"},
		"files.js":    {"eval(", "new Function", "innerHTML", ".style", "http:", "https:"},
		"search.js":   {"eval(", "new Function", "innerHTML", ".style", "http:", "https:"},
		"favicon.svg": {"<script", "style=", "href"},
	} {
		content, _ := embedded.ReadFile(name)
		for _, word := range words {
			if bytes.Contains(content, []byte(word)) {
				t.Errorf("%s contains %q", name, word)
			}
		}
	}
}
