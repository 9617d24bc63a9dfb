package models

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A row may hang on two others, such as a comment on its post and on its author. Where both were deleted, one after the other, and only the
// one comes back that took the row along, the row waits for the other one: its image goes on to the act that deleted that one.

// waiting is how the counts of an undo say how many rows wait.
const waiting = "waiting"

// bringBack inserts the images again, counts what is back among what went along with the rows, and sees that the others wait.
func (s *shape) bringBack(ctx context.Context, b *actBatch, of string, target *actTarget, rows map[int64]*actRow) error {
	s.several = s.table == seriesTarget.table && target == postTarget
	left, err := s.insertCounting(ctx, b, of, s.several || s.table == target.table, rows)
	if err != nil || !left {
		return err
	}
	if s.table == target.table {
		return &Conflict{Say: SayInTheWay} // what it hangs on went just now
	}
	away := of + isAway(s.table)
	if err := awaitActs(ctx, b, s.takers(away)); err != nil {
		return err
	}
	if left, err = s.insertCounting(ctx, b, away, s.several, rows); err != nil || !left {
		return err
	}
	return b.query(ctx, fmt.Sprintf(`with handed as (insert into act_images (act_id, target_id, position, table_name, before)
			select distinct on (x.image) x.act_id, x.target_id, %d, '%s', x.before from (%s) x order by x.image, x.act_id desc returning (before ->> 'id')::bigint as id)
		select i.target_id, jsonb_build_object('%s', count(*)) from act_images i join handed h on h.id = (i.before ->> 'id')::bigint where %s group by 1`,
		placeOf(s.table), s.table, s.takers(away), waiting, of), func(found pgx.Rows) error { return addWent(found, rows) })
}

// insertCounting inserts the images whose parents are there, and adds them to what went along with the rows, unless they are not to be
// counted. left: some stay away.
func (s *shape) insertCounting(ctx context.Context, b *actBatch, of string, uncounted bool, rows map[int64]*actRow) (left bool, err error) {
	err = b.query(ctx, fmt.Sprintf(`with there as (%s returning id),
			back as (select i.target_id, i.before ->> 'status' as note, t.id is null as away from act_images i left join there t on t.id = (i.before ->> 'id')::bigint where %s)
		select target_id, case when not away then %s end from back group by target_id, away`, s.insert(of), of, countGone(s.table)), func(found pgx.Rows) error {
		var id int64
		var went map[string]int64
		err := found.Scan(&id, &went)
		if left = left || went == nil; !uncounted {
			rows[id].add(went)
		}
		return err
	})
	return left, err
}

// isAway is the condition that the row of an image is not there.
func isAway(table string) string {
	return " and not exists (select from " + table + " t where t.id = (i.before ->> 'id')::bigint)"
}

// awaitActs waits for who takes back just now what the query names; from then on it stays as it is until this is done.
func awaitActs(ctx context.Context, b *actBatch, query string) error {
	return b.query(ctx, "select from act_rows l where (l.act_id, l.target_id) in (select x.act_id, x.target_id from ("+query+") x) order by act_id, target_id for no key update", nil)
}

// goneBy makes the query of the acts that deleted the row of a table which a column of the images names, each with a row of its own that is
// not taken back.
func goneBy(table, column, of string) string {
	return fmt.Sprintf(`select i.ctid as image, i.before, i.target_id as named, g.ctid as parent, r.act_id, r.target_id from act_images i
		join act_images g on g.table_name = '%s' and (g.before ->> 'id')::bigint = (i.before ->> '%s')::bigint and g.after is null
		join act_rows r on r.act_id = g.act_id and r.target_id = g.target_id and r.op = 'delete' and r.undone_by is null
		join acts a on a.id = r.act_id and a.undo_until > now() and a.erased_at is null
		where %s and (r.act_id <> @from or r.target_id <> all(@ids))`, table, column, of)
}

// takers makes the query of the images that could go on, and of the acts that they could go to: each deleted a parent of the row.
func (s *shape) takers(of string) string {
	var queries []string
	for _, column := range slices.Sorted(maps.Keys(s.parents)) {
		of := of
		if slices.Contains(s.lone, column) { // another has its place there
			of += fmt.Sprintf(" and not exists (select from act_images o where o.act_id = r.act_id and o.target_id = r.target_id and o.table_name = '%s' and o.before ->> '%s' = i.before ->> '%[2]s')", s.table, column)
		}
		queries = append(queries, goneBy(s.parents[column], column, of))
	}
	return strings.Join(queries, " union all ")
}

// nameAgain has the rows of the images name whom they named, in the column. Of a row that is away its image does: it was emptied before the
// row went.
func nameAgain(ctx context.Context, b *actBatch, of, table, column string) error {
	away := false
	if err := b.query(ctx, "select exists (select from act_images i where "+of+isAway(table)+")", func(rows pgx.Rows) error { return rows.Scan(&away) }); err != nil {
		return err
	}
	images := goneBy(table, "id", of+isAway(table))
	if away {
		if err := awaitActs(ctx, b, images); err != nil {
			return err
		}
	}
	err := b.query(ctx, "update "+table+" t set "+column+" = i.target_id from act_images i where "+of+" and t.id = (i.before ->> 'id')::bigint and t."+column+" is null", nil)
	if err != nil || !away {
		return err
	}
	return b.query(ctx, fmt.Sprintf("update act_images g set before = g.before || jsonb_build_object('%s', x.named) from (%s) x where g.ctid = x.parent and g.before ->> '%[1]s' is null", column, images), nil)
}
