package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// errImportStopped: the import is in another state than whoever works on it believes: it was thrown away.
var errImportStopped = errors.New("the import was stopped")

func init() {
	jobKinds["import"] = jobKind{
		waiting: fmt.Sprintf(`select id from imports where kept and (state in ('staging', 'rehearsing', 'committing', 'failed', 'dropped')
			or state = 'committed' and not trimmed or at < now() - interval '%d seconds')`, int(importLife.Seconds())),
		do: (*Store).importJob,
	}
}

// importJob goes on with an import from whatever state it is in. Whoever runs it holds its lock: nobody else works on it.
func (s *Store) importJob(ctx context.Context, id int64) error {
	for {
		i, err := s.Import(ctx, nil, id)
		if err != nil || !i.Kept {
			return err
		}
		forgotten := time.Since(i.At) > importLife
		switch {
		case i.State == ImportStaging: // whoever uploads holds the lock
			err = failImport(ctx, s.pool, id, failBrokenOff, i.Bytes)
		case i.State == ImportRehearsing:
			err = s.rehearseImport(ctx, i)
		case i.State == ImportCommitting:
			err = s.commitImport(ctx, i)
		case i.State == ImportFailed, i.State == ImportDropped, i.State == ImportCommitted && forgotten:
			return s.clearImport(ctx, id)
		case i.State == ImportCommitted && !i.trimmed:
			err = s.trimImport(ctx, id)
		case forgotten:
			err = failImport(ctx, s.pool, id, failForgotten, 0)
		default:
			return nil
		}
		var fault importFault
		switch {
		case errors.As(err, &fault):
			err = failImport(ctx, s.pool, id, string(fault), 0)
			if err != nil && !errors.Is(err, errImportStopped) {
				return err
			}
		case errors.Is(err, errImportStopped): // look again
		case errors.Is(err, ErrUnavailable), ctx.Err() != nil:
			return err // another time
		case err != nil:
			s.log.Error("an import", "id", id, "state", i.State, "error", err)
			if err := failImport(ctx, s.pool, id, failInside, 0); err != nil && !errors.Is(err, errImportStopped) {
				return err
			}
		}
	}
}

// database is the pool, or one connection of it where its holder must not wait for a second one.
type database interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// tellImport keeps how far an import is, for everyone who looks.
func tellImport(ctx context.Context, db database, id int64, state, set string, args ...any) error {
	return moveImport(ctx, db, id, []string{state}, state, set, args...)
}

// moveImport takes an import from one of some states to another; set sets more columns, from the parameter $4 on.
func moveImport(ctx context.Context, db database, id int64, from []string, to, set string, args ...any) error {
	return again(ctx, func() error {
		return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error { return moveImportIn(ctx, tx, id, from, to, set, args...) })
	})
}

func moveImportIn(ctx context.Context, tx pgx.Tx, id int64, from []string, to, set string, args ...any) error {
	tag, err := tx.Exec(ctx, `update imports set state = $3, `+set+` where id = $1 and state = any($2)`, append([]any{id, from, to}, args...)...)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return errImportStopped
	}
	_, err = tx.Exec(ctx, `select tell('import', $1, 0)`, id)
	return err
}

// failImport ends an import that cannot go on.
func failImport(ctx context.Context, db database, id int64, failure string, n int64) error {
	return moveImport(ctx, db, id, []string{ImportStaging, ImportStaged, ImportRehearsing, ImportRehearsed, ImportCommitting}, ImportFailed,
		`failure = $4, failure_n = $5, ended_at = now(), origin = null`, failure, n)
}

// DropImport throws an import away. What is being committed, or was, stays.
func (s *Store) DropImport(ctx context.Context, by *User, id int64) error {
	i, err := s.Import(ctx, by, id)
	if err != nil {
		return err
	}
	err = moveImport(ctx, s.pool, id, []string{ImportStaging, ImportStaged, ImportRehearsing, ImportRehearsed}, ImportDropped, `ended_at = now()`)
	if errors.Is(err, errImportStopped) {
		if i, err = s.Import(ctx, by, id); err != nil || i.State == ImportDropped || i.State == ImportFailed {
			return err
		}
		return &Conflict{Say: Say("This import is committed, or about to be. It can be undone from its receipt.")}
	}
	if err == nil && i.State != ImportStaging {
		s.startJob("import", id)
	}
	return err
}

// clearImport removes the lines of an import. How it ended stays.
func (s *Store) clearImport(ctx context.Context, id int64) error {
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		for _, sql := range []string{`delete from import_plans where import_id = $1`, `delete from import_lines where import_id = $1`,
			`update imports set kept = false where id = $1`, `select tell('import', $1, 0)`} {
			if _, err := tx.Exec(ctx, sql, id); err != nil {
				return err
			}
		}
		return nil
	})
}
