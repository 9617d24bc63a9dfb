package controllers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// HeldComments is where editors and admins decide about comments that wait.
type HeldComments struct{ *App }

const heldPerPage = 50

// Index lists what waits, the oldest first.
func (h HeldComments) Index(c *gin.Context) error {
	if !me(c).IsEditor() {
		return models.ErrForbidden
	}
	var after int64
	if typed := c.Query("after"); typed != "" {
		var err error
		if after, err = strconv.ParseInt(typed, 10, 64); err != nil || after < 1 {
			return models.Invalid{"after": models.Say("This is not a place in the list.")}
		}
	}
	ctx := c.Request.Context()
	list, more, err := h.Store.HeldComments(ctx, me(c), after, heldPerPage)
	if err != nil {
		return err
	}
	first, err := h.Store.HeldFirst(ctx)
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Comments that wait"), "Place": "admin", "Rail": "comments", "List": list, "First": after == 0, "Next": "", "HeldFirst": first}
	if more {
		values["Next"] = formatNumber(list[len(list)-1].ID)
	}
	return h.show(c, http.StatusOK, "held_comments/index", values)
}

// Approve shows a comment that waited.
func (h HeldComments) Approve(c *gin.Context) error {
	return h.decide(c, h.Store.ApproveComment, models.Say("The comment is approved, and shown."))
}

// Reject deletes a comment that waited.
func (h HeldComments) Reject(c *gin.Context) error {
	return h.decide(c, h.Store.DeleteComment, models.Say("The comment is rejected, and deleted."))
}

// decide does what was decided, and goes back to the list. Who decides second is told what has become of it.
func (h HeldComments) decide(c *gin.Context, do func(context.Context, *models.User, int64, ...string) (*models.Comment, error), said models.Sentence) error {
	if !me(c).IsEditor() {
		return models.ErrForbidden
	}
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	waits, err := h.Store.Comment(ctx, me(c), id)
	switch {
	case errors.Is(err, models.ErrNotFound):
		return h.redirect(c, "/admin/comments", models.Say("The comment is gone."))
	case err != nil:
		return err
	case c.PostForm("version") != "" && c.PostForm("version") != waits.Version():
		return h.redirect(c, "/admin/comments", models.Say("Its author changed the comment meanwhile. Read it again."))
	case !waits.Held:
		return h.redirect(c, "/admin/comments", models.Say("Somebody else has approved it meanwhile."))
	}
	done, err := do(ctx, me(c), id, waits.State())
	if errors.Is(err, models.ErrStale) { // at this very moment: what has become of it?
		return h.decide(c, do, said)
	}
	if err != nil {
		return err
	}
	return h.acted(c, "/admin/comments", said, done.Receipt)
}
