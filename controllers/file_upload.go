package controllers

import (
	"cmp"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// errNoForm: what was sent is no form with files.
var errNoForm = errors.New("no multipart form")

// withFile reads a form while it comes in: the file goes to take as it does, with what stands before it in the form; the other fields are
// returned. What take says is wrong is returned beside them, when all was read: a browser shows no answer before it has sent what it
// has. There is no file where take was not called.
func (a *App) withFile(c *gin.Context, take func(fields url.Values, file *multipart.Part) error) (fields url.Values, err error) {
	err = a.whileItComes(c, uploadLife, func() (err error) {
		fields, err = a.readForm(c, take)
		return err
	})
	return fields, err
}

func (a *App) readForm(c *gin.Context, take func(fields url.Values, file *multipart.Part) error) (fields url.Values, err error) {
	body := io.LimitReader(a.upload(c), uploadDrained)
	c.Request.Body = struct {
		io.Reader
		io.Closer
	}{body, c.Request.Body}
	form, err := c.Request.MultipartReader()
	if err != nil {
		return nil, errNoForm
	}
	fields = url.Values{}
	room, taken := maxBody, false
	var problem error
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return fields, problem
		}
		if err != nil {
			if problem != nil {
				return fields, problem
			}
			return fields, errNoForm
		}
		if part.FileName() != "" && part.FormName() == "file" && !taken {
			taken = true
			problem = take(fields, part)
			continue
		}
		if part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, int64(room)+1))
		if err != nil {
			return fields, errNoForm
		}
		if room -= len(value) + len(part.FormName()); room < 0 {
			return fields, &http.MaxBytesError{Limit: maxBody}
		}
		fields.Add(part.FormName(), strings.ToValidUTF8(string(value), "�"))
	}
}

// whileItComes gives a file as long as it takes to come in or go out, and what is answered then the time of any other answer.
func (a *App) whileItComes(c *gin.Context, limit time.Duration, do func() error) error {
	defer a.unhurried(c, limit)()
	err := do()
	return cmp.Or(err, c.Request.Context().Err())
}

// announced is how large the file of a request is at least; 0: nobody knows.
func announced(c *gin.Context) int64 { return max(0, c.Request.ContentLength-maxBody-uploadSlack) }

// newFile is the file that the form describes.
func newFile(c *gin.Context, fields url.Values, part *multipart.Part) models.NewFile {
	return models.NewFile{Name: part.FileName(), Alt: fields.Get("alt"), Size: announced(c)}
}
