package models

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// FeedID names something of the site for readers' programs, for ever and wherever the site moves: kind and id say what it is.
func (s *Store) FeedID(ctx context.Context) (func(kind string, id int64) string, error) {
	var value string
	if err := s.pool.QueryRow(ctx, "select value from settings where name = 'site_id'").Scan(&value); err != nil {
		return nil, Explain(err)
	}
	site, err := uuid.Parse(value)
	return func(kind string, id int64) string {
		return uuid.NewSHA1(site, []byte(kind+" "+strconv.FormatInt(id, 10))).String()
	}, err
}

// ChangedAt is when this program last heard that something that readers see has changed. What it heard before it began to listen
// counts as that moment.
func (s *Store) ChangedAt() time.Time { return time.UnixMicro(s.events.changedAt.Load()) }
