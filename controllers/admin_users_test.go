package controllers_test

import (
	"fmt"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"postroom/models"
	"postroom/models/modelstest"
)

func pageOf(user *models.User) string { return fmt.Sprintf("/admin/users/%d", user.ID) }

// offers reports whether the page lets one act with these words.
func (b *browser) offers(words string) bool {
	found := false
	for _, tag := range []string{"button", "a.danger", ".holes label"} {
		b.page.Find(tag).Each(func(_ int, s *goquery.Selection) { found = found || strings.Contains(s.Text(), words) })
	}
	return found
}

func TestAdminSeesAUserWithSessionsPostsAndDrafts(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = "On bread" })
	modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title, p.Status = "Not yet", models.StatusDraft })
	sql(t, conn, `update users set metadata = '{"city": "Lyon", "shoes": 41, "likes": ["tea"]}' where id = $1`, ann.ID)
	hers := site.visitor()
	hers.header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0")
	hers.open("/signin").submit("Sign in", "login", "ann", "password", modelstest.Password)
	ruth.open(pageOf(ann)).status(200).sees("ann@example.com", "1 published, 1 draft", "1 session", "Firefox on Linux", "127.0.0.1", "2 posts", "On bread", "Not yet", "draft", `["tea"]`, "41")
	ruth.click("Lyon").status(200).sees("Users in Lyon, by number of posts", "1 of 2")
	ruth.open(pageOf(ann)).click("Not yet").status(200).sees("Not yet")
	ruth.open("/admin").click("ann").status(200).click("Public page").status(200).sees("On bread")
}

func TestAdminEditsAUser(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	ruth.open(pageOf(ann)).submit("Save ann", "name", "", "username", "r u", "email", "none", "age", "200").status(422).
		sees("4 things to put right", "Give a name.", "A user name has 3 to 50 letters, digits, - or _.", "An e-mail address looks like name@example.com.", "An age is a whole number from 1 to 150.")
	if got := ruth.page.Find("#username").AttrOr("value", "") + ruth.page.Find("#age").AttrOr("value", ""); got != "r u200" {
		t.Errorf("what was typed is now %q", got)
	}
	for _, age := range []string{"0", "-3", "1.5", "ten"} {
		ruth.open(pageOf(ann)).submit("Save ann", "age", age).status(422).sees("An age is a whole number from 1 to 150.")
	}
	ruth.open(pageOf(ann)).submit("Save ann", "username", "RUTH", "email", "ann@example.com").status(422).sees("This user name is taken.")
	ruth.open(pageOf(ann)).submit("Save ann", "name", "Ann Able", "username", "able", "email", "able@example.com", "age", "41").status(200).
		sees("Ann Able is saved. Receipt 1", "able@example.com")
	ruth.submit("Give Ann Able this role…", "role", "editor").status(200).sees("Give a role to 1 of 1 user", "user editor").submit("Give 1 user the role").status(200).sees("1 user has another role")
	ruth.open(pageOf(ann)).sees("Roleeditor")
	if got := ask[string](t, conn, "select name || username || email || age || role from users where id = $1", ann.ID); got != "Ann Ableableable@example.com41editor" {
		t.Errorf("the row is %q", got)
	}
	ruth.submit("Save Ann Able", "age", "").status(200)
	if !ask[bool](t, conn, "select age is null from users where id = $1", ann.ID) {
		t.Error("the age is still known")
	}
	ruth.post(pageOf(ann), "name", "Ann", "username", "able", "email", "able@example.com", "role", "king").status(422).sees("A role is user, editor or admin.")
}

