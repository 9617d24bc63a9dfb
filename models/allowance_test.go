package models_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// calendar is a clock that a test moves. It starts at 15 January 2027, 12:00.
type calendar struct{ at atomic.Int64 }

func newCalendar() *calendar {
	c := &calendar{}
	c.set("2027-01-15 12:00")
	return c
}

func (c *calendar) set(moment string) {
	at, err := time.Parse("2006-01-02 15:04", moment)
	if err != nil {
		panic(err)
	}
	c.at.Store(at.Unix())
}

func (c *calendar) now() time.Time { return time.Unix(c.at.Load(), 0) }

// program opens a Store that goes by the calendar, in a zone.
func (c *calendar) program(t testing.TB, address, zone string) *models.Store {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	store, err := models.Open(modelstest.Context(t), models.Options{URL: address, Clock: c.now, Zone: location})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

// swept sweeps, and waits until nothing is being given.
func swept(t testing.TB, conn *pgx.Conn, stores ...*models.Store) {
	t.Helper()
	for _, store := range stores {
		if err := store.Sweep(modelstest.Context(t)); err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		if ask[int](t, conn, "select count(*) from allowance_months where state = 'running'") == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("it never ends")
}

// allowances says what was given, month by month.
func allowances(t testing.TB, conn *pgx.Conn) string {
	t.Helper()
	return ask[string](t, conn, `select coalesce(string_agg(format('%s: %s × %s', to_char(m.month, 'MM'), m.given, m.amount), ', ' order by m.month), '') || format('; %s transfers of %s',
		(select count(*) from transfers where kind = 'allowance'), (select coalesce(sum(amount), 0) from transfers where kind = 'allowance')) from allowance_months m`)
}

func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

func allow(t testing.TB, store *models.Store, by *models.User, credits, from string) {
	t.Helper()
	a, err := store.Allowance(modelstest.Context(t), by)
	if err == nil {
		in := models.NewAllowance{Amount: amount(credits), Seen: a.Terms.ID}
		if from != "" {
			in.From = day(from)
		}
		err = store.SetAllowance(modelstest.Context(t), by, in)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheAllowanceIsGivenOnceAMonthWhoeverAsks(t *testing.T) {
	address := modelstest.URL(t)
	conn, calendar := modelstest.SQL(t, address), newCalendar()
	first, second := calendar.program(t, address, "UTC"), calendar.program(t, address, "UTC")
	admin, ann := modelstest.Admin(t, first), modelstest.User(t, first)
	off, out := modelstest.User(t, first), modelstest.User(t, first)
	run(t, conn, "update users set is_active = false where id = $1", off.ID)
	run(t, conn, "insert into suspensions (user_id, reason, until) values ($1, 'x', now() + interval '9 days')", out.ID)

	swept(t, conn, first, second)
	if got := allowances(t, conn); got != "; 0 transfers of 0" {
		t.Fatal("without any: ", got)
	}
	allow(t, first, admin, "10", "2027-01-31")
	swept(t, conn, first, second)
	a, err := second.Allowance(modelstest.Context(t), admin)
	if err != nil || a.Last != nil || !a.Next.Equal(day("2027-01-31")) || a.Users != 2 || a.Terms.By != admin.Username {
		t.Fatalf("%+v %v", a, err)
	}
	for _, step := range []struct{ at, want, next string }{
		{"2027-01-30 23:59", "; 0 transfers of 0", "2027-01-31"},
		{"2027-01-31 00:00", "01: 2 × 10.00; 2 transfers of 20.00", "2027-02-28"},
		{"2027-02-27 23:59", "01: 2 × 10.00; 2 transfers of 20.00", "2027-02-28"},
		{"2027-02-28 00:01", "01: 2 × 10.00, 02: 2 × 10.00; 4 transfers of 40.00", "2027-03-31"},
		// The clock goes back, and on again.
		{"2027-01-31 08:00", "01: 2 × 10.00, 02: 2 × 10.00; 4 transfers of 40.00", "2027-03-31"},
		{"2027-03-01 08:00", "01: 2 × 10.00, 02: 2 × 10.00; 4 transfers of 40.00", "2027-03-31"},
		// The site was off in April.
		{"2027-03-31 08:00", "01: 2 × 10.00, 02: 2 × 10.00, 03: 2 × 10.00; 6 transfers of 60.00", "2027-04-30"},
		{"2027-05-30 08:00", "01: 2 × 10.00, 02: 2 × 10.00, 03: 2 × 10.00; 6 transfers of 60.00", "2027-05-31"},
		{"2027-06-01 08:00", "01: 2 × 10.00, 02: 2 × 10.00, 03: 2 × 10.00; 6 transfers of 60.00", "2027-06-30"},
	} {
		calendar.set(step.at)
		// Two programs sweep at the same time, again and again.
		for range 3 {
			go func() { _ = first.Sweep(context.Background()) }()
			swept(t, conn, second, first)
		}
		a, err := first.Allowance(modelstest.Context(t), admin)
		if got := allowances(t, conn); err != nil || got != step.want || a.Next.Format(time.DateOnly) != step.next {
			t.Errorf("at %s: %s, next %s, %v", step.at, got, a.Next, err)
		}
	}
	if credits(t, conn, ann) != "30.00" || credits(t, conn, off) != "0.00" || credits(t, conn, out) != "0.00" {
		t.Error(credits(t, conn, ann), credits(t, conn, off), credits(t, conn, out))
	}
	if got := ask[string](t, conn, "select string_agg(format('%s %s', actor, details - 'user_agent'), '|' order by id) from audit where kind = 'allowance.give'"); got !=
		` {"month": "2027-01", "users": 2, "amount": "10.00", "passed": 0, "credits": "20.00"}| {"month": "2027-02", "users": 2, "amount": "10.00", "passed": 0, "credits": "20.00"}| {"month": "2027-03", "users": 2, "amount": "10.00", "passed": 0, "credits": "20.00"}` {
		t.Error(got)
	}
	proven(t, first, "all months")
}

func TestWhoJoinsLaterInTheMonthGetsTheAllowanceFromTheNextMonthOn(t *testing.T) {
	address := modelstest.URL(t)
	conn, calendar := modelstest.SQL(t, address), newCalendar()
	store := calendar.program(t, address, "UTC")
	admin, off := modelstest.Admin(t, store), modelstest.User(t, store)
	run(t, conn, "update users set is_active = false where id = $1", off.ID)
	allow(t, store, admin, "2.5", "2027-01-15")
	swept(t, conn, store)
	run(t, conn, "update users set is_active = true where id = $1", off.ID)
	ann := modelstest.User(t, store)
	swept(t, conn, store)
	if got := allowances(t, conn); got != "01: 1 × 2.50; 1 transfers of 2.50" || credits(t, conn, ann) != "0.00" || credits(t, conn, off) != "0.00" {
		t.Error(got)
	}
	calendar.set("2027-02-15 00:00")
	swept(t, conn, store)
	if got := allowances(t, conn); got != "01: 1 × 2.50, 02: 3 × 2.50; 4 transfers of 10.00" || credits(t, conn, ann) != "2.50" || credits(t, conn, off) != "2.50" {
		t.Error(got)
	}
}

func TestTheMonthOfTheAllowanceBeginsInTheZoneOfTheSite(t *testing.T) {
	address := modelstest.URL(t)
	conn, calendar := modelstest.SQL(t, address), newCalendar()
	store := calendar.program(t, address, "Asia/Tokyo")
	admin := modelstest.Admin(t, store)
	allow(t, store, admin, "1", "2027-02-01")
	calendar.set("2027-01-31 14:59")
	swept(t, conn, store)
	before := allowances(t, conn)
	calendar.set("2027-01-31 15:00") // midnight in Tokyo
	swept(t, conn, store)
	if after := allowances(t, conn); before != "; 0 transfers of 0" || after != "02: 1 × 1.00; 1 transfers of 1.00" {
		t.Error(before, after)
	}
}

func TestAnAllowanceThatBreaksOffGoesOnWhereItWas(t *testing.T) {
	address := modelstest.URL(t)
	conn, blocker := modelstest.SQL(t, address), modelstest.SQL(t, address)
	ctx, calendar := modelstest.Context(t), newCalendar()
	first := calendar.program(t, address, "UTC")
	admin := modelstest.Admin(t, first)
	run(t, conn, `insert into users (username, name, email) select 'u-' || i, 'x', i || '@x' from generate_series(1, 2500) i`)
	modelstest.Credits(t, conn, "9999999999", "username = 'u-9'")
	tx, err := blocker.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "select from users where username = 'u-1700' for update"); err != nil {
		t.Fatal(err)
	}
	allow(t, first, admin, "3", "2027-01-15")
	for n := 0; n < 1699; n = ask[int](t, conn, "select given from allowance_months") {
		time.Sleep(20 * time.Millisecond)
	}
	// In the middle of a batch PostgreSQL loses its connections, and then the program ends.
	run(t, conn, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'postroom'")
	first.Close()
	if got := ask[string](t, conn, "select format('%s %s', (select count(*) from allowances), (select count(*) from transfers where kind = 'allowance'))"); got != "1699 1699" {
		t.Error(got)
	}
	tx.Rollback(ctx)
	run(t, conn, "update users set is_active = false where username = 'u-2000'")
	second, third := calendar.program(t, address, "UTC"), calendar.program(t, address, "UTC")
	swept(t, conn, second, third, second)
	// The admin too; not u-9, whose account holds no more, and not u-2000.
	if got := allowances(t, conn); got != "01: 2499 × 3.00; 2499 transfers of 7497.00" {
		t.Error(got)
	}
	if n := ask[int](t, conn, "select count(*) from audit where kind = 'allowance.give'"); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	a, err := second.Allowance(ctx, admin)
	if err != nil || a.Last == nil || a.Last.Given != 2499 || a.Last.Passed != 1 || a.Last.Running {
		t.Errorf("%+v %v", a.Last, err)
	}
	if _, err := conn.Exec(ctx, "insert into allowances select month, user_id, transfer_id from allowances limit 1"); err == nil {
		t.Error("the database lets a user have it twice")
	}
	proven(t, second, "the job")
}

func TestTheAllowanceIsTakenAwayWhileItIsGiven(t *testing.T) {
	address := modelstest.URL(t)
	conn, blocker, second := modelstest.SQL(t, address), modelstest.SQL(t, address), modelstest.SQL(t, address)
	ctx, calendar := modelstest.Context(t), newCalendar()
	store := calendar.program(t, address, "UTC")
	admin := modelstest.Admin(t, store)
	run(t, conn, `insert into users (username, name, email) select 'u-' || i, 'x', i || '@x' from generate_series(1, 1000) i`)
	tx, err := blocker.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "select from users where username = 'u-500' for update"); err != nil {
		t.Fatal(err)
	}
	// However large the batch under way is by then, it gets no further than here.
	further, err := second.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := further.Exec(ctx, "select from users where username = 'u-502' for update"); err != nil {
		t.Fatal(err)
	}
	allow(t, store, admin, "1000", "2027-01-15")
	for n := 0; n < 500; n = ask[int](t, conn, "select given from allowance_months") {
		time.Sleep(20 * time.Millisecond)
	}
	allow(t, store, admin, "0", "")
	tx.Rollback(ctx)
	swept(t, conn, store)
	if n := ask[int](t, conn, "select given from allowance_months"); n < 500 || n > 502 {
		t.Errorf("%d got it", n)
	}
	further.Rollback(ctx)
	allow(t, store, admin, "10", "2027-01-15")
	swept(t, conn, store)
	if n := ask[int](t, conn, "select count(*) from allowance_months"); n != 1 {
		t.Error("a second time in one month")
	}
}

func TestAnAllowanceIsDecidedByAdminsAndRefusedWhereItIsWrong(t *testing.T) {
	address := modelstest.URL(t)
	conn, calendar := modelstest.SQL(t, address), newCalendar()
	ctx, store := modelstest.Context(t), calendar.program(t, address, "UTC")
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	if err := store.SetAllowance(ctx, ann, models.NewAllowance{}); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	for want, in := range map[string]models.NewAllowance{
		"amount: An amount is above zero.":               {Amount: amount("-1"), From: day("2027-02-01")},
		"amount: An amount has two decimals at most.":    {Amount: amount("0.001"), From: day("2027-02-01")},
		"amount: This is more than the ledger can hold.": {Amount: amount("1e12"), From: day("2027-02-01")},
		"from: Give a day.":                              {Amount: amount("1")},
		"from: Give a day that is not over.":             {Amount: amount("1"), From: day("2027-01-14")},
	} {
		if err := store.SetAllowance(ctx, admin, in); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
	allow(t, store, admin, "5", "2027-02-01")
	// Two tabs: the second does not know what the first has decided. The same again is a second click.
	if err := store.SetAllowance(ctx, admin, models.NewAllowance{Amount: amount("6"), From: day("2027-02-01")}); !errors.Is(err, models.ErrConflict) {
		t.Error(err)
	}
	if err := store.SetAllowance(ctx, admin, models.NewAllowance{Amount: amount("5"), From: day("2027-02-01")}); err != nil {
		t.Error(err)
	}
	calendar.set("2027-02-10 00:00") // the day of the terms is over, and may stay
	allow(t, store, admin, "6", "2027-02-01")
	if got := ask[string](t, conn, "select string_agg(format('%s → %s', details -> 'before', details -> 'after'), ', ' order by id) from audit where kind = 'allowance.set'"); got !=
		fmt.Sprintf(`{"amount": null} → %s, %[1]s → {"from": "2027-02-01", "amount": "6.00"}`, `{"from": "2027-02-01", "amount": "5.00"}`) {
		t.Error(got)
	}
}
