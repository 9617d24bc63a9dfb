package controllers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// CommentActs is where comments are hidden, shown again, approved, deleted and brought back.
type CommentActs struct{ *App }

// HideForm asks why a comment is to be hidden.
func (a CommentActs) HideForm(c *gin.Context) error {
	comment, err := a.comment(c)
	if err == nil && !me(c).CanHide(comment.Post) {
		err = models.ErrForbidden
	}
	if err != nil {
		return err
	}
	return a.show(c, http.StatusOK, "comments/hide", hiding(comment))
}

func hiding(comment *models.Comment) H {
	return H{"Title": models.Say("Hide a comment"), "Comment": comment}
}

// Hide hides a comment.
func (a CommentActs) Hide(c *gin.Context) error {
	comment, err := a.comment(c)
	if err != nil {
		return err
	}
	hidden, err := a.Store.HideComment(c.Request.Context(), me(c), comment.ID, c.PostForm("reason"))
	if err != nil {
		values := hiding(comment)
		values["Form"] = typed(c)
		return a.again(c, err, "comments/hide", values)
	}
	return a.lead(c, hidden, models.Say("The comment is hidden. Its author sees by whom, and why."), hidden.Receipt)
}

// ShowAgain shows a hidden comment again.
func (a CommentActs) ShowAgain(c *gin.Context) error {
	show := func(ctx context.Context, by *models.User, id int64) (*models.Comment, error) {
		return a.Store.ShowComment(ctx, by, id)
	}
	return a.act(c, show, models.Say("The comment is shown again."))
}

// DeleteForm asks before a comment is deleted.
func (a CommentActs) DeleteForm(c *gin.Context) error {
	comment, err := a.comment(c)
	if err == nil && !me(c).CanDeleteComment(comment) {
		err = models.ErrForbidden
	}
	if err != nil {
		return err
	}
	return a.show(c, http.StatusOK, "comments/remove", H{"Title": models.Say("Delete a comment"), "Comment": comment, "Own": comment.UserID == me(c).ID})
}

// Delete removes a comment.
func (a CommentActs) Delete(c *gin.Context) error {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	gone, err := a.Store.DeleteComment(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	said, to := models.Say("The comment is deleted."), gone.Post.Path()+"#comments"
	if gone.UserID != me(c).ID {
		return a.acted(c, to, said, gone.Receipt)
	}
	if err := a.flash(c, said, "/comments/deleted", models.Say("Undo…")); err != nil {
		return err
	}
	return a.redirect(c, to, models.Sentence{})
}

// act does something to the comment of the address, and leads to it.
func (a CommentActs) act(c *gin.Context, do func(context.Context, *models.User, int64) (*models.Comment, error), said models.Sentence) error {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	comment, err := do(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	return a.lead(c, comment, said, comment.Receipt)
}
