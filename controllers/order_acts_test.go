package controllers_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAllOrdersThatMatchAreActedUponOnPages(t *testing.T) {
	site, conn, admin, ann, perk := shop(t)
	bob := modelstest.User(t, site.Store, modelstest.Named("bob"))
	modelstest.Credits(t, conn, "100", "id = $1", bob.ID)
	place := func(user *models.User, n int) {
		t.Helper()
		for range n {
			if _, _, err := site.PlaceOrder(modelstest.Context(t), user, models.NewOrder{PerkID: perk.ID, Quantity: 1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	place(bob, 3)
	place(ann, 2)
	b := site.signIn(admin)

	b.open("/admin/orders?state=ordered&user=bob").sees("3 orders, 15.00 credits", "on all 3 that match")
	if filter := b.page.Find("#acts [name=filter]").AttrOr("value", ""); filter != "state=ordered&user=bob" {
		t.Errorf("the bar acts on %q", filter)
	}
	b.submit("Rehearse", "set", "all", "act", "cancel").sees("All that match", "A short note").submit("Rehearse", "note", "out of paper").
		sees("Orders: ordered, of bob", "Cancel 3 of 3 orders", "Would change 3 orders", "Paid back 15.00 credits", "Print copy")
	if n := counted(t, conn, "select count(*) from transfers where kind = 'refund'"); n != 0 {
		t.Errorf("%d refunds before anyone is sure", n)
	}
	place(bob, 1) // meanwhile
	b.submit("Cancel these 3 orders", "reason", "The press is broken").sees("The set has changed since the rehearsal. Nothing was changed.", "New in the set", "Cancel 4 of 4 orders", "Paid back 20.00")
	if n := counted(t, conn, "select count(*) from transfers where kind = 'refund'"); n != 0 {
		t.Errorf("%d refunds of a set that has changed", n)
	}
	page := b.at.Path
	b.submit("Cancel these 4 orders", "reason", "The press is broken").sees("Receipt 1", "4 orders cancelled", "Paid back 20.00", "The press is broken", "Orders: ordered, of bob")
	receipt := b.at.Path
	b.open(page).sees("This was done.").open(receipt + "/rows.csv").sees("Print copy")
	b.post("/admin/acts", "rehearsal", page[len(page)-36:]).sees("Receipt 1") // a second click
	site.signIn(bob).open("/orders/1").sees("cancelled", "out of paper", "paid back")
	if n := counted(t, conn, "select count(*) from transfers where kind = 'refund'"); n != 4 {
		t.Errorf("%d refunds", n)
	}
	b.post("/admin/rehearsals", "target", "order", "act", "cancel", "set", "all", "filter", "colour=red", "note", "").status(422).sees("There is no filter of the name")
	b.post("/admin/rehearsals", "target", "order", "act", "cancel", "set", "all", "filter", "limit=2", "note", "").status(422)
	if off, err := site.Check(modelstest.Context(t)); err != nil || len(off) > 0 {
		t.Error(off, err)
	}
}

func TestProgramsActOnOrders(t *testing.T) {
	site, conn, admin, ann, perk := shop(t)
	for range 3 {
		if _, _, err := site.PlaceOrder(modelstest.Context(t), ann, models.NewOrder{PerkID: perk.ID, Quantity: 1}); err != nil {
			t.Fatal(err)
		}
	}
	chief, own := site.program(admin, models.ScopeAdmin), site.program(ann, models.ScopeWrite)
	acts := func(body string) *answer { return chief.call("POST", "/api/admin/acts", body) }
	read := func(a *answer) map[string]any {
		t.Helper()
		var body map[string]any
		if err := json.Unmarshal(a.body, &body); err != nil {
			t.Fatal(string(a.body))
		}
		return body
	}
	own.call("POST", "/api/admin/acts", `{"rehearse": true, "target": "order", "act": "fulfil", "filter": ""}`).fails(403, "Not allowed", "token")
	acts(`{"target": "order", "act": "fulfil", "ids": [1]}`).fails(422, "A field has a wrong value", "rehearse")
	acts(`{"rehearse": true, "target": "order", "act": "delete", "ids": [1]}`).fails(422, "A field has a wrong value", "act")
	acts(`{"rehearse": true, "target": "orders", "act": "fulfil", "ids": [1]}`).gives(422)
	acts(`{"rehearse": true, "target": "order", "act": "fulfil", "filter": "q=x"}`).fails(422, "A field has a wrong value", "filter")
	acts(`{"rehearse": true, "target": "order", "act": "fulfil", "filter": "state=lost"}`).gives(422)
	acts(`{"rehearse": true, "target": "order", "act": "fulfil", "ids": [1], "note": 7}`).fails(422, "A field has a wrong value", "note")

	r := read(acts(`{"rehearse": true, "target": "order", "act": "fulfil", "ids": [1], "note": "sent"}`).gives(200))
	if change := r["changes"].([]any)[0].(map[string]any); r["count"] != 1.0 || change["username"] != "ann" || change["product_name"] != "Print copy" || change["before"].(map[string]any)["state"] != "ordered" ||
		change["after"].(map[string]any)["state"] != "fulfilled" || change["before"].(map[string]any)["total"] != "5.00" {
		t.Errorf("%v", r)
	}
	done := read(acts(fmt.Sprintf(`{"rehearsal": %q}`, r["rehearsal"])).gives(201))
	if done["target"] != "order" || done["act"] != "fulfil" || done["count"] != 1.0 || done["params"].(map[string]any)["note"] != "sent" {
		t.Errorf("%v", done)
	}
	chief.call("POST", fmt.Sprintf("/api/admin/acts/%v/undo", done["receipt"]), "").gives(201)
	chief.get("/api/orders/1").gives(200).has("state", "ordered")

	r = read(acts(`{"rehearse": true, "target": "order", "act": "cancel", "filter": "` + url.Values{"user": {"ann"}}.Encode() + `"}`).gives(200))
	if r["count"] != 3.0 || r["refunded"] != "15.00" || len(r["refused"].([]any)) != 0 {
		t.Errorf("%v", r)
	}
	body := fmt.Sprintf(`{"rehearsal": %q, "reason": "The press is broken"}`, r["rehearsal"])
	if _, err := site.CancelOrder(modelstest.Context(t), ann, 2, ""); err != nil {
		t.Fatal(err)
	}
	changed := read(acts(body).gives(409))
	if changed["difference"] == nil || changed["rehearsal"] == nil || counted(t, conn, "select count(*) from transfers where kind = 'refund'") != 1 {
		t.Errorf("%v", changed)
	}
	for _, row := range changed["difference"].(map[string]any)["changed"].([]any) {
		if is := row.(map[string]any)["is"].(map[string]any); is["total"] != "5.00" {
			t.Errorf("an amount that is no text: %v", is)
		}
	}
	key := read(chief.get(fmt.Sprintf("/api/admin/rehearsals/%s", changed["rehearsal"])).gives(200))
	if key["count"] != 2.0 || key["refunded"] != "10.00" {
		t.Errorf("%v", key)
	}
	body = fmt.Sprintf(`{"rehearsal": %q}`, changed["rehearsal"])
	first, again := acts(body).gives(201), acts(body).gives(201)
	if string(first.body) != string(again.body) || read(first)["refunded"] != "10.00" {
		t.Errorf("%s, then %s", first.body, again.body)
	}
	chief.call("POST", fmt.Sprintf("/api/admin/acts/%v/undo", read(first)["receipt"]), "").gives(409)
	chief.get(fmt.Sprintf("/api/admin/acts/%v", read(first)["receipt"])).gives(200)
	own.get("/api/transfers").gives(200)
	if balance := ask[string](t, conn, "select credits::text from users where id = $1", ann.ID); balance != "20.00" {
		t.Errorf("%s", balance)
	}
	if off, err := site.Check(modelstest.Context(t)); err != nil || len(off) > 0 {
		t.Error(off, err)
	}
}
