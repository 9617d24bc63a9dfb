package controllers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
)

// HeldForms is where a form waits that was sent after its session had ended.
type HeldForms struct{ *App }

const (
	heldPrefix = "held:" // before the name of each field that the sign-in page carries
	heldPath   = "held_path"
	maxHeld    = 2 << 20 // bytes of names and values
)

// carried is a field that the sign-in page carries until somebody has signed in.
type carried struct{ Name, Value string }

// lost returns the fields of a form that was sent without a session; none where it has no words, or a password: that is never carried.
func lost(form url.Values) (fields []carried) {
	size, words := 0, false
	for name, values := range form {
		if strings.Contains(name, "password") {
			return nil
		}
		for _, value := range values {
			size += len(name) + len(value)
			words = words || strings.TrimSpace(value) != ""
			fields = append(fields, carried{heldPrefix + name, value})
		}
	}
	if !words || size > maxHeld {
		return nil
	}
	slices.SortStableFunc(fields, func(a, b carried) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// carries returns the fields that the sign-in form carries, and where they were sent to.
func carries(c *gin.Context) (path string, fields []carried) {
	if path = localPath(c.PostForm(heldPath), ""); path == "" {
		return "", nil
	}
	form := url.Values{}
	for name, values := range c.Request.PostForm {
		if inner, ok := strings.CutPrefix(name, heldPrefix); ok {
			form[inner] = values
		}
	}
	return path, lost(form)
}

// hold keeps what the sign-in page carried: for who signed in, or for whose session it was. It returns where that goes on, and what to say.
func (a *App) hold(c *gin.Context, former, user *models.User) (to string, said models.Sentence, err error) {
	path, fields := carries(c)
	if fields == nil {
		return "", said, nil
	}
	form := url.Values{}
	for _, field := range fields {
		form.Add(strings.TrimPrefix(field.Name, heldPrefix), field.Value)
	}
	owner := user
	if former != nil {
		owner = former
	}
	held, err := a.Store.HoldForm(c.Request.Context(), owner.ID, path, form)
	if err != nil {
		return "", said, err
	}
	if owner.ID != user.ID {
		return "/", models.Say("What %s wrote in this browser before is kept for %s, for a day.", owner.Username, owner.Username), nil
	}
	return heldPlace(held), said, nil
}

// former is whose session it was that this browser still shows the token of; nil where nobody knows.
func (a *App) former(c *gin.Context) (*models.User, error) {
	cookie, err := c.Request.Cookie(a.cookieName())
	if err != nil || cookie.Value == "" {
		return nil, nil
	}
	return a.Store.Formerly(c.Request.Context(), cookie.Value)
}

// heldPlace is where a held form is shown again: in its own page, or on one that asks whether to send it.
func heldPlace(held *models.HeldForm) string {
	path, place := held.Path, ""
	desk := path == "/posts/preview" || path == "/posts/files"
	ref, isPost := strings.CutPrefix(path, "/posts/")
	switch {
	case path == "/posts", desk && held.Fields.Get("ref") == "":
		place = "/posts/new"
	case desk:
		place = "/posts/" + url.PathEscape(held.Fields.Get("ref")) + "/edit"
	case isPost && !strings.Contains(ref, "/"):
		place = path + "/edit"
	default:
		return "/held/" + held.ID.String()
	}
	return place + "?held=" + held.ID.String()
}

// held is the form that the address says is kept, as typed again; nil where there is none, any more.
func (a *App) held(c *gin.Context) (map[string]string, error) {
	id, err := uuid.Parse(c.Query("held"))
	if err != nil {
		return nil, nil
	}
	held, err := a.Store.HeldForm(c.Request.Context(), me(c), id)
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	form := map[string]string{"held": held.ID.String()}
	for name, values := range held.Fields {
		if len(values) > 0 && name != "held" {
			form[name] = values[0]
		}
	}
	return form, nil
}

// Index leads to the newest form that waits.
func (h HeldForms) Index(c *gin.Context) error {
	held, err := h.Store.HeldForm(c.Request.Context(), me(c), uuid.Nil)
	if errors.Is(err, models.ErrNotFound) {
		return h.redirect(c, "/", models.Say("Nothing of yours waits to be sent."))
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, heldPlace(held))
	return nil
}

// Show asks whether to send the form.
func (h HeldForms) Show(c *gin.Context) error {
	held, err := h.find(c)
	if err != nil {
		return err
	}
	var fields []carried
	for name, values := range held.Fields {
		for _, value := range values {
			fields = append(fields, carried{name, value})
		}
	}
	slices.SortStableFunc(fields, func(a, b carried) int { return strings.Compare(a.Name, b.Name) })
	return h.show(c, http.StatusOK, "held_forms/show", H{"Title": models.Say("This was not sent yet"), "Held": held, "Fields": fields, "Until": held.At.Add(24 * time.Hour)})
}

// Delete forgets the form.
func (h HeldForms) Delete(c *gin.Context) error {
	held, err := h.find(c)
	if err != nil {
		return err
	}
	if err := h.Store.DropForm(c.Request.Context(), me(c), held.ID); err != nil {
		return err
	}
	return h.redirect(c, "/", models.Say("It is discarded."))
}

func (h HeldForms) find(c *gin.Context) (*models.HeldForm, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return nil, models.ErrNotFound
	}
	return h.Store.HeldForm(c.Request.Context(), me(c), id)
}

// sent forgets the held form that was sent again, once it was taken: then the answer leads on to another page.
func (a *App) sent(c *gin.Context) {
	id, err := uuid.Parse(c.Request.PostForm.Get("held")) // what is read as it comes in has no such form
	if err != nil || me(c) == nil || c.Writer.Status() != http.StatusSeeOther {
		return
	}
	if err := a.Store.DropForm(c.Request.Context(), me(c), id); err != nil {
		a.Log.Warn("held form", "id", c.GetString(keyRequestID), "error", err)
	}
}
