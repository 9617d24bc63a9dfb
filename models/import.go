package models

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models/csv"
)

// The states of an import.
const (
	ImportStaging    = "staging"    // its file is being read
	ImportStaged     = "staged"     // its columns wait to be matched
	ImportRehearsing = "rehearsing" // its lines are compared with the users
	ImportRehearsed  = "rehearsed"  // it waits to be committed
	ImportCommitting = "committing"
	ImportCommitted  = "committed"
	ImportFailed     = "failed"
	ImportDropped    = "dropped" // thrown away
)

// MaxImport is the largest file that can be imported, in bytes.
const MaxImport = 200 << 20

// importLife is how long the lines of an import are kept.
const importLife = 7 * 24 * time.Hour

// Import is a file of users on its way in.
type Import struct {
	ID          int64
	ByID        int64 // 0: a command on the server
	ByName      string
	Name        string // of the file
	State       string
	Failure     Sentence // why it failed
	Size        int64    // of the file in bytes; -1: unknown
	Bytes       int64    // read so far
	Lines       int64    // records read so far
	Done        int64    // of these, rehearsed or committed so far
	Format      csv.Format
	Columns     []ImportColumn
	Mode        string
	Match       string
	Created     int64 // what the rehearsal found, and a commit did
	Changed     int64
	Same        int64
	Passed      int64 // over, as the mode says
	Refused     int64
	Difference  *ImportDifference // from the rehearsal before; nil: none
	ActID       int64             // the number of its receipt; 0: not committed
	Kept        bool              // its lines are still there to be shown
	At          time.Time
	RehearsedAt *time.Time // when all its lines were compared; nil: not yet
	EndedAt     *time.Time
	Rehearsal   int // its number, of those of this import

	trimmed bool
}

// IsMoving reports whether something goes on by itself.
func (i *Import) IsMoving() bool {
	return i.State == ImportStaging || i.State == ImportRehearsing || i.State == ImportCommitting
}

// HasLines reports whether what its lines would do, or why they are refused, can still be shown.
func (i *Import) HasLines() bool {
	return i.Kept && i.State != ImportFailed && i.State != ImportDropped
}

// CanBeDropped reports whether the import can still be thrown away.
func (i *Import) CanBeDropped() bool {
	return i.State == ImportStaging || i.State == ImportStaged || i.State == ImportRehearsing || i.State == ImportRehearsed
}

const importColumns = `id, coalesce(by_id, 0), by_name, name, state, failure, failure_n, coalesce(size, -1), bytes, lines, done, format, columns, mode, match,
	created, changed, same, passed, refused, difference, coalesce(act_id, 0), kept, at, ended_at, rehearsed_at, round, trimmed`

func scanImport(row pgx.Row) (*Import, error) {
	var i Import
	var failure string
	var n int64
	var format, columns, difference []byte
	err := row.Scan(&i.ID, &i.ByID, &i.ByName, &i.Name, &i.State, &failure, &n, &i.Size, &i.Bytes, &i.Lines, &i.Done, &format, &columns, &i.Mode, &i.Match,
		&i.Created, &i.Changed, &i.Same, &i.Passed, &i.Refused, &difference, &i.ActID, &i.Kept, &i.At, &i.EndedAt, &i.RehearsedAt, &i.Rehearsal, &i.trimmed)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(format, &i.Format); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(columns, &i.Columns); err != nil {
		return nil, err
	}
	if difference != nil {
		if err := json.Unmarshal(difference, &i.Difference); err != nil {
			return nil, err
		}
	}
	i.Failure = importFailure(failure, n)
	return &i, nil
}

// Import returns an import. by is an admin, or nil where the operator of the server asks.
func (s *Store) Import(ctx context.Context, by *User, id int64) (*Import, error) {
	if by != nil && !by.IsAdmin() {
		return nil, ErrForbidden
	}
	i, err := scanImport(s.pool.QueryRow(ctx, `select `+importColumns+` from imports where id = $1`, id))
	if err == pgx.ErrNoRows {
		return nil, errNoImport
	}
	return i, Explain(err)
}

// importsAtOnce is how many imports a page lists.
const importsAtOnce = 50

// Imports lists imports, the newest first: those before the one of an id, or from the newest on for 0. more is true where there
// are older ones.
func (s *Store) Imports(ctx context.Context, by *User, before int64) (list []Import, more bool, err error) {
	if !by.IsAdmin() {
		return nil, false, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, `select `+importColumns+` from imports where $1 = 0 or id < $1 order by id desc limit $2`, before, importsAtOnce+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Import, error) {
		i, err := scanImport(row)
		if err != nil {
			return Import{}, err
		}
		return *i, nil
	})
	if len(list) > importsAtOnce {
		list, more = list[:importsAtOnce], true
	}
	return list, more, Explain(err)
}

// AwaitImport returns the import when nothing goes on with it any more. Until then progress hears of it, now and then.
func (s *Store) AwaitImport(ctx context.Context, by *User, id int64, progress func(*Import)) (*Import, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		i, err := s.Import(ctx, by, id)
		if err != nil {
			return nil, err
		}
		if progress != nil {
			progress(i)
		}
		if !i.IsMoving() {
			return i, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, Explain(ctx.Err())
		}
	}
}
