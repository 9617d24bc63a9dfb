package controllers

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/shopspring/decimal"

	"postroom/models"
)

// AdminSettings is where admins decide what holds for the whole site.
type AdminSettings struct{ *App }

// Show shows the settings.
func (s AdminSettings) Show(c *gin.Context) error {
	values, err := s.page(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "admin_settings/show", values)
}

// Update decides about the monthly allowance.
func (s AdminSettings) Update(c *gin.Context) error {
	in, err := allowanceForm(c)
	if err == nil {
		err = s.Store.SetAllowance(c.Request.Context(), me(c), in)
	}
	if err != nil {
		values, problem := s.page(c)
		if problem != nil {
			return problem
		}
		if !errors.Is(err, models.ErrConflict) { // else it is shown as it is now
			maps.Copy(values["Form"].(map[string]string), typed(c))
		}
		return s.again(c, err, "admin_settings/show", values)
	}
	if in.Amount.IsZero() {
		return s.redirect(c, "/admin/settings", models.Say("There is no allowance."))
	}
	return s.redirect(c, "/admin/settings", models.Say("The allowance is %.2f credits a month.", in.Amount.InexactFloat64()))
}

// UpdateComments decides whose first comments wait for approval.
func (s AdminSettings) UpdateComments(c *gin.Context) error {
	n, err := strconv.Atoi(strings.TrimSpace(cmp.Or(c.PostForm("held"), "0")))
	if err != nil {
		n = -1
	}
	if err := s.Store.SetHeldFirst(c.Request.Context(), me(c), n); err != nil {
		values, problem := s.page(c)
		if problem != nil {
			return problem
		}
		maps.Copy(values["Form"].(map[string]string), typed(c))
		return s.again(c, err, "admin_settings/show", values)
	}
	if n == 0 {
		return s.redirect(c, "/admin/settings", models.Say("Comments are shown at once."))
	}
	return s.redirect(c, "/admin/settings", models.Say("The first %d comments of each user wait for approval.", n))
}

// UpdateRoom decides how much room the files of each user have.
func (s AdminSettings) UpdateRoom(c *gin.Context) error {
	room, err := strconv.ParseInt(strings.TrimSpace(c.PostForm("room")), 10, 64)
	if err != nil {
		room = -1
	}
	if err := s.Store.SetFileRoom(c.Request.Context(), me(c), room); err != nil {
		values, problem := s.page(c)
		if problem != nil {
			return problem
		}
		maps.Copy(values["Form"].(map[string]string), typed(c))
		return s.again(c, err, "admin_settings/show", values)
	}
	return s.redirect(c, "/admin/settings#files", models.Say("The files of each user may take %d MB.", int(room)))
}

func allowanceForm(c *gin.Context) (in models.NewAllowance, err error) {
	v := models.Invalid{}
	if text := strings.TrimSpace(c.PostForm("amount")); strings.Trim(text, "0.") != "" || strings.Trim(text, "0") == "." {
		var invalid models.Invalid
		if in.Amount, err = models.ParseAmount(text); errors.As(err, &invalid) {
			v["amount"] = invalid["amount"]
		}
	}
	if text := strings.TrimSpace(c.PostForm("from")); text != "" {
		if in.From, err = time.Parse(time.DateOnly, text); err != nil {
			v["from"] = models.Say("A day is written as 2026-12-01.")
		}
	}
	in.Seen, _ = strconv.ParseInt(c.PostForm("seen"), 10, 64)
	return in, v.Or()
}

func (s AdminSettings) page(c *gin.Context) (H, error) {
	allowance, err := s.Store.Allowance(c.Request.Context(), me(c))
	if err != nil {
		return nil, err
	}
	form := map[string]string{"from": time.Now().In(s.Zone).AddDate(0, 1, 1-time.Now().In(s.Zone).Day()).Format(time.DateOnly), "seen": strconv.FormatInt(allowance.Terms.ID, 10)}
	if !allowance.Terms.From.IsZero() {
		form["from"] = allowance.Terms.From.Format(time.DateOnly)
	}
	if allowance.Terms.Amount.IsPositive() {
		form["amount"] = allowance.Terms.Amount.StringFixed(2)
	}
	held, err := s.Store.HeldFirst(c.Request.Context())
	if err != nil {
		return nil, err
	}
	form["held"] = strconv.Itoa(held)
	room, err := s.Store.FileRoom(c.Request.Context())
	if err != nil {
		return nil, err
	}
	form["room"] = strconv.FormatInt(room, 10)
	all := allowance.Terms.Amount.Mul(decimal.NewFromInt(allowance.Users))
	return H{"Title": models.Say("Settings of the site"), "Place": "admin", "Rail": "settings", "Form": form, "Allowance": allowance, "All": all, "SiteZone": s.Zone}, nil
}