func TestADeactivatedUserIsShutOutAndComesBack(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, site.Store, ann)
	if _, _, err := site.Store.CreateToken(modelstest.Context(t), ann, "script", models.ScopeRead); err != nil {
		t.Fatal(err)
	}
	hers, other := site.signIn(ann), site.signIn(ann)
	ruth.open(pageOf(ann)).sees("2 sessions · 1 API token").submit("Deactivate ann…").status(200).sees("Rehearsal: nothing has changed yet", "Sessions that end 2", "API tokens that end 1").
		submit("Deactivate 1 user").status(200).sees("1 user deactivated", "2 sessions, 1 API token")
	ruth.open(pageOf(ann)).sees("Not signed in anywhere.", "deactivated")
	for _, b := range []*browser{hers, other} {
		if b.open("/settings"); b.at.Path != "/signin" {
			t.Errorf("a deactivated user reads %s", b.at)
		}
	}
	hers.open("/signin").submit("Sign in", "login", "ann", "password", modelstest.Password).seesNot("You are signed in")
	hers.open(post.Path()).status(200)
	if ruth.offers("Make a one-time link") || ruth.offers("Deactivate ann…") {
		t.Error("a deactivated user can be deactivated once more, or get a link")
	}
	ruth.post(pageOf(ann) + "/link").status(409).sees("Reactivate the account first.")
	ruth.open(pageOf(ann)).submit("Reactivate ann").status(200).sees("ann is active again, and can sign in.")
	hers.open("/signin").submit("Sign in", "login", "ann", "password", modelstest.Password).status(200)
	ruth.open(pageOf(ann)).sees("1 session").submit("Deactivate ann…").submit("Deactivate 1 user").sees("1 user deactivated", "1 session")
	if ask[int64](t, conn, "select count(*) from sessions where user_id = $1", ann.ID) != 0 {
		t.Error("sessions are left")
	}
}

func TestAOneTimeLinkWorksOnceAndIsKeptNowhere(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	ruth.open(pageOf(ann)).submit("Make a one-time link").status(200).sees("It works once, until", "It is not shown again.")
	if got := ruth.head.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: %s", got)
	}
	first := ruth.page.Find("#once").AttrOr("value", "")
	link := ruth.open(pageOf(ann)).submit("Make a one-time link").page.Find("#once").AttrOr("value", "")
	path, ok := strings.CutPrefix(link, site.url)
	if !ok || !strings.HasPrefix(path, "/link?token=") {
		t.Fatalf("the link is %q", link)
	}
	token := strings.TrimPrefix(path, "/link?token=")
	if kept := ask[int64](t, conn, "select count(*) from sessions where data::text like '%' || $1 || '%'", token); kept > 0 {
		t.Error("the link is kept in a session")
	}
	if ruth.open(pageOf(ann)).page.Find("#once").Length() > 0 {
		t.Error("the link is shown again")
	}
	hers := site.visitor()
	hers.open(strings.TrimPrefix(first, site.url)).status(404)
	hers.open(path).status(200).submit("Set the password and sign in", "password", "a new long password").status(200).sees("You are signed in as ann.")
	hers.open(path).status(404)
	site.visitor().post("/link", "token", token, "password", "another long password").status(404)
	site.visitor().open("/signin").submit("Sign in", "login", "ann", "password", "a new long password").status(200)
}

func TestDeletingSaysFirstWhatGoes(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	for range 3 {
		modelstest.Post(t, site.Store, ann)
	}
	modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Status = models.StatusDraft })
	hers := site.signIn(ann)
	ruth.open(pageOf(ann)).submit("Delete ann…").status(200).sees("Rehearsal: nothing has changed yet", "Go with them 3", "posts, and 1 draft", "Sessions that end 1").click("Change nothing").status(200)
	if ruth.at.Path != pageOf(ann) {
		t.Errorf("at %s", ruth.at)
	}
	if ask[int64](t, conn, "select count(*) from posts") != 4 {
		t.Fatal("something changed")
	}
	ruth.submit("Delete ann…").submit("Delete 1 user").status(200).sees("1 user deleted", "3 posts, 1 draft")
	receipt := ruth.at.Path
	if left := ask[int64](t, conn, "select (select count(*) from posts) + (select count(*) from sessions where user_id = $1) + (select count(*) from users where id = $1)", ann.ID); left != 0 {
		t.Errorf("%d rows are left", left)
	}
	if hers.open("/settings"); hers.at.Path != "/signin" {
		t.Error("a deleted user is still signed in")
	}
	ruth.open(pageOf(ann)).status(404)
	ruth.open(receipt).submit("Undo").status(200)
	ruth.open(pageOf(ann)).status(200).sees("3 published, 1 draft", "1 user deleted", "Taken back for 1 user")
}

