package models_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// grants says how many grants there are, of how much, and what the users have.
func grants(t testing.TB, conn *pgx.Conn) string {
	t.Helper()
	return ask[string](t, conn, `select format('%s grants of %s, %s back of %s; users have %s', count(*) filter (where kind = 'grant'), coalesce(sum(amount) filter (where kind = 'grant'), 0),
		count(*) filter (where kind = 'reversal'), coalesce(sum(amount) filter (where kind = 'reversal'), 0), (select sum(credits) from users)) from transfers`)
}

func TestManyAreGrantedCreditsAsRehearsed(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin := modelstest.Admin(t, store)
	ann, bob, off, full := modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob")),
		modelstest.User(t, store, modelstest.Named("off")), modelstest.User(t, store, modelstest.Named("full"))
	run(t, conn, "update users set is_active = false where id = $1", off.ID)
	modelstest.Credits(t, conn, "9999999998", "id = $1", full.ID)
	modelstest.Credits(t, conn, "5", "id = $1", ann.ID)
	before := grants(t, conn)
	in := models.NewRehearsal{Kind: "grant", IDs: []int64{ann.ID, bob.ID, off.ID, full.ID}, Params: models.ActParams{Amount: " 2.5", Note: " For the  autumn "}}
	r := rehearse(t, store, admin, in)
	lines, _, err := store.RehearsalLines(ctx, admin, r, 0, 10)
	if err != nil || r.Changes != 2 || r.Refused != 2 || fmt.Sprint(lines[0].Before, lines[0].After, lines[1].Before, lines[1].After) != "map[credits:5] map[credits:7.5] map[credits:0] map[credits:2.5]" {
		t.Fatalf("%+v %+v %v", r, lines, err)
	}
	refused, _, _ := store.RehearsalRefusals(ctx, admin, r, 0, 10)
	if len(refused) != 2 || refused[0].Why.String() != "Deactivated. Reactivate the user first." || refused[1].Why.String() != "This is more than the account can hold." {
		t.Errorf("%+v", refused)
	}
	if now := grants(t, conn); now != before {
		t.Fatal("the rehearsal left ", now)
	}

	// What a user has may change meanwhile: the grant is the same.
	modelstest.Credits(t, conn, "1", "id = $1", bob.ID)
	// Two clicks, two tabs and a retry give once.
	var wait sync.WaitGroup
	receipts := make([]*models.Act, 4)
	for i := range receipts {
		wait.Go(func() { receipts[i], _ = store.Commit(ctx, admin, r.Key, "Autumn") })
	}
	wait.Wait()
	act := receipts[0]
	for _, other := range receipts {
		if other == nil || other.ID != act.ID {
			t.Errorf("%+v", receipts)
		}
	}
	if credits(t, conn, ann) != "7.50" || credits(t, conn, bob) != "3.50" || act.Total != 2 || act.Refused != 2 || act.Params["amount"] != "2.50" {
		t.Fatalf("%s %s %+v", credits(t, conn, ann), credits(t, conn, bob), act)
	}
	if got := ask[string](t, conn, `select string_agg(distinct format('%s %s %s %s', t.kind, t.amount, t.note, t.actor_id = $2), ', ')
		from transfers t where t.id in (select transfer_id from act_transfers where act_id = $1)`, act.ID, admin.ID); got != "grant 2.50 For the autumn t" {
		t.Error(got)
	}
	if n := ask[int](t, conn, "select count(*) from audit where kind = 'act.grant' and receipt = $1", act.ID); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	proven(t, store, "the grants")

	// Taken back: of who has spent it the undo says so, and nothing is changed.
	if _, err := store.Thank(ctx, ann, models.NewThanks{To: bob.ID, Amount: amount("6")}); err != nil {
		t.Fatal(err)
	}
	before = grants(t, conn)
	_, err = store.Undo(ctx, admin, models.UndoOf{Receipt: act.ID})
	var way *models.InTheWay
	if !errors.As(err, &way) || way.Count != 1 || way.Rows[0].Why.String() != "Has spent some: 1.50 credits are there, and 2.50 were granted" || way.Rows[0].See != fmt.Sprint("user ", ann.ID) {
		t.Fatalf("%+v %v", way, err)
	}
	if now := grants(t, conn); now != before {
		t.Fatal("the refused undo left ", now)
	}
	back, err := store.Undo(ctx, admin, models.UndoOf{Receipt: act.ID, Others: true, Reason: "Too early"})
	if err != nil || back.Total != 1 || back.Refused != 1 || credits(t, conn, bob) != "7.00" || credits(t, conn, ann) != "1.50" {
		t.Fatalf("%+v %v", back, err)
	}
	if got := ask[string](t, conn, `select format('%s %s of %s', r.note, r.amount, o.amount) from transfers r join transfers o on o.id = r.reverses where r.kind = 'reversal'`); got != "Too early 2.50 of 2.50" {
		t.Error(got)
	}
	lines, _, err = store.ActLines(ctx, admin, back, 0, 10)
	if err != nil || fmt.Sprint(lines[0].Before, lines[0].After) != "map[credits:9.5] map[credits:7]" || lines[0].CanUndo() {
		t.Errorf("%+v %v", lines, err)
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: back.ID}); err == nil || !strings.Contains(err.Error(), "Grant it again") {
		t.Errorf("the undo of the undo: %v", err)
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: act.ID, IDs: []int64{bob.ID}}); err == nil {
		t.Error("the same is taken back twice")
	}
	// What was reversed in part by hand is taken back as far as it is left.
	moved := ask[[16]byte](t, conn, "select transfer_id from act_transfers where act_id = $1 and target_id = $2", act.ID, ann.ID)
	if _, err := store.Reverse(ctx, admin, models.NewReversal{Transfer: moved, Amount: amount("1"), Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	modelstest.Credits(t, conn, "1", "id = $1", ann.ID)
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: act.ID, Others: true}); err != nil || credits(t, conn, ann) != "0.00" {
		t.Errorf("%s %v", credits(t, conn, ann), err)
	}
	proven(t, store, "the undo")
}

