package models

import (
	"cmp"
	"time"
)

// lateSave is how long after a moment a post may be saved for it: whoever chose this very minute means now.
const lateSave = time.Minute

var sayNoMoment = Say("Say when the post shall appear, save it as a draft, or publish it.")

// timed makes of the post's state and its moment to appear what they come to now. was is the post as it is kept, nil for a new one;
// given says whether the moment came with the change. A published post with a moment ahead is a scheduled one.
func (p *Post) timed(was *Post, given bool, now time.Time) error {
	if p.Status == StatusDraft {
		return nil // the moment is kept, for when it is published
	}
	if was == nil {
		was = &Post{}
	}
	at := p.PublishAt
	switch {
	case at == nil && p.Status == StatusScheduled:
		return Invalid{"publish_at": sayNoMoment}
	case at == nil:
		p.PublishedAt = cmp.Or(p.PublishedAt, &now)
	case at.After(now):
		p.Status = StatusScheduled
		return nil
	case was.Status == StatusScheduled && was.PublishAt.Equal(*at):
		p.PublishedAt = at // it came while the change was written
	case was.Status == StatusPublished, !given && p.Status == StatusPublished, now.Sub(*at) < lateSave:
		p.PublishedAt = cmp.Or(p.PublishedAt, &now)
	default:
		return Invalid{"publish_at": Say("This moment is past. Choose a later one, or leave it empty to publish at once.")}
	}
	p.Status, p.PublishAt = StatusPublished, nil
	return nil
}

// Appears is how a moment stands in a form: the local time of the zone, as <input type="datetime-local"> has it.
func Appears(at *time.Time, zone *time.Location) string {
	if at == nil {
		return ""
	}
	return at.In(zone).Format(localForm)
}

// ComesAgain reports whether the clocks of the zone show the time of day of the moment once more soon after, because they go back.
func ComesAgain(at time.Time, zone *time.Location) bool {
	shown := at.In(zone)
	_, offset := shown.Zone()
	_, later := shown.Add(36 * time.Hour).Zone()
	again := at.Add(time.Duration(offset-later) * time.Second)
	return again.After(at) && again.In(zone).Format(time.DateTime) == shown.Format(time.DateTime)
}

const localForm = "2006-01-02T15:04"

// ParseLocal reads a date and time of day as people of the zone mean it. Of a time that comes twice, where the clocks go back, the
// first is meant; one that does not come, where they go forward, is Invalid. kept, which may be nil, is the moment that the form
// showed: typed again it is that one, to the second.
func ParseLocal(field, typed string, zone *time.Location, kept *time.Time) (*time.Time, error) {
	if typed == "" {
		return nil, nil
	}
	var wall time.Time
	var err error
	for _, form := range []string{localForm, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if wall, err = time.Parse(form, typed); err == nil {
			break
		}
	}
	if err != nil || wall.Year() < 1970 || wall.Year() > 9998 {
		return nil, Invalid{field: Say("A date and time looks like 2026-11-21 18:30.")}
	}
	if kept != nil && Appears(kept, zone) == wall.Format(localForm) {
		return kept, nil
	}
	first := firstMoment(wall, zone)
	if first == nil {
		return nil, Invalid{field: Say("%s does not come on %s: the clocks of %s go forward then. Choose a time before or after.", wall.Format("15:04"), wall.Format(time.DateOnly), zone.String())}
	}
	return first, nil
}

// firstMoment is when the clocks of the zone first show what wall does; nil where they never do.
func firstMoment(wall time.Time, zone *time.Location) (first *time.Time) {
	for _, near := range []time.Duration{-36 * time.Hour, 36 * time.Hour} { // the offsets before and after any change
		_, offset := wall.Add(near).In(zone).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		shown := at.In(zone)
		if shown.Format(time.DateTime) == wall.Format(time.DateTime) && (first == nil || at.Before(*first)) {
			first = &at
		}
	}
	return first
}
