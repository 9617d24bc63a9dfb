package models

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"
)

// rehearseAtOnce is how many lines are planned in one transaction.
const rehearseAtOnce = 20_000

// RehearseImport begins a rehearsal with the columns as they are chosen by hand. It may follow another one.
func (s *Store) RehearseImport(ctx context.Context, by *User, id int64, columns []ImportColumn, mode, match string) error {
	i, err := s.Import(ctx, by, id)
	if err != nil {
		return err
	}
	if err := checkImportOptions(&mode, &match); err != nil {
		return err
	}
	if len(columns) != len(i.Columns) {
		return Invalid{"columns": Say("The file has %d columns.", len(i.Columns))}
	}
	if err := checkColumns(columns); err != nil {
		return err
	}
	encoded, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	byID, name := inCharge(by)
	err = moveImport(ctx, s.pool, id, []string{ImportStaged, ImportRehearsed}, ImportRehearsing,
		`columns = $4::jsonb, mode = $5, match = $6, by_id = $7, by_name = $8, difference = null, `+freshRound, string(encoded), mode, match, byID, name)
	if errors.Is(err, errImportStopped) {
		return &Conflict{Say: Say("This import is already being worked on, or has ended.")}
	}
	if err == nil {
		s.startJob("import", id)
	}
	return err
}

// importSettings suit statements on very many rows. Compiling them would take longer than it saves.
const importSettings = `select set_config('work_mem', '64MB', true), set_config('jit', 'off', true)`

// freshRound begins another rehearsal.
const freshRound = `round = round + 1, done = 0, created = 0, changed = 0, same = 0, passed = 0, refused = 0, rehearsed_at = null`

