package controllers_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAReaderThanksAnAuthorFromAPost(t *testing.T) {
	site, _, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	reader := modelstest.User(t, site.Store, modelstest.Named("bob"))
	post := modelstest.Post(t, site.Store, ann)
	modelstest.Credits(t, conn, "50", "username = 'bob'")
	visitor := site.visitor()
	visitor.open(post.Path()).seesNot("Thank ann", "Readers thanked")
	visitor.open(post.Path()) // kept from now on
	author, bob := site.signIn(ann), site.signIn(reader)
	author.open(post.Path()).seesNot("Thank ann")

	bob.open(post.Path()).sees("Thank ann").submit("Give credits", "amount", "12.5", "note", " For  the rye ").status(200)
	receipt := bob.at.Path
	bob.sees("12.50 credits are given.", "Receipt", "What thanks", "From bob", "To ann", "Post A post", "Note For the rye")
	key := "a key"
	for range 2 { // the same form twice is one transfer
		bob.post("/transfers", "post", "1", "amount", "5", "note", "", "key", key).status(200)
	}
	once := bob.at.Path
	bob.post("/transfers", "post", "1", "amount", "6", "note", "", "key", key).status(422).sees("This was sent before, with other content. Nothing more was moved.")
	if again := bob.page.Find("input[name=key]").AttrOr("value", ""); again == key || again == "" {
		t.Errorf("the key of the next try is %q", again)
	}
	if n := ask[int](t, conn, "select count(*) from transfers where kind = 'thanks'"); n != 2 || once == receipt {
		t.Errorf("%d transfers", n)
	}
	bob.open(post.Path()).sees("Readers thanked with 17.50 credits.")
	visitor.open(post.Path()).sees("Readers thanked with 17.50 credits.").seesNot("Thank ann")
	author.open("/credits").sees("You have 17.50", "bob 5.00", "bob 12.50For the rye A post")
	author.click("12.50").sees("From bob")
	if !strings.HasPrefix(author.at.Path, receipt) {
		t.Error(author.at)
	}
	site.signIn(modelstest.User(t, site.Store)).open(receipt).status(404)

	bob.open("/credits").sees("You have 32.50").submit("Give credits", "to", "ANN", "amount", "2", "note", "").status(200).sees("2.00 credits", "To ann")
	for _, try := range []struct{ to, amount, says string }{
		{"ann", "30.51", "Insufficient credits or user not found"}, {"nobody", "1", "Target user not found"}, {"bob", "1", "You cannot give credits to yourself."},
		{"ann", "0", "An amount is above zero."}, {"ann", "-5", "An amount is above zero and looks like 10 or 2.50."}, {"ann", "0.001", "An amount has two decimals at most."},
		{"ann", "NaN", "An amount is above zero and looks"}, {"ann", "1e309", "An amount is above zero and looks"}, {"ann", "1e3", "An amount is above zero and looks"},
		{"ann", "1000000000000", "This is more than the ledger can hold."}, {"ann", "", "An amount is above zero and looks"}, {"ann", "ten", "An amount is above zero and looks"},
		{"ann", "1,000", "An amount is above zero and looks"}, {"ann", "Infinity", "An amount is above zero and looks"},
	} {
		bob.open("/credits").submit("Give credits", "to", try.to, "amount", try.amount, "note", "kept").status(422).sees(try.says)
		if bob.page.Find("#amount-error, #to-error").Length() != 1 || bob.page.Find("[name=note]").AttrOr("value", "") != "kept" {
			t.Errorf("%+v:\n%s", try, bob.words())
		}
	}
	bob.open("/credits").submit("Give credits", "to", "ann", "amount", "1", "note", strings.Repeat("x", 301)).status(422).sees("The note is too long: 301 characters, and 300 are the most.")
	bob.open("/credits").sees("You have 30.50")
	sql(t, conn, "update users set is_active = false where username = 'ann'")
	bob.post("/transfers", "post", "1", "amount", "1").status(422).sees("Target user not found", "For “A post”")
	sql(t, conn, "insert into suspensions (user_id, reason, until) values ($1, 'Too loud', now() + interval '1 day')", reader.ID)
	bob.post("/transfers", "post", "1", "amount", "1").status(403).sees("You are suspended until", "Too loud")
	bob.open("/credits").sees("You have 30.50")
	bob.open("/transfers").status(200)
	if bob.at.Path != "/credits" {
		t.Error(bob.at)
	}
}

func TestAStatementIsReadByMonthAsAFileAndForADay(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	modelstest.Credits(t, conn, "1234.5", "username = 'ann'")
	b := site.signIn(ann)
	b.open("/credits").click("Statement").sees("1,234.50at the end", "1,234.501,234.50grantthe house", "0.00at the beginning")
	b.click("This month as CSV").status(200)
	rows, err := csv.NewReader(strings.NewReader(b.text)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][3] != "house" || rows[1][7] != "1234.50" {
		t.Error(rows, err)
	}
	b.open("/credits/statement.csv?month=2020-01").status(200)
	if strings.Count(b.text, "\n") != 1 || !strings.Contains(b.head.Get("Content-Disposition"), "statement-2020-01.csv") {
		t.Error(b.text, b.head)
	}
	b.open("/credits/statement?month=2020-01").sees("Jan 2020", "Nothing came in or went out in this month. The balance was 0.00.", "Later →")
	b.submit("Show the balance", "at", "2019-12-31").status(200).sees("At the end of this day it was 0.00.")
	b.submit("Show the balance", "at", "2100-01-01").status(200).sees("At the end of this day it was 1,234.50.")
	b.submit("Show the balance", "at", "soon").status(422).sees("A day looks like 2026-11-21.")
	ruth.open(fmt.Sprintf("/admin/users/%d", ann.ID)).click("1,234.50").status(200).sees("Statement of ann", "1,234.501,234.50grantthe house")
	ruth.click("The whole statement as CSV").status(200)
	if n := ask[int](t, conn, "select count(*) from audit where kind = 'export.statement'"); n != 1 {
		t.Errorf("%d lines of the log", n)
	}
}

