package models

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// SiteStats are the figures of the whole site.
type SiteStats struct {
	Users     int64 // every row of users
	Active    int64 // neither deactivated nor suspended
	Posts     int64 // published, for anyone to read
	Members   int64 // published for who is signed in
	Unlisted  int64 // published for who has the address
	Scheduled int64
	Drafts    int64
	Ages      int64    // how many gave their age
	AvgAge    *float64 // of those; nil where nobody did
	Newest    *User    // who signed up last; nil where there is nobody
}

// Published counts the posts of whatever readers.
func (s *SiteStats) Published() int64 { return s.Posts + s.Members + s.Unlisted }

// AllPosts counts the posts of whatever state.
func (s *SiteStats) AllPosts() int64 { return s.Published() + s.Scheduled + s.Drafts }

// SiteStats reads the kept figures, and counts who is suspended: its cost does not grow with the site.
func (s *Store) SiteStats(ctx context.Context) (*SiteStats, error) {
	stats := &SiteStats{}
	newest := &User{}
	var inactive, suspended, ageSum int64
	var id *int64
	var username, name *string
	var created *time.Time
	err := s.pool.QueryRow(ctx, `
		with f as (
			select kind, sum(n)::bigint as n from (
				select kind, n from figures where bucket = '-infinity' and kind in ('users', 'inactive_users', 'posts', 'members', 'unlisted', 'scheduled', 'drafts', 'ages', 'age_sum')
				union all
				select kind, n from figure_deltas where bucket = '-infinity'
			) x group by kind
		), newest as (select id, username, name, created_at from users order by created_at desc, id desc limit 1)
		select coalesce(sum(n) filter (where kind = 'users'), 0)::bigint, coalesce(sum(n) filter (where kind = 'inactive_users'), 0)::bigint,
			coalesce(sum(n) filter (where kind = 'posts'), 0)::bigint, coalesce(sum(n) filter (where kind = 'members'), 0)::bigint,
			coalesce(sum(n) filter (where kind = 'unlisted'), 0)::bigint, coalesce(sum(n) filter (where kind = 'scheduled'), 0)::bigint,
			coalesce(sum(n) filter (where kind = 'drafts'), 0)::bigint,
			coalesce(sum(n) filter (where kind = 'ages'), 0)::bigint, coalesce(sum(n) filter (where kind = 'age_sum'), 0)::bigint,
			(select count(*) from users where `+sqlSuspended+`), (select id from newest), (select username from newest), (select name from newest), (select created_at from newest)
		from f`).Scan(&stats.Users, &inactive, &stats.Posts, &stats.Members, &stats.Unlisted, &stats.Scheduled, &stats.Drafts, &stats.Ages, &ageSum, &suspended, &id, &username, &name, &created)
	if err != nil {
		return nil, Explain(err)
	}
	stats.Active = stats.Users - inactive - suspended
	if stats.Ages > 0 {
		average := float64(ageSum) / float64(stats.Ages)
		stats.AvgAge = &average
	}
	if id != nil {
		newest.ID, newest.Username, newest.Name, newest.CreatedAt = *id, *username, *name, *created
		stats.Newest = newest
	}
	return stats, nil
}

// Day is what happened on one day.
type Day struct {
	Date           time.Time // its midnight, in the zone asked for
	SignUps, Posts int64
}

// Days counts sign-ups and posts of the last days, today included, by the days of the zone.
func (s *Store) Days(ctx context.Context, days int, now time.Time, zone *time.Location) ([]Day, error) {
	now = now.In(zone)
	list, midnights := make([]Day, days), make([]time.Time, days)
	for i := range list {
		midnights[i] = dayBegins(now, i-days+1)
		list[i].Date = midnights[i]
	}
	// To search the midnights is half as dear as to make each bucket a date.
	rows, err := s.pool.Query(ctx, `
		select kind, width_bucket(bucket, $1::timestamptz[]), sum(n)::bigint from (
			select kind, bucket, n from figures where kind in ('sign_ups', 'published') and bucket >= $2 and bucket < $3
			union all
			select kind, bucket, n from figure_deltas where kind in ('sign_ups', 'published') and bucket >= $2 and bucket < $3
		) x group by 1, 2`, midnights, midnights[0], dayBegins(now, 1))
	if err != nil {
		return nil, Explain(err)
	}
	var kind string
	var day int
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&kind, &day, &n}, func() error {
		if kind == "sign_ups" {
			list[day-1].SignUps = n
		} else {
			list[day-1].Posts = n
		}
		return nil
	})
	return list, Explain(err)
}

// dayBegins is the midnight so many days after now. Where the clocks go forward at midnight the day begins at one.
func dayBegins(now time.Time, days int) time.Time {
	at := func(hour int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, hour, 0, 0, 0, now.Location())
	}
	if begin := at(0); begin.Day() == at(12).Day() {
		return begin
	}
	return at(1)
}

// TopUsers are the users with the most posts; who has none is not among them.
func (s *Store) TopUsers(ctx context.Context, limit int) ([]User, error) {
	rows, err := s.pool.Query(ctx, `select id, username, name, post_count, last_post_at from users where post_count > 0
		order by post_count desc, id desc limit $1`, limit)
	if err != nil {
		return nil, Explain(err)
	}
	users, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u User, err error) {
		return u, row.Scan(&u.ID, &u.Username, &u.Name, &u.PostCount, &u.LastPostAt)
	})
	return users, Explain(err)
}

// foldFigures adds the waiting deltas to the figures. One program at a time does it; the others need not wait.
func (s *Store) foldFigures(ctx context.Context) error {
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, "select pg_try_advisory_xact_lock(hashtext('postroom figures'))").Scan(&mine); err != nil || !mine {
			return err
		}
		_, err := tx.Exec(ctx, `
			with waiting as (delete from figure_deltas returning kind, bucket, n)
			insert into figures as f (kind, bucket, n) select kind, bucket, sum(n) from waiting group by kind, bucket
			on conflict (kind, bucket) do update set n = f.n + excluded.n`)
		return err
	})
}
