package models

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// The states of an order.
const (
	OrderOrdered   = "ordered"
	OrderFulfilled = "fulfilled"
	OrderCancelled = "cancelled"
)

// Order is a number of pieces of a perk that a user paid for, at the price of that moment.
type Order struct {
	ID             int64
	UserID         int64
	Username, Name string // of the user
	PerkID         int64  // 0: the perk is gone
	Product        string
	Quantity       int
	Price, Total   decimal.Decimal
	At             time.Time
	State          string
	Note           string
	TransferID     uuid.UUID // the payment
}

// Path is the address of the order's page.
func (o *Order) Path() string { return fmt.Sprintf("/orders/%d", o.ID) }

// CanCancel reports whether the user may cancel the order: an admin one that is not cancelled yet, others their own until it is
// fulfilled.
func (u *User) CanCancel(o *Order) bool {
	return u.IsAdmin() && o.State != OrderCancelled || u != nil && u.ID == o.UserID && o.State == OrderOrdered
}

// NewOrder is what it takes to order.
type NewOrder struct {
	PerkID   int64
	Quantity int
	Note     string
	Key      string // what makes a resent request the same one; empty: none
	Prices   string // the PriceList that the user saw; empty: any
}

// MaxQuantity is the most that one order can be about.
const MaxQuantity = 10_000

var sayQuantity = Say("This is a whole number from %d to %d.", 1, MaxQuantity)

func (in *NewOrder) validate() error {
	v := Invalid{}
	if in.Quantity < 1 || in.Quantity > MaxQuantity {
		v["quantity"] = sayQuantity
	}
	validWords(v, &in.Note, in.Key)
	return v.Or()
}

// PlaceOrder takes the pieces from the stock and the credits from the user, in one transaction. A repeated request returns the
// first order, and nothing more is moved.
func (s *Store) PlaceOrder(ctx context.Context, by *User, in NewOrder) (order *Order, replayed bool, err error) {
	if by == nil {
		return nil, false, ErrForbidden
	}
	if err := in.validate(); err != nil {
		return nil, false, err
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		// The user stays locked: what follows is true until the end, and a resent request waits here for the first one. What that
		// did is told also to who may not write by now.
		if _, err := tx.Exec(ctx, "select from users where id = $1 for no key update", by.ID); err != nil {
			return err
		}
		if order, err = earlierOrder(ctx, tx, by, in); err != nil || order != nil {
			replayed = err == nil
			return err
		}
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		order, err = placeOrder(ctx, tx, by, in)
		return err
	})
	return order, replayed, err
}

