package controllers

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APICalendar is where programs read events, and those of editors write them.
type APICalendar struct{ *App }

// APIEvent is an event. Its dates and times are those of the clocks in its zone.
type APIEvent struct {
	ID          int64      `json:"id"`
	Title       string     `json:"title"`
	Place       string     `json:"place,omitempty"`
	Description string     `json:"description,omitempty"`
	Date        string     `json:"date"`
	Time        string     `json:"time,omitempty"`
	EndDate     string     `json:"end_date,omitempty"`
	EndTime     string     `json:"end_time,omitempty"`
	Zone        string     `json:"zone"`
	StartsAt    time.Time  `json:"starts_at"`
	EndsAt      *time.Time `json:"ends_at,omitempty"`
	URL         string     `json:"url"`
	Version     int        `json:"version"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

func (a *App) apiEvent(e *models.CalendarEvent) *APIEvent {
	event := &APIEvent{ID: e.ID, Title: e.Title, Place: e.Place, Description: e.Description, Date: e.Date, Time: e.Time, EndDate: e.EndDate, EndTime: e.EndTime, Zone: e.Zone,
		StartsAt: e.Starts().UTC(), URL: a.address(e.Path()), Version: e.Version, CreatedAt: e.CreatedAt.UTC(), UpdatedAt: e.UpdatedAt.UTC()}
	if ends, known := e.Ends(); known {
		if e.AllDay() {
			ends = ends.AddDate(0, 0, 1)
		}
		event.EndsAt = new(ends.UTC())
	}
	return event
}

type eventReply struct {
	Status   int
	Location string `header:"Location"`
	Receipt  string `header:"Receipt"`
	Body     *APIEvent
}

// Index lists the events to come, the next one first, or those that are over.
func (p APICalendar) Index(c *gin.Context, in *struct {
	Limit int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After string `query:"after"`
	Past  bool   `query:"past"`
}) (*struct {
	Link string     `header:"Link"`
	Body []APIEvent `nullable:"false"`
}, error) {
	list := models.CalendarList{Past: in.Past, Limit: in.Limit}
	var err error
	if list.After, err = models.ParsePostKey(in.After); err != nil {
		return nil, err
	}
	events, more, err := p.Store.CalendarEvents(c.Request.Context(), list)
	if err != nil {
		return nil, err
	}
	reply := &struct {
		Link string     `header:"Link"`
		Body []APIEvent `nullable:"false"`
	}{Body: make([]APIEvent, len(events))}
	for i, event := range events {
		reply.Body[i] = *p.apiEvent(event)
	}
	if more {
		reply.Link = nextPage(c, events[len(events)-1].Key().String())
	}
	return reply, nil
}

// Show reads one event.
func (p APICalendar) Show(c *gin.Context, in *APIByID) (*eventReply, error) {
	event, err := p.Store.CalendarEvent(c.Request.Context(), in.ID)
	if err != nil {
		return nil, err
	}
	return &eventReply{Status: http.StatusOK, Body: p.apiEvent(event)}, nil
}

// APIEventChange is what can change of an event.
type APIEventChange struct {
	Title       given[string] `json:"title" required:"false"`
	Place       given[string] `json:"place" required:"false"`
	Description given[string] `json:"description" required:"false"`
	Date        given[string] `json:"date" required:"false"`
	Time        given[string] `json:"time" required:"false"`
	EndDate     given[string] `json:"end_date" required:"false"`
	EndTime     given[string] `json:"end_time" required:"false"`
	Zone        given[string] `json:"zone" required:"false"`
	Version     given[int]    `json:"version" required:"false"`
}

// APINewEvent is a new event.
type APINewEvent struct{ APIEventChange }

// APIEventReplacement is a whole event.
type APIEventReplacement struct{ APIEventChange }

// missing are the fields that a whole event must have.
func (b *APIEventChange) missing() error {
	var missing missingFields
	missing.lack("title", isEmpty(b.Title))
	missing.lack("date", isEmpty(b.Date))
	missing.lack("zone", isEmpty(b.Zone))
	return missing.or()
}

// Create adds an event.
func (p APICalendar) Create(c *gin.Context, in *struct{ Body APINewEvent }) (*eventReply, error) {
	b := &in.Body
	if err := b.missing(); err != nil {
		return nil, err
	}
	event := &models.CalendarEvent{Title: b.Title.value, Place: b.Place.value, Description: b.Description.value, Date: b.Date.value, Time: b.Time.value, EndDate: b.EndDate.value, EndTime: b.EndTime.value, Zone: b.Zone.value}
	if err := p.Store.CreateCalendarEvent(c.Request.Context(), me(c), event); err != nil {
		return nil, err
	}
	return &eventReply{Status: http.StatusCreated, Location: fmt.Sprintf("/api/calendar/%d", event.ID), Body: p.apiEvent(event)}, nil
}

// Replace puts a whole event in place of the old one.
func (p APICalendar) Replace(c *gin.Context, in *struct {
	APIByID
	Body APIEventReplacement
}) (*eventReply, error) {
	b := &in.Body.APIEventChange
	if err := b.missing(); err != nil {
		return nil, err
	}
	for _, field := range []*given[string]{&b.Place, &b.Description, &b.Time, &b.EndDate, &b.EndTime} {
		field.there = true
	}
	return p.update(c, in.ID, b)
}

// Update changes what is given.
func (p APICalendar) Update(c *gin.Context, in *struct {
	APIByID
	Body APIEventChange
}) (*eventReply, error) {
	return p.update(c, in.ID, &in.Body)
}

func (p APICalendar) update(c *gin.Context, id int64, b *APIEventChange) (*eventReply, error) {
	event, err := p.Store.UpdateCalendarEvent(c.Request.Context(), me(c), id, models.CalendarChange{Title: b.Title.or(), Place: b.Place.or(), Description: b.Description.or(), Date: b.Date.or(), Time: b.Time.or(),
		EndDate: b.EndDate.or(), EndTime: b.EndTime.or(), Zone: b.Zone.or(), Version: b.Version.value})
	if err != nil {
		return nil, err
	}
	return &eventReply{Status: http.StatusOK, Receipt: receiptNumber(event.Receipt), Body: p.apiEvent(event)}, nil
}

// Delete removes an event.
func (p APICalendar) Delete(c *gin.Context, in *APIByID) (*doneReply, error) {
	gone, err := p.Store.DeleteCalendarEvent(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &doneReply{receiptNumber(gone.Receipt), APIDone{fmt.Sprintf("Event %d deleted", in.ID)}}, nil
}
