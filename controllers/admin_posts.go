package controllers

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminPosts is where an admin finds posts, acts on them, and settles what readers report.
type AdminPosts struct{ *App }

// newestSettled is how many settled reports the queue still shows.
const newestSettled = 10

// Index lists posts.
func (p AdminPosts) Index(c *gin.Context) error {
	if tidied(c) {
		return nil
	}
	list, err := p.postList(c)
	if err != nil {
		return err
	}
	return p.show(c, list.status(), "admin_posts/index", H{"Title": models.Say("Posts"), "Place": "admin", "Rail": "posts", "List": list, "Errors": list.Errors})
}

// Settle closes one report of a post, or all of them.
func (p AdminPosts) Settle(c *gin.Context) error {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	var report int64
	if given := c.PostForm("report"); given != "" {
		if report, err = strconv.ParseInt(given, 10, 64); err != nil || report < 1 {
			return models.ErrNotFound
		}
	}
	settled, err := p.Store.SettleReports(c.Request.Context(), me(c), id, report)
	if err != nil {
		return err
	}
	said := models.Say("%d reports settled.", settled)
	if settled == 0 {
		said = models.Say("Another admin was quicker: nothing was open any more.")
	}
	return p.redirect(c, localPath(c.PostForm("back"), "/admin/posts?reported=true"), said)
}

func (l *postList) status() int {
	if len(l.Errors) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
