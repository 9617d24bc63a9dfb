package models

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/shopspring/decimal"
)

// The kinds of transfers.
const (
	TransferThanks    = "thanks"    // a reader thanks an author
	TransferGrant     = "grant"     // the house gives, as an admin decides
	TransferAllowance = "allowance" // the house gives to every active user once a month
	TransferOrder     = "order"     // a user pays for a perk
	TransferRefund    = "refund"    // the house pays back for an order
	TransferReversal  = "reversal"  // a mistake is taken back
	TransferClosing   = "closing"   // a user is gone, and leaves the balance to the house
	TransferReopening = "reopening" // a user is back, and so is the balance
)

// NewTransfer is what it takes to move credits. From or To 0 is the house.
type NewTransfer struct {
	Kind     string
	From, To int64 // ids of users
	Amount   decimal.Decimal
	Note     string
	PostID   int64  // 0: none
	Key      string // what makes a resent request the same one; empty: none
}

// Moved is what became of a request to move credits.
type Moved struct {
	ID       uuid.UUID
	Amount   decimal.Decimal
	At       time.Time
	Replayed bool // an earlier request with the same key did it: nothing more was moved
	toName   string
}

// The answers of the ledger, in the words that programs rely on.
var (
	// ErrInsufficient: the sender has fewer credits, or is not there.
	ErrInsufficient = &Conflict{Say: Say("Insufficient credits or user not found")}
	// ErrNoTarget: who should receive is not there, or deactivated. It is also ErrNotFound.
	ErrNoTarget error = errNoTarget
	// ErrKeyUsed: the key of the request was used for something else.
	ErrKeyUsed = Invalid{"key": Say("This was sent before, with other content. Nothing more was moved.")}
)

const (
	errNoTarget   missing = "Target user"
	errNoTransfer missing = "Transfer"
)

// maxTransfer is the most that one transfer can move, and that an account can hold: what numeric(12,2) holds.
var maxTransfer = decimal.RequireFromString("9999999999.99")

var sayAmount = Say("An amount is above zero.")

const (
	maxNote = 300 // characters
	maxKey  = 100
)

// ParseAmount reads an amount of credits: above zero, with two decimals at most, after a point.
func ParseAmount(typed string) (decimal.Decimal, error) {
	typed = strings.TrimSpace(typed)
	plain := typed != "" && len(typed) <= 20 && strings.Trim(typed, "0123456789.") == ""
	amount, err := decimal.NewFromString(typed)
	if !plain || err != nil {
		return decimal.Zero, Invalid{"amount": Say("An amount is above zero and looks like 10 or 2.50.")}
	}
	return amount, validAmount(amount)
}

func validAmount(amount decimal.Decimal) error {
	switch {
	case !amount.IsPositive():
		return Invalid{"amount": sayAmount}
	case !amount.Equal(amount.Truncate(2)):
		return Invalid{"amount": Say("An amount has two decimals at most.")}
	case amount.GreaterThan(maxTransfer):
		return Invalid{"amount": Say("This is more than the ledger can hold.")}
	}
	return nil
}

// validate tidies the transfer and says what is wrong with it.
func (t *NewTransfer) validate() error {
	v := Invalid{}
	var invalid Invalid
	if errors.As(validAmount(t.Amount), &invalid) {
		v["amount"] = invalid["amount"]
	}
	validWords(v, &t.Note, t.Key)
	if t.From == t.To {
		v["to"] = Say("You cannot give credits to yourself.")
	}
	return v.Or()
}

// TidyNote is a note as it is kept.
func TidyNote(note string) string { return line(note) }

// validWords tidies a note, and says what is wrong with it and with a key.
func validWords(v Invalid, note *string, key string) {
	*note = line(*note)
	if n := utf8.RuneCountInString(*note); n > maxNote {
		v["note"] = Say("The note is too long: %d characters, and %d are the most.", n, maxNote)
	} else if !printable(*note) {
		v["note"] = Say("The note has characters that cannot be shown.")
	}
	if len(key) > maxKey || !printable(key) {
		v["key"] = Say("A key has at most %d characters.", maxKey)
	}
}

// contentDigest is of all that a request says, so that the same key with other content is told apart.
func contentDigest(parts ...string) []byte {
	sum := sha256.New()
	for _, text := range parts {
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		sum.Write([]byte(text))
	}
	return sum.Sum(nil)
}

// keyed is the key and the digest as they are kept: null where there is none.
func keyed(key string, parts ...string) (*string, []byte) {
	if key == "" {
		return nil, nil
	}
	return &key, contentDigest(parts...)
}

// moveCredits moves credits in the transaction. Who acts and whose credits change are locked in the order of their ids; by is
// nil where the site acts by itself.
func moveCredits(ctx context.Context, tx pgx.Tx, by *User, t *NewTransfer) (*Moved, error) {
	if err := t.validate(); err != nil {
		return nil, err
	}
	return scanMoved(tx.QueryRow(ctx, "select transfer, replayed, moved, moved_at, coalesce(to_name, '') from move_credits($1, $2, $3, $4::text::numeric, $5, $6, $7, $8, $9, null)",
		t.values(by)...))
}

// values are the arguments of the function move_credits, without what is reversed.
func (t *NewTransfer) values(by *User) []any {
	amount := t.Amount.StringFixed(2)
	key, digest := keyed(t.Key, t.Kind, formatID(t.From), formatID(t.To), amount, t.Note, formatID(t.PostID))
	return []any{t.Kind, orNull(t.From), orNull(t.To), amount, t.Note, orNull(t.PostID), actorID(by), key, digest}
}

func scanMoved(row pgx.Row) (*Moved, error) {
	m := &Moved{}
	err := row.Scan(&m.ID, &m.Replayed, &m.Amount, &m.At, &m.toName)
	return m, explainLedger(err)
}

func orNull(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

func actorID(by *User) *int64 {
	if by == nil {
		return nil
	}
	return &by.ID
}

// explainLedger turns the states that the ledger's functions raise into its answers.
func explainLedger(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code {
	case "PR010":
		return ErrInsufficient
	case "PR011":
		return ErrNoTarget
	case "PR012":
		return ErrKeyUsed
	case "PR015":
		return Invalid{"post_id": Say("This is not a post of who is thanked.")}
	case "PR016":
		return Invalid{"amount": Say("This is more than the account can hold.")}
	case "PR017":
		return tooMuchToReverse(pg.Detail)
	case "PR018":
		return errNoTransfer
	case "PR019":
		return &Conflict{Say: Say("Only thanks, grants and allowances are reversed here.")}
	}
	return err
}
