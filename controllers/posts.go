package controllers

import (
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
)

// Posts is where posts are read, written, changed and removed.
type Posts struct{ *App }

// Show shows a post under its right address.
func (p Posts) Show(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	page, err := p.postPage(c, id)
	if err != nil {
		return err
	}
	if ref := page.Post.Ref(); ref != c.Param("ref") {
		c.Redirect(http.StatusMovedPermanently, "/posts/"+ref)
		return nil
	}
	values, err := p.postValues(c, page)
	if err != nil {
		return err
	}
	values["Unread"] = p.seesPost(c, id, values["Talk"].([]commentRow))
	return p.show(c, http.StatusOK, "posts/show", values)
}

// postPage reads a post with the comments that the address asks for.
func (a *App) postPage(c *gin.Context, id int64) (*models.PostPage, error) {
	place, err := models.ParseCommentPlace(c.Query("comments"))
	if err != nil {
		return nil, models.ErrNotFound
	}
	return a.Store.PostTalk(c.Request.Context(), me(c), id, place)
}

// postValues are the values of the page of a post.
func (a *App) postValues(c *gin.Context, page *models.PostPage) (H, error) {
	post, by := &page.Post, me(c)
	values := H{"Attached": page.Attached, "Title": post.Title, "Post": post, "Earlier": page.Earlier, "Later": page.Later, "MayEdit": by.CanEdit(post), "MayDelete": by.CanDelete(post), "MayLeave": by.IsAuthor(post) && by.ID != post.UserID,
		"Changed": post.UpdatedAt.Sub(post.Date()) > time.Minute, "MayReport": by != nil && by.ID != post.UserID && post.IsPublished(),
		"Thanks": page.Thanks, "Own": by != nil && by.ID == post.UserID, "MayThank": by != nil && by.ID != post.UserID && post.IsPublished(), "Follows": by != nil && !post.IsDraft(),
		"Feeds": a.feeds(feedLink{post.User.Name, post.User.Path() + "/feed.xml"}), "TalkFeed": ""}
	if post.IsPublished() && post.Visibility != models.VisibilityMembers { // feeds have what visitors may read
		values["TalkFeed"] = post.Path() + "/comments.xml"
		values["Feeds"] = append(values["Feeds"].([]feedLink), feedLink{a.commentsOn(c, post), post.Path() + "/comments.xml"})
	}
	head, err := a.postHead(post)
	if err != nil {
		return nil, err
	}
	maps.Copy(values, head)
	maps.Copy(values, a.talk(c, page))
	related, err := a.Store.Related(c.Request.Context(), by, post)
	if err != nil {
		return nil, err
	}
	values["Related"] = related
	values["InSeries"] = (*models.SeriesPlace)(nil)
	if page.InSeries {
		if values["InSeries"], err = a.Store.SeriesPlace(c.Request.Context(), by, post.ID); err != nil {
			return nil, err
		}
	}
	if values["MayReport"] == true {
		at, err := a.Store.ReportedAt(c.Request.Context(), by, post.ID)
		if err != nil {
			return nil, err
		}
		values["ReportedAt"] = at
	}
	return values, nil
}

// Index leads who loads the address of a form again to an empty one.
func (p Posts) Index(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, "/posts/new")
	return nil
}

// New shows an empty form.
func (p Posts) New(c *gin.Context) error {
	form, err := p.held(c)
	if err != nil {
		return err
	}
	if form == nil {
		form = map[string]string{}
	}
	return p.show(c, http.StatusOK, "posts/new", p.deskValues(c, &models.Post{Status: models.StatusDraft}, form))
}

// Create keeps a new post, published or as a draft.
func (p Posts) Create(c *gin.Context) error {
	post := postForm(c)
	at, err := postMoment(c, p.zoneOf(c, me(c)), nil)
	if err == nil {
		err = chosenFile(c)
	}
	if err == nil {
		if at != nil && !at.IsZero() {
			post.PublishAt = at
		}
		err = p.Store.CreatePost(c.Request.Context(), me(c), post)
	}
	if err != nil {
		return p.again(c, err, "posts/new", p.deskValues(c, post, typed(c)))
	}
	return p.saved(c, post)
}

