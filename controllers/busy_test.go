package controllers_test

import (
	"fmt"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// Where the server refuses for the sake of order, and five tries do not help, a sentence says so and nothing has moved.
func TestWhoIsInTheWayOfOthersReadsASentence(t *testing.T) {
	site, conn, _, ann, perk := shop(t)
	bob := modelstest.User(t, site.Store, modelstest.Named("bob"))
	sql(t, conn, `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'in the way' using errcode = '40001'; end $$`)
	sql(t, conn, `create trigger refuse after insert on entries for each statement execute function refuse()`)
	b, p := site.signIn(ann), site.program(ann, models.ScopeWrite)
	b.open("/credits").submit("Give credits", "to", "bob", "amount", "1", "note", "").status(503).sees("Too many at once", "nothing was changed", "Send it again").seesNot("in the way")
	b.open(perk.Path()).submit("Order with credits", "quantity", "1").status(503).sees("Too many at once")
	if b.head.Get("Retry-After") == "" {
		t.Error("when to come again is not said")
	}
	p.call("POST", "/api/transfers", fmt.Sprintf(`{"to": %d, "amount": "1"}`, bob.ID)).fails(503, "Database operation failed")
	p.call("POST", "/api/orders", fmt.Sprintf(`{"perk_id": %d}`, perk.ID)).fails(503, "Database operation failed")
	if n := counted(t, conn, "select count(*) from orders") + counted(t, conn, "select count(*) from transfers where kind <> 'grant'") + counted(t, conn, "select 10 - stock from perks"); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}
	sql(t, conn, "drop trigger refuse on entries")
	b.open("/credits").submit("Give credits", "to", "bob", "amount", "1", "note", "").sees("1.00 credits are given.")
}
