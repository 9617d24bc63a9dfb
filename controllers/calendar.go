package controllers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// Calendar is where everyone sees what takes place, and editors say so.
type Calendar struct{ *App }

const (
	eventsPerPage = 50
	eventsAtHome  = 5 // beside the newest posts
)

// Index lists what is to come, a cell a year; with past=true what is over.
func (p Calendar) Index(c *gin.Context) error {
	list, err := calendarList(c.Query("past"), c.Query("after"), eventsPerPage)
	if err != nil {
		return err
	}
	events, more, err := p.Store.CalendarEvents(c.Request.Context(), list)
	if err != nil {
		return err
	}
	query := url.Values{}
	values := H{"Title": models.Say("Calendar"), "Place": "calendar", "Years": p.eventYears(c, events), "Past": list.Past, "MayEdit": me(c).CanEditCalendar(), "First": "", "Next": ""}
	if list.Past {
		values["Title"] = models.Say("Past events")
		query.Set("past", "true")
	}
	if list.After.ID != 0 {
		values["First"] = address("/calendar", query)
	}
	if more {
		query.Set("after", events[len(events)-1].Key().String())
		values["Next"] = address("/calendar", query)
	}
	return p.show(c, http.StatusOK, "calendar/index", values)
}

// calendarList reads which events an address asks for.
func calendarList(past, after string, limit int) (list models.CalendarList, err error) {
	list = models.CalendarList{Past: past == "true", Limit: limit}
	if past != "" && past != "true" && past != "false" {
		return list, models.Invalid{"past": models.Say("Past is true or false.")}
	}
	list.After, err = models.ParsePostKey(after)
	return list, err
}

// Show shows an event under its right address.
func (p Calendar) Show(c *gin.Context) error {
	event, err := p.event(c)
	if err != nil {
		return err
	}
	if event.Ref() != c.Param("ref") {
		c.Redirect(http.StatusMovedPermanently, event.Path())
		return nil
	}
	return p.show(c, http.StatusOK, "calendar/show", H{"Title": models.Say("%s", event.Title), "Place": "calendar", "Event": p.shownEvent(c, event), "MayEdit": me(c).CanEditCalendar(),
		"Canonical": p.url(event.Path())})
}

// New shows an empty form.
func (p Calendar) New(c *gin.Context) error {
	if !me(c).CanEditCalendar() {
		return models.ErrForbidden
	}
	return p.form(c, &models.CalendarEvent{}, map[string]string{"zone": p.zoneOf(c, me(c)).String()}, nil)
}

// Create keeps a new event.
func (p Calendar) Create(c *gin.Context) error {
	form := typed(c)
	event := &models.CalendarEvent{Title: form["title"], Place: form["place"], Description: form["description"], Date: form["date"], Time: form["time"],
		EndDate: form["end_date"], EndTime: form["end_time"], Zone: form["zone"]}
	if err := p.Store.CreateCalendarEvent(c.Request.Context(), me(c), event); err != nil {
		return p.form(c, &models.CalendarEvent{}, form, err)
	}
	return p.redirect(c, event.Path(), models.Say("The event “%s” is entered.", event.Title))
}

// Edit shows the form of an event.
func (p Calendar) Edit(c *gin.Context) error {
	event, err := p.editable(c)
	if err != nil {
		return err
	}
	return p.form(c, event, map[string]string{"title": event.Title, "place": event.Place, "description": event.Description, "date": event.Date, "time": event.Time,
		"end_date": event.EndDate, "end_time": event.EndTime, "zone": event.Zone}, nil)
}

// Update keeps a changed event. Where somebody else saved it meanwhile nothing is kept, and both are shown.
func (p Calendar) Update(c *gin.Context) error {
	event, err := p.editable(c)
	if err != nil {
		return err
	}
	form := typed(c)
	version, _ := strconv.Atoi(form["version"])
	changed, err := p.Store.UpdateCalendarEvent(c.Request.Context(), me(c), event.ID, models.CalendarChange{Title: new(form["title"]), Place: new(form["place"]), Description: new(form["description"]),
		Date: new(form["date"]), Time: new(form["time"]), EndDate: new(form["end_date"]), EndTime: new(form["end_time"]), Zone: new(form["zone"]), Version: max(1, version)})
	if err != nil {
		return p.form(c, event, form, err)
	}
	return p.acted(c, changed.Path(), models.Say("The event “%s” is saved.", changed.Title), changed.Receipt)
}

// Remove asks before an event is deleted.
func (p Calendar) Remove(c *gin.Context) error {
	event, err := p.editable(c)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "calendar/remove", H{"Title": models.Say("Delete the event “%s”", event.Title), "Place": "calendar", "Event": p.shownEvent(c, event)})
}

// Delete removes an event.
func (p Calendar) Delete(c *gin.Context) error {
	event, err := p.editable(c)
	if err != nil {
		return err
	}
	gone, err := p.Store.DeleteCalendarEvent(c.Request.Context(), me(c), event.ID)
	if err != nil {
		return err
	}
	return p.acted(c, "/calendar", models.Say("The event “%s” is deleted. An admin can bring it back from receipt %d.", event.Title, gone.Receipt), gone.Receipt)
}

func (p Calendar) event(c *gin.Context) (*models.CalendarEvent, error) {
	id, err := refID(c.Param("ref"))
	if err != nil {
		return nil, err
	}
	return p.Store.CalendarEvent(c.Request.Context(), id)
}

func (p Calendar) editable(c *gin.Context) (*models.CalendarEvent, error) {
	if !me(c).CanEditCalendar() {
		return nil, models.ErrForbidden
	}
	return p.event(c)
}

// form shows the form of an event; an error that a person can put right is said beside what was typed.
func (p Calendar) form(c *gin.Context, event *models.CalendarEvent, form map[string]string, problem error) error {
	zones, err := p.Store.TimeZones(c.Request.Context())
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("New event"), "Place": "calendar", "Event": p.shownEvent(c, event), "Form": form, "Zones": zones, "Stale": errors.Is(problem, models.ErrStaleEvent)}
	if event.ID != 0 {
		values["Title"] = models.Say("Edit the event")
	}
	if problem != nil {
		return p.again(c, problem, "calendar/edit", values)
	}
	return p.show(c, http.StatusOK, "calendar/edit", values)
}
