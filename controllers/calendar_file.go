package controllers

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

const calendarKind = "text/calendar"

// File is the calendar for calendar programs, which look at it now and then (RFC 5545).
func (p Calendar) File(c *gin.Context) error {
	return p.document(c, calendarKind, func() ([]byte, error) {
		events, err := p.Store.CalendarFile(c.Request.Context())
		if err != nil {
			return nil, err
		}
		return p.calendarFile(c, events)
	})
}

// EventFile is one event alone.
func (p Calendar) EventFile(c *gin.Context) error {
	return p.document(c, calendarKind, func() ([]byte, error) {
		event, err := p.event(c)
		if err != nil {
			return nil, err
		}
		return p.calendarFile(c, []*models.CalendarEvent{event})
	})
}

// calendarFile writes events. Times are in UTC, so that no program need know the rules of a zone.
func (p Calendar) calendarFile(c *gin.Context, events []*models.CalendarEvent) ([]byte, error) {
	name, err := p.Store.FeedID(c.Request.Context())
	if err != nil {
		return nil, err
	}
	var out contentLines
	out.line("BEGIN", "VCALENDAR")
	out.line("VERSION", "2.0")
	out.line("PRODID", "-//Postroom//Postroom//EN")
	out.line("CALSCALE", "GREGORIAN")
	out.line("NAME", calendarText(p.SiteName))
	out.line("X-WR-CALNAME", calendarText(p.SiteName))
	out.line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
	out.line("X-PUBLISHED-TTL", "PT1H")
	if len(events) == 0 { // a file must have something in it
		for _, line := range [][2]string{{"BEGIN", "VTIMEZONE"}, {"TZID", "Etc/UTC"}, {"BEGIN", "STANDARD"}, {"DTSTART", "19700101T000000"}, {"TZOFFSETFROM", "+0000"}, {"TZOFFSETTO", "+0000"},
			{"END", "STANDARD"}, {"END", "VTIMEZONE"}} {
			out.line(line[0], line[1])
		}
	}
	for _, event := range events {
		out.line("BEGIN", "VEVENT")
		out.line("UID", name("event", event.ID))
		out.line("DTSTAMP", calendarMoment(event.UpdatedAt))
		out.line("CREATED", calendarMoment(event.CreatedAt))
		out.line("LAST-MODIFIED", calendarMoment(event.UpdatedAt))
		out.line("SEQUENCE", strconv.Itoa(event.Version-1))
		out.span(event)
		out.line("SUMMARY", calendarText(event.Title))
		if event.Place != "" {
			out.line("LOCATION", calendarText(event.Place))
		}
		if event.Description != "" {
			out.line("DESCRIPTION", calendarText(event.Description))
		}
		out.line("URL", p.address(event.Path()))
		out.line("END", "VEVENT")
	}
	out.line("END", "VCALENDAR")
	return out.Bytes(), nil
}

// contentLines are the lines of such a file.
type contentLines struct{ bytes.Buffer }

// span writes from when to when an event is. A day is no moment, and its end is the day after.
func (l *contentLines) span(event *models.CalendarEvent) {
	ends, known := event.Ends()
	if event.AllDay() {
		l.line("DTSTART;VALUE=DATE", event.Starts().Format("20060102"))
		l.line("DTEND;VALUE=DATE", ends.AddDate(0, 0, 1).Format("20060102"))
		l.line("TRANSP", "TRANSPARENT")
		return
	}
	l.line("DTSTART", calendarMoment(event.Starts()))
	if known && ends.After(event.Starts()) {
		l.line("DTEND", calendarMoment(ends))
	}
}

// line writes a line, folded so that none has more than 75 bytes, and no letter is cut.
func (l *contentLines) line(name, value string) {
	text := name + ":" + value
	for room := 75; len(text) > room; room = 74 {
		cut := room
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		l.WriteString(text[:cut] + "\r\n ")
		text = text[cut:]
	}
	l.WriteString(text + "\r\n")
}

func calendarMoment(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// calendarText is a text with its signs escaped. What cannot be shown goes.
func calendarText(text string) string {
	text = strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\r\n", "\\n", "\n", "\\n", "\r", "\\n").Replace(strings.ToValidUTF8(text, "\ufffd"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, text)
}
