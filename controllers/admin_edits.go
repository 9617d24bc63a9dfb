package controllers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminEdits is where an admin changes one field of one user, whom a name finds.
type AdminEdits struct{ *App }

// editFields are the fields that can be changed so, in the order in which the form offers them.
var editFields = []struct {
	Name string
	Say  models.Sentence
}{
	{"age", models.Say("Age")}, {"name", models.Say("Name")}, {"username", models.Say("User name")}, {"email", models.Say("E-mail")}, {"role", models.Say("Role")},
}

// editChoices is how many users of one name are offered to choose from.
const editChoices = 20

// New is the form.
func (e AdminEdits) New(c *gin.Context) error {
	return e.show(c, http.StatusOK, "admin_edits/new", e.values(c, nil, map[string]string{"field": "age"}))
}

// Create changes the field. Where two users fit the name, it asks which.
func (e AdminEdits) Create(c *gin.Context) error {
	form := typed(c)
	find, field, value := strings.TrimSpace(form["find"]), form["field"], form["value"]
	if find == "" {
		return e.again(c, models.Invalid{"find": models.Say("Give a name or a user name.")}, "admin_edits/new", e.values(c, nil, form))
	}
	change, err := editChange(field, value)
	if err != nil {
		return e.again(c, err, "admin_edits/new", e.values(c, nil, form))
	}
	users, err := e.Store.UsersNamed(c.Request.Context(), me(c), find, editChoices+1)
	if err != nil {
		return err
	}
	if len(users) == 0 {
		return e.again(c, models.Invalid{"find": models.Say("Nobody has this name or user name.")}, "admin_edits/new", e.values(c, nil, form))
	}
	at := 0
	if len(users) > 1 {
		at = slices.IndexFunc(users, func(u models.User) bool { return strconv.FormatInt(u.ID, 10) == form["user"] })
	}
	switch {
	case at < 0 && len(users) > editChoices:
		return e.again(c, models.Invalid{"find": models.Say("More than %d users have this name. Give the user name.", editChoices)}, "admin_edits/new", e.values(c, nil, form))
	case at < 0:
		return e.again(c, models.Invalid{"user": models.Say("%d users have this name. Say which one.", len(users))}, "admin_edits/new", e.values(c, users, form))
	}
	changed, err := e.Store.UpdateUser(c.Request.Context(), me(c), users[at].ID, change)
	if err != nil {
		invalid, status := e.problems(err)
		if invalid == nil {
			return err
		}
		if said, ok := invalid[field]; ok {
			delete(invalid, field)
			invalid["value"] = said
		}
		values := e.values(c, nil, form)
		if len(users) > 1 {
			values["Users"] = users
		}
		values["Errors"] = invalid
		return e.show(c, status, "admin_edits/new", values)
	}
	return e.acted(c, adminPath(changed), models.Say("%s is saved.", changed.Name), changed.Receipt)
}

func (e AdminEdits) values(c *gin.Context, users []models.User, form map[string]string) H {
	return H{"Title": models.Say("Quick edit"), "Place": "admin", "Rail": "users", "Users": users, "Fields": editFields, "Form": form}
}

// editChange is the change of one field.
func editChange(field, value string) (change models.UserChange, err error) {
	switch field {
	case "age":
		change.Age = typedAge(value)
	case "name":
		change.Name = &value
	case "username":
		change.Username = &value
	case "email":
		change.Email = &value
	case "role":
		value = strings.ToLower(strings.TrimSpace(value))
		change.Role = &value
	default:
		return change, models.Invalid{"field": models.Say("Choose a field.")}
	}
	return change, nil
}
