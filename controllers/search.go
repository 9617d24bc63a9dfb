package controllers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Search is where readers look for posts.
type Search struct{ *App }

// Show lists what was found, or asks what to look for.
func (s Search) Show(c *gin.Context) error {
	search, err := models.ParseSearch(c.Request.URL.Query(), me(c).Location(s.Zone))
	values := H{"Title": models.Say("Search"), "Place": "search", "Search": search, "Errors": models.Invalid{}, "Found": nil}
	if search.Text != "" {
		values["Title"] = models.Say("Search: %s", search.Text)
	}
	invalid, _ := err.(models.Invalid)
	values["Controls"] = searchControls(search, invalid)
	if invalid != nil {
		values["Errors"] = invalid
		return s.show(c, http.StatusUnprocessableEntity, "search/show", values)
	}
	if err != nil {
		return err
	}
	if search.Text == "" && !search.IsFiltered() {
		return s.show(c, http.StatusOK, "search/show", values)
	}
	found, err := s.Store.Search(c.Request.Context(), me(c), search)
	if err != nil {
		return err
	}
	values["Found"] = found
	return s.show(c, http.StatusOK, "search/show", withSearchLinks(values, search, found))
}

// searchControls are the filters as they were typed, and what is wrong with them.
func searchControls(search models.Search, errors models.Invalid) map[string]filterControl {
	controls := map[string]filterControl{}
	for name, value := range map[string]string{"author": search.Author, "tag": search.Tag, "from": search.From, "to": search.To} {
		control := filterControl{ID: name, Value: value}
		if said, ok := errors[name]; ok {
			control.Error = said
		}
		controls[name] = control
	}
	return controls
}

// withSearchLinks adds the addresses that lead on.
func withSearchLinks(values H, search models.Search, found *models.Found) H {
	address := func(q models.Search, after string) string {
		query := q.Query()
		if after != "" {
			query.Set("after", after)
		}
		return "/search?" + query.Encode()
	}
	values["First"], values["Next"], values["Meant"] = "", "", ""
	if search.After != "" {
		values["First"] = address(search, "")
	}
	if found.Next != "" {
		values["Next"] = address(search, found.Next)
	}
	if found.Meant != "" {
		meant := search
		meant.Text = found.Meant
		values["Meant"] = address(meant, "")
	}
	return values
}
