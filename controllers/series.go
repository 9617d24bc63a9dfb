package controllers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Series is where posts stand in an order.
type Series struct{ *App }

const seriesPerPage = 50

// Index lists the reader's own series.
func (s Series) Index(c *gin.Context) error {
	list := models.SeriesList{UserID: me(c).ID, Limit: seriesPerPage}
	if after := c.Query("after"); after != "" {
		var err error
		if list.After, err = strconv.ParseInt(after, 10, 64); err != nil || list.After < 1 {
			return models.Invalid{"after": models.Say("This is not a place in the list.")}
		}
	}
	found, more, err := s.Store.SeriesOf(c.Request.Context(), me(c), list)
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Your series"), "Place": "series", "List": found, "First": list.After == 0, "Next": ""}
	if more {
		values["Next"] = formatNumber(found[len(found)-1].ID)
	}
	return s.show(c, http.StatusOK, "series/index", values)
}

// Show shows a series under its right address.
func (s Series) Show(c *gin.Context) error {
	series, err := s.series(c)
	if err != nil {
		return err
	}
	if series.Ref() != c.Param("ref") {
		c.Redirect(http.StatusMovedPermanently, series.Path())
		return nil
	}
	return s.show(c, http.StatusOK, "series/show", H{"Title": models.Say("%s", series.Title), "Series": series, "MayEdit": me(c).CanEditSeries(series)})
}

// New shows an empty form.
func (s Series) New(c *gin.Context) error {
	return s.form(c, &models.Series{IsActive: true}, map[string]string{}, nil)
}

// Create begins a series.
func (s Series) Create(c *gin.Context) error {
	form := typed(c)
	series := &models.Series{Title: form["title"], Description: form["description"], IsActive: true}
	posts, err := seriesForm(c, nil)
	if err == nil {
		err = s.Store.CreateSeries(c.Request.Context(), me(c), series, posts)
	}
	if err != nil {
		return s.form(c, &models.Series{IsActive: true}, form, err)
	}
	return s.redirect(c, series.Path(), models.Say("The series “%s” is begun.", series.Title))
}

// Edit shows the form of a series.
func (s Series) Edit(c *gin.Context) error {
	series, err := s.editable(c)
	if err != nil {
		return err
	}
	return s.form(c, series, map[string]string{"title": series.Title, "description": series.Description}, nil)
}

// Update keeps a changed series. Where somebody else saved it meanwhile nothing is kept, and both are shown.
func (s Series) Update(c *gin.Context) error {
	series, err := s.editable(c)
	if err != nil {
		return s.withoutSeries(c, err, typed(c))
	}
	form := typed(c)
	version, _ := strconv.Atoi(form["version"])
	change := models.SeriesChange{Title: new(form["title"]), Description: new(form["description"]), IsActive: new(form["state"] != "closed"), Version: max(1, version)}
	if change.Posts, err = seriesForm(c, series); err == nil {
		var changed *models.Series
		if changed, err = s.Store.UpdateSeries(c.Request.Context(), me(c), series.ID, change); err == nil {
			return s.redirect(c, changed.Path(), models.Say("The series “%s” is saved.", changed.Title))
		}
	}
	return s.withoutSeries(c, s.form(c, series, form, err), form)
}

// Remove asks before a series is deleted.
func (s Series) Remove(c *gin.Context) error {
	series, err := s.editable(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "series/remove", H{"Title": models.Say("Delete the series “%s”", series.Title), "Series": series})
}

// Delete removes a series; its posts stay.
func (s Series) Delete(c *gin.Context) error {
	series, err := s.editable(c)
	if err != nil {
		return err
	}
	gone, err := s.Store.DeleteSeries(c.Request.Context(), me(c), series.ID)
	if err != nil {
		return err
	}
	return s.acted(c, "/series", models.Say("The series “%s” is deleted. Its posts stay. An admin can bring it back from receipt %d.", series.Title, gone.Receipt), gone.Receipt)
}

func (s Series) series(c *gin.Context) (*models.Series, error) {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return nil, err
	}
	return s.Store.Series(c.Request.Context(), me(c), id)
}

func (s Series) editable(c *gin.Context) (*models.Series, error) {
	series, err := s.series(c)
	if err == nil && !me(c).CanEditSeries(series) {
		err = models.ErrForbidden
	}
	return series, err
}

// withoutSeries answers who wrote into a series that is gone meanwhile, or not theirs to change any more: the words stand in the form of a new
// one. Other errors pass, and so does a form without words.
func (s Series) withoutSeries(c *gin.Context, problem error, form map[string]string) error {
	gone := errors.Is(problem, models.ErrNotFound) || errors.Is(problem, models.ErrForbidden)
	if !gone || strings.TrimSpace(form["title"]+form["description"]) == "" {
		return problem
	}
	values, err := s.formValues(c, &models.Series{IsActive: true}, form)
	if err != nil {
		return err
	}
	values["Errors"] = models.Invalid{"title": models.Say("This series is gone, or not yours to change any more. Your words are kept: begin a series of your own with them, or copy them.")}
	return s.show(c, http.StatusConflict, "series/edit", values)
}

// form shows the form of a series; an error that a person can put right is said beside what was typed.
func (s Series) form(c *gin.Context, series *models.Series, form map[string]string, problem error) error {
	values, err := s.formValues(c, series, form)
	if err != nil {
		return err
	}
	if problem != nil {
		values["Stale"] = errors.Is(problem, models.ErrStaleSeries)
		return s.again(c, problem, "series/edit", values)
	}
	return s.show(c, http.StatusOK, "series/edit", values)
}

func (s Series) formValues(c *gin.Context, series *models.Series, form map[string]string) (H, error) {
	owner := me(c).ID
	if series.ID != 0 {
		owner = series.UserID
	}
	free, err := s.Store.FreePosts(c.Request.Context(), owner, 100)
	if err != nil {
		return nil, err
	}
	for i := range series.Posts {
		place := fmt.Sprintf("place-%d", series.Posts[i].ID)
		if form[place] == "" {
			form[place] = strconv.Itoa(i + 1)
		}
	}
	if form["state"] == "" {
		form["state"] = "open"
		if !series.IsActive {
			form["state"] = "closed"
		}
	}
	values := H{"Title": models.Say("New series"), "Place": "series", "Series": series, "Free": free, "Form": form, "Stale": false}
	if series.ID != 0 {
		values["Title"] = models.Say("Edit series")
	}
	return values, nil
}
