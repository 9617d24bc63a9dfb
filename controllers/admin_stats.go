package controllers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminStats is where an admin sees how the site does.
type AdminStats struct{ *App }

// chartDays is how many days the chart shows, today included.
const chartDays = 90

// Show shows the figures of the whole site, the last days, and every user.
func (s AdminStats) Show(c *gin.Context) error {
	if tidied(c) {
		return nil
	}
	ctx, now, zone := c.Request.Context(), time.Now(), me(c).Location(s.Zone)
	stats, err := s.Store.SiteStats(ctx)
	if err != nil {
		return err
	}
	days, err := s.Store.Days(ctx, chartDays, now, zone)
	if err != nil {
		return err
	}
	list, err := s.userList(c, stats.Users, "#list")
	if err != nil {
		return err
	}
	return s.show(c, list.status(), "admin_stats/show", H{"Title": models.Say("User statistics"), "Place": "admin", "Rail": "statistics",
		"Stats": stats, "Chart": newChart(days, zone), "List": list, "Errors": list.Errors})
}

// status is that of the page with the list on it.
func (l *userList) status() int {
	if len(l.Errors) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
