package controllers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// keyed is the program with an idempotency key.
func (p *program) keyed(key string) *program {
	again := *p
	again.sent = map[string][]string{"Idempotency-Key": {key}}
	return &again
}

func TestAProgramGivesCreditsOnce(t *testing.T) {
	site, _, conn := adminSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	post := modelstest.Post(t, site.Store, bob)
	modelstest.Credits(t, conn, "100", "username = 'ann'")
	writer := site.program(ann, models.ScopeWrite)
	body := fmt.Sprintf(`{"to": %d, "amount": "10.5", "note": " For the  rye", "post_id": %d}`, bob.ID, post.ID)
	first := writer.keyed("k").call("POST", "/api/transfers", body).gives(201)
	var transfer map[string]any
	if err := json.Unmarshal(first.body, &transfer); err != nil || transfer["amount"] != "10.50" || transfer["note"] != "For the rye" || transfer["kind"] != "thanks" ||
		transfer["from"] != float64(ann.ID) || transfer["to"] != float64(bob.ID) || transfer["post_id"] != float64(post.ID) || first.head.Get("Location") != fmt.Sprint("/transfers/", transfer["id"]) {
		t.Fatal(string(first.body), first.head)
	}
	again := writer.keyed("k").call("POST", "/api/transfers", body).gives(201)
	if string(again.body) != string(first.body) || again.head.Get("Location") != first.head.Get("Location") {
		t.Errorf("a replay says %s, not %s", again.body, first.body)
	}
	writer.keyed("k").call("POST", "/api/transfers", strings.Replace(body, "10.5", "10.51", 1)).fails(422, "A field has a wrong value", "key")
	// Another's key is another key.
	modelstest.Credits(t, conn, "1", "username = 'bob'")
	site.program(bob, models.ScopeWrite).keyed("k").call("POST", "/api/transfers", fmt.Sprintf(`{"to": %d, "amount": "1"}`, ann.ID)).gives(201)

	try := func(to any, amount string) *answer {
		return writer.call("POST", "/api/transfers", fmt.Sprintf(`{"to": %v, "amount": %s}`, to, amount))
	}
	try(bob.ID, `"1000"`).fails(409, "Insufficient credits or user not found")
	try(999999, `"1"`).fails(404, "Target user not found")
	try(0, `"1"`).fails(404, "Target user not found")
	try(-1, `"1"`).fails(404, "Target user not found")
	try(`"bob"`, `"1"`).fails(422, "A field has a wrong value", "to")
	try("1e309", `"1"`).fails(422, "A field has a wrong value", "to")
	try(ann.ID, `"1"`).fails(422, "A field has a wrong value", "to")
	for _, amount := range []string{`"0"`, `"-1"`, `"0.001"`, `"NaN"`, `"1e309"`, `"1000000000000"`, `"ten"`, `"Infinity"`, `"+1"`, `"0x10"`, `10`, `1e309`, `-1`, `true`, `[]`, `{}`} {
		try(bob.ID, amount).fails(422, "A field has a wrong value", "amount")
	}
	try(bob.ID, `""`).fails(400, "Missing required fields", "amount")
	writer.call("POST", "/api/transfers", `{}`).fails(400, "Missing required fields", "to", "amount")
	writer.call("POST", "/api/transfers", `{"to": null, "amount": null}`).fails(400, "Missing required fields", "to", "amount")
	writer.call("POST", "/api/transfers", `{"to": 1, "amount": "1", "from": 2}`).fails(422, "A field has a wrong value", "from")
	writer.call("POST", "/api/transfers", fmt.Sprintf(`{"to": %d, "amount": "1", "post_id": %d}`, modelstest.User(t, site.Store).ID, post.ID)).fails(422, "A field has a wrong value", "post_id")
	writer.keyed(strings.Repeat("k", 101)).call("POST", "/api/transfers", body).fails(422, "A field has a wrong value", "key")
	site.program(ann, models.ScopeRead).call("POST", "/api/transfers", body).fails(403, "Not allowed", "token")
	site.program(nil, "").call("POST", "/api/transfers", body).fails(401, "A valid token is needed")
	writer.call("POST", "/api/admin/grants", fmt.Sprintf(`{"to": %d, "amount": "1"}`, ann.ID)).fails(403, "Not allowed", "token")
	if balance := ask[string](t, conn, "select credits::text from users where id = $1", ann.ID); balance != "90.50" {
		t.Errorf("what was refused moved: %s", balance)
	}
	sql(t, conn, "insert into suspensions (user_id, reason, until) values ($1, 'Too loud', now() + interval '1 day')", ann.ID)
	try(bob.ID, `"1"`).fails(403, "Not allowed", "user")
	writer.keyed("k").call("POST", "/api/transfers", body).gives(201) // what was done before is told again

	writer.get("/api/transfers").gives(200)
	var list []map[string]any
	if err := json.Unmarshal(writer.get("/api/transfers?limit=2").gives(200).body, &list); err != nil || len(list) != 2 || list[0]["to"] != float64(ann.ID) || list[1]["id"] != transfer["id"] {
		t.Error(list, err)
	}
	link := writer.get("/api/transfers?limit=2").head.Get("Link")
	next, _, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	list = nil
	if err := json.Unmarshal(writer.get(next).gives(200).body, &list); err != nil || len(list) != 1 || list[0]["kind"] != "grant" || list[0]["from"] != nil {
		t.Error(list, err)
	}
}

