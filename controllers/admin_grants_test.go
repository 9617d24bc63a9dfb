package controllers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAnAdminGrantsCreditsToManyAndTakesThemBack(t *testing.T) {
	site, ruth, conn := adminSite(t)
	admin := modelstest.Admin(t, site.Store)
	ann := modelstest.User(t, site.Store, modelstest.Named("many-ann"))
	modelstest.User(t, site.Store, modelstest.Named("many-bob"))
	off := modelstest.User(t, site.Store, modelstest.Named("many-off"))
	sql(t, conn, "update users set is_active = false where id = $1", off.ID)
	modelstest.Credits(t, conn, "5", "id = $1", ann.ID)
	if err := site.Store.SaveFilter(modelstest.Context(t), admin, "The many", modelstest.Values("q", "many-", "sort", "username", "columns", "name")); err != nil {
		t.Fatal(err)
	}

	// From the page of grants: all who are active, or a filter that was saved; what is wrong with the amount is said at its field.
	ruth.open("/admin/grants").sees("The house is the account that all credits come from", "Grant to many", "All who are active", "The many")
	ruth.submit("Rehearse", "filter", "q=many-", "amount", "0.001").status(422).sees("An amount has two decimals at most.", "All that match")
	ruth.submit("Rehearse", "amount", "2.5", "note", "For the autumn").status(200)
	ruth.sees("Grant credits to 2 of 3 users", "Rehearsal: nothing has changed yet", "Credits, to each 2.50", "Note, for the users For the autumn", "Credits, all in all 5.00",
		"Refused 1", "Deactivated. Reactivate the user first.", "Credits: 5.00 7.50", "Credits: 0.00 2.50", "as far as the users have not spent it")
	key := strings.TrimPrefix(ruth.at.Path, "/admin/rehearsals/")
	ruth.submit("Grant these 2 users credits", "reason", "Autumn").status(200)
	receipt := ruth.at.Path
	ruth.sees("2 users were granted credits", "Credits, all in all 5.00", "Credits: 5.00 7.50; the transfer", "granted Undo", "Reason Autumn")
	// A second click of the same form.
	if ruth.post("/admin/acts", "rehearsal", key, "reason", "Autumn").status(200); ruth.at.Path != receipt {
		t.Error(ruth.at)
	}
	if n := ask[int](t, conn, "select count(*) from transfers where kind = 'grant' and note = 'For the autumn'"); n != 2 {
		t.Fatalf("%d grants", n)
	}
	ruth.open("/admin/grants").sees("For the autumn", "ruth")
	site.signIn(ann).open("/credits/statement").sees("For the autumn", "7.50")

	if _, err := site.Store.Thank(modelstest.Context(t), ann, models.NewThanks{ToName: "ruth", Amount: decimal.New(6, 0)}); err != nil {
		t.Fatal(err)
	}
	ruth.open(receipt).sees("cannot be taken back: Has spent some: 1.50 credits are there, and 2.50 were granted: ")
	ruth.submit("Undo the other 1").status(200).sees("Taken back for 1 user", "Credits: 2.50 0.00; the transfer", "Refused 1", "Has spent some: 1.50 credits")
	ruth.open(receipt).sees("taken back today").seesNot("Undo the other")

	// Under the list of users: the ticked ones.
	ruth.open("/admin/users?q=many-").sees("Grant credits…")
	ruth.post("/admin/rehearsals", "target", "user", "act", "grant", "set", "ticked", "ids", fmt.Sprint(ann.ID)).status(200).sees("Grant credits…", "Credits, to each", "A short note")
	ruth.submit("Rehearse", "amount", "1").sees("Grant credits to 1 of 1 user")
	ruth.open("/admin/audit?kind=act.grant").sees("granted credits to many")
}

func TestAProgramGrantsCreditsToMany(t *testing.T) {
	site, _, conn := adminSite(t)
	admin, ann := modelstest.Admin(t, site.Store), modelstest.User(t, site.Store, modelstest.Named("ann"))
	program := site.program(admin, models.ScopeAdmin)
	act := func(body string) *answer { return program.call("POST", "/api/admin/acts", body) }
	act(fmt.Sprintf(`{"act": "grant", "ids": [%d], "rehearse": true, "amount": "-1"}`, ann.ID)).fails(422, "A field has a wrong value", "amount")
	var r struct {
		Rehearsal string
		Count     int
		Changes   []struct{ Before, After map[string]string }
	}
	rehearsed := act(fmt.Sprintf(`{"act": "grant", "ids": [%d, 999999], "rehearse": true, "amount": "2.5", "note": "Hello"}`, ann.ID)).gives(200)
	if err := json.Unmarshal(rehearsed.body, &r); err != nil || r.Count != 1 || r.Changes[0].Before["credits"] != "0.00" || r.Changes[0].After["credits"] != "2.50" {
		t.Fatal(string(rehearsed.body), err)
	}
	first := act(`{"rehearsal": "` + r.Rehearsal + `"}`).gives(201)
	again := act(`{"rehearsal": "` + r.Rehearsal + `"}`).gives(201)
	if string(first.body) != string(again.body) || ask[int](t, conn, "select count(*) from transfers where kind = 'grant'") != 1 {
		t.Error(string(first.body), string(again.body))
	}
	var receipt struct {
		Receipt int
		Params  map[string]string
		Changes []struct{ Transfer string }
	}
	if err := json.Unmarshal(program.call("GET", "/api/admin/acts/1", "").gives(200).body, &receipt); err != nil || receipt.Params["amount"] != "2.50" || receipt.Params["note"] != "Hello" ||
		receipt.Changes[0].Transfer != ask[string](t, conn, "select id::text from transfers where kind = 'grant'") {
		t.Errorf("%+v %v", receipt, err)
	}
	program.call("POST", "/api/admin/acts/1/undo", `{"reason": "A mistake"}`).gives(201)
	if got := ask[string](t, conn, "select credits::text from users where id = $1", ann.ID); got != "0.00" {
		t.Error(got)
	}
}