func TestAGrantToManyNeedsAnAmount(t *testing.T) {
	store, _ := behind(t)
	admin := modelstest.Admin(t, store)
	for _, bad := range []string{"", "0", "-1", "NaN", "1e309", "0.001", "1000000000000", "ten"} {
		_, err := store.Rehearse(modelstest.Context(t), admin, models.NewRehearsal{TargetKind: "user", Kind: "grant", IDs: []int64{admin.ID}, Params: models.ActParams{Amount: bad, Note: strings.Repeat("x", 301)}})
		var invalid models.Invalid
		if !errors.As(err, &invalid) || invalid["amount"].Text == "" || invalid["note"].Text == "" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAGrantOfWhoIsGoneStandsInTheWay(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann"))
	give := func() *models.Act {
		act, err := store.Commit(ctx, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "grant", IDs: []int64{ann.ID}, Params: models.ActParams{Amount: "3"}}).Key, "")
		if err != nil {
			t.Fatal(err)
		}
		return act
	}
	first, second := give(), give()
	moved := ask[[16]byte](t, conn, "select transfer_id from act_transfers where act_id = $1", first.ID)
	if _, err := store.Reverse(ctx, admin, models.NewReversal{Transfer: moved, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	if got := inTheWay(t, store, admin, models.UndoOf{Receipt: first.ID}); !strings.HasPrefix(got, "ann: It was reversed by hand transfer ") {
		t.Error(got)
	}
	gone, err := store.Commit(ctx, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: []int64{ann.ID}}).Key, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := inTheWay(t, store, admin, models.UndoOf{Receipt: second.ID}); got != fmt.Sprintf("ann: The account is gone. act %d", gone.ID) {
		t.Error(got)
	}
	undo(t, store, admin, gone.ID)
	undo(t, store, admin, second.ID)
	if credits(t, conn, ann) != "0.00" {
		t.Error(credits(t, conn, ann))
	}
	proven(t, store, "all of it")
}

func TestAGrantToThousandsGoesOnWhereItWasAndGivesOnce(t *testing.T) {
	address := modelstest.URL(t)
	conn, blocker := modelstest.SQL(t, address), modelstest.SQL(t, address)
	ctx := modelstest.Context(t)
	first := modelstest.Open(t, address)
	admin := modelstest.Admin(t, first)
	run(t, conn, `insert into users (username, name, email) select 'u-' || i, 'x', i || '@x' from generate_series(1, 2500) i`)
	filter := "q=u-"
	r := rehearse(t, first, admin, models.NewRehearsal{Kind: "grant", Filter: &filter, Params: models.ActParams{Amount: "2"}})
	if r.Changes != 2500 {
		t.Fatalf("%+v", r)
	}
	tx, err := blocker.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "select from users where username = 'u-1700' for update"); err != nil {
		t.Fatal(err)
	}
	act, err := first.Commit(ctx, admin, r.Key, "")
	if err != nil || act.State != "running" {
		t.Fatalf("%+v %v", act, err)
	}
	for n := 0; n < 1699; n = ask[int](t, conn, "select count(*) from act_rows") {
		time.Sleep(20 * time.Millisecond)
	}
	first.Close() // in the middle of a batch
	if n := ask[int](t, conn, "select count(*) from transfers"); n != 1699 {
		t.Errorf("%d transfers, and the receipt says 1699", n)
	}
	tx.Rollback(ctx)
	run(t, conn, "update users set is_active = false where username = 'u-2000'")
	second, third := modelstest.Open(t, address), modelstest.Open(t, address)
	for _, store := range []*models.Store{second, third} {
		if err := store.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if act = done(t, second, admin, act); act.Total != 2499 || act.Refused != 1 {
		t.Errorf("%+v", act)
	}
	if got := grants(t, conn); got != "2499 grants of 4998.00, 0 back of 0; users have 4998.00" {
		t.Error(got)
	}
	back := done(t, second, admin, undo(t, second, admin, act.ID))
	if got := grants(t, conn); back.Total != 2499 || got != "2499 grants of 4998.00, 2499 back of 4998.00; users have 0.00" {
		t.Errorf("%+v %s", back, got)
	}
	proven(t, second, "the job")
}
