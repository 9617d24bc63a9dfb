package controllers

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminFilters is where an admin keeps filters of users under a name, for all admins.
type AdminFilters struct{ *App }

// Index lists the filters that were saved.
func (f AdminFilters) Index(c *gin.Context) error {
	saved, err := f.Store.SavedFilters(c.Request.Context())
	if err != nil {
		return err
	}
	type line struct {
		models.SavedFilter
		Words, Href, Forget string
	}
	lines := make([]line, len(saved))
	for i, filter := range saved {
		lines[i] = line{filter, f.words(c, filter.Query), "/admin/users?" + filter.Query, "/admin/filters/" + strconv.FormatInt(filter.ID, 10) + "/delete"}
	}
	return f.show(c, http.StatusOK, "admin_filters/index", H{"Title": models.Say("Saved filters"), "Place": "admin", "Rail": "users", "Filters": lines})
}

// New asks for the name of the filter whose query it was called with.
func (f AdminFilters) New(c *gin.Context) error {
	query := c.Request.URL.Query()
	query.Del("after")
	if _, err := models.ParseUserFilter(query, me(c).Location(f.Zone)); err != nil {
		c.Redirect(http.StatusSeeOther, address("/admin/users", query)) // which says what is wrong
		return nil
	}
	return f.show(c, http.StatusOK, "admin_filters/new", f.form(c, query, nil))
}

// Create saves a filter.
func (f AdminFilters) Create(c *gin.Context) error {
	form := typed(c)
	query, err := url.ParseQuery(form["query"])
	if err != nil {
		return models.ErrNotFound // no form of ours says this
	}
	query.Del("after")
	if err := f.Store.SaveFilter(c.Request.Context(), me(c), form["name"], query); err != nil {
		return f.again(c, err, "admin_filters/new", f.form(c, query, form))
	}
	return f.redirect(c, address("/admin/users", query), models.Say("The filter is saved. Every admin finds it above the list."))
}

// Delete forgets a filter.
func (f AdminFilters) Delete(c *gin.Context) error {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	name, err := f.Store.DeleteFilter(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	return f.redirect(c, "/admin/filters", models.Say("The filter “%s” is forgotten.", name))
}

func (f AdminFilters) form(c *gin.Context, query url.Values, form map[string]string) H {
	return H{"Title": models.Say("Save a filter"), "Place": "admin", "Rail": "users", "Form": form, "Query": query.Encode(), "Words": f.words(c, query.Encode()),
		"List": address("/admin/users", query)}
}

// words says in words what a query asks for.
func (f AdminFilters) words(c *gin.Context, encoded string) string {
	query, err := url.ParseQuery(encoded)
	if err != nil {
		return ""
	}
	zone := me(c).Location(f.Zone)
	filter, err := models.ParseUserFilter(query, zone)
	if err != nil {
		return ""
	}
	return filterTitle(filter, f.language(c), zone)
}
