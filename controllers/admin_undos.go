package controllers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
	"postroom/templates"
)

// AdminUndos is where an act is taken back.
type AdminUndos struct{ *App }

// Create takes an act back, whole or for one row. What stands in the way is named on the receipt, and nothing has changed.
func (a AdminUndos) Create(c *gin.Context) error {
	act, err := a.act(c)
	if err != nil {
		return err
	}
	in := models.UndoOf{Receipt: act.ID, Others: c.PostForm("others") == "true"}
	if typed, one := c.GetPostForm("id"); one {
		id, err := strconv.ParseInt(typed, 10, 64)
		if err != nil {
			return models.ErrNotFound
		}
		in.IDs = []int64{id}
	}
	back, err := a.Store.Undo(c.Request.Context(), me(c), in)
	var way *models.InTheWay
	if errors.As(err, &way) {
		values, problem := a.receipt(c, act)
		if problem != nil {
			return problem
		}
		lines := make([]models.ActLine, len(way.Rows))
		for i, row := range way.Rows {
			lines[i] = models.ActLine{ID: row.ID, Label: row.Label, Name: row.Name, Why: row.Why, See: row.See, SeeName: row.SeeName}
		}
		values["Way"] = actLines(act.TargetKind, lines, templates.When{Language: a.language(c), Zone: me(c).Location(a.Zone), Now: time.Now()})
		values["Errors"] = models.Invalid{"": models.SayInTheWay}
		outlook := values["Outlook"].(*models.UndoOutlook)
		if in.IDs == nil {
			outlook.Way, outlook.Known = way, true
		}
		return a.show(c, http.StatusConflict, "admin_acts/show", values)
	}
	if err != nil {
		return err
	}
	return a.redirect(c, receiptPath(back.ID), models.Sentence{})
}
