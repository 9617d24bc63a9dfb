package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// ActsOn lists the newest acts that touched the user, or the post, of an id.
func (s *Store) ActsOn(ctx context.Context, by *User, target string, id int64, limit int) ([]*Act, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, "select "+actColumns+` from acts where id in (
			select r.act_id from act_rows r join acts a on a.id = r.act_id where r.target_id = $2 and a.target_kind = $1 order by r.act_id desc limit $3)
		order by id desc`, target, id, limit)
	if err != nil {
		return nil, Explain(err)
	}
	acts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Act, error) { return scanAct(row) })
	return acts, Explain(err)
}
