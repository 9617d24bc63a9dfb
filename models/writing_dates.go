package models

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Dates as people and programs write them before a text. Those of the first list say their zone.
var (
	zonedForms = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05 Z07:00", "2006-01-02T15:04:05 Z0700",
		"2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700", "2006-01-02T15:04 Z07:00", "2006-01-02T15:04 Z0700",
		"Mon, 2 Jan 2006 15:04:05 Z0700", "2 Jan 2006 15:04:05 Z0700", "Mon Jan 2 15:04:05 Z0700 2006"}
	localForms = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02", "2006-1-2", "2006/1/2", "2006/1/2T15:04:05", "2006/1/2T15:04",
		"2 January 2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006", "2 January 2006 15:04", "January 2, 2006 15:04", "Mon, 2 Jan 2006 15:04:05"}
	dayAndTime = regexp.MustCompile(`^(\d{4}[-/]\d{1,2}[-/]\d{1,2})[ tT]+(\d{1,2}:\d{2}.*)$`)
	seconds    = regexp.MustCompile(`^\d{9,10}$|^\d{13}$`)
)

// readMoment reads a date. One without a zone is meant in that of the author.
func readMoment(written string, zone *time.Location) (at time.Time, why Sentence) {
	unread := Say("The date “%s” cannot be read. Write it as 2026-11-21 18:30:00 +0100.", glimpse(storable(written)))
	typed := line(written)
	if seconds.MatchString(typed) { // since 1970
		n, _ := strconv.ParseInt(typed, 10, 64)
		if len(typed) == 13 {
			return plausible(time.UnixMilli(n), unread)
		}
		return plausible(time.Unix(n, 0), unread)
	}
	typed = dayAndTime.ReplaceAllString(typed, "${1}T${2}")
	for _, name := range []string{" UTC", " GMT"} {
		if cut, ok := strings.CutSuffix(typed, name); ok {
			typed = cut + " +0000"
		}
	}
	for _, form := range zonedForms {
		if at, err := time.Parse(form, typed); err == nil {
			return plausible(at, unread)
		}
	}
	if last := strings.LastIndexByte(typed, ' '); last > 0 && strings.Contains(typed[last:], "/") {
		if named, err := time.LoadLocation(typed[last+1:]); err == nil {
			typed, zone = typed[:last], named
		}
	}
	for _, form := range localForms {
		if at, err := time.ParseInLocation(form, typed, zone); err == nil {
			return plausible(at, unread)
		}
	}
	return at, unread
}

// plausible bounds a date to what the site can keep and show.
func plausible(at time.Time, unread Sentence) (time.Time, Sentence) {
	if at.Year() < 1000 || at.Year() > 9998 {
		return at, unread
	}
	return at.Truncate(time.Microsecond), Sentence{}
}
