package models_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAMistakeIsReversedByACounterEntryThatNamesIt(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	granted, err := store.Grant(ctx, admin, models.NewGrant{To: ann.ID, Amount: amount("100"), Note: "Welcome"})
	if err != nil {
		t.Fatal(err)
	}
	post := modelstest.Post(t, store, bob)
	given, err := store.Thank(ctx, ann, models.NewThanks{PostID: post.ID, Amount: amount("30")})
	if err != nil {
		t.Fatal(err)
	}
	reverse := func(of uuid.UUID, much string, inPart bool, key string) (*models.Moved, error) {
		in := models.NewReversal{Transfer: of, InPart: inPart, Reason: "A slip", Key: key}
		if much != "" {
			in.Amount = amount(much)
		}
		return store.Reverse(ctx, admin, in)
	}
	part, err := reverse(given.ID, "10", false, "k")
	if err != nil || credits(t, conn, ann) != "80.00" || credits(t, conn, bob) != "20.00" {
		t.Fatal(err, credits(t, conn, ann), credits(t, conn, bob))
	}
	if again, err := reverse(given.ID, "10", false, "k"); err != nil || again.ID != part.ID || !again.Replayed {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := reverse(given.ID, "11", false, "k"); err == nil || err.Error() != models.ErrKeyUsed.Error() {
		t.Errorf("the key for another amount: %v", err)
	}
	var invalid models.Invalid
	if _, err := reverse(given.ID, "20.01", false, ""); !errors.As(err, &invalid) || invalid["amount"].String() != "Only 20.00 of it is left to reverse." {
		t.Errorf("more than is left: %v", err)
	}
	page, err := store.PostPage(ctx, nil, post.ID)
	if err != nil || page.Thanks.StringFixed(2) != "20.00" {
		t.Errorf("the post shows %s, %v", page.Thanks, err)
	}
	// Bob spends some: the rest cannot come back whole, but in part.
	if _, err := store.Thank(ctx, bob, models.NewThanks{To: admin.ID, Amount: amount("15")}); err != nil {
		t.Fatal(err)
	}
	if _, err := reverse(given.ID, "", false, ""); !errors.Is(err, models.ErrInsufficient) {
		t.Errorf("would overdraw: %v", err)
	}
	rest, err := reverse(given.ID, "", true, "")
	if err != nil || rest.Amount.StringFixed(2) != "5.00" || credits(t, conn, bob) != "0.00" || credits(t, conn, ann) != "85.00" {
		t.Errorf("in part: %+v, %v", rest, err)
	}
	if _, err := reverse(given.ID, "", true, ""); !errors.Is(err, models.ErrInsufficient) {
		t.Errorf("nothing is there: %v", err)
	}
	receipt, err := store.Transfer(ctx, admin, given.ID)
	if err != nil || len(receipt.Reversals) != 2 || receipt.Left().StringFixed(2) != "15.00" || receipt.Reversals[0].Reverses != given.ID || receipt.Reversals[0].Note != "A slip" ||
		receipt.Reversals[0].From.ID != bob.ID || receipt.Reversals[0].To.ID != ann.ID {
		t.Errorf("%+v, %v", receipt, err)
	}
	// A grant goes back to the house; who is deactivated, or gone, is no hindrance to what can be put right.
	run(t, conn, `update users set is_active = false where id = $1`, ann.ID)
	if _, err := reverse(granted.ID, "85", false, ""); err != nil || credits(t, conn, ann) != "0.00" {
		t.Errorf("of a grant: %v", err)
	}
	grant(t, conn, bob, "15")
	run(t, conn, `delete from users where id = $1`, ann.ID)
	if _, err := reverse(given.ID, "", false, ""); err != nil || credits(t, conn, bob) != "0.00" {
		t.Errorf("what came from somebody who is gone: %v", err)
	}
	var conflict *models.Conflict
	if _, err := reverse(given.ID, "", false, ""); !errors.As(err, &conflict) || conflict.Say.Text != "All of it is reversed already." {
		t.Errorf("once more: %v", err)
	}
	if _, err := reverse(part.ID, "", false, ""); !errors.As(err, &conflict) || !strings.HasPrefix(conflict.Say.Text, "Only thanks") {
		t.Errorf("a reversal: %v", err)
	}
	if _, err := reverse(uuid.New(), "", false, ""); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := store.Reverse(ctx, bob, models.NewReversal{Transfer: given.ID, Reason: "x"}); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("by a user: %v", err)
	}
	if _, err := store.Reverse(ctx, admin, models.NewReversal{Transfer: given.ID}); !errors.As(err, &invalid) || invalid["reason"].Text == "" {
		t.Errorf("without a reason: %v", err)
	}
	if n := ask[int](t, conn, `select count(*) from audit where kind = 'transfer.reversal' and details ->> 'reverses' is not null`); n != 4 {
		t.Errorf("%d lines of the log", n)
	}
	proven(t, store, "reversals")
}
