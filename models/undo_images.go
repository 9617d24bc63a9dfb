package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// putBack sets the columns of the rows @ids back to what they were before the act @from, and so the rows of other tables that
// the act changed. The other columns stay.
func (w *work) putBack(ctx context.Context, b *actBatch) error {
	if w.kind.target == orderTarget { // of which each state is a row
		return b.query(ctx, `select t.target, t.went from (select array_agg(target_id) as ids, before ->> 'state' as state from act_rows
			where act_id = @from and target_id = any(@ids) group by 2) x cross join lateral turn_orders(x.ids, x.state, @by::bigint, '') t`, nil)
	}
	table := w.kind.target.table
	var keys []string
	if err := b.query(ctx, "select distinct k from act_rows r, jsonb_object_keys(r.before) k where r.act_id = @from and r.target_id = any(@ids) order by k", func(rows pgx.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	}); err != nil {
		return err
	}
	shape, err := shapeOf(ctx, b, table)
	if err != nil {
		return err
	}
	set := []string{"updated_at = now()"}
	for _, column := range shape.columns {
		switch {
		case column == "id" || column == "updated_at" || !slices.Contains(keys, column) || slices.Contains(keptColumns, column):
		case column == "metadata":
			set = append(set, "metadata = metadata_back(t.metadata, r.before -> 'metadata', r.after -> 'metadata')")
		default:
			set = append(set, fmt.Sprintf("%[1]s = case when r.before ? '%[1]s' then p.%[1]s else t.%[1]s end", column))
		}
	}
	if table == postTarget.table && slices.ContainsFunc(revised, func(column string) bool { return slices.Contains(keys, column) }) {
		set = append(set, "saved_by_id = @actor")
	}
	if err := b.query(ctx, "update "+table+" t set "+strings.Join(set, ", ")+" from act_rows r, jsonb_populate_record(null::"+table+`, r.before - 'metadata') p
		where r.act_id = @from and r.target_id = t.id and t.id = any(@ids)`, nil); err != nil {
		return err
	}
	if slices.Contains(keys, "role") {
		// A token may do no more than its user.
		if err := b.query(ctx, "delete from tokens k using users u where u.id = k.user_id and k.scope = 'admin' and u.role <> 'admin' and u.id = any(@ids)", nil); err != nil {
			return err
		}
	}
	if slices.Contains(keys, "password_hash") {
		if err := b.query(ctx, "delete from sessions where user_id = any(@ids)", nil); err != nil {
			return err
		}
	}
	return w.turnImages(ctx, b)
}

