package models_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models/modelstest"
)

// writes adds published posts of the user, so many days ago each.
func writes(t *testing.T, conn *pgx.Conn, user int64, daysAgo ...float64) {
	t.Helper()
	run(t, conn, `insert into posts (user_id, title, content, status, published_at)
		select $1, 'T', 'c', 'published', now() - d * interval '1 day' from unnest($2::double precision[]) d`, user, daysAgo)
}

// silence is what is kept of the user's gaps: the median in days, and how many days ago the last return was.
func silence(t *testing.T, conn *pgx.Conn, user int64) string {
	t.Helper()
	return ask[string](t, conn, `select concat_ws(' ', coalesce(round((median_gap / 86400)::numeric, 2)::text, '-'),
		coalesce(round(extract(epoch from now() - back_at) / 86400, 1)::text, '-')) from users where id = $1`, user)
}

func TestTheMedianGapAndTheReturnAreKept(t *testing.T) {
	store, conn := behind(t)
	for _, try := range []struct {
		days []float64
		want string
	}{
		{nil, "- -"},
		{[]float64{5}, "- -"},
		{[]float64{5, 4}, "- -"},                                         // two posts have one gap, and no habit
		{[]float64{10, 7, 6}, "2.00 -"},                                  // gaps of 3 and 1
		{[]float64{7, 10, 6}, "2.00 -"},                                  // whatever the order of writing
		{[]float64{100, 99, 98, 97}, "1.00 -"},                           //
		{[]float64{100, 99, 98, 60}, "1.00 60.0"},                        // 38 days, after three posts
		{[]float64{100, 99, 60, 59}, "1.00 -"},                           // the silence came after two posts only
		{[]float64{100, 99, 98, 69}, "1.00 -"},                           // 29 days are no silence
		{[]float64{300, 280, 260, 240, 200, 180}, "20.00 -"},             // 40 days are no silence for who writes every 20
		{[]float64{300, 280, 260, 240, 170, 150}, "20.00 170.0"},         // 70 days are
		{[]float64{300, 299, 298, 200, 199, 198, 100, 99}, "1.00 100.0"}, // the last return counts
		{[]float64{50, 50, 50, 10}, "0.00 10.0"},                         // all at once, then 40 days
	} {
		user := modelstest.User(t, store)
		writes(t, conn, user.ID, try.days...)
		if got := silence(t, conn, user.ID); got != try.want {
			t.Errorf("%v: %s, not %s", try.days, got, try.want)
		}
		for range try.days { // one by one it comes to the same
			run(t, conn, `with gone as (delete from posts where id = (select min(id) from posts where user_id = $1) returning *)
				insert into posts (user_id, title, content, status, published_at) select user_id, title, content, status, published_at from gone`, user.ID)
			if got := silence(t, conn, user.ID); got != try.want {
				t.Errorf("%v, one by one: %s, not %s", try.days, got, try.want)
			}
		}
	}
	proven(t, store, "writing")
}

func TestTheReturnGoesWithThePostThatMadeIt(t *testing.T) {
	store, conn := behind(t)
	user, other := modelstest.User(t, store), modelstest.User(t, store)
	writes(t, conn, user.ID, 100, 99, 98, 20)
	back := func(want string) {
		t.Helper()
		if got := silence(t, conn, user.ID); got != want {
			t.Errorf("%s, not %s", got, want)
		}
		proven(t, store, want)
	}
	last := `(select id from posts where user_id = $1 order by published_at desc limit 1)`
	back("1.00 20.0")
	run(t, conn, `update posts set status = 'draft' where id = `+last, user.ID)
	back("1.00 -")
	run(t, conn, `update posts set status = 'published' where user_id = $1`, user.ID)
	back("1.00 20.0")
	run(t, conn, `update posts set user_id = $2 where id = `+last, user.ID, other.ID)
	back("1.00 -")
	run(t, conn, `update posts set user_id = $1`, user.ID)
	back("1.00 20.0")
	run(t, conn, `update posts set published_at = published_at - interval '70 days' where id = `+last, user.ID)
	back("1.00 -")
	run(t, conn, `delete from posts where id = `+last, user.ID)
	back("1.00 -")
	run(t, conn, `update posts set published_at = 'infinity' where id = `+last, user.ID)
	back("- -")
	run(t, conn, `truncate posts cascade`)
	back("- -")
}

// A plan is made for the first statement of a connection and kept: many rows after one, and one after many.
func TestManyRowsAfterOneAndOneAfterMany(t *testing.T) {
	_, conn := behind(t)
	makeUsers(t, conn, 1)
	run(t, conn, `update users set name = 'B'`)
	makeMany := `insert into users (username, name, email) select 'many-' || i, 'M', 'm' || i || '@x' from generate_series(1, 5000) i`
	run(t, conn, makeMany)
	writes(t, conn, 1, 3, 2, 1)
	run(t, conn, `set statement_timeout = '10s'`) // a join of all with all takes longer
	for _, sql := range []string{
		`insert into posts (user_id, title, content, status, published_at) select u.id, 'T', 'c', 'published', now() - n * interval '1 day' from users u, generate_series(1, 4) n`,
		`update posts set published_at = published_at - interval '1 day'`,
		`update users set name = name || 'x'`,
		`delete from posts where id % 4 = 0`,
		`delete from users where id > 10`,
	} {
		run(t, conn, sql)
	}
	start := time.Now()
	for range 50 {
		writes(t, conn, 1, 0.5)
	}
	if took := time.Since(start) / 50; took > 20*time.Millisecond {
		t.Errorf("a post takes %v", took)
	}
}
