package controllers_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// hostileAmounts are what no amount, price or quantity is.
var hostileAmounts = []string{"-1", "-0.01", "-0", "NaN", "nan", "Infinity", "-Infinity", "inf", "1e309", "1e3", "1E-3", "0.001", "1000000000000", "10000000000.00", "99999999999999999999999999", "ten", " ", "1,50", "1 000", "0x10", "+1", "1_0", "１０",
	"½", "1;2", "'; drop table orders; --", "null", "true", "[]", "1\x002", "\xff", "1.5.0", ".", strings.Repeat("9", 100_000), "0." + strings.Repeat("0", 100_000) + "1"}

// held is all that the ledger and the orders hold.
func held(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	return ask[string](t, conn, `select concat_ws('|', (select count(*) from transfers), (select count(*) from entries), (select sum(abs(amount)) from entries), (select count(*) from orders), (select count(*) from order_states),
		(select string_agg(credits::text, ',' order by id) from users), (select string_agg(concat_ws(' ', name, prices, stock), ',' order by id) from perks), (select count(*) from acts), (select count(*) from allowances))`)
}

func TestNoDoorTakesAHostileAmount(t *testing.T) {
	site, conn, admin, ann, perk := shop(t)
	bob := modelstest.User(t, site.Store, modelstest.Named("bob"))
	post := modelstest.Post(t, site.Store, bob)
	grant := ask[string](t, conn, "select id::text from transfers where kind = 'grant'")
	chief, reader := site.signIn(admin), site.signIn(ann)
	kept := held(t, conn)
	doors := []struct {
		by          *browser
		path, field string
		pairs       []string
		also        []string // what is nothing there, and elsewhere something
	}{
		{reader, "/transfers", "amount", []string{"to", "bob", "note", ""}, []string{"", "0", "0.00"}},
		{reader, "/transfers", "amount", []string{"post", fmt.Sprint(post.ID)}, []string{"", "0"}},
		{reader, "/orders", "quantity", []string{"perk_id", fmt.Sprint(perk.ID)}, []string{"", "0", "1.5", "10001"}},
		{chief, "/admin/grants", "amount", []string{"to", "ann", "note", ""}, []string{"", "0"}},
		{chief, "/admin/transfers/" + grant + "/reversals", "amount", []string{"reason", "A mistake"}, []string{"0"}},
		{chief, "/admin/rehearsals", "amount", []string{"target", "user", "act", "grant", "set", "all", "filter", "", "note", ""}, []string{"", "0"}},
		{chief, "/admin/settings", "amount", []string{"from", "2099-01-01"}, nil},
		{chief, "/admin/perks", "prices", []string{"name", "Free"}, []string{"", "0", "5\n-1"}},
		{chief, "/admin/perks", "stock", []string{"name", "Free", "prices", "1"}, []string{"1.5"}},
		{chief, fmt.Sprintf("/admin/perks/%d", perk.ID), "prices", []string{"name", "Free"}, []string{"", "0"}},
	}
	for _, door := range doors {
		for _, amount := range append(door.also, hostileAmounts...) {
			if strings.TrimSpace(amount) == "" && (door.field == "stock" || door.path == "/admin/settings") {
				continue // without end; no allowance
			}
			b := door.by.post(door.path, append([]string{door.field, amount}, door.pairs...)...)
			if shown := amount[:min(len(amount), 20)]; b.code != 422 || strings.TrimSpace(b.page.Find("#"+door.field+"-error").Text()) == "" {
				t.Errorf("%s takes %q as %s: %d %q", door.path, shown, door.field, b.code, strings.TrimSpace(b.page.Find(".errors, .error").Text()))
			}
		}
	}
	if now := held(t, conn); now != kept {
		t.Errorf("something moved:\n%s\n%s", kept, now)
	}
	if off, err := site.Check(modelstest.Context(t)); err != nil || len(off) > 0 {
		t.Error(off, err)
	}
}

