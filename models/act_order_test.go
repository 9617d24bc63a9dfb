package models_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// ordersOf places orders for the users in turn, and returns their ids.
func ordersOf(t testing.TB, store *models.Store, p *models.Perk, n int, users ...*models.User) (ids []int64) {
	t.Helper()
	for i := range n {
		order, _, err := store.PlaceOrder(modelstest.Context(t), users[i%len(users)], models.NewOrder{PerkID: p.ID, Quantity: 1})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, order.ID)
	}
	return ids
}

func onOrders(kind string, filter string, ids ...int64) models.NewRehearsal {
	in := models.NewRehearsal{TargetKind: "order", Kind: kind, IDs: ids, Params: models.ActParams{Note: "by train"}}
	if ids == nil {
		in.Filter = &filter
	}
	return in
}

// stateOfAll is how many orders are in each state, with credits and stock.
func stateOfAll(t testing.TB, conn *pgx.Conn) string {
	t.Helper()
	return ask[string](t, conn, `select concat_ws('; ', (select string_agg(state || ' ' || n, ', ' order by state) from (select state, count(*) as n from orders group by 1) x),
		(select string_agg(credits::text, ' ' order by id) from users where role = 'user'), (select stock from perks),
		(select count(*) from transfers), (select count(*) from order_states), (select count(*) from events where kind <> 'rehearsal'), (select count(*) from audit))`)
}

func TestAllOrdersThatMatchAreFulfilledAfterARehearsal(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	grant(t, conn, ann, "100")
	grant(t, conn, bob, "100")
	p := perk(t, store, admin, "prices", "5", "stock", "50")
	ids := ordersOf(t, store, p, 8, ann, bob)
	if _, err := store.CancelOrder(ctx, ann, ids[0], ""); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ActOnOrder(ctx, admin, ids[1], "fulfil", ""); err != nil {
		t.Fatal(err)
	}
	before := stateOfAll(t, conn)
	r := rehearse(t, store, admin, onOrders("fulfil", ""))
	if r.Total != 8 || r.Changes != 6 || r.Refused != 1 || r.Same() != 1 {
		t.Errorf("%+v", r)
	}
	refusals, _, err := store.RehearsalRefusals(ctx, admin, r, 0, 10)
	if err != nil || len(refusals) != 1 || refusals[0].ID != ids[0] || refusals[0].Why.Text == "" || refusals[0].Label != "Print copy" || refusals[0].Name != "ann" {
		t.Errorf("%+v %v", refusals, err)
	}
	if now := stateOfAll(t, conn); now != before {
		t.Errorf("the rehearsal changed something:\n%s\n%s", before, now)
	}
	act := commit(t, store, admin, r)
	if act.Total != 6 || act.Refused != 1 || act.TargetKind != "order" || act.IsFinal() || !act.CanUndo(time.Now()) {
		t.Errorf("%+v", act)
	}
	if again, err := store.Commit(ctx, admin, r.Key, ""); err != nil || again.ID != act.ID {
		t.Errorf("a second click: %+v %v", again, err)
	}
	if n := ask[int](t, conn, `select count(*) from order_states where state = 'fulfilled' and note = 'by train' and by_id = $1 and by_name = $2`, admin.ID, admin.Username); n != 6 {
		t.Errorf("%d states say who, when and why", n)
	}
	// What was fulfilled by mistake is open again, as a further state; what was cancelled since is not.
	if _, err := store.ActOnOrder(ctx, admin, ids[7], "cancel", ""); err != nil {
		t.Fatal(err)
	}
	var way *models.InTheWay
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: act.ID}); !errors.As(err, &way) || way.Count != 1 || way.Rows[0].ID != ids[7] || way.Rows[0].See == "" {
		t.Errorf("%v %+v", err, way)
	}
	back, err := store.Undo(ctx, admin, models.UndoOf{Receipt: act.ID, Others: true})
	if err != nil || back.Total != 5 || ask[int](t, conn, `select count(*) from orders where state = 'ordered'`) != 5 || ask[int](t, conn, `select count(*) from order_states where order_id = $1`, ids[2]) != 3 {
		t.Errorf("%+v %v", back, err)
	}
	if _, err := store.CancelOrder(ctx, ann, ids[2], ""); err != nil {
		t.Errorf("a user cancels what is open again: %v", err)
	}
	if again := undo(t, store, admin, back.ID, ids[3], ids[4]); again.Total != 2 || ask[int](t, conn, `select count(*) from orders where state = 'fulfilled'`) != 3 {
		t.Errorf("fulfilled again: %+v", again)
	}
	proven(t, store, "fulfilling, undone and done again")
}