// rehearseImport compares the lines with the users. It writes nothing but plans, and goes on where an earlier try was broken
// off. The import stays in its state until the last step.
func (s *Store) rehearseImport(ctx context.Context, i *Import) error {
	if err := s.planImport(ctx, i); err != nil {
		return err
	}
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, importSettings); err != nil {
			return err
		}
		if err := finishPlan(ctx, tx, i); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from import_plans where import_id = $1 and round < $2`, i.ID, i.Rehearsal); err != nil {
			return err
		}
		return moveImportIn(ctx, tx, i.ID, []string{ImportRehearsing}, ImportRehearsed, countPlan+`, done = lines, rehearsed_at = now()`, i.Rehearsal)
	})
}

// countPlan sets the figures by the plans of the round $4.
const countPlan = `(created, changed, same, passed, refused) = (select count(*) filter (where act = 'create'), count(*) filter (where act = 'change'),
	count(*) filter (where act = 'same'), count(*) filter (where act = 'pass'), count(*) filter (where act = 'refuse')
	from import_plans where import_id = imports.id and import_plans.round = $4)`

// planImport plans all lines, some at a time, with the figures so far for everyone who looks.
func (s *Store) planImport(ctx context.Context, i *Import) error {
	if err := s.hasAllLines(ctx, i); err != nil {
		return err
	}
	var after, done int64
	err := s.pool.QueryRow(ctx, `select coalesce(max(line), 0), count(*) from import_plans where import_id = $1 and round = $2`, i.ID, i.Rehearsal).Scan(&after, &done)
	if err != nil {
		return Explain(err)
	}
	if done == 0 && i.Done > 0 {
		return importFault(failLost)
	}
	sql, args := planArgs(i, i.ByID)
	for {
		var upto *int64
		err := s.pool.QueryRow(ctx, `select max(line) from (select line from import_lines where import_id = $1 and line > $2 order by line limit $3) x`,
			i.ID, after, rehearseAtOnce).Scan(&upto)
		if err != nil || upto == nil {
			return Explain(err)
		}
		args["after"], args["upto"] = after, *upto
		if err := s.inPgx(ctx, func(tx pgx.Tx) error { return planLines(ctx, tx, i, sql, args) }); err != nil {
			return err
		}
		after = *upto
	}
}

// planLines is one step.
func planLines(ctx context.Context, tx pgx.Tx, i *Import, sql string, args pgx.NamedArgs) error {
	counts := map[string]int64{}
	if _, err := tx.Exec(ctx, importSettings); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, sql, args)
	if err != nil {
		return err
	}
	var act string
	var n, all int64
	if _, err := pgx.ForEachRow(rows, []any{&act, &n}, func() error { counts[act] = n; all += n; return nil }); err != nil {
		return err
	}
	wrong, err := checkPlannedFields(ctx, tx, i, args)
	if err != nil {
		return err
	}
	for act, n := range wrong {
		counts[act] -= n
		counts["refuse"] += n
	}
	return moveImportIn(ctx, tx, i.ID, []string{i.State}, i.State, `done = done + $4, created = created + $5, changed = changed + $6, same = same + $7,
		passed = passed + $8, refused = refused + $9`, all, counts["create"], counts["change"], counts["same"], counts["pass"], counts["refuse"])
}

// hasAllLines finds out whether PostgreSQL has lost lines in a crash.
func (s *Store) hasAllLines(ctx context.Context, i *Import) error {
	var n int64
	if err := s.pool.QueryRow(ctx, `select count(*) from import_lines where import_id = $1`, i.ID).Scan(&n); err != nil {
		return Explain(err)
	}
	if n != i.Lines {
		return importFault(failLost)
	}
	return nil
}

// Short fields without anything within each other keep every bound of validMetadata; the others are looked at by the rule itself.
const closerLook = `select line, act, metadata from import_plans where import_id = @id and round = @round and line > @after and line <= @upto
	and (act = 'create' or act = 'change' and after ? 'metadata')
	and (octet_length(metadata::text) > 300 or metadata::text ~ '[\[{].*[\[{]' or exists (select from jsonb_object_keys(metadata) k where k = '' or k ~ @odd or char_length(k) > @max_own))`

// checkPlannedFields refuses the lines of a step whose own fields break a rule, and counts them by what they would have done.
func checkPlannedFields(ctx context.Context, tx pgx.Tx, i *Import, args pgx.NamedArgs) (map[string]int64, error) {
	if args["own"] == nil && args["c_metadata"] == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, closerLook, pgx.NamedArgs{"id": i.ID, "round": i.Rehearsal, "after": args["after"], "upto": args["upto"], "odd": oddForm, "max_own": maxMetadataName})
	if err != nil {
		return nil, err
	}
	var line int64
	var act string
	var encoded []byte
	var lines []int64
	wrong := map[string]int64{}
	_, err = pgx.ForEachRow(rows, []any{&line, &act, &encoded}, func() error {
		var fields Metadata
		if err := json.Unmarshal(encoded, &fields); err != nil {
			return err
		}
		v := Invalid{}
		if validMetadata(v, fields); len(v) > 0 {
			lines = append(lines, line)
			wrong[act]++
		}
		return nil
	})
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	_, err = tx.Exec(ctx, `update import_plans set act = 'refuse', wrong = wrong | $4 where import_id = $1 and round = $2 and line = any($3)`,
		i.ID, i.Rehearsal, lines, wrongMetadata)
	return wrong, err
}

// finishPlan refuses what only all lines together show: the second line of the same user, and the last admin.
func finishPlan(ctx context.Context, tx pgx.Tx, i *Import) error {
	for _, twice := range []struct{ key, reason string }{
		{"user_id", refusedSameUser}, {"lower(username)", refusedSameUsername}, {"lower(email)", refusedSameEmail},
	} {
		_, err := tx.Exec(ctx, `with first as materialized (
				select `+twice.key+` as key, min(line) as line from import_plans
				where import_id = $1 and round = $2 and act in ('create', 'change', 'same') and `+twice.key+` is not null
				group by 1 having count(*) > 1
			)
			update import_plans p set act = 'refuse', reason = $3, other = first.line from first
			where p.import_id = $1 and p.round = $2 and p.act in ('create', 'change', 'same') and `+twice.key+` = first.key and p.line > first.line`,
			i.ID, i.Rehearsal, twice.reason)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `with lost as materialized (
			select p.line, u.id from import_plans p join users u on u.id = p.user_id
			where p.import_id = $1 and p.round = $2 and p.act = 'change' and p.before ->> 'role' = 'admin' and u.is_active
		)
		update import_plans set act = 'refuse', reason = $3 where import_id = $1 and round = $2 and line = (select max(line) from lost)
			and not exists (select from users where role = 'admin' and is_active and id not in (select id from lost))`,
		i.ID, i.Rehearsal, refusedLastAdmin)
	return err
}
