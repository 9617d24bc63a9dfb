package models_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// behind is a Store with a connection of its own to the same database, for what hands and other programs do.
func behind(t testing.TB) (*models.Store, *pgx.Conn) {
	t.Helper()
	address := modelstest.URL(t)
	return modelstest.Open(t, address), modelstest.SQL(t, address)
}

func run(t testing.TB, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(modelstest.Context(t), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func ask[T any](t testing.TB, conn *pgx.Conn, sql string, args ...any) (value T) {
	t.Helper()
	if err := conn.QueryRow(modelstest.Context(t), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// proven fails the test where a kept figure is not what a recount gives.
func proven(t testing.TB, store *models.Store, after string) {
	t.Helper()
	off, err := store.Check(modelstest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range off {
		t.Errorf("after %s: %s", after, line)
	}
}

func makeUsers(t testing.TB, conn *pgx.Conn, n int) {
	t.Helper()
	run(t, conn, `insert into users (username, name, email, age, is_active, created_at)
		select 'author-' || i, 'A', 'a' || i || '@example.com', nullif(i % 50, 0), i % 7 <> 0, now() - i * interval '5 hours' from generate_series(1, $1) i`, n)
}

func TestFiguresAreRightUnderEveryStatement(t *testing.T) {
	store, conn := behind(t)
	makeUsers(t, conn, 20)
	proven(t, store, "inserting users")
	for _, sql := range []string{
		`insert into posts (user_id, title, content, status, published_at) select 1 + i % 20, 'T', 'c', 'published', now() - i * interval '1 hour' from generate_series(1, 200) i`,
		`insert into posts (user_id, title, content) select 1 + i % 20, 'Draft', 'c' from generate_series(1, 40) i`,
		`update posts set status = 'draft' where id % 3 = 0`,
		`update posts set status = 'published', published_at = coalesce(published_at, now()) where id % 2 = 0`,
		`update posts set user_id = 1 + (user_id % 20) where id % 5 = 0`,
		`update posts set published_at = published_at - interval '40 days' where id % 7 = 0`,
		`update posts set published_at = now() + interval '1 day' where id in (select max(id) from posts where status = 'published' group by user_id)`,
		`update posts set title = 'Other', updated_at = now()`,
		`update posts set user_id = 3, status = 'draft' where user_id = 2`,
		`update posts set id = id + 1000 where user_id = 4`,
		`update posts set user_id = case when user_id = 5 then 6 else 5 end where user_id in (5, 6)`,
		`delete from posts where id in (select max(id) from posts group by user_id)`,
		`delete from posts where published_at = (select max(published_at) from posts)`,
		`delete from posts where user_id = 7`,
		`delete from posts where false`,
		`update users set is_active = not is_active where id % 3 = 0`,
		`update users set age = case when id % 4 = 0 then null else 20 + id end`,
		`update users set created_at = created_at - interval '3 days' where id % 2 = 0`,
		`delete from users where id in (8, 9, 10)`,
		`insert into users (id, username, name, email) values (1, 'author-1', 'x', 'x@x') on conflict (id) do update set age = 77, is_active = false`,
		`merge into posts p using (values (2), (1)) v(n) on p.user_id = 11 and v.n = 1 when matched and p.id % 2 = 0 then delete
			when matched then update set status = 'draft' when not matched then insert (user_id, title, content, status, published_at) values (12, 'M', 'c', 'published', now())`,
		`with gone as (delete from posts where user_id = 12 returning user_id, title, content)
			insert into posts (user_id, title, content, status, published_at) select user_id, title, content, 'published', now() from gone`,
		`do $$ begin
			for i in 1..5 loop insert into posts (user_id, title, content, status, published_at) values (13, 'L', 'c', 'published', now()); end loop;
			begin delete from posts where user_id = 13; raise exception 'back'; exception when others then null; end;
			delete from users where id = 14;
		end $$`,
		`update users set id = 900 where id = 1 and not exists (select from posts where user_id = 1)`,
	} {
		run(t, conn, sql)
		proven(t, store, sql)
	}
	if n := ask[int](t, conn, `select count(*) from users where post_count > 0 and last_post_at is not null`); n < 5 {
		t.Errorf("only %d users have posts: nothing was tried", n)
	}
	run(t, conn, `truncate posts cascade`)
	proven(t, store, "truncating posts")
	// Accounts hang on users, and the ledger is not truncated with them; only its owner can make it.
	if state, _, err := refused(t, conn, `truncate users cascade`); state != "PR014" {
		t.Error(err)
	}
	run(t, conn, `alter table transfers disable trigger keep_transfers; alter table entries disable trigger keep_entries; truncate users cascade`)
	proven(t, store, "truncating users")
	if stats, err := store.SiteStats(modelstest.Context(t)); err != nil || stats.Users != 0 || stats.Posts != 0 || stats.AvgAge != nil || stats.Newest != nil {
		t.Errorf("stats of an empty site: %+v, %v", stats, err)
	}
}

func TestFiguresAreRightAfterCopyAndRollback(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	makeUsers(t, conn, 50)
	copyPosts := func(tx interface {
		CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error)
	}, n int) {
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"posts"}, []string{"user_id", "title", "content", "status", "published_at"},
			pgx.CopyFromSlice(n, func(i int) ([]any, error) {
				status := []string{"published", "draft"}[i%4/3]
				return []any{1 + i%50, fmt.Sprint("T", i), "c", status, time.Now().Add(-time.Duration(i) * time.Minute)}, nil
			}))
		if err != nil {
			t.Fatal(err)
		}
	}
	copyPosts(conn, 5000)
	proven(t, store, "COPY")
	if n := ask[int](t, conn, `select sum(post_count) from users`); n != 3750 {
		t.Errorf("%d posts are counted", n)
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	copyPosts(tx, 100)
	tx.Rollback(ctx)
	proven(t, store, "a COPY that was rolled back")
	run(t, conn, `delete from users where id <= 25`)
	proven(t, store, "a cascade from 25 users")
	if n := ask[int](t, conn, `select count(*) from posts`); n != 2500 {
		t.Errorf("%d posts are left", n)
	}
}

func TestFiguresAreFoldedWithoutAChange(t *testing.T) {
	store, conn := behind(t)
	makeUsers(t, conn, 30)
	run(t, conn, `insert into posts (user_id, title, content, status, published_at) select 1 + i % 30, 'T', 'c', 'published', now() - i * interval '1 hour' from generate_series(1, 100) i`)
	before, err := store.SiteStats(modelstest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := store.Sweep(modelstest.Context(t)); err != nil {
			t.Fatal(err)
		}
		if n := ask[int](t, conn, `select count(*) from figure_deltas`); n != 0 {
			t.Errorf("%d deltas wait after the fold", n)
		}
		after, err := store.SiteStats(modelstest.Context(t))
		if err != nil || after.Users != before.Users || after.Posts != before.Posts || *after.AvgAge != *before.AvgAge || after.Active != before.Active {
			t.Errorf("before %+v, after %+v, %v", before, after, err)
		}
		proven(t, store, "a fold")
	}
}

func TestCheckNamesWhatIsOff(t *testing.T) {
	store, conn := behind(t)
	makeUsers(t, conn, 3)
	run(t, conn, `update users set post_count = 7, last_post_at = now() where id = 2`)
	run(t, conn, `insert into figure_deltas values ('drafts', '-infinity', 4)`)
	off, err := store.Check(modelstest.Context(t))
	if err != nil || len(off) != 3 {
		t.Errorf("check says %q, %v", off, err)
	}
}

func TestDaysAreThoseOfTheZone(t *testing.T) {
	store, conn := behind(t)
	makeUsers(t, conn, 1)
	run(t, conn, `delete from users`)
	for _, at := range []string{"2026-03-28 23:59:59+13", "2026-03-29 00:00:00+13", "2026-03-29 23:30:00+13", "2026-03-29 01:30:00+01", "2026-03-29 12:00:00+02", "2026-03-29 00:00:00+05:45", "infinity"} {
		run(t, conn, `insert into users (username, name, email, created_at) select 'u' || md5($1::text), 'x', md5($1::text) || '@x', $1::timestamptz`, at)
	}
	for name, want := range map[string]string{"Pacific/Auckland": "[1 5 0]", "Europe/Paris": "[3 3 0]", "UTC": "[3 3 0]", "Asia/Kathmandu": "[2 4 0]"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		days, err := store.Days(modelstest.Context(t), 3, time.Date(2026, 3, 30, 12, 0, 0, 0, zone), zone)
		if err != nil {
			t.Fatal(err)
		}
		counts := []int64{}
		for _, day := range days {
			counts = append(counts, day.SignUps)
		}
		if got := fmt.Sprint(counts); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
