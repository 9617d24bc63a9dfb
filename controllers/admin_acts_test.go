package controllers_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAnAdminRehearsesCommitsAndUndoesADeletion(t *testing.T) {
	site, ruth, conn := adminSite(t)
	populate(t, conn)
	keeper := modelstest.User(t, site.Store, modelstest.Named("member-keeper"), func(in *models.NewUser) { in.Role, in.Name = models.RoleAdmin, "Olga Keeper" })
	n := ask[int](t, conn, "select count(*) from users where username like 'member-1%'")
	posts := ask[int](t, conn, "select count(*) from posts p join users u on u.id = p.user_id where username like 'member-1%' and status = 'published'")
	drafts := ask[int](t, conn, "select count(*) from posts p join users u on u.id = p.user_id where username like 'member-1%' and status = 'draft'")
	sql(t, conn, "update users set username = 'member-1keeper' where id = $1", keeper.ID)
	modelstest.Credits(t, conn, "12.5", "username = 'member-11'")

	ruth.post("/admin/rehearsals", "target", "user", "act", "delete", "set", "all", "filter", "q=member-1").status(200)
	if !strings.HasPrefix(ruth.at.Path, "/admin/rehearsals/") {
		t.Fatal(ruth.at)
	}
	rehearsal := ruth.at.Path
	ruth.sees("Rehearsal: nothing has changed yet", fmt.Sprintf("Delete %d of %d users", n, n+1), "Run for real at", "Refused 1 see why below",
		fmt.Sprintf("Go with them %d posts, and %d drafts", posts, drafts), "Credits stranded 12.50 of 1 user",
		"1 refused", "Olga Keeper member-1keeper", "An admin. A bulk deletion never takes admins; change the role first.",
		fmt.Sprintf("%d would be deleted", n), "sessions and tokens stay gone", "← Users with “member-1” in a name or the e-mail address Rehearsal")
	if got := ask[int](t, conn, "select count(*) from users where username like 'member-1%'"); got != n+1 {
		t.Fatalf("%d of %d are left", got, n+1)
	}
	ruth.open(rehearsal + "/rows.csv").status(200)
	rows, err := csv.NewReader(strings.NewReader(ruth.text)).ReadAll()
	if err != nil || len(rows) != n+2 || rows[n+1][3] != "refused" || rows[n+1][8] != "An admin. A bulk deletion never takes admins; change the role first." {
		t.Fatal(err, len(rows), rows)
	}

	ruth.open(rehearsal).submit(fmt.Sprintf("Delete these %d users", n), "reason", "No sign-in since spring").status(200)
	receipt := ruth.at.Path
	ruth.sees("Receipt 1", fmt.Sprintf("%d users deleted", n), "By ruth", "Set Users with “member-1” in a name or the e-mail address, as rehearsed at", "as rehearsed at", "Reason No sign-in since spring",
		fmt.Sprintf("Went with them %d posts, %d draft", posts, drafts), "12.50 credits", "Refused 1", "Undo until", "Who was touched", "deleted Undo")
	if got := ask[int](t, conn, "select count(*) from users where username like 'member-1%'"); got != 1 {
		t.Fatalf("%d are left", got)
	}
	ruth.open(receipt + "/rows.csv").status(200)
	if rows, err := csv.NewReader(strings.NewReader(ruth.text)).ReadAll(); err != nil || len(rows) != n+2 || rows[1][3] != "delete" {
		t.Error(err, rows)
	}
	// The same again gives the same receipt, and the rehearsal says that it was done.
	key := strings.TrimPrefix(rehearsal, "/admin/rehearsals/")
	if ruth.post("/admin/acts", "rehearsal", key, "reason", "again").status(200); ruth.at.Path != receipt {
		t.Error("a second commit leads to", ruth.at)
	}
	ruth.open(rehearsal).sees("This was done. receipt 1").seesNot("Change nothing")

	// One row, then the others; in the way of one stands who took the name.
	one := ask[string](t, conn, "select target_id::text from act_rows where label = 'member-10'")
	ruth.open(receipt).post(receipt+"/undo", "id", one).status(200).sees("Receipt 2", "Taken back for 1 user", "Takes back receipt 1")
	modelstest.User(t, site.Store, modelstest.Named("member-12"), func(in *models.NewUser) { in.Name, in.Email = "Dana Finch", "dana@example.com" })
	ruth.open("/admin/acts/2").seesNot("Since then")
	ruth.open(receipt).sees("back since today", "receipt 2", "cannot come back: The user name member-12 was taken", "Dana Finch", "1 taken back, 1 cannot be taken back")
	ruth.post(receipt+"/undo").status(409).sees("Something newer stands in the way. Nothing was changed.", "The user name member-12 was taken", "Dana Finch")
	ruth.open(receipt).submit(fmt.Sprintf("Undo the other %d", n-2)).status(200).sees("Receipt 3", fmt.Sprintf("Taken back for %d users", n-2), "1 refused", "The user name member-12 was taken")
	if got := ask[int](t, conn, "select count(*) from users where username like 'member-1%'"); got != n+1 {
		t.Errorf("%d of %d are back", got, n+1)
	}
	ruth.open(receipt).status(200).seesNot("Undo all", "Undo the other")
	ruth.open("/admin/acts").sees("3 Taken back for", "2 Taken back for 1 user", fmt.Sprintf("1 %d users deleted", n), "No sign-in since spring")
	ruth.click("2").sees("Receipt 2")
	if off, err := site.Check(modelstest.Context(t)); err != nil || len(off) > 0 {
		t.Error(off, err)
	}
}

