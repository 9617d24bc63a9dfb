package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Accounts is where visitors become users.
type Accounts struct{ *App }

// New shows the sign-up form.
func (a Accounts) New(c *gin.Context) error {
	if me(c) != nil {
		c.Redirect(http.StatusSeeOther, "/")
		return nil
	}
	status := http.StatusOK
	if !a.SignUpOpen {
		status = http.StatusForbidden
	}
	return a.show(c, status, "accounts/new", signUpValues(nil))
}

// Create makes the account and signs in at once.
func (a Accounts) Create(c *gin.Context) error {
	if !a.SignUpOpen {
		return a.show(c, http.StatusForbidden, "accounts/new", signUpValues(nil))
	}
	user, err := a.Store.SignUp(c.Request.Context(), browser(c), newUserForm(c))
	if err != nil {
		return a.again(c, err, "accounts/new", signUpValues(typed(c)))
	}
	if err := a.signIn(c, user); err != nil {
		return err
	}
	if err := a.flash(c, models.Say("Your account is made. You are signed in as %s.", user.Username), "/posts/new", models.Say("Write your first post")); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

func newUserForm(c *gin.Context) models.NewUser {
	return models.NewUser{Username: c.PostForm("username"), Name: c.PostForm("name"), Email: c.PostForm("email"), Password: c.PostForm("password")}
}

func signUpValues(form map[string]string) H {
	return H{"Title": models.Say("Sign up"), "Place": "signup", "Form": form}
}
