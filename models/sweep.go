package models

import (
	"context"
	"time"
)

// Sweep removes what has ended: sessions, links, throttled attempts, rehearsals, what was kept to take acts back, old notices
// and the addresses of the log; it folds the figures, begins the monthly allowance on its day, and takes up jobs that a program left
// behind. Any number of programs may sweep at the same time.
func (s *Store) Sweep(ctx context.Context) error {
	for _, statement := range []string{
		`delete from sessions where expires_at < now()`,
		`delete from links where expires_at < now()`,
		`delete from throttles where ends_at < now()`,
		`delete from held_forms where created_at < now() - interval '1 day'`,
		`delete from ended_sessions where ended_at < now() - interval '30 days'`,
		`select expire_addresses()`,
	} {
		if _, err := s.pool.Exec(ctx, statement); err != nil {
			return Explain(err)
		}
	}
	if _, err := s.pool.Exec(ctx, `delete from events where at < now() - make_interval(secs => $1)`, eventsLife.Seconds()); err != nil {
		return Explain(err)
	}
	if err := s.beginAllowance(ctx); err != nil {
		return err
	}
	if err := s.resumeJobs(ctx); err != nil {
		return err
	}
	if err := s.eraseTagMoves(ctx); err != nil {
		return err
	}
	if err := s.eraseNotices(ctx); err != nil {
		return err
	}
	if err := s.eraseActs(ctx); err != nil {
		return err
	}
	if err := s.sweepFiles(ctx); err != nil {
		return err
	}
	if err := s.foldFigures(ctx); err != nil {
		return err
	}
	_, err := s.pool.Exec(ctx, "select fold_circulation()")
	return Explain(err)
}

// SweepEvery sweeps now and then until ctx ends.
func (s *Store) SweepEvery(ctx context.Context, pause time.Duration) {
	limited, cancel := context.WithTimeout(ctx, jobLife)
	if err := s.keepZone(limited); err != nil && ctx.Err() == nil {
		s.log.Warn("the time zone of the ledger's months", "error", err)
	}
	cancel()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		limited, cancel := context.WithTimeout(ctx, time.Minute)
		if err := s.Sweep(limited); err != nil && ctx.Err() == nil {
			s.log.Warn("sweep", "error", err)
		}
		cancel()
	}
}
