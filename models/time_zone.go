package models

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// TimeZones lists the names of the time zones that both PostgreSQL and this program know.
func (s *Store) TimeZones(ctx context.Context) ([]string, error) {
	s.zonesLock.Lock()
	defer s.zonesLock.Unlock()
	if s.zones != nil {
		return s.zones, nil
	}
	rows, err := s.pool.Query(ctx, `select name from pg_timezone_names
		where name ~ '^(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/' or name = 'UTC' order by name`)
	if err != nil {
		return nil, Explain(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, Explain(err)
	}
	known := names[:0]
	for _, name := range names {
		if _, err := time.LoadLocation(name); err == nil {
			known = append(known, name)
		}
	}
	s.zones = known
	return known, nil
}
