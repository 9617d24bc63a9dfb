package controllers

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// postForm is the post as the form has it. What the form of a page does not have is left as it is.
func postForm(c *gin.Context) *models.Post {
	var authors []*models.User
	for _, name := range formAuthors(c) {
		authors = append(authors, &models.User{Username: name})
	}
	return &models.Post{Authors: authors, Title: c.PostForm("title"), Content: c.PostForm("content"), Tags: models.ParseTags(c.PostForm("tags")), Status: c.PostForm("status"),
		Visibility: c.PostForm("visibility"), Lang: c.PostForm("lang"), CommentsClosed: c.PostForm("comments") == "closed"}
}

// formAuthors are the user names of the form; nil where it has no field for them.
func formAuthors(c *gin.Context) []string {
	typed, there := c.GetPostForm("authors")
	if !there {
		return nil
	}
	return append([]string{}, models.ParseAuthors(typed)...)
}

// postMoment is when the post shall appear, by the clocks of the zone; kept is what the form showed. The zero time is "at once".
func postMoment(c *gin.Context, zone *time.Location, kept *time.Time) (*time.Time, error) {
	typed, there := c.GetPostForm("publish_at")
	if !there {
		return nil, nil
	}
	at, err := models.ParseLocal("publish_at", typed, zone, kept)
	return cmp.Or(at, new(time.Time)), err
}

// postChange is what the form changes of the post as it is kept.
func (p Posts) postChange(c *gin.Context, kept *models.Post) (models.PostChange, error) {
	form := postForm(c)
	change := models.PostChange{Title: &form.Title, Content: &form.Content, Status: &form.Status, Tags: form.Tags, Authors: formAuthors(c), Lang: postLang(c), From: new(formRevision(c)), Saw: new(c.PostForm("saw"))}
	if _, there := c.GetPostForm("comments"); there {
		change.CommentsClosed = &form.CommentsClosed
	}
	if form.Visibility != "" {
		change.Visibility = &form.Visibility
	}
	var err error
	change.PublishAt, err = postMoment(c, p.zoneOf(c, kept.User), kept.PublishAt)
	return change, err
}

// zoneOf is the zone of an author, or the reader's where the author has chosen none.
func (a *App) zoneOf(c *gin.Context, author *models.User) *time.Location {
	return author.Location(me(c).Location(a.Zone))
}

// withoutPost answers who wrote into a post that is gone meanwhile, or not theirs to change any more: the words stand in the form of a new
// post. Other errors pass, and so does a form without words.
func (a *App) withoutPost(c *gin.Context, problem error, form map[string]string) error {
	gone := errors.Is(problem, models.ErrNotFound) || errors.Is(problem, models.ErrForbidden)
	if !gone || strings.TrimSpace(form["title"]+form["content"]) == "" {
		return problem
	}
	values := a.deskValues(c, &models.Post{}, form)
	values["Errors"] = models.Invalid{"content": models.Say("This post is gone, or not yours to change any more. Your words are kept: publish them as a post of your own, or copy them.")}
	return a.show(c, http.StatusConflict, "posts/new", values)
}

// sayAppears says when a scheduled post will appear.
func (a *App) sayAppears(c *gin.Context, post *models.Post) models.Sentence {
	zone := a.zoneOf(c, post.User)
	at := a.language(c).DateTime(*post.PublishAt, zone)
	if models.ComesAgain(*post.PublishAt, zone) {
		return models.Say("“%s” will appear on %s by the clocks of %s. They show this time twice then; the first is meant.", post.Title, at, zone.String())
	}
	return models.Say("“%s” will appear on %s by the clocks of %s.", post.Title, at, zone.String())
}
