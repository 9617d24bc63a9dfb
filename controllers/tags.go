package controllers

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Tags is where posts are found by what they are about.
type Tags struct{ *App }

const tagsPerPage = 100

// Index lists the tags, the most used first, all of them or those that begin with what is looked for.
func (t Tags) Index(c *gin.Context) error {
	if tidied(c) {
		return nil
	}
	list := models.TagList{Prefix: c.Query("q"), After: c.Query("after"), Limit: tagsPerPage}
	tags, more, err := t.Store.Tags(c.Request.Context(), me(c), list)
	if err != nil {
		return err
	}
	query := url.Values{}
	if list.Prefix != "" {
		query.Set("q", list.Prefix)
	}
	values := H{"Title": models.Say("Tags"), "Place": "tags", "Tags": tags, "Form": map[string]string{"q": list.Prefix}, "First": "", "Next": ""}
	if list.After != "" {
		values["First"] = address("/tags", query)
	}
	if more {
		query.Set("after", tags[len(tags)-1].Key())
		values["Next"] = address("/tags", query)
	}
	return t.show(c, http.StatusOK, "tags/index", values)
}

// Show lists the posts of a tag, newest first, under its right address.
func (t Tags) Show(c *gin.Context) error {
	name := models.TagOf(c.Param("tag"))
	if name == "" {
		return models.ErrNotFound
	}
	if name != c.Param("tag") {
		c.Redirect(http.StatusMovedPermanently, models.TagPath(name))
		return nil
	}
	ctx, by := c.Request.Context(), me(c)
	tag, err := t.Store.Tag(ctx, by, name)
	if err != nil {
		return err
	}
	if tag.Into != "" {
		c.Redirect(http.StatusFound, models.TagPath(tag.Into)) // not for ever: an editor may take it back
		return nil
	}
	after, err := models.ParsePostKey(c.Query("after"))
	if err != nil {
		return err
	}
	posts, more, err := t.Store.Posts(ctx, by, models.PostList{Tag: name, After: after, Limit: postsPerPage})
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("%s", name), "Place": "tags", "Tag": tag, "MayEdit": by.IsEditor() && tag.All > 0, "Days": byDay(posts, by.Location(t.Zone)), "First": after.ID == 0, "Next": ""}
	if values["First"] == true {
		values["Canonical"] = t.url(tag.Path())
	}
	if more {
		values["Next"] = posts[len(posts)-1].Key().String()
	}
	if tag.Open > 0 {
		values["Feeds"] = t.feeds(feedLink{name, tag.Path() + "/feed.xml"})
	}
	status := http.StatusOK
	if tag.Posts == 0 && after.ID == 0 {
		status = http.StatusNotFound
	}
	return t.show(c, status, "tags/show", values)
}
