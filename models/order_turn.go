package models

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// OrdersTurned is what became of orders.
type OrdersTurned struct {
	Done     []int64
	Refunded decimal.Decimal
	Refused  []OrderRefused
}

// OrderRefused is an order that stays as it is, and why.
type OrderRefused struct {
	ID  int64
	Why Sentence
}

// FulfilOrders notes that orders are done, in one transaction. Those that are not open stay, and say why. For admins.
func (s *Store) FulfilOrders(ctx context.Context, by *User, ids []int64, note string) (*OrdersTurned, error) {
	return s.turnOrders(ctx, by, ids, OrderFulfilled, note)
}

// CancelOrders cancels orders, pays them back by counter-entries and puts the pieces back into the stock, in one transaction.
// Those that cannot be cancelled stay, and say why. Who is no admin can cancel their own until they are fulfilled.
func (s *Store) CancelOrders(ctx context.Context, by *User, ids []int64, note string) (*OrdersTurned, error) {
	return s.turnOrders(ctx, by, ids, OrderCancelled, note)
}

// maxTurned is how many orders can be turned at once.
const maxTurned = 500

func (s *Store) turnOrders(ctx context.Context, by *User, ids []int64, state, note string) (turned *OrdersTurned, err error) {
	v := Invalid{}
	validWords(v, &note, "")
	switch {
	case by == nil, state == OrderFulfilled && !by.IsAdmin():
		return nil, ErrForbidden
	case len(ids) == 0:
		return nil, Invalid{"ids": Say("Tick at least one order.")}
	case len(ids) > maxTurned:
		return nil, Invalid{"ids": Say("At most %d orders at once.", maxTurned)}
	case len(v) > 0:
		return nil, v
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		turned = &OrdersTurned{}
		orders, err := lockOrders(ctx, tx, by, ids)
		if err != nil {
			return err
		}
		var users []int64
		pieces := map[int64]int{}
		for _, o := range orders {
			why, err := turnOrder(ctx, tx, by, o, state, note, turned)
			if err != nil {
				return err
			}
			if why.Text != "" {
				turned.Refused = append(turned.Refused, OrderRefused{o.ID, why})
				continue
			}
			turned.Done, users = append(turned.Done, o.ID), append(users, o.UserID)
			if state == OrderCancelled && o.PerkID != 0 {
				pieces[o.PerkID] += o.Quantity
			}
		}
		if err := restock(ctx, tx, pieces); err != nil {
			return err
		}
		return tellOrders(ctx, tx, turned.Done, users)
	})
	return turned, err
}

// lockOrders locks users, then orders, each in the order of their ids, as all writers do; whoever deletes a user comes before
// or after. An order of someone else does not exist for who is no admin.
func lockOrders(ctx context.Context, tx pgx.Tx, by *User, ids []int64) ([]*Order, error) {
	needs := ""
	if by.IsAdmin() {
		needs = RoleAdmin
	}
	if _, err := tx.Exec(ctx, "select may_write($1, array(select distinct user_id from orders where id = any($2)), $3)", by.ID, ids, needs); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "select from orders where id = any($1) order by id for no key update", ids); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, orderColumns+" where o.id = any($1) order by o.id", ids)
	if err != nil {
		return nil, err
	}
	orders, err := pgx.CollectRows(rows, scanOrder)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		if !by.CanSeePrivate(&User{ID: o.UserID}) {
			return nil, errNoOrder
		}
	}
	if len(orders) < len(slices.Compact(slices.Sorted(slices.Values(ids)))) {
		return nil, errNoOrder
	}
	return orders, nil
}

// turnOrder brings one order into the state, or says why not.
func turnOrder(ctx context.Context, tx pgx.Tx, by *User, o *Order, state, note string, turned *OrdersTurned) (why Sentence, err error) {
	switch {
	case o.State == OrderCancelled:
		return Say("Order %d is cancelled already.", o.ID), nil
	case o.State == state:
		return Say("Order %d is fulfilled already.", o.ID), nil
	case state == OrderCancelled && !by.CanCancel(o):
		return Say("Order %d is fulfilled: ask an admin.", o.ID), nil
	}
	kind := kindOrderFulfil
	details := map[string]any{"user": o.Username, "note": note}
	var transfer *uuid.UUID
	if state == OrderCancelled {
		kind = kindOrderCancel
		id, err := refund(ctx, tx, by, o)
		if err != nil {
			return why, err
		}
		transfer, details["transfer"], details["amount"] = &id, id, o.Total.StringFixed(2)
		turned.Refunded = turned.Refunded.Add(o.Total)
	}
	if _, err := tx.Exec(ctx, "insert into order_states (order_id, state, by_id, by_name, note, transfer_id) values ($1, $2, $3, $4, $5, $6)",
		o.ID, state, by.ID, by.Username, note, transfer); err != nil {
		return why, err
	}
	return why, record(ctx, tx, entry{kind: kind, by: by, targetKind: "order", targetID: o.ID, target: o.Product, details: details})
}

// refund pays back what was paid, by a counter-entry that names it: also to who is deactivated by now.
func refund(ctx context.Context, tx pgx.Tx, by *User, o *Order) (uuid.UUID, error) {
	moved, err := scanMoved(tx.QueryRow(ctx, `select transfer, replayed, moved, moved_at, coalesce(to_name, '')
		from move_credits('refund', null, $1, $2::text::numeric, $3, null, $4, null, null, $5)`, o.UserID, o.Total.StringFixed(2), paymentNote(o.Product, o.Quantity), by.ID, o.TransferID))
	if err != nil {
		return uuid.Nil, err
	}
	return moved.ID, nil
}

// restock puts pieces back, perk by perk in the order of their ids.
func restock(ctx context.Context, tx pgx.Tx, pieces map[int64]int) error {
	ids := make([]int64, 0, len(pieces))
	for id := range pieces {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		tag, err := tx.Exec(ctx, "update perks set stock = stock + $2 where id = $1 and stock is not null", id, pieces[id])
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 1 {
			if err := tellPerk(ctx, tx, id); err != nil {
				return err
			}
		}
	}
	return nil
}
