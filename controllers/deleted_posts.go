package controllers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// DeletedPosts is where one finds what one has deleted, and brings it back.
type DeletedPosts struct{ *App }

const deletedPerPage = 50

// Index lists what the reader has deleted in the last 30 days.
func (d DeletedPosts) Index(c *gin.Context) error {
	values, err := d.list(c)
	if err != nil {
		return err
	}
	return d.show(c, http.StatusOK, "deleted_posts/index", values)
}

func (d DeletedPosts) list(c *gin.Context) (H, error) {
	var after int64
	if typed := c.Query("after"); typed != "" {
		var err error
		if after, err = strconv.ParseInt(typed, 10, 64); err != nil || after < 1 {
			return nil, models.Invalid{"after": models.Say("This is not a place in the list.")}
		}
	}
	list, more, err := d.Store.DeletedPosts(c.Request.Context(), me(c), after, deletedPerPage)
	if err != nil {
		return nil, err
	}
	values := H{"Title": models.Say("Posts that you deleted"), "Place": "", "List": list, "First": after == 0, "Next": ""}
	if more {
		values["Next"] = formatNumber(list[len(list)-1].Receipt)
	}
	return values, nil
}

// Restore brings a post back. What stands in the way is said, and nothing has changed.
func (d DeletedPosts) Restore(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	post, err := d.Store.RestorePost(c.Request.Context(), me(c), id)
	var way *models.InTheWay
	if errors.As(err, &way) && len(way.Rows) > 0 {
		err = &models.Conflict{Say: way.Rows[0].Why}
	}
	var conflict *models.Conflict
	if errors.As(err, &conflict) {
		values, problem := d.list(c)
		if problem != nil {
			return problem
		}
		values["Errors"] = models.Invalid{"": conflict.Say}
		return d.show(c, http.StatusConflict, "deleted_posts/index", values)
	}
	if err != nil {
		return err
	}
	return d.acted(c, post.Path(), models.Say("“%s” is back, as it was.", post.Title), post.Receipt)
}