func TestAnActThatNeedsMoreAsksForIt(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	ids := []string{"target", "user", "set", "ticked", "ids", fmt.Sprint(ann.ID), "ids", fmt.Sprint(bob.ID)}
	begin := func(act string) *browser {
		return ruth.post("/admin/rehearsals", append(ids, "act", act)...).status(200)
	}

	begin("suspend").sees("Suspend…", "2 ticked rows", "The user will see it.")
	ruth.submit("Rehearse", "until", "2020-01-01T10:00", "reason", "Spam").status(422).sees("A suspension ends in the future, and within ten years.")
	ruth.submit("Rehearse", "until", "2030-01-01T10:00", "reason", " ").status(422).sees("Give a reason: the user will see it.")
	ruth.submit("Rehearse", "until", "2030-01-01T10:00", "reason", "Spam").status(200).sees("Suspend 2 of 2 users", "Suspended until 1 Jan 2030, 10:00", "Reason, for the user Spam", "Suspended until: 1 Jan 2030, 10:00")
	ruth.submit("Suspend these 2 users").status(200).sees("2 users suspended", "Suspended until: 1 Jan 2030, 10:00suspended Undo")

	begin("set-role").submit("Rehearse", "role", "editor").sees("Give a role to 2 of 2 users", "Role: user editor").submit("Give these 2 users the role").sees("2 users have another role")
	begin("set-metadata").submit("Rehearse", "field", "city", "value", "Lyon").sees("Set a field of 2 of 2 users", "Field city", "Value Lyon", "city: Lyon").submit("Set the field of these 2 users").status(200)
	begin("set-metadata").submit("Rehearse", "field", "city", "value", "Riga").sees("city: Lyon Riga")
	begin("remove-metadata").submit("Rehearse", "field", "nothing").sees("Remove a field of 0 of 2 users", "Stay as they are 2", "Nothing would change.").seesNot("Change nothing")
	begin("sign-out").sees("Sign out 0 of 2 users")
	site.signIn(ann)
	begin("sign-out").sees("Sign out 1 of 2 users", "1 session ends", "Sessions that have ended stay ended").submit("Sign 1 user out").sees("1 user signed out", "Ended 1 session").seesNot("Undo all")
	begin("deactivate").sees("State: active deactivated").submit("Deactivate these 2 users").sees("2 users deactivated")
	begin("reactivate").sees("State: deactivated active; Suspended until: 1 Jan 2030, 10:00").submit("Reactivate these 2 users").sees("2 users reactivated").submit("Undo all 2").sees("Taken back for 2 users")
	if got := ask[string](t, conn, "select string_agg(concat_ws(' ', username, role, is_active, suspended_until is not null, metadata), '; ' order by id) from users where username <> 'ruth'"); got !=
		`ann editor f t {"city": "Lyon"}; bob editor f t {"city": "Lyon"}` {
		t.Error(got)
	}
	for _, act := range []string{"delete", "suspend"} { // back in the same list
		ruth.post("/admin/rehearsals", "target", "user", "set", "ticked", "act", act, "filter", "q=ann").status(200).sees("Tick at least one row.", "Users with “ann”")
		if ruth.at.RequestURI() != "/admin/users?q=ann" {
			t.Error(ruth.at)
		}
	}
	ruth.post("/admin/rehearsals", append(ids, "act", "dance")...).status(422).sees("There is no such act.")
	ruth.post("/admin/rehearsals", "act", "delete", "set", "all", "filter", "age_min=old").status(422)
	ruth.post("/admin/rehearsals", "act", "delete", "set", "all", "filter", "actve=true").status(422).sees("There is no filter of the name")
	ruth.open("/admin/rehearsals").status(200).sees("Users")
	for _, path := range []string{"/admin/rehearsals/x", "/admin/rehearsals/8a1d9bb0-0000-4000-8000-000000000000", "/admin/acts/0", "/admin/acts/999", "/admin/acts/x"} {
		ruth.open(path).status(404)
	}
}

