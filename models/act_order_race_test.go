package models_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// While users order, thank and cancel, admins fulfil and cancel all that match, delete a perk and a user: nobody waits for each
// other for ever, what is refused is a sentence, and the proofs hold.
func TestManyActOnOrdersAtOnce(t *testing.T) {
	address := modelstest.URL(t)
	conn := modelstest.SQL(t, address)
	replicas := []*models.Store{modelstest.Open(t, address), modelstest.Open(t, address)}
	admins := []*models.User{modelstest.Admin(t, replicas[0]), modelstest.Admin(t, replicas[0])}
	var users []*models.User
	for range 6 {
		users = append(users, modelstest.User(t, replicas[0]))
		grant(t, conn, users[len(users)-1], "1000")
	}
	perks := []*models.Perk{perk(t, replicas[0], admins[0], "prices", "1", "stock", "40"), perk(t, replicas[0], admins[0], "prices", "2", "stock", ""), perk(t, replicas[0], admins[0], "prices", "3", "stock", "500")}
	fine := func(what string, err error) {
		var invalid models.Invalid
		if err != nil && !errors.Is(err, models.ErrConflict) && !errors.Is(err, models.ErrNotFound) && !errors.Is(err, models.ErrForbidden) && !errors.As(err, &invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	together(10, func(i int) {
		store := replicas[i%2]
		for n := range 12 {
			ctx := modelstest.Context(t)
			user := users[rand.IntN(len(users))]
			switch {
			case i < 6:
				for range 5 {
					_, _, err := store.PlaceOrder(ctx, user, models.NewOrder{PerkID: perks[rand.IntN(3)].ID, Quantity: 1 + rand.IntN(3), Key: fmt.Sprint(i, n, rand.IntN(3))})
					fine("an order", err)
					_, err = store.CancelOrder(ctx, user, int64(1+rand.IntN(200)), "")
					fine("a cancellation", err)
					_, err = store.Thank(ctx, user, models.NewThanks{To: users[rand.IntN(len(users))].ID, Amount: amount("1")})
					fine("thanks", err)
				}
			case i == 6 && n == 6:
				_, err := store.DeletePerk(ctx, admins[0], perks[1].ID)
				fine("a perk", err)
			case i == 6 && n == 8:
				run(t, modelstest.SQL(t, address), `delete from users where id = $1`, users[5].ID)
			default:
				by := admins[i%2]
				in := onOrders([]string{"fulfil", "cancel"}[n%2], []string{"", "state=ordered", "perk=" + fmt.Sprint(perks[0].ID)}[n%3])
				if n%3 > 0 { // of all that match the set changes all the time
					from := 1 + rand.Int64N(100)
					in = onOrders(in.Kind, "", from, from+1, from+2, from+3)
				}
				r, err := store.Rehearse(ctx, by, in)
				if fine("a rehearsal", err); err != nil {
					continue
				}
				if r, err = store.AwaitRehearsal(ctx, by, r.Key, 20*time.Second); err != nil || r.State != "done" {
					t.Errorf("the rehearsal is %+v: %v", r, err)
					continue
				}
				act, err := store.Commit(ctx, by, r.Key, "")
				if fine("an act", err); err == nil && n%4 == 0 {
					_, err = store.Undo(ctx, by, models.UndoOf{Receipt: act.ID, Others: true})
					fine("an undo", err)
				}
			}
		}
	})
	if n := ask[int](t, conn, `select count(*) from acts where target_kind = 'order'`); n < 3 {
		t.Errorf("only %d acts were done", n)
	}
	proven(t, replicas[0], "all of it")
}
