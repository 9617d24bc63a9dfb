package controllers

import (
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
	"postroom/templates/language"
)

// shownEvent is an event as the reader sees it. Its dates are those of its own zone.
type shownEvent struct {
	*models.CalendarEvent
	When  string // without the year, for a list
	Long  string
	Day   string // without year and weekday
	ISO   string // for machines
	Yours string // by the reader's own clock, where that is another; empty: it is not, or the reader has chosen none
}

// eventYear is the events of a year.
type eventYear struct {
	Year   int
	Events []shownEvent
}

// eventYears parts events into the years in which they begin, in their order.
func (a *App) eventYears(c *gin.Context, events []*models.CalendarEvent) (years []eventYear) {
	for _, event := range events {
		year := event.Starts().Year()
		if n := len(years); n == 0 || years[n-1].Year != year {
			years = append(years, eventYear{Year: year})
		}
		last := &years[len(years)-1]
		last.Events = append(last.Events, a.shownEvent(c, event))
	}
	return years
}

func (a *App) shownEvent(c *gin.Context, event *models.CalendarEvent) shownEvent {
	shown := shownEvent{CalendarEvent: event}
	if event.ID == 0 {
		return shown // a new one
	}
	lang, zone, starts := a.language(c), event.Location(), event.Starts()
	shown.When = eventSpan(lang, event, func(t time.Time) string { return lang.DayMonth(t, zone) })
	shown.Long = eventSpan(lang, event, func(t time.Time) string { return lang.Weekday(t, zone) + ", " + lang.LongDate(t, zone) })
	shown.Day = lang.PlainDay(starts, zone)
	if shown.ISO = event.Date; !event.AllDay() {
		shown.ISO = starts.Format(time.RFC3339)
		if by := me(c); by != nil && by.TimeZone != "" {
			own := by.Location(a.Zone)
			_, here := starts.Zone()
			if _, there := starts.In(own).Zone(); here != there {
				shown.Yours = lang.DateTime(starts, own)
			}
		}
	}
	return shown
}

// eventSpan says from when to when an event is; day says a date.
func eventSpan(lang *language.Language, event *models.CalendarEvent, day func(time.Time) string) string {
	starts, zone := event.Starts(), event.Location()
	ends, known := event.Ends()
	said := day(starts)
	if !event.AllDay() {
		said += ", " + lang.Clock(starts, zone)
	}
	switch {
	case !known, event.AllDay() && event.EndDate == "":
	case event.AllDay():
		said += " – " + day(ends)
	case event.EndDate == "":
		said += "–" + lang.Clock(ends, zone)
	default:
		said += " – " + day(ends) + ", " + lang.Clock(ends, zone)
	}
	return said
}
