package models

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
)

// errNoAct: there is no receipt of this number.
const errNoAct missing = "Receipt"

const actColumns = `id, kind, target_kind, coalesce(by_id, 0), by_name, reason, filter, params, coalesce(undoes, 0), state, goal, total, refused, counts,
	rehearsed_at, at, undo_until, erased_at`

func scanAct(row pgx.Row) (*Act, error) {
	a := &Act{}
	err := row.Scan(&a.ID, &a.Kind, &a.TargetKind, &a.ByID, &a.ByName, &a.Reason, &a.Filter, &a.Params, &a.Undoes, &a.State, &a.Goal, &a.Total, &a.Refused, &a.Counts,
		&a.RehearsedAt, &a.At, &a.UndoUntil, &a.ErasedAt)
	if err == pgx.ErrNoRows {
		return nil, errNoAct
	}
	return a, Explain(err)
}

// Act reads the receipt of a number.
func (s *Store) Act(ctx context.Context, by *User, id int64) (*Act, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	return scanAct(s.pool.QueryRow(ctx, "select "+actColumns+" from acts where id = $1", id))
}

// AwaitAct is Act, as soon as it is done; after patience it may still be running.
func (s *Store) AwaitAct(ctx context.Context, by *User, id int64, patience time.Duration) (*Act, error) {
	ends := time.Now().Add(patience)
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		act, err := s.Act(ctx, by, id)
		if err != nil || act.State != "running" || time.Now().Add(pause).After(ends) {
			return act, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, Explain(ctx.Err())
		}
	}
}

// Acts lists receipts, newest first, before the one of a number (0: from the newest). more is true where there are older ones.
func (s *Store) Acts(ctx context.Context, by *User, before int64, limit int) (acts []*Act, more bool, err error) {
	if !by.IsAdmin() {
		return nil, false, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, "select "+actColumns+" from acts where $1 = 0 or id < $1 order by id desc limit $2", before, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	acts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Act, error) { return scanAct(row) })
	if len(acts) > limit {
		return acts[:limit], true, Explain(err)
	}
	return acts, false, Explain(err)
}

// ActLine is a row of a receipt or of a rehearsal.
type ActLine struct {
	ID            int64
	Label, Name   string
	Op            string // "insert", "update", "delete", "grant" or "end"; of a rehearsal empty
	Before, After map[string]any
	Went          map[string]int64
	Why           Sentence // why it is refused, or cannot be taken back
	See, SeeName  string   // where what stands in the way is found, such as "act 1049" or "user 7"
	UndoneBy      int64    // the act that took it back last; 0: none
	UndoneAt      time.Time
	Again         bool       // that in turn was taken back by UndoneBy: it is done again
	There         bool       // the row is there now
	Transfer      string     // the id of the transfer that moved credits; empty: none
	LastPostAt    *time.Time // of a user who is there
	LastSeenAt    *time.Time
}

// CanUndo reports whether nothing is known to stand in the way of taking the row back.
func (l *ActLine) CanUndo() bool { return l.Why.Text == "" && l.Op != "end" && l.UndoneBy == 0 }

// ActLines lists the rows that an act touched, after the one of an id, in the order of ids, and looks for what stands in the way
// of taking each back. more is true where there are further ones.
func (s *Store) ActLines(ctx context.Context, by *User, act *Act, after int64, limit int) (lines []ActLine, more bool, err error) {
	if lines, more, err = s.touched(ctx, by, act, after, limit); err == nil {
		err = s.judge(ctx, by, act, lines)
	}
	return lines, more, err
}