// Edit shows the form of a post.
func (p Posts) Edit(c *gin.Context) error {
	post, err := p.editable(c)
	form, problem := p.held(c)
	if problem != nil {
		return problem
	}
	if err != nil {
		return p.withoutPost(c, err, form)
	}
	if form != nil {
		return p.show(c, http.StatusOK, "posts/edit", p.deskValues(c, post, form))
	}
	return p.show(c, http.StatusOK, "posts/edit", p.deskValues(c, post, map[string]string{"title": post.Title, "content": post.Content, "tags": post.TagList(), "authors": post.AuthorList(), "lang": post.Lang, "revision": strconv.Itoa(post.Revision), "saw": post.Settings(),
		"visibility": post.Visibility, "comments": post.CommentsState(), "publish_at": models.Appears(post.PublishAt, p.zoneOf(c, post.User))}))
}

// Update keeps a changed post.
func (p Posts) Update(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	kept, err := p.editable(c)
	if err != nil {
		return p.withoutPost(c, err, typed(c))
	}
	change, err := p.postChange(c, kept)
	if err == nil {
		err = chosenFile(c)
	}
	if err == nil {
		err = p.marksLeft(c, *change.Content)
	}
	var post *models.Post
	if err == nil {
		post, err = p.Store.UpdatePost(c.Request.Context(), me(c), id, change)
	}
	var stale *models.Stale
	if errors.As(err, &stale) {
		return p.merge(c, stale, postForm(c))
	}
	if err != nil {
		return p.withoutPost(c, p.again(c, err, "posts/edit", p.deskValues(c, kept, typed(c))), typed(c))
	}
	return p.saved(c, post)
}

// Remove asks before a post is deleted.
func (p Posts) Remove(c *gin.Context) error {
	post, err := p.editable(c)
	if err == nil && !me(c).CanDelete(post) {
		err = models.ErrForbidden
	}
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "posts/remove", H{"Title": models.Say("Delete “%s”", post.Title), "Post": post})
}

// Delete removes a post.
func (p Posts) Delete(c *gin.Context) error {
	post, err := p.editable(c)
	if err != nil {
		return err
	}
	gone, err := p.Store.DeletePost(c.Request.Context(), me(c), post.ID)
	if err != nil {
		return err
	}
	said := models.Say("“%s” is deleted.", post.Title)
	if post.UserID != me(c).ID {
		return p.acted(c, post.User.Path(), said, gone.Receipt)
	}
	if err := p.flash(c, said, "/posts/deleted", models.Say("Undo…")); err != nil {
		return err
	}
	return p.redirect(c, post.User.Path(), models.Sentence{})
}

func (p Posts) editable(c *gin.Context) (*models.Post, error) {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return nil, err
	}
	return p.Store.EditablePost(c.Request.Context(), me(c), id)
}

// saved says what became of the post.
func (p Posts) saved(c *gin.Context, post *models.Post) error {
	if post.IsDraft() && post.UserID != me(c).ID {
		return p.acted(c, post.Path(), models.Say("“%s” is a draft of its author now. Readers do not see it.", post.Title), post.Receipt)
	}
	if post.IsDraft() {
		return p.redirect(c, post.Path(), models.Say("“%s” is saved as a draft. Nobody else can see it.", post.Title))
	}
	if post.IsScheduled() {
		return p.acted(c, post.Path(), p.sayAppears(c, post), post.Receipt)
	}
	return p.acted(c, post.Path(), models.Say("“%s” is published.", post.Title), post.Receipt)
}

// deskValues are the values of the page on which a post is written.
func (a *App) deskValues(c *gin.Context, post *models.Post, form map[string]string) H {
	title := models.Say("Write a post")
	if post.ID != 0 {
		title = models.Say("Edit post")
	}
	place := "write"
	if post.ID != 0 {
		place = ""
	}
	if form["desk"] == "" {
		form["desk"] = uuid.NewString()
	}
	files, err := a.Store.DeskFiles(c.Request.Context(), me(c), post.ID, form["content"])
	if err != nil { // one can write without the list
		a.Log.Warn("files of the desk", "id", c.GetString(keyRequestID), "error", err)
	}
	return H{"Files": files, "Added": (*models.File)(nil), "Title": title, "Place": place, "Desk": true, "Post": post, "Form": form, "Previewed": false, "MaxTitle": models.MaxTitle, "Languages": postLanguages}
}