func TestAProgramReadsAStatement(t *testing.T) {
	site, _, conn := adminSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	modelstest.Credits(t, conn, "100", "username = 'ann'")
	path := userPath(ann) + "/statement"
	var statement struct {
		Balance string
		Entries []map[string]any
	}
	own := site.program(ann, models.ScopeRead)
	own.call("POST", "/api/transfers", nil).fails(403, "Not allowed", "token")
	site.program(ann, models.ScopeWrite).call("POST", "/api/transfers", fmt.Sprintf(`{"to": %d, "amount": "30"}`, bob.ID)).gives(201)
	if err := json.Unmarshal(own.get(path).gives(200).body, &statement); err != nil || statement.Balance != "70.00" || len(statement.Entries) != 2 ||
		statement.Entries[0]["amount"] != "-30.00" || statement.Entries[0]["balance"] != "70.00" || statement.Entries[0]["with"] != float64(bob.ID) || statement.Entries[1]["with"] != nil {
		t.Error(statement, err)
	}
	moment := ask[time.Time](t, conn, "select at from transfers where kind = 'thanks'").UTC().Format(time.RFC3339Nano)
	for at, want := range map[string]string{"2020-01-01": "0.00", time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly): "70.00", moment: "100.00"} {
		if err := json.Unmarshal(own.get(path+"?at="+at).gives(200).body, &statement); err != nil || statement.Balance != want {
			t.Error(at, statement, err)
		}
	}
	own.get(path+"?at=soon").fails(422, "A field has a wrong value", "at")
	own.get(path+"?after=x").fails(422, "A field has a wrong value", "after")
	own.get(userPath(bob)+"/statement").fails(403, "Not allowed")
	own.get("/api/users/999999/statement").fails(404, "User not found")
	site.program(nil, "").get(path).fails(401, "A valid token is needed")
	site.program(modelstest.Admin(t, site.Store), models.ScopeAdmin).get(path).gives(200)
}

func TestAProgramGrantsAndTakesBack(t *testing.T) {
	site, _, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	admin := site.program(modelstest.Admin(t, site.Store), models.ScopeAdmin)
	body := fmt.Sprintf(`{"to": %d, "amount": "10.00", "note": "Welcome"}`, ann.ID)
	first := admin.keyed("k").call("POST", "/api/admin/grants", body).gives(201)
	if again := admin.keyed("k").call("POST", "/api/admin/grants", body).gives(201); string(again.body) != string(first.body) {
		t.Errorf("%s, then %s", first.body, again.body)
	}
	var grant struct{ ID string }
	if err := json.Unmarshal(first.body, &grant); err != nil {
		t.Fatal(err)
	}
	path := "/api/admin/transfers/" + grant.ID + "/reversals"
	back := admin.keyed("r").call("POST", path, `{"amount": "4", "reason": "Too much"}`).gives(201)
	if again := admin.keyed("r").call("POST", path, `{"amount": "4", "reason": "Too much"}`).gives(201); string(again.body) != string(back.body) {
		t.Errorf("%s, then %s", back.body, again.body)
	}
	admin.keyed("r").call("POST", path, `{"amount": "5", "reason": "Too much"}`).fails(422, "A field has a wrong value", "key")
	admin.call("POST", path, `{"amount": "7", "reason": "x"}`).fails(422, "A field has a wrong value", "amount")
	admin.call("POST", path, `{"amount": "-1", "reason": "x"}`).fails(422, "A field has a wrong value", "amount")
	admin.call("POST", path, `{"amount": 1, "reason": "x"}`).fails(422, "A field has a wrong value", "amount")
	admin.call("POST", path, `{}`).fails(422, "A field has a wrong value", "reason")
	admin.call("POST", path, `{"reason": "All of it"}`).gives(201)
	admin.call("POST", path, `{"reason": "x"}`).fails(409, "All of it is reversed already.")
	admin.call("POST", "/api/admin/transfers/x/reversals", `{"reason": "x"}`).fails(404, "Not found")
	admin.call("POST", "/api/admin/transfers/0197a3c2-6f0e-7d31-9a52-0c5f3f1f4f55/reversals", `{"reason": "x"}`).fails(404, "Transfer not found")
	admin.call("POST", "/api/admin/grants", `{"to": 999999, "amount": "1"}`).fails(404, "Target user not found")
	admin.call("POST", "/api/admin/grants", `{"to": 1}`).fails(400, "Missing required fields", "amount")
	admin.call("POST", "/api/admin/grants", fmt.Sprintf(`{"to": %d, "amount": "9999999999.99"}`, ann.ID)).gives(201)
	admin.call("POST", "/api/admin/grants", fmt.Sprintf(`{"to": %d, "amount": "0.01"}`, ann.ID)).fails(422, "A field has a wrong value", "amount")
	if n := ask[int](t, conn, "select count(*) from audit where kind like 'transfer.%'"); n != 4 {
		t.Errorf("%d lines of the log", n)
	}
}
