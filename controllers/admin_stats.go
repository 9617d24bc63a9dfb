package controllers

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
	"postroom/templates"
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
	days, err := s.days(ctx, now, zone)
	if err != nil {
		return err
	}
	proof, err := s.Store.LastProof(ctx, me(c))
	if err != nil {
		return err
	}
	orderers, err := s.Store.TopOrderers(ctx, me(c), 10)
	if err != nil {
		return err
	}
	list, err := s.userList(c, stats.Users, "#list")
	if err != nil {
		return err
	}
	return s.show(c, list.status(), "admin_stats/show", H{"Title": models.Say("User statistics"), "Place": "admin", "Rail": "statistics",
		"Stats": stats, "Proof": proof, "Orderers": orderers, "Chart": newChart(days, templates.When{Language: s.language(c), Zone: zone, Now: now}), "List": list, "Errors": list.Errors})
}

// days are the days of the chart. They are counted from thousands of quarters of an hour, and so kept until anything that
// readers see changes.
func (s AdminStats) days(ctx context.Context, now time.Time, zone *time.Location) ([]models.Day, error) {
	generation, ok := s.Store.Generation()
	key := "days " + zone.String() + now.In(zone).Format(" 2006-01-02")
	if ok {
		if page := s.kept.get(key, generation, now); page != nil {
			var days []models.Day
			err := json.Unmarshal(page.body, &days)
			for i := range days {
				days[i].Date = days[i].Date.In(zone)
			}
			return days, err
		}
	}
	days, err := s.Store.Days(ctx, chartDays, now, zone)
	if err == nil && ok {
		encoded, _ := json.Marshal(days)
		s.kept.put(&keptPage{key: key, generation: generation, until: now.Add(keptLife), body: encoded})
	}
	return days, err
}

// status is that of the page with the list on it.
func (l *userList) status() int {
	if len(l.Errors) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
