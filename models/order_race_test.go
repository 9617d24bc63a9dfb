package models_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestTheLastPieceIsSoldOnce(t *testing.T) {
	address := modelstest.URL(t)
	conn := modelstest.SQL(t, address)
	replicas := []*models.Store{modelstest.Open(t, address), modelstest.Open(t, address)}
	admin := modelstest.Admin(t, replicas[0])
	users := make([]*models.User, 64)
	for i := range users {
		users[i] = modelstest.User(t, replicas[0])
		grant(t, conn, users[i], "5")
	}
	for round, stock := range []int{1, 1, 7} {
		p := perk(t, replicas[0], admin, "prices", "1", "stock", fmt.Sprint(stock))
		var sold, refused atomic.Int64
		together(64, func(i int) {
			_, _, err := replicas[i%2].PlaceOrder(modelstest.Context(t), users[i], models.NewOrder{PerkID: p.ID, Quantity: 1, Key: fmt.Sprint(round)})
			switch {
			case err == nil:
				sold.Add(1)
			case errors.Is(err, models.ErrConflict):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
		if sold.Load() != int64(stock) || refused.Load() != int64(64-stock) || ask[int](t, conn, "select stock from perks where id = $1", p.ID) != 0 ||
			ask[int64](t, conn, "select count(*) from orders where perk_id = $1", p.ID) != sold.Load() {
			t.Errorf("of %d pieces %d are sold, and %d refused", stock, sold.Load(), refused.Load())
		}
	}
	proven(t, replicas[0], "the rush")
}

func TestNobodyOrdersMoreThanTheCreditsBuy(t *testing.T) {
	address := modelstest.URL(t)
	conn := modelstest.SQL(t, address)
	replicas := []*models.Store{modelstest.Open(t, address), modelstest.Open(t, address)}
	admin, ann := modelstest.Admin(t, replicas[0]), modelstest.User(t, replicas[0])
	grant(t, conn, ann, "10")
	p := perk(t, replicas[0], admin, "prices", "3", "stock", "")
	var sold atomic.Int64
	together(64, func(i int) {
		if _, _, err := replicas[i%2].PlaceOrder(modelstest.Context(t), ann, models.NewOrder{PerkID: p.ID, Quantity: 1}); err == nil {
			sold.Add(1)
		} else if !errors.Is(err, models.ErrConflict) {
			t.Error(err)
		}
	})
	if sold.Load() != 3 || credits(t, conn, ann) != "1.00" {
		t.Errorf("%d are sold, and %s left", sold.Load(), credits(t, conn, ann))
	}
	// The same request, sent to both replicas at once, is one order.
	grant(t, conn, ann, "100")
	var first atomic.Int64
	var replays atomic.Int64
	together(32, func(i int) {
		order, replayed, err := replicas[i%2].PlaceOrder(modelstest.Context(t), ann, models.NewOrder{PerkID: p.ID, Quantity: 2, Key: "the same"})
		if err != nil {
			t.Error(err)
			return
		}
		if replayed {
			replays.Add(1)
		}
		if !first.CompareAndSwap(0, order.ID) && first.Load() != order.ID {
			t.Errorf("order %d, and order %d", first.Load(), order.ID)
		}
	})
	if replays.Load() != 31 || credits(t, conn, ann) != "95.00" {
		t.Errorf("%d replays, %s left", replays.Load(), credits(t, conn, ann))
	}
	proven(t, replicas[0], "the double clicks")
}

// TestAnySequenceOfOrdersKeepsTheProofs does things by chance, grants, thanks and reversals among them, and compares them with a
// ledger of its own.
func TestAnySequenceOfOrdersKeepsTheProofs(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	chance := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin := modelstest.Admin(t, store)
	type placed struct {
		id             int64
		user, perk, n  int
		total          decimal.Decimal
		state, content string
	}
	var users []*models.User
	var perks []*models.Perk
	balances, stocks := make([]decimal.Decimal, 5), []int{3, 8, -1}
	for range balances {
		users = append(users, modelstest.User(t, store))
	}
	for i, stock := range stocks {
		said := fmt.Sprint(stock)
		if stock < 0 {
			said = ""
		}
		perks = append(perks, perk(t, store, admin, "stock", said, "prices", []string{"5\n4.5\n0.01", "0.33", "7.25\n7.24"}[i]))
	}
	type given struct {
		id       uuid.UUID
		from, to int // -1: the house
		amount   decimal.Decimal
	}
	var gifts []given
	var orders []*placed
	keys := map[string]*placed{}
	for step := range 250 {
		u, p := chance.IntN(len(users)), chance.IntN(len(perks))
		switch op := chance.IntN(12); {
		case op < 2:
			amount := decimal.New(int64(1+chance.IntN(2000)), -2)
			moved, err := store.Grant(ctx, admin, models.NewGrant{To: users[u].ID, Amount: amount})
			if err != nil {
				t.Fatal(err)
			}
			balances[u] = balances[u].Add(amount)
			gifts = append(gifts, given{moved.ID, -1, u, amount})
		case op == 10:
			amount, to := decimal.New(int64(1+chance.IntN(1000)), -2), (u+1)%len(users)
			moved, err := store.Thank(ctx, users[u], models.NewThanks{To: users[to].ID, Amount: amount})
			if may := !amount.GreaterThan(balances[u]); may != (err == nil) {
				t.Fatalf("step %d: thanks of %s, with %s: %v", step, amount, balances[u], err)
			}
			if err == nil {
				balances[u], balances[to] = balances[u].Sub(amount), balances[to].Add(amount)
				gifts = append(gifts, given{moved.ID, u, to, amount})
			}
		case op == 11 && len(gifts) > 0:
			i := chance.IntN(len(gifts))
			g := gifts[i]
			_, err := store.Reverse(ctx, admin, models.NewReversal{Transfer: g.id, Reason: "a mistake"})
			if may := !g.amount.GreaterThan(balances[g.to]); may != (err == nil) {
				t.Fatalf("step %d: %s of %s taken back: %v", step, g.amount, balances[g.to], err)
			}
			if err == nil {
				balances[g.to] = balances[g.to].Sub(g.amount)
				if g.from >= 0 {
					balances[g.from] = balances[g.from].Add(g.amount)
				}
				gifts = slices.Delete(gifts, i, i+1)
			}
		case op < 6:
			n := chance.IntN(6) - 1
			in := models.NewOrder{PerkID: perks[p].ID, Quantity: n, Key: fmt.Sprintf("%d-%d", u, chance.IntN(40))}
			content := fmt.Sprint(p, n)
			total := perks[p].Price(n).Mul(decimal.NewFromInt(int64(n)))
			order, replayed, err := store.PlaceOrder(ctx, users[u], in)
			earlier := keys[in.Key]
			may := n > 0 && earlier == nil && (stocks[p] < 0 || stocks[p] >= n) && !total.GreaterThan(balances[u])
			switch {
			case earlier != nil && n > 0:
				if same := earlier.content == content; same != (err == nil && replayed && order.ID == earlier.id) {
					t.Fatalf("step %d: %s again as %s: %v %v", step, earlier.content, content, replayed, err)
				}
			case may != (err == nil):
				t.Fatalf("step %d: %d of perk %d, with %s credits and a stock of %d: %v", step, n, p, balances[u], stocks[p], err)
			case may:
				made := &placed{order.ID, u, p, n, total, "ordered", content}
				orders, keys[in.Key] = append(orders, made), made
				balances[u] = balances[u].Sub(total)
				if stocks[p] >= 0 {
					stocks[p] -= n
				}
				if !order.Total.Equal(total) {
					t.Fatalf("step %d: %s, not %s", step, order.Total, total)
				}
			}
		case len(orders) > 0:
			o := orders[chance.IntN(len(orders))]
			by, state := admin, "cancelled"
			turn := func() (bool, error) {
				act, err := store.ActOnOrder(ctx, admin, o.id, "cancel", "")
				return act != nil, err
			}
			if op == 6 {
				state = "fulfilled"
				turn = func() (bool, error) {
					act, err := store.ActOnOrder(ctx, admin, o.id, "fulfil", "")
					return act != nil, err
				}
			} else if op == 7 {
				by = users[o.user]
				turn = func() (bool, error) {
					_, err := store.CancelOrder(ctx, by, o.id, "")
					return err == nil, err
				}
			}
			may := o.state == "ordered" || o.state == "fulfilled" && by == admin && state == "cancelled"
			done, err := turn()
			if err != nil && !errors.Is(err, models.ErrConflict) || may != (done && err == nil) {
				t.Fatalf("step %d: an order that is %s becomes %s: %t %v", step, o.state, state, done, err)
			}
			if may {
				o.state = state
			}
			if may && state == "cancelled" {
				balances[o.user] = balances[o.user].Add(o.total)
				if stocks[o.perk] >= 0 {
					stocks[o.perk] += o.n
				}
			}
		}
		if step%50 == 49 {
			proven(t, store, fmt.Sprintf("step %d", step))
		}
	}
	for i, user := range users {
		if credits(t, conn, user) != balances[i].StringFixed(2) {
			t.Errorf("user %d has %s, not %s", i, credits(t, conn, user), balances[i])
		}
	}
	for i, p := range perks {
		if got := ask[int](t, conn, "select coalesce(stock, -1) from perks where id = $1", p.ID); got != stocks[i] {
			t.Errorf("of perk %d %d are left, not %d", i, got, stocks[i])
		}
	}
}
