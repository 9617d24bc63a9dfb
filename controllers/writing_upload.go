package controllers

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// writingPatience is how long an answer waits for what is soon done: of a few files the rehearsal is there at once.
const writingPatience = 3 * time.Second

// Create takes an archive, or Markdown files, in while they are sent.
func (w Writings) Create(c *gin.Context) error {
	defer w.unhurried(c, uploadLife)()
	body := w.upload(c)
	if c.Request.ContentLength > models.MaxWriting+uploadSlack {
		io.CopyN(io.Discard, body, uploadDrained)
		return w.list(c, http.StatusRequestEntityTooLarge, models.Invalid{"file": models.SayWritingTooLarge})
	}
	form, err := c.Request.MultipartReader()
	if err != nil {
		return w.list(c, http.StatusUnprocessableEntity, models.Invalid{"file": models.Say("Choose a file.")})
	}
	files := &formFiles{form: form, typed: map[string]string{}}
	if err := files.find(); err != nil && err != io.EOF {
		return w.list(c, http.StatusUnprocessableEntity, models.Invalid{"file": models.Say("Choose a file.")})
	}
	i, err := w.Store.StageWriting(c.Request.Context(), me(c), models.NewWriting{Drafts: files.typed["drafts"] != "", Next: files.next})
	if invalid, status := w.problems(err); invalid != nil {
		io.CopyN(io.Discard, body, uploadDrained)
		if say, ok := invalid[""]; ok {
			invalid = models.Invalid{"file": say}
		}
		return w.list(c, status, invalid)
	}
	if i == nil || errors.Is(err, models.ErrUnavailable) {
		return err
	}
	if i, err = w.await(c, i.ID); err != nil {
		return err
	}
	if i.State == models.ImportFailed {
		io.CopyN(io.Discard, body, uploadDrained)
		return w.list(c, writingStatus(i), models.Invalid{"file": i.Failure})
	}
	return w.redirect(c, writingPath(i.ID), models.Sentence{})
}

// await gives what goes on a little time to be done.
func (a *App) await(c *gin.Context, id int64) (*models.Writing, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*writingPatience)
	defer cancel()
	return a.Store.AwaitWriting(ctx, me(c), id, writingPatience)
}

// writingStatus is the status of an answer to an upload that failed.
func writingStatus(i *models.Writing) int {
	if i.Failure.Text == models.SayWritingTooLarge.Text {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusUnprocessableEntity
}

// formFiles are the files of a form, one after the other while it comes in. The other fields that count come before them.
type formFiles struct {
	form  *multipart.Reader
	typed map[string]string
	ahead *multipart.Part
	over  bool
}

// find goes on to the next file that was chosen.
func (f *formFiles) find() error {
	for !f.over {
		part, err := f.form.NextPart()
		if err != nil {
			f.ahead, f.over = nil, err == io.EOF
			return err
		}
		if fileName(part) != "" {
			f.ahead = part
			return nil
		}
		value, err := io.ReadAll(io.LimitReader(part, 100))
		if err != nil {
			return err
		}
		f.typed[part.FormName()] = string(value)
	}
	return io.EOF
}

// next is models.NewWriting's: the file that was found first, then those after it.
func (f *formFiles) next() (string, io.Reader, error) {
	if f.ahead == nil {
		if err := f.find(); err != nil {
			return "", nil, err
		}
	}
	part := f.ahead
	f.ahead = nil
	return fileName(part), part, nil
}

// fileName is the name of a file with the folders that it lay in: Part.FileName leaves these out.
func fileName(part *multipart.Part) string {
	_, values, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return part.FileName()
	}
	return values["filename"]
}