func TestAllOrdersThatMatchAreCancelledAndPaidBack(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob, rich := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob")), modelstest.User(t, store, modelstest.Named("rich"))
	for _, user := range []*models.User{ann, bob, rich} {
		grant(t, conn, user, "100")
	}
	p := perk(t, store, admin, "prices", "5", "stock", "50")
	ids := ordersOf(t, store, p, 9, ann, bob, rich)
	grant(t, conn, rich, "9999999914.99") // the account can hold no more
	if _, err := store.ActOnOrder(ctx, admin, ids[4], "fulfil", ""); err != nil {
		t.Fatal(err)
	}
	before := stateOfAll(t, conn)
	r := rehearse(t, store, admin, onOrders("cancel", "perk="+fmt.Sprint(p.ID)))
	if r.Total != 9 || r.Changes != 6 || r.Refused != 3 || r.Counts.Refunded().String() != "30" || stateOfAll(t, conn) != before {
		t.Errorf("%+v %s", r, r.Counts.Refunded())
	}
	refusals, _, err := store.RehearsalRefusals(ctx, admin, r, 0, 10)
	if err != nil || len(refusals) != 3 || refusals[0].Why.String() != "This is more than the account can hold." {
		t.Errorf("%+v %v", refusals, err)
	}
	// A new order, one that is fulfilled meanwhile, one that is cancelled: nothing is done, and the difference is shown.
	for what, change := range map[string]func(){
		"came":    func() { ordersOf(t, store, p, 1, ann) },
		"changed": func() { _, err = store.ActOnOrder(ctx, admin, ids[0], "fulfil", "") },
		"left":    func() { _, err = store.CancelOrder(ctx, bob, ids[1], "") },
	} {
		if change(); err != nil {
			t.Fatal(err)
		}
		kept := stateOfAll(t, conn)
		var changed *models.SetChanged
		if _, err := store.Commit(ctx, admin, r.Key, ""); !errors.As(err, &changed) || changed.Difference.Count() != 1 {
			t.Fatalf("%s: %v", what, err)
		}
		if now := stateOfAll(t, conn); now != kept {
			t.Errorf("%s: changed all the same:\n%s\n%s", what, kept, now)
		}
		if r, err = store.AwaitRehearsal(ctx, admin, changed.Rehearsal.Key, 10*time.Second); err != nil || r.State != "done" {
			t.Fatal(err)
		}
	}
	acts := make([]*models.Act, 4)
	together(4, func(i int) { // a double click, and more
		var err error
		if acts[i], err = store.Commit(ctx, admin, r.Key, "the press is broken"); err != nil {
			t.Error(err)
		}
	})
	act := done(t, store, admin, acts[0])
	for _, other := range acts {
		if other == nil || other.ID != act.ID {
			t.Errorf("%+v is another receipt", other)
		}
	}
	if act.Total != 6 || act.Refused != 3 || act.Counts.Refunded().String() != "30" || !act.IsFinal() {
		t.Errorf("%+v", act)
	}
	if credits(t, conn, ann) != "100.00" || credits(t, conn, bob) != "100.00" || ask[int](t, conn, `select stock from perks`) != 47 ||
		ask[int](t, conn, `select count(*) from order_states where state = 'cancelled' and note = 'by train' and transfer_id is not null`) != 6 {
		t.Error(stateOfAll(t, conn))
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: act.ID}); !errors.Is(err, models.ErrConflict) {
		t.Errorf("cancellations are taken back: %v", err)
	}
	if outlook, err := store.Outlook(ctx, admin, act); err != nil || outlook.Left != 0 {
		t.Errorf("%+v %v", outlook, err)
	}
	proven(t, store, "cancelling")
}

// Very many orders go in batches; who may write no more ends it, with what is done done and the rest named.
func TestVeryManyOrdersAreTurnedInBatches(t *testing.T) {
	store, conn := behind(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "10000")
	grant(t, conn, bob, "10000")
	p := perk(t, store, admin, "prices", "1", "stock", "5000")
	manyOrders(t, conn, p, 1200, ann, bob)
	proven(t, store, "many orders")
	r := rehearse(t, store, admin, onOrders("fulfil", "state=ordered"))
	if act := commit(t, store, admin, r); act.Total != 1200 {
		t.Fatalf("%+v", act)
	}
	r = rehearse(t, store, admin, onOrders("cancel", ""))
	if r.Changes != 1200 || r.Counts.Refunded().String() != "1200" {
		t.Fatalf("%+v", r)
	}
	act := commit(t, store, admin, r)
	if act.Total != 1200 || act.Counts.Refunded().String() != "1200" || credits(t, conn, ann) != "10000.00" || ask[int](t, conn, `select stock from perks`) != 5000 {
		t.Errorf("%+v %s", act, credits(t, conn, ann))
	}
	f, _ := models.ParseOrderFilter(modelstest.Values("state", "cancelled"), time.UTC)
	if count, err := store.CountOrders(ctx, admin, f); err != nil || count.Orders != 1200 || count.Total.String() != "1200" {
		t.Errorf("%+v %v", count, err)
	}
	proven(t, store, "many cancellations")
}

// manyOrders places orders of one piece by the Store's own function, in one statement.
func manyOrders(t testing.TB, conn *pgx.Conn, p *models.Perk, n int, users ...*models.User) {
	t.Helper()
	var ids []int64
	for _, user := range users {
		ids = append(ids, user.ID)
	}
	run(t, conn, `with paid as (select i, ($2::bigint[])[1 + i % cardinality($2::bigint[])] as who, m.transfer from generate_series(1, $3) i
			cross join lateral move_credits('order', ($2::bigint[])[1 + i % cardinality($2::bigint[])], null, 1, 'x', null, null, null, null, null) m order by i),
		made as (insert into orders (user_id, perk_id, product_name, price, transfer_id) select who, $1, 'Print copy', 1, transfer from paid order by i returning id),
		states as (insert into order_states (order_id, state) select id, 'ordered' from made order by id returning 1)
		update perks set stock = stock - $3 where id = $1`, p.ID, ids, n)
}
