package controllers

import (
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// DeskFiles is where a file comes in from the desk.
type DeskFiles struct{ *App }

// Create takes a file in while it is sent, and shows the desk again with what was typed; what shows the file stands at the end of the
// text. Who has no session any more loses no word.
func (d DeskFiles) Create(c *gin.Context) error {
	var file *models.File
	fields, err := d.withFile(c, func(fields url.Values, part *multipart.Part) (err error) {
		file, err = d.Store.AddFile(c.Request.Context(), me(c), newFile(c, fields, part), part)
		return err
	})
	if fields == nil {
		return err
	}
	c.Request.PostForm, c.Request.Form = fields, fields
	if me(c) == nil {
		d.toSignIn(c)
		return nil
	}
	post, problem := d.previewed(c)
	if problem != nil {
		return d.withoutPost(c, problem, typed(c))
	}
	if err == nil && file == nil {
		err = models.Invalid{"file": models.SayNoFile}
	}
	form := typed(c)
	if err != nil {
		return d.again(c, err, deskWindow(post), d.deskValues(c, post, form))
	}
	form["alt"] = ""
	form["content"] = strings.TrimLeft(strings.TrimRight(form["content"], "\r\n ")+"\n\n"+file.Markdown()+"\n", "\n")
	values := d.deskValues(c, post, form)
	values["Added"] = file
	return d.show(c, http.StatusOK, deskWindow(post), values)
}

// chosenFile refuses a form that has a file in its field: it was sent without the file, which has a button of its own.
func chosenFile(c *gin.Context) error {
	if c.PostForm("file") == "" {
		return nil
	}
	return models.Invalid{"file": models.Say("The file is not added yet. Choose it again, and press “Add the file” first.")}
}
