package models

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// CalendarEvent is something that takes place. Its dates and times are those of the clocks in its zone.
type CalendarEvent struct {
	ID                   int64
	Title                string
	Place                string
	Description          string
	Date, Time           string // 2026-11-21 and 18:30; no time: all day
	EndDate, EndTime     string // no date: the same day; no time: not said when
	Zone                 string // such as Europe/Berlin
	Version              int    // counts the changes
	CreatedAt, UpdatedAt time.Time
	StartsAt, OverAt     time.Time // as the database reckons them, for lists
	Receipt              int64     // of the act that changed it just now; 0: there was none
}

// The bounds of an event.
const (
	maxPlace            = 200
	maxEventDescription = 2000
)

// Ref is how the event is named in its address: its id, then its title.
func (e *CalendarEvent) Ref() string {
	if slug := Slug(e.Title); slug != "" {
		return strconv.FormatInt(e.ID, 10) + "-" + slug
	}
	return strconv.FormatInt(e.ID, 10)
}

// Path is the address of the event's page.
func (e *CalendarEvent) Path() string { return "/calendar/" + e.Ref() }

// Key is the event's place in a list.
func (e *CalendarEvent) Key() PostKey { return PostKey{e.StartsAt, e.ID} }

// AllDay reports whether the event has no time of day.
func (e *CalendarEvent) AllDay() bool { return e.Time == "" }

// Location is the zone of the event.
func (e *CalendarEvent) Location() *time.Location {
	zone, err := time.LoadLocation(e.Zone)
	if err != nil {
		return time.UTC // it was known when it was saved
	}
	return zone
}

// Starts is when the event begins, in its zone; one of a whole day at midnight.
func (e *CalendarEvent) Starts() time.Time { return e.moment(e.Date, e.Time) }

// Ends is when the event ends; of a whole day, the midnight at which its last one begins. ok is false where that is not said.
func (e *CalendarEvent) Ends() (at time.Time, ok bool) {
	date := e.EndDate
	if date == "" {
		date = e.Date
	}
	return e.moment(date, e.EndTime), e.EndTime != "" || e.AllDay()
}

// moment is a time of day in the zone. Of one that comes twice the first is meant; one that does not come any more, because the rules of
// the zone have changed since, is as near as can be.
func (e *CalendarEvent) moment(date, clock string) time.Time {
	if clock == "" {
		clock = "00:00"
	}
	wall, err := time.Parse(time.DateOnly+" 15:04", date+" "+clock)
	if err != nil {
		return e.StartsAt.In(e.Location())
	}
	if at := firstMoment(wall, e.Location()); at != nil {
		return at.In(e.Location())
	}
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, e.Location())
}

// Paragraphs are the paragraphs of the description.
func (e *CalendarEvent) Paragraphs() []string {
	return slices.DeleteFunc(strings.Split(e.Description, "\n\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// CanEditCalendar reports whether the user may add events, change and delete them.
func (u *User) CanEditCalendar() bool { return u.IsEditor() }

var (
	sayNoEventTitle = Say("Give the event a title.")
	sayEventDate    = Say("A day looks like 2026-11-21.")
	sayEventTime    = Say("A time of day looks like 18:30.")
	sayEventEnd     = Say("This ends before it begins.")
	sayEventTimed   = Say("Give the beginning and the end a time of day, or neither.")
	sayEventZone    = Say("There is no time zone of this name.")
)

// validate tidies the fields that a person gives and says what is wrong with them. zones are the names that are known.
func (e *CalendarEvent) validate(zones []string) error {
	v := Invalid{}
	e.Title, e.Place, e.Description, e.Zone = line(e.Title), line(e.Place), tidyText(e.Description), strings.TrimSpace(e.Zone)
	switch n := utf8.RuneCountInString(e.Title); {
	case blank(e.Title):
		v["title"] = sayNoEventTitle
	case n > MaxTitle:
		v["title"] = Say("The title is too long: %d characters, and %d are the most.", n, MaxTitle)
	case !printable(e.Title):
		v["title"] = Say("The title has characters that cannot be shown.")
	}
	if utf8.RuneCountInString(e.Place) > maxPlace || !printable(e.Place) {
		v["place"] = Say("At most %d characters.", maxPlace)
	}
	if utf8.RuneCountInString(e.Description) > maxEventDescription || !text(e.Description) {
		v["description"] = Say("At most %d characters.", maxEventDescription)
	}
	e.Date, e.EndDate = validDate(v, "date", e.Date), validDate(v, "end_date", e.EndDate)
	e.Time, e.EndTime = validClock(v, "time", e.Time), validClock(v, "end_time", e.EndTime)
	if e.Date == "" && v["date"].Text == "" {
		v["date"] = sayEventDate
	}
	if !slices.Contains(zones, e.Zone) {
		v["zone"] = sayEventZone
	}
	if len(v) > 0 {
		return v
	}
	return e.validSpan()
}

// validSpan says what is wrong with the beginning and the end together.
func (e *CalendarEvent) validSpan() error {
	if e.EndDate == e.Date {
		e.EndDate = ""
	}
	switch {
	case e.AllDay() && e.EndTime != "":
		return Invalid{"time": sayEventTimed}
	case !e.AllDay() && e.EndDate != "" && e.EndTime == "":
		return Invalid{"end_time": sayEventTimed}
	}
	for field, wall := range map[string][2]string{"time": {e.Date, e.Time}, "end_time": {max(e.Date, e.EndDate), e.EndTime}} {
		if wall[1] != "" {
			if _, err := ParseLocal(field, wall[0]+" "+wall[1], e.Location(), nil); err != nil {
				return err
			}
		}
	}
	// As clocks show it, as the database compares.
	if end := e.EndDate + " " + e.EndTime; e.EndDate != "" && end < e.Date+" "+e.Time || e.EndDate == "" && e.EndTime != "" && e.EndTime < e.Time {
		return Invalid{"end_date": sayEventEnd}
	}
	return nil
}

func validDate(v Invalid, field, typed string) string {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return ""
	}
	day, err := time.Parse(time.DateOnly, typed)
	if err != nil || day.Year() < 1970 || day.Year() > 9998 {
		v[field] = sayEventDate
	}
	return typed
}

// validClock leaves the seconds out, which some browsers send.
func validClock(v Invalid, field, typed string) string {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return ""
	}
	for _, form := range []string{"15:04", "15:04:05"} {
		if clock, err := time.Parse(form, typed); err == nil {
			return clock.Format("15:04")
		}
	}
	v[field] = sayEventTime
	return typed
}

// logged are the fields of an event that the log keeps.
func (e *CalendarEvent) logged() map[string]any {
	fields := map[string]any{}
	for name, value := range map[string]string{"title": e.Title, "place": e.Place, "description": e.Description, "event_date": e.Date, "event_time": e.Time, "end_date": e.EndDate, "end_time": e.EndTime, "zone": e.Zone} {
		if value != "" {
			fields[name] = value
		}
	}
	return fields
}

// ErrStaleEvent: somebody else saved the event meanwhile. It is also ErrConflict.
var ErrStaleEvent error = &Conflict{Say: Say("The event was changed meanwhile. Nothing of yours is saved yet: look at what it is now, and save again.")}
