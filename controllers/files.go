package controllers

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

	"postroom/models"
)

// Files is where the files of posts are read, and removed.
type Files struct{ *App }

// filePolicy is for a file that is opened by itself: it loads nothing, and runs nothing.
const filePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'"

// mostRanges is how many parts of a file are sent at once.
const mostRanges = 10

// Show sends a file, or what is asked for of it, to who may read its post. Images are shown; anything else is only ever a download.
func (f Files) Show(c *gin.Context) error {
	id, err := fileID(c.Param("ref"))
	if err != nil {
		return err
	}
	file, post, err := f.Store.File(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	return f.whileItComes(c, downloadLife, func() error {
		f.serve(c, file, post)
		return nil
	})
}

func (f Files) serve(c *gin.Context, file *models.File, post *models.Post) {
	width, _ := strconv.Atoi(c.Query("w"))
	bytes, kind, size := f.Store.OpenFile(c.Request.Context(), file, width)
	etag := `"` + file.Sum() + `"`
	if size != file.Size {
		etag = `"` + file.Sum() + "-" + strconv.Itoa(width) + `"`
	}
	disposition := "attachment"
	if file.IsImage() {
		disposition = "inline"
	}
	header := c.Writer.Header()
	header.Set("Content-Type", safeType(kind))
	header.Set("Content-Disposition", named(disposition, file.Name))
	header.Set("Content-Security-Policy", filePolicy)
	header.Set("ETag", etag)
	header.Set("Cache-Control", "private, no-cache") // who may read it is asked each time
	header.Add("Vary", "Cookie")
	header.Set(gzhttp.HeaderNoCompression, "1")
	if post == nil || (*models.User)(nil).CanRead(post) { // readers of feeds show the images in pages of their own
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	if strings.Count(c.GetHeader("Range"), ",") >= mostRanges {
		c.Request.Header.Del("Range") // each part of few bytes would cost a whole piece: all of it is sent (RFC 9110, 14.2)
	}
	http.ServeContent(&patientWriter{c.Writer, http.NewResponseController(c.Writer)}, c.Request, "", file.CreatedAt, bytes)
}

// named is a disposition with the name of the file. One with a percent sign is written as RFC 8187 has it, as are those with letters
// beyond ASCII: browsers read the sign in a plain name as an escape (RFC 6266, appendix D).
func named(disposition, name string) string {
	if strings.Contains(name, "%") {
		return disposition + "; filename*=utf-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return mime.FormatMediaType(disposition, map[string]string{"filename": name})
}

// patientWriter gives who reads a file a while for each piece.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write sends a piece.
func (w *patientWriter) Write(p []byte) (int, error) {
	if err := w.control.SetWriteDeadline(time.Now().Add(downloadStall)); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(p)
}

// safeType is the type as a browser is told it: of what it could run as a page, a style or a script it is told nothing.
func safeType(kind string) string {
	switch {
	case strings.HasPrefix(kind, "audio/"), strings.HasPrefix(kind, "video/"), kind == "application/pdf", kind == "application/zip":
		return kind
	case kind == "image/jpeg", kind == "image/png", kind == "image/gif":
		return kind
	case kind == "text/plain", kind == "text/csv":
		return kind + "; charset=utf-8"
	}
	return "application/octet-stream"
}

// fileID reads the number of a file in its address, such as "12-a-name.jpg".
func fileID(ref string) (int64, error) {
	digits := ref
	if i := strings.IndexFunc(ref, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = ref[:i]
	}
	return pathID(digits)
}

// Remove asks before a file is deleted.
func (f Files) Remove(c *gin.Context) error {
	file, post, err := f.editable(c)
	if err != nil {
		return err
	}
	return f.show(c, http.StatusOK, "files/remove", H{"Title": models.Say("Delete “%s”", file.Name), "File": file, "Post": post})
}

// Delete removes a file.
func (f Files) Delete(c *gin.Context) error {
	file, post, err := f.editable(c)
	if err != nil {
		return err
	}
	gone, err := f.Store.DeleteFile(c.Request.Context(), me(c), file.ID)
	if err != nil {
		return err
	}
	to := "/files/deleted"
	if post != nil {
		to = post.Path()
	}
	said := models.Say("“%s” is deleted.", file.Name)
	if me(c).IsAdmin() {
		return f.acted(c, to, said, gone.Receipt)
	}
	if err := f.flash(c, said, "/files/deleted", models.Say("Undo…")); err != nil {
		return err
	}
	return f.redirect(c, to, models.Sentence{})
}

func (f Files) editable(c *gin.Context) (*models.File, *models.Post, error) {
	id, err := fileID(c.Param("ref"))
	if err != nil {
		return nil, nil, err
	}
	return f.Store.EditableFile(c.Request.Context(), me(c), id)
}
