package models

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"postroom/models/csv"
)

// ImportLine is what a line of the file would do.
type ImportLine struct {
	Line                  int64
	UserID                int64 // whom it matches; 0: nobody
	Username, Name, Email string
	Changes               []ImportChange
	Problems              []ImportProblem
}

// ImportChange is a field that would change. nil is none.
type ImportChange struct {
	Field     string
	Own       bool // it is a field of the user's own
	Now, Then *string
}

// ImportLines lists the lines that the rehearsal found to create or change users, or to be refused, after a line; more is true
// where others follow.
func (s *Store) ImportLines(ctx context.Context, i *Import, act string, after int64, limit int) (list []ImportLine, more bool, err error) {
	rows, err := s.pool.Query(ctx, `select p.line, coalesce(p.user_id, 0), coalesce(u.username, p.username, ''), coalesce(u.name, p.name, ''), coalesce(p.email, ''),
			p.before, p.after, l.cells, l.problem, l.problem_column, p.wrong, p.reason, p.other, p.named, p.metadata
		from import_plans p join import_lines l using (import_id, line) left join users u on u.id = p.user_id
		where p.import_id = $1 and p.round = $2 and p.act = $3 and p.line > $4 order by p.line limit $5`, i.ID, i.Rehearsal, act, after, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (ImportLine, error) {
		var l ImportLine
		var r refusedLine
		var before, then Metadata
		err := row.Scan(&l.Line, &l.UserID, &l.Username, &l.Name, &l.Email, &before, &then, &r.cells, &r.problem, &r.problemColumn, &r.wrong, &r.reason, &r.other, &r.named, &r.metadata)
		if err != nil {
			return l, err
		}
		switch act {
		case "change":
			l.Changes = changesOf(before, then)
		case "refuse":
			l.Problems = r.problems(i)
		}
		return l, nil
	})
	if len(list) > limit {
		list, more = list[:limit], true
	}
	return list, more, Explain(err)
}

// changesOf lists what changes, field by field.
func changesOf(before, then Metadata) []ImportChange {
	var list []ImportChange
	for _, field := range ImportFields {
		if _, changed := then[field]; changed && field != "metadata" {
			list = append(list, ImportChange{field, false, shown(before[field]), shown(then[field])})
		}
	}
	was, _ := before["metadata"].(map[string]any)
	is, _ := then["metadata"].(map[string]any)
	var own []ImportChange
	for name, value := range is {
		own = append(own, ImportChange{name, true, shown(was[name]), shown(value)})
	}
	slices.SortFunc(own, func(a, b ImportChange) int { return strings.Compare(a.Field, b.Field) })
	return append(list, own...)
}

// shown is a value as text; nil for none.
func shown(value any) *string {
	if value == nil {
		return nil
	}
	text, is := value.(string)
	if !is {
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil
		}
		text = string(encoded)
	}
	text = glimpse(text)
	return &text
}

// WriteImportErrors writes the refused lines as a table like the file, with a column reason before the others: mended, it can be
// uploaded again. A line that could not be cut into cells stays as it is, so that it is refused again unless it is mended. They are
// kept for a week.
func (s *Store) WriteImportErrors(ctx context.Context, i *Import, w io.Writer, say func(Sentence) string) error {
	if !i.HasLines() {
		return ErrNotFound
	}
	rows, err := s.pool.Query(ctx, `select p.line, l.cells, l.problem, l.problem_column, p.wrong, p.reason, p.other, p.named, p.metadata
		from import_plans p join import_lines l using (import_id, line)
		where p.import_id = $1 and p.round = $2 and p.act = 'refuse' order by p.line`, i.ID, i.Rehearsal)
	if err != nil {
		return Explain(err)
	}
	out := csv.NewWriter(w, i.Format)
	heading := []string{"reason"}
	old := slices.IndexFunc(i.Columns, func(c ImportColumn) bool { return c.Why == whyReason }) // from an earlier import
	for n, column := range i.Columns {
		if n != old {
			heading = append(heading, column.Name)
		}
	}
	if err := out.Write(heading); err != nil {
		rows.Close()
		return err
	}
	var r refusedLine
	_, err = pgx.ForEachRow(rows, []any{&r.line, &r.cells, &r.problem, &r.problemColumn, &r.wrong, &r.reason, &r.other, &r.named, &r.metadata}, func() error {
		var reasons []string
		for _, p := range r.problems(i) {
			reason := say(p.Say)
			if p.Column != "" {
				reason = p.Column + ": " + reason
			}
			reasons = append(reasons, reason)
		}
		cells := r.cells
		if old >= 0 && old < len(cells) {
			cells = slices.Delete(slices.Clone(cells), old, old+1)
		}
		return out.Write(append([]string{strings.Join(reasons, " ")}, cells...))
	})
	return Explain(err)
}
