package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// reasons are the sentences with which rows of a rehearsal are refused, by id.
func reasons(t testing.TB, store *models.Store, by *models.User, r *models.Rehearsal) map[int64]string {
	t.Helper()
	lines, more, err := store.RehearsalRefusals(modelstest.Context(t), by, r, 0, 100)
	if err != nil || more {
		t.Fatal(more, err)
	}
	found := map[int64]string{}
	for _, line := range lines {
		found[line.ID] = line.Why.String()
	}
	return found
}

func TestARehearsalSaysWhoIsRefusedAndWhy(t *testing.T) {
	store, conn := behind(t)
	me := modelstest.Admin(t, store)
	ann, bob := modelstest.User(t, store), modelstest.User(t, store)
	in := func(kind string, ids ...int64) models.NewRehearsal {
		return models.NewRehearsal{Kind: kind, IDs: ids, Params: models.ActParams{Role: "user", Until: time.Now().Add(time.Hour), Reason: "x", Field: "f", Value: "v"}}
	}
	// The only admin of all is the last one; beside another it is oneself.
	const last, self = "This is the last admin. Make another user an admin first.", "This is you. Ask another admin."
	for _, act := range []string{"deactivate", "reactivate", "suspend", "set-role", "sign-out", "delete"} {
		if got := reasons(t, store, me, rehearse(t, store, me, in(act, me.ID, ann.ID)))[me.ID]; got != last {
			t.Errorf("%s of the last admin: %q", act, got)
		}
	}
	other := modelstest.Admin(t, store)
	for _, act := range []string{"deactivate", "reactivate", "suspend", "set-role", "sign-out", "delete"} {
		if got := reasons(t, store, me, rehearse(t, store, me, in(act, me.ID, ann.ID)))[me.ID]; got != self {
			t.Errorf("%s of oneself: %q", act, got)
		}
	}
	if r := rehearse(t, store, me, in("set-metadata", me.ID)); r.Changes != 1 {
		t.Error("one's own field cannot be set")
	}
	// A bulk deletion takes no admin; alone one can be deleted.
	r := rehearse(t, store, me, in("delete", ann.ID, other.ID, 99999))
	got := reasons(t, store, me, r)
	if r.Changes != 1 || got[other.ID] != "An admin. A bulk deletion never takes admins; change the role first." || got[99999] != "The account is gone." {
		t.Errorf("%+v %v", r, got)
	}
	if r := rehearse(t, store, me, in("delete", other.ID)); r.Changes != 1 {
		t.Error("an admin alone cannot be deleted")
	}
	// The refused are on the receipt as well.
	act := commit(t, store, me, r)
	lines, _, err := store.Refusals(modelstest.Context(t), me, act, 0, 10)
	if err != nil || len(lines) != 2 || act.Refused != 2 || act.Total != 1 {
		t.Errorf("the receipt %+v refuses %+v, %v", act, lines, err)
	}
	// Fields that would be too many or too long.
	run(t, conn, `update users set metadata = (select jsonb_object_agg('f' || i, i) from generate_series(1, 50) i) where id = $1`, bob.ID)
	if got := reasons(t, store, me, rehearse(t, store, me, in("set-metadata", bob.ID)))[bob.ID]; got != "There are 51 fields, and 50 are the most." {
		t.Errorf("a field too many: %q", got)
	}
	run(t, conn, `update users set metadata = jsonb_build_object('a', repeat('x', 16300)) where id = $1`, bob.ID)
	long := in("set-metadata", bob.ID)
	long.Params.Value = strings.Repeat("y", 500)
	if got := reasons(t, store, me, rehearse(t, store, me, long))[bob.ID]; got != "The fields would be too long: 16384 bytes are the most." {
		t.Errorf("fields too long: %q", got)
	}
	// A draft that nobody has seen is not for an admin to publish.
	draft := modelstest.Post(t, store, bob, func(p *models.Post) { p.Status = models.StatusDraft })
	post := modelstest.Post(t, store, bob)
	back := rehearse(t, store, me, models.NewRehearsal{TargetKind: "post", Kind: "restore", IDs: []int64{draft.ID, post.ID}})
	if got := reasons(t, store, me, back)[draft.ID]; got != "A draft that was never published. Its author publishes it." || back.Changes != 0 || back.Same() != 1 {
		t.Errorf("restoring a draft: %q, %+v", got, back)
	}
}

