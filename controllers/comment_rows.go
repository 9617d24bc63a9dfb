package controllers

import (
	"html/template"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
	"postroom/templates"
)

// commentRow is a comment as a page shows it, or the place of one that is not shown. What every reader sees of it stands in plain fields:
// a page has many.
type commentRow struct {
	ID           int64
	Gone, Hidden bool // it is not shown: deleted, or hidden from this reader
	Reply, Goes  bool // it answers one; the thread goes on from an earlier page
	To           string
	Portrait     int64
	By, At       template.HTML // who wrote it, and when
	ByAuthor     bool          // of the post
	Edited       string
	HTML         template.HTML // sanitised when it was saved
	More         *models.Comment
}

// commentRows are the comments of the list one after the other. Who is signed in sees more of each.
func (a *App) commentRows(c *gin.Context, post *models.Post, list *models.CommentList) (rows []commentRow) {
	by := me(c)
	when := templates.When{Language: a.language(c), Zone: by.Location(a.Zone), Now: time.Now()}
	row := func(comment *models.Comment, to string) commentRow {
		r := commentRow{ID: comment.ID, Reply: comment.ParentID != 0, To: to, Portrait: comment.Portrait, By: templates.UserLink(comment.User.Username, comment.User.Name), ByAuthor: comment.User.IsAuthor(post),
			At: templates.CommentLink(comment.Path(), when.ISO(comment.CreatedAt), when.At(comment.CreatedAt)), HTML: template.HTML(comment.ContentHTML)}
		if comment.EditedAt != nil {
			r.Edited = when.At(*comment.EditedAt)
		}
		if by != nil {
			r.More = comment
		}
		return r
	}
	for _, thread := range list.Threads {
		first, to := commentRow{ID: thread.ID, Hidden: thread.Hidden, Gone: !thread.Hidden}, ""
		if thread.Root != nil {
			first, to = row(thread.Root, ""), thread.Root.User.Name
			first.Goes = thread.Goes
		}
		rows = append(rows, first)
		for _, reply := range thread.Replies {
			rows = append(rows, row(reply, to))
		}
	}
	return rows
}
