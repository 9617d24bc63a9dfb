package controllers_test

import (
	"fmt"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestWhatAnAdminDoesByTheAPIHasAReceiptThatTakesItBack(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, site.Store, ann)
	admin := site.program(modelstest.Admin(t, site.Store), models.ScopeAdmin)
	editor := site.program(modelstest.User(t, site.Store, func(in *models.NewUser) { in.Role = models.RoleEditor }), models.ScopeWrite)
	const rows = `select (select jsonb_agg(to_jsonb(u) - 'updated_at' order by id)::text from users u) || coalesce((select jsonb_agg(to_jsonb(p) - array['updated_at', 'revision', 'saved_at', 'saved_by_id'] order by id)::text from posts p), '')`
	for _, try := range []struct {
		who                *program
		method, path, body string
		status             int
	}{
		{admin, "POST", "/api/users", `{"username": "new", "email": "new@example.com"}`, 201},
		{admin, "PATCH", userPath(ann), `{"name": "Ann Baker", "age": 31, "metadata": {"city": "Riga"}}`, 200},
		{admin, "PATCH", userPath(ann), `{"role": "editor"}`, 200},
		{admin, "PATCH", userPath(ann), `{"is_active": false}`, 200},
		{admin, "PUT", userPath(ann), `{"username": "baker", "email": "baker@example.com"}`, 200},
		{admin, "PATCH", postPath(post), `{"status": "draft"}`, 200},
		{editor, "PATCH", postPath(post), `{"title": "Another title", "content": "Other words."}`, 200},
		{editor, "PUT", postPath(post), `{"title": "Another title", "content": "Other words."}`, 200},
		{editor, "DELETE", postPath(post), "", 200},
		{admin, "DELETE", postPath(post), "", 200},
		{admin, "DELETE", userPath(ann), "", 200},
	} {
		before := ask[string](t, conn, rows)
		var body any
		if try.body != "" {
			body = try.body
		}
		receipt := try.who.call(try.method, try.path, body).gives(try.status).head.Get("Receipt")
		if newest := ask[int64](t, conn, "select coalesce(max(id), 0) from acts"); receipt == "" || receipt != fmt.Sprint(newest) {
			t.Fatalf("%s %s: receipt %q, the newest is %d", try.method, try.path, receipt, newest)
		}
		if ask[string](t, conn, rows) == before {
			t.Fatalf("%s %s changed nothing", try.method, try.path)
		}
		ruth.open("/admin/acts/" + receipt).status(200).submit("Undo").status(200)
		if now := ask[string](t, conn, rows); now != before {
			t.Errorf("%s %s is not taken back:\n%s\n%s", try.method, try.path, before, now)
		}
	}
	// What is one's own, and what changes nothing, has no receipt.
	hers := site.program(ann, models.ScopeWrite)
	for _, answer := range []*answer{hers.call("PATCH", userPath(ann), `{"name": "Ann"}`), hers.call("PATCH", postPath(post), `{"title": "Mine"}`),
		admin.call("PATCH", userPath(ann), `{"name": "Ann"}`), hers.get(userPath(ann)), hers.call("DELETE", userPath(ann), nil)} {
		if receipt, sent := answer.gives(200).head["Receipt"]; sent {
			t.Errorf("%s has the receipt %s", answer.asked, receipt)
		}
	}
}

func TestTheAPIRefusesTheLastAdminAndOneself(t *testing.T) {
	site, _, conn := adminSite(t)
	ruth, err := site.UserByName(modelstest.Context(t), "ruth")
	if err != nil {
		t.Fatal(err)
	}
	hers := site.program(ruth, models.ScopeAdmin)
	hers.call("DELETE", userPath(ruth), nil).fails(409, "This is the last admin. Make another user an admin first.")
	for _, body := range []string{`{"role": "user"}`, `{"is_active": false}`} {
		hers.call("PATCH", userPath(ruth), body).fails(409, "This is you. Ask another admin.")
	}
	other := modelstest.Admin(t, site.Store)
	program := site.program(other, models.ScopeAdmin)
	program.call("PATCH", userPath(ruth), `{"role": "user"}`).gives(200)
	hers.call("PATCH", userPath(other), `{"role": "user"}`).fails(401, "A valid token is needed") // it went with the role
	program.call("PATCH", userPath(other), `{"role": "user"}`).fails(409, "This is you. Ask another admin.")
	if n := ask[int64](t, conn, "select count(*) from acts"); n != 1 {
		t.Errorf("%d receipts", n)
	}
}
