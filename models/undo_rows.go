package models

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// doneRow is a row of a receipt that is to be taken back. before and after are what they were when it was done.
type doneRow struct {
	actRow
	op string
}

// takeBack takes rows of an act back: the named ones, or those after an id. What cannot be taken back says why. All of it is
// written on the receipt of the work.
func (w *work) takeBack(ctx context.Context, b *actBatch, from int64, ids []int64, after int64, limit int) ([]actRow, error) {
	rows, err := w.source(ctx, b, from, ids, after, limit, "for update")
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	all := make([]int64, len(rows))
	for i := range rows {
		all[i] = rows[i].id
	}
	if err := w.begin(ctx, b, all); err != nil {
		return nil, err
	}
	b.args["from"] = from
	if err := w.obstacles(ctx, b, rows); err != nil {
		return nil, err
	}
	var free []*doneRow
	for i := range rows {
		if rows[i].why.Text == "" {
			free = append(free, &rows[i])
		}
	}
	err = w.reverse(ctx, b, free)
	if refusedByRule(err) {
		for _, row := range free {
			if err = w.reverse(ctx, b, []*doneRow{row}); refusedByRule(err) {
				row.why, err = whyNot(err), nil
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return w.noteUndone(ctx, b, from, rows)
}

// source reads the rows of an act that are not taken back yet.
func (w *work) source(ctx context.Context, b *actBatch, from int64, ids []int64, after int64, limit int, lock string) (rows []doneRow, err error) {
	b.args["from"], b.args["some"], b.args["after"], b.args["limit"] = from, ids, after, limit
	err = b.query(ctx, `select target_id, op, label, name, before, after, went from act_rows
		where act_id = @from and target_id > @after and undone_by is null and op <> 'end' and (@some::bigint[] is null or target_id = any(@some))
		order by target_id limit @limit `+lock, func(r pgx.Rows) error {
		var row doneRow
		if err := r.Scan(&row.id, &row.op, &row.label, &row.name, &row.before, &row.after, &row.went); err != nil {
			return err
		}
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

// reverse takes the rows back, or none of them.
func (w *work) reverse(ctx context.Context, b *actBatch, rows []*doneRow) error {
	byOp := map[string][]int64{}
	var made []*actRow
	back := map[int64]*actRow{}
	for _, row := range rows {
		byOp[row.op] = append(byOp[row.op], row.id)
		switch row.op {
		case "insert":
			made = append(made, &row.actRow)
		case "delete":
			row.went, back[row.id] = map[string]int64{}, &row.actRow // what comes back is counted anew
		default: // sessions and tokens do not come back
			delete(row.went, "sessions")
			delete(row.went, "tokens")
		}
	}
	return b.guarded(ctx, func() error {
		b.args["ids"] = byOp["update"]
		if len(byOp["update"]) > 0 {
			if err := w.putBack(ctx, b); err != nil {
				return err
			}
		}
		if b.args["ids"] = byOp["grant"]; len(byOp["grant"]) > 0 {
			if err := b.query(ctx, "select from take_back_grants(@act::bigint, @from::bigint, @ids::bigint[], @by::bigint)", nil); err != nil {
				return err
			}
		}
		b.args["ids"] = byOp["delete"]
		if len(byOp["delete"]) > 0 {
			if err := w.bringBack(ctx, b, back); err != nil {
				return err
			}
		}
		err := w.attempt(ctx, b, made)
		if err == nil && len(made) > 0 && w.kind.target == postTarget {
			err = w.dropSeries(ctx, b)
		}
		return err
	})
}

// noteUndone writes what was taken back on the receipt of the undo, and on that of the act.
func (w *work) noteUndone(ctx context.Context, b *actBatch, from int64, rows []doneRow) ([]actRow, error) {
	reversed := map[string]string{"update": "update", "delete": "insert", "insert": "delete", "grant": "end"}
	var done, refused []actRow
	var ops []string
	var ids []int64
	list := make([]actRow, len(rows))
	for i := range rows {
		row := rows[i].actRow
		if row.why.Text == "" {
			row.before, row.after = row.after, row.before
			if rows[i].op == "insert" {
				row.after = nil
			}
			done, ops, ids = append(done, row), append(ops, reversed[rows[i].op]), append(ids, row.id)
		} else {
			refused = append(refused, row)
		}
		list[i] = row
	}
	if _, err := b.tx.CopyFrom(ctx, pgx.Identifier{"act_rows"}, []string{"act_id", "target_id", "op", "label", "name", "before", "after", "went"},
		pgx.CopyFromSlice(len(done), func(i int) ([]any, error) {
			row := &done[i]
			return []any{w.act, row.id, ops[i], row.label, row.name, row.before, row.after, wentJSON(row.went)}, nil
		})); err != nil {
		return nil, err
	}
	if err := noteRefused(ctx, b.tx, w.act, refused); err != nil {
		return nil, err
	}
	_, err := b.tx.Exec(ctx, "update act_rows set undone_by = $1 where act_id = $2 and target_id = any($3)", w.act, from, ids)
	if err != nil {
		err = fmt.Errorf("act %d: %w", from, err)
	}
	return list, err
}