// touched is ActLines without looking for what stands in the way.
func (s *Store) touched(ctx context.Context, by *User, act *Act, after int64, limit int) (lines []ActLine, more bool, err error) {
	if !by.IsAdmin() {
		return nil, false, ErrForbidden
	}
	// The last link of the chain: taken back, and that taken back in turn.
	rows, err := s.pool.Query(ctx, `with recursive first as (
			select target_id, op, label, name, before, after, went, undone_by from act_rows where act_id = $1 and target_id > $2 order by target_id limit $3
		), chain as (
			select target_id, undone_by as act, 1 as depth from first where undone_by is not null
			union all
			select c.target_id, r.undone_by, c.depth + 1 from chain c join act_rows r on r.act_id = c.act and r.target_id = c.target_id where r.undone_by is not null
		), last as (select distinct on (target_id) target_id, act, depth from chain order by target_id, depth desc)
		select f.target_id, f.op, f.label, f.name, f.before, f.after, f.went, coalesce(l.act, 0), coalesce(a.at, 'epoch'), coalesce(l.depth % 2 = 0, false),
			exists (select from `+actTargets[act.TargetKind].table+` t where t.id = f.target_id),
			coalesce((select m.transfer_id::text from act_transfers m where m.act_id = $1 and m.target_id = f.target_id), '')
		from first f left join last l using (target_id) left join acts a on a.id = l.act order by f.target_id`, act.ID, after, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	lines, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l ActLine, err error) {
		err = row.Scan(&l.ID, &l.Op, &l.Label, &l.Name, &l.Before, &l.After, &l.Went, &l.UndoneBy, &l.UndoneAt, &l.Again, &l.There, &l.Transfer)
		if _, ok := l.After["password_hash"]; ok {
			l.After["password"] = true // that it changed, and nothing of it
			delete(l.Before, "password_hash")
			delete(l.After, "password_hash")
		}
		return l, err
	})
	if len(lines) > limit {
		return lines[:limit], true, Explain(err)
	}
	return lines, false, Explain(err)
}

// judge says what stands in the way of taking the lines back.
func (s *Store) judge(ctx context.Context, by *User, act *Act, lines []ActLine) error {
	var ids []int64
	for i := range lines {
		if lines[i].UndoneBy == 0 && lines[i].Op != "end" {
			ids = append(ids, lines[i].ID)
		}
	}
	if len(ids) == 0 || act.State == "running" || !act.CanUndo(time.Now()) {
		return nil
	}
	why := map[int64]doneRow{}
	_, err := s.inBatch(ctx, lonePace, func(b *actBatch) error {
		w := &work{kind: undoKind(act.TargetKind), by: by.ID}
		if err := w.prepare(b); err != nil {
			return err
		}
		rows, err := w.source(ctx, b, act.ID, ids, 0, len(ids), "")
		if err == nil {
			err = w.obstacles(ctx, b, rows)
		}
		for _, row := range rows {
			why[row.id] = row
		}
		return err
	})
	for i := range lines {
		row := why[lines[i].ID]
		lines[i].Why, lines[i].See, lines[i].SeeName = row.why, row.see, row.seeName
	}
	return err
}

// Refusals lists who an act, or a rehearsal, leaves alone and why.
func (s *Store) Refusals(ctx context.Context, by *User, act *Act, after int64, limit int) ([]ActLine, bool, error) {
	if !by.IsAdmin() {
		return nil, false, ErrForbidden
	}
	return s.refusals(ctx, `select target_id, label, name, reason, args, see, see_name from act_refusals
		where act_id = $1 and target_id > $2 order by target_id limit $3`, act.ID, after, limit)
}

func (s *Store) refusals(ctx context.Context, sql string, of, after int64, limit int) (lines []ActLine, more bool, err error) {
	rows, err := s.pool.Query(ctx, sql, of, after, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	lines, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l ActLine, err error) {
		var args []byte // of the sentence
		if err = row.Scan(&l.ID, &l.Label, &l.Name, &l.Why.Text, &args, &l.See, &l.SeeName); err == nil {
			l.Why.Args, err = sentenceArgs(args)
		}
		return l, err
	})
	if len(lines) > limit {
		return lines[:limit], true, Explain(err)
	}
	return lines, false, Explain(err)
}

// sentenceArgs reads what sentenceJSON wrote: numbers, words, moments and amounts.
func sentenceArgs(encoded []byte) ([]any, error) {
	var args []any
	if err := json.Unmarshal(encoded, &args); err != nil {
		return nil, err
	}
	for i, arg := range args {
		switch arg := arg.(type) {
		case float64:
			args[i] = int64(arg)
		case map[string]any:
			if amount, ok := arg["amount"].(float64); ok {
				args[i] = amount
			} else if text, ok := arg["at"].(string); ok {
				at, err := time.Parse(time.RFC3339Nano, text)
				if err != nil {
					return nil, err
				}
				args[i] = at
			}
		}
	}
	return args, nil
}
