package controllers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
)

// APIComments is where programs read and write comments.
type APIComments struct{ *App }

// APIComment is a comment on a post.
type APIComment struct {
	ID          int64      `json:"id"`
	PostID      int64      `json:"post_id"`
	UserID      int64      `json:"user_id"`
	Username    string     `json:"username"`
	ParentID    int64      `json:"parent_id,omitempty"`
	Content     string     `json:"content"`
	ContentHTML string     `json:"content_html"`
	Held        bool       `json:"held"`
	Hidden      bool       `json:"hidden"`
	Reason      string     `json:"reason,omitempty"`
	CreatedAt   time.Time  `json:"created_at"`
	EditedAt    *time.Time `json:"edited_at" nullable:"true"`
}

func apiComment(c *models.Comment) APIComment {
	comment := APIComment{ID: c.ID, PostID: c.PostID, UserID: c.UserID, Username: c.User.Username, ParentID: c.ParentID, Content: c.Content, ContentHTML: c.ContentHTML,
		Held: c.Held, Hidden: c.Hidden, CreatedAt: c.CreatedAt.UTC(), EditedAt: utc(c.EditedAt)}
	if c.Hide != nil {
		comment.Reason = c.Hide.Reason
	}
	return comment
}

type commentReply struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Receipt  string `header:"Receipt"`
	Body     APIComment
}

type commentsReply struct {
	Link string       `header:"Link"`
	Body []APIComment `nullable:"false"`
}

// APINewComment is a new comment, or an answer to one.
type APINewComment struct {
	Content  given[string] `json:"content" required:"false"`
	ParentID given[int64]  `json:"parent_id" required:"false"`
}

// APICommentChange is what can change of a comment.
type APICommentChange struct {
	Content given[string] `json:"content" required:"false"`
}

// APINewHide says why a comment is hidden.
type APINewHide struct {
	Reason given[string] `json:"reason" required:"false"`
}

// apiCommentAct names a comment, and the states in which something is to be done to it.
type apiCommentAct struct {
	APIByID
	APIIfMatch
}

// open registers the calls.
func (r APIComments) open(api huma.API) {
	open(r.App, api, door{http.MethodGet, "/api/posts/{id}/comments", everyone, models.Say("List a post's comments"), nil}, r.OfPost)
	open(r.App, api, door{http.MethodPost, "/api/posts/{id}/comments", signedIn, models.Say("Write a comment"), nil}, r.Create)
	open(r.App, api, door{http.MethodGet, "/api/comments", everyone, models.Say("List the newest comments"), nil}, r.Index)
	open(r.App, api, door{http.MethodGet, "/api/comments/{id}", everyone, models.Say("Read a comment"), nil}, r.Show)
	open(r.App, api, door{http.MethodPatch, "/api/comments/{id}", signedIn, models.Say("Change your comment"), nil}, r.Update)
	open(r.App, api, door{http.MethodDelete, "/api/comments/{id}", signedIn, models.Say("Delete a comment"), nil}, r.Delete)
	open(r.App, api, door{http.MethodPost, "/api/comments/{id}/restore", signedIn, models.Say("Bring back a comment that you deleted"), nil}, r.Restore)
	open(r.App, api, door{http.MethodPost, "/api/comments/{id}/hide", signedIn, models.Say("Hide a comment"), nil}, r.Hide)
	open(r.App, api, door{http.MethodPost, "/api/comments/{id}/show", signedIn, models.Say("Show a hidden comment again"), nil}, r.ShowAgain)
	open(r.App, api, door{http.MethodPost, "/api/comments/{id}/approve", signedIn, models.Say("Approve a comment that waits"), nil}, r.Approve)
}

