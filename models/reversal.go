package models

import (
	"context"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// NewReversal takes a transfer back, by a counter-entry that names it.
type NewReversal struct {
	Transfer uuid.UUID
	Amount   decimal.Decimal // zero: all that is left of it
	InPart   bool            // take what the receiver still has, where that is less
	Reason   string
	Key      string
}

// Reverse takes a transfer back, whole or partly. Where the receiver's balance would go below zero it is refused, or only what
// there is comes back, as asked.
func (s *Store) Reverse(ctx context.Context, by *User, in NewReversal) (moved *Moved, err error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	v := Invalid{}
	validWords(v, &in.Reason, in.Key)
	if said, wrong := v["note"]; wrong {
		v["reason"] = said
		delete(v, "note")
	} else if blank(in.Reason) {
		v["reason"] = Say("Give a reason: both sides will see it.")
	}
	asked := ""
	if !in.Amount.IsZero() {
		asked = in.Amount.StringFixed(2)
		if invalid, ok := validAmount(in.Amount).(Invalid); ok {
			v["amount"] = invalid["amount"]
		}
	}
	if err := v.Or(); err != nil {
		return nil, err
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		key, digest := keyed(in.Key, TransferReversal, in.Transfer.String(), asked, strconv.FormatBool(in.InPart), in.Reason)
		moved, err = scanMoved(tx.QueryRow(ctx, "select transfer, replayed, moved, moved_at, coalesce(to_name, '') from reverse_transfer($1, nullif($2, '')::numeric, $3, $4, $5, $6, $7)",
			in.Transfer, asked, in.InPart, in.Reason, by.ID, key, digest))
		if err != nil || moved.Replayed {
			return err
		}
		original, err := findTransfer(ctx, tx, in.Transfer)
		if err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindReversal, by: by, targetKind: "user", targetID: original.To.ID, target: original.To.Username,
			details: map[string]any{"transfer": moved.ID, "reverses": in.Transfer, "amount": moved.Amount.StringFixed(2), "reason": in.Reason}})
	})
	if err == nil {
		s.events.changed() // a post may show less thanks
	}
	return moved, err
}

// tooMuchToReverse says how much there is to reverse.
func tooMuchToReverse(remaining string) error {
	left, err := decimal.NewFromString(remaining)
	if err != nil || left.IsZero() {
		return &Conflict{Say: Say("All of it is reversed already.")}
	}
	return Invalid{"amount": Say("Only %.2f of it is left to reverse.", left.InexactFloat64())}
}
