package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// PostAuthors is where a co-author leaves a post.
type PostAuthors struct{ *App }

// Remove asks before the reader leaves the authors.
func (p PostAuthors) Remove(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	post, err := p.Store.EditablePost(c.Request.Context(), me(c), id)
	if err == nil && (post.UserID == me(c).ID || !me(c).IsAuthor(post)) {
		err = models.ErrForbidden
	}
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "post_authors/remove", H{"Title": models.Say("Leave “%s”", post.Title), "Post": post})
}

// Delete takes the reader off the authors.
func (p PostAuthors) Delete(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	post, err := p.Store.LeavePost(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	return p.redirect(c, me(c).Path(), models.Say("You are no author of “%s” any more.", post.Title))
}
