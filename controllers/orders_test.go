package controllers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// shop is a site with an admin, a user with 20 credits, and a perk of which there are ten.
func shop(t *testing.T) (s *site, conn *pgx.Conn, admin, ann *models.User, perk *models.Perk) {
	t.Helper()
	address := modelstest.URL(t)
	s, conn = newSiteOver(t, modelstest.Open(t, address)), modelstest.SQL(t, address)
	admin, ann = modelstest.Admin(t, s.Store), modelstest.User(t, s.Store, modelstest.Named("ann"))
	modelstest.Credits(t, conn, "20", "id = $1", ann.ID)
	return s, conn, admin, ann, newPerk(t, s, admin)
}

func newPerk(t testing.TB, s *site, admin *models.User, pairs ...string) *models.Perk {
	t.Helper()
	form := map[string]string{"name": "Print copy", "description": "Any post, on paper.\n\nSent by post.", "tags": "paper, print", "prices": "5\n4.50\n4", "category": "Print", "rating": "4.5",
		"details": "paper: linen", "stock": "10"}
	for i := 0; i+1 < len(pairs); i += 2 {
		form[pairs[i]] = pairs[i+1]
	}
	perk, err := models.ParsePerk(form, time.UTC)
	if err == nil {
		err = s.CreatePerk(modelstest.Context(t), admin, perk)
	}
	if err != nil {
		t.Fatal(err)
	}
	return perk
}

