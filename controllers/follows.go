package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Follows is where users say whose new posts they are told of.
type Follows struct{ *App }

const followsPerPage = 50

// Index lists whom the reader follows, the last followed first.
func (f Follows) Index(c *gin.Context) error {
	below, err := placeInList(c)
	if err != nil {
		return err
	}
	list, more, err := f.Store.FollowedAuthors(c.Request.Context(), me(c), below, followsPerPage)
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Authors you follow"), "Place": "settings", "List": list, "First": below == 0, "Next": ""}
	if more {
		values["Next"] = formatNumber(list[len(list)-1].ID)
	}
	return f.show(c, http.StatusOK, "follows/index", values)
}

// Create follows the author.
func (f Follows) Create(c *gin.Context) error {
	author, err := f.Store.UserOfName(c.Request.Context(), c.Param("username"))
	if err != nil {
		return err
	}
	if err := f.Store.FollowAuthor(c.Request.Context(), me(c), author.ID); err != nil {
		return err
	}
	return f.redirect(c, author.Path(), models.Say("You follow %s: new posts will be among your notices.", author.Name))
}

// Delete follows the author no more.
func (f Follows) Delete(c *gin.Context) error {
	author, err := f.Store.UserOfName(c.Request.Context(), c.Param("username"))
	if err != nil {
		return err
	}
	if err := f.Store.UnfollowAuthor(c.Request.Context(), me(c), author.ID); err != nil {
		return err
	}
	back := author.Path()
	if c.PostForm("from") == "list" {
		back = "/settings/follows"
	}
	return f.redirect(c, back, models.Say("You do not follow %s any more.", author.Name))
}
