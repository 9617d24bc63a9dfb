package models_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

func amount(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// grant gives credits from the house, behind the Store's back.
func grant(t testing.TB, conn *pgx.Conn, user *models.User, credits string) {
	t.Helper()
	modelstest.Credits(t, conn, credits, "id = $1", user.ID)
}

func credits(t testing.TB, conn *pgx.Conn, user *models.User) string {
	t.Helper()
	return ask[string](t, conn, `select credits::text from users where id = $1`, user.ID)
}

func TestCreditsMoveOnceAndWhole(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann, bob := modelstest.User(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	thanks := models.NewThanks{To: bob.ID, Amount: amount("10.50"), Note: "For the rye.", Key: "one"}
	first, err := store.Thank(ctx, ann, thanks)
	if err != nil || first.Amount.StringFixed(2) != "10.50" || first.Replayed {
		t.Fatalf("%+v, %v", first, err)
	}
	receipt, err := store.Transfer(ctx, bob, first.ID)
	if err != nil || receipt.From.ID != ann.ID || receipt.To.Username != bob.Username || receipt.Note != "For the rye." || receipt.By != ann.Username || !receipt.At.Equal(first.At) {
		t.Fatalf("%+v, %v", receipt, err)
	}
	if _, err := store.Transfer(ctx, modelstest.User(t, store), first.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("for somebody else: %v", err)
	}
	again, err := store.Thank(ctx, ann, thanks)
	if err != nil || again.ID != first.ID || !again.At.Equal(first.At) || !again.Replayed || credits(t, conn, ann) != "89.50" || credits(t, conn, bob) != "10.50" {
		t.Errorf("again: %+v, %v", again, err)
	}
	thanks.Amount = amount("11")
	if _, err := store.Thank(ctx, ann, thanks); err == nil || err.Error() != models.ErrKeyUsed.Error() {
		t.Errorf("the key for another amount: %v", err)
	}
	for _, try := range []struct {
		to     int64
		amount string
		want   error
	}{{bob.ID, "89.51", models.ErrInsufficient}, {bob.ID, "9999999999.99", models.ErrInsufficient}, {999999, "1", models.ErrNoTarget}, {0, "1", models.ErrNoTarget}} {
		if _, err := store.Thank(ctx, ann, models.NewThanks{To: try.to, Amount: amount(try.amount)}); !errors.Is(err, try.want) {
			t.Errorf("%+v: %v", try, err)
		}
	}
	for _, bad := range []string{"0", "-1", "0.001", "10000000000"} {
		var invalid models.Invalid
		if _, err := store.Thank(ctx, ann, models.NewThanks{To: bob.ID, Amount: amount(bad)}); !errors.As(err, &invalid) || invalid["amount"].Text == "" {
			t.Errorf("%s: %v", bad, err)
		}
	}
	var invalid models.Invalid
	if _, err := store.Thank(ctx, ann, models.NewThanks{To: ann.ID, Amount: amount("1")}); !errors.As(err, &invalid) {
		t.Errorf("to oneself: %v", err)
	}
	run(t, conn, `update users set is_active = false where id = $1`, bob.ID)
	if _, err := store.Thank(ctx, ann, models.NewThanks{To: bob.ID, Amount: amount("1")}); !errors.Is(err, models.ErrNoTarget) {
		t.Errorf("to a deactivated user: %v", err)
	}
	if credits(t, conn, ann) != "89.50" {
		t.Errorf("refused transfers moved: %s", credits(t, conn, ann))
	}
	if n := ask[int](t, conn, `select count(*) from audit where kind = 'transfer.thanks'`); n != 1 {
		t.Errorf("%d lines of one transfer", n)
	}
	proven(t, store, "transfers")
}

func TestTheLedgerCannotBeCheated(t *testing.T) {
	store, conn := behind(t)
	ann, bob := modelstest.User(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	grant(t, conn, bob, "5")
	transfer := ask[string](t, conn, `select id::text from transfers limit 1`)
	for _, try := range []struct{ sql, state string }{
		{`update users set credits = 7`, "PR013"},
		{`update users set credits = -1`, "23514"},
		{`update entries set amount = 1`, "PR014"},
		{`delete from entries`, "PR014"},
		{`truncate entries, transfers cascade`, "PR014"},
		{`update transfers set amount = 1`, "PR014"},
		{`delete from transfers`, "PR014"},
		{`insert into transfers (kind, amount, at) values ('grant', 1, now())`, "PR013"},
		{`insert into transfers (kind, amount, at) values ('grant', 0, now())`, "23514"},
		{fmt.Sprintf(`insert into entries (transfer_id, account_id, amount, at) select '%s', id, 1, now() from accounts where house`, transfer), "PR013"},
		{fmt.Sprintf(`insert into entries (transfer_id, account_id, amount, balance, at) select '%s', a.id, x, 100 + x, now() from accounts a, (values (-1), (1)) v(x) where user_id = %d`, transfer, ann.ID), "PR013"},
		{`insert into users (username, name, email, credits) values ('rich', 'R', 'r@x', 1000)`, "PR013"},
		{`delete from accounts where house`, "23503"},
		{fmt.Sprintf(`select move_credits('thanks', %d, %d, -5, '', null, null, null, null, null)`, ann.ID, bob.ID), "23514"},
	} {
		if state, _, err := refused(t, conn, try.sql); state != try.state {
			t.Errorf("%s: %s, not %s: %v", try.sql, state, try.state, err)
		}
	}
	if credits(t, conn, ann) != "100.00" || credits(t, conn, bob) != "5.00" {
		t.Error("something moved")
	}
	proven(t, store, "cheating")
}

func TestWhoGoesLeavesTheBalanceToTheHouse(t *testing.T) {
	store, conn := behind(t)
	ann, bob := modelstest.User(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	if _, err := store.Thank(modelstest.Context(t), ann, models.NewThanks{To: bob.ID, Amount: amount("30")}); err != nil {
		t.Fatal(err)
	}
	run(t, conn, `delete from users where id = any($1)`, []int64{ann.ID, bob.ID})
	if sum := ask[string](t, conn, `select sum(amount)::text from entries e join accounts a on a.id = e.account_id where house`); sum != "0.00" {
		t.Errorf("the house has %s", sum)
	}
	if n := ask[int](t, conn, `select count(*) from transfers where kind = 'closing'`); n != 2 {
		t.Errorf("%d closings", n)
	}
	if n := ask[int](t, conn, `select count(*) from accounts where user_id is null and not house`); n != 2 {
		t.Errorf("%d accounts without a name", n)
	}
	proven(t, store, "leaving")
}

func TestCreditsAreRightWhileManyMoveThem(t *testing.T) {
	store, conn := behind(t)
	users := make([]*models.User, 8)
	for i := range users {
		users[i] = modelstest.User(t, store)
		grant(t, conn, users[i], "20")
	}
	ctx := modelstest.Context(t)
	together(16, func(i int) {
		for n := range 40 {
			from, to := users[rand.IntN(8)], users[rand.IntN(8)]
			if from == to {
				continue
			}
			in := models.NewThanks{To: to.ID, Amount: decimal.New(int64(1+rand.IntN(1500)), -2), Key: fmt.Sprintf("%d-%d", i, n)}
			for range 1 + rand.IntN(2) {
				if _, err := store.Thank(ctx, from, in); err != nil && !errors.Is(err, models.ErrInsufficient) {
					t.Error(err)
				}
			}
		}
	})
	if sum := ask[string](t, conn, `select sum(credits)::text from users`); sum != "160.00" {
		t.Errorf("the sum is %s", sum)
	}
	if n := ask[int](t, conn, `select count(*) from transfers where kind = 'thanks'`); n < 200 {
		t.Errorf("only %d transfers", n)
	}
	proven(t, store, "many transfers")
}

// A double click, a resend and a retry come at the same moment, through several programs.
func TestTheSameKeyAtTheSameTimeMovesOnce(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	for round := range 10 {
		moved := make([]*models.Moved, 8)
		together(8, func(i int) {
			var err error
			if round%2 == 0 {
				moved[i], err = store.Thank(ctx, ann, models.NewThanks{To: bob.ID, Amount: amount("1"), Key: fmt.Sprint(round)})
			} else {
				moved[i], err = store.Grant(ctx, admin, models.NewGrant{To: bob.ID, Amount: amount("1"), Key: fmt.Sprint(round)})
			}
			if err != nil {
				t.Error(err)
			}
		})
		first := 0
		for _, m := range moved {
			if m == nil || m.ID != moved[0].ID || !m.At.Equal(moved[0].At) {
				t.Fatalf("round %d: %+v and %+v", round, m, moved[0])
			}
			if !m.Replayed {
				first++
			}
		}
		if first != 1 {
			t.Errorf("round %d: %d were the first", round, first)
		}
	}
	if credits(t, conn, ann) != "95.00" || credits(t, conn, bob) != "10.00" {
		t.Errorf("%s and %s", credits(t, conn, ann), credits(t, conn, bob))
	}
	proven(t, store, "repeated keys")
}
