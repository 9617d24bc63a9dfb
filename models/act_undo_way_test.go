package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// inTheWay says what keeps an act from being taken back, a line for each row.
func inTheWay(t testing.TB, store *models.Store, by *models.User, of models.UndoOf) string {
	t.Helper()
	act, err := store.Undo(modelstest.Context(t), by, of)
	var way *models.InTheWay
	var conflict *models.Conflict
	switch {
	case errors.As(err, &conflict):
		return conflict.Say.String()
	case !errors.As(err, &way):
		t.Fatalf("it is taken back (%+v), or not: %v", act, err)
	}
	var lines []string
	for _, row := range way.Rows {
		words := row.Why.Text
		for _, arg := range row.Why.Args {
			if _, ok := arg.(interface{ Unix() int64 }); ok {
				arg = "at some time"
			}
			words = strings.NewReplacer("%s", fmt.Sprint(arg), "%d", fmt.Sprint(arg)).Replace(words[:strings.Index(words, "%")+2]) + words[strings.Index(words, "%")+2:]
		}
		lines = append(lines, strings.Join(strings.Fields(fmt.Sprintf("%s: %s %s %s", row.Label, words, row.See, row.SeeName)), " "))
	}
	return strings.Join(lines, "\n")
}
func TestWhatIsNewerStandsInTheWayAndIsNamed(t *testing.T) {
	store, conn := behind(t)
	admin, other := modelstest.Admin(t, store), modelstest.Admin(t, store)
	do := func(by *models.User, kind string, params models.ActParams, ids ...int64) *models.Act {
		t.Helper()
		return commit(t, store, by, rehearse(t, store, by, models.NewRehearsal{Kind: kind, Params: params, IDs: ids}))
	}
	role := func(to string) models.ActParams { return models.ActParams{Role: to} }
	check := func(what string, receipt int64, want string, args ...any) {
		t.Helper()
		before := everything(t, conn)
		if got := inTheWay(t, store, admin, models.UndoOf{Receipt: receipt}); got != fmt.Sprintf(want, args...) {
			t.Errorf("%s: %q", what, got)
		}
		if now := everything(t, conn); now != before {
			t.Errorf("%s: something was changed: %s", what, unlike(before, now))
		}
		act, err := store.Act(modelstest.Context(t), admin, receipt)
		if err != nil {
			t.Fatal(err)
		}
		lines, _, err := store.ActLines(modelstest.Context(t), admin, act, 0, 10)
		if err != nil || lines[0].CanUndo() || lines[0].Why.Text == "" {
			t.Errorf("%s: the receipt says %+v %v", what, lines, err)
		}
	}

	ann := modelstest.User(t, store, modelstest.Named("ann"))
	first := do(admin, "set-role", role("editor"), ann.ID)
	second := do(admin, "set-role", role("user"), ann.ID)
	check("the role was changed by an act", first.ID, "ann: The role was changed since act %d", second.ID)
	undo(t, store, admin, second.ID)
	undo(t, store, admin, first.ID) // nothing stands in the way any more

	city := do(admin, "set-metadata", models.ActParams{Field: "city", Value: "Lyon"}, ann.ID)
	do(admin, "set-metadata", models.ActParams{Field: "note", Value: "x"}, ann.ID)
	run(t, conn, `update users set metadata = metadata || '{"city": "Riga"}' where id = $1`, ann.ID)
	check("a field was changed by hand", city.ID, "ann: The field city was changed since")
	run(t, conn, `update users set metadata = metadata || '{"city": "Lyon"}' where id = $1`, ann.ID)
	undo(t, store, admin, city.ID)
	if got := ask[string](t, conn, "select metadata::text from users where id = $1", ann.ID); got != `{"note": "x"}` {
		t.Error("the other field is", got)
	}

	off := do(admin, "deactivate", models.ActParams{}, ann.ID)
	gone := do(admin, "delete", models.ActParams{}, ann.ID)
	check("the account is gone", off.ID, "ann: The account is gone. act %d", gone.ID)

	taker := modelstest.User(t, store, func(in *models.NewUser) { in.Username, in.Name, in.Email = "Ann", "Dana Finch", "dana@example.com" })
	check("the user name was taken", gone.ID, "ann: The user name ann was taken at some time user %d Dana Finch", taker.ID)
	run(t, conn, "update users set username = 'dana', email = 'ANN@example.com' where id = $1", taker.ID)
	check("the address was taken", gone.ID, "ann: The address ann@example.com was taken at some time user %d Dana Finch", taker.ID)
	run(t, conn, "update users set email = 'dana@example.com' where id = $1", taker.ID)
	back := undo(t, store, admin, gone.ID)

	undo(t, store, admin, off.ID)
	post := modelstest.Post(t, store, ann)
	check("they wrote since", back.ID, "ann: Has written 1 posts since user %d ann", ann.ID)
	run(t, conn, "delete from posts where id = $1", post.ID)
	if _, err := store.StartSession(modelstest.Context(t), ann2(t, store, ann.ID), models.Browser{}, nil); err != nil {
		t.Fatal(err)
	}
	check("they signed in since", back.ID, "ann: Has signed in since user %d ann", ann.ID)
	run(t, conn, "delete from sessions where user_id = $1", ann.ID)
	run(t, conn, "update users set last_seen_at = null")
	later := do(admin, "set-role", role("editor"), ann.ID)
	check("changed by another act since", back.ID, "ann: Changed since act %d", later.ID)

	own := do(other, "set-role", role("editor"), admin.ID)
	run(t, conn, "update users set role = 'admin' where id = $1", admin.ID)
	run(t, conn, `update act_rows set after = '{"role": "admin"}', before = '{"role": "user"}' where act_id = $1`, own.ID)
	check("oneself", own.ID, "%s: This is you. Ask another admin.", admin.Username)

	until := models.ActParams{Until: ann.CreatedAt.AddDate(1, 0, 0), Reason: "x"}
	held := do(admin, "suspend", until, ann.ID)
	freed := do(admin, "reactivate", models.ActParams{}, ann.ID)
	check("the suspension was ended", held.ID, "ann: The suspension was changed since act %d", freed.ID)

	// Of a post: its author.
	bob := modelstest.User(t, store, modelstest.Named("bob"))
	post = modelstest.Post(t, store, bob)
	removed := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{TargetKind: "post", Kind: "delete", IDs: []int64{post.ID}}))
	left := do(admin, "delete", models.ActParams{}, bob.ID)
	check("the author is gone", removed.ID, "A post: The author's account is gone act %d", left.ID)
	undo(t, store, admin, left.ID)
	undo(t, store, admin, removed.ID)
	if n := ask[int](t, conn, "select post_count from users where id = $1", bob.ID); n != 1 {
		t.Errorf("bob has %d posts", n)
	}
	proven(t, store, "all that stands in the way")
}

