package controllers

import (
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// DeletedPosts is where one finds the posts that one has deleted, and brings them back.
type DeletedPosts struct{ *App }

// Index lists what the reader has deleted in the last 30 days.
func (d DeletedPosts) Index(c *gin.Context) error { return d.list(c, nil) }

func (d DeletedPosts) list(c *gin.Context, refused error) error {
	return d.showDeleted(c, "post", models.Say("Posts that you deleted"), refused)
}

// Restore brings a post back. What stands in the way is said, and nothing has changed.
func (d DeletedPosts) Restore(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	post, err := d.Store.RestorePost(c.Request.Context(), me(c), id)
	if whyStays(err).Text != "" {
		return d.list(c, err)
	}
	if err != nil {
		return err
	}
	return d.acted(c, post.Path(), models.Say("“%s” is back, as it was.", post.Title), post.Receipt)
}
