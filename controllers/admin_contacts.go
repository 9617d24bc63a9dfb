package controllers

import (
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminContacts is where admins note that they wrote to a user.
type AdminContacts struct{ *App }

// Create notes one.
func (a AdminContacts) Create(c *gin.Context) error {
	user, err := a.adminUser(c)
	if err != nil {
		return err
	}
	if err := a.Store.CreateContact(c.Request.Context(), me(c), user.ID, c.PostForm("line")); err != nil {
		values, problem := a.adminUserPage(c, user)
		if problem != nil {
			return problem
		}
		form, _ := values["Form"].(map[string]string)
		form["line"] = c.PostForm("line")
		return a.again(c, err, "admin_users/show", values)
	}
	return a.redirect(c, adminPath(user)+"#contacts", models.Say("It is noted that you wrote to %s.", user.Name))
}
