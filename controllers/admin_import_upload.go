package controllers

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

const (
	// uploadLife is how long a file may take to come in.
	uploadLife = 3 * time.Hour
	// uploadStall is how long a browser may say nothing meanwhile.
	uploadStall = time.Minute
	// uploadSlack is what a form may have besides its file.
	uploadSlack = 64 << 10
	// uploadDrained is how much of a file that is too large is read and thrown away: a browser shows no answer before it has
	// sent what it has.
	uploadDrained = 2 << 30
)

// Create takes a file in while it is sent.
func (m AdminImports) Create(c *gin.Context) error {
	defer m.unhurried(c, uploadLife)()
	upload := m.upload(c)
	if c.Request.ContentLength > models.MaxImport+uploadSlack {
		io.CopyN(io.Discard, upload, uploadDrained)
		return m.list(c, http.StatusRequestEntityTooLarge, models.Invalid{"file": models.SayImportTooLarge})
	}
	form, err := c.Request.MultipartReader()
	if err != nil {
		return m.list(c, http.StatusUnprocessableEntity, models.Invalid{"file": models.Say("Choose a file.")})
	}
	typed, file, err := fileOf(form)
	if err != nil || file == nil {
		return m.list(c, http.StatusUnprocessableEntity, models.Invalid{"file": models.Say("Choose a file.")})
	}
	known, err := models.ParseImportFormat(typed["separator"], typed["quote"], typed["encoding"])
	if invalid, status := m.problems(err); invalid != nil {
		io.CopyN(io.Discard, upload, uploadDrained)
		return m.list(c, status, invalid)
	}
	i, err := m.Store.StageImport(c.Request.Context(), me(c), models.NewImport{Name: file.FileName(), Size: max(-1, c.Request.ContentLength), Known: known, Wait: true}, file)
	var busy *models.Conflict
	switch {
	case errors.As(err, &busy):
		io.CopyN(io.Discard, upload, uploadDrained)
		return m.list(c, http.StatusConflict, models.Invalid{"file": busy.Say})
	case i == nil || errors.Is(err, models.ErrUnavailable):
		return err
	case i.State == models.ImportFailed:
		io.CopyN(io.Discard, upload, uploadDrained)
		return m.list(c, uploadStatus(i), models.Invalid{"file": i.Failure})
	}
	return m.redirect(c, importPath(i.ID), models.Sentence{})
}

// uploadStatus is the status of an answer to a file that failed.
func uploadStatus(i *models.Import) int {
	if i.Failure.Text == models.SayImportTooLarge.Text {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusUnprocessableEntity
}

// fileOf reads the form up to its file. The other fields come before it; nil: no file was chosen.
func fileOf(form *multipart.Reader) (typed map[string]string, file *multipart.Part, err error) {
	typed = map[string]string{}
	for {
		part, err := form.NextPart()
		switch {
		case err == io.EOF:
			return typed, nil, nil
		case err != nil:
			return nil, nil, err
		case part.FormName() == "file" && part.FileName() == "":
			return typed, nil, nil
		case part.FormName() == "file":
			return typed, part, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, 100))
		if err != nil {
			return nil, nil, err
		}
		typed[part.FormName()] = strings.ToValidUTF8(string(value), "")
	}
}

// upload is the body of the request, whose sender may be slow but not silent.
func (a *App) upload(c *gin.Context) io.Reader {
	c.Request.Body = &slowBody{c.Request.Body, http.NewResponseController(c.Writer)}
	return c.Request.Body
}

// sentAlone is the body of a call that is a file and no form, of so many bytes at most. ok is false where it is answered already.
func (a *App) sentAlone(c *gin.Context, most int64, large models.Sentence) (file io.Reader, ok bool) {
	file = a.upload(c)
	switch {
	case strings.HasPrefix(c.GetHeader("Content-Type"), "multipart/"):
		a.failed(c, http.StatusUnsupportedMediaType, nil)
	case c.Request.ContentLength > most:
		io.CopyN(io.Discard, file, uploadDrained)
		a.failed(c, http.StatusRequestEntityTooLarge, models.Invalid{"body": large})
	default:
		return file, true
	}
	return nil, false
}

// slowBody gives its sender a while for each piece.
type slowBody struct {
	io.ReadCloser
	control *http.ResponseController
}

// Read reads a piece.
func (b *slowBody) Read(p []byte) (int, error) {
	if err := b.control.SetReadDeadline(time.Now().Add(uploadStall)); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil { // the end, for one: what comes next is not the sender's
		b.control.SetReadDeadline(time.Now().Add(uploadLife))
	}
	return n, err
}
