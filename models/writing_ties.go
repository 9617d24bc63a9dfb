package models

import (
	"slices"
	"strconv"
	"strings"
)

// writtenTies are what binds a post to others, as its file says it.
type writtenTies struct {
	series      seriesKey
	part        int    // its place there; 0: after the others
	description string // of the series; may be empty
	closed      bool   // the series takes no more posts
	authors     []string
}

// The names of these in the front matter. Other programs write “series” and the number of the part too.
var (
	partNames = []string{"part", "series_part", "series_order"}
	tieNames  = append([]string{"series", "series_twin", "series_description", "series_closed", "authors", "comments"}, partNames...)
)

// mostParts bounds the number of a part: what is larger is no place.
const mostParts = 1_000_000

// readTies takes over which series the post stands in, whom it was written with, and whether it takes comments.
func (w *writtenPost) readTies(m *matter) {
	w.readSeries(m)
	w.readAuthors(m)
	switch v := m.values["comments"]; {
	case v.isList || v.other: // some write the comments themselves there
		w.leave("comments")
	default:
		w.CommentsClosed = isFalse(v.text)
	}
}

// leave says that a name of the front matter is not taken over.
func (w *writtenPost) leave(name string) { w.notes = append(w.notes, Say("Not taken over: %s", name)) }

func (w *writtenPost) readSeries(m *matter) {
	v := m.values["series"]
	title := v.text
	if v.isList && len(v.list) > 0 { // as Hugo has it
		title = v.list[0]
	}
	if v.other || title == "" {
		if v.other {
			w.leave("series")
		}
		return
	}
	if len(v.list) > 1 {
		w.notes = append(w.notes, Say("A post stands in one series. Left out: %s", glimpse(strings.Join(v.list[1:], ", "))))
	}
	series := &Series{Title: title, Description: m.values["series_description"].text}
	if wrong, _ := series.validate().(Invalid); wrong["title"].Text != "" {
		w.leave("series")
		w.notes = append(w.notes, wrong["title"])
		return
	} else if wrong["description"].Text != "" {
		w.leave("series_description")
		series.Description = ""
	}
	w.ties.series = seriesKey{series.Title, max(1, w.number(m, []string{"series_twin"}))}
	w.ties.description, w.ties.closed = series.Description, isTrue(m.values["series_closed"].text)
	w.ties.part = w.number(m, partNames)
}

// number is the number of the first name that has one; 0: none has.
func (w *writtenPost) number(m *matter, names []string) int {
	name, v, ok := m.first(names)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(v.text))
	if err != nil || n < 1 || n > mostParts {
		w.leave(name)
		return 0
	}
	return n
}

// readAuthors takes the user names of co-authors. In one text they stand with commas between: names of people have spaces, and are none.
func (w *writtenPost) readAuthors(m *matter) {
	v := m.values["authors"]
	if v.other {
		w.leave("authors")
		return
	}
	names := v.list
	if v.text != "" {
		names = strings.Split(v.text, ",")
	}
	for _, name := range names {
		name = glimpse(storable(strings.TrimPrefix(strings.TrimSpace(name), "@")))
		if name != "" && len(w.ties.authors) < maxTypedAuthors && !slices.ContainsFunc(w.ties.authors, func(other string) bool { return strings.EqualFold(name, other) }) {
			w.ties.authors = append(w.ties.authors, name)
		}
	}
}

// maxTypedAuthors bounds how many names of a file are looked at.
const maxTypedAuthors = 5 * MaxAuthors