// turnImages takes back what the act @from did to rows of other tables: what it made goes, what it changed is as before, what
// it deleted is there again. The images of that, the other way round, go to the act @act.
func (w *work) turnImages(ctx context.Context, b *actBatch) error {
	tables, err := imagedTables(ctx, b)
	if err != nil {
		return err
	}
	for _, table := range tables {
		shape, err := shapeOf(ctx, b, table)
		if err != nil {
			return err
		}
		of := "i.act_id = @from and i.table_name = '" + table + "' and i.target_id = any(@ids)"
		if err := shape.only(ctx, b, of); err != nil {
			return err
		}
		if err := shape.pointLater(ctx, b, of+" and i.before is not null"); err != nil {
			return err
		}
		var set []string
		for _, column := range shape.columns {
			if column != "id" {
				set = append(set, column+" = "+shape.value(column))
			}
		}
		for _, sql := range []string{
			"delete from " + table + " t using act_images i where " + of + " and i.before is null and t.id = (i.after ->> 'id')::bigint",
			"update " + table + " t set " + strings.Join(set, ", ") + " from act_images i, jsonb_populate_record(null::" + table + ", i.before) p where " + of +
				" and i.before is not null and i.after is not null and t.id = p.id",
			shape.insert(of + " and i.after is null"),
			`insert into act_images (act_id, target_id, position, table_name, before, after)
				select @act, i.target_id, i.position, i.table_name, i.after, i.before from act_images i where ` + of,
		} {
			if err := b.query(ctx, sql, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// bringBack inserts the rows @ids again, which the act @from deleted, with all that went with them.
func (w *work) bringBack(ctx context.Context, b *actBatch) error {
	tables, err := imagedTables(ctx, b)
	if err == nil {
		err = b.query(ctx, "select set_config('postroom.restoring', 'on', true)", nil) // nobody is told anew of what comes back
	}
	if err != nil {
		return err
	}
	for _, table := range tables {
		of := "i.act_id = @from and i.table_name = '" + table + "' and i.target_id = any(@ids)"
		if table, column, ok := strings.Cut(table, "."); ok {
			if err := b.query(ctx, "update "+table+" t set "+column+" = i.target_id from act_images i where "+of+" and t.id = (i.before ->> 'id')::bigint and t."+column+" is null", nil); err != nil {
				return err
			}
			continue
		}
		shape, err := shapeOf(ctx, b, table)
		if err != nil {
			return err
		}
		if err := shape.only(ctx, b, of); err != nil {
			return err
		}
		if err := shape.pointLater(ctx, b, of); err != nil {
			return err
		}
		insert := shape.insert(of)
		if table == seriesTarget.table && w.kind.target == postTarget { // of each of its posts there is an image
			insert += " on conflict (id) do nothing"
		}
		if err := b.query(ctx, insert, nil); err != nil {
			return err
		}
	}
	if w.kind.target == postTarget {
		return b.query(ctx, seriesBack, nil)
	}
	if w.kind.target != userTarget {
		return nil
	}
	// The house gives back what it got when they went.
	return b.query(ctx, `select reopen_account(i.target_id, (i.before ->> 'credits')::numeric) from act_images i
		where i.act_id = @from and i.table_name = 'users' and i.target_id = any(@ids) and (i.before ->> 'credits')::numeric > 0 order by i.target_id`, nil)
}

// imagedTables are the tables of which the act @from kept images for the rows @ids, those first that others hang on.
func imagedTables(ctx context.Context, b *actBatch) (tables []string, err error) {
	err = b.query(ctx, "select table_name from act_images where act_id = @from and target_id = any(@ids) group by table_name order by min(position), table_name", func(rows pgx.Rows) error {
		var table string
		err := rows.Scan(&table)
		tables = append(tables, table)
		return err
	})
	return tables, err
}

// shape is what is known of a table: its columns that can be written, and the tables that they refer to.
type shape struct {
	table   string
	columns []string
	parents map[string]string // column → table: the row goes with that one
	names   map[string]string // column → table: emptied when that one goes
}

// shapeOf reads the shape of a table from the catalogue.
func shapeOf(ctx context.Context, b *actBatch, table string) (*shape, error) {
	s := &shape{table: table, parents: map[string]string{}, names: map[string]string{}}
	err := b.query(ctx, `select a.attname, coalesce(f.confrelid::regclass::text, ''), coalesce(f.confdeltype::text, '')
		from pg_attribute a left join pg_constraint f on f.conrelid = a.attrelid and f.contype = 'f' and f.conkey = array[a.attnum]
		where a.attrelid = '`+table+`'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum`, func(rows pgx.Rows) error {
		var column, other, how string
		if err := rows.Scan(&column, &other, &how); err != nil {
			return err
		}
		s.columns = append(s.columns, column)
		switch how {
		case "c":
			s.parents[column] = other
		case "n":
			s.names[column] = other
		}
		return nil
	})
	return s, err
}

// only leaves the columns that the images know: one that was added since has its default.
func (s *shape) only(ctx context.Context, b *actBatch, of string) error {
	var known []string
	err := b.query(ctx, "select array(select jsonb_object_keys(i.before)) from act_images i where "+of+" and i.before is not null limit 1", func(rows pgx.Rows) error {
		return rows.Scan(&known)
	})
	if known != nil {
		s.columns = slices.DeleteFunc(s.columns, func(column string) bool { return !slices.Contains(known, column) })
	}
	return err
}

// value is the value of a column as the image p has it. Whom a row names and who is gone is named no more. What triggers keep
// begins at nothing, and they count it again.
func (s *shape) value(column string) string {
	switch other, named := s.names[column]; {
	case column == "post_count" || column == "credits":
		return "0"
	case slices.Contains(keptColumns, column):
		return "null"
	case named:
		return fmt.Sprintf("(select o.id from %s o where o.id = p.%s)", other, column)
	}
	return "p." + column
}

// pointLater keeps, with the act that deleted a user whom one of these rows names, that it does: it names them again when they
// come back after it.
func (s *shape) pointLater(ctx context.Context, b *actBatch, of string) error {
	for _, column := range s.columns {
		if s.names[column] != userTarget.table {
			continue
		}
		named := "(i.before ->> '" + column + "')::bigint"
		if err := b.query(ctx, fmt.Sprintf(`insert into act_images (act_id, target_id, position, table_name, before)
			select d.act_id, %[1]s, %[2]d, '%[3]s.%[4]s', jsonb_build_object('id', i.before -> 'id') from act_images i cross join lateral (
				select max(r.act_id) as act_id from act_rows r join acts a on a.id = r.act_id and a.target_kind = 'user' and a.erased_at is null
				where r.target_id = %[1]s and r.op = 'delete' and r.undone_by is null) d
			where %[5]s and d.act_id is not null and not exists (select from users o where o.id = %[1]s)`, named, pointersLast, s.table, column, of), nil); err != nil {
			return err
		}
	}
	return nil
}

// insert makes the statement that inserts images of the table again. A row whose other parent is gone stays away.
func (s *shape) insert(of string) string {
	var columns, values []string
	var there strings.Builder
	for _, column := range s.columns {
		columns, values = append(columns, column), append(values, s.value(column))
		if parent, ok := s.parents[column]; ok {
			fmt.Fprintf(&there, " and (p.%[1]s is null or exists (select from %[2]s o where o.id = p.%[1]s))", column, parent)
		}
	}
	return fmt.Sprintf(`insert into %[1]s (%[2]s) overriding system value select %[3]s from act_images i, jsonb_populate_record(null::%[1]s, i.before) p
		where %[4]s%[5]s order by p.id`, s.table, strings.Join(columns, ", "), strings.Join(values, ", "), of, there.String())
}
