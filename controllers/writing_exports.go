package controllers

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// WritingExports is where one takes out all that one has written here.
type WritingExports struct{ *App }

// Show offers the archive.
func (w WritingExports) Show(c *gin.Context) error {
	totals, err := w.Store.PostTotals(c.Request.Context(), me(c).ID)
	if err != nil {
		return err
	}
	return w.show(c, http.StatusOK, "writing_exports/show", H{"Title": models.Say("Export your posts"), "Place": "settings", "All": totals.All()})
}

// File is the archive, made while it is sent.
func (w WritingExports) File(c *gin.Context) error { return w.exportWriting(c) }

func (a *App) exportWriting(c *gin.Context) error {
	by := me(c)
	name := by.Username + "-" + time.Now().In(by.Location(a.Zone)).Format(time.DateOnly) + ".zip"
	return a.download(c, name, zipKind, func(ctx context.Context, out io.Writer) error {
		_, err := a.Store.ExportWriting(ctx, by, out)
		return err
	})
}
