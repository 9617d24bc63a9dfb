package controllers

import (
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
	"postroom/templates"
)

// AdminGrants is where admins give credits from the house.
type AdminGrants struct{ *App }

// grantsAPage is how many grants the page lists.
const grantsAPage = 50

// Index shows the form and what was granted, the newest first.
func (g AdminGrants) Index(c *gin.Context) error {
	values, err := g.page(c, map[string]string{"to": c.Query("to")})
	if err != nil {
		return err
	}
	return g.show(c, http.StatusOK, "admin_grants/index", values)
}

// Create grants credits to one user.
func (g AdminGrants) Create(c *gin.Context) error {
	in := models.NewGrant{ToName: c.PostForm("to"), Note: c.PostForm("note"), Key: c.PostForm("key")}
	var moved *models.Moved
	var err error
	if in.Amount, err = models.ParseAmount(c.PostForm("amount")); err == nil {
		moved, err = g.Store.Grant(c.Request.Context(), me(c), in)
	}
	if err != nil {
		form := typed(c)
		err = transferProblem(err, form)
		values, problem := g.page(c, form)
		if problem != nil {
			return problem
		}
		return g.again(c, err, "admin_grants/index", values)
	}
	return g.redirect(c, "/admin/transfers/"+moved.ID.String(), models.Say("%.2f credits are granted.", moved.Amount.InexactFloat64()))
}

func (g AdminGrants) page(c *gin.Context, form map[string]string) (H, error) {
	after, err := models.ParseGrantKey(c.Query("after"))
	if err != nil {
		return nil, err
	}
	grants, more, err := g.Store.Grants(c.Request.Context(), me(c), after, grantsAPage)
	if err != nil {
		return nil, err
	}
	next := ""
	if more {
		last := grants[len(grants)-1]
		next = "/admin/grants?" + url.Values{"after": {models.GrantKey{At: last.At, ID: last.ID}.String()}}.Encode()
	}
	filters, err := g.filters(c)
	if err != nil {
		return nil, err
	}
	return H{"Title": models.Say("Grants"), "Place": "admin", "Rail": "grants", "Form": form, "Filters": filters, "Grants": grants, "Next": next, "First": after.ID != uuid.Nil}, nil
}

// filters are those that say to whom many grants go: the active, those over the list of users, and the saved ones.
func (g AdminGrants) filters(c *gin.Context) ([]preset, error) {
	list := []preset{{Say: models.Say("All who are active"), query: url.Values{"active": {"true"}}}}
	when := templates.When{Language: g.language(c), Zone: me(c).Location(g.Zone), Now: time.Now()}
	list = append(list, presetFilters(when)...)
	saved, err := g.Store.SavedFilters(c.Request.Context())
	for _, filter := range saved {
		query, err := url.ParseQuery(filter.Query)
		if err != nil {
			continue // the page of saved filters shows it
		}
		list = append(list, preset{Say: models.Say("%s", filter.Name), query: query})
	}
	for i := range list {
		list[i].Href = bareQuery(list[i].query).Encode()
	}
	return list, err
}
