package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Previews shows a post as it would look, and keeps nothing.
type Previews struct{ *App }

// Create shows the form again, with the text beside it as its page would show it.
func (p Previews) Create(c *gin.Context) error {
	post, err := p.previewed(c)
	if err != nil {
		return p.withoutPost(c, err, typed(c))
	}
	if err := post.ValidateContent(); err != nil {
		return p.again(c, err, deskWindow(post), p.deskValues(c, post, typed(c)))
	}
	files, err := p.Store.FilesOf(c.Request.Context(), me(c), post.ID, post.Content)
	if err != nil {
		return err
	}
	made, err := p.Store.Render(c.Request.Context(), post.Content, files)
	if err != nil {
		return p.again(c, err, deskWindow(post), p.deskValues(c, post, typed(c)))
	}
	values := p.deskValues(c, post, typed(c))
	values["Previewed"], values["Preview"] = true, made.HTML
	return p.show(c, http.StatusOK, deskWindow(post), values)
}

// previewed is the post as the form has it, and as it is kept besides. Nothing is kept of it.
func (a *App) previewed(c *gin.Context) (*models.Post, error) {
	post := postForm(c)
	id, err := refID(c.PostForm("ref"))
	if err != nil {
		return post, nil
	}
	kept, err := a.Store.EditablePost(c.Request.Context(), me(c), id)
	if err != nil {
		return nil, err
	}
	kept.Title, kept.Content, kept.Lang = post.Title, post.Content, post.Lang
	return kept, nil
}

func deskWindow(post *models.Post) string {
	if post.ID != 0 {
		return "posts/edit"
	}
	return "posts/new"
}
