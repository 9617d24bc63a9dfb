// Package static holds the site's style sheet, script and icon, and serves them under names that change with their content.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:embed site.css site.js live.js editor.js desk.js files.js search.js favicon.svg
var embedded embed.FS

// Files serves the embedded files. Make one with New and use it everywhere.
type Files struct {
	byURL map[string]*file
	paths map[string]string
}

// file is one embedded file with its compressed forms, made when first asked for.
type file struct {
	contentType  string
	cacheControl string
	etag         string // without quotes
	plain        []byte
	brotli, gzip func() []byte
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// New reads the embedded files and names each by the hash of its content.
func New() *Files {
	entries, err := embedded.ReadDir(".")
	if err != nil {
		panic(err) // the files are part of the program
	}
	files := &Files{byURL: map[string]*file{}, paths: map[string]string{}}
	for _, entry := range entries {
		content, err := embedded.ReadFile(entry.Name())
		if err != nil {
			panic(err)
		}
		files.add(entry.Name(), content)
	}
	// Browsers ask for these two by themselves, by these very names.
	icon := *files.byURL[files.paths["favicon.svg"]]
	icon.cacheControl = "public, max-age=86400"
	files.byURL["/favicon.svg"] = &icon
	return files
}

func (f *Files) add(name string, content []byte) {
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:4])
	ext := path.Ext(name)
	url := "/static/" + strings.TrimSuffix(name, ext) + "." + hash + ext
	f.paths[name] = url
	f.byURL[url] = &file{
		contentType:  contentTypes[ext],
		cacheControl: "public, max-age=31536000, immutable",
		etag:         hash,
		plain:        content,
		brotli:       sync.OnceValue(func() []byte { return brotliBytes(content) }),
		gzip:         sync.OnceValue(func() []byte { return gzipBytes(content) }),
	}
}

// Path says under which URL path a file is served: "site.css" is "/static/site.4f2a9c1b.css".
// It panics on a name that is not embedded, so that a typo in a template fails its test.
func (f *Files) Path(name string) string {
	url, ok := f.paths[name]
	if !ok {
		panic("static: no file " + strconv.Quote(name))
	}
	return url
}

// Has reports whether there is a file under the URL path.
func (f *Files) Has(path string) bool {
	_, ok := f.byURL[path]
	return ok || path == "/favicon.ico"
}

// Handler answers /static/…, /favicon.svg and /favicon.ico; anything else is 404.
func (f *Files) Handler() http.Handler { return f }

func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Path == "/favicon.ico" {
		w.Header().Set("Cache-Control", "public, max-age=86400")
		http.Redirect(w, r, "/favicon.svg", http.StatusMovedPermanently)
		return
	}
	file, ok := f.byURL[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	file.serve(w, r)
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	body, encoding, etag := f.plain, "", f.etag
	switch accepts := r.Header.Values("Accept-Encoding"); {
	case acceptsEncoding(accepts, "br"):
		body, encoding, etag = f.brotli(), "br", f.etag+"-br"
	case acceptsEncoding(accepts, "gzip"):
		body, encoding, etag = f.gzip(), "gzip", f.etag+"-gz"
	}
	etag = `"` + etag + `"`
	header := w.Header()
	header.Set("Cache-Control", f.cacheControl)
	header.Set("ETag", etag)
	header.Add("Vary", "Accept-Encoding")
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", f.contentType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the visitor may have gone
}

// acceptsEncoding reads Accept-Encoding (RFC 9110, 12.5.3): named, or by *, and not with q=0.
func acceptsEncoding(headers []string, encoding string) bool {
	accepted := false
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		named := strings.EqualFold(name, encoding)
		if !named && name != "*" {
			continue
		}
		wanted := true
		if key, value, ok := strings.Cut(strings.TrimSpace(params), "="); ok && strings.EqualFold(strings.TrimSpace(key), "q") {
			weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			wanted = err == nil && weight > 0
		}
		if named {
			return wanted
		}
		accepted = wanted
	}
	return accepted
}

// matches compares If-None-Match weakly, as RFC 9110, 13.1.2 asks.
func matches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == etag {
			return true
		}
	}
	return false
}

func brotliBytes(content []byte) []byte {
	var buf bytes.Buffer
	w := brotli.NewWriterLevel(&buf, brotli.BestCompression)
	_, _ = w.Write(content) // a buffer takes everything
	_ = w.Close()
	return buf.Bytes()
}

func gzipBytes(content []byte) []byte {
	var buf bytes.Buffer
	w, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	_, _ = w.Write(content)
	_ = w.Close()
	return buf.Bytes()
}
