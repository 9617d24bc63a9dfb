package controllers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Sessions is where users sign in and out.
type Sessions struct{ *App }

// New shows the sign-in form.
func (s Sessions) New(c *gin.Context) error {
	next := localPath(c.Query("next"), "/")
	if me(c) != nil {
		c.Redirect(http.StatusSeeOther, next)
		return nil
	}
	return s.show(c, http.StatusOK, "sessions/new", signInValues(map[string]string{"next": next}))
}

// Create signs in. An unknown user and a wrong password get the same answer.
func (s Sessions) Create(c *gin.Context) error {
	user, err := s.Store.SignIn(c.Request.Context(), browser(c), c.PostForm("login"), c.PostForm("password"))
	if err == nil {
		err = s.signIn(c, user)
	}
	var tooMany *models.TooMany
	switch {
	case errors.Is(err, models.ErrWrongPassword):
		err = models.Invalid{"login": models.Say("The name or the password is wrong.")}
	case errors.Is(err, models.ErrDeactivated):
		err = models.Invalid{"login": models.Say("This account is deactivated. Ask an admin of this site.")}
	case errors.As(err, &tooMany):
		c.Header("Retry-After", strconv.Itoa(int(tooMany.Wait.Seconds())))
		values := signInValues(typed(c))
		values["Errors"] = models.Invalid{"login": models.Say("Too many wrong tries. %s Or ask an admin for a one-time link.", s.waitWords(err))}
		return s.show(c, http.StatusTooManyRequests, "sessions/new", values)
	}
	if err != nil {
		return s.again(c, err, "sessions/new", signInValues(typed(c)))
	}
	c.Redirect(http.StatusSeeOther, localPath(c.PostForm("next"), "/"))
	return nil
}

// Delete signs out.
func (s Sessions) Delete(c *gin.Context) error {
	if err := s.signOut(c); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

// toSignIn sends a visitor to the sign-in page. A page is come back to; a form is not sent again by itself.
func (a *App) toSignIn(c *gin.Context) {
	c.Redirect(http.StatusSeeOther, signInPath(c))
}

// signInPath is the sign-in page that leads back here.
func signInPath(c *gin.Context) string {
	if c.Request.Method != http.MethodGet {
		return "/signin"
	}
	return "/signin?next=" + url.QueryEscape(c.Request.URL.RequestURI())
}

func signInValues(form map[string]string) H {
	if form["next"] == "" {
		form["next"] = "/"
	}
	return H{"Title": models.Say("Sign in"), "Place": "signin", "Form": form}
}
