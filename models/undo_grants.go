package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// spentSince finds grants that cannot be taken back: who got them is gone or has spent too much, or nothing is left of them. Of the
// others it reads what they have, and what they would have without.
func (w *work) spentSince(ctx context.Context, b *actBatch, rows map[int64]*doneRow) error {
	return b.query(ctx, `select r.target_id, t.id::text, u.id is null, coalesce(u.credits, 0)::float8, x.remaining::float8,
			jsonb_build_object('credits', u.credits), jsonb_build_object('credits', u.credits - x.remaining),
			coalesce((select max(d.act_id) from act_rows d join acts a on a.id = d.act_id and a.target_kind = 'user'
				where d.target_id = r.target_id and d.act_id > r.act_id and d.op = 'delete'), 0)
		from act_rows r join act_transfers m using (act_id, target_id) join transfers t on t.id = m.transfer_id left join users u on u.id = r.target_id
		cross join lateral (select t.amount - coalesce(sum(v.amount), 0) as remaining from transfers v where v.reverses = t.id) x
		where r.act_id = @from and r.target_id = any(@ids)`, func(found pgx.Rows) error {
		var id, deleted int64
		var transfer string
		var gone bool
		var credits, remaining float64
		var before, after []byte
		if err := found.Scan(&id, &transfer, &gone, &credits, &remaining, &after, &before, &deleted); err != nil {
			return err
		}
		row := rows[id]
		row.before, row.after = before, after
		switch {
		case gone:
			row.why = w.kind.target.gone
			row.seeAct(deleted)
		case remaining == 0:
			row.why, row.see = Say("It was reversed by hand"), "transfer "+transfer
		case credits < remaining:
			row.why, row.see, row.seeName = Say("Has spent some: %.2f credits are there, and %.2f were granted", credits, remaining), "user "+formatID(id), row.name
		}
		return nil
	})
}
