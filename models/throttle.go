package models

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
)

// Throttle bounds how often something may be tried: at most Tries in any Window.
type Throttle struct {
	Name   string
	Tries  int
	Window time.Duration
}

// The throttles of the site's doors.
var (
	throttleAccount = Throttle{"sign-in account", 10, 15 * time.Minute}
	throttleAddress = Throttle{"sign-in address", 100, 15 * time.Minute}
	throttleSignUp  = Throttle{"sign-up address", 30, time.Hour}
	throttleLookUp  = Throttle{"sign-up look-ups", 100, 15 * time.Minute} // forms with mistakes, which are told what is taken
)

// throttleReport bounds how many posts a reader can report.
var throttleReport = Throttle{"report", 20, time.Hour}

// TooMany is the answer to who tries too often. It is said with the time to wait.
type TooMany struct {
	Wait  time.Duration
	fresh bool // some of the counted tries may still be under way, and turn out to be right
}

// Error says how long to wait.
func (t *TooMany) Error() string { return "too many tries: wait " + t.Wait.String() }

// takeBack makes a counted try uncounted: it was a right one.
type takeBack func(ctx context.Context) error

// countTry adds a try to those of the last $3 seconds, where these are fewer than $2. All of it is reckoned at one moment,
// after the row was waited for.
const countTry = `
	insert into throttles as t (key, tries, ends_at) values ($1, array[clock_timestamp()], clock_timestamp() + $3 * interval '1 second')
	on conflict (key) do update set (tries, refused, ends_at) = (
		select case when kept.n < $2 then kept.tries || c.at else kept.tries end, kept.n >= $2, c.at + $3 * interval '1 second'
		from (select clock_timestamp() as at) c, lateral (
			select coalesce(array_agg(x order by x), '{}') as tries, count(*) as n from unnest(t.tries) x where x > c.at - $3 * interval '1 second'
		) kept)
	returning refused, tries[cardinality(tries)], clock_timestamp() - tries[cardinality(tries)] < interval '1 second', extract(epoch from tries[1] + $3 * interval '1 second' - clock_timestamp())::float8`

// try counts one try at a door for who stands there. It is a single statement, so that any number of programs count
// together: the row keeps the times of the tries within the window, and takes one more only while there is room. The key
// is a keyed hash: the table tells nobody's address.
func (s *Store) try(ctx context.Context, t Throttle, who string) (takeBack, error) {
	key, err := s.throttleKey(ctx, t, who)
	if err != nil {
		return nil, err
	}
	var refused, fresh bool
	var last time.Time
	var wait float64
	err = again(ctx, func() error {
		return s.pool.QueryRow(ctx, countTry, key, t.Tries, t.Window.Seconds()).Scan(&refused, &last, &fresh, &wait)
	})
	if err != nil {
		return nil, err
	}
	if refused {
		return nil, &TooMany{max(time.Second, time.Duration(math.Ceil(wait))*time.Second), fresh}
	}
	return func(ctx context.Context) error {
		return again(ctx, func() error {
			_, err := s.pool.Exec(ctx, `update throttles set tries = tries[:array_position(tries, $2) - 1] || tries[array_position(tries, $2) + 1:]
				where key = $1 and $2 = any(tries)`, key, last)
			return err
		})
	}, nil
}

// tryPatiently is try for doors at which right tries are taken back: while those before may still be taken back, it asks
// again for a moment, so that many right ones at once all get through.
func (s *Store) tryPatiently(ctx context.Context, t Throttle, who string) (takeBack, error) {
	for n := 0; ; n++ {
		back, err := s.try(ctx, t, who)
		var tooMany *TooMany
		if !errors.As(err, &tooMany) || !tooMany.fresh || n == 10 {
			return back, err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return nil, err
		}
	}
}

func (s *Store) throttleKey(ctx context.Context, t Throttle, who string) ([]byte, error) {
	secret, err := s.siteSecret(ctx)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t.Name + "\x00" + who))
	return mac.Sum(nil)[:16], nil
}

// siteSecret is made once and kept in the database, so that every program of the site has the same.
func (s *Store) siteSecret(ctx context.Context) ([]byte, error) {
	s.secretLock.Lock()
	defer s.secretLock.Unlock()
	if s.secret != nil {
		return s.secret, nil
	}
	_, err := s.pool.Exec(ctx, `insert into settings (name, value) values ('session_secret', $1) on conflict do nothing`, newToken())
	if err != nil {
		return nil, Explain(err)
	}
	var secret string
	if err := s.pool.QueryRow(ctx, `select value from settings where name = 'session_secret'`).Scan(&secret); err != nil && err != pgx.ErrNoRows {
		return nil, Explain(err)
	}
	s.secret = []byte(secret)
	return s.secret, nil
}
