package controllers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Home is the first page: the newest posts.
type Home struct{ *App }

// postsPerPage is how many posts a list shows.
const postsPerPage = 20

// Show lists the newest posts, a cell a day.
func (h Home) Show(c *gin.Context) error {
	after, err := models.ParsePostKey(c.Query("after"))
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	posts, more, err := h.Store.Posts(ctx, models.PostList{After: after, Limit: postsPerPage})
	if err != nil {
		return err
	}
	stats, err := h.Store.SiteStats(ctx)
	if err != nil {
		return err
	}
	top, err := h.Store.TopUsers(ctx, 10)
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Posts"), "Place": "posts", "Days": byDay(posts, me(c).Location(h.Zone)), "First": c.Query("after") == "",
		"Next": "", "Users": stats.Users, "Top": top}
	if more {
		values["Next"] = posts[len(posts)-1].Key().String()
	}
	return h.show(c, http.StatusOK, "home/show", values)
}

// postDay is the posts of one day.
type postDay struct {
	Date  time.Time
	Posts []models.Post
}

// byDay parts posts, newest first, into the days of the zone.
func byDay(posts []models.Post, zone *time.Location) []postDay {
	var days []postDay
	for _, post := range posts {
		date := post.Date().In(zone)
		if n := len(days); n == 0 || days[n-1].Date.Format(time.DateOnly) != date.Format(time.DateOnly) {
			days = append(days, postDay{Date: date})
		}
		last := &days[len(days)-1]
		last.Posts = append(last.Posts, post)
	}
	return days
}
