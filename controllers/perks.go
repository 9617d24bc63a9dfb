package controllers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
)

// Perks is where users see what credits buy.
type Perks struct{ *App }

const perksPerPage = 20

// Index lists what can be ordered now, all of it or of a tag or category.
func (p Perks) Index(c *gin.Context) error {
	if tidied(c) {
		return nil
	}
	ctx := c.Request.Context()
	list, form, err := perkList(c, perksPerPage)
	if err != nil {
		return err
	}
	categories, tags, err := p.Store.PerkWords(ctx)
	if err != nil {
		return err
	}
	if list.Category != "" && !slices.Contains(categories, list.Category) {
		categories = append(categories, list.Category)
	}
	perks, more, err := p.Store.Perks(ctx, me(c), list)
	if err != nil {
		return err
	}
	credits, err := p.Store.Credits(ctx, me(c))
	if err != nil {
		return err
	}
	first, next := perkPages("/perks", form, perks, more, list.After)
	return p.show(c, http.StatusOK, "perks/index", H{"Title": models.Say("Perks"), "Place": "perks", "Credits": credits, "Perks": perks, "Categories": categories, "Tags": tags, "Form": form,
		"Filtered": list.Tag != "" || list.Category != "", "First": first, "Next": next})
}

// perkList reads the filter of a list of perks from its address.
func perkList(c *gin.Context, limit int) (list models.PerkList, form map[string]string, err error) {
	list = models.PerkList{Category: c.Query("category"), Limit: limit}
	if tags := models.ParseTags(c.Query("tag")); len(tags) > 0 {
		list.Tag = tags[0]
	}
	form = map[string]string{"tag": list.Tag, "category": list.Category}
	if after := c.Query("after"); after != "" {
		if list.After, err = strconv.ParseInt(after, 10, 64); err != nil || list.After < 1 {
			return list, form, models.Invalid{"after": models.Say("This is not a place in the list.")}
		}
	}
	return list, form, list.Validate()
}

// perkPages are the addresses of the first page and the next one; empty where this is the one.
func perkPages(path string, form map[string]string, perks []*models.Perk, more bool, after int64) (first, next string) {
	query := url.Values{}
	for name, value := range form {
		if value != "" {
			query.Set(name, value)
		}
	}
	if after != 0 {
		first = address(path, query)
	}
	if more {
		query.Set("after", strconv.FormatInt(perks[len(perks)-1].ID, 10))
		next = address(path, query)
	}
	return first, next
}

// Show shows a perk under its right address, and the form that orders it.
func (p Perks) Show(c *gin.Context) error {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return err
	}
	perk, err := p.Store.Perk(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	if perk.Ref() != c.Param("ref") {
		c.Redirect(http.StatusMovedPermanently, perk.Path())
		return nil
	}
	values, err := p.perkPage(c, perk, map[string]string{"quantity": "1", "key": uuid.NewString()})
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "perks/show", values)
}

// perkPage are the values of the page of a perk.
func (a *App) perkPage(c *gin.Context, perk *models.Perk, form map[string]string) (H, error) {
	credits, err := a.Store.Credits(c.Request.Context(), me(c))
	return H{"Title": perk.Name, "Place": "perks", "Perk": perk, "Form": form, "Credits": credits}, err
}
