package controllers

import (
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// DeletedFiles is where one finds the files that one has deleted, and brings them back.
type DeletedFiles struct{ *App }

// Index lists what the reader has deleted in the last 30 days.
func (d DeletedFiles) Index(c *gin.Context) error { return d.list(c, nil) }

func (d DeletedFiles) list(c *gin.Context, refused error) error {
	return d.showDeleted(c, "file", models.Say("Files that you deleted"), refused)
}

// Restore brings a file back. What stands in the way is said, and nothing has changed.
func (d DeletedFiles) Restore(c *gin.Context) error {
	id, err := fileID(c.Param("ref"))
	if err != nil {
		return err
	}
	file, receipt, err := d.Store.RestoreFile(c.Request.Context(), me(c), id)
	if whyStays(err).Text != "" {
		return d.list(c, err)
	}
	if err != nil {
		return err
	}
	to := "/files/deleted"
	if file.PostID != 0 {
		to = "/posts/" + formatNumber(file.PostID)
	}
	return d.acted(c, to, models.Say("“%s” is back.", file.Name), receipt)
}
