package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// shape is what is known of a table: its columns that can be written, and the tables that they refer to.
type shape struct {
	table    string
	columns  []string
	parents  map[string]string // column → table: the row goes with that one
	names    map[string]string // column → table: emptied when that one goes
	defaults map[string]string // column → SQL, where nothing else is said
	lone     []string          // columns of which no two rows have the same
	several  bool              // of one row there may be several images: each of the posts that a series went with has one
}

// shapeOf reads the shape of a table from the catalogue.
func shapeOf(ctx context.Context, b *actBatch, table string) (*shape, error) {
	s := &shape{table: table, parents: map[string]string{}, names: map[string]string{}, defaults: map[string]string{}}
	err := b.query(ctx, `select a.attname, coalesce(f.confrelid::regclass::text, ''), coalesce(f.confdeltype::text, ''), coalesce(pg_get_expr(d.adbin, d.adrelid), 'null'),
			exists (select from pg_index x where x.indrelid = a.attrelid and x.indisunique and x.indnkeyatts = 1 and x.indkey[0] = a.attnum and x.indpred is null)
		from pg_attribute a left join pg_constraint f on f.conrelid = a.attrelid and f.contype = 'f' and f.conkey = array[a.attnum]
			left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
		where a.attrelid = '`+table+`'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum`, func(rows pgx.Rows) error {
		var column, other, how, without string
		var lone bool
		if err := rows.Scan(&column, &other, &how, &without, &lone); err != nil {
			return err
		}
		s.columns, s.defaults[column] = append(s.columns, column), without
		if lone {
			s.lone = append(s.lone, column)
		}
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

// value is the value of a column as the image p has it; of one that was added since, the other one. Whom a row names and who is gone is named
// no more. What triggers keep begins at nothing, and they count it again.
func (s *shape) value(column, other string) string {
	if column == "post_count" || column == "credits" {
		return "0"
	}
	if slices.Contains(keptColumns, column) {
		return "null"
	}
	value := "p." + column
	if of, named := s.names[column]; named {
		value = fmt.Sprintf("(select o.id from %s o where o.id = p.%s)", of, column)
	}
	return fmt.Sprintf("case when i.before ? '%s' then %s else %s end", column, value, other)
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
		columns, values = append(columns, column), append(values, s.value(column, s.defaults[column]))
		if parent, ok := s.parents[column]; ok {
			fmt.Fprintf(&there, " and (p.%[1]s is null or exists (select from %[2]s o where o.id = p.%[1]s))", column, parent)
		}
	}
	twice := ""
	if s.several {
		twice = " on conflict (id) do nothing"
	}
	return fmt.Sprintf(`insert into %[1]s (%[2]s) overriding system value select %[3]s from act_images i, jsonb_populate_record(null::%[1]s, i.before) p
		where %[4]s%[5]s order by p.id%[6]s`, s.table, strings.Join(columns, ", "), strings.Join(values, ", "), of, there.String(), twice)
}
