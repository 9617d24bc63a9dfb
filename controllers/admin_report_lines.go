package controllers

import (
	"slices"
	"strconv"

	"postroom/models"
	"postroom/templates"
)

// reportLine is a report as the queue shows one.
type reportLine struct {
	ID                  int64
	Title, Path         string // of the post
	Line                string
	By, ByPath          string // the reader; empty: gone since
	At, AtISO           string
	Settled, SettledISO string
	SettledBy           string // empty: gone since
	Settle              string // the address that settles it
	Several             int    // how many open reports the post has, at the last of these where there are several
}

// reportLines keeps the reports of a post together, the posts in the order of their first report here.
func reportLines(reports []models.Report, when templates.When) []reportLine {
	of, place := map[int64]int{}, map[int64]int{}
	for i, report := range reports {
		if of[report.PostID]++; of[report.PostID] == 1 {
			place[report.PostID] = i
		}
	}
	slices.SortStableFunc(reports, func(a, b models.Report) int { return place[a.PostID] - place[b.PostID] })
	lines := make([]reportLine, 0, len(reports))
	for i := range reports {
		r := &reports[i]
		post := models.Post{ID: r.PostID, Title: r.Title}
		line := reportLine{ID: r.ID, Title: r.Title, Path: post.Path(), Line: r.Line, At: when.At(r.CreatedAt), AtISO: when.ISO(r.CreatedAt), SettledBy: r.ClosedBy,
			Settle: "/admin/posts/" + strconv.FormatInt(r.PostID, 10) + "/settlements"}
		if r.By != nil {
			line.By, line.ByPath = r.By.Name, adminPath(r.By)
		}
		if r.ClosedAt != nil {
			line.Settled, line.SettledISO = when.At(*r.ClosedAt), when.ISO(*r.ClosedAt)
		}
		if i == 0 || reports[i-1].PostID != r.PostID {
			line.Several = of[r.PostID]
		}
		lines = append(lines, line)
	}
	return lines
}
