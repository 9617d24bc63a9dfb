package controllers

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
	"postroom/templates"
	"postroom/templates/language"
)

// H are the values of a page.
type H = map[string]any

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// show renders a window with what every page needs besides its own values, and answers with it.
func (a *App) show(c *gin.Context, status int, window string, values H) error {
	lang := a.language(c)
	a.furnish(c, lang, values)
	if err := a.frameForVisitors(lang, window, values); err != nil {
		return err
	}
	values["Flash"] = a.takeFlash(c, lang)
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	if err := a.windows.Render(buffer, lang, window, values); err != nil {
		return err
	}
	header := c.Writer.Header()
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "private, no-cache")
	}
	header.Add("Vary", "Cookie")
	header.Add("Vary", "Accept-Language")
	header.Set("Content-Language", lang.Tag)
	a.keepPage(c, status, buffer.Bytes())
	a.answer(c, status, buffer.Bytes())
	return nil
}

// answer sends a whole page. Its length is said, so that it need not travel in pieces.
func (a *App) answer(c *gin.Context, status int, page []byte) {
	c.Writer.Header().Set("Content-Length", strconv.Itoa(len(page)))
	c.Data(status, "text/html; charset=utf-8", page)
}

// furnish adds what every page needs.
func (a *App) furnish(c *gin.Context, lang *language.Language, values H) {
	by := me(c)
	values["Me"], values["Site"], values["Lang"], values["SignUpOpen"] = by, a.SiteName, lang, a.SignUpOpen
	values["LiveFrom"], values["Refused"] = c.GetString(keyCursor), c.GetBool(keyRefused)
	if _, counted := values["Unread"]; !counted {
		values["Unread"] = a.unread(c)
	}
	values["When"] = templates.When{Language: lang, Zone: by.Location(a.Zone), Now: time.Now()}
	for name, none := range absent {
		if _, ok := values[name]; !ok {
			values[name] = none
		}
	}
}

// visitorsFrame is the top and the foot of a page for visitors.
type visitorsFrame struct{ top, foot template.HTML }

// frameForVisitors puts the top and the foot of the page in, where nobody is signed in: they are the same for all visitors of
// a language and place, and made once.
func (a *App) frameForVisitors(lang *language.Language, window string, values H) error {
	if by, _ := values["Me"].(*models.User); by != nil {
		return nil
	}
	key := [2]any{lang.Tag, values["Place"]}
	made, ok := a.frames.Load(key)
	if !ok {
		var top, foot bytes.Buffer
		if err := a.windows.RenderFrame(&top, &foot, lang, window, values); err != nil {
			return err
		}
		made = visitorsFrame{template.HTML(top.String()), template.HTML(foot.String())}
		a.frames.Store(key, made)
	}
	frame := made.(visitorsFrame)
	values["Masthead"], values["Foot"] = frame.top, frame.foot
	return nil
}

// absent are the values of pages that have none of their own.
var absent = H{"Place": "", "Canonical": "", "Feeds": []feedLink(nil), "Desk": false, "Content": nil, "Masthead": nil, "Foot": nil, "Errors": models.Invalid(nil), "Form": map[string]string(nil)}

// language is the reader's: chosen in the settings, else as the browser asks.
func (a *App) language(c *gin.Context) *language.Language {
	setting := ""
	if by := me(c); by != nil {
		setting = by.Language
	}
	return a.languages.Match(setting, c.GetHeader("Accept-Language"))
}

// again shows the same form with the visitor's words and a sentence beside each field that is not right. Other errors pass.
func (a *App) again(c *gin.Context, err error, window string, values H) error {
	if a.isSuspended(c, err) {
		return a.show(c, http.StatusForbidden, window, values)
	}
	invalid, status := a.problems(err)
	if invalid == nil {
		return err
	}
	if status == http.StatusTooManyRequests {
		var tooMany *models.TooMany
		errors.As(err, &tooMany)
		c.Header("Retry-After", strconv.Itoa(int(tooMany.Wait.Seconds())))
	}
	values["Errors"] = invalid
	return a.show(c, status, window, values)
}

// isSuspended reports whether the error is a suspension. The page that follows says so: until when, and why.
func (a *App) isSuspended(c *gin.Context, err error) bool {
	var suspended *models.Suspended
	if !errors.As(err, &suspended) || me(c) == nil {
		return false
	}
	by := *me(c)
	by.SuspendedUntil, by.SuspendedFor = &suspended.Until, suspended.Reason
	c.Set(keyUser, &by)
	c.Set(keyRefused, true)
	return true
}

// problems are the sentences of an error that a person can put right in a form; nil where it is none of those.
func (a *App) problems(err error) (models.Invalid, int) {
	var invalid models.Invalid
	var conflict *models.Conflict
	var tooMany *models.TooMany
	var heavy *models.TooLarge
	switch {
	case errors.As(err, &heavy):
		return models.Invalid{"file": heavy.Say}, http.StatusRequestEntityTooLarge
	case errors.As(err, &invalid):
		return invalid, http.StatusUnprocessableEntity
	case errors.As(err, &conflict) && len(conflict.Fields) > 0:
		return conflict.Fields, http.StatusUnprocessableEntity
	case errors.As(err, &conflict) && conflict.Say.Text != "":
		return models.Invalid{"": conflict.Say}, http.StatusUnprocessableEntity
	case errors.As(err, &tooMany):
		return models.Invalid{"": a.waitWords(err)}, http.StatusTooManyRequests
	}
	return nil, 0
}

// acted is redirect after an act: what was done, and where its receipt is. Only admins read receipts.
func (a *App) acted(c *gin.Context, path string, said models.Sentence, receipt int64) error {
	if receipt == 0 || !me(c).IsAdmin() {
		return a.redirect(c, path, said)
	}
	if err := a.flash(c, said, receiptPath(receipt), models.Say("Receipt %d", receipt)); err != nil {
		return err
	}
	return a.redirect(c, path, models.Sentence{})
}

// redirect answers a form that was taken: the browser goes on to the address, which says what was done.
func (a *App) redirect(c *gin.Context, path string, said models.Sentence) error {
	if said.Text != "" {
		if err := a.flash(c, said, "", models.Sentence{}); err != nil {
			return err
		}
	}
	c.Redirect(http.StatusSeeOther, path)
	return nil
}