// earlierOrder finds what the first request with this key did; nil for nothing.
func earlierOrder(ctx context.Context, tx pgx.Tx, by *User, in NewOrder) (*Order, error) {
	if in.Key == "" {
		return nil, nil
	}
	var id *int64
	err := tx.QueryRow(ctx, "select o.id from transfers t left join orders o on o.transfer_id = t.id where t.actor_id = $1 and t.key = $2", by.ID, in.Key).Scan(&id)
	if err == pgx.ErrNoRows {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if id == nil {
		return nil, ErrKeyUsed
	}
	order, err := findOrder(ctx, tx, *id)
	if err == nil && (order.Quantity != in.Quantity || order.Note != in.Note || order.PerkID != in.PerkID && order.PerkID != 0) {
		return nil, ErrKeyUsed
	}
	return order, err
}

func placeOrder(ctx context.Context, tx pgx.Tx, by *User, in NewOrder) (*Order, error) {
	var balance string
	if err := tx.QueryRow(ctx, "select credits::text from users where id = $1", by.ID).Scan(&balance); err != nil {
		return nil, err
	}
	credits, err := decimal.NewFromString(balance)
	if err != nil {
		return nil, err
	}
	perk, err := takePieces(ctx, tx, in)
	if err != nil {
		return nil, err
	}
	price := perk.Price(in.Quantity)
	total := price.Mul(decimal.NewFromInt(int64(in.Quantity)))
	if total.GreaterThan(credits) {
		return nil, &Conflict{Fields: Invalid{"quantity": Say("This costs %.2f credits, and you have %.2f.", total.InexactFloat64(), credits.InexactFloat64())},
			Say: ErrInsufficient.Say}
	}
	moved, err := moveCredits(ctx, tx, by, &NewTransfer{Kind: TransferOrder, From: by.ID, Amount: total, Note: paymentNote(perk.Name, in.Quantity), Key: in.Key})
	if err != nil {
		return nil, err
	}
	metadata := map[string]any{}
	if in.Note != "" {
		metadata["note"] = in.Note
	}
	encoded, err := json.Marshal(metadata)
	if err != nil {
		return nil, err
	}
	var id int64
	if err := tx.QueryRow(ctx, `insert into orders (user_id, perk_id, product_name, quantity, price, metadata, transfer_id)
		values ($1, $2, $3, $4, $5::text::numeric, $6::text::jsonb, $7) returning id`,
		by.ID, perk.ID, perk.Name, in.Quantity, price.StringFixed(2), string(encoded), moved.ID).Scan(&id); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "insert into order_states (order_id, state, by_id, by_name) values ($1, $2, $3, $4)", id, OrderOrdered, by.ID, by.Username); err != nil {
		return nil, err
	}
	if err := tellOrders(ctx, tx, []int64{id}, []int64{by.ID}); err != nil {
		return nil, err
	}
	if err := record(ctx, tx, entry{kind: kindOrderCreate, by: by, targetKind: "order", targetID: id, target: perk.Name,
		details: map[string]any{"perk": perk.ID, "quantity": in.Quantity, "price": price.StringFixed(2), "total": total.StringFixed(2), "transfer": moved.ID}}); err != nil {
		return nil, err
	}
	return findOrder(ctx, tx, id)
}

// paymentNote is what a statement says of an order.
func paymentNote(product string, quantity int) string {
	return fmt.Sprintf("%s × %d", product, quantity)
}

// takePieces takes the pieces from the stock, where there is one, or says why not.
func takePieces(ctx context.Context, tx pgx.Tx, in NewOrder) (*Perk, error) {
	perk, err := findPerk(ctx, tx, in.PerkID, "for no key update")
	if err != nil {
		return nil, err
	}
	switch {
	case !perk.IsOffered(time.Now()):
		return nil, errNoPerk
	case in.Prices != "" && strings.Join(strings.Fields(in.Prices), " ") != perk.PriceList():
		return nil, Invalid{"quantity": Say("The price has changed since you opened this page. Look at it again.")}
	case perk.Stock == nil:
		return perk, nil
	case *perk.Stock == 0:
		return nil, &Conflict{Fields: Invalid{"quantity": Say("Nothing is left of this.")}, Say: saySoldOut}
	case *perk.Stock < in.Quantity:
		return nil, &Conflict{Fields: Invalid{"quantity": Say("Only %d are left.", *perk.Stock)}, Say: saySoldOut}
	}
	tag, err := tx.Exec(ctx, "update perks set stock = stock - $2 where id = $1 and stock >= $2", perk.ID, in.Quantity)
	if err == nil && tag.RowsAffected() != 1 {
		err = &Conflict{Fields: Invalid{"quantity": Say("Nothing is left of this.")}, Say: saySoldOut}
	}
	if err != nil {
		return nil, err
	}
	return perk, tellPerk(ctx, tx, perk.ID)
}

// saySoldOut is the API's fixed sentence.
var saySoldOut = Say("Not enough in stock")

// tellOrders tells the users, and admins, that orders are not as they were.
func tellOrders(ctx context.Context, tx pgx.Tx, ids, users []int64) error {
	_, err := tx.Exec(ctx, "select tell('order', o, u), tell('order', o, 0) from unnest($1::bigint[], $2::bigint[]) x(o, u)", ids, users)
	return err
}
