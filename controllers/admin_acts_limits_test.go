package controllers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestARehearsalNamesTheLastAdminAndOneself(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	me := ask[string](t, conn, "select id::text from users where username = 'ruth'")
	for _, act := range []string{"deactivate", "suspend", "delete", "set-role"} {
		ruth.post("/admin/rehearsals", "act", act, "ids", me, "ids", fmt.Sprint(ann.ID), "until", "2030-01-01", "reason", "x", "role", "editor").
			status(200).sees("of 2 users", "1 refused", "ruth ruth This is the last admin. Make another user an admin first.")
	}
	modelstest.Admin(t, site.Store)
	ruth.post("/admin/rehearsals", "act", "delete", "ids", me).status(200).sees("Delete 0 of 1 user", "ruth ruth This is you. Ask another admin.", "Nothing would change.").seesNot("Delete these")
	if n := ask[int](t, conn, "select count(*) from users where is_active"); n != 3 {
		t.Errorf("%d are left", n)
	}
}

func TestAnActOfMoreThanThirtyDaysAgoIsNotTakenBack(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	modelstest.Post(t, site.Store, ann)
	ruth.post("/admin/rehearsals", "act", "delete", "ids", fmt.Sprint(ann.ID)).submit("Delete 1 user").status(200).sees("Receipt 1", "Undo until")
	sql(t, conn, "update acts set at = at - interval '31 days', undo_until = undo_until - interval '31 days'")
	over := func(words string) {
		t.Helper()
		ruth.open("/admin/acts/1").status(200).sees("1 user deleted", "ann ann", "Undo until "+words)
		if n := ruth.page.Find("button").FilterFunction(func(_ int, b *goquery.Selection) bool { return strings.HasPrefix(b.Text(), "Undo") }).Length(); n != 0 {
			t.Errorf("%d buttons undo it", n)
		}
		ruth.post("/admin/acts/1/undo").status(409).sees("The time to undo this is over.")
		ruth.post("/admin/acts/1/undo", "id", fmt.Sprint(ann.ID)).status(409)
		site.program(modelstest.Admin(t, site.Store), models.ScopeAdmin).call("POST", "/api/admin/acts/1/undo", nil).fails(409, "The time to undo this is over.")
	}
	over("over")
	if err := site.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	over("over: what was kept for it is erased")
	if n := ask[int](t, conn, "select count(*) from act_images"); n != 0 {
		t.Errorf("%d images are kept", n)
	}
}