func TestNoCallTakesAHostileAmount(t *testing.T) {
	site, conn, admin, ann, perk := shop(t)
	bob := modelstest.User(t, site.Store, modelstest.Named("bob"))
	grant := ask[string](t, conn, "select id::text from transfers where kind = 'grant'")
	chief, writer := site.program(admin, models.ScopeAdmin), site.program(ann, models.ScopeWrite)
	kept := held(t, conn)
	raw := []string{"-1", "0", "1", "1.5", "1e309", "1e3", "0.001", "1000000000000", "true", "[]", "{}", `["1"]`, `{"amount": "1"}`}
	for _, call := range []struct {
		by          *program
		path, field string
		body        string
		also        []string
	}{
		{writer, "/api/transfers", "amount", fmt.Sprintf(`"to": %d`, bob.ID), []string{"0"}},
		{chief, "/api/admin/grants", "amount", fmt.Sprintf(`"to": %d`, bob.ID), []string{"0"}},
		{chief, "/api/admin/transfers/" + grant + "/reversals", "amount", `"reason": "A mistake"`, []string{"0"}},
		{chief, "/api/admin/acts", "amount", `"rehearse": true, "act": "grant", "filter": "", "note": ""`, []string{"", "0"}},
		{writer, "/api/orders", "quantity", fmt.Sprintf(`"perk_id": %d`, perk.ID), []string{"1", "2"}},
	} {
		var values []string
		for _, text := range append(call.also, hostileAmounts...) {
			encoded, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, string(encoded))
		}
		for _, value := range append(values, raw...) {
			if call.field == "quantity" && value == "1" {
				continue // which is a quantity
			}
			a := call.by.call("POST", call.path, fmt.Sprintf(`{%s, %q: %s}`, call.body, call.field, value))
			var said struct {
				Fields map[string]string `json:"fields"`
			}
			status := 422
			if value == `" "` && call.path != "/api/admin/acts" && !strings.HasSuffix(call.path, "reversals") && call.field == "amount" {
				status = 400 // it is missing
			}
			if err := json.Unmarshal(a.body, &said); err != nil || a.status != status || said.Fields[call.field] == "" {
				t.Errorf("%s takes %.20s as %s: %d %.200s", call.path, value, call.field, a.status, a.body)
			}
		}
	}
	for _, value := range []string{"NaN", "Infinity", "-Infinity", "01", ".5", "+1", "1.", "'1'"} {
		for path, field := range map[string]string{"/api/transfers": "amount", "/api/orders": "quantity"} {
			writer.call("POST", path, fmt.Sprintf(`{"to": %d, "perk_id": %d, %q: %s}`, bob.ID, perk.ID, field, value)).fails(400, "The body is not JSON")
		}
	}
	if now := held(t, conn); now != kept {
		t.Errorf("something moved:\n%s\n%s", kept, now)
	}
}

