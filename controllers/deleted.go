package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

const deletedPerPage = 50

// showDeleted lists what the reader has deleted in the last 30 days: posts, comments or files. refused is why one of them does not come
// back, nil where none was asked for.
func (a *App) showDeleted(c *gin.Context, kind string, title models.Sentence, refused error) error {
	after, err := models.ParseDeletedPlace(c.Query("after"))
	if err != nil {
		return err
	}
	list, more, err := a.Store.Deleted(c.Request.Context(), me(c), kind, after, deletedPerPage)
	if err != nil {
		return err
	}
	values := H{"Title": title, "Place": "", "List": list, "First": after == models.DeletedPlace{}, "Next": ""}
	if more {
		last := list[len(list)-1]
		values["Next"] = models.DeletedPlace{Receipt: last.Receipt, ID: last.ID}.String()
	}
	status := http.StatusOK
	if refused != nil {
		status, values["Errors"] = http.StatusConflict, models.Invalid{"": whyStays(refused)}
	}
	return a.show(c, status, "deleted_"+kind+"s/index", values)
}

// whyStays is why what was deleted does not come back; the zero sentence where that is not known.
func whyStays(err error) models.Sentence {
	var way *models.InTheWay
	if errors.As(err, &way) && len(way.Rows) > 0 {
		return way.Rows[0].Why
	}
	var conflict *models.Conflict
	if errors.As(err, &conflict) {
		return conflict.Say
	}
	return models.Sentence{}
}