func TestACommitOfASetThatHasChangedShowsTheDifference(t *testing.T) {
	site, ruth, conn := adminSite(t)
	for _, name := range []string{"aa-one", "aa-two", "aa-three", "bb-four"} {
		modelstest.User(t, site.Store, modelstest.Named(name))
	}
	ruth.post("/admin/rehearsals", "target", "user", "act", "delete", "set", "all", "filter", "q=aa-").sees("Delete 3 of 3 users")
	old := ruth.at.Path
	sql(t, conn, "update users set username = 'aa-four' where username = 'bb-four'")
	sql(t, conn, "update users set username = 'bb-one', name = 'x', email = 'x@x' where username = 'aa-one'")
	sql(t, conn, "update users set role = 'editor' where username = 'aa-two'")
	ruth.submit("Delete these 3 users", "reason", "x").status(200).sees("The set has changed since the rehearsal. Nothing was changed.",
		"New in the set bb-four aa-four", "No longer in the set x bb-one", "Not as they were aa-two aa-two: Role: user editor", "Below is what would happen now.", "Delete 3 of 3 users")
	if ruth.at.Path == old || ask[int](t, conn, "select count(*) from acts") != 0 || ask[int](t, conn, "select count(*) from users") != 5 {
		t.Error("something was done")
	}
	ruth.submit("Delete these 3 users", "reason", strings.Repeat("x", 301)).status(422).sees("The reason is too long: 301 characters, and 300 are the most.")
	ruth.submit("Delete these 3 users", "reason", "now").status(200).sees("3 users deleted")
	// Another admin has no part in it.
	other := site.signIn(modelstest.Admin(t, site.Store))
	other.open(old).status(404)
	other.post("/admin/acts", "rehearsal", strings.TrimPrefix(old, "/admin/rehearsals/")).status(404)
	other.open("/admin/acts/1").status(200).sees("3 users deleted")
}

func TestALongListIsShownPageByPage(t *testing.T) {
	_, ruth, conn := adminSite(t)
	sql(t, conn, "insert into users (username, name, email) select 'many-' || i, 'Many', i || '@x' from generate_series(1, 60) i")
	seen := func() (names int) {
		return ruth.page.Find("#changes ~ .scroll tbody tr, #touched ~ .scroll tbody tr").Length()
	}
	ruth.post("/admin/rehearsals", "target", "user", "act", "deactivate", "set", "all", "filter", "q=many-").sees("Deactivate 60 of 60 users")
	path := ruth.at.Path
	for i, want := range []int{25, 25, 10} {
		if got := seen(); got != want {
			t.Errorf("page %d has %d rows", i+1, got)
		}
		if i < 2 {
			ruth.click("Next →").status(200)
		}
	}
	ruth.click("← First")
	if ruth.at.Path != path {
		t.Error(ruth.at)
	}
	ruth.submit("Deactivate these 60 users").click("Next →").click("Next →")
	if got := seen(); got != 10 {
		t.Errorf("the last page has %d rows", got)
	}
}

func TestTheActBarOffersWhatCanBeDone(t *testing.T) {
	bar, err := os.ReadFile("../templates/shared/act_bar.html")
	if err != nil {
		t.Fatal(err)
	}
	offered := map[string]bool{}
	for _, option := range regexp.MustCompile(`<option value="([^"]+)"`).FindAllStringSubmatch(string(bar), -1) {
		offered[option[1]] = true
	}
	var kinds []models.ActKind
	for _, target := range []string{"user", "post", "order"} {
		kinds = append(kinds, models.ActKinds(target)...)
	}
	for _, kind := range kinds {
		if !offered[kind.Name] {
			t.Errorf("the bar lacks %s", kind.Name)
		}
		delete(offered, kind.Name)
		offered["delete"] = true
	}
	if len(offered) != 1 {
		t.Errorf("the bar offers %v", offered)
	}
}
