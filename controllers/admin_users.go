package controllers

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminUsers is where an admin finds users and looks after their accounts.
type AdminUsers struct{ *App }

// newestPosts is how many posts the page of a user lists.
const newestPosts = 10

// Index lists users.
func (u AdminUsers) Index(c *gin.Context) error {
	if tidied(c) {
		return nil
	}
	stats, err := u.Store.SiteStats(c.Request.Context())
	if err != nil {
		return err
	}
	list, err := u.userList(c, stats.Users, "")
	if err != nil {
		return err
	}
	return u.show(c, list.status(), "admin_users/index", H{"Title": models.Say("Users"), "Place": "admin", "Rail": "users", "List": list, "Errors": list.Errors})
}

// New shows the form of a new user.
func (u AdminUsers) New(c *gin.Context) error {
	return u.show(c, http.StatusOK, "admin_users/new", newUserValues(map[string]string{"role": models.RoleUser}))
}

// Create makes a user, who has no password until the one-time link is used.
func (u AdminUsers) Create(c *gin.Context) error {
	in := models.NewUser{Username: c.PostForm("username"), Name: c.PostForm("name"), Email: c.PostForm("email"), Role: c.PostForm("role")}
	if age := typedAge(c.PostForm("age")); *age != 0 {
		in.Age = age
	}
	user, err := u.Store.CreateUser(c.Request.Context(), me(c), in)
	if err != nil {
		return u.again(c, err, "admin_users/new", newUserValues(typed(c)))
	}
	return u.acted(c, adminPath(user)+"#access", models.Say("%s has an account. A one-time link lets them in.", user.Name), user.Receipt)
}

func newUserValues(form map[string]string) H {
	return H{"Title": models.Say("Make a user"), "Place": "admin", "Rail": "users", "Form": form}
}

// Show shows one user with all that an admin can do.
func (u AdminUsers) Show(c *gin.Context) error {
	user, err := u.adminUser(c)
	if err != nil {
		return err
	}
	values, err := u.adminUserPage(c, user)
	if err != nil {
		return err
	}
	return u.show(c, http.StatusOK, "admin_users/show", values)
}

// Update changes who the user is and what the user may do.
func (u AdminUsers) Update(c *gin.Context) error {
	user, err := u.adminUser(c)
	if err != nil {
		return err
	}
	name, username, email := c.PostForm("name"), c.PostForm("username"), c.PostForm("email")
	change := models.UserChange{Name: &name, Username: &username, Email: &email, Age: typedAge(c.PostForm("age"))}
	if role, said := c.GetPostForm("role"); said {
		change.Role = &role
	}
	changed, err := u.Store.UpdateUser(c.Request.Context(), me(c), user.ID, change)
	if err != nil {
		values, problem := u.adminUserPage(c, user)
		if problem != nil {
			return problem
		}
		values["Form"] = typed(c)
		return u.again(c, err, "admin_users/show", values)
	}
	return u.acted(c, adminPath(user), models.Say("%s is saved.", changed.Name), changed.Receipt)
}

// adminUser is the user whom the address names.
func (a *App) adminUser(c *gin.Context) (*models.User, error) {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return nil, err
	}
	return a.Store.User(c.Request.Context(), id)
}

// otherUser is adminUser for what nobody does to oneself.
func (a *App) otherUser(c *gin.Context) (*models.User, error) {
	user, err := a.adminUser(c)
	if err == nil && user.ID == me(c).ID {
		return nil, &models.Conflict{Say: models.SayYourself}
	}
	return user, err
}

func adminPath(user *models.User) string { return "/admin/users/" + strconv.FormatInt(user.ID, 10) }

// typedAge is an age as UserChange takes it: 0 for none, and for what is no age a number that it will refuse.
func typedAge(text string) *int {
	n := 0
	if text = strings.TrimSpace(text); text != "" {
		if parsed, err := strconv.Atoi(text); err == nil && parsed != 0 {
			n = parsed
		} else {
			n = -1
		}
	}
	return &n
}
