package controllers

import (
	"cmp"
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Setups is where the first admin is made, by who holds the link that the start prints.
type Setups struct{ *App }

// New shows the form to the holder of a link.
func (s Setups) New(c *gin.Context) error {
	token := c.Query("token")
	user, err := s.Store.LinkUser(c.Request.Context(), token)
	if err != nil {
		return err
	}
	if has, err := s.Store.HasAdmin(c.Request.Context()); err != nil || has || user != nil {
		return cmp.Or(err, models.ErrNoLink)
	}
	c.Header("Referrer-Policy", "no-referrer")
	return s.show(c, http.StatusOK, "setups/new", setupValues(map[string]string{"token": token}))
}

// Create makes the first admin and signs in.
func (s Setups) Create(c *gin.Context) error {
	user, err := s.Store.SetUp(c.Request.Context(), c.PostForm("token"), newUserForm(c))
	if err != nil {
		return s.again(c, err, "setups/new", setupValues(typed(c)))
	}
	if err := s.signIn(c, user); err != nil {
		return err
	}
	return s.redirect(c, "/admin", models.Say("The site is yours. You are its first admin."))
}

func setupValues(form map[string]string) H {
	return H{"Title": models.Say("The first admin"), "Form": form}
}
