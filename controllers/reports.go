package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Reports is where readers tell the admins what is wrong with a post.
type Reports struct{ *App }

// Index leads who loads the address of the form again back to the post.
func (r Reports) Index(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, "/posts/"+c.Param("ref")+"#report")
	return nil
}

// Create keeps a report.
func (r Reports) Create(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	page, err := r.Store.PostPage(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	if err := r.Store.ReportPost(c.Request.Context(), me(c), id, c.PostForm("line")); err != nil {
		page, problem := r.postPage(c, id)
		if problem != nil {
			return problem
		}
		values, problem := r.postValues(c, page)
		if problem != nil {
			return problem
		}
		values["Form"] = typed(c)
		return r.again(c, err, "posts/show", values)
	}
	return r.redirect(c, page.Post.Path()+"#report", models.Say("The post is reported. An admin will look at it."))
}
