package models_test

import (
	"errors"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// A retry after a lost reply may come late: its sender is suspended by then, the receiver deactivated, the post taken back.
func TestARepeatedRequestGivesTheFirstReceiptToWhoMayNotWriteByNow(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	post, p := modelstest.Post(t, store, bob), perk(t, store, admin, "prices", "5", "stock", "2")
	thanks := models.NewThanks{PostID: post.ID, Amount: amount("10"), Key: "thanks"}
	order := models.NewOrder{PerkID: p.ID, Quantity: 1, Key: "order"}
	first, err := store.Thank(ctx, ann, thanks)
	if err != nil {
		t.Fatal(err)
	}
	ordered, _, err := store.PlaceOrder(ctx, ann, order)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, want func(error) bool) {
		t.Helper()
		again, err := store.Thank(ctx, ann, thanks)
		if err != nil || again.ID != first.ID || !again.At.Equal(first.At) || !again.Replayed {
			t.Errorf("%s: thanks again: %+v, %v", what, again, err)
		}
		same, replayed, err := store.PlaceOrder(ctx, ann, order)
		if err != nil || !replayed || same.ID != ordered.ID {
			t.Errorf("%s: ordered again: %+v, %v", what, same, err)
		}
		if _, err := store.Thank(ctx, ann, models.NewThanks{To: bob.ID, Amount: amount("10"), Key: "new"}); !want(err) {
			t.Errorf("%s: new thanks: %v", what, err)
		}
		if _, _, err := store.PlaceOrder(ctx, ann, models.NewOrder{PerkID: p.ID, Quantity: 1, Key: "new"}); !want(err) {
			t.Errorf("%s: a new order: %v", what, err)
		}
		other := thanks
		other.Amount = amount("11")
		if _, err := store.Thank(ctx, ann, other); err == nil || err.Error() != models.ErrKeyUsed.Error() {
			t.Errorf("%s: other content: %v", what, err)
		}
	}
	run(t, conn, `insert into suspensions (user_id, reason, until) values ($1, 'loud', now() + interval '1 day')`, ann.ID)
	suspended := func(err error) bool {
		var s *models.Suspended
		return errors.As(err, &s)
	}
	refused("suspended", suspended)
	run(t, conn, `update posts set status = 'draft' where id = $1`, post.ID)
	run(t, conn, `update users set is_active = false where id = $1`, bob.ID)
	run(t, conn, `update perks set active = tstzrange(null, now() - interval '1 day'), stock = 0 where id = $1`, p.ID)
	refused("suspended, and all else is gone", suspended)
	run(t, conn, `update suspensions set ended_at = now() where user_id = $1`, ann.ID)
	run(t, conn, `update users set is_active = false where id = $1`, ann.ID)
	refused("deactivated", func(err error) bool { return errors.Is(err, models.ErrForbidden) })
	run(t, conn, `update users set is_active = true where id = $1`, ann.ID)
	refused("reactivated", func(err error) bool { return errors.Is(err, models.ErrNotFound) })
	if credits(t, conn, ann) != "85.00" || credits(t, conn, bob) != "10.00" || ask[int](t, conn, `select count(*) from transfers where kind <> 'grant'`) != 2 {
		t.Errorf("%s and %s", credits(t, conn, ann), credits(t, conn, bob))
	}
	proven(t, store, "late retries")
}

func TestARepeatedRequestGivesTheFirstReceiptWhereTheReceiverIsGone(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	post := modelstest.Post(t, store, bob)
	requests := map[string]models.NewThanks{
		"to the author": {PostID: post.ID, Amount: amount("1"), Key: "post"},
		"by name":       {ToName: bob.Username, Amount: amount("2"), Key: "name"},
		"by id":         {To: bob.ID, PostID: post.ID, Amount: amount("3"), Key: "id"},
	}
	receipts := map[string]*models.Moved{}
	for what, in := range requests {
		moved, err := store.Thank(ctx, ann, in)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		receipts[what] = moved
	}
	granted, err := store.Grant(ctx, admin, models.NewGrant{ToName: bob.Username, Amount: amount("4"), Key: "grant"})
	if err != nil {
		t.Fatal(err)
	}
	again := func(when string) {
		t.Helper()
		for what, in := range requests {
			if moved, err := store.Thank(ctx, ann, in); err != nil || moved.ID != receipts[what].ID || !moved.Replayed {
				t.Errorf("%s, %s: %+v, %v", when, what, moved, err)
			}
			in.Amount = amount("9")
			if _, err := store.Thank(ctx, ann, in); err == nil || err.Error() != models.ErrKeyUsed.Error() {
				t.Errorf("%s, %s, with another amount: %v", when, what, err)
			}
		}
		if moved, err := store.Grant(ctx, admin, models.NewGrant{ToName: bob.Username, Amount: amount("4"), Key: "grant"}); err != nil || moved.ID != granted.ID {
			t.Errorf("%s: the grant: %+v, %v", when, moved, err)
		}
	}
	run(t, conn, `update users set username = username || '-renamed' where id = $1`, bob.ID)
	again("renamed")
	run(t, conn, `delete from users where id = $1`, bob.ID)
	again("deleted")
	for what, in := range map[string]models.NewThanks{
		"the key with another name": {ToName: "nobody", Amount: amount("2"), Key: "name"},
		"a new key, by name":        {ToName: bob.Username, Amount: amount("2"), Key: "new"},
		"a new key, by post":        {PostID: post.ID, Amount: amount("2"), Key: "new"},
		"a new key, by id":          {To: bob.ID, PostID: post.ID, Amount: amount("2"), Key: "new"},
	} {
		if _, err := store.Thank(ctx, ann, in); !errors.Is(err, models.ErrNoTarget) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if credits(t, conn, ann) != "94.00" {
		t.Error(credits(t, conn, ann))
	}
	proven(t, store, "a receiver who is gone")
}
