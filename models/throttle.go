package models

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
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
)

// TooMany is the answer to who tries too often. It is said with the time to wait.
type TooMany struct{ Wait time.Duration }

// Error says how long to wait.
func (t *TooMany) Error() string { return "too many tries: wait " + t.Wait.String() }

// try counts one try at a door for who stands there. It is a single statement, so that any number of programs count
// together: the row keeps the times of the tries within the window, and takes one more only while there is room. The key
// is a keyed hash: the table tells nobody's address.
func (s *Store) try(ctx context.Context, t Throttle, who string) error {
	key, err := s.throttleKey(ctx, t, who)
	if err != nil {
		return err
	}
	var wait float64
	err = s.pool.QueryRow(ctx, `
		insert into throttles as t (key, tries, ends_at) values ($1, array[clock_timestamp()], now() + $3 * interval '1 second')
		on conflict (key) do update set
			tries = array(select x from unnest(t.tries) x where x > clock_timestamp() - $3 * interval '1 second' order by x)
				|| case when (select count(*) from unnest(t.tries) x where x > clock_timestamp() - $3 * interval '1 second') < $2
					then array[clock_timestamp()] else array[]::timestamptz[] end,
			refused = (select count(*) from unnest(t.tries) x where x > clock_timestamp() - $3 * interval '1 second') >= $2,
			ends_at = now() + $3 * interval '1 second'
		returning case when refused then extract(epoch from tries[1] + $3 * interval '1 second' - clock_timestamp())::float8 else 0 end`,
		key, t.Tries, t.Window.Seconds()).Scan(&wait)
	if err != nil {
		return Explain(err)
	}
	if wait > 0 {
		return &TooMany{Wait: time.Duration(wait*float64(time.Second)).Round(time.Second) + time.Second}
	}
	return nil
}

// untry takes the last counted try back: it was a right one.
func (s *Store) untry(ctx context.Context, t Throttle, who string) error {
	key, err := s.throttleKey(ctx, t, who)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `update throttles set tries = trim_array(tries, 1) where key = $1 and cardinality(tries) > 0`, key)
	return Explain(err)
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
