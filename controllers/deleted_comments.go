package controllers

import (
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// DeletedComments is where one finds the comments that one has deleted, and brings them back.
type DeletedComments struct{ CommentActs }

// Index lists what the reader has deleted in the last 30 days.
func (d DeletedComments) Index(c *gin.Context) error { return d.list(c, nil) }

func (d DeletedComments) list(c *gin.Context, refused error) error {
	return d.showDeleted(c, "comment", models.Say("Comments that you deleted"), refused)
}

// Restore brings a comment back. What stands in the way is said, and nothing has changed.
func (d DeletedComments) Restore(c *gin.Context) error {
	err := d.act(c, d.Store.RestoreComment, models.Say("The comment is back."))
	if whyStays(err).Text != "" {
		return d.list(c, err)
	}
	return err
}
