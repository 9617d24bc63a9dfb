package models_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

// Any sequence of grants, thanks, reversals, deactivations, deletions and undos, some of them sent twice, keeps the proofs, and
// the balances are those of plain arithmetic.
func TestAnySequenceKeepsTheProofs(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			store, conn := behind(t)
			ctx := modelstest.Context(t)
			admin := modelstest.Admin(t, store)
			r := rand.New(rand.NewPCG(seed, 7))
			var users []*models.User
			var posts []*models.Post
			balance, active, deleted := map[int64]decimal.Decimal{}, map[int64]bool{}, map[int64]int64{}
			for range 5 {
				u := modelstest.User(t, store)
				users, posts = append(users, u), append(posts, modelstest.Post(t, store, u))
				active[u.ID] = true
			}
			type done struct {
				id       uuid.UUID
				from, to int64
				left     decimal.Decimal
			}
			var transfers []*done
			there := func(id int64) bool { return deleted[id] == 0 }
			for i := range 120 {
				n, m := r.IntN(5), r.IntN(5)
				from, to := users[n], users[m]
				much, key := decimal.New(int64(1+r.IntN(4000)), -2), fmt.Sprint("key ", i)
				var moved *models.Moved
				var err error
				switch op := r.IntN(10); {
				case op < 3:
					for range 1 + r.IntN(2) {
						moved, err = store.Grant(ctx, admin, models.NewGrant{To: to.ID, Amount: much, Key: key})
					}
					if (err == nil) != (there(to.ID) && active[to.ID]) {
						t.Fatalf("a grant to %d: %v", m, err)
					}
					if err == nil {
						balance[to.ID] = balance[to.ID].Add(much)
						transfers = append(transfers, &done{moved.ID, 0, to.ID, much})
					}
				case op < 7:
					for range 1 + r.IntN(2) {
						moved, err = store.Thank(ctx, from, models.NewThanks{To: to.ID, PostID: posts[m].ID, Amount: much, Key: key})
					}
					fine := n != m && there(from.ID) && there(to.ID) && active[from.ID] && active[to.ID] && balance[from.ID].GreaterThanOrEqual(much)
					if (err == nil) != fine {
						t.Fatalf("%d thanks %d with %s of %s: %v", n, m, much, balance[from.ID], err)
					}
					if err == nil {
						balance[from.ID], balance[to.ID] = balance[from.ID].Sub(much), balance[to.ID].Add(much)
						transfers = append(transfers, &done{moved.ID, from.ID, to.ID, much})
					}
				case op < 8 && len(transfers) > 0:
					d := transfers[r.IntN(len(transfers))]
					in := models.NewReversal{Transfer: d.id, InPart: r.IntN(2) == 0, Reason: "x", Key: key}
					if r.IntN(2) == 0 {
						in.Amount = much
					}
					if moved, err = store.Reverse(ctx, admin, in); err == nil {
						d.left, balance[d.to] = d.left.Sub(moved.Amount), balance[d.to].Sub(moved.Amount)
						if d.from != 0 && there(d.from) {
							balance[d.from] = balance[d.from].Add(moved.Amount)
						}
						if d.left.IsNegative() || balance[d.to].IsNegative() {
							t.Fatal("more was reversed than there was")
						}
					} else if asked := in.Amount; asked.IsZero() && there(d.to) && balance[d.to].GreaterThanOrEqual(d.left) && d.left.IsPositive() {
						t.Fatalf("a reversal: %v", err)
					}
				case op < 9 && there(to.ID):
					active[to.ID] = !active[to.ID]
					run(t, conn, `update users set is_active = $1 where id = $2`, active[to.ID], to.ID)
				case there(to.ID):
					deleted[to.ID] = commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: []int64{to.ID}})).ID
				default:
					undo(t, store, admin, deleted[to.ID])
					delete(deleted, to.ID)
				}
				var invalid models.Invalid
				if err != nil && !errors.As(err, &invalid) && !errors.Is(err, models.ErrConflict) && !errors.Is(err, models.ErrNotFound) && !errors.Is(err, models.ErrForbidden) {
					t.Fatal(err)
				}
			}
			for _, u := range users {
				if there(u.ID) && credits(t, conn, u) != balance[u.ID].StringFixed(2) {
					t.Errorf("user %d has %s, not %s", u.ID, credits(t, conn, u), balance[u.ID].StringFixed(2))
				}
			}
			proven(t, store, "any sequence")
			if len(transfers) < 10 {
				t.Errorf("only %d transfers", len(transfers))
			}
		})
	}
}
