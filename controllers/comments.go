package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
)

// Comments is where readers talk about posts.
type Comments struct{ *App }

// talk are the values of the comments on the page of a post.
func (a *App) talk(c *gin.Context, page *models.PostPage) H {
	by, post, place := me(c), &page.Post, page.TalkAfter
	values := H{"Talk": []commentRow(nil), "Next": models.CommentPlace{}, "Place0": place == models.CommentPlace{}, "Here": "", "Talked": page.Comments, "MayComment": by.CanComment(post), "MayHide": by.CanHide(post), "Answered": nil, "Commenting": false}
	if place != (models.CommentPlace{}) {
		values["Here"] = "comments=" + place.String() + "&"
	}
	if !post.IsPublished() && page.Comments == 0 {
		return values
	}
	values["Talk"], values["Next"] = a.commentRows(c, post, page.Talk), page.Talk.Next
	if id, err := pathID(c.Query("reply")); err == nil && by != nil {
		if answered, err := a.Store.Comment(c.Request.Context(), by, id); err == nil && answered.PostID == post.ID && answered.IsShown() {
			values["Answered"], values["Form"] = answered, addressed(by, answered)
		}
	}
	return values
}

// addressed is the form in which a comment is answered. Threads have two levels: who answers an answer names its writer, who is told.
func addressed(by *models.User, answered *models.Comment) map[string]string {
	if answered.ParentID == 0 || answered.UserID == by.ID {
		return nil
	}
	return map[string]string{"content": "@" + answered.User.Username + " "}
}

// Index leads who loads the address of the form again back to the comments.
func (r Comments) Index(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, "/posts/"+c.Param("ref")+"#comments")
	return nil
}

// Create keeps a comment on a post.
func (r Comments) Create(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	comment := &models.Comment{PostID: id, Content: c.PostForm("content")}
	comment.Key, _ = uuid.Parse(c.PostForm("key")) // without one it is a comment all the same
	if answers := c.PostForm("reply"); answers != "" {
		if comment.ParentID, err = pathID(answers); err != nil {
			return err
		}
	}
	err = r.Store.CreateComment(c.Request.Context(), me(c), comment)
	if invalid := (models.Invalid{}); errors.As(err, &invalid) && invalid["key"].Text != "" {
		comment.Key = uuid.New() // the form was gone back to, and holds another comment by now
		err = r.Store.CreateComment(c.Request.Context(), me(c), comment)
	}
	if err != nil {
		return r.refused(c, id, comment.ParentID, err)
	}
	return r.kept(c, comment, models.Say("Your comment is there."))
}

// kept leads to the comment that was written or changed, and says so where it waits.
func (r Comments) kept(c *gin.Context, comment *models.Comment, said models.Sentence) error {
	if comment.Held {
		said = models.Say("Your comment waits until somebody approves it. Until then only you see it.")
	}
	return r.lead(c, comment, said, 0)
}

// refused shows the post again with what was typed.
func (r Comments) refused(c *gin.Context, postID, answers int64, problem error) error {
	page, err := r.postPage(c, postID)
	if err != nil {
		return err
	}
	values, err := r.postValues(c, page)
	if err != nil {
		return err
	}
	if answers != 0 {
		if answered, err := r.Store.Comment(c.Request.Context(), me(c), answers); err == nil && answered.IsShown() {
			values["Answered"] = answered
		}
	}
	values["Form"], values["Commenting"] = typed(c), true
	return r.again(c, problem, "posts/show", values)
}

// lead goes to the comment on the page of its post.
func (a *App) lead(c *gin.Context, comment *models.Comment, said models.Sentence, receipt int64) error {
	path, err := a.commentPath(c, comment)
	if err != nil {
		return err
	}
	return a.acted(c, path, said, receipt)
}

// commentPath is where the reader finds the comment: the page of its post, and of the comments the one that it stands on.
func (a *App) commentPath(c *gin.Context, comment *models.Comment) (string, error) {
	place, err := a.Store.PlaceOfComment(c.Request.Context(), me(c), comment)
	path := comment.Post.Path()
	if place != (models.CommentPlace{}) {
		path += "?comments=" + place.String()
	}
	return path + "#comment-" + formatNumber(comment.ID), err
}

// Show leads to the comment on the page of its post.
func (r Comments) Show(c *gin.Context) error {
	comment, err := r.comment(c)
	if err != nil {
		return err
	}
	path, err := r.commentPath(c, comment)
	if err == nil {
		c.Redirect(http.StatusSeeOther, path)
	}
	return err
}

// Edit shows the form in which one changes one's own comment.
func (r Comments) Edit(c *gin.Context) error {
	comment, err := r.comment(c)
	if err != nil {
		return err
	}
	if comment.UserID != me(c).ID {
		return models.ErrForbidden
	}
	return r.show(c, http.StatusOK, "comments/edit", editedComment(comment, map[string]string{"content": comment.Content, "version": comment.Version()}))
}

func editedComment(comment *models.Comment, form map[string]string) H {
	return H{"Title": models.Say("Change your comment"), "Comment": comment, "Form": form}
}

// Update keeps the changed comment.
func (r Comments) Update(c *gin.Context) error {
	comment, err := r.comment(c)
	if err != nil {
		return err
	}
	changed, err := r.Store.UpdateComment(c.Request.Context(), me(c), comment.ID, c.PostForm("content"), c.PostForm("version"))
	if err != nil {
		form := typed(c)
		form["version"] = comment.Version() // where it was changed meanwhile, what it says now stands above the form
		return r.again(c, err, "comments/edit", editedComment(comment, form))
	}
	return r.kept(c, changed, models.Say("Your comment is changed."))
}

// comment reads the comment of the address, with all that the page says of it.
func (a *App) comment(c *gin.Context) (*models.Comment, error) {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return nil, err
	}
	return a.Store.Comment(c.Request.Context(), me(c), id)
}
