package main

import (
	"context"
	"fmt"
	"sync"
)

// intent is something that a client wants once, and asks for under one key until it is told.
type intent struct {
	way      way
	key      string
	from, to int    // accounts; to is nobody for an order, and beyond the last for who is not there
	cents    int64  // given, or paid for each piece
	perk     int64  // 0: not an order
	path     string // of the perk's page
	quantity int64
	prices   string // as the form of the order shows them

	mu      sync.Mutex
	receipt string // of the transfer, or the order
	refused bool
	lost    bool // a reply was: what the client was told last need not be all
}

// way is how a client asks: by the API or by a form.
type way interface {
	// ask sends the intent to a program, once.
	ask(ctx context.Context, i *intent, to *program) answer
}

// answer is what came of asking: one of receipt, refused, lost and fault.
type answer struct {
	receipt string
	refused string // in the words of the site
	lost    error  // no reply, or one that says to ask again
	fault   string // what must not be
}

// hear notes what the client was told, and says what is wrong with that.
func (i *intent) hear(a answer) (fault string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case a.fault != "":
		i.lost = true
		return a.fault
	case a.lost != nil:
		i.lost = true
	case a.receipt == "":
		i.refused = true
	case i.receipt != "" && i.receipt != a.receipt:
		return fmt.Sprintf("%s: the receipts %s and %s for one key", i, i.receipt, a.receipt)
	default:
		i.receipt = a.receipt
	}
	return ""
}

// isOpen reports whether the client has to ask once more.
func (i *intent) isOpen() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.receipt == "" && (i.lost || !i.refused)
}

func (i *intent) String() string {
	if i.perk != 0 {
		return fmt.Sprintf("order %s of account %d", i.key, i.from)
	}
	return fmt.Sprintf("transfer %s from account %d to %d", i.key, i.from, i.to)
}

// kind is what was asked for, and by which way.
func (i *intent) kind() string {
	what, how := "transfers", "by the API"
	if i.perk != 0 {
		what = "orders"
	}
	if _, people := i.way.(*browser); people {
		how = "by forms"
	}
	return what + " " + how
}

// total is what it costs the sender, in hundredths.
func (i *intent) total() int64 {
	if i.perk != 0 {
		return i.cents * i.quantity
	}
	return i.cents
}

func amount(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }
