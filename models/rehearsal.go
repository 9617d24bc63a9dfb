package models

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Rehearsal is an act before it is done: what it would do, found by the database itself and rolled back.
type Rehearsal struct {
	ID         int64
	Key        uuid.UUID
	Kind       string // see ActKinds
	TargetKind string
	Params     ActParams
	Filter     *string // the query of the filter; nil: rows that were ticked
	State      string  // "running", "done" or "failed"
	Total      int     // how many rows it is about
	Done       int     // how many of these are rehearsed
	Changes    int     // would change
	Refused    int
	Counts     Counts
	Difference *Difference // what had changed since the one before it; nil: there was none
	At         time.Time   // when it was finished, or begun
	Receipt    int64       // of the act; 0: not done

	zone string
	ids  []int64
	took time.Duration
	by   int64
}

// Same is how many would stay as they are.
func (r *Rehearsal) Same() int { return r.Done - r.Changes - r.Refused }

// NewRehearsal says what to do to whom.
type NewRehearsal struct {
	TargetKind, Kind string
	Params           ActParams
	IDs              []int64        // the rows that are ticked
	Filter           *string        // or all that match the filter with this query
	Zone             *time.Location // in which the filter's days begin and end
}

const (
	rehearsalLife = 24 * time.Hour
	mostTicked    = 100_000
)

// Rehearse begins to rehearse an act. It goes on by itself, as a job: see AwaitRehearsal.
func (s *Store) Rehearse(ctx context.Context, by *User, in NewRehearsal) (*Rehearsal, error) {
	return s.rehearse(ctx, by, in, nil)
}

func (s *Store) rehearse(ctx context.Context, by *User, in NewRehearsal, difference *Difference) (*Rehearsal, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	kind := findActKind(in.TargetKind, in.Kind)
	if kind == nil {
		return nil, Invalid{"act": Say("There is no such act.")}
	}
	if err := in.Params.validate(kind); err != nil && difference == nil {
		return nil, err
	}
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	ids, err := s.candidates(ctx, s.pool, kind.target, in.IDs, in.Filter, in.Zone)
	if err != nil {
		return nil, err
	}
	params, err := json.Marshal(in.Params)
	if err != nil {
		return nil, err
	}
	var differing []byte
	if difference != nil {
		if differing, err = json.Marshal(difference); err != nil {
			return nil, err
		}
	}
	r := &Rehearsal{Kind: in.Kind, TargetKind: in.TargetKind, Params: in.Params, Filter: in.Filter, State: "running", Total: len(ids), Difference: difference}
	err = s.pool.QueryRow(ctx, `insert into rehearsals (by_id, kind, target_kind, params, filter, zone, ids, difference)
		values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8::jsonb) returning id, key, created_at`,
		by.ID, in.Kind, in.TargetKind, string(params), in.Filter, in.Zone.String(), ids, differing).Scan(&r.ID, &r.Key, &r.At)
	if err != nil {
		return nil, Explain(err)
	}
	s.startJob("rehearsal", r.ID)
	return r, nil
}

// candidates are the ids that were ticked, or those of all that match the filter, in order.
func (s *Store) candidates(ctx context.Context, db interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}, target *actTarget, ticked []int64, filter *string, zone *time.Location) ([]int64, error) {
	if filter == nil {
		ids := slices.Compact(slices.Sorted(slices.Values(ticked)))
		switch {
		case len(ids) == 0:
			return nil, Invalid{"ids": Say("Tick at least one row.")}
		case ids[0] < 1:
			return nil, Invalid{"ids": Say("There is no row %d.", ids[0])}
		case len(ids) > mostTicked:
			return nil, Invalid{"ids": Say("Of so many rows the filter says which.")}
		}
		return ids, nil
	}
	query, err := url.ParseQuery(*filter)
	if err != nil {
		return nil, Invalid{"filter": Say("This is not the query of an address.")}
	}
	where, args, err := target.where(query, zone)
	if err != nil {
		return nil, err
	}
	var ids []int64
	if err := db.QueryRow(ctx, "select coalesce(array_agg(id order by id), '{}') from "+target.table+" "+target.alias+" where "+where, args...).Scan(&ids); err != nil {
		return nil, Explain(err)
	}
	return ids, nil
}

