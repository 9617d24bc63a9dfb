package controllers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

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
	if c.PostForm("again") != "" { // from a page that carries a lost form: they say that they signed in in another window
		return s.signedInElsewhere(c)
	}
	former, err := s.former(c)
	if err != nil {
		return err
	}
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
		values := signInAgain(c)
		values["Errors"] = models.Invalid{"login": models.Say("Too many wrong tries. %s Or ask an admin for a one-time link.", s.waitWords(err))}
		return s.show(c, http.StatusTooManyRequests, "sessions/new", values)
	}
	if err != nil {
		return s.again(c, err, "sessions/new", signInAgain(c))
	}
	return s.goOn(c, former, user)
}

// goOn leads who has signed in to where they wanted to go; first to a form that was lost with a session.
func (s Sessions) goOn(c *gin.Context, former, user *models.User) error {
	to, said, err := s.hold(c, former, user)
	if err != nil {
		return err
	}
	if to != "" {
		return s.redirect(c, to, said)
	}
	switch _, err := s.Store.HeldForm(c.Request.Context(), user, uuid.Nil); {
	case err == nil:
		if err := s.flash(c, models.Say("Something you wrote waits to be sent."), "/held", models.Say("Look at it")); err != nil {
			return err
		}
	case !errors.Is(err, models.ErrNotFound):
		return err
	}
	return s.redirect(c, localPath(c.PostForm("next"), "/"), models.Sentence{})
}

// signedInElsewhere takes what the sign-in page carries without a password, where the browser shows a session by now.
func (s Sessions) signedInElsewhere(c *gin.Context) error {
	if me(c) != nil {
		return s.goOn(c, nil, me(c))
	}
	values := signInAgain(c)
	values["Errors"] = models.Invalid{"": models.Say("You are not signed in in this browser.")}
	return s.show(c, http.StatusUnauthorized, "sessions/new", values)
}

// Delete signs out.
func (s Sessions) Delete(c *gin.Context) error {
	if err := s.signOut(c); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

// toSignIn sends a visitor to the sign-in page. A page is come back to. A form is carried by the sign-in page, so that no word of it is lost; it
// is not sent again by itself.
func (a *App) toSignIn(c *gin.Context) {
	if fields := lost(c.Request.PostForm); fields != nil {
		values := signInValues(map[string]string{})
		values["HeldPath"], values["Held"] = c.Request.URL.RequestURI(), fields
		if err := a.show(c, http.StatusUnauthorized, "sessions/new", values); err != nil {
			a.fail(c, err)
		}
		return
	}
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
	return H{"Title": models.Say("Sign in"), "Place": "signin", "Form": form, "HeldPath": "", "Held": []carried(nil)}
}

// signInAgain is the sign-in form as it was sent, with what it carries.
func signInAgain(c *gin.Context) H {
	values := signInValues(typed(c))
	values["HeldPath"], values["Held"] = carries(c)
	return values
}
