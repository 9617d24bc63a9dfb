package models_test

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

const actsAndRows = `select format('%s: %s done, %s on the receipt, %s refused', a.state, (select count(*) from users where not is_active),
	(select count(*) from act_rows r where r.act_id = a.id), (select count(*) from act_refusals r where r.act_id = a.id)) from acts a order by id desc limit 1`

func TestALargeActIsAJobThatAnotherProgramGoesOnWith(t *testing.T) {
	address := modelstest.URL(t)
	conn, blocker := modelstest.SQL(t, address), modelstest.SQL(t, address)
	ctx := modelstest.Context(t)
	first := modelstest.Open(t, address)
	admin := modelstest.Admin(t, first)
	run(t, conn, `insert into users (username, name, email, is_active) select 'u-' || i, 'x', i || '@x', i % 10 > 0 from generate_series(1, 3000) i`)
	filter := "q=u-"
	// hold stands in the way of one row, so that the job comes as far as there and no further.
	hold := func(username string) func() {
		tx, err := blocker.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(ctx, "select from users where username = $1 for update", username); err != nil {
			t.Fatal(err)
		}
		return func() { tx.Rollback(ctx) }
	}
	until := func(what, sql string, reached func(n int) bool) {
		t.Helper()
		for range 400 {
			if reached(ask[int](t, conn, sql)) {
				return
			}
			time.Sleep(25 * time.Millisecond)
		}
		t.Fatal("never: ", what)
	}

	// The rehearsal: the program ends in the middle, another one goes on after the last batch that is written down.
	release := hold("u-1500")
	r, err := first.Rehearse(ctx, admin, models.NewRehearsal{TargetKind: "user", Kind: "deactivate", Filter: &filter})
	if err != nil {
		t.Fatal(err)
	}
	until("the rehearsal comes to the row", "select done from rehearsals", func(n int) bool { return n == 1499 })
	first.Close()
	release()
	second := modelstest.Open(t, address)
	if r, err = second.Rehearsal(ctx, admin, r.Key); err != nil || r.State != "running" || r.Done != 1499 || r.Total != 3000 {
		t.Fatalf("%+v %v", r, err)
	}
	if err := second.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if r, err = second.AwaitRehearsal(ctx, admin, r.Key, 30*time.Second); err != nil || r.State != "done" || r.Changes != 2700 || r.Same() != 300 {
		t.Fatalf("%+v %v", r, err)
	}
	if n := ask[int](t, conn, "select count(*) from users where not is_active"); n != 300 {
		t.Fatalf("the rehearsal left %d deactivated", n)
	}

	// The commit: wherever the program ends, the receipt says what is done.
	release = hold("u-2222")
	act, err := second.Commit(ctx, admin, r.Key, "")
	if err != nil || act.State != "running" || act.Goal != 2700 {
		t.Fatalf("%+v %v", act, err)
	}
	until("the act comes to the row", "select count(*) from act_rows", func(n int) bool { return n == 2221-222 })
	second.Close()
	if got := ask[string](t, conn, actsAndRows); got != "running: 2299 done, 1999 on the receipt, 0 refused" {
		t.Error(got)
	}
	// Meanwhile some change: these are not touched, and named.
	release()
	run(t, conn, "update users set is_active = false where username = 'u-2501'")
	run(t, conn, "delete from users where username = 'u-2502'")
	third := modelstest.Open(t, address)
	if err := third.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	act = done(t, third, admin, act)
	if act.Total != 2698 || act.Refused != 2 {
		t.Errorf("%+v", act)
	}
	lines, _, err := third.Refusals(ctx, admin, act, 0, 10)
	if err != nil || len(lines) != 2 || lines[0].Label != "u-2501" || lines[0].Why.String() != "It has changed since the rehearsal." ||
		lines[1].Label != "u-2502" || lines[1].Why.String() != "The account is gone." {
		t.Errorf("%+v %v", lines, err)
	}
	again, err := third.Commit(ctx, admin, r.Key, "")
	if err != nil || again.ID != act.ID {
		t.Errorf("committed again: %+v %v", again, err)
	}

	// The undo as well.
	release = hold("u-2001")
	back, err := third.Undo(ctx, admin, models.UndoOf{Receipt: act.ID})
	if err != nil || back.State != "running" {
		t.Fatalf("%+v %v", back, err)
	}
	until("the undo comes to the row", "select count(*) from act_rows where undone_by is not null", func(n int) bool { return n == 1800 })
	third.Close()
	release()
	fourth := modelstest.Open(t, address)
	if err := fourth.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if back = done(t, fourth, admin, back); back.Total != 2698 || back.Refused != 0 {
		t.Errorf("%+v", back)
	}
	if n := ask[int](t, conn, "select count(*) from users where not is_active"); n != 301 {
		t.Errorf("%d are deactivated", n)
	}
	proven(t, fourth, "jobs that were cut off")
}

func TestNoRowIsLockedForASecond(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	run(t, conn, `insert into users (username, name, email) select 'u-' || i, 'x', i || '@x' from generate_series(1, 4000) i`)
	run(t, conn, `insert into posts (user_id, title, content, content_html, status, published_at)
		select u.id, 'A title', repeat('Some words. ', 100), repeat('<p>Some words.</p>', 100), s.status, case s.status when 'published' then now() - make_interval(mins => i) end
		from users u, generate_series(1, 20) i, lateral (select case when i <= 6 then 'published' else 'draft' end as status) s where username like 'u-%'`)
	filter := "q=u-"
	// Somebody writes to the same rows all the while.
	var worst atomic.Int64
	ctx, stop := context.WithCancel(modelstest.Context(t))
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		for ctx.Err() == nil {
			began := time.Now()
			if _, err := conn.Exec(ctx, "update users set about = about || '.' where username = 'u-' || $1::integer", rand.IntN(4000)+1); err == nil {
				worst.Store(max(worst.Load(), int64(time.Since(began))))
			}
		}
	}()
	r := rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", Filter: &filter})
	rehearsed := time.Duration(worst.Swap(0))
	act := commit(t, store, admin, r)
	committed := time.Duration(worst.Swap(0))
	undo(t, store, admin, act.ID)
	undone := time.Duration(worst.Load())
	stop()
	<-writing
	t.Logf("the longest wait: rehearsing %v, committing %v, undoing %v", rehearsed, committed, undone)
	if act.Total != 4000 || act.Counts.Count("posts") != 24000 || act.Counts.Count("drafts") != 56000 {
		t.Errorf("%+v", act)
	}
	if rehearsed >= time.Second || committed >= time.Second || undone >= time.Second {
		t.Errorf("a writer waited %v, %v, %v", rehearsed, committed, undone)
	}
	proven(t, store, "acts beside a writer")
}
