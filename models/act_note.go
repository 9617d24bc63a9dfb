package models

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// note writes down what became of the rows, in the transaction of what was done, and adds what went along to counts.
func (w *work) note(ctx context.Context, tx pgx.Tx, rows []actRow, counts Counts) error {
	var touched, refused []actRow
	for _, row := range rows {
		if row.alters {
			touched = append(touched, row)
			counts.add(row.went)
		} else if row.why.Text != "" {
			refused = append(refused, row)
		}
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"act_rows"}, []string{"act_id", "target_id", "op", "label", "name", "before", "after", "went"},
		pgx.CopyFromSlice(len(touched), func(i int) ([]any, error) {
			row := &touched[i]
			return []any{w.act, row.id, w.kind.op, row.label, row.name, row.before, row.after, wentJSON(row.went)}, nil
		})); err != nil {
		return err
	}
	return noteRefused(ctx, tx, w.act, refused)
}

// noteRefused writes down who was not touched, and why.
func noteRefused(ctx context.Context, tx pgx.Tx, act int64, rows []actRow) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"act_refusals"}, []string{"act_id", "target_id", "label", "name", "reason", "args", "see", "see_name"},
		pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			row := &rows[i]
			return []any{act, row.id, row.label, row.name, row.why.Text, sentenceJSON(row.why), row.see, row.seeName}, nil
		}))
	return err
}

// closeAct ends an act: its counts are true from now on.
func closeAct(ctx context.Context, tx pgx.Tx, w *work, counts Counts) error {
	if w.kind.op == "delete" && w.kind.target == userTarget {
		var stranded Counts
		if err := tx.QueryRow(ctx, "select "+fmt.Sprintf(strandedCredits, "act_rows", "op = 'delete' and act_id = $1"), w.act).Scan(&stranded); err != nil {
			return err
		}
		for what, n := range stranded {
			counts[what] = n
		}
	}
	_, err := tx.Exec(ctx, `with a as (update acts a set state = 'done', counts = $2::jsonb,
			total = (select count(*) from act_rows where act_id = $1), refused = (select count(*) from act_refusals where act_id = $1) where id = $1)
		select tell('act', $1, 0)`, w.act, counts.json())
	return err
}

func wentJSON(went map[string]int64) string {
	encoded, err := json.Marshal(went)
	if err != nil || went == nil {
		return "{}"
	}
	return string(encoded)
}
