package models_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAUserOrdersWithCredits(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "20")
	p := perk(t, store, admin)
	in := models.NewOrder{PerkID: p.ID, Quantity: 3, Note: "  To the  back door. ", Key: "one", Prices: p.PriceList()}
	order, replayed, err := store.PlaceOrder(ctx, ann, in)
	if err != nil || replayed || order.Product != "Print copy" || order.Price.String() != "4" || order.Total.String() != "12" || order.State != "ordered" ||
		order.Note != "To the back door." || order.Username != ann.Username {
		t.Fatalf("%+v, %v", order, err)
	}
	if credits(t, conn, ann) != "8.00" || ask[int](t, conn, "select stock from perks") != 7 || ask[string](t, conn, "select metadata::text from orders") != `{"note": "To the back door."}` {
		t.Error(credits(t, conn, ann))
	}
	again, replayed, err := store.PlaceOrder(ctx, ann, in)
	if err != nil || !replayed || again.ID != order.ID || credits(t, conn, ann) != "8.00" || ask[int](t, conn, "select stock from perks") != 7 {
		t.Errorf("again: %+v %v %v", again, replayed, err)
	}
	for _, other := range []models.NewOrder{{PerkID: p.ID, Quantity: 2, Note: in.Note, Key: "one"}, {PerkID: p.ID, Quantity: 3, Key: "one"}, {PerkID: p.ID + 1, Quantity: 3, Note: in.Note, Key: "one"}} {
		if _, _, err := store.PlaceOrder(ctx, ann, other); err == nil || err.Error() != models.ErrKeyUsed.Error() {
			t.Errorf("the key for something else: %v", err)
		}
	}
	// A key belongs to its user, and to one thing.
	bob := modelstest.User(t, store)
	grant(t, conn, bob, "100")
	if other, replayed, err := store.PlaceOrder(ctx, bob, in); err != nil || replayed || other.ID == order.ID {
		t.Error(other, replayed, err)
	}
	if _, err := store.Thank(ctx, bob, models.NewThanks{To: ann.ID, Amount: amount("1"), Key: "thanks"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.PlaceOrder(ctx, bob, models.NewOrder{PerkID: p.ID, Quantity: 1, Key: "thanks"}); err == nil || err.Error() != models.ErrKeyUsed.Error() {
		t.Errorf("the key of a transfer: %v", err)
	}
	if kind := ask[string](t, conn, "select kind || ' ' || amount || ' ' || note from transfers where id = $1", order.TransferID); kind != "order 12.00 Print copy × 3" {
		t.Error(kind)
	}
	if n := ask[int](t, conn, "select count(*) from audit where kind = 'order.create' and target_id = $1", order.ID); n != 1 {
		t.Errorf("%d lines of one order", n)
	}
	if n := ask[int](t, conn, "select count(*) from events where kind = 'order' and ref = $1 and audience in (0, $2)", order.ID, ann.ID); n != 2 {
		t.Errorf("%d events of one order", n)
	}
	proven(t, store, "orders")
}

func TestAnOrderThatCannotBeMovesNothing(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "20")
	p, past := perk(t, store, admin), perk(t, store, admin, "to", "2020-01-01T00:00")
	dear := perk(t, store, admin, "prices", "99999999.99", "stock", "")
	gone := perk(t, store, admin, "stock", "0")
	for _, try := range []struct {
		in    models.NewOrder
		field string
		want  error
	}{
		{models.NewOrder{PerkID: p.ID, Quantity: 0}, "quantity", nil},
		{models.NewOrder{PerkID: p.ID, Quantity: -1}, "quantity", nil},
		{models.NewOrder{PerkID: p.ID, Quantity: 1_000_000_000}, "quantity", nil},
		{models.NewOrder{PerkID: dear.ID, Quantity: 10_000}, "quantity", models.ErrConflict},
		{models.NewOrder{PerkID: p.ID, Quantity: 6}, "quantity", models.ErrConflict},  // 24.00
		{models.NewOrder{PerkID: p.ID, Quantity: 11}, "quantity", models.ErrConflict}, // of 10
		{models.NewOrder{PerkID: gone.ID, Quantity: 1}, "quantity", models.ErrConflict},
		{models.NewOrder{PerkID: p.ID, Quantity: 1, Prices: "4.00"}, "quantity", nil},
		{models.NewOrder{PerkID: p.ID, Quantity: 1, Note: strings.Repeat("x", 301)}, "note", nil},
		{models.NewOrder{PerkID: p.ID, Quantity: 1, Note: "a\x00"}, "note", nil},
		{models.NewOrder{PerkID: p.ID, Quantity: 1, Key: strings.Repeat("x", 101)}, "key", nil},
		{models.NewOrder{PerkID: past.ID, Quantity: 1}, "", models.ErrNotFound},
		{models.NewOrder{PerkID: 999, Quantity: 1}, "", models.ErrNotFound},
		{models.NewOrder{PerkID: -1, Quantity: 1}, "", models.ErrNotFound},
	} {
		_, _, err := store.PlaceOrder(ctx, ann, try.in)
		var invalid models.Invalid
		var conflict *models.Conflict
		if errors.As(err, &conflict) {
			invalid = conflict.Fields
		} else {
			errors.As(err, &invalid)
		}
		if err == nil || try.want != nil && !errors.Is(err, try.want) || try.field != "" && invalid[try.field].Text == "" {
			t.Errorf("%+v: %v", try.in, err)
		}
	}
	if _, _, err := store.PlaceOrder(ctx, nil, models.NewOrder{PerkID: p.ID, Quantity: 1}); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	order, _, err := store.PlaceOrder(ctx, ann, models.NewOrder{PerkID: p.ID, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	suspend(t, conn, ann, time.Now().Add(time.Hour), "shouting")
	var suspended *models.Suspended
	if _, _, err := store.PlaceOrder(ctx, ann, models.NewOrder{PerkID: p.ID, Quantity: 1}); !errors.As(err, &suspended) || suspended.Reason != "shouting" {
		t.Errorf("a suspended user orders: %v", err)
	}
	if _, err := store.CancelOrder(ctx, ann, order.ID, ""); !errors.As(err, &suspended) {
		t.Errorf("a suspended user cancels: %v", err)
	}
	run(t, conn, "update users set is_active = false where id = $1", ann.ID)
	if _, _, err := store.PlaceOrder(ctx, ann, models.NewOrder{PerkID: p.ID, Quantity: 1}); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("a deactivated user orders: %v", err)
	}
	if n := ask[int](t, conn, "select count(*) from orders") + ask[int](t, conn, "select count(*) from transfers where kind = 'order'"); n != 2 || credits(t, conn, ann) != "15.00" ||
		ask[int](t, conn, "select stock from perks where id = $1", p.ID) != 9 {
		t.Errorf("refused orders moved: %d, %s", n, credits(t, conn, ann))
	}
	proven(t, store, "refused orders")
}

func TestACancelledOrderIsPaidBackOnce(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	p := perk(t, store, admin)
	place := func(quantity int) *models.Order {
		t.Helper()
		order, _, err := store.PlaceOrder(ctx, ann, models.NewOrder{PerkID: p.ID, Quantity: quantity})
		if err != nil {
			t.Fatal(err)
		}
		return order
	}
	first, second, third := place(2), place(1), place(3)
	cancelled, err := store.CancelOrder(ctx, ann, first.ID, "changed my mind")
	if err != nil || cancelled.Total.String() != "9" || credits(t, conn, ann) != "83.00" {
		t.Fatalf("%+v %v %s", cancelled, err, credits(t, conn, ann))
	}
	for range 3 {
		if _, err := store.CancelOrder(ctx, ann, first.ID, ""); !errors.Is(err, models.ErrConflict) {
			t.Errorf("again: %v", err)
		}
	}
	var receipts atomic.Int64
	together(8, func(i int) {
		act, err := store.ActOnOrder(ctx, admin, []int64{second.ID, third.ID}[i%2], "cancel", "")
		if err != nil {
			t.Error(err)
		} else if act != nil {
			receipts.Add(1)
		}
	})
	if receipts.Load() != 2 {
		t.Errorf("%d receipts for two orders", receipts.Load())
	}
	if credits(t, conn, ann) != "100.00" || ask[int](t, conn, "select stock from perks") != 10 {
		t.Errorf("credits %s", credits(t, conn, ann))
	}
	if n := ask[int](t, conn, `select count(*) from order_states s join transfers r on r.id = s.transfer_id join orders o on o.id = s.order_id and r.reverses = o.transfer_id
		where r.kind = 'refund' and r.amount = o.total and s.state = 'cancelled'`); n != 3 {
		t.Errorf("%d refunds name what they pay back", n)
	}
	_, states, err := store.Order(ctx, ann, first.ID)
	if err != nil || len(states) != 2 || states[0].State != "ordered" || states[0].ByName != ann.Username || states[1].State != "cancelled" || states[1].Note != "changed my mind" || states[1].TransferID == nil {
		t.Errorf("%+v %v", states, err)
	}

	done := place(1)
	if _, err := store.ActOnOrder(ctx, ann, done.ID, "fulfil", ""); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("a user fulfils: %v", err)
	}
	for _, by := range []*models.User{bob, admin, nil} {
		if _, err := store.CancelOrder(ctx, by, done.ID, ""); err == nil || by != nil && !errors.Is(err, models.ErrNotFound) {
			t.Errorf("someone else cancels as their own: %v", err)
		}
	}
	for _, by := range []*models.User{bob, nil} {
		if _, _, err := store.Order(ctx, by, done.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("someone else reads: %v", err)
		}
		if _, err := store.ActOnOrder(ctx, by, done.ID, "cancel", ""); !errors.Is(err, models.ErrForbidden) {
			t.Errorf("someone else acts: %v", err)
		}
	}
	if act, err := store.ActOnOrder(ctx, admin, done.ID, "fulfil", "sent"); err != nil || act.Total != 1 || act.IsFinal() {
		t.Errorf("%+v %v", act, err)
	}
	if act, err := store.ActOnOrder(ctx, admin, first.ID, "fulfil", ""); !errors.Is(err, models.ErrConflict) {
		t.Errorf("what is cancelled is fulfilled: %+v %v", act, err)
	}
	if _, err := store.CancelOrder(ctx, ann, done.ID, ""); !errors.Is(err, models.ErrConflict) || credits(t, conn, ann) != "95.00" {
		t.Errorf("a user cancels what is fulfilled: %v", err)
	}
	run(t, conn, "update users set is_active = false where id = $1", ann.ID)
	act, err := store.ActOnOrder(ctx, admin, done.ID, "cancel", "lost")
	if err != nil || act.Counts.Refunded().String() != "5" || !act.IsFinal() || credits(t, conn, ann) != "100.00" {
		t.Errorf("an admin cancels what is fulfilled, of a deactivated user: %+v %v", act, err)
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: act.ID}); !errors.Is(err, models.ErrConflict) || credits(t, conn, ann) != "100.00" {
		t.Errorf("a cancellation is taken back: %v", err)
	}
	for _, id := range []int64{0, -1, 999} {
		if _, err := store.ActOnOrder(ctx, admin, id, "cancel", ""); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("order %d: %v", id, err)
		}
	}
	if kinds := ask[string](t, conn, "select string_agg(kind || ' ' || n, ', ' order by kind) from (select kind, count(*) as n from audit where kind like 'order.%' or kind like 'act.%' group by 1) x"); kinds != "act.cancel 3, act.fulfil 1, order.cancel 1, order.create 4" {
		t.Error(kinds)
	}
	proven(t, store, "cancelling")
}

