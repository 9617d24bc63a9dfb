package models_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func labels(rows []models.DifferingRow) (names []string) {
	for _, row := range rows {
		names = append(names, row.Label)
	}
	slices.Sort(names)
	return names
}

func TestACommitRefusesASetThatHasChangedAndShowsTheDifference(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	made := map[string]*models.User{}
	for _, name := range []string{"aa-one", "aa-two", "aa-three", "bb-four", "bb-five"} {
		made[name] = modelstest.User(t, store, modelstest.Named(name))
	}
	filter, ctx := "q=aa-", modelstest.Context(t)
	for _, try := range []struct {
		what                string
		act                 string
		change              string
		came, left, changed string
	}{
		{"one comes", "delete", `update users set username = 'aa-four' where username = 'bb-four'`, "[aa-four]", "[]", "[]"},
		{"one leaves", "delete", `update users set username = 'bb-two', name = 'x', email = 'x@x' where username = 'aa-two'`, "[]", "[bb-two]", "[]"},
		{"one is gone", "deactivate", `delete from users where username = 'aa-four'`, "[]", "[" + formatted(made["bb-four"].ID) + "]", "[]"},
		{"one has another role", "delete", `update users set role = 'editor' where username = 'aa-one'`, "[]", "[]", "[aa-one]"},
		{"one was deactivated", "deactivate", `update users set is_active = false where username = 'aa-three'`, "[]", "[]", "[aa-three]"},
		{"one has a new post", "delete", `insert into posts (user_id, title, content, status, published_at) select id, 't', 'c', 'published', now() from users where username = 'aa-one'`, "[]", "[]", "[aa-one]"},
		{"one has a new draft", "delete", `insert into posts (user_id, title, content) select id, 't', 'c' from users where username = 'aa-one'`, "[]", "[]", "[aa-one]"},
	} {
		t.Run(try.what, func(t *testing.T) {
			r := rehearse(t, store, admin, models.NewRehearsal{Kind: try.act, Filter: &filter})
			run(t, conn, try.change)
			before := everything(t, conn)
			_, err := store.Commit(ctx, admin, r.Key, "")
			var changed *models.SetChanged
			if !errors.As(err, &changed) || !errors.Is(err, models.ErrConflict) {
				t.Fatal(err)
			}
			d := changed.Difference
			if got := fmt.Sprint(labels(d.Came), labels(d.Left), labels(d.Changed)); got != try.came+" "+try.left+" "+try.changed {
				t.Error("the difference is", got)
			}
			if now := everything(t, conn); now != before {
				t.Error("something was changed:", unlike(before, now))
			}
			if n := ask[int](t, conn, "select count(*) from acts"); n != 0 {
				t.Error("there is a receipt")
			}
			// The new rehearsal is of what is there now, shows the difference, and can be committed.
			again, err := store.AwaitRehearsal(ctx, admin, changed.Rehearsal.Key, 10*time.Second)
			if err != nil || again.State != "done" || again.Difference == nil || again.Difference.Count() != d.Count() || again.Key == r.Key {
				t.Fatalf("%+v %v", again, err)
			}
			back := undo(t, store, admin, commit(t, store, admin, again).ID)
			run(t, conn, "update acts set undoes = null where id = $1", back.ID)
			run(t, conn, "delete from act_images")
			run(t, conn, "delete from act_rows")
			run(t, conn, "update rehearsals set act_id = null")
			run(t, conn, "delete from acts")
			proven(t, store, try.what)
		})
	}
	// Who only signs in, or is seen, is still the same.
	r := rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", Filter: &filter})
	if _, err := store.StartSession(ctx, made["aa-one"], models.Browser{}, nil); err != nil {
		t.Fatal(err)
	}
	if act := commit(t, store, admin, r); act.Counts.Count("sessions") != 1 || act.Counts.Count("posts") != 1 || act.Counts.Count("drafts") != 1 {
		t.Errorf("%+v went along", act.Counts)
	}
}

func formatted(id int64) string { return fmt.Sprint(id) }

func TestARehearsalIsUsedOnceHoweverOftenItIsCommitted(t *testing.T) {
	address := modelstest.URL(t)
	stores := []*models.Store{modelstest.Open(t, address), modelstest.Open(t, address)}
	conn := modelstest.SQL(t, address)
	admin := modelstest.Admin(t, stores[0])
	ctx := modelstest.Context(t)
	for _, act := range []string{"deactivate", "delete"} {
		r := rehearse(t, stores[0], admin, models.NewRehearsal{Kind: act, IDs: []int64{modelstest.User(t, stores[0]).ID, modelstest.User(t, stores[0]).ID}})
		receipts := make([]int64, 8)
		together(8, func(i int) {
			act, err := stores[i%2].Commit(ctx, admin, r.Key, "")
			if err != nil {
				t.Error(err)
				return
			}
			receipts[i] = act.ID
		})
		if len(slices.Compact(receipts)) != 1 {
			t.Error("the receipts are", receipts)
		}
	}
	if n := ask[int](t, conn, "select count(*) from acts"); n != 2 {
		t.Errorf("%d receipts of 2 acts", n)
	}
	if n := ask[int](t, conn, "select count(*) from audit where kind like 'act.%'"); n != 2 {
		t.Errorf("%d lines in the log of 2 acts", n)
	}
}