func TestNobodyActsOnOneself(t *testing.T) {
	site, ruth, conn := adminSite(t)
	me, err := site.Store.UserByName(modelstest.Context(t), "ruth")
	if err != nil {
		t.Fatal(err)
	}
	modelstest.Admin(t, site.Store)
	ruth.open(pageOf(me)).status(200).sees("This is you. Ask another admin.")
	for _, words := range []string{"Deactivate", "Delete", "link", "editor"} {
		if ruth.offers(words) {
			t.Errorf("one is offered %q", words)
		}
	}
	ruth.post(pageOf(me) + "/link").status(409).sees("This is you. Ask another admin.")
	for _, act := range []string{"reactivate", "sign-out"} {
		ruth.post(pageOf(me)+"/acts", "act", act).status(422).sees("This is you. Ask another admin.")
	}
	for _, act := range []string{"deactivate", "delete", "suspend", "set-role"} {
		ruth.post("/admin/rehearsals", "act", act, "ids", fmt.Sprint(me.ID), "role", "user", "until", "2030-01-01T00:00", "reason", "x").status(200).sees("This is you. Ask another admin.")
		if ruth.page.Find("button.commit").Length() > 0 {
			t.Errorf("%s of oneself can be committed", act)
		}
	}
	ruth.post(pageOf(me), "name", "R", "username", "ruth", "email", "ruth@example.com", "role", "user").status(422).sees("This is you. Ask another admin.")
	ruth.open(pageOf(me)).submit("Save ruth", "name", "Ruth A").status(200).sees("Ruth A is saved.")
	if got := ask[string](t, conn, "select name || role || is_active from users where id = $1", me.ID); got != "Ruth Aadmintrue" {
		t.Errorf("ruth is %q", got)
	}
}

// Two admins who shut each other out at the same moment: one of them stays.
func TestTheLastAdminStays(t *testing.T) {
	site, ruth, conn := adminSite(t)
	for round := range 5 {
		other := modelstest.Admin(t, site.Store)
		me := ask[int64](t, conn, "select id from users where username = 'ruth'")
		his := site.signIn(other)
		var both sync.WaitGroup
		for _, act := range []func(){
			func() {
				ruth.post("/admin/rehearsals", "act", []string{"deactivate", "delete"}[round%2], "ids", fmt.Sprint(other.ID))
				ruth.post("/admin/acts", "rehearsal", path.Base(ruth.at.Path))
			},
			func() {
				his.post(fmt.Sprintf("/admin/users/%d", me), "name", "ruth", "username", "ruth", "email", "ruth@example.com", "role", "user")
			},
		} {
			both.Add(1)
			go func() { defer both.Done(); act() }()
		}
		both.Wait()
		if n := ask[int64](t, conn, "select count(*) from users where role = 'admin' and is_active"); n != 1 {
			t.Fatalf("round %d: %d admins, after %d and %d", round, n, ruth.code, his.code)
		}
		sql(t, conn, "update users set role = 'admin' where username = 'ruth'")
		sql(t, conn, "delete from users where id = $1", other.ID)
	}
}

func TestAUserWhoIsNotThereIsNotFound(t *testing.T) {
	_, ruth, _ := adminSite(t)
	for _, id := range []string{"0", "-1", "999999", "x", "1x", "99999999999999999999", "%00", "1%2f2"} {
		ruth.open("/admin/users/" + id).status(404)
		for _, act := range []string{"", "/link", "/acts", "/contacts"} {
			ruth.post("/admin/users/"+id+act, "name", "x").status(404)
		}
	}
}
