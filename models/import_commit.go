package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// CommitImport begins to do what the rehearsal showed. Where somebody else rehearsed, or users have changed since, the rehearsal
// is repeated first, and nothing is done if it comes out differently. rehearsal is the number of the one that was looked at; 0:
// the last one.
func (s *Store) CommitImport(ctx context.Context, by *User, id int64, rehearsal int) error {
	i, err := s.Import(ctx, by, id)
	if err != nil {
		return err
	}
	if i.State == ImportRehearsed && i.Created+i.Changed == 0 {
		return &Conflict{Say: Say("There is nothing to do: every line is refused, or as it is now.")}
	}
	if by != nil {
		if err := stillActs(ctx, s.pool, by); err != nil {
			return Explain(err)
		}
	}
	origin, err := json.Marshal(originOf(ctx))
	if err != nil {
		return err
	}
	byID, name := inCharge(by)
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		var round int
		if err := tx.QueryRow(ctx, `select round from imports where id = $1 for update`, id).Scan(&round); err != nil {
			return err
		}
		if rehearsal != 0 && rehearsal != round {
			return errOtherRehearsal
		}
		return moveImportIn(ctx, tx, id, []string{ImportRehearsed}, ImportCommitting, `done = 0, difference = null, origin = $4::jsonb,
			rehearsed_at = case when by_id is not distinct from $5 then rehearsed_at end, round = round + (by_id is distinct from $5)::integer,
			by_id = $5, by_name = $6`, string(origin), byID, name)
	})
	if errors.Is(err, errImportStopped) {
		return &Conflict{Say: Say("Only an import that was rehearsed can be committed.")}
	}
	if err == nil {
		s.startJob("import", id)
	}
	return err
}

// inCharge is who goes on with an import: nobody is a command on the server.
func inCharge(by *User) (*int64, string) {
	if by == nil {
		return nil, ""
	}
	return &by.ID, by.Username
}

var errOtherRehearsal = &Conflict{Say: Say("It was rehearsed once more since you looked. Look again before you commit.")}

// errPlanDiffers: users have changed since the rehearsal.
var errPlanDiffers = errors.New("users have changed since the rehearsal")

// commitTries is how often a commit repeats a rehearsal that comes out as before.
const commitTries = 3

// commitImport does what was rehearsed, all of it or nothing.
func (s *Store) commitImport(ctx context.Context, i *Import) error {
	by, err := s.committer(ctx, i)
	if err != nil {
		return err
	}
	var origin []byte
	if err := s.pool.QueryRow(ctx, `select coalesce(origin, '{}') from imports where id = $1`, i.ID).Scan(&origin); err != nil {
		return Explain(err)
	}
	var from Origin
	if err := json.Unmarshal(origin, &from); err != nil {
		return err
	}
	for try := 1; ; try++ {
		if i.RehearsedAt == nil {
			same, err := s.rehearseAgain(ctx, i)
			if err != nil || !same {
				return err
			}
		}
		err := s.inPgx(ctx, func(tx pgx.Tx) error { return s.commitPlan(WithOrigin(ctx, from), tx, by, i) })
		if err == nil {
			break
		}
		var invalid Invalid
		if try == commitTries || !errors.Is(err, errPlanDiffers) && !errors.Is(err, ErrConflict) && !errors.As(err, &invalid) {
			return err
		}
		if err := moveImport(ctx, s.pool, i.ID, []string{ImportCommitting}, ImportCommitting, freshRound); err != nil {
			return err
		}
		if i, err = s.Import(ctx, nil, i.ID); err != nil {
			return err
		}
	}
	s.events.changed()
	return nil
}

// committer is who asked for the commit, and may still do so.
func (s *Store) committer(ctx context.Context, i *Import) (*User, error) {
	if i.ByID == 0 {
		return nil, nil
	}
	by, err := s.User(ctx, i.ByID)
	if err == nil {
		err = Explain(stillActs(ctx, s.pool, by))
	}
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrForbidden) {
		return nil, importFault(failNoAdmin)
	}
	return by, err
}

