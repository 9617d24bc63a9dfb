package models_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// circulation says what went round in words.
func circulation(c models.Circulated) string {
	return fmt.Sprintf("%s granted, %s allowance, %s thanks, %s spent, %s gone", c.Granted, c.Allowance, c.Thanks, c.Spent, c.Gone)
}

func tops(list []models.Circulator) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = c.User.Username + " " + c.Amount.String()
	}
	return strings.Join(words, ", ")
}

func TestTheCirculationSaysWhatWasGivenReceivedSpentAndHeld(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	eve := modelstest.User(t, store, modelstest.Named("eve"))
	if _, err := store.Circulation(ctx, ann, time.Time{}); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	grant := func(to *models.User, credits string) *models.Moved {
		moved, err := store.Grant(ctx, admin, models.NewGrant{To: to.ID, Amount: amount(credits)})
		if err != nil {
			t.Fatal(err)
		}
		return moved
	}
	thank := func(by, to *models.User, credits string) *models.Moved {
		moved, err := store.Thank(ctx, by, models.NewThanks{To: to.ID, Amount: amount(credits)})
		if err != nil {
			t.Fatal(err)
		}
		return moved
	}
	reverse := func(moved *models.Moved) {
		if _, err := store.Reverse(ctx, admin, models.NewReversal{Transfer: moved.ID, Amount: amount("1"), Reason: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	first := grant(ann, "100")
	grant(eve, "20")
	grant(bob, "5")
	reverse(first)
	allow(t, store, admin, "2", time.Now().UTC().Format(time.DateOnly))
	swept(t, conn, store)
	thanks := thank(ann, bob, "10")
	thank(bob, ann, "3")
	lost := thank(eve, bob, "4")
	reverse(thanks)
	p := perk(t, store, admin, "prices", "7")
	for _, pieces := range []int{2, 1} {
		order, _, err := store.PlaceOrder(ctx, ann, models.NewOrder{PerkID: p.ID, Quantity: pieces})
		if err == nil && pieces == 2 {
			_, err = store.ActOnOrder(ctx, admin, order.ID, "cancel", "x")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// eve goes: what she had is left to the house, and so is what comes back to her.
	if _, err := store.DeleteUser(ctx, admin, eve.ID); err != nil {
		t.Fatal(err)
	}
	reverse(lost)
	c, err := store.Circulation(ctx, admin, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := "124 granted, 8 allowance, 15 thanks, 7 spent, 19 gone"
	this := c.Months[11]
	if circulation(c.Total) != want || circulation(this.Circulated) != want || c.Held.String() != "106" || this.Held.String() != "106" || len(c.Months) != 12 ||
		this.Month.Format("2006-01") != time.Now().UTC().Format("2006-01") || !c.Months[10].Held.IsZero() {
		t.Errorf("%s held %s: %+v", circulation(c.Total), c.Held, this)
	}
	if got := ask[string](t, conn, "select sum(credits)::text from users"); got != "106.00" {
		t.Errorf("users have %s", got)
	}
	// eve has no name any more, and is there.
	for _, month := range []time.Time{{}, this.Month} {
		c, err := store.Circulation(ctx, admin, month)
		if err != nil || tops(c.Givers) != "ann 9,  3, bob 3" || tops(c.Receivers) != "bob 12, ann 3" {
			t.Errorf("%s: %s; %s %v", month, tops(c.Givers), tops(c.Receivers), err)
		}
	}
	if c, err := store.Circulation(ctx, admin, c.Months[10].Month); err != nil || len(c.Givers)+len(c.Receivers) != 0 {
		t.Errorf("%+v %v", c, err)
	}
	proven(t, store, "all of it")
	run(t, conn, "update circulation_months set amount = amount + 1 where series = 'thanks'")
	run(t, conn, "update circulation_accounts set given = given + 1 where month = '-infinity'")
	off, err := store.Check(ctx)
	if err != nil || len(off) != 4 || !strings.Contains(strings.Join(off, "\n"), "thanks of") || !strings.Contains(strings.Join(off, "\n"), "circulation of accounts: account") {
		t.Errorf("%q %v", off, err)
	}
}

func TestTheMonthsOfTheCirculationAreThoseOfTheSitesZone(t *testing.T) {
	address := modelstest.URL(t)
	conn, calendar := modelstest.SQL(t, address), newCalendar()
	ctx := modelstest.Context(t)
	store := calendar.program(t, address, "Asia/Tokyo")
	admin := modelstest.Admin(t, store)
	modelstest.Credits(t, conn, "7", "id = $1", admin.ID)
	// Behind everybody's back: 20:00 in London, on the last day of a month, is the next month in Tokyo.
	last := time.Now().UTC()
	last = time.Date(last.Year(), last.Month(), 0, 20, 0, 0, 0, time.UTC)
	run(t, conn, "alter table transfers disable trigger keep_transfers")
	run(t, conn, "update transfers set at = $1", last)
	months := func() string {
		c, err := store.Circulation(ctx, admin, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(c.Zone, " ", c.Months[10].Granted, " ", c.Months[11].Granted, " ", c.Months[10].Held, " ", c.Months[11].Held)
	}
	run(t, conn, "select recount_circulation('Europe/London')")
	before := months()
	sweeping, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { store.SweepEvery(sweeping, time.Hour); close(ended) }()
	for range 200 {
		if ask[string](t, conn, "select zone from circulation_zone") == "Asia/Tokyo" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	after := months()
	stop()
	<-ended
	if before != "Europe/London 7 0 7 7" || after != "Asia/Tokyo 0 7 0 7" {
		t.Errorf("%s; then %s", before, after)
	}
	proven(t, store, "another zone")
}
