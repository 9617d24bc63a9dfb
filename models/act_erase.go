package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// eraseAtOnce is how many images one transaction erases.
const eraseAtOnce = 5000

// eraseActs erases what was kept to take acts back, once their time is over, and the rehearsals whose day is over. The receipts
// stay: who did what to whom, when and why.
func (s *Store) eraseActs(ctx context.Context) error {
	if _, err := s.pool.Exec(ctx, `delete from rehearsals r where created_at < now() - $1::interval
		and not exists (select from acts a where a.id = r.act_id and a.state = 'running')`, rehearsalLife); err != nil {
		return Explain(err)
	}
	for {
		more := false
		if err := s.inPgx(ctx, func(tx pgx.Tx) error {
			var id int64
			err := tx.QueryRow(ctx, `select id from acts a where undo_until < now() and erased_at is null and state = 'done'
				and not exists (select from acts u where u.undoes = a.id and u.state = 'running') order by undo_until limit 1 for update skip locked`).Scan(&id)
			if more = err == nil; !more {
				if err == pgx.ErrNoRows {
					err = nil
				}
				return err
			}
			return eraseSome(ctx, tx, id)
		}); err != nil || !more {
			return err
		}
	}
}

// eraseSome erases some of the images of an act, and says on the act where these were the last.
func eraseSome(ctx context.Context, tx pgx.Tx, id int64) error {
	tag, err := tx.Exec(ctx, "delete from act_images where ctid = any(array(select ctid from act_images where act_id = $1 limit $2))", id, eraseAtOnce)
	if err != nil || tag.RowsAffected() == eraseAtOnce {
		return err
	}
	tag, err = tx.Exec(ctx, `update act_rows set before = null, after = null where act_id = $1 and target_id = any(array(
		select target_id from act_rows where act_id = $1 and (before is not null or after is not null) limit $2))`, id, eraseAtOnce)
	if err != nil || tag.RowsAffected() == eraseAtOnce {
		return err
	}
	_, err = tx.Exec(ctx, "update acts set erased_at = now() where id = $1", id)
	return err
}