func TestExactlyTheRowsThatTheDatabaseRefusesAreFound(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	run(t, conn, `insert into users (username, name, email) select 'u-' || i, 'x', i || '@x' from generate_series(1, 500) i`)
	// A rule of the database's own that the program knows nothing of.
	run(t, conn, `create function refuse_some() returns trigger language plpgsql as $$ begin
		if old.username in ('u-7', 'u-70', 'u-333') then raise exception 'no' using errcode = '23514'; end if;
		return coalesce(new, old); end $$`)
	run(t, conn, `create trigger refuse_some before update of is_active or delete on users for each row execute function refuse_some()`)
	filter := "q=u-"
	for _, act := range []string{"deactivate", "delete"} {
		r := rehearse(t, store, admin, models.NewRehearsal{Kind: act, Filter: &filter})
		if r.Changes != 497 || r.Refused != 3 {
			t.Fatalf("%s: %d would change, %d be refused", act, r.Changes, r.Refused)
		}
		names := map[string]string{}
		lines, _, _ := store.RehearsalRefusals(modelstest.Context(t), admin, r, 0, 10)
		for _, line := range lines {
			names[line.Label] = line.Why.String()
		}
		if fmt.Sprint(names) != "map[u-333:The database does not allow it. u-7:The database does not allow it. u-70:The database does not allow it.]" {
			t.Error(names)
		}
		receipt := commit(t, store, admin, r)
		if receipt.Total != 497 || receipt.Refused != 3 {
			t.Errorf("%s: the receipt says %+v", act, receipt)
		}
		undo(t, store, admin, receipt.ID)
	}
	proven(t, store, "acts that are refused in part")
}

func TestTheDatabaseKeepsTheLastAdminInABulkActToo(t *testing.T) {
	store, conn := behind(t)
	me, other := modelstest.Admin(t, store), modelstest.Admin(t, store)
	r := rehearse(t, store, me, models.NewRehearsal{Kind: "set-role", Params: models.ActParams{Role: "user"}, IDs: []int64{other.ID}})
	// Behind the program's back another loses the role at the same moment: the trigger has the last word, row by row.
	run(t, conn, `create function lose_another() returns trigger language plpgsql as $$ begin
		if new.id <> 1 and old.role = 'admin' then update users set role = 'user' where id = 1; end if; return new; end $$`)
	run(t, conn, `create trigger lose_another before update of role on users for each row execute function lose_another()`)
	_, err := store.Commit(modelstest.Context(t), me, r.Key, "")
	var changed *models.SetChanged
	if !errors.As(err, &changed) || len(changed.Difference.Changed) != 1 || changed.Difference.Changed[0].Why != models.SayLastAdmin.Text {
		t.Errorf("%v %+v", err, changed)
	}
	if n := ask[int](t, conn, countAdmins); n != 2 {
		t.Errorf("%d admins are left", n)
	}
}

func TestWhatAnActNeedsIsAskedFor(t *testing.T) {
	store := modelstest.Store(t)
	admin, user := modelstest.Admin(t, store), modelstest.User(t, store)
	ctx := modelstest.Context(t)
	soon := time.Now().Add(time.Hour)
	for _, try := range []struct {
		act    string
		params models.ActParams
		field  string
	}{
		{"dance", models.ActParams{}, "act"},
		{"suspend", models.ActParams{Reason: "x"}, "until"},
		{"suspend", models.ActParams{Reason: "x", Until: time.Now().Add(-time.Hour)}, "until"},
		{"suspend", models.ActParams{Reason: "x", Until: time.Now().AddDate(20, 0, 0)}, "until"},
		{"suspend", models.ActParams{Until: soon}, "reason"},
		{"suspend", models.ActParams{Until: soon, Reason: strings.Repeat("x", 301)}, "reason"},
		{"suspend", models.ActParams{Until: soon, Reason: "a\u202eb"}, "reason"},
		{"set-role", models.ActParams{}, "role"},
		{"set-role", models.ActParams{Role: "king"}, "role"},
		{"set-metadata", models.ActParams{Value: "x"}, "field"},
		{"set-metadata", models.ActParams{Field: strings.Repeat("f", 51), Value: "x"}, "field"},
		{"set-metadata", models.ActParams{Field: "f"}, "value"},
		{"set-metadata", models.ActParams{Field: "f", Value: "a\x00"}, "value"},
		{"remove-metadata", models.ActParams{}, "field"},
	} {
		_, err := store.Rehearse(ctx, admin, models.NewRehearsal{TargetKind: "user", Kind: try.act, Params: try.params, IDs: []int64{user.ID}})
		var invalid models.Invalid
		if !errors.As(err, &invalid) || len(invalid) != 1 || invalid[try.field].Text == "" {
			t.Errorf("%s %+v: %v", try.act, try.params, err)
		}
	}
	nonsense := "age_min=old"
	for what, in := range map[string]models.NewRehearsal{
		"nobody":            {TargetKind: "user", Kind: "delete"},
		"no id":             {TargetKind: "user", Kind: "delete", IDs: []int64{-1}},
		"a senseless query": {TargetKind: "user", Kind: "delete", Filter: &nonsense},
	} {
		var invalid models.Invalid
		if _, err := store.Rehearse(ctx, admin, in); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, by := range []*models.User{nil, user} {
		if _, err := store.Rehearse(ctx, by, models.NewRehearsal{TargetKind: "user", Kind: "delete", IDs: []int64{admin.ID}}); !errors.Is(err, models.ErrForbidden) {
			t.Errorf("%v rehearses: %v", by, err)
		}
	}
}