// What is somebody else's is not there, or not allowed, whichever way one comes.
func TestOtherPeoplesAccountsAreClosed(t *testing.T) {
	site, conn, _, ann, perk := shop(t)
	eve, bob := modelstest.User(t, site.Store, modelstest.Named("eve")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	modelstest.Credits(t, conn, "5", "username = 'eve'")
	post := modelstest.Post(t, site.Store, bob)
	if _, _, err := site.PlaceOrder(modelstest.Context(t), ann, models.NewOrder{PerkID: perk.ID, Quantity: 1, Key: "anns"}); err != nil {
		t.Fatal(err)
	}
	payment := ask[string](t, conn, "select id::text from transfers where kind = 'order'")
	grant := ask[string](t, conn, "select id::text from transfers where kind = 'grant' and actor_id is null order by at limit 1")
	b, p := site.signIn(eve), site.program(eve, models.ScopeWrite)
	kept := held(t, conn)
	statement := fmt.Sprintf("/admin/users/%d/statement", ann.ID)
	for path, status := range map[string]int{"/orders/1": 404, "/transfers/" + payment: 404, "/transfers/" + strings.ToUpper(payment): 404, "/transfers/0": 404, "/admin/transfers/" + payment: 403, statement: 403, statement + ".csv": 403,
		"/admin/orders": 403, "/admin/orders.csv": 403, "/admin/orders?user=ann": 403, "/credits/statement?user=ann": 200, "/credits/statement?month=2026-13": 422, "/credits/statement?after=x": 422, "/credits?after=-": 422} {
		if b.open(path); b.code != status || status == 200 && strings.Contains(b.words(), "Print copy") {
			t.Errorf("%s: %d, not %d", path, b.code, status)
		}
	}
	for path, pairs := range map[string][]string{"/orders/1/cancel": {"note", ""}, "/orders/-1/cancel": nil, "/orders/x/cancel": nil, "/orders/99999999999999999999/cancel": nil} {
		b.post(path, pairs...).status(404)
	}
	for path, pairs := range map[string][]string{"/admin/orders/1/acts": {"act", "cancel"}, "/admin/rehearsals": {"target", "order", "act", "cancel", "set", "all", "filter", "", "note", ""}, "/admin/acts": {"rehearsal", grant},
		"/admin/grants": {"to", "eve", "amount", "1"}, "/admin/transfers/" + grant + "/reversals": {"reason", "x"}, "/admin/settings": {"amount", "5"}, "/admin/perks": {"name", "Free", "prices", "0.01"}} {
		b.post(path, pairs...).status(403)
	}
	// From somebody else's account nothing is given, whatever the form says besides.
	b.post("/transfers", "from", fmt.Sprint(ann.ID), "user_id", fmt.Sprint(ann.ID), "to", "bob", "amount", "6").status(422).sees("Insufficient credits or user not found")
	b.post("/orders", "user_id", fmt.Sprint(ann.ID), "perk_id", fmt.Sprint(perk.ID), "quantity", "4").status(422).sees("This costs 16.00 credits, and you have 5.00.")
	for _, id := range []string{"0", "-1", "x", "99999999999999999999", "999999"} {
		b.post("/transfers", "post", id, "amount", "1").status(404)
	}
	for _, to := range []string{"", "eve", "nobody", "a b", "'--", strings.Repeat("x", 100_000)} {
		b.post("/transfers", "to", to, "amount", "1").status(422)
	}
	for path, status := range map[string]int{"/api/orders/1": 404, "/api/orders?user=ann": 200, fmt.Sprintf("/api/orders?user_id=%d", ann.ID): 403, userPath(ann) + "/statement": 403, userPath(ann) + "/statement?at=2026-01-01": 403,
		userPath(ann) + "/stats": 403, "/api/users/0/statement": 404, "/api/users/-1/statement": 404, "/api/admin/acts": 403, userPath(eve) + "/statement?at=NaN": 422, userPath(eve) + "/statement?after=x": 422, userPath(eve) + "/statement?limit=1e309": 422} {
		a := p.get(path)
		if a.status != status || status == 200 && string(a.body) != "[]\n" && string(a.body) != "[]" {
			t.Errorf("%s: %d, not %d: %s", path, a.status, status, a.body)
		}
	}
	p.call("POST", "/api/transfers", fmt.Sprintf(`{"from": %d, "to": %d, "amount": "1"}`, ann.ID, bob.ID)).fails(422, "A field has a wrong value", "from")
	p.call("POST", "/api/transfers", fmt.Sprintf(`{"to": %d, "amount": "1", "post_id": %d}`, ann.ID, post.ID)).fails(422, "A field has a wrong value", "post_id")
	p.call("POST", "/api/orders", fmt.Sprintf(`{"perk_id": %d, "user_id": %d}`, perk.ID, ann.ID)).fails(422, "A field has a wrong value", "user_id")
	p.call("POST", "/api/admin/grants", fmt.Sprintf(`{"to": %d, "amount": "1"}`, eve.ID)).gives(403)
	p.call("POST", "/api/admin/transfers/"+grant+"/reversals", `{"reason": "x"}`).gives(403)
	p.call("POST", "/api/admin/acts", `{"rehearse": true, "target": "order", "act": "cancel", "ids": [1]}`).gives(403)
	if now := held(t, conn); now != kept {
		t.Errorf("something moved:\n%s\n%s", kept, now)
	}
	// The key of another's request is one's own.
	p.keyed("anns").call("POST", "/api/orders", fmt.Sprintf(`{"perk_id": %d}`, perk.ID)).gives(201).has("user_id", eve.ID)
	// What a statement's address holds is never taken for SQL.
	for _, evil := range []string{"'", "1;select", "%00", strings.Repeat("9", 5000)} {
		b.open("/credits/statement?month=" + url.QueryEscape(evil)).status(422)
		b.open("/orders?after=" + url.QueryEscape(evil)).status(422)
	}
}
