package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
)

// SettingsSessions is where a user ends sessions of other browsers.
type SettingsSessions struct{ *App }

// Delete ends one session.
func (s SettingsSessions) Delete(c *gin.Context) error {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return models.ErrNotFound
	}
	if err := s.Store.EndUserSession(c.Request.Context(), me(c), me(c).ID, id); err != nil {
		return err
	}
	return s.redirect(c, "/settings#sessions", models.Say("The session is ended."))
}

// DeleteOthers ends all sessions but this one.
func (s SettingsSessions) DeleteOthers(c *gin.Context) error {
	n, err := s.Store.EndOtherSessions(c.Request.Context(), me(c), me(c).ID, mySession(c).ID)
	if err != nil {
		return err
	}
	return s.redirect(c, "/settings#sessions", models.Say("%d other sessions are ended.", n))
}

// SettingsTokens is where a user makes and ends API tokens.
type SettingsTokens struct{ *App }

// Create makes a token and shows its secret, this once.
func (s SettingsTokens) Create(c *gin.Context) error {
	token, secret, err := s.Store.CreateToken(c.Request.Context(), me(c), c.PostForm("name"), c.PostForm("scope"))
	if err != nil {
		return s.refused(c, err, "tokens", nil)
	}
	values, err := s.settings(c)
	if err != nil {
		return err
	}
	values["Secret"], values["Token"] = secret, token
	c.Header("Cache-Control", "no-store")
	return s.show(c, http.StatusOK, "settings/show", values)
}

// Delete ends a token.
func (s SettingsTokens) Delete(c *gin.Context) error {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	if err := s.Store.EndToken(c.Request.Context(), me(c), id); err != nil {
		return err
	}
	return s.redirect(c, "/settings#tokens", models.Say("The token is ended."))
}

// SettingsLeave is where a user leaves the site. It is asked twice.
type SettingsLeave struct{ *App }

// New says what goes with the account, and asks for the password.
func (s SettingsLeave) New(c *gin.Context) error {
	values, err := s.leaving(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "settings/leave", values)
}

// Create removes the account.
func (s SettingsLeave) Create(c *gin.Context) error {
	posts, err := s.Store.Leave(c.Request.Context(), me(c), c.PostForm("current_password"))
	if err != nil {
		values, problem := s.leaving(c)
		if problem != nil {
			return problem
		}
		return s.again(c, err, "settings/leave", values)
	}
	if err := s.signOut(c); err != nil {
		return err
	}
	return s.redirect(c, "/", models.Say("Your account is deleted, and %d posts with it.", posts))
}

func (a *App) leaving(c *gin.Context) (H, error) {
	values, err := a.settings(c)
	if err != nil {
		return nil, err
	}
	values["Title"] = models.Say("Delete your account")
	return values, nil
}
