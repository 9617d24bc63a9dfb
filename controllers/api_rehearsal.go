package controllers

import (
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// rehearsalStates are the states of a rehearsal as the API says them.
var rehearsalStates = map[string]string{"running": "rehearsing", "done": "rehearsed", "failed": "failed"}

// apiRehearsal is a rehearsal with its rows after one of an id.
func (a *App) apiRehearsal(c *gin.Context, r *models.Rehearsal, after int64) (APIRehearsal, error) {
	ctx, by := c.Request.Context(), me(c)
	changes, refused, next, err := bothLists(after,
		func(after int64) ([]models.ActLine, bool, error) {
			return a.Store.RehearsalLines(ctx, by, r, after, rowsAnAnswer)
		},
		func(after int64) ([]models.ActLine, bool, error) {
			return a.Store.RehearsalRefusals(ctx, by, r, after, rowsAnAnswer)
		})
	if err != nil {
		return APIRehearsal{}, err
	}
	body := APIRehearsal{Rehearsal: r.Key.String(), State: rehearsalStates[r.State], Total: r.Total, Done: r.Done, Count: r.Changes, Same: r.Same(), APIGone: apiGone(r.Counts),
		Changes: make([]APIActChange, len(changes)), Refused: apiRefused(r.TargetKind, refused), Next: next, Receipt: r.Receipt}
	for i := range changes {
		body.Changes[i] = apiActChange(r.TargetKind, &changes[i])
	}
	return body, nil
}

// APIDifference is what has changed between a rehearsal and its commit; the lists name the first of them.
type APIDifference struct {
	Came    []APIDiffering `json:"came,omitempty"`
	Left    []APIDiffering `json:"left,omitempty"`
	Changed []APIDiffering `json:"changed,omitempty"`
	More    int            `json:"more,omitempty"`
}

// APIDiffering is a row that is not as it was rehearsed.
type APIDiffering struct {
	APIActRow
	Was    map[string]any `json:"was,omitempty"`
	Is     map[string]any `json:"is,omitempty"`
	Reason string         `json:"reason,omitempty"`
}

func apiDifference(target string, d *models.Difference) *APIDifference {
	differing := func(rows []models.DifferingRow) (list []APIDiffering) {
		for _, row := range rows {
			list = append(list, APIDiffering{apiActRow(target, row.ID, row.Label, row.Name), apiAmounts(row.Was), apiAmounts(row.Is), models.Sentence{Text: row.Why, Args: row.Args}.String()})
		}
		return list
	}
	return &APIDifference{differing(d.Came), differing(d.Left), differing(d.Changed), d.More}
}
