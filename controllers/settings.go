package controllers

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Settings is where a user looks after the account.
type Settings struct{ *App }

// Show shows all settings on one page.
func (s Settings) Show(c *gin.Context) error {
	values, err := s.settings(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "settings/show", values)
}

// Section leads to a section of the page, as an address of its own does.
func (s Settings) Section(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, "/settings#"+strings.TrimPrefix(c.FullPath(), "/settings/"))
	return nil
}

// UpdateProfile changes what the user says of themselves.
func (s Settings) UpdateProfile(c *gin.Context) error {
	invalid := models.Invalid{}
	name, about, zone, language := c.PostForm("name"), c.PostForm("about"), c.PostForm("time_zone"), c.PostForm("language")
	years := age(c.PostForm("age"))
	change := models.UserChange{Name: &name, About: &about, TimeZone: &zone, Language: &language, Age: &years}
	fields, kept := c.PostFormArray("meta_name"), c.PostFormArray("meta_value")
	before, err := s.Store.User(c.Request.Context(), me(c).ID)
	if err != nil {
		return err
	}
	change.Metadata = metadataForm(invalid, before.Metadata, fields, kept)
	err = invalid.Or()
	if err == nil {
		_, err = s.Store.UpdateUser(c.Request.Context(), me(c), me(c).ID, change)
	}
	if err != nil {
		return s.refused(c, err, "profile", func(values H) { values["Pairs"] = typedPairs(fields, kept) })
	}
	return s.redirect(c, "/settings#profile", models.Say("Your profile is saved."))
}

// UpdateEmail changes the e-mail address, for who gives the password.
func (s Settings) UpdateEmail(c *gin.Context) error {
	err := s.Store.ChangeEmail(c.Request.Context(), me(c), mySession(c).ID, c.PostForm("current_password"), c.PostForm("email"))
	if err != nil {
		return s.refused(c, err, "email", nil)
	}
	return s.redirect(c, "/settings#email", models.Say("Your e-mail address is changed. Other browsers are signed out."))
}

// UpdatePassword changes the password, for who gives the old one.
func (s Settings) UpdatePassword(c *gin.Context) error {
	err := s.Store.ChangePassword(c.Request.Context(), me(c), mySession(c).ID, c.PostForm("current_password"), c.PostForm("password"))
	if err != nil {
		return s.refused(c, err, "password", nil)
	}
	return s.redirect(c, "/settings#password", models.Say("Your password is changed. Other browsers are signed out."))
}

// refused shows the settings again, with the words and the sentences of the section that was sent.
func (a *App) refused(c *gin.Context, err error, section string, more func(H)) error {
	invalid, status := a.problems(err)
	if a.isSuspended(c, err) {
		status = http.StatusForbidden
	} else if invalid == nil {
		return err
	}
	values, err := a.settings(c)
	if err != nil {
		return err
	}
	form := values["Form"].(map[string]string)
	for name, value := range typed(c) {
		form[section+" "+name] = value
	}
	said := models.Invalid{}
	for name, sentence := range invalid {
		said[section+" "+name] = sentence
	}
	values["Errors"] = said
	if more != nil {
		more(values)
	}
	return a.show(c, status, "settings/show", values)
}

// settings are the values of the settings page. The fields of each section are named "section field", so that two sections
// with a field of one name stay apart.
func (a *App) settings(c *gin.Context) (H, error) {
	ctx, by := c.Request.Context(), me(c)
	user, err := a.Store.User(ctx, by.ID)
	if err != nil {
		return nil, err
	}
	open, err := a.Store.Sessions(ctx, by, by.ID)
	if err != nil {
		return nil, err
	}
	tokens, err := a.Store.Tokens(ctx, by)
	if err != nil {
		return nil, err
	}
	totals, err := a.Store.PostTotals(ctx, by.ID)
	if err != nil {
		return nil, err
	}
	zones, err := a.Store.TimeZones(ctx)
	if err != nil {
		return nil, err
	}
	avatar, err := a.Store.AvatarOf(ctx, by.ID)
	if err != nil {
		return nil, err
	}
	form := map[string]string{"profile name": user.Name, "profile about": user.About, "profile time_zone": user.TimeZone,
		"profile language": user.Language, "email email": user.Email, "tokens scope": models.ScopeRead}
	if user.Age != nil {
		form["profile age"] = strconv.Itoa(*user.Age)
	}
	return H{"Title": models.Say("Settings"), "Place": "settings", "Section": "", "Avatar": avatar, "Form": form, "User": user, "Sessions": open, "This": mySession(c).ID,
		"Tokens": tokens, "Secret": "", "Published": totals.Published, "Scheduled": totals.Scheduled, "Drafts": totals.Drafts, "All": totals.All(), "Pairs": metadataPairs(user.Metadata), "Languages": a.languages.Languages(),
		"SiteZone": a.Zone.String(), "Zones": zones}, nil
}

// pair is a field of a user's own: a name and a value.
type pair struct{ Name, Value string }

// emptyPairs are how many rows are left to fill in.
const emptyPairs = 2

// metadataPairs are the fields that a person can edit in a line. Lists and objects, which only programs write, are not
// among them and stay as they are.
func metadataPairs(fields models.Metadata) []pair {
	var pairs []pair
	for name, value := range fields {
		switch value := value.(type) {
		case string:
			pairs = append(pairs, pair{name, value})
		case json.Number:
			pairs = append(pairs, pair{name, value.String()})
		case bool:
			pairs = append(pairs, pair{name, strconv.FormatBool(value)})
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.Name, b.Name) })
	return append(pairs, make([]pair, emptyPairs)...)
}

func typedPairs(names, values []string) []pair {
	var pairs []pair
	for i := range min(len(names), len(values), 100) {
		pairs = append(pairs, pair{names[i], values[i]})
	}
	return pairs
}

// metadataForm is the metadata after the form: its rows, in the kinds they had, and what the form does not show.
func metadataForm(v models.Invalid, before models.Metadata, names, values []string) models.Metadata {
	fields := models.Metadata{}
	shown := map[string]any{}
	for _, p := range metadataPairs(before) {
		shown[p.Name] = p.Value
	}
	for name, value := range before {
		if _, ok := shown[name]; !ok {
			fields[name] = value
		}
	}
	for i := range min(len(names), len(values)) {
		name, value := strings.TrimSpace(names[i]), strings.TrimSpace(values[i])
		if name == "" && value == "" {
			continue
		}
		if _, twice := fields[name]; twice {
			v["metadata"] = models.Say("The field %s is there twice.", name)
		}
		if name == "" {
			v["metadata"] = models.Say("The value %s has no name.", value)
		}
		if old, ok := shown[name]; ok && old == value {
			fields[name] = before[name]
		} else {
			fields[name] = value
		}
	}
	return fields
}
