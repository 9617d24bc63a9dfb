package controllers_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAnAdminSeesHowCreditsGoRound(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ctx, admin := modelstest.Context(t), modelstest.Admin(t, site.Store)
	ruth.open("/admin/circulation").sees("Circulation of credits", "Given 0.00", "Held 0.00", "The last 12 months", "Nobody has thanked anybody in this time.")
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	if _, err := site.Store.Grant(ctx, admin, models.NewGrant{To: ann.ID, Amount: decimal.New(1250, 0)}); err != nil {
		t.Fatal(err)
	}
	if _, err := site.Store.Thank(ctx, ann, models.NewThanks{To: bob.ID, Amount: decimal.New(205, -1)}); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	month, year := now.Format("2006-01"), fmt.Sprint(now.Year())
	ruth.open("/admin/grants").click("Circulation of credits").sees("Given 1,250.00 1,250.00 granted, 0.00 as allowance, by the house", "Received 20.50 as thanks, from user to user",
		"Spent 0.00", "Gone 0.00", "Held 1,250.00 all balances of users: given, less spent and gone", "The house is the account", "time zone UTC",
		"Gave most Name Credits "+ann.Name+" ann 20.50", "Received most Name Credits "+bob.Name+" bob 20.50", "This month so far: 20.50.", now.Format("Jan")+" "+year+" so far 1,250.00 – 20.50 – – 1,250.00")
	ruth.open("/admin/circulation?month="+month).sees("Who gave and received most in "+now.Format("Jan")+" "+year, "ann 20.50", "Since the beginning")
	ruth.open("/admin/circulation?month=2020-01").sees("Nobody has thanked anybody in this time.")
	ruth.open("/admin/proofs").click("Circulation of credits").status(200)

	program := site.program(admin, models.ScopeAdmin)
	var page struct {
		Granted, Allowance, Received, Spent, Gone, Held string
		TimeZone                                        string `json:"time_zone"`
		Months                                          []map[string]string
		TopGivers                                       []map[string]any `json:"top_givers"`
		TopReceivers                                    []map[string]any `json:"top_receivers"`
	}
	answer := program.call("GET", "/api/admin/circulation?month="+month, nil).gives(200)
	if err := json.Unmarshal(answer.body, &page); err != nil || page.Granted != "1250.00" || page.Received != "20.50" || page.Spent != "0.00" || page.Held != "1250.00" || page.TimeZone != "UTC" ||
		len(page.Months) != 12 || page.Months[11]["month"] != month || page.Months[11]["received"] != "20.50" || page.Months[10]["held"] != "0.00" ||
		fmt.Sprint(page.TopGivers, page.TopReceivers) != fmt.Sprintf("[map[amount:20.50 user_id:%d username:ann]] [map[amount:20.50 user_id:%d username:bob]]", ann.ID, bob.ID) {
		t.Fatal(string(answer.body), err)
	}
	program.call("GET", "/api/admin/circulation?month=soon", nil).fails(422, "A field has a wrong value", "month")
	site.program(ann, models.ScopeWrite).call("GET", "/api/admin/circulation", nil).gives(403)
	if n := ask[int](t, conn, "select count(*) from circulation_news"); n != 0 {
		t.Errorf("%d rows are not folded", n)
	}
}