// rehearseAgain repeats the rehearsal, and reports whether it comes out as before. If not, the import waits for another commit, with
// the difference.
func (s *Store) rehearseAgain(ctx context.Context, i *Import) (same bool, err error) {
	if err := s.planImport(ctx, i); err != nil {
		return false, err
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, importSettings); err != nil {
			return err
		}
		if err := finishPlan(ctx, tx, i); err != nil {
			return err
		}
		difference, err := planDifference(ctx, tx, i)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from import_plans where import_id = $1 and round < $2`, i.ID, i.Rehearsal); err != nil {
			return err
		}
		if same = difference.Count == 0; same {
			return moveImportIn(ctx, tx, i.ID, []string{ImportCommitting}, ImportCommitting, countPlan+`, done = 0, rehearsed_at = now()`, i.Rehearsal)
		}
		encoded, err := json.Marshal(difference)
		if err != nil {
			return err
		}
		return moveImportIn(ctx, tx, i.ID, []string{ImportCommitting}, ImportRehearsed, countPlan+`, done = lines, rehearsed_at = now(), origin = null,
			difference = $5::jsonb`, i.Rehearsal, string(encoded))
	})
	if err == nil && same {
		var now *Import
		if now, err = s.Import(ctx, nil, i.ID); err == nil {
			*i = *now
		}
	}
	return same, err
}

// digest is what import_plans.seen was made of.
const digest = `hashtextextended(concat_ws(E'\x1f', u.username, u.name, u.email, u.age, u.role, u.metadata), 0)`

// commitPlan is the one transaction of a commit. That nobody has taken a name or an address of those who are created, the unique
// indexes see to; that nobody has changed who is to be changed is looked at under a lock.
func (s *Store) commitPlan(ctx context.Context, tx pgx.Tx, by *User, i *Import) error {
	if _, err := tx.Exec(ctx, importSettings); err != nil {
		return err
	}
	var planned, differ int64
	if err := tx.QueryRow(ctx, `select count(*) from import_plans where import_id = $1 and round = $2`, i.ID, i.Rehearsal).Scan(&planned); err != nil {
		return err
	}
	if planned != i.Lines {
		return importFault(failLost)
	}
	if _, err := tx.Exec(ctx, `select count(*) from (select from users u join import_plans p on u.id = p.user_id
		where p.import_id = $1 and p.round = $2 and p.act = 'change' order by u.id for no key update of u) x`, i.ID, i.Rehearsal); err != nil {
		return err
	}
	if err := tx.QueryRow(ctx, `select count(*) from import_plans p left join users u on u.id = p.user_id
		where p.import_id = $1 and p.round = $2 and p.act in ('change', 'same') and p.seen is distinct from `+digest, i.ID, i.Rehearsal).Scan(&differ); err != nil {
		return err
	}
	if differ > 0 {
		return errPlanDiffers
	}
	act := &Act{Kind: "import", Total: i.Created + i.Changed, Refused: i.Refused, RehearsedAt: i.RehearsedAt,
		Params: map[string]any{"import": i.ID, "file": i.Name, "created": i.Created, "changed": i.Changed}}
	if err := newAct(ctx, tx, by, act); err != nil {
		return err
	}
	if err := s.writePlan(ctx, tx, i, act.ID); err != nil {
		return err
	}
	// A token may do no more than its user.
	if _, err := tx.Exec(ctx, `delete from tokens t using import_plans p where p.import_id = $1 and p.round = $2 and p.act = 'change'
		and p.before ->> 'role' = 'admin' and t.user_id = p.user_id and t.scope = 'admin'`, i.ID, i.Rehearsal); err != nil {
		return err
	}
	return moveImportIn(ctx, tx, i.ID, []string{ImportCommitting}, ImportCommitted, `act_id = $4, done = lines, ended_at = now(), origin = null`, act.ID)
}

// commitAtOnce is how many lines a statement of a commit takes, so that it can be told how far it is.
const commitAtOnce = 20_000

const (
	createPlanned = `with made as (
			insert into users (username, name, email, age, role, metadata)
			select username, name, email, age, role, metadata from import_plans
			where import_id = $1 and round = $2 and line > $3 and line <= $4 and act = 'create' order by line
			returning id, username, name
		)
		insert into act_rows (act_id, target_id, op, label, name) select $5, id, 'insert', username, name from made`
	changePlanned = `with made as (
			update users u set username = p.username, name = p.name, email = p.email, age = p.age, role = p.role, metadata = p.metadata, updated_at = now()
			from import_plans p
			where p.import_id = $1 and p.round = $2 and p.line > $3 and p.line <= $4 and p.act = 'change' and u.id = p.user_id
			returning u.id, u.username, u.name, p.before, p.after
		)
		insert into act_rows (act_id, target_id, op, label, name, before, after) select $5, id, 'update', username, name, before, after from made`
)

// writePlan writes users and the rows of the receipt.
func (s *Store) writePlan(ctx context.Context, tx pgx.Tx, i *Import, act int64) error {
	var after, done, created, changed int64
	told := time.Now()
	for {
		var upto *int64
		var lines int64
		err := tx.QueryRow(ctx, `select max(line), count(*) from (select line from import_plans where import_id = $1 and round = $2 and line > $3 order by line limit $4) x`,
			i.ID, i.Rehearsal, after, commitAtOnce).Scan(&upto, &lines)
		if err != nil {
			return err
		}
		if upto == nil {
			break
		}
		tag, err := tx.Exec(ctx, changePlanned, i.ID, i.Rehearsal, after, *upto, act)
		if err != nil {
			return err
		}
		changed += tag.RowsAffected()
		if tag, err = tx.Exec(ctx, createPlanned, i.ID, i.Rehearsal, after, *upto, act); err != nil {
			return err
		}
		created += tag.RowsAffected()
		after, done = *upto, done+lines
		if time.Since(told) >= stageTell {
			told = time.Now()
			if err := tellImport(ctx, s.pool, i.ID, ImportCommitting, `done = $4`, done); err != nil { // of its own: others shall see it now
				return err
			}
		}
	}
	if created != i.Created || changed != i.Changed {
		return fmt.Errorf("import %d: %d created and %d changed, not %d and %d", i.ID, created, changed, i.Created, i.Changed)
	}
	return nil
}

// trimImport lets go of all lines of a committed import but the refused ones.
func (s *Store) trimImport(ctx context.Context, id int64) error {
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, importSettings); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from import_plans where import_id = $1 and act <> 'refuse'`, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update imports set trimmed = true where id = $1`, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from import_lines l where import_id = $1 and not exists (select from import_plans p where p.import_id = $1 and p.line = l.line)`, id)
		return err
	})
}
