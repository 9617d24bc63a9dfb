package models_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestOfSeveralWhoTakeAnActBackAtTheSameTimeOneDoes(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ids := people(t, store, conn, admin)
	for round := range 3 {
		act := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: ids}))
		answers := make([]error, 4)
		var wait sync.WaitGroup
		for i := range answers {
			wait.Go(func() { _, answers[i] = store.Undo(modelstest.Context(t), admin, models.UndoOf{Receipt: act.ID}) })
		}
		wait.Wait()
		done := 0
		for _, err := range answers {
			var conflict *models.Conflict
			if err == nil {
				done++
			} else if !errors.As(err, &conflict) || conflict.Say.String() != "It is taken back already." {
				t.Errorf("round %d: %v", round, err)
			}
		}
		if n := ask[int](t, conn, "select count(*) from acts where undoes = $1", act.ID); done != 1 || n != 1 {
			t.Errorf("round %d: %d took it back, with %d receipts", round, done, n)
		}
		if got := ask[string](t, conn, "select string_agg((details -> 'total')::text, ' ') from audit where kind = 'act.undo' and receipt in (select id from acts where undoes = $1)", act.ID); got != fmt.Sprint(len(ids)) {
			t.Errorf("round %d: the log says that %s were brought back", round, got)
		}
	}
	proven(t, store, "taken back at the same time")
}

func TestAnActThatIsBeingTakenBackIsNotTakenBackBeside(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ids := people(t, store, conn, admin)
	act := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: ids}))
	run(t, conn, "insert into acts (kind, undoes, state) values ('undo', $1, 'running')", act.ID)
	if got := inTheWay(t, store, admin, models.UndoOf{Receipt: act.ID}); got != "It is being taken back." {
		t.Error(got)
	}
	run(t, conn, "delete from acts where undoes = $1", act.ID)
	undo(t, store, admin, act.ID)
}

func TestWhoComesBackIsNamedAgainWhoeverComesFirst(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ann, bob := modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	post := modelstest.Post(t, store, ann)
	run(t, conn, "insert into reports (post_id, by_id, line) values ($1, $2, 'bad')", post.ID, bob.ID)
	run(t, conn, "insert into contacts (user_id, by_id, line) values ($1, $2, 'hello')", ann.ID, bob.ID)
	run(t, conn, "insert into suspensions (user_id, by_id, reason, until, ended_at, ended_by_id) values ($1, $2, 'x', '2099-01-01', now(), $2)", ann.ID, bob.ID)
	before := everything(t, conn)
	remove := func(id int64) *models.Act {
		t.Helper()
		return commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: []int64{id}}))
	}
	first, second := remove(ann.ID), remove(bob.ID)
	undo(t, store, admin, first.ID)
	if n := ask[int](t, conn, "select count(*) from reports where by_id is null"); n != 1 {
		t.Fatal("the report is not there")
	}
	undo(t, store, admin, second.ID)
	if got := ask[string](t, conn, "select concat_ws(' ', (select by_id from reports), (select by_id from contacts), (select by_id from suspensions), (select ended_by_id from suspensions))"); got != strings.TrimSpace(strings.Repeat(formatted(bob.ID)+" ", 4)) {
		t.Errorf("they name %s: %s", got, unlike(before, everything(t, conn)))
	}
	// Both of one act, one after the other.
	act := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: []int64{ann.ID, bob.ID}}))
	undo(t, store, admin, act.ID, ann.ID)
	undo(t, store, admin, act.ID, bob.ID)
	if n := ask[int](t, conn, "select count(*) from reports where by_id = $1", bob.ID); n != 1 {
		t.Error("the report does not say whose it is")
	}
	proven(t, store, "names")
}

func TestASuspensionIsBackThoughWhoMadeItIsGone(t *testing.T) {
	store, conn := behind(t)
	admin, other := modelstest.Admin(t, store), modelstest.Admin(t, store)
	ann := modelstest.User(t, store, modelstest.Named("ann"))
	do := func(by *models.User, kind string, params models.ActParams, id int64) *models.Act {
		t.Helper()
		return commit(t, store, by, rehearse(t, store, by, models.NewRehearsal{Kind: kind, Params: params, IDs: []int64{id}}))
	}
	do(other, "suspend", models.ActParams{Until: time.Now().AddDate(0, 1, 0), Reason: "x"}, ann.ID)
	freed := do(admin, "reactivate", models.ActParams{}, ann.ID)
	gone := do(admin, "delete", models.ActParams{}, other.ID)
	undo(t, store, admin, freed.ID)
	if n := ask[int](t, conn, "select count(*) from suspensions s join users u on u.id = s.user_id where s.ended_at is null and s.by_id is null and u.suspended_until = s.until"); n != 1 {
		t.Error("it is not back")
	}
	undo(t, store, admin, gone.ID)
	if by := ask[int64](t, conn, "select coalesce(by_id, 0) from suspensions"); by != other.ID {
		t.Error("it was made by", by)
	}
}

func TestANewerSuspensionWithTheSameEndStandsInTheWay(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ann := modelstest.User(t, store, modelstest.Named("ann"))
	until := time.Now().AddDate(0, 1, 0)
	do := func(reason string) *models.Act {
		t.Helper()
		return commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "suspend", Params: models.ActParams{Until: until, Reason: reason}, IDs: []int64{ann.ID}}))
	}
	first, second := do("first"), do("second")
	if got, want := inTheWay(t, store, admin, models.UndoOf{Receipt: first.ID}), fmt.Sprintf("ann: The suspension was changed since act %d", second.ID); got != want {
		t.Error(got)
	}
	back := undo(t, store, admin, second.ID)
	if reason := ask[string](t, conn, "select reason from suspensions where ended_at is null"); reason != "first" {
		t.Error(reason)
	}
	again := undo(t, store, admin, back.ID)
	undo(t, store, admin, again.ID)
	undo(t, store, admin, first.ID)
	if n := ask[int](t, conn, "select count(*) from suspensions"); n != 0 {
		t.Errorf("%d are left", n)
	}
}

func TestTheReasonOfAnUndoIsALineAsThatOfAnAct(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ids := people(t, store, conn, admin)
	act := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: ids}))
	for _, reason := range []string{strings.Repeat("x", 301), "a\x00b", "a\u202eb"} {
		var wrong models.Invalid
		if _, err := store.Undo(modelstest.Context(t), admin, models.UndoOf{Receipt: act.ID, Reason: reason}); !errors.As(err, &wrong) || wrong["reason"].Text == "" {
			t.Errorf("%.9q: %v", reason, err)
		}
	}
	if back, err := store.Undo(modelstest.Context(t), admin, models.UndoOf{Receipt: act.ID, Reason: " a \n mistake"}); err != nil || back.Reason != "a mistake" {
		t.Errorf("%+v %v", back, err)
	}
}
