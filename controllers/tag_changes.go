package controllers

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// TagChanges is where editors rename tags and merge them.
type TagChanges struct{ *App }

// tagPatience is how long the answer waits for a short change. A longer one goes on by itself.
const tagPatience = 2 * time.Second

// Edit shows the form of a tag, and with a name in the address what that name would mean.
func (t TagChanges) Edit(c *gin.Context) error {
	name, asked := c.GetQuery("name")
	return t.rehearse(c, strings.ToValidUTF8(name, "�"), asked, nil)
}

// Create renames or merges the tag as it was rehearsed; what was not rehearsed so is shown first.
func (t TagChanges) Create(c *gin.Context) error {
	in := models.TagRename{Tag: models.TagOf(c.Param("tag")), Name: c.PostForm("name")}
	if said, rehearsed := c.GetPostForm("merges"); rehearsed {
		in.Merges = new(said == "true")
		change, err := t.Store.ChangeTag(c.Request.Context(), me(c), in)
		if err == nil {
			return t.changed(c, change)
		}
		var invalid models.Invalid
		if !errors.Is(err, models.ErrTagRehearsed) && !errors.As(err, &invalid) {
			return err
		}
		return t.rehearse(c, in.Name, true, err)
	}
	return t.rehearse(c, in.Name, true, nil)
}

// rehearse shows the form, or with a name what it would mean: nothing has changed.
func (t TagChanges) rehearse(c *gin.Context, name string, asked bool, problem error) error {
	ctx, by := c.Request.Context(), me(c)
	if !by.IsEditor() {
		return models.ErrForbidden
	}
	tag, err := t.Store.Tag(ctx, by, models.TagOf(c.Param("tag")))
	if err != nil {
		return err
	}
	if tag.Into != "" {
		c.Redirect(http.StatusSeeOther, models.TagPath(tag.Into)+"/edit")
		return nil
	}
	if tag.All == 0 {
		return models.ErrNotFound
	}
	changes, err := t.Store.TagChanges(ctx, by, tag.Name, 20)
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Rename or merge a tag"), "Place": "tags", "Tag": tag, "Changes": changes, "Form": map[string]string{"name": name}}
	if !asked {
		return t.show(c, http.StatusOK, "tags/edit", values)
	}
	r, err := t.Store.RehearseTag(ctx, by, tag.Name, name)
	if err != nil {
		return t.again(c, err, "tags/edit", values)
	}
	values["R"], values["UndoUntil"], values["Differs"] = r, time.Now().Add(models.UndoLife), problem != nil
	values["Title"] = models.Say("Rename “%s” to “%s”", r.Tag, r.Into)
	if r.Merges() {
		values["Title"] = models.Say("Merge “%s” with “%s”", r.Tag, r.Into)
	}
	status := http.StatusOK
	if problem != nil {
		status = http.StatusConflict
	}
	return t.show(c, status, "tags/rehearsal", values)
}

func (t TagChanges) changed(c *gin.Context, change *models.TagChange) error {
	if _, err := t.Store.AwaitTagChange(c.Request.Context(), me(c), change.ID, tagPatience); err != nil {
		return err
	}
	return t.redirect(c, change.Path(), models.Sentence{})
}

// Show shows a change: its receipt.
func (t TagChanges) Show(c *gin.Context) error {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	change, err := t.Store.TagChange(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	if change.Tag != c.Param("tag") {
		return models.ErrNotFound
	}
	title := models.Say("“%s” renamed to “%s”", change.Tag, change.Into)
	if change.Merges {
		title = models.Say("“%s” merged with “%s”", change.Tag, change.Into)
	}
	return t.show(c, http.StatusOK, "tags/change", H{"Title": title, "Place": "tags", "Change": change, "CanUndo": change.CanUndo(time.Now()),
		"From": models.TagPath(change.Tag), "To": models.TagPath(change.Into)})
}

// Undo takes a change back.
func (t TagChanges) Undo(c *gin.Context) error {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	change, err := t.Store.UndoTagChange(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	return t.changed(c, change)
}

// Back leads who loads the address of the undo again to the change.
func (t TagChanges) Back(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, strings.TrimSuffix(c.Request.URL.EscapedPath(), "/undo"))
	return nil
}