func TestAnAdminGrantsTakesBackAndProves(t *testing.T) {
	site, ruth, conn := adminSite(t)
	modelstest.User(t, site.Store, modelstest.Named("ann"))
	ruth.open("/admin").sees("Ledger–not proven yet")
	ruth.open("/admin/grants").sees("Nothing yet.").submit("Grant credits", "to", "ann", "amount", "100", "note", "Welcome").status(200)
	ruth.sees("100.00 credits are granted.", "What grant", "From the house", "To ann", "By ruth", "100.00 of it can be taken back.")
	transfer := ruth.at.Path
	ruth.open("/admin/grants").submit("Grant credits", "to", "nobody", "amount", "x", "note", "").status(422).sees("An amount is above zero and looks like")
	ruth.open("/admin/grants").submit("Grant credits", "to", "nobody", "amount", "1", "note", "").status(422).sees("Target user not found")
	ruth.open("/admin/grants").sees("ann 100.00–ruth").click("100.00").submit("Take credits back", "amount", "30", "reason", "").status(422).sees("Give a reason: both sides will see it.")
	ruth.submit("Take credits back", "reason", "Typed twice").status(200).sees("30.00 credits are taken back.", "Taken back 30.00", "Typed twice", "70.00 of it can be taken back.")
	ruth.submit("Take credits back", "amount", "70.01", "reason", "x").status(422).sees("Only 70.00 of it is left to reverse.")
	ruth.open(transfer).submit("Take credits back", "amount", "-1", "reason", "x").status(422).sees("An amount is above zero")
	ruth.open(transfer).click("30.00").sees("What reversal: takes back an earlier transfer").seesNot("Take credits back")
	// What is gone cannot come back whole; in part it can.
	bob := modelstest.User(t, site.Store, modelstest.Named("bob"))
	ann := site.signIn(&models.User{Username: "ann"})
	ann.open("/credits").submit("Give credits", "to", "bob", "amount", "60", "note", "").status(200)
	ruth.open(transfer).submit("Take credits back", "amount", "", "reason", "x").status(422).sees("Insufficient credits or user not found")
	ruth.post(transfer+"/reversals", "amount", "", "in_part", "true", "reason", "The rest").status(200).sees("10.00 credits are taken back.")
	ann.open("/credits").sees("You have 0.00")
	site.signIn(bob).open("/credits").sees("You have 60.00")

	ruth.open("/admin/proofs").sees("It was not proven yet.").submit("Prove the ledger now").status(200).sees("All accounts together are 0", "Entries 8")
	ruth.open("/admin").sees("Ledgerproventoday")
	sql(t, conn, "alter table users disable trigger prove_credits_update; update users set credits = 61 where username = 'bob'")
	ruth.open("/admin/proofs").submit("Prove the ledger now").status(200).sees("1 fault", "has 61.00, and the entries are 60.00")
	ruth.open("/admin").sees("Ledger1 fault")
	for path, pairs := range map[string][]string{"/admin/grants": {"to", "bob", "amount", "1"}, transfer + "/reversals": {"reason", "x"}, "/admin/proofs": nil} {
		ann.post(path, pairs...).status(403)
	}
	// Nothing comes back from who is gone, and no form says so only when it is sent.
	ruth.open(transfer).sees("60.00 of it can be taken back.")
	sql(t, conn, "delete from users where username = 'ann'")
	ruth.submit("Take credits back", "amount", "", "reason", "x").status(422).sees("Insufficient credits or user not found").seesNot("Take credits back")
	ruth.open(transfer).sees("To a user who is gone").seesNot("Take credits back")
}

func TestAnAuthorSeesThanksArrive(t *testing.T) {
	site, _, conn := adminSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	modelstest.Credits(t, conn, "50", "username = 'bob'")
	b := site.signIn(ann)
	b.open("/credits")
	if live := b.page.Find("#thanks[data-live=credits], #balance[data-live=credits]"); live.Length() != 2 || b.page.Find(".live[data-on]").Length() != 1 {
		t.Error(b.text)
	}
	if _, err := site.Thank(modelstest.Context(t), bob, models.NewThanks{To: ann.ID, Amount: decimal.RequireFromString("3")}); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, conn, "select count(*) from events where kind = 'credits' and audience = $1 and ref = $1", ann.ID); n != 1 {
		t.Errorf("%d events for the author", n)
	}
	if n := ask[int](t, conn, "select count(*) from events where kind = 'credits' and audience is distinct from $1 and audience <> $2", ann.ID, bob.ID); n != 0 {
		t.Errorf("%d events for others", n)
	}
}
