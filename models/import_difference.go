package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// ImportDifference is what came out differently when a rehearsal was repeated.
type ImportDifference struct {
	Count int64                  `json:"count"`
	Lines []ImportDifferenceLine `json:"lines"` // the first of them
}

// ImportDifferenceLine is one line of the file that would do something else now. Was and Is are create, change, same, pass or refuse.
type ImportDifferenceLine struct {
	Line     int64  `json:"line"`
	Username string `json:"username"`
	Was      string `json:"was"`
	Is       string `json:"is"`
}

// differencesShown is how many lines of a difference are kept.
const differencesShown = 50

// planDifference compares the plans of this round and the one before it.
func planDifference(ctx context.Context, tx pgx.Tx, i *Import) (*ImportDifference, error) {
	d := &ImportDifference{}
	rows, err := tx.Query(ctx, `select n.line, coalesce(n.username, ''), o.act, n.act, count(*) over ()
		from import_plans o join import_plans n on n.import_id = o.import_id and n.line = o.line
		where o.import_id = $1 and o.round = $2 - 1 and n.round = $2
			and (o.act, o.user_id, o.before, o.after, o.reason) is distinct from (n.act, n.user_id, n.before, n.after, n.reason)
		order by n.line limit $3`, i.ID, i.Rehearsal, differencesShown)
	if err != nil {
		return nil, err
	}
	d.Lines, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l ImportDifferenceLine, err error) {
		return l, row.Scan(&l.Line, &l.Username, &l.Was, &l.Is, &d.Count)
	})
	return d, err
}
