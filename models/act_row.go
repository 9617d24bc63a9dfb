package models

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// actRow is what an act does to one row.
type actRow struct {
	id            int64
	label, name   string
	before, after []byte // JSON, as PostgreSQL writes it
	went          map[string]int64
	why           Sentence // why it is refused
	alters        bool     // it is not refused, and would not stay as it is
	see, seeName  string   // what stands in the way
}

// work is an act under way.
type work struct {
	kind   *actKind
	params ActParams
	by     int64
	bulk   bool
	act    int64  // the receipt; 0: a rehearsal
	actor  int64  // who must still be allowed to act, and is locked with the rows; 0: that was seen before
	needs  string // the role that it takes
}

// do does the act to the rows of the ids, in order, and says what became of each. Where one of them cannot be changed it tries
// them one by one.
func (w *work) do(ctx context.Context, b *actBatch, ids []int64) ([]actRow, error) {
	if err := w.begin(ctx, b, ids); err != nil {
		return nil, err
	}
	rows, err := w.facts(ctx, b, ids)
	if err != nil {
		return nil, err
	}
	var change []*actRow
	for i := range rows {
		if rows[i].alters {
			change = append(change, &rows[i])
		}
	}
	err = w.attempt(ctx, b, change)
	if err == nil || !refusedByRule(err) {
		return rows, err
	}
	for _, row := range change {
		err := w.attempt(ctx, b, []*actRow{row})
		switch {
		case err == nil:
		case refusedByRule(err):
			row.why, row.alters = whyNot(err), false
		default:
			return nil, err
		}
	}
	return rows, nil
}

// stillActs sees that who acts is an admin still, and not suspended.
func stillActs(ctx context.Context, tx statements, by *User) error {
	_, err := tx.Exec(ctx, "select may_write($1, '{}', 'admin')", by.ID)
	return err
}

// begin locks the rows and sees that who acts may.
func (w *work) begin(ctx context.Context, b *actBatch, ids []int64) error {
	if err := w.prepare(b); err != nil {
		return err
	}
	b.args["ids"] = ids
	if err := lockRows(ctx, b, w.kind.target, w.kind.lock); err != nil || w.actor == 0 {
		return err
	}
	return b.query(ctx, "select may_write(@actor, '{}', @needs)", nil)
}

// prepare gives the batch the values that the statements name.
func (w *work) prepare(b *actBatch) (err error) {
	b.args, err = w.params.values()
	if err == nil {
		b.args["by"], b.args["bulk"], b.args["act"], b.args["actor"], b.args["needs"] = w.by, w.bulk, w.act, w.actor, cmp.Or(w.needs, RoleAdmin)
	}
	return err
}

// facts reads the rows as they are, once they are locked.
func (w *work) facts(ctx context.Context, b *actBatch, ids []int64) ([]actRow, error) {
	k, t := w.kind, w.kind.target
	found := make(map[int64]actRow, len(ids))
	err := b.query(ctx, "select t.id, "+t.label+", "+t.name+", ("+k.rule+")::text, "+k.alters+", "+k.shows+" from "+t.table+" t where t.id = any(@ids)", func(rows pgx.Rows) error {
		var row actRow
		var rule string
		if err := rows.Scan(&row.id, &row.label, &row.name, &rule, &row.alters, &row.before); err != nil {
			return err
		}
		if rule != "" {
			row.why, row.alters = refusals[rule], false
		}
		found[row.id] = row
		return nil
	})
	list := make([]actRow, len(ids))
	for i, id := range ids {
		row, ok := found[id]
		if !ok {
			row = actRow{id: id, label: formatID(id), why: t.gone}
		}
		list[i] = row
	}
	return list, err
}

// attempt changes the rows, or none of them.
func (w *work) attempt(ctx context.Context, b *actBatch, rows []*actRow) error {
	if len(rows) == 0 {
		return nil
	}
	byID := make(map[int64]*actRow, len(rows))
	ids := make([]int64, len(rows))
	for i, row := range rows {
		row.went = map[string]int64{}
		byID[row.id], ids[i] = row, row.id
	}
	b.args["ids"] = ids
	return b.guarded(ctx, func() error {
		for _, step := range w.kind.steps {
			if err := b.query(ctx, step, func(rows pgx.Rows) error { return addWent(rows, byID) }); err != nil {
				return err
			}
		}
		if w.kind.op == "delete" {
			return nil
		}
		return b.query(ctx, "select t.id, "+w.kind.shows+" from "+w.kind.target.table+" t where t.id = any(@ids)", func(rows pgx.Rows) error {
			var id int64
			var after []byte
			err := rows.Scan(&id, &after)
			byID[id].after = after
			return err
		})
	})
}

// addWent reads what goes along with a row, and counts it there.
func addWent(found pgx.Rows, rows map[int64]*actRow) error {
	var id int64
	var went map[string]int64
	if err := found.Scan(&id, &went); err != nil {
		return err
	}
	rows[id].add(went)
	return nil
}

func (row *actRow) add(went map[string]int64) {
	for what, n := range went {
		row.went[what] += n
	}
}

// guarded runs do behind a savepoint, to which it goes back where do fails.
func (b *actBatch) guarded(ctx context.Context, do func() error) error {
	outer := b.tx
	defer func() { b.tx = outer }()
	return pgx.BeginFunc(ctx, outer, func(inner pgx.Tx) error {
		b.tx = inner
		return do()
	})
}

// lockRows locks the rows @ids of the target, and @actor.
func lockRows(ctx context.Context, b *actBatch, t *actTarget, how string) error {
	for _, sql := range t.lock {
		if err := b.query(ctx, strings.ReplaceAll(sql, "HOW", how), nil); err != nil {
			return err
		}
	}
	return nil
}

// refusedByRule reports whether the database refuses what was tried because of the rows, and not for its own sake.
func refusedByRule(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code[:2] {
	case "22", "23", "P0", "PR":
		return true
	}
	return false
}

// whyNot is the database's reason in words.
func whyNot(err error) Sentence {
	var conflict *Conflict
	var invalid Invalid
	switch err = Explain(explainLedger(err)); {
	case errors.As(err, &conflict) && conflict.Say.Text != "":
		return conflict.Say
	case errors.As(err, &conflict) && len(conflict.Fields) > 0:
		invalid = conflict.Fields
	case errors.Is(err, ErrForbidden):
		return Say("Who does this may not do it any more.")
	default:
		errors.As(err, &invalid)
	}
	for _, said := range invalid {
		return said
	}
	return Say("The database does not allow it.")
}

// sentenceJSON is how a sentence's values are kept: whole numbers and words, and moments and amounts as objects of their own.
func sentenceJSON(s Sentence) string {
	args := slices.Clone(s.Args)
	for i, arg := range args {
		switch arg := arg.(type) {
		case time.Time:
			args[i] = map[string]time.Time{"at": arg.UTC()}
		case float64:
			args[i] = map[string]float64{"amount": arg}
		}
	}
	if encoded, err := json.Marshal(args); err == nil && len(args) > 0 {
		return string(encoded)
	}
	return "[]"
}