func TestARehearsalIsItsAdminsOwnAndEndsAfterADay(t *testing.T) {
	store, conn := behind(t)
	admin, other := modelstest.Admin(t, store), modelstest.Admin(t, store)
	ctx := modelstest.Context(t)
	r := rehearse(t, store, admin, models.NewRehearsal{Kind: "deactivate", IDs: []int64{modelstest.User(t, store).ID}})
	if _, err := store.Commit(ctx, other, r.Key, ""); !errors.Is(err, models.ErrNotFound) {
		t.Error("another admin commits:", err)
	}
	if _, err := store.Rehearsal(ctx, other, r.Key); !errors.Is(err, models.ErrNotFound) {
		t.Error("another admin reads:", err)
	}
	if _, err := store.Rehearsal(ctx, modelstest.User(t, store), r.Key); !errors.Is(err, models.ErrForbidden) {
		t.Error("a user reads:", err)
	}
	run(t, conn, "update rehearsals set created_at = now() - interval '25 hours'")
	if _, err := store.Commit(ctx, admin, r.Key, ""); !errors.Is(err, models.ErrNotFound) {
		t.Error("after a day:", err)
	}
	if err := store.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, conn, "select count(*) from rehearsals") + ask[int](t, conn, "select count(*) from rehearsal_rows"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	same := rehearse(t, store, admin, models.NewRehearsal{Kind: "reactivate", IDs: []int64{modelstest.User(t, store).ID}})
	if _, err := store.Commit(ctx, admin, same.Key, ""); !errors.Is(err, models.ErrConflict) {
		t.Error("nothing to change:", err)
	}
}

func TestWhoIsNoAdminAnyMoreCommitsNothing(t *testing.T) {
	store, conn := behind(t)
	keeper := modelstest.Admin(t, store)
	ctx := modelstest.Context(t)
	for what, change := range map[string]string{
		"deactivated": "update users set is_active = false where id = $1",
		"demoted":     "update users set role = 'editor' where id = $1",
		"suspended":   "insert into suspensions (user_id, reason, until) values ($1, 'x', now() + interval '1 day')",
		"deleted":     "delete from users where id = $1",
	} {
		admin := modelstest.Admin(t, store)
		target := modelstest.User(t, store)
		act := commit(t, store, keeper, rehearse(t, store, keeper, models.NewRehearsal{Kind: "set-role", Params: models.ActParams{Role: "editor"}, IDs: []int64{target.ID}}))
		r := rehearse(t, store, admin, models.NewRehearsal{Kind: "deactivate", IDs: []int64{target.ID}})
		large := rehearse(t, store, admin, models.NewRehearsal{Kind: "deactivate", IDs: []int64{target.ID}})
		run(t, conn, "update rehearsals set took_ms = 5000 where key = $1", large.Key)
		run(t, conn, change, admin.ID)
		for _, r := range []*models.Rehearsal{r, large} {
			if _, err := store.Commit(ctx, admin, r.Key, ""); !errors.Is(err, models.ErrForbidden) && !(what == "deleted" && errors.Is(err, models.ErrNotFound)) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: act.ID}); !errors.Is(err, models.ErrForbidden) {
			t.Errorf("%s: undo: %v", what, err)
		}
		if !ask[bool](t, conn, "select is_active and role = 'editor' from users where id = $1", target.ID) {
			t.Errorf("%s: it was done all the same", what)
		}
	}
}

func TestOfTwoAdminsWhoActOnEachOtherOneStays(t *testing.T) {
	address := modelstest.URL(t)
	stores := []*models.Store{modelstest.Open(t, address), modelstest.Open(t, address)}
	conn := modelstest.SQL(t, address)
	ctx := modelstest.Context(t)
	for round := range 9 {
		act := []string{"deactivate", "set-role", "delete", "suspend"}[round%4]
		admins := []*models.User{modelstest.Admin(t, stores[0]), modelstest.Admin(t, stores[0])}
		run(t, conn, `delete from users where id < $1`, admins[0].ID)
		rehearsals := make([]*models.Rehearsal, 2)
		for i := range 2 {
			rehearsals[i] = rehearse(t, stores[i], admins[i], models.NewRehearsal{Kind: act, IDs: []int64{admins[1-i].ID},
				Params: models.ActParams{Role: "user", Until: time.Now().Add(time.Hour), Reason: "x"}})
		}
		errs := make([]error, 2)
		together(2, func(i int) { _, errs[i] = stores[i].Commit(ctx, admins[i], rehearsals[i].Key, "") })
		if n := ask[int](t, conn, countAdmins+" and coalesce(suspended_until < now(), true)"); n != 1 {
			t.Errorf("round %d, %s: %d admins are left: %v", round, act, n, errs)
		}
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("round %d, %s: %v", round, act, errs)
		}
	}
}
