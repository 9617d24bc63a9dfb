package controllers

import (
	"bytes"
	"encoding/json"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"postroom/models"
	"postroom/templates/language"
)

// flash is one sentence for the next page, kept with the session, and perhaps the next step.
type flash struct {
	Text string `json:"text"`
	Args []any  `json:"args,omitempty"`
	Link string `json:"link,omitempty"`
	Step string `json:"step,omitempty"`

	StepArgs []any  `json:"step_args,omitempty"`
	Saved    string `json:"saved,omitempty"` // the desk whose text was saved: its copy in the browser goes
}

// flash says something on the next page. link and step may be empty.
func (a *App) flash(c *gin.Context, said models.Sentence, link string, step models.Sentence) error {
	encoded, err := json.Marshal(flash{said.Text, said.Args, link, step.Text, step.Args, c.Request.PostForm.Get("desk")})
	if err != nil {
		return err
	}
	session := ginsessions.Default(c)
	session.Set(valueFlash, string(encoded))
	return session.Save()
}

// shownFlash is a flash in the reader's language.
type shownFlash struct{ Text, Link, Step, Saved string }

// takeFlash returns what is to be said, once.
func (a *App) takeFlash(c *gin.Context, lang *language.Language) *shownFlash {
	// A page that looks at itself again shows no flash: it is left for who comes to a page by themselves.
	if mySession(c) == nil || c.Writer.Status() >= 500 || looksAgain(c) {
		return nil
	}
	session := ginsessions.Default(c)
	encoded, ok := session.Get(valueFlash).(string)
	if !ok {
		return nil
	}
	var f flash
	decoder := json.NewDecoder(bytes.NewReader([]byte(encoded)))
	decoder.UseNumber()
	if decoder.Decode(&f) != nil {
		return nil
	}
	for _, args := range [][]any{f.Args, f.StepArgs} {
		for i, arg := range args {
			if n, ok := arg.(json.Number); ok {
				if whole, err := n.Int64(); err == nil {
					args[i] = whole
				} else if x, err := n.Float64(); err == nil {
					args[i] = x
				}
			}
		}
	}
	session.Delete(valueFlash)
	if err := session.Save(); err != nil {
		a.Log.Warn("flash", "id", c.GetString(keyRequestID), "error", err)
	}
	shown := &shownFlash{Text: lang.T(f.Text, f.Args...), Link: f.Link, Saved: f.Saved}
	if f.Step != "" {
		shown.Step = lang.T(f.Step, f.StepArgs...)
	}
	return shown
}