// errNoRehearsal: there is none, or its day is over, or it is another admin's.
const errNoRehearsal missing = "Rehearsal"

const rehearsalColumns = `id, key, by_id, kind, target_kind, params, filter, zone, state, cardinality(ids), done, changes, refused, counts, difference,
	coalesce(finished_at, created_at), coalesce(act_id, 0), took_ms`

func (r *Rehearsal) scan(row pgx.Row, more ...any) error {
	var took int64
	err := row.Scan(append([]any{&r.ID, &r.Key, &r.by, &r.Kind, &r.TargetKind, &r.Params, &r.Filter, &r.zone, &r.State, &r.Total, &r.Done, &r.Changes, &r.Refused,
		&r.Counts, &r.Difference, &r.At, &r.Receipt, &took}, more...)...)
	r.took = time.Duration(took) * time.Millisecond
	if err == pgx.ErrNoRows {
		return errNoRehearsal
	}
	return err
}

// Rehearsal reads a rehearsal of the admin's own.
func (s *Store) Rehearsal(ctx context.Context, by *User, key uuid.UUID) (*Rehearsal, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	r := &Rehearsal{}
	err := r.scan(s.pool.QueryRow(ctx, "select "+rehearsalColumns+" from rehearsals where key = $1 and by_id = $2 and created_at > now() - $3::interval",
		key, by.ID, rehearsalLife))
	return r, Explain(err)
}

// AwaitRehearsal is Rehearsal, as soon as it is finished; after patience it may still be running.
func (s *Store) AwaitRehearsal(ctx context.Context, by *User, key uuid.UUID, patience time.Duration) (*Rehearsal, error) {
	ends := time.Now().Add(patience)
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		r, err := s.Rehearsal(ctx, by, key)
		if err != nil || r.State != "running" || time.Now().Add(pause).After(ends) {
			return r, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, Explain(ctx.Err())
		}
	}
}

// RehearsalLines lists the rows that would change, after the one of an id, in the order of ids. more is true where there are
// further ones.
func (s *Store) RehearsalLines(ctx context.Context, by *User, r *Rehearsal, after int64, limit int) (lines []ActLine, more bool, err error) {
	if !by.IsAdmin() || by.ID != r.by {
		return nil, false, ErrForbidden
	}
	seen := "null::timestamptz, null::timestamptz"
	if r.TargetKind == userTarget.kind {
		seen = "t.last_post_at, t.last_seen_at"
	}
	rows, err := s.pool.Query(ctx, "select r.target_id, r.label, r.name, r.before, r.after, r.went, t.id is not null, "+seen+`
		from rehearsal_rows r left join `+actTargets[r.TargetKind].table+` t on t.id = r.target_id
		where r.rehearsal_id = $1 and r.target_id > $2 and r.reason = '' order by r.target_id limit $3`, r.ID, after, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	lines, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l ActLine, err error) {
		return l, row.Scan(&l.ID, &l.Label, &l.Name, &l.Before, &l.After, &l.Went, &l.There, &l.LastPostAt, &l.LastSeenAt)
	})
	if len(lines) > limit {
		return lines[:limit], true, Explain(err)
	}
	return lines, false, Explain(err)
}

// RehearsalRefusals lists who would be refused, and why.
func (s *Store) RehearsalRefusals(ctx context.Context, by *User, r *Rehearsal, after int64, limit int) ([]ActLine, bool, error) {
	if !by.IsAdmin() || by.ID != r.by {
		return nil, false, ErrForbidden
	}
	return s.refusals(ctx, `select target_id, label, name, reason, args, '', '' from rehearsal_rows
		where rehearsal_id = $1 and target_id > $2 and reason <> '' order by target_id limit $3`, r.ID, after, limit)
}
