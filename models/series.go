package models

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Series is posts in an order, under a title.
type Series struct {
	ID          int64
	UserID      int64
	User        *User // only ID, Username and Name are read
	Title       string
	Description string
	IsActive    bool // open: posts may be added
	Version     int  // counts the saves
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Posts       []Post // in order, those that who asks may find; without their texts
	Count       int    // how many posts there are, in a list of series

	Receipt int64 // of the act that changed it just now; 0: there was none
}

// The bounds of a series.
const (
	maxSeriesPosts       = 500
	maxSeriesDescription = 2000 // characters
)

// Ref is how the series is named in its address: its id, then its title.
func (s *Series) Ref() string {
	if slug := Slug(s.Title); slug != "" {
		return strconv.FormatInt(s.ID, 10) + "-" + slug
	}
	return strconv.FormatInt(s.ID, 10)
}

// Path is the address of the series' page.
func (s *Series) Path() string { return "/series/" + s.Ref() }

// CanEditSeries reports whether the user may change or delete the series.
func (u *User) CanEditSeries(s *Series) bool { return u != nil && (u.ID == s.UserID || u.IsEditor()) }

// SeriesChange is what shall change of a series; nil leaves a field as it is.
type SeriesChange struct {
	Title, Description *string
	IsActive           *bool
	Posts              []int64 // the ids of all its posts, in order
	Version            int     // the version that the change began from; 0: whatever it is by now
}

var sayNoSeriesTitle = Say("Give the series a title.")

// validate tidies the fields that a person gives and says what is wrong with them.
func (s *Series) validate() error {
	v := Invalid{}
	s.Title, s.Description = line(s.Title), tidyText(s.Description)
	switch n := utf8.RuneCountInString(s.Title); {
	case blank(s.Title):
		v["title"] = sayNoSeriesTitle
	case n > MaxTitle:
		v["title"] = Say("The title is too long: %d characters, and %d are the most.", n, MaxTitle)
	case !printable(s.Title):
		v["title"] = Say("The title has characters that cannot be shown.")
	}
	if n := utf8.RuneCountInString(s.Description); n > maxSeriesDescription {
		v["description"] = Say("The text is too long: %d characters, and %d are the most.", n, maxSeriesDescription)
	} else if !text(s.Description) {
		v["description"] = Say("The text has characters that cannot be kept.")
	}
	return v.Or()
}

// logged are the fields of a series that the log keeps.
func (s *Series) logged() map[string]any {
	ids := make([]string, len(s.Posts))
	for i := range s.Posts {
		ids[i] = formatID(s.Posts[i].ID)
	}
	return map[string]any{"title": s.Title, "description": s.Description, "is_active": s.IsActive, "posts": strings.Join(ids, ", ")}
}

// ErrStaleSeries: somebody else saved the series meanwhile. It is also ErrConflict.
var ErrStaleSeries error = &Conflict{Say: Say("The series was changed meanwhile. Nothing of yours is saved yet: look at what it is now, and save again.")}
