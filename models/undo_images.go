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

// endings are tables whose rows say who did what, when and why, and until when it held: an undo of what made one ends it, and it stays.
var endings = []string{"comment_hides"}

// turnImages takes back what the act @from did to rows of other tables: what it made goes or ends, what it changed is as before, what
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
		if err := shape.pointLater(ctx, b, of+" and i.before is not null"); err != nil {
			return err
		}
		var set []string
		for _, column := range shape.columns {
			if column != "id" {
				set = append(set, column+" = "+shape.value(column, "t."+column))
			}
		}
		goes, became := "delete from "+table+" t using act_images i", "i.before"
		if slices.Contains(endings, table) {
			goes = "update " + table + " t set ended_at = now(), ended_by_id = (select id from users where id = @by::bigint) from act_images i"
			became = "coalesce(i.before, (select to_jsonb(t) from " + table + " t where t.id = (i.after ->> 'id')::bigint))"
		}
		for _, sql := range []string{
			goes + " where " + of + " and i.before is null and t.id = (i.after ->> 'id')::bigint",
			"update " + table + " t set " + strings.Join(set, ", ") + " from act_images i, jsonb_populate_record(null::" + table + ", i.before) p where " + of +
				" and i.before is not null and i.after is not null and t.id = p.id",
			shape.insert(of + " and i.after is null"),
			`insert into act_images (act_id, target_id, position, table_name, before, after)
				select @act, i.target_id, i.position, i.table_name, i.after, ` + became + ` from act_images i where ` + of,
		} {
			if err := b.query(ctx, sql, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// bringBack inserts the rows again, which the act @from deleted, with all that went with them, and counts that.
func (w *work) bringBack(ctx context.Context, b *actBatch, rows map[int64]*actRow) error {
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
			if err := nameAgain(ctx, b, of, table, column); err != nil {
				return err
			}
			continue
		}
		shape, err := shapeOf(ctx, b, table)
		if err != nil {
			return err
		}
		if err := shape.pointLater(ctx, b, of); err != nil {
			return err
		}
		if err := shape.bringBack(ctx, b, of, w.kind.target, rows); err != nil {
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

// imagedTables are the tables of which the act @from kept images for the rows @ids, those first that others hang on. Images of one act may be
// of several ages: where a table stands is said by what hangs on what today.
func imagedTables(ctx context.Context, b *actBatch) (tables []string, err error) {
	err = b.query(ctx, "select table_name from act_images where act_id = @from and target_id = any(@ids) group by table_name order by min(position), table_name", func(rows pgx.Rows) error {
		var table string
		err := rows.Scan(&table)
		tables = append(tables, table)
		return err
	})
	slices.SortStableFunc(tables, func(a, b string) int { return placeOf(a) - placeOf(b) })
	return tables, err
}

// placeOf is after how many others a table comes back.
func placeOf(table string) int {
	if strings.Contains(table, ".") {
		return pointersLast
	}
	return 1 + slices.IndexFunc(hangings, func(h hanging) bool { return h.table == table })
}
