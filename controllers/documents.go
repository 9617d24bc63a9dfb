package controllers

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// document answers with what programs read, such as a feed, which is the same for everyone. It is kept in memory as pages are. Who
// has it already is told so: by its ETag, or by the date of the last change that this program heard of.
func (a *App) document(c *gin.Context, kind string, make func() ([]byte, error)) error {
	lang := a.language(c).Tag
	key := strings.Join([]string{"document", lang, c.Request.URL.RequestURI()}, " ")
	changed := a.Store.ChangedAt() // both before anything is read: what changes meanwhile makes it stale
	generation, heard := a.Store.Generation()
	page := a.kept.get(key, generation, time.Now())
	if page == nil || !heard {
		body, err := make()
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		page = &keptPage{key: key, generation: generation, until: time.Now().Add(keptLife), body: body, lang: lang,
			etag: base64.RawURLEncoding.EncodeToString(sum[:12]), modified: changed}
		if heard && len(c.Request.URL.RawQuery) <= 100 && a.kept.again(key) {
			a.kept.put(page)
		}
	}
	header := c.Writer.Header()
	header.Set("Content-Type", kind+"; charset=utf-8")
	header.Set("Content-Language", lang)
	header.Set("Cache-Control", "public, no-cache")
	header.Add("Vary", "Accept-Language")
	header.Set("ETag", `W/"`+page.etag+`"`) // weak: it may be compressed on the way
	modified := time.Time{}
	if heard {
		modified = page.modified.Truncate(time.Second)
	}
	if time.Since(modified) < time.Second {
		// While the second of a change is not over something else may change in it, and who has the document by now would never hear:
		// so it is said to be older, and sent whatever is asked.
		modified = modified.Add(-time.Second)
		c.Request.Header.Del("If-Modified-Since")
	}
	http.ServeContent(c.Writer, c.Request, "", modified, bytes.NewReader(page.body))
	return nil
}