// ann2 reads a user with the password's hash.
func ann2(t testing.TB, store *models.Store, id int64) *models.User {
	t.Helper()
	user, err := store.User(modelstest.Context(t), id)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func TestTheOthersCanBeTakenBack(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ids := people(t, store, conn, admin)
	act := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: ids}))
	name := ask[string](t, conn, "select label from act_rows where target_id = $1", ids[3])
	modelstest.User(t, store, func(in *models.NewUser) { in.Username, in.Email = name, "other@example.com" })
	if got := inTheWay(t, store, admin, models.UndoOf{Receipt: act.ID}); !strings.Contains(got, name) || strings.Contains(got, "\n") {
		t.Error(got)
	}
	back, err := store.Undo(modelstest.Context(t), admin, models.UndoOf{Receipt: act.ID, Others: true})
	if err != nil || back.Total != 5 || back.Refused != 1 {
		t.Fatalf("%+v %v", back, err)
	}
	lines, _, err := store.Refusals(modelstest.Context(t), admin, back, 0, 10)
	if err != nil || len(lines) != 1 || lines[0].ID != ids[3] || !strings.HasPrefix(lines[0].See, "user ") || len(lines[0].Why.Args) != 2 {
		t.Errorf("%+v %v", lines, err)
	}
	if got := inTheWay(t, store, admin, models.UndoOf{Receipt: act.ID, Others: true}); !strings.Contains(got, name) {
		t.Error(got)
	}
	proven(t, store, "the others")
}