func counted(t testing.TB, conn *pgx.Conn, sql string) (n int) {
	t.Helper()
	if err := conn.QueryRow(modelstest.Context(t), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAUserOrdersOnAPage(t *testing.T) {
	site, conn, _, ann, perk := shop(t)
	b := site.signIn(ann)
	b.open("/perks").sees("You have 20.00 credits.", "Print copy", "from 4.00 credits", "Print", "paper", "10 left").click("Print copy")
	b.sees("5.00 credits, or from 4.00 for more", "Any post, on paper.", "Sent by post.", "Each, for 2", "Each, from 3 on", "4.50 credits", "linen", "4.5 of 5")
	if len(b.page.Find(".prose p").Nodes) != 2 {
		t.Error("the description has lost its paragraphs")
	}
	form := b.page
	b.submit("Order with credits", "quantity", "3", "note", "To the back door.").status(200).
		sees("Ordered: Print copy × 3, for 12.00 credits.", "Order 1", "ordered", "ann", "To the back door.", "12.00 credits", "4.00 credits")
	if b.at.Path != "/orders/1" {
		t.Errorf("the receipt is at %s", b.at)
	}
	b.open(b.at.Path).seesNot("Ordered: Print copy").sees("Order 1")
	// The same form, sent again: a double click, or back and once more.
	b.page, b.at.Path = form, perk.Path()
	b.submit("Order with credits", "quantity", "3", "note", "To the back door.").status(200).sees("This order was placed already. Nothing more was moved.", "Order 1")
	b.page, b.at.Path = form, perk.Path()
	b.submit("Order with credits", "quantity", "1").status(422).sees("This form has placed an order already. To order once more, send it again.")
	b.submit("Order with credits").status(200).sees("Order 2", "Ordered: Print copy × 1, for 5.00 credits.")
	b.open("/orders/1").click("12.00 credits").status(200).sees("order", "12.00", "Print copy × 3")
	b.open("/orders").sees("2 orders, 17.00 credits", "3 pieces", "1 piece", "ordered").click("Print copy")
	b.open("/perks").sees("You have 3.00 credits.", "6 left")
	if n := counted(t, conn, "select count(*) from orders"); n != 2 {
		t.Errorf("%d orders", n)
	}
	b.open("/orders/1").submit("Cancel order 1", "note", "too many").sees("Order 1 is cancelled. 12.00 credits are paid back.", "cancelled", "too many", "paid back").seesNot("Cancel order 1")
	b.post("/orders/1/cancel").status(200).sees("Order 1 is cancelled already.").click("paid back")
	b.status(200).sees("refund", "12.00")
	b.open("/orders").sees("1 order, 5.00 credits", "Cancelled orders do not count.", "cancelled")
	b.open("/perks").sees("You have 15.00 credits.", "9 left")
	b.open("/orders/1/cancel").status(200).sees("Order 1")
	b.open(ann.Path()).sees("Orders", "1 order, 5.00 credits")
	site.visitor().open(ann.Path()).seesNot("5.00 credits")
}

func TestAnOrderThatIsRefusedSaysWhyAtItsField(t *testing.T) {
	site, conn, admin, ann, perk := shop(t)
	dear := newPerk(t, site, admin, "name", "Gold", "prices", "99999999.99", "stock", "")
	gone := newPerk(t, site, admin, "name", "Gone", "stock", "0")
	b := site.signIn(ann)
	for _, try := range []struct{ quantity, says string }{
		{"0", "This is a whole number from 1 to 10,000."}, {"-1", "This is a whole number from 1 to 10,000."}, {"1e9", "This is a whole number from 1 to 10,000."},
		{"1000000000", "This is a whole number from 1 to 10,000."}, {"99999999999999999999", "This is a whole number from 1 to 10,000."}, {"two", "This is a whole number from 1 to 10,000."},
		{"", "This is a whole number from 1 to 10,000."}, {"1.5", "This is a whole number from 1 to 10,000."}, {"NaN", "This is a whole number from 1 to 10,000."},
		{"11", "Only 10 are left."}, {"6", "This costs 24.00 credits, and you have 20.00."},
	} {
		b.open(perk.Path()).submit("Order with credits", "quantity", try.quantity).status(422).sees(try.says)
		if said := strings.TrimSpace(b.page.Find("#quantity-error").Text()); said != try.says {
			t.Errorf("%q: at the field: %q", try.quantity, said)
		}
		if kept := b.page.Find("#quantity").AttrOr("value", ""); kept != try.quantity {
			t.Errorf("%q became %q", try.quantity, kept)
		}
	}
	b.open(dear.Path()).submit("Order with credits", "quantity", "10000").status(422).sees("This costs 999,999,999,900.00 credits, and you have 20.00.")
	b.open(perk.Path()).submit("Order with credits", "note", strings.Repeat("x", 301)).status(422).sees("The note is too long")
	b.open(gone.Path()).sees("Nothing is left of this.")
	b.post("/orders", "perk_id", fmt.Sprint(gone.ID), "quantity", "1").status(422).sees("Nothing is left of this.")
	b.open(perk.Path())
	if _, err := conn.Exec(modelstest.Context(t), "update perks set prices = '{6}' where id = $1", perk.ID); err != nil {
		t.Fatal(err)
	}
	b.submit("Order with credits", "quantity", "1").status(422).sees("The price has changed since you opened this page.", "6.00 credits")
	for _, id := range []string{"", "0", "-1", "x", "999999", "99999999999999999999"} {
		b.post("/orders", "perk_id", id, "quantity", "1").status(404)
	}
	site.visitor().post("/orders", "perk_id", fmt.Sprint(perk.ID), "quantity", "1").sees("Sign in")
	// Someone else's order is not there.
	if _, _, err := site.PlaceOrder(modelstest.Context(t), ann, models.NewOrder{PerkID: perk.ID, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	bob := site.signIn(modelstest.User(t, site.Store))
	bob.open("/orders/1").status(404)
	bob.post("/orders/1/cancel").status(404)
	bob.post("/admin/orders/1/acts", "act", "fulfil").status(403)
	bob.post("/admin/rehearsals", "target", "order", "act", "cancel", "set", "all", "note", "").status(403)
	bob.post("/admin/perks", "name", "Free", "prices", "0.01").status(403)
	bob.post(fmt.Sprintf("/admin/perks/%d", perk.ID), "name", "Free", "prices", "0.01").status(403)
	bob.post(fmt.Sprintf("/admin/perks/%d/delete", perk.ID)).status(403)
	bob.open("/admin/orders.csv").status(403)
	suspendUser(t, conn, ann, "shouting")
	b.open(perk.Path()).submit("Order with credits", "quantity", "1").status(403).sees("You are suspended until", "shouting")
	b.open("/orders/1").submit("Cancel order 1").status(403).sees("You are suspended until", "shouting")
	if n := counted(t, conn, "select count(*) from orders where state = 'ordered'") + counted(t, conn, "select count(*) from transfers where kind in ('order', 'refund')"); n != 2 {
		t.Errorf("%d orders and transfers, not 2", n)
	}
	if off, err := site.Check(modelstest.Context(t)); err != nil || len(off) > 0 {
		t.Error(off, err)
	}
}

func suspendUser(t testing.TB, conn *pgx.Conn, user *models.User, reason string) {
	t.Helper()
	if _, err := conn.Exec(modelstest.Context(t), "insert into suspensions (user_id, reason, until) values ($1, $2, now() + interval '1 day')", user.ID, reason); err != nil {
		t.Fatal(err)
	}
}

func TestAnAdminKeepsThePerksOnPages(t *testing.T) {
	site, conn, admin, ann, perk := shop(t)
	b := site.signIn(admin)
	b.open("/admin/perks")
	b.sees("Print copy", "on offer").click("New perk")
	b.submit("Put it into the catalogue", "name", "", "prices", "free", "stock", "-1", "rating", "NaN", "details", "paper", "to", "never", "tags", strings.Repeat("x", 41)).status(422).
		sees("7 things to put right", "Give the perk a name.", "An amount is above zero and looks like 10 or 2.50.", "This is a whole number from 0 to 1,000,000.",
			"A rating is a number from 0 to 5, such as 4.5.", "A detail looks like “paper: linen”, one a line.", "A moment looks like 2026-11-21T08:00.", "A tag has at most 40 characters.")
	b.submit("Put it into the catalogue", "name", "Featured <b>slot</b>", "prices", "2", "stock", "", "rating", "", "details", "place: top", "to", "2099-01-01T10:00", "tags", "Front").status(200).
		sees("“Featured <b>slot</b>” is in the catalogue.")
	b.submit("Save the perk", "name", "Featured slot", "from", "2098-01-01T10:00").sees("“Featured slot” is saved.")
	b.open("/admin/perks").sees("Featured slot", "ahead", "front", "no end")
	b.open("/admin/perks?tag=front").sees("Featured slot").seesNot("Print copy")
	b.open("/admin/perks?category=nothing").sees("No perks match")
	b.open("/perks?tag=paper").sees("Print copy").seesNot("Featured slot")
	b.open("/perks?tag=pap").sees("No perks match")
	b.open("/perks?category=Print").sees("Print copy")
	site.signIn(ann).open("/perks/2-featured-slot").status(404)
	b.open("/perks/2").sees("This cannot be ordered now. Admins alone see the page.")

	// Two admins, or an admin and an order, at the same time.
	path := fmt.Sprintf("/admin/perks/%d", perk.ID)
	b.open(path)
	if _, _, err := site.PlaceOrder(modelstest.Context(t), ann, models.NewOrder{PerkID: perk.ID, Quantity: 2}); err != nil {
		t.Fatal(err)
	}
	b.submit("Save the perk", "stock", "20").status(422).sees("8 are left by now: others have ordered since you opened this page.")
	b.submit("Save the perk", "stock", "20").sees("“Print copy” is saved.")
	b.open(path)
	other := site.signIn(modelstest.Admin(t, site.Store))
	other.open(path).submit("Save the perk", "name", "Print copy, signed").sees("is saved.")
	if _, _, err := site.PlaceOrder(modelstest.Context(t), ann, models.NewOrder{PerkID: perk.ID, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	b.submit("Save the perk", "name", "Copy").status(422).sees("This perk was changed after you opened it.")
	b.submit("Save the perk").sees("“Copy” is saved.")
	if n := counted(t, conn, "select stock from perks where id = 1"); n != 19 {
		t.Errorf("%d are left, not 19", n)
	}
	b.open(path).click("Delete…")
	b.sees("2 orders of it stay").submit("Delete this perk").sees("“Copy” is deleted. Orders of it stay.")
	b.open(path).status(404)
	b.open("/orders/1").sees("Print copy")
	b.open("/admin/audit?kind=perk").sees("made a perk", "changed a perk", "deleted a perk", "Copy")
}

func TestAnAdminFulfilsAndCancelsManyOrders(t *testing.T) {
	site, conn, admin, ann, perk := shop(t)
	bob := modelstest.User(t, site.Store, modelstest.Named("bob"))
	modelstest.Credits(t, conn, "100", "id = $1", bob.ID)
	for i, user := range []*models.User{ann, bob, bob, bob, bob} {
		if _, _, err := site.PlaceOrder(modelstest.Context(t), user, models.NewOrder{PerkID: perk.ID, Quantity: 1 + i%2, Note: fmt.Sprint("note ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	b := site.signIn(admin)
	b.open("/admin").sees("Top 10 by orders").click("All orders")
	b.sees("5 orders, 33.00 credits", "note 4", "on all 5 that match")
	b.open("/admin/orders?user=ann").sees("1 order, 5.00 credits").seesNot("note 1")
	b.open("/admin/orders?state=cancelled").sees("No orders match")
	b.open("/admin/orders?state=lost&user=a+b&from=x").status(422).sees("3 things to put right", "An order is ordered, fulfilled or cancelled.", "A day looks like 2026-11-21.")
	b.open("/admin/orders?limit=2").sees("note 4", "note 3").seesNot("note 2").click("Older →")
	b.sees("note 2", "note 1").seesNot("note 3").click("← Newest")
	b.sees("note 4")
	act := func(kind string, ids ...string) *browser {
		t.Helper()
		pairs := []string{"target", "order", "act", kind, "set", "ticked", "filter", ""}
		for _, id := range ids {
			pairs = append(pairs, "ids", id)
		}
		return b.post("/admin/rehearsals", pairs...)
	}
	act("fulfil", "1", "2", "3").sees("3 ticked rows", "May be empty. The users see it.").submit("Rehearse", "note", "by train").sees("Rehearsal: nothing has changed yet", "Fulfil 3 of 3 orders", "State: ordered fulfilled", "You can undo this until")
	if n := counted(t, conn, "select count(*) from orders where state <> 'ordered'"); n != 0 {
		t.Errorf("%d are fulfilled before anyone is sure", n)
	}
	b.submit("Fulfil these 3 orders").sees("Receipt 1", "3 orders fulfilled", "What was touched", "Note, for the users by train")
	act("fulfil", "1", "4").submit("Rehearse").sees("Fulfil 1 of 2 orders", "Stay as they are 1").submit("Fulfil 1 order").sees("1 order fulfilled")
	b.post("/admin/acts/1/undo", "id", "1").sees("Taken back for 1 order").open("/orders/1").sees("ordered", "fulfilled", "by train")
	b.submit("Fulfil order 1", "note", "").sees("Order 1 is fulfilled.", "Receipt 4")
	act("cancel", "2", "5").submit("Rehearse", "note", strings.Repeat("x", 301)).status(422).sees("The note is too long")
	b.submit("Rehearse", "note", "out of paper").sees("Cancel 2 of 2 orders", "Paid back 14.00", "What is cancelled is paid back at once, and stays cancelled: there is no undo.")
	if n := counted(t, conn, "select count(*) from orders where state = 'cancelled'"); n != 0 {
		t.Errorf("%d are cancelled before anyone is sure", n)
	}
	b.submit("Cancel these 2 orders").sees("2 orders cancelled", "Paid back 14.00", "never: what is cancelled is paid back, and stays cancelled").seesNot("Undo all")
	b.post(b.at.Path + "/undo").status(409).sees("A cancelled order stays cancelled")
	act("fulfil", "2").submit("Rehearse").sees("Refused 1", "Cancelled. What is cancelled stays cancelled.", "Nothing would change.")
	act("fulfil").sees("Tick at least one row.")
	act("lost", "1").status(422)
	act("fulfil", "999").submit("Rehearse").sees("The order is gone.")
	act("fulfil", "x").status(422)
	for _, kind := range []string{"", "delete", "suspend"} {
		b.post("/admin/orders/1/acts", "act", kind).status(422)
	}
	b.post("/admin/orders/999/acts", "act", "fulfil").status(404)
	b.post("/admin/orders/1/acts", "act", "fulfil").sees("Order 1 is like that already. Nothing was changed.")
	b.post("/admin/orders/2/acts", "act", "fulfil").sees("Cancelled. What is cancelled stays cancelled.")
	b.open("/orders/5").sees("out of paper", admin.Username, "bob").seesNot("Fulfil order 5", "Cancel order 5")
	b.open("/orders/1").sees("fulfilled").submit("Cancel order 1").sees("Order 1 is cancelled. 5.00 credits are paid back.", "Receipt 6")
	b.open("/admin/users/" + fmt.Sprint(bob.ID)).sees("2 orders, 14.00 credits")
	b.open("/admin").sees("Top 10 by orders")
	if rows := b.page.Find("#orderers tbody tr"); rows.Length() != 1 || !strings.Contains(rows.Text(), "bob") {
		t.Errorf("the top 10: %q", rows.Text())
	}
	b.open("/admin/orders.csv?state=fulfilled").status(200)
	if lines := strings.Split(strings.TrimSpace(b.text), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], "id,user_id,username,perk_id,product_name,") || !strings.Contains(b.head.Get("Content-Disposition"), "orders-") {
		t.Error(b.text)
	}
	b.open("/admin/orders.csv?state=lost").status(422)
	b.open("/admin/audit?kind=act").sees("fulfilled orders", "cancelled orders", "undid an act")
	b.open("/admin/audit?kind=order").sees("ordered a perk")
	if n := counted(t, conn, "select count(*) from audit where kind in ('act.fulfil', 'act.cancel', 'act.undo', 'export.orders')"); n != 7 {
		t.Errorf("%d lines in the log", n)
	}
	if off, err := site.Check(modelstest.Context(t)); err != nil || len(off) > 0 {
		t.Error(off, err)
	}
}

func TestProgramsOrder(t *testing.T) {
	site, conn, admin, ann, perk := shop(t)
	hidden := newPerk(t, site, admin, "name", "Past", "to", "2020-01-01T00:00")
	p, other, chief := site.program(ann, "write"), site.program(modelstest.User(t, site.Store), "write"), site.program(admin, "admin")
	rows := p.get("/api/perks").gives(200).rows()
	if len(rows) != 1 || rows[0]["name"] != "Print copy" || fmt.Sprint(rows[0]["prices"]) != "[5.00 4.50 4.00]" || fmt.Sprint(rows[0]["stock"]) != "10" || rows[0]["active_to"] != nil ||
		fmt.Sprint(rows[0]["details"].(map[string]any)["rating"]) != "4.5" {
		t.Errorf("%v", rows)
	}
	if rows := p.get("/api/perks?tag=paper&category=Print").gives(200).rows(); len(rows) != 1 {
		t.Error(rows)
	}
	if rows := p.get("/api/perks?tag=other").gives(200).rows(); len(rows) != 0 {
		t.Error(rows)
	}
	p.get("/api/perks?after=x").fails(422, "A field has a wrong value", "after")
	site.program(nil, "").get("/api/perks").fails(401, "A valid token is needed")

	body := fmt.Sprintf(`{"perk_id": %d, "quantity": 3, "note": "quickly"}`, perk.ID)
	p.sent = http.Header{"Idempotency-Key": {"one"}}
	first := p.call("POST", "/api/orders", body).gives(201).has("total", "12.00").has("price", "4.00").has("product_name", "Print copy").has("state", "ordered").has("note", "quickly").has("user_id", ann.ID)
	again := p.call("POST", "/api/orders", body).gives(201)
	if string(first.body) != string(again.body) || first.head.Get("Location") != "/api/orders/1" || again.head.Get("Location") != "/api/orders/1" {
		t.Errorf("first %s, then %s", first.body, again.body)
	}
	p.call("POST", "/api/orders", fmt.Sprintf(`{"perk_id": %d}`, perk.ID)).fails(422, "A field has a wrong value", "key")
	p.sent = nil
	site.program(ann, "read").call("POST", "/api/orders", body).fails(403, "Not allowed", "token")
	site.program(nil, "").call("POST", "/api/orders", body).fails(401, "A valid token is needed")
	p.call("POST", "/api/orders", "").fails(400, "Missing required fields", "perk_id")
	p.call("POST", "/api/orders", `{"quantity": 1}`).fails(400, "Missing required fields", "perk_id")
	p.call("POST", "/api/orders", `{"perk_id": 1, "quantity": NaN}`).fails(400, "The body is not JSON")
	for _, value := range []string{"0", "-1", "1000000000", "1e309", "1.5", `"two"`, "[]", "99999999999999999999", "true"} {
		p.call("POST", "/api/orders", fmt.Sprintf(`{"perk_id": %d, "quantity": %s}`, perk.ID, value)).fails(422, "A field has a wrong value", "quantity")
	}
	for field, value := range map[string]string{"note": "7", "price": `"0.01"`, "user_id": "1", "total": "1"} {
		p.call("POST", "/api/orders", fmt.Sprintf(`{"perk_id": %d, %q: %s}`, perk.ID, field, value)).fails(422, "A field has a wrong value", field)
	}
	p.call("POST", "/api/orders", fmt.Sprintf(`{"perk_id": %d, "note": %q}`, perk.ID, strings.Repeat("x", 301))).fails(422, "A field has a wrong value", "note")
	p.call("POST", "/api/orders", `{"perk_id": "x"}`).fails(422, "A field has a wrong value", "perk_id")
	p.call("POST", "/api/orders", `{"perk_id": 1e309}`).fails(422, "A field has a wrong value", "perk_id")
	p.call("POST", "/api/orders", `{"note": "`+strings.Repeat("x", 5<<20)+`"}`).fails(413, "The body is too large")
	for _, id := range []int64{hidden.ID, 999, 0, -1} {
		p.call("POST", "/api/orders", fmt.Sprintf(`{"perk_id": %d}`, id)).fails(404, "Perk not found")
	}
	p.call("POST", "/api/orders", fmt.Sprintf(`{"perk_id": %d, "quantity": 8}`, perk.ID)).fails(409, "Not enough in stock", "quantity")
	p.call("POST", "/api/orders", fmt.Sprintf(`{"perk_id": %d, "quantity": 7}`, perk.ID)).fails(409, "Insufficient credits or user not found", "quantity")

	p.get("/api/orders/1").gives(200).has("total", "12.00")
	other.get("/api/orders/1").fails(404, "Order not found")
	chief.get("/api/orders/1").gives(200)
	p.get("/api/orders/x").fails(404, "Order not found")
	if rows := p.get("/api/orders").gives(200).rows(); len(rows) != 1 || rows[0]["product_name"] != "Print copy" {
		t.Error(rows)
	}
	for _, reader := range []*program{other, chief} {
		if rows := reader.get("/api/orders").gives(200).rows(); len(rows) != 0 {
			t.Error(rows)
		}
	}
	if rows := chief.get(fmt.Sprintf("/api/orders?user_id=%d&state=ordered", ann.ID)).gives(200).rows(); len(rows) != 1 {
		t.Error(rows)
	}
	if rows := chief.get("/api/orders?user=ann&state=cancelled").gives(200).rows(); len(rows) != 0 {
		t.Error(rows)
	}
	other.get(fmt.Sprintf("/api/orders?user_id=%d", ann.ID)).fails(403, "Not allowed")
	if rows := other.get("/api/orders?user=ann").gives(200).rows(); len(rows) != 0 {
		t.Errorf("someone else reads %v", rows)
	}
	p.get("/api/orders?state=lost").fails(422, "A field has a wrong value", "state")
	p.get(userPath(ann)+"/stats").gives(200).has("total_orders", 1).has("total_amount", "12.00").has("post_count", 0)
	chief.get(userPath(admin)+"/stats").gives(200).has("total_orders", 0).has("total_amount", "0.00")
	other.get(userPath(ann)+"/stats").fails(403, "Not allowed")
	if n := counted(t, conn, "select count(*) from orders"); n != 1 {
		t.Errorf("%d orders", n)
	}
	suspendUser(t, conn, ann, "shouting")
	p.call("POST", "/api/orders", body).fails(403, "Not allowed", "user")
}
