package controllers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models/modelstest"
)

// An act on more than a thousand rows is a job: its pages say how far it is, load themselves again where there is no JavaScript,
// and may be closed and found again.
func TestThePagesOfALargeActShowItsProgress(t *testing.T) {
	address := modelstest.URL(t)
	site := newSiteOver(t, modelstest.Open(t, address))
	ruth := site.signIn(modelstest.Admin(t, site.Store))
	conn, blocker := modelstest.SQL(t, address), modelstest.SQL(t, address)
	ctx := modelstest.Context(t)
	sql(t, conn, "insert into users (username, name, email) select 'many-' || i, 'Many', i || '@x' from generate_series(1, 1500) i")
	// hold keeps the job from coming further than to one row.
	hold := func(username string) (release func()) {
		tx, err := blocker.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(ctx, "select from users where username = $1 for update", username); err != nil {
			t.Fatal(err)
		}
		return func() { _ = tx.Rollback(ctx) }
	}
	until := func(words string) {
		t.Helper()
		for range 600 {
			if strings.Contains(ruth.open(ruth.at.RequestURI()).status(200).words(), words) {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("never %q: %s", words, ruth.words())
	}
	running := func(what, kind string) {
		t.Helper()
		ruth.sees(what, "It goes on by itself: this page may be closed and found again.")
		if bar := ruth.page.Find("progress"); bar.Length() != 1 || bar.AttrOr("value", "") == "0" || bar.AttrOr("max", "") != "1500" {
			t.Errorf("%s: %s", ruth.at, ruth.words())
		}
		if !strings.Contains(ruth.page.Find("head noscript").Text(), `http-equiv="refresh"`) {
			t.Error("without JavaScript the page does not load itself again")
		}
		if live := ruth.page.Find("section").AttrOr("data-live", ""); !strings.HasPrefix(live, kind+":") || ruth.page.Find(".live").Length() != 1 {
			t.Errorf("the page follows %q", live)
		}
	}

	release := hold("many-1000")
	ruth.post("/admin/rehearsals", "act", "deactivate", "set", "all", "filter", "q=many-").status(200)
	running("999 of 1,500 rehearsed", "rehearsal")
	ruth.post("/admin/acts", "rehearsal", strings.TrimPrefix(ruth.at.Path, "/admin/rehearsals/")).status(409).sees("The rehearsal is still running.")
	ruth.open(fmt.Sprintf("/admin/rehearsals/%s", ask[string](t, conn, "select key::text from rehearsals")))
	release()
	until("Deactivate 1,500 of 1,500 users")
	if ruth.page.Find("head noscript").Length() > 0 {
		t.Error("the finished page loads itself again")
	}

	release = hold("many-1000")
	ruth.submit("Deactivate these 1,500 users").status(200).sees("Receipt 1", "as soon as it is done")
	until("999 of 1,500 done")
	running("999 users deactivated", "act")
	ruth.open("/admin/acts").sees("still running")
	ruth.open("/admin/acts/1")
	release()
	until("Undo all 1,500")
	ruth.post("/admin/acts/1/undo", "id", ask[string](t, conn, "select min(target_id)::text from act_rows")).sees("Taken back for 1 user")
	ruth.open("/admin/acts/1").sees("Since then 1 taken back")
	ruth.submit("Undo all 1,499").status(200).sees("Receipt 3", "Takes back receipt 1")
	until("Taken back for 1,499 users")
	until("Undo all 1,499")
	ruth.open("/admin/acts/1").sees("Since then 1,500 taken back").seesNot("Undo all", "Undo the other")
	if n := ask[int](t, conn, "select count(*) from users where not is_active"); n != 0 {
		t.Errorf("%d are still deactivated", n)
	}
}
