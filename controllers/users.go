package controllers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// mostHidden is how many posts of a kind that stands in no list the page of an author shows.
const mostHidden = 100

// Users is where readers find the authors.
type Users struct{ *App }

// Index lists who has written, the last to write first.
func (u Users) Index(c *gin.Context) error {
	query := map[string][]string{"sort": {"-last_post_at"}, "posts": {"some"}, "limit": {"50"}}
	if after := c.Query("after"); after != "" {
		query["after"] = []string{after}
	}
	filter, err := models.ParseUserFilter(query, time.UTC)
	if err != nil {
		return err
	}
	list, err := u.Store.Users(c.Request.Context(), filter)
	if err != nil {
		return err
	}
	return u.show(c, http.StatusOK, "users/index", H{"Title": models.Say("Authors"), "Place": "authors", "List": list, "First": c.Query("after") == ""})
}

// Show shows an author with the posts, a cell a year. What stands in no list comes first, for who may see it.
func (u Users) Show(c *gin.Context) error {
	ctx, by := c.Request.Context(), me(c)
	user, err := u.Store.UserOfName(ctx, c.Param("username"))
	if err != nil {
		return err
	}
	if user.Username != c.Param("username") {
		c.Header("Cache-Control", "no-cache") // they may take the old name back
		c.Redirect(http.StatusMovedPermanently, user.Path())
		return nil
	}
	after, err := models.ParsePostKey(c.Query("after"))
	if err != nil {
		return err
	}
	posts, more, err := u.Store.Posts(ctx, by, models.PostList{UserID: user.ID, After: after, Limit: postsPerPage})
	if err != nil {
		return err
	}
	var scheduled, drafts, unlisted []models.Post
	if by.CanEdit(&models.Post{UserID: user.ID}) && c.Query("after") == "" {
		for _, hidden := range []struct {
			posts *[]models.Post
			list  models.PostList
		}{{&scheduled, models.PostList{Status: models.StatusScheduled}}, {&drafts, models.PostList{Status: models.StatusDraft}}, {&unlisted, models.PostList{Visibility: models.VisibilityUnlisted}}} {
			hidden.list.UserID, hidden.list.Limit = user.ID, mostHidden
			if *hidden.posts, _, err = u.Store.Posts(ctx, by, hidden.list); err != nil {
				return err
			}
		}
	}
	avatar, err := u.Store.AvatarOf(ctx, user.ID)
	if err != nil {
		return err
	}
	followed, err := u.Store.Follows(ctx, by, user.ID)
	if err != nil {
		return err
	}
	values := H{"Avatar": avatar, "Title": user.Name, "Place": "", "User": user, "Years": byYear(posts, by.Location(u.Zone)), "Scheduled": scheduled, "Drafts": drafts, "Unlisted": unlisted,
		"Zone": u.zoneOf(c, user), "Next": "",
		"First": c.Query("after") == "", "Followed": followed, "Own": by != nil && by.ID == user.ID, "Orders": nil, "Deleted": false}
	if values["Own"] == true {
		deleted, _, err := u.Store.Deleted(ctx, by, "post", models.DeletedPlace{}, 1)
		if err != nil {
			return err
		}
		values["Deleted"] = len(deleted) > 0
	}
	if values["First"] == true {
		values["Canonical"] = u.url(user.Path())
		values["Feeds"] = u.feeds(feedLink{user.Name, user.Path() + "/feed.xml"})
	}
	if by.CanSeePrivate(user) {
		if values["Orders"], err = u.Store.UserOrders(ctx, by, user.ID); err != nil {
			return err
		}
	}
	if more {
		values["Next"] = posts[len(posts)-1].Key().String()
	}
	return u.show(c, http.StatusOK, "users/show", values)
}

// byYear parts posts, newest first, into the years of the zone.
func byYear(posts []models.Post, zone *time.Location) []postDay {
	var years []postDay
	for _, post := range posts {
		date := post.Date().In(zone)
		if n := len(years); n == 0 || years[n-1].Date.Year() != date.Year() {
			years = append(years, postDay{Date: date})
		}
		last := &years[len(years)-1]
		last.Posts = append(last.Posts, post)
	}
	return years
}
