package controllers_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAnAdminSuspendsAUserFromTheirPageAndEndsIt(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	hers := site.signIn(ann)
	ruth.open(pageOf(ann)).seesNot("Suspensions", "Receipt 1").submit("Suspend ann…").status(200).sees("They can sign in and read meanwhile, and not write.")
	ruth.submit("Rehearse", "until", "2020-01-01T10:00", "reason", "").status(422).sees("A suspension ends in the future, and within ten years.", "Give a reason: the user will see it.")
	ruth.submit("Rehearse", "until", time.Now().AddDate(1, 0, 0).Format("2006")+"-11-03T14:30", "reason", "Advertising, again").status(200).
		sees("← ann", "Suspend 1 of 1 user", "Advertising, again").submit("Suspend 1 user").status(200).sees("Receipt 1", "1 user suspended")
	until := fmt.Sprintf("3 Nov %d, 14:30", time.Now().Year()+1)
	ruth.open(pageOf(ann)).sees("suspended until "+until, "Suspensions", "Advertising, again · until "+until+" · by ruth", "Receipt 1", "1 user suspended")
	hers.open("/posts/new").sees("You are suspended until "+until).submit("Publish", "title", "x", "content", "y").status(403)

	// Ending it is an act as well, and taking that back suspends again.
	ruth.submit("End the suspension").status(200).sees("The suspension of ann is over. Receipt 2").seesNot("suspended until")
	ruth.sees("ended today")
	hers.open("/posts/new").submit("Publish", "title", "Bread", "content", "Rye.").status(200)
	ruth.open(pageOf(ann)).click("Receipt 2").sees("1 user reactivated").submit("Undo").status(200)
	hers.open("/posts/new").sees("You are suspended until " + until)
	ruth.open(pageOf(ann)).sees("suspended until "+until, "Receipt 3", "Taken back for 1 user")
	ruth.open("/admin/acts/1").submit("Undo").status(200)
	hers.open("/posts/new").seesNot("suspended")
	if n := ask[int64](t, conn, "select count(*) from suspensions"); n != 0 {
		t.Errorf("%d suspensions", n)
	}
}

func TestFieldsAreSetAndRemovedOnAUsersPage(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"), func(in *models.NewUser) { in.Metadata = models.Metadata{"shoes": 41} })
	metadata := func() string {
		return ask[string](t, conn, "select metadata::text from users where id = $1", ann.ID)
	}
	ruth.open(pageOf(ann)).submit("Set the field", "field", "city", "value", " Lyon ").status(200).sees("ann: the field city is set. Receipt 1", "Lyon")
	ruth.submit("Set the field", "field", "city", "value", "Lyon").sees("ann is like that already. Nothing was changed.")
	ruth.submit("Set the field", "field", "", "value", "").status(422).sees("A field needs a name of at most 50 characters.", "Give a value. To take the field away, remove it.")
	ruth.submit("Set the field", "field", "town", "value", "").status(422).sees("Give a value. To take the field away, remove it.")
	if got := ruth.page.Find("#field").AttrOr("value", ""); got != "town" {
		t.Errorf("what was typed is now %q", got)
	}
	ruth.post(pageOf(ann)+"/acts", "act", "remove-metadata", "field", "shoes").status(200).sees("ann: the field shoes is removed. Receipt 2").seesNot("41")
	if got := metadata(); got != `{"city": "Lyon"}` {
		t.Error(got)
	}
	ruth.click("Receipt 2").status(200).submit("Undo").status(200)
	if got := metadata(); got != `{"city": "Lyon", "shoes": 41}` {
		t.Error("after the undo:", got)
	}
	// One's own fields as well; nothing that is dangerous without its rehearsal.
	ruth.open("/admin/users/1").submit("Set the field", "field", "city", "value", "Riga").status(200).sees("Receipt 4")
	for _, act := range []string{"delete", "deactivate", "suspend", "set-role", "nonsense", ""} {
		ruth.post(pageOf(ann)+"/acts", "act", act, "role", "admin").status(422).sees("There is no such act.")
	}
}

func TestAUserIsSignedOutEverywhere(t *testing.T) {
	site, ruth, _ := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	hers, other := site.signIn(ann), site.signIn(ann)
	ruth.open(pageOf(ann)).submit("Sign ann out everywhere").status(200).sees("ann is signed out. 2 sessions ended. Receipt 1", "Not signed in anywhere.")
	for _, b := range []*browser{hers, other} {
		if b.open("/settings"); b.at.Path != "/signin" {
			t.Errorf("still signed in at %s", b.at)
		}
	}
	if ruth.offers("Sign ann out everywhere") {
		t.Error("there is nothing to end")
	}
	ruth.click("Receipt 1").status(200).sees("1 user signed out")
	if ruth.offers("Undo") {
		t.Error("sessions do not come back")
	}
}

