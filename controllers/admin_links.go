package controllers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminLinks is where an admin lets a user in who is locked out.
type AdminLinks struct{ *App }

// Create makes a one-time link and shows it, this once: it is kept nowhere but in the browser of who asked for it.
func (l AdminLinks) Create(c *gin.Context) error {
	user, err := l.otherUser(c)
	if err != nil {
		return err
	}
	if !user.IsActive {
		return &models.Conflict{Say: models.Say("A deactivated user cannot sign in, by a link either. Reactivate the account first.")}
	}
	token, err := l.Store.CreateLink(c.Request.Context(), me(c), user.ID)
	if err != nil {
		return err
	}
	values, err := l.adminUserPage(c, user)
	if err != nil {
		return err
	}
	values["Link"], values["LinkEnds"] = l.oneTimeLink(token), time.Now().Add(models.LinkLife)
	c.Header("Cache-Control", "no-store")
	return l.show(c, http.StatusOK, "admin_users/show", values)
}
