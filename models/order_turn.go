package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// ActOnOrder fulfils or cancels one order at once, without a rehearsal, and returns the receipt; nil where nothing would change.
// For admins.
func (s *Store) ActOnOrder(ctx context.Context, by *User, id int64, kind, note string) (*Act, error) {
	return s.actOn(ctx, by, orderTarget, id, kind, ActParams{Note: note})
}

// CancelOrder cancels an order of one's own, pays it back by a counter-entry and puts the pieces back into the stock. Once it is
// fulfilled, an admin does that.
func (s *Store) CancelOrder(ctx context.Context, by *User, id int64, note string) (order *Order, err error) {
	if by == nil {
		return nil, ErrForbidden
	}
	v := Invalid{}
	if validWords(v, &note, ""); len(v) > 0 {
		return nil, v
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "select from orders where id = $1 and user_id = $2 for no key update", id, by.ID)
		if err == nil && tag.RowsAffected() == 0 {
			err = errNoOrder
		}
		if err != nil {
			return err
		}
		if order, err = findOrder(ctx, tx, id); err != nil {
			return err
		}
		switch {
		case order.State == OrderCancelled:
			return &Conflict{Say: Say("Order %d is cancelled already.", id)}
		case !by.CanCancel(order):
			return &Conflict{Say: Say("Order %d is fulfilled: ask an admin.", id)}
		}
		if _, err := tx.Exec(ctx, "select from turn_orders(array[$1::bigint], $2, $3, $4)", id, OrderCancelled, by.ID, note); err != nil {
			return explainLedger(err)
		}
		return record(ctx, tx, entry{kind: kindOrderCancel, by: by, targetKind: "order", targetID: id, target: order.Product,
			details: map[string]any{"note": note, "amount": order.Total.StringFixed(2)}})
	})
	return order, err
}