func TestAnAdminMakesAUserOnAPage(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ruth.open("/admin/users").click("Make a user").status(200)
	ruth.submit("Make the user", "username", "RUTH", "email", "nobody", "age", "200", "role", "editor").status(422).sees("This user name is taken.", "An e-mail address looks like name@example.com.", "An age is a whole number from 1 to 150.")
	ruth.submit("Make the user", "username", "ann", "name", "Ann Able", "email", "ann@example.com", "age", "34").status(200).sees("Ann Able has an account. A one-time link lets them in. Receipt 1", "never signed in")
	if got := ask[string](t, conn, "select username || name || email || age || role || password_hash from users where id = (select max(id) from users)"); got != "annAnn Ableann@example.com34editor" {
		t.Error(got)
	}
	link := ruth.submit("Make a one-time link").page.Find("#once").AttrOr("value", "")
	site.visitor().open(strings.TrimPrefix(link, site.url)).status(200).submit("Set the password and sign in", "password", "a new long password").sees("You are signed in as ann.")
	ruth.open("/admin/acts/1").status(200).sees("1 user made", "Has signed in since")
	ruth.open("/admin/users/new").submit("Make the user", "username", "bob", "email", "bob@example.com").status(200).click("Receipt 2").submit("Undo").status(200)
	if ask[int64](t, conn, "select count(*) from users") != 2 {
		t.Error("bob is there")
	}
}

func TestEditsByAnAdminAreTakenBackFromTheirReceipts(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title, p.Content = "Rye", "Slowly." })
	const rows = `select (select jsonb_agg(to_jsonb(u) - 'updated_at' order by id)::text from users u) || coalesce((select jsonb_agg(to_jsonb(p) - array['updated_at', 'revision', 'saved_at', 'saved_by_id'] order by id)::text from posts p), '')`
	for receipt, try := range []struct {
		do   func()
		says string
	}{
		{func() {
			ruth.open(pageOf(ann)).submit("Save ann", "name", "Ann Able", "age", "41").sees("Ann Able is saved. Receipt 1")
		}, "Nameann Ann Able"},
		{func() {
			ruth.open("/admin/edits/new").submit("Save the new value", "find", "ann", "field", "role", "value", "editor").sees("ann is saved. Receipt 3")
		}, "Role: user editor"},
		{func() {
			ruth.open(post.Path() + "/edit").submit("Take back to the drafts").sees("“Rye” is a draft of its author now. Readers do not see it. Receipt 5")
		}, "1 post unpublished"},
		{func() {
			ruth.open(post.Path()+"/edit").submit("Save", "content", "Quickly.").sees("“Rye” is published. Receipt 7")
		}, "Text: Slowly. Quickly."},
		{func() {
			ruth.open(post.Path() + "/delete").sees("an admin can bring it back from the receipt").seesNot("for good").submit("Delete this post").sees("“Rye” is deleted. Receipt 9")
		}, "1 post deleted"},
	} {
		before := ask[string](t, conn, rows)
		try.do()
		if ask[string](t, conn, rows) == before {
			t.Fatalf("%d: nothing has changed", receipt)
		}
		ruth.click(fmt.Sprintf("Receipt %d", 2*receipt+1)).status(200).sees(strings.TrimPrefix(try.says, "Name")).submit("Undo").status(200)
		if now := ask[string](t, conn, rows); now != before {
			t.Errorf("%s: it is not as it was:\n%s\n%s", try.says, before, now)
		}
	}
	// An editor's act has a receipt too, which admins read.
	ed := modelstest.User(t, site.Store, modelstest.Named("eddy"), func(in *models.NewUser) { in.Role = models.RoleEditor })
	his := site.signIn(ed)
	his.open(post.Path() + "/delete").submit("Delete this post").status(200).sees("“Rye” is deleted.").seesNot("Receipt")
	his.open("/admin/acts/11").status(403)
	ruth.open("/admin/acts/11").sees("1 post deleted", "eddy").submit("Undo").status(200)
	his.open(post.Path()).status(200).sees("Slowly.")
	ruth.open("/admin/audit?person=eddy").sees("deleted users, posts, series, comments, files or events", "Rye · receipt 11")
	ruth.open("/admin/audit?person=ann").sees("edited a user, a post or an event", "ann · receipt 1")
}

func TestTwoAdminsOnOnePageAtOnce(t *testing.T) {
	site, ruth, conn := adminSite(t)
	rosa := site.signIn(modelstest.User(t, site.Store, modelstest.Named("rosa"), func(in *models.NewUser) { in.Role = models.RoleAdmin }))
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	ruth.open(pageOf(ann)).submit("Delete ann…").status(200)
	rosa.open(pageOf(ann)).submit("Delete ann…").status(200)
	var both sync.WaitGroup
	for _, b := range []*browser{ruth, rosa} {
		both.Add(1)
		go func() { defer both.Done(); b.submit("Delete 1 user") }()
	}
	both.Wait()
	if ask[int64](t, conn, "select count(*) from acts") != 1 || ask[int64](t, conn, "select count(*) from users where id = $1", ann.ID) != 0 {
		t.Fatal("it was not done once")
	}
	first, second := ruth, rosa
	if !strings.HasPrefix(ruth.at.Path, "/admin/acts/") {
		first, second = rosa, ruth
	}
	first.status(200).sees("Receipt", "1 user deleted")
	second.status(200).sees("The set has changed")
}