func TestTheStatesOfAnOrderCannotBeCheated(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	p := perk(t, store, admin)
	order, _, err := store.PlaceOrder(ctx, ann, models.NewOrder{PerkID: p.ID, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	add := "insert into order_states (order_id, state) values (%d, '%s')"
	for _, try := range []struct{ sql, state string }{
		{fmt.Sprintf(add, order.ID, "ordered"), "PR020"},
		{"update order_states set at = now()", "PR020"},
		{"update orders set total = 1", "428C9"},
		{"update orders set quantity = 0", "23514"},
		{"update orders set price = 0", "23514"},
		{"update orders set state = 'lost'", "23514"},
		{"insert into orders (user_id, product_name, price, transfer_id) select user_id, product_name, price, transfer_id from orders", "23505"},
		{"insert into orders (user_id, product_name, price, transfer_id) select user_id, 'x', 1, gen_random_uuid() from orders", "23503"},
		{fmt.Sprintf(add, order.ID, "cancelled") + "; " + fmt.Sprintf(add, order.ID, "fulfilled"), "PR020"},
		{fmt.Sprintf(add, order.ID, "cancelled") + "; " + fmt.Sprintf(add, order.ID, "cancelled"), "PR020"},
		{"update perks set stock = -1", "23514"},
	} {
		if state, _, err := refused(t, conn, try.sql); state != try.state {
			t.Errorf("%s: %s, not %s: %v", try.sql, state, try.state, err)
		}
	}
	proven(t, store, "cheating")
	run(t, conn, "update orders set state = 'cancelled'")
	if off, err := store.Check(ctx); err != nil || len(off) != 2 || !strings.HasPrefix(off[0], "order:") || !strings.HasPrefix(off[1], "payment:") {
		t.Errorf("a state by hand: %q %v", off, err)
	}
}

func TestOrdersAreListedCountedAndExported(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob, eve := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob")), modelstest.User(t, store)
	paper, slot := perk(t, store, admin), perk(t, store, admin, "name", "=Slot, \"front\"", "prices", "1", "stock", "")
	for i, user := range []*models.User{ann, bob, ann, ann} {
		grant(t, conn, user, "10")
		if _, _, err := store.PlaceOrder(ctx, user, models.NewOrder{PerkID: []int64{paper.ID, slot.ID}[i%2], Quantity: 1, Note: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.ActOnOrder(ctx, admin, 1, "cancel", ""); err != nil {
		t.Fatal(err)
	}
	run(t, conn, "update orders set order_date = '2026-01-01 23:30+00' where id = 3")
	place := func(id int) string { // in the list
		return ask[string](t, conn, "select (extract(epoch from order_date) * 1000000)::bigint || '-' || id from orders where id = $1", id)
	}
	list := func(by *models.User, query ...string) string {
		t.Helper()
		f, err := models.ParseOrderFilter(modelstest.Values(query...), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		orders, next, err := store.Orders(ctx, by, f)
		if err != nil {
			return err.Error()
		}
		var ids []string
		for _, o := range orders {
			ids = append(ids, fmt.Sprint(o.ID))
		}
		count, err := store.CountOrders(ctx, by, f)
		if err != nil || f.After.ID == 0 && next == "" && int(count.Orders) != len(orders) {
			t.Errorf("%v: %+v %v", query, count, err)
		}
		return strings.Join(ids, " ") + map[bool]string{true: " …"}[next != ""]
	}
	for _, try := range []struct {
		by    *models.User
		query string
		want  string
	}{
		{admin, "", "4 2 1 3"}, {ann, "", "4 1 3"}, {eve, "", ""}, {nil, "", "forbidden"}, {bob, fmt.Sprint("user_id ", ann.ID), "forbidden"}, {admin, "user ANN", "4 1 3"}, {bob, "user ann", ""},
		{admin, "state cancelled", "1"}, {admin, fmt.Sprint("perk ", slot.ID), "4 2"}, {admin, "to 2026-01-01", "3"}, {admin, "from 2026-01-01 to 2026-01-01", "3"},
		{admin, "from 2026-01-02 state ordered", "4 2"}, {admin, "limit 2", "4 2 …"}, {admin, fmt.Sprint("limit 2 after ", place(2)), "1 3"},
	} {
		if got := list(try.by, strings.Fields(try.query)...); got != try.want {
			t.Errorf("%q: %s, not %s", try.query, got, try.want)
		}
	}
	for field, value := range map[string]string{"state": "lost", "user": "a b", "user_id": "x", "perk": "-1", "from": "today", "to": "2026-02-31", "after": "0", "limit": "1000"} {
		var invalid models.Invalid
		if _, err := models.ParseOrderFilter(modelstest.Values(field, value), time.UTC); !errors.As(err, &invalid) || invalid[field].Text == "" {
			t.Errorf("%s %s: %v", field, value, err)
		}
	}
	for user, want := range map[*models.User]string{ann: "2 6.00", bob: "1 1.00", eve: "0 0.00"} {
		if count, err := store.UserOrders(ctx, user, user.ID); err != nil || fmt.Sprint(count.Orders, " ", count.Total.StringFixed(2)) != want {
			t.Errorf("%s: %+v %v", user.Username, count, err)
		}
	}
	if _, err := store.UserOrders(ctx, bob, ann.ID); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	top, err := store.TopOrderers(ctx, admin, 10)
	if err != nil || len(top) != 2 || top[0].Username != "ann" || top[0].Orders != 2 || top[1].Username != "bob" {
		t.Errorf("%+v %v", top, err)
	}
	if _, err := store.TopOrderers(ctx, ann, 10); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	var csv bytes.Buffer
	f, _ := models.ParseOrderFilter(modelstest.Values("state", "ordered"), time.UTC)
	if n, err := store.ExportOrders(ctx, admin, f, &csv); err != nil || n != 3 {
		t.Fatal(n, err)
	}
	lines := strings.Split(csv.String(), "\n")
	if lines[0] != "id,user_id,username,perk_id,product_name,quantity,price,total,order_date,state,state_at,state_by,note,transfer_id" ||
		!strings.HasPrefix(lines[3], fmt.Sprintf("3,%d,ann,%d,Print copy,1,5.00,5.00,2026-01-01T23:30:00Z,ordered,", ann.ID, paper.ID)) || !strings.Contains(lines[1], `"'=Slot, ""front""",1,1.00`) {
		t.Error(csv.String())
	}
	if _, err := store.ExportOrders(ctx, ann, f, &csv); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	if filter := ask[string](t, conn, "select details ->> 'filter' || ' ' || (details ->> 'rows') from audit where kind = 'export.orders'"); filter != "state=ordered 3" {
		t.Error(filter)
	}
}

func TestOrdersComeBackWithTheirUser(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "15")
	p := perk(t, store, admin)
	for range 3 {
		if _, _, err := store.PlaceOrder(ctx, ann, models.NewOrder{PerkID: p.ID, Quantity: 1, Note: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []int64{1, 2} {
		if _, err := store.ActOnOrder(ctx, admin, id, "fulfil", ""); err != nil {
			t.Fatal(err)
		}
	}
	whole := func() string {
		return ask[string](t, conn, "select coalesce((select string_agg(to_jsonb(t)::text, E'\n' order by id) from orders t), '') || coalesce((select string_agg(to_jsonb(t)::text, E'\n' order by id) from order_states t), '')")
	}
	before := whole()
	r := rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: []int64{ann.ID}})
	act := commit(t, store, admin, r)
	if act.Counts.Count("orders") != 3 || whole() != "" {
		t.Fatalf("%v %s", act.Counts, whole())
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: act.ID}); err != nil {
		t.Fatal(err)
	}
	if after := whole(); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	proven(t, store, "the undo")
}
