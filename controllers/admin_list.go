package controllers

import (
	"net/url"
	"strings"

	"postroom/models"
)

// listHead is the head of a column in a list of users or posts.
type listHead struct {
	Say    models.Sentence
	Href   string // empty: a list cannot be sorted by it
	Sorted string // as in aria-sort; empty: not by this column
	Number bool
}

// sort returns the order that a click on the head of the column gives, and notes how the list is sorted by it now. falling says
// that the column is first sorted from high to low.
func (h *listHead) sort(column, now string, falling bool) string {
	if sorted, down := strings.CutPrefix(now, "-"); sorted == column {
		falling = !down
		h.Sorted = "ascending"
		if down {
			h.Sorted = "descending"
		}
	}
	if falling {
		return "-" + column
	}
	return column
}

// limitLink leads to the same list with another number of rows on a page.
type limitLink struct {
	Limit   int
	Href    string
	Current bool
}

var rowsAPage = []int{10, models.DefaultUserLimit, 100}

func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
