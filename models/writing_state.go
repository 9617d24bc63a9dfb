package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

func init() {
	jobKinds["writing"] = jobKind{
		waiting: fmt.Sprintf(`select id from writings where kept and (state in ('rehearsing', 'committing', 'failed', 'dropped')
			or state = 'staging' and touched_at < now() - interval '%d seconds' or state = 'rehearsed' and at < now() - interval '%d seconds'
			or state = 'committed' and ended_at < now() - interval '%d seconds')`, int(uploadSilence.Seconds()), int(writingLife.Seconds()), int(UndoLife.Seconds())),
		do: (*Store).writingJob,
	}
}

// writingJob goes on with somebody's own writing from whatever state it is in. Whoever runs it holds its lock: nobody else works on it.
func (s *Store) writingJob(ctx context.Context, id int64) error {
	for {
		w, err := scanWriting(s.pool.QueryRow(ctx, "select "+writingColumns+" where w.id = $1", id))
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // its owner has gone
		}
		if err != nil || !w.Kept {
			return Explain(err)
		}
		switch w.State {
		case ImportStaging:
			var silent bool
			if silent, err = s.silentUpload(ctx, id); err == nil && !silent {
				return nil
			} else if err == nil {
				err = s.failWriting(ctx, id, sayBrokenOff)
			}
		case ImportRehearsing:
			err = s.rehearseWriting(ctx, w)
		case ImportCommitting:
			err = s.commitWriting(ctx, w)
		case ImportRehearsed:
			if time.Since(w.At) < writingLife {
				return nil
			}
			err = s.failWriting(ctx, id, Say("Nobody went on with it for a day. Nothing was imported."))
		case ImportCommitted:
			return s.clearWriting(ctx, id, time.Now().Add(-UndoLife))
		default:
			return s.clearWriting(ctx, id, time.Now())
		}
		var fault writingFault
		var suspended *Suspended
		switch {
		case errors.As(err, &fault):
			err = s.failWriting(ctx, id, fault.say)
		case errors.As(err, &suspended), errors.Is(err, ErrForbidden), errors.Is(err, ErrNotFound):
			err = s.failWriting(ctx, id, Say("Who asked for it may no longer do so. Nothing was imported."))
		case err == nil, errors.Is(err, errImportStopped): // look again
		case errors.Is(err, ErrUnavailable), ctx.Err() != nil:
			return err // another time
		default:
			s.log.Error("an import of posts", "id", id, "state", w.State, "error", err)
			err = s.failWriting(ctx, id, sayWritingInside)
		}
		if err != nil && !errors.Is(err, errImportStopped) {
			return err
		}
	}
}

// silentUpload reports whether the sender of an upload, or its program, has gone.
func (s *Store) silentUpload(ctx context.Context, id int64) (silent bool, err error) {
	err = s.pool.QueryRow(ctx, "select touched_at < now() - make_interval(secs => $2) from writings where id = $1", id, uploadSilence.Seconds()).Scan(&silent)
	return silent, Explain(err)
}

// moveWriting takes it from one of some states to another; set sets more columns, from the parameter $4 on.
func (s *Store) moveWriting(ctx context.Context, id int64, from []string, to, set string, args ...any) error {
	return s.inPgx(ctx, func(tx pgx.Tx) error { return moveWritingIn(ctx, tx, id, from, to, set, args...) })
}

func moveWritingIn(ctx context.Context, tx pgx.Tx, id int64, from []string, to, set string, args ...any) error {
	var owner int64
	err := tx.QueryRow(ctx, "update writings set state = $3, "+set+" where id = $1 and state = any($2) returning user_id", append([]any{id, from, to}, args...)...).Scan(&owner)
	if errors.Is(err, pgx.ErrNoRows) {
		return errImportStopped
	}
	if err == nil {
		_, err = tx.Exec(ctx, "select tell('writing', $1, $2)", id, owner)
	}
	return err
}

// failWriting ends it where it cannot go on.
func (s *Store) failWriting(ctx context.Context, id int64, say Sentence) error {
	return s.moveWriting(ctx, id, []string{ImportStaging, ImportRehearsing, ImportRehearsed, ImportCommitting}, ImportFailed,
		"failure = $4, failure_args = $5::jsonb, ended_at = now(), origin = null", say.Text, sentenceJSON(say))
}

// DropWriting throws it away. What is being committed, or was, stays.
func (s *Store) DropWriting(ctx context.Context, by *User, id int64) error {
	if _, err := s.Writing(ctx, by, id); err != nil {
		return err
	}
	err := s.moveWriting(ctx, id, []string{ImportStaging, ImportRehearsing, ImportRehearsed}, ImportDropped, "ended_at = now()")
	if errors.Is(err, errImportStopped) {
		w, err := s.Writing(ctx, by, id)
		if err != nil || w.State == ImportDropped || w.State == ImportFailed {
			return err
		}
		return &Conflict{Say: Say("These posts are here already, or about to be. They can be taken back.")}
	}
	if err == nil {
		s.startJob("writing", id)
	}
	return err
}

// clearWriting removes the files of what has ended before a moment. How it ended stays.
func (s *Store) clearWriting(ctx context.Context, id int64, before time.Time) error {
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "update writings set kept = false where id = $1 and kept and ended_at <= $2", id, before)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		for _, sql := range []string{
			"delete from files f using (select unnest(file_ids) as id from writing_files where writing_id = $1) w where f.id = w.id and f.post_id is null and not f.avatar", // of posts that were not made
			"delete from writing_pieces where writing_id = $1", "delete from writing_files where writing_id = $1",
			"select tell('writing', id, user_id) from writings where id = $1"} {
			if _, err := tx.Exec(ctx, sql, id); err != nil {
				return err
			}
		}
		return nil
	})
}
