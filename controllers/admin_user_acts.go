package controllers

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminUserActs is where an admin does to one user what needs no rehearsal: it takes nothing away that does not come back with an
// undo. All the rest begins in AdminRehearsals.
type AdminUserActs struct{ *App }

// actsAtOnce are the acts that are done here.
var actsAtOnce = []string{"reactivate", "sign-out", "set-metadata", "remove-metadata"}

// Create does the act, and says where its receipt is.
func (a AdminUserActs) Create(c *gin.Context) error {
	user, err := a.adminUser(c)
	if err != nil {
		return err
	}
	kind, field := c.PostForm("act"), c.PostForm("field")
	if !slices.Contains(actsAtOnce, kind) {
		return models.Invalid{"act": models.Say("There is no such act.")}
	}
	params := models.ActParams{Field: field, Value: strings.TrimSpace(c.PostForm("value"))}
	act, err := a.Store.ActOnUser(c.Request.Context(), me(c), user.ID, kind, params)
	if err != nil {
		values, problem := a.adminUserPage(c, user)
		if problem != nil {
			return problem
		}
		form, _ := values["Form"].(map[string]string)
		form["field"], form["value"] = field, c.PostForm("value")
		return a.again(c, err, "admin_users/show", values)
	}
	path := adminPath(user) + "#access"
	if strings.HasSuffix(kind, "metadata") {
		path = adminPath(user) + "#fields"
	}
	if act == nil {
		return a.redirect(c, path, models.Say("%s is like that already. Nothing was changed.", user.Name))
	}
	return a.acted(c, path, doneToUser(user, kind, field, act), act.ID)
}

// doneToUser says what was done.
func doneToUser(user *models.User, kind, field string, act *models.Act) models.Sentence {
	switch {
	case kind == "sign-out":
		return models.Say("%s is signed out. %d sessions ended.", user.Name, act.Counts.Count("sessions"))
	case kind == "set-metadata":
		return models.Say("%s: the field %s is set.", user.Name, field)
	case kind == "remove-metadata":
		return models.Say("%s: the field %s is removed.", user.Name, field)
	case user.IsActive:
		return models.Say("The suspension of %s is over.", user.Name)
	}
	return models.Say("%s is active again, and can sign in.", user.Name)
}
