package models

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	publishAtOnce  = 500
	publishLooks   = 30 * time.Second       // whatever is heard, the next moment is asked for again after so long
	publishAgain   = 100 * time.Millisecond // what somebody else holds just now is tried again
	publishAnswers = 10 * time.Second
)

// PublishOnTime publishes each scheduled post at its moment, until ctx ends. Every program does: each post is published by one of
// them, and what came due while none ran is caught up with at once.
func (s *Store) PublishOnTime(ctx context.Context) {
	for {
		pause, err := s.publishDue(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("publish what is due", "error", err)
			pause = time.Second
		}
		select {
		case <-time.After(pause):
		case <-s.events.scheduled:
		case <-ctx.Done():
			return
		}
	}
}

// publishDue publishes what is due, and returns how long it is until the next.
func (s *Store) publishDue(ctx context.Context) (pause time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, publishAnswers)
	defer cancel()
	for n := publishAtOnce; n == publishAtOnce; {
		if n, err = s.publishSome(ctx); err != nil {
			return 0, err
		}
		if n > 0 {
			s.events.changed()
		}
	}
	// By the database's clock, which decides.
	var seconds *float64
	err = s.pool.QueryRow(ctx, `select extract(epoch from p.publish_at - clock_timestamp())::float8 from posts p join users u on u.id = p.user_id
		where p.status = 'scheduled' and u.is_active and (u.suspended_until is null or u.suspended_until <= clock_timestamp()) order by p.publish_at limit 1`).Scan(&seconds)
	switch {
	case err == pgx.ErrNoRows:
		return publishLooks, nil
	case err != nil:
		return 0, Explain(err)
	case *seconds <= 0:
		return publishAgain, nil
	}
	return time.Duration(min(*seconds, publishLooks.Seconds()) * float64(time.Second)), nil
}

// publishSome publishes some of what is due, each with a line in the log.
func (s *Store) publishSome(ctx context.Context) (n int, err error) {
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select post_id, post_title, at from publish_due($1)", publishAtOnce)
		if err != nil {
			return err
		}
		due, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Post, err error) {
			return p, row.Scan(&p.ID, &p.Title, &p.PublishedAt)
		})
		if err != nil {
			return err
		}
		n = len(due)
		for _, p := range due {
			if err := record(ctx, tx, entry{kind: kindPostPublish, targetKind: "post", targetID: p.ID, target: p.Title,
				details: map[string]any{"before": map[string]any{"status": StatusScheduled}, "after": map[string]any{"status": StatusPublished, "published_at": p.PublishedAt.UTC()}}}); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
