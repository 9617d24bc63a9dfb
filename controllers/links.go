package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Links is where a one-time link signs a user in with a new password.
type Links struct{ *App }

// Edit shows the form to the holder of a link. The link is not used up by looking.
func (l Links) Edit(c *gin.Context) error {
	user, err := l.holder(c, c.Query("token"))
	if err != nil {
		return err
	}
	c.Header("Referrer-Policy", "no-referrer")
	return l.show(c, http.StatusOK, "links/edit", linkValues(user, c.Query("token")))
}

// Update sets the password and signs in.
func (l Links) Update(c *gin.Context) error {
	token := c.PostForm("token")
	user, err := l.Store.UseLink(c.Request.Context(), token, c.PostForm("password"))
	if err != nil {
		holder, problem := l.holder(c, token)
		if problem != nil {
			return problem
		}
		return l.again(c, err, "links/edit", linkValues(holder, token))
	}
	if err := l.signIn(c, user); err != nil {
		return err
	}
	return l.redirect(c, "/", models.Say("Your new password is set. You are signed in as %s.", user.Username))
}

func (l Links) holder(c *gin.Context, token string) (*models.User, error) {
	user, err := l.Store.LinkUser(c.Request.Context(), token)
	if err == nil && user == nil {
		err = models.ErrNotFound
	}
	return user, err
}

func linkValues(user *models.User, token string) H {
	return H{"Title": models.Say("Set a new password"), "User": user, "Form": map[string]string{"token": token}}
}