// OfPost lists the comments on a post, thread by thread.
func (r APIComments) OfPost(c *gin.Context, in *struct {
	APIByID
	Limit int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After string `query:"after"`
}) (*commentsReply, error) {
	after, err := models.ParseCommentPlace(in.After)
	if err != nil {
		return nil, models.Invalid{"after": models.Say("This is not a place in the list.")}
	}
	post, err := r.Store.ReadPost(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	found, next, err := r.Store.CommentsAfter(c.Request.Context(), me(c), post, after, in.Limit)
	if err != nil {
		return nil, err
	}
	reply := &commentsReply{Body: apiComments(found)}
	if next != (models.CommentPlace{}) {
		reply.Link = nextPage(c, next.String())
	}
	return reply, nil
}

func apiComments(found []*models.Comment) []APIComment {
	list := make([]APIComment, len(found))
	for i, comment := range found {
		list[i] = apiComment(comment)
	}
	return list
}

// Index lists the newest comments that everyone sees, or those that wait.
func (r APIComments) Index(c *gin.Context, in *struct {
	Limit  int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After  string `query:"after"`
	UserID int64  `query:"user_id" minimum:"1"`
	Held   bool   `query:"held"`
}) (*commentsReply, error) {
	var after int64
	var err error
	if in.After != "" {
		if after, err = strconv.ParseInt(in.After, 10, 64); err != nil || after < 1 {
			return nil, models.Invalid{"after": models.Say("This is not a place in the list.")}
		}
	}
	var found []*models.Comment
	more := false
	if in.Held {
		found, more, err = r.Store.HeldComments(c.Request.Context(), me(c), after, in.Limit)
	} else if found, err = r.Store.NewestComments(c.Request.Context(), me(c), in.UserID, after, in.Limit+1); len(found) > in.Limit {
		found, more = found[:in.Limit], true
	}
	if err != nil {
		return nil, err
	}
	reply := &commentsReply{Body: apiComments(found)}
	if more {
		reply.Link = nextPage(c, formatNumber(found[len(found)-1].ID))
	}
	return reply, nil
}

// Show reads one comment.
func (r APIComments) Show(c *gin.Context, in *APIByID) (*commentReply, error) {
	comment, err := r.Store.Comment(c.Request.Context(), me(c), in.ID)
	if errors.Is(err, models.ErrMembersOnly) {
		err = models.ErrNoComment
	}
	return commentAnswer(http.StatusOK, comment, err)
}

func commentAnswer(status int, comment *models.Comment, err error) (*commentReply, error) {
	if err != nil {
		return nil, err
	}
	reply := &commentReply{Status: status, ETag: `"` + comment.State() + `"`, Receipt: receiptNumber(comment.Receipt), Body: apiComment(comment)}
	if status == http.StatusCreated {
		reply.Location = fmt.Sprintf("/api/comments/%d", comment.ID)
	}
	return reply, nil
}

// Create keeps a comment of the caller's.
func (r APIComments) Create(c *gin.Context, in *struct {
	APIByID
	APIKeyed
	Body APINewComment
}) (*commentReply, error) {
	if isEmpty(in.Body.Content) && !in.Body.Content.wrong {
		return nil, missingFields{"content"}
	}
	if err := wrongTypes(map[string]bool{"content": in.Body.Content.wrong, "parent_id": in.Body.ParentID.wrong || in.Body.ParentID.value < 0}); err != nil {
		return nil, err
	}
	comment := &models.Comment{PostID: in.ID, Content: in.Body.Content.value, ParentID: in.Body.ParentID.value}
	if in.Key != "" {
		comment.Key = uuid.NewSHA1(uuid.Nil, []byte(in.Key))
	}
	err := r.Store.CreateComment(c.Request.Context(), me(c), comment)
	return commentAnswer(http.StatusCreated, comment, err)
}

// Update changes the caller's own comment.
func (r APIComments) Update(c *gin.Context, in *struct {
	APIByID
	APIIfMatch
	Body APICommentChange
}) (*commentReply, error) {
	comment, err := r.Store.Comment(c.Request.Context(), me(c), in.ID)
	if err == nil && in.Body.Content.there {
		comment, err = r.Store.UpdateComment(c.Request.Context(), me(c), in.ID, in.Body.Content.value, "", in.versions()...)
	}
	return commentAnswer(http.StatusOK, comment, err)
}

// Delete removes a comment.
func (r APIComments) Delete(c *gin.Context, in *apiCommentAct) (*doneReply, error) {
	gone, err := r.Store.DeleteComment(c.Request.Context(), me(c), in.ID, in.versions()...)
	if err != nil {
		return nil, err
	}
	return &doneReply{receiptNumber(gone.Receipt), APIDone{fmt.Sprintf("Comment %d deleted", in.ID)}}, nil
}

// Restore brings back a comment that the caller has deleted.
func (r APIComments) Restore(c *gin.Context, in *APIByID) (*commentReply, error) {
	comment, err := r.Store.RestoreComment(c.Request.Context(), me(c), in.ID)
	return commentAnswer(http.StatusOK, comment, err)
}

// Hide hides a comment from readers.
func (r APIComments) Hide(c *gin.Context, in *struct {
	APIByID
	APIIfMatch
	Body APINewHide
}) (*commentReply, error) {
	if isEmpty(in.Body.Reason) && !in.Body.Reason.wrong {
		return nil, missingFields{"reason"}
	}
	comment, err := r.Store.HideComment(c.Request.Context(), me(c), in.ID, in.Body.Reason.value, in.versions()...)
	return commentAnswer(http.StatusOK, comment, err)
}

// ShowAgain shows a hidden comment again.
func (r APIComments) ShowAgain(c *gin.Context, in *apiCommentAct) (*commentReply, error) {
	comment, err := r.Store.ShowComment(c.Request.Context(), me(c), in.ID, in.versions()...)
	return commentAnswer(http.StatusOK, comment, err)
}

// Approve shows a comment that waited.
func (r APIComments) Approve(c *gin.Context, in *apiCommentAct) (*commentReply, error) {
	comment, err := r.Store.ApproveComment(c.Request.Context(), me(c), in.ID, in.versions()...)
	return commentAnswer(http.StatusOK, comment, err)
}
