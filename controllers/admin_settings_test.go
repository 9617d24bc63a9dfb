package controllers_test

import (
	"testing"
	"time"

	"postroom/models/modelstest"
)

func TestAnAdminDecidesAboutTheAllowance(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	today := time.Now().UTC().Format(time.DateOnly)
	next := time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)

	ruth.open("/admin").sees("Settings")
	ruth.open("/admin/settings").sees("Settings of the site", "Monthly allowance", "Now none", "Last given never", "Next not at all", "gets it from the next month on", "time zone UTC")
	ruth.submit("Save the allowance", "amount", "0.001", "from", next).status(422).sees("An amount has two decimals at most.")
	ruth.submit("Save the allowance", "amount", "-5", "from", "tomorrow").status(422).sees("An amount is above zero and looks like 10 or 2.50.", "A day is written as 2026-12-01.")
	ruth.submit("Save the allowance", "amount", "5", "from", "2020-01-01").status(422).sees("Give a day that is not over.")
	other := site.signIn(modelstest.Admin(t, site.Store)).open("/admin/settings")
	ruth.submit("Save the allowance", "amount", "2.5", "from", next).status(200).sees("The allowance is 2.50 credits a month.", "Now 2.50 credits to each, decided by ruth", "Last given never",
		"to 3 users as of now, 7.50 credits all in all")
	other.submit("Save the allowance", "amount", "9", "from", next).status(422).sees("Somebody has changed this meanwhile.", "2.50 credits to each")
	if n := ask[int](t, conn, "select count(*) from transfers"); n != 0 {
		t.Fatalf("%d transfers before the day", n)
	}

	// Today is at once.
	ruth.submit("Save the allowance", "amount", "3", "from", today).status(200)
	for ask[int](t, conn, "select count(*) from allowance_months where state = 'done'") == 0 {
		time.Sleep(20 * time.Millisecond)
	}
	ruth.open("/admin/settings").sees("to 3 users, 9.00 credits all in all", "Next")
	ruth.open("/admin/audit?kind=allowance.give").sees("gave the allowance")
	ruth.open("/admin/audit?kind=allowance.set").sees("decided on the allowance", "ruth")
	site.signIn(ann).open("/credits/statement").sees("allowance", "3.00")
	ruth.open("/admin/settings").submit("Save the allowance", "amount", "0").status(200).sees("There is no allowance.", "Now none", "Next not at all", "to 3 users, 9.00 credits all in all")
}
