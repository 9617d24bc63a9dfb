package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// About says what the site is and whom to ask.
type About struct{ *App }

// Show shows the page.
func (a About) Show(c *gin.Context) error {
	ctx := c.Request.Context()
	stats, err := a.Store.SiteStats(ctx)
	if err != nil {
		return err
	}
	admins, err := a.Store.Admins(ctx)
	if err != nil {
		return err
	}
	return a.show(c, http.StatusOK, "about/show", H{"Title": models.Say("About this site"), "Place": "about", "Stats": stats, "Admins": admins})
}
