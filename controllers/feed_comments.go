package controllers

import (
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Comments is the feed of all comments that visitors find.
func (f Feeds) Comments(c *gin.Context) error {
	return f.answer(c, func() (*feed, error) {
		return f.comments(c, &feed{Title: f.language(c).T("Comments") + " · " + f.SiteName, Page: "/", Self: "/comments/feed", Updated: time.Unix(0, 0)}, 0)
	})
}

// PostComments is the feed of the comments on a post.
func (f Feeds) PostComments(c *gin.Context) error {
	return f.answer(c, func() (*feed, error) {
		id, err := refID(c.Param("ref"))
		if err != nil {
			return nil, err
		}
		post, err := f.Store.ReadPost(c.Request.Context(), nil, id)
		if err != nil {
			return nil, err
		}
		return f.comments(c, &feed{Title: f.commentsOn(c, post), Page: post.Path(), Self: post.Path() + "/comments", Updated: post.Date()}, post.ID)
	})
}

// commentsOn is what the feed of the comments on a post is called.
func (a *App) commentsOn(c *gin.Context, post *models.Post) string {
	return a.language(c).T("Comments on “%s”", post.Title)
}

// comments fills a feed with comments, whole, from the place that the address says.
func (f Feeds) comments(c *gin.Context, made *feed, postID int64) (*feed, error) {
	before := int64(0)
	if after := c.Query("after"); after != "" {
		var err error
		if before, err = pathID(after); err != nil {
			return nil, models.Invalid{"after": models.Say("This is not a place in the list.")}
		}
	}
	found, more, err := f.Store.FeedComments(c.Request.Context(), postID, before, commentsPerFeed)
	if err != nil {
		return nil, err
	}
	name, err := f.Store.FeedID(c.Request.Context())
	if err != nil {
		return nil, err
	}
	for _, comment := range found {
		entry, err := f.commentEntry(c, comment, name)
		if err != nil {
			return nil, err
		}
		made.add(entry)
	}
	next := ""
	if more {
		next = formatNumber(found[len(found)-1].ID)
	}
	f.place(c, made, name, c.Query("after"), next)
	return made, nil
}

// commentsPerFeed is how many comments, of 10,000 characters at most, a feed has.
const commentsPerFeed = 50

func (f Feeds) commentEntry(c *gin.Context, comment *models.Comment, name func(string, int64) string) (entry feedEntry, err error) {
	page := f.address(comment.Post.Path())
	entry = feedEntry{ID: name("comment", comment.ID), Title: f.language(c).T("%s on “%s”", comment.User.Name, comment.Post.Title), Page: f.address("/comments/" + formatNumber(comment.ID)),
		Published: comment.CreatedAt, Updated: comment.CreatedAt, Authors: []feedAuthor{{comment.User.Name, f.address(comment.User.Path())}}, Answers: name("post", comment.PostID), AnswersPage: page}
	if comment.EditedAt != nil {
		entry.Updated = *comment.EditedAt
	}
	if comment.ParentID != 0 {
		entry.Answers, entry.AnswersPage = name("comment", comment.ParentID), f.address("/comments/"+formatNumber(comment.ParentID))
	}
	entry.HTML, err = wholeLinks(comment.ContentHTML, page)
	return entry, err
}
