package controllers

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminPerks is where admins keep the catalogue.
type AdminPerks struct{ *App }

// Index lists all perks, those too that cannot be ordered now.
func (p AdminPerks) Index(c *gin.Context) error {
	if tidied(c) {
		return nil
	}
	list, form, err := perkList(c, 50)
	if err != nil {
		return err
	}
	list.All = true
	perks, more, err := p.Store.Perks(c.Request.Context(), me(c), list)
	if err != nil {
		return err
	}
	first, next := perkPages("/admin/perks", form, perks, more, list.After)
	return p.show(c, http.StatusOK, "admin_perks/index", H{"Title": models.Say("Perks"), "Place": "admin", "Rail": "perks", "Perks": perks, "Form": form,
		"Filtered": list.Tag != "" || list.Category != "", "First": first, "Next": next})
}

// New shows an empty form.
func (p AdminPerks) New(c *gin.Context) error {
	return p.show(c, http.StatusOK, "admin_perks/new", p.page(c, nil, map[string]string{}))
}

// Create puts a perk into the catalogue.
func (p AdminPerks) Create(c *gin.Context) error {
	form := typed(c)
	perk, err := models.ParsePerk(form, me(c).Location(p.Zone))
	if err == nil {
		err = p.Store.CreatePerk(c.Request.Context(), me(c), perk)
	}
	if err != nil {
		return p.again(c, err, "admin_perks/new", p.page(c, nil, form))
	}
	return p.redirect(c, adminPerkPath(perk), models.Say("“%s” is in the catalogue.", perk.Name))
}

// Edit shows the form of a perk.
func (p AdminPerks) Edit(c *gin.Context) error {
	perk, err := p.perk(c)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "admin_perks/edit", p.page(c, perk, perk.Form(me(c).Location(p.Zone))))
}

// Update changes a perk.
func (p AdminPerks) Update(c *gin.Context) error {
	perk, err := p.perk(c)
	if err != nil {
		return err
	}
	form := typed(c)
	changed, err := models.ParsePerk(form, me(c).Location(p.Zone))
	if err == nil {
		changed, err = p.Store.UpdatePerk(c.Request.Context(), me(c), perk.ID, changed, form["version"], form["stock_was"])
	}
	if err != nil {
		now := perk.Form(me(c).Location(p.Zone))
		if form["stock"] == form["stock_was"] {
			form["stock"] = now["stock"] // which orders have changed, not the admin
		}
		form["version"], form["stock_was"] = now["version"], now["stock_was"]
		return p.again(c, err, "admin_perks/edit", p.page(c, perk, form))
	}
	return p.redirect(c, adminPerkPath(changed), models.Say("“%s” is saved.", changed.Name))
}

// Remove asks before a perk is deleted.
func (p AdminPerks) Remove(c *gin.Context) error {
	perk, err := p.perk(c)
	if err != nil {
		return err
	}
	count, err := p.Store.CountOrders(c.Request.Context(), me(c), models.OrderFilter{PerkID: perk.ID})
	if err != nil {
		return err
	}
	values := p.page(c, perk, map[string]string{})
	values["Title"], values["Orders"] = models.Say("Delete “%s”", perk.Name), count.Orders
	return p.show(c, http.StatusOK, "admin_perks/delete", values)
}

// Delete takes a perk out of the catalogue.
func (p AdminPerks) Delete(c *gin.Context) error {
	perk, err := p.perk(c)
	if err != nil {
		return err
	}
	if _, err := p.Store.DeletePerk(c.Request.Context(), me(c), perk.ID); err != nil {
		return err
	}
	return p.redirect(c, "/admin/perks", models.Say("“%s” is deleted. Orders of it stay.", perk.Name))
}

func (p AdminPerks) perk(c *gin.Context) (*models.Perk, error) {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return nil, err
	}
	return p.Store.Perk(c.Request.Context(), me(c), id)
}

// page are the values of a page about a perk; nil is a new one.
func (p AdminPerks) page(c *gin.Context, perk *models.Perk, form map[string]string) H {
	values := H{"Title": models.Say("New perk"), "Place": "admin", "Rail": "perks", "Form": form, "Zone": me(c).Location(p.Zone).String()}
	if perk != nil {
		values["Title"], values["Perk"], values["Path"] = perk.Name, perk, adminPerkPath(perk)
	}
	return values
}

func adminPerkPath(perk *models.Perk) string { return fmt.Sprintf("/admin/perks/%d", perk.ID) }
