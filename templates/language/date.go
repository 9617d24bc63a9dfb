package language

import (
	"strconv"
	"strings"
	"time"
)

// dates holds the words and the compiled layouts of a language.
type dates struct {
	months, shortMonths, monthLabels, weekdays          []string
	date, longDate, dayMonth, plainDay, dateTime, clock layout
}

// layout is a row of pieces: fixed text, or one of layoutTokens.
type layout []string

// layoutTokens are the pieces of time.Format that a language file may use. A longer one stands before its own beginning.
var layoutTokens = []string{"Monday", "January", "Jan", "2006", "02", "2", "15", "04"}

func compileLayout(text string) layout {
	var pieces layout
	fixed := 0
	for i := 0; i < len(text); {
		token := tokenAt(text[i:])
		if token == "" {
			i++
			continue
		}
		if fixed < i {
			pieces = append(pieces, text[fixed:i])
		}
		pieces = append(pieces, token)
		i += len(token)
		fixed = i
	}
	if fixed < len(text) {
		pieces = append(pieces, text[fixed:])
	}
	return pieces
}

func tokenAt(text string) string {
	for _, token := range layoutTokens {
		if strings.HasPrefix(text, token) {
			return token
		}
	}
	return ""
}

// Date is a short date: 19 Nov 2025. Here as in all that follows, a nil loc is UTC and the zero time is "never".
func (l *Language) Date(t time.Time, loc *time.Location) string {
	return l.format(l.dates.date, t, loc)
}

// LongDate is a date in full: 21 November 2025.
func (l *Language) LongDate(t time.Time, loc *time.Location) string {
	return l.format(l.dates.longDate, t, loc)
}

// DayMonth is a day without its year: Friday 21 November.
func (l *Language) DayMonth(t time.Time, loc *time.Location) string {
	return l.format(l.dates.dayMonth, t, loc)
}

// PlainDay is a day without weekday and year: 21 November.
func (l *Language) PlainDay(t time.Time, loc *time.Location) string {
	return l.format(l.dates.plainDay, t, loc)
}

// DateTime is a date with its hour: 19 Nov 2025, 08:14.
func (l *Language) DateTime(t time.Time, loc *time.Location) string {
	return l.format(l.dates.dateTime, t, loc)
}

// Clock is an hour: 08:14.
func (l *Language) Clock(t time.Time, loc *time.Location) string {
	return l.format(l.dates.clock, t, loc)
}

// Weekday is the name of a day: Friday.
func (l *Language) Weekday(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return l.T("never")
	}
	return l.dates.weekdays[in(t, loc).Weekday()]
}

// Month is the short label of t's month in t's own zone, for a chart: Nov.
func (l *Language) Month(t time.Time) string { return l.dates.monthLabels[t.Month()-1] }

// Moment is how a list says when: "today, 08:14", "yesterday, 22:40", "tomorrow, 09:00", else the short date. The days
// are those of loc.
func (l *Language) Moment(t, now time.Time, loc *time.Location) string {
	if t.IsZero() {
		return l.T("never")
	}
	switch daysBetween(in(t, loc), in(now, loc)) {
	case 0:
		return l.T("today, %s", l.Clock(t, loc))
	case 1:
		return l.T("yesterday, %s", l.Clock(t, loc))
	case -1:
		return l.T("tomorrow, %s", l.Clock(t, loc))
	}
	return l.Date(t, loc)
}

// Ago is how far t lies from now, in the largest whole unit: "just now", "2 minutes ago", "in 3 days".
func (l *Language) Ago(t, now time.Time) string {
	if t.IsZero() {
		return l.T("never")
	}
	d := now.Sub(t)
	ahead := d < 0
	d = d.Abs()
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return l.T("just now")
	case d < time.Hour:
		return l.either(ahead, "in %d minutes", "%d minutes ago", d/time.Minute)
	case d < day:
		return l.either(ahead, "in %d hours", "%d hours ago", d/time.Hour)
	case d < 30*day:
		return l.either(ahead, "in %d days", "%d days ago", d/day)
	case d < 365*day:
		return l.either(ahead, "in %d months", "%d months ago", min(d/(30*day), 11))
	}
	return l.either(ahead, "in %d years", "%d years ago", d/(365*day))
}

func (l *Language) either(ahead bool, future, past string, n time.Duration) string {
	if ahead {
		return l.T(future, int(n))
	}
	return l.T(past, int(n))
}

// daysBetween counts midnights from t to now; both are in the same zone already.
func daysBetween(t, now time.Time) int {
	// In UTC every day has 24 hours, whatever the zone's clocks did in between.
	midnight := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(midnight(now).Sub(midnight(t)) / (24 * time.Hour))
}

func in(t time.Time, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	return t.In(loc)
}

func (l *Language) format(pieces layout, t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return l.T("never")
	}
	t = in(t, loc)
	var room [64]byte
	out := room[:0]
	for _, piece := range pieces {
		switch piece {
		case "Monday":
			out = append(out, l.dates.weekdays[t.Weekday()]...)
		case "January":
			out = append(out, l.dates.months[t.Month()-1]...)
		case "Jan":
			out = append(out, l.dates.shortMonths[t.Month()-1]...)
		case "2006":
			out = strconv.AppendInt(out, int64(t.Year()), 10)
		case "02":
			out = twoPlaces(out, t.Day())
		case "2":
			out = strconv.AppendInt(out, int64(t.Day()), 10)
		case "15":
			out = twoPlaces(out, t.Hour())
		case "04":
			out = twoPlaces(out, t.Minute())
		default:
			out = append(out, piece...)
		}
	}
	return string(out)
}

func twoPlaces(out []byte, n int) []byte { return append(out, byte('0'+n/10), byte('0'+n%10)) }
