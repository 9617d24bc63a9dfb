package controllers

import (
	"mime/multipart"
	"net/url"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// SettingsAvatar is where a user chooses how they look.
type SettingsAvatar struct{ *App }

// Update takes the image in while it is sent.
func (s SettingsAvatar) Update(c *gin.Context) error {
	var file *models.File
	_, err := s.withFile(c, func(fields url.Values, part *multipart.Part) (err error) {
		in := newFile(c, fields, part)
		in.Avatar = true
		file, err = s.Store.AddFile(c.Request.Context(), me(c), in, part)
		return err
	})
	if err == nil && file == nil {
		err = models.Invalid{"file": models.SayNoFile}
	}
	if err != nil {
		return s.refused(c, err, "avatar", nil)
	}
	return s.redirect(c, "/settings#avatar", models.Say("Your portrait is saved."))
}

// Delete removes the portrait.
func (s SettingsAvatar) Delete(c *gin.Context) error {
	if err := s.Store.RemoveAvatar(c.Request.Context(), me(c), me(c).ID); err != nil {
		return err
	}
	return s.redirect(c, "/settings#avatar", models.Say("Your portrait is removed."))
}
