package controllers

import (
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Home is the first page: the newest posts.
type Home struct{ *App }

// tagsAtHome is how many tags stand beside the newest posts.
const tagsAtHome = 12

// postsPerPage is how many posts a list shows.
const postsPerPage = 20

// Show lists the newest posts, a cell a day.
func (h Home) Show(c *gin.Context) error {
	after, err := models.ParsePostKey(c.Query("after"))
	if err != nil {
		return err
	}
	frame := H{"Title": models.Say("Posts"), "Place": "posts", "Feeds": append(h.feeds(), feedLink{h.language(c).T("Comments"), "/comments/feed.xml"})}
	if after.ID == 0 {
		frame["Canonical"] = h.url("/")
	}
	return h.showKept(c, "home/show", frame, func() (H, error) { return h.newest(c, after) })
}

// newest are the values of a page of the newest posts.
func (h Home) newest(c *gin.Context, after models.PostKey) (H, error) {
	ctx := c.Request.Context()
	posts, more, err := h.Store.Posts(ctx, me(c), models.PostList{After: after, Limit: postsPerPage})
	if err != nil {
		return nil, err
	}
	stats, err := h.Store.SiteStats(ctx)
	if err != nil {
		return nil, err
	}
	top, err := h.Store.TopUsers(ctx, 10)
	if err != nil {
		return nil, err
	}
	tags, _, err := h.Store.Tags(ctx, me(c), models.TagList{Limit: tagsAtHome})
	if err != nil {
		return nil, err
	}
	events, _, err := h.Store.CalendarEvents(ctx, models.CalendarList{Limit: eventsAtHome})
	if err != nil {
		return nil, err
	}
	coming := make([]shownEvent, len(events))
	for i, event := range events {
		coming[i] = h.shownEvent(c, event)
	}
	values := H{"Events": coming, "Tags": tags, "Days": byDay(posts, me(c).Location(h.Zone)), "First": after.ID == 0, "Next": "", "Users": stats.Users, "Top": top}
	if more {
		values["Next"] = posts[len(posts)-1].Key().String()
	}
	return values, nil
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
