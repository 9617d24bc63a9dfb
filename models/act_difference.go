package models

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Difference is what has changed between a rehearsal and its commit. The lists name the first of them.
type Difference struct {
	Came    []DifferingRow `json:"came,omitempty"`    // they match the filter now
	Left    []DifferingRow `json:"left,omitempty"`    // they no longer do, or are gone
	Changed []DifferingRow `json:"changed,omitempty"` // they are not as they were rehearsed
	More    int            `json:"more,omitempty"`    // how many are not named
}

// DifferingRow is a row that is not as it was rehearsed.
type DifferingRow struct {
	ID    int64          `json:"id"`
	Label string         `json:"label"`
	Name  string         `json:"name"`
	Was   map[string]any `json:"was,omitempty"`
	Is    map[string]any `json:"is,omitempty"` // nil: it is gone, or refused
	Why   string         `json:"why,omitempty"`
	Args  []any          `json:"args,omitempty"`
}

// namedDifferences is how many rows of each list a difference names.
const namedDifferences = 100

// Count is how many rows differ.
func (d *Difference) Count() int { return len(d.Came) + len(d.Left) + len(d.Changed) + d.More }

// SetChanged is the refusal of a commit: what it is about is not what was rehearsed. Nothing has changed; there is a new
// rehearsal.
type SetChanged struct {
	Difference Difference
	Rehearsal  *Rehearsal
}

// Error says so.
func (e *SetChanged) Error() string { return SaySetChanged.String() }

// Is makes errors.Is(e, ErrConflict) true.
func (e *SetChanged) Is(target error) bool { return target == ErrConflict }

// SaySetChanged: a commit was refused.
var SaySetChanged = Say("The set has changed since the rehearsal. Nothing was changed.")

// difference compares the set, and the rows as they were, with what is there now. It locks nothing.
func (s *Store) difference(ctx context.Context, tx pgx.Tx, r *Rehearsal) (*Difference, error) {
	kind := findActKind(r.TargetKind, r.Kind)
	d := &Difference{}
	if r.Filter != nil {
		zone, err := time.LoadLocation(r.zone)
		if err != nil {
			return nil, err
		}
		now, err := s.candidates(ctx, tx, kind.target, nil, r.Filter, zone)
		if err != nil {
			return nil, err
		}
		came, left := compareSorted(r.ids, now)
		if d.Came, err = d.name(ctx, tx, kind.target, came); err == nil {
			d.Left, err = d.name(ctx, tx, kind.target, left)
		}
		if err != nil {
			return nil, err
		}
	}
	same := kind.shows
	if kind.drifts {
		same = "r.before"
	}
	args, err := r.Params.values()
	if err != nil {
		return nil, err
	}
	args["rehearsal"], args["limit"] = r.ID, namedDifferences+1
	rows, err := tx.Query(ctx, `select r.target_id, r.label, r.name, r.before, case when t.id is not null then `+kind.shows+` end
		from rehearsal_rows r left join `+kind.target.table+` t on t.id = r.target_id
		where r.rehearsal_id = @rehearsal and r.before is not null and (t.id is null or `+same+` is distinct from r.before) order by 1 limit @limit`, args)
	if err != nil {
		return nil, err
	}
	d.Changed, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r DifferingRow, err error) {
		return r, row.Scan(&r.ID, &r.Label, &r.Name, &r.Was, &r.Is)
	})
	d.Changed = slices.DeleteFunc(d.Changed, func(row DifferingRow) bool {
		return slices.ContainsFunc(d.Left, func(left DifferingRow) bool { return left.ID == row.ID })
	})
	return d, err
}

// compareSorted says which ids are in the second list alone, and which in the first.
func compareSorted(then, now []int64) (came, left []int64) {
	i := 0
	for _, id := range now {
		for i < len(then) && then[i] < id {
			left = append(left, then[i])
			i++
		}
		if i < len(then) && then[i] == id {
			i++
		} else {
			came = append(came, id)
		}
	}
	return came, append(left, then[i:]...)
}

// name finds what the first of the rows are called.
func (d *Difference) name(ctx context.Context, tx pgx.Tx, t *actTarget, ids []int64) ([]DifferingRow, error) {
	if len(ids) > namedDifferences {
		d.More += len(ids) - namedDifferences
		ids = ids[:namedDifferences]
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, "select i.id, coalesce("+t.label+", i.id::text), coalesce("+t.name+", '') from unnest($1::bigint[]) i(id) left join "+t.table+" t on t.id = i.id order by 1", ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r DifferingRow, err error) {
		return r, row.Scan(&r.ID, &r.Label, &r.Name)
	})
}

// rehearsed is what was found of a row that would change.
type rehearsed struct {
	label, name           string
	before, after, counts []byte
}

// differs says how a row is not as it was rehearsed; nil where it is. Whoever signs in meanwhile is still the same.
func (k *actKind) differs(then rehearsed, now *actRow) *DifferingRow {
	var went map[string]int64
	_ = json.Unmarshal(then.counts, &went)
	same := now.alters && string(then.before) == string(now.before) && string(then.after) == string(now.after) &&
		went["posts"] == now.went["posts"] && went["drafts"] == now.went["drafts"]
	if same || k.op == "end" && !k.strict && now.why.Text == "" || k.drifts && now.alters {
		return nil
	}
	row := &DifferingRow{ID: now.id, Label: then.label, Name: then.name, Why: now.why.Text, Args: now.why.Args}
	_ = json.Unmarshal(then.before, &row.Was)
	_ = json.Unmarshal(now.before, &row.Is)
	for _, what := range []string{"posts", "drafts"} {
		if row.Was != nil && row.Is != nil && went[what] != now.went[what] {
			row.Was[what], row.Is[what] = went[what], now.went[what]
		}
	}
	return row
}
