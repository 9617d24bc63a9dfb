package controllers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"postroom/models"
	"postroom/models/compare"
)

// Revisions is where who may change a post sees what it was before, compares, and goes back.
type Revisions struct{ *App }

// revisionsPerPage is how many revisions stand on a page.
const revisionsPerPage = 100

// Index lists the revisions of a post, the newest first.
func (r Revisions) Index(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	before := 0
	if given := c.Query("before"); given != "" {
		if before, err = revisionNumber(given); err != nil {
			return err
		}
	}
	post, list, more, err := r.Store.Revisions(c.Request.Context(), me(c), id, before, revisionsPerPage)
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Revisions of “%s”", post.Title), "Post": post, "List": list, "Next": 0, "First": before == 0}
	if more {
		values["Next"] = list[len(list)-1].Number
	}
	return r.show(c, http.StatusOK, "revisions/index", values)
}

// Show shows one revision, or compares it with another.
func (r Revisions) Show(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	ctx, by := c.Request.Context(), me(c)
	post, err := r.Store.EditablePost(ctx, by, id)
	if err != nil {
		return err
	}
	number, err := revisionNumber(c.Param("number"))
	if err != nil {
		return err
	}
	revision, err := r.Store.Revision(ctx, by, id, number)
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Revision %d of “%s”", number, post.Title), "Post": post, "Revision": revision, "With": (*models.Revision)(nil), "HTML": "", "Other": max(1, number-1)}
	if number == 1 {
		values["Other"] = post.Revision
	}
	given := c.Query("with")
	if given == "" {
		files, err := r.Store.FilesOf(ctx, by, id, revision.Content)
		if err != nil {
			return err
		}
		made, err := r.Store.Render(ctx, revision.Content, files)
		if err != nil {
			return err
		}
		values["HTML"] = made.HTML
		return r.show(c, http.StatusOK, "revisions/show", values)
	}
	other, err := revisionNumber(given)
	if err != nil {
		return err
	}
	with, err := r.Store.Revision(ctx, by, id, other)
	if err != nil {
		return err
	}
	old, new := with, revision
	if old.Number > new.Number {
		old, new = new, old
	}
	values["With"], values["Other"], values["Old"], values["New"] = with, other, old, new
	values["Heads"], values["Tags"], values["Texts"] = compare.Words(old.Title, new.Title), compare.Words(old.TagList(), new.TagList()), compare.Texts(old.Content, new.Content)
	return r.show(c, http.StatusOK, "revisions/show", values)
}

// Restore makes the post say again what a revision said.
func (r Revisions) Restore(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	number, err := revisionNumber(c.Param("number"))
	if err != nil {
		return err
	}
	from := formRevision(c)
	post, err := r.Store.RestoreRevision(c.Request.Context(), me(c), id, number, &from)
	var stale *models.Stale
	if errors.As(err, &stale) {
		to := stale.Now.Path() + "/revisions/" + strconv.Itoa(number) + "?with=" + strconv.Itoa(stale.Now.Revision)
		return r.redirect(c, to, models.Say("Nothing was restored: revision %d was saved meanwhile. See what differs, then decide.", stale.Now.Revision))
	}
	if err != nil {
		return err
	}
	return r.acted(c, post.Path(), models.Say("“%s” says again what it said in revision %d. That is revision %d.", post.Title, number, post.Revision), post.Receipt)
}

// formRevision is the revision that a form was made from; 0 where it does not say.
func formRevision(c *gin.Context) int {
	number, _ := revisionNumber(c.PostForm("revision"))
	return number
}

func revisionNumber(digits string) (int, error) {
	number, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || number < 1 {
		return 0, models.ErrNotFound
	}
	return int(number), nil
}
