package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// report is what a run found.
type report struct {
	options                            options
	worked                             time.Duration
	asked, lost, twice, hungUp, resent atomic.Int64
	late                               int // who were told at the very end
	disturbances                       []disturbance
	receipts                           map[string]int
	kept                               int
	least                              int64
	sum                                string

	mu      sync.Mutex
	refused map[string]int
	faults  []string
}

func newReport(o options) *report {
	return &report{options: o, receipts: map[string]int{}, refused: map[string]int{}}
}

func (r *report) fault(said string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, said)
}

func (r *report) refuse(said string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused[said]++
}

// off reports whether anything is not as it must be.
func (r *report) off() bool {
	for _, d := range r.disturbances {
		if d.check != green {
			return true
		}
	}
	return len(r.faults) > 0
}

// String is the table of the run.
func (r *report) String() string {
	var b strings.Builder
	seconds := r.worked.Seconds()
	fmt.Fprintf(&b, "%d workers, %d accounts, %.0f s: %d requests, %.0f a second\n\n", r.options.workers, r.options.accounts, seconds, r.asked.Load(), float64(r.asked.Load())/seconds)
	row := func(what string, n any) { fmt.Fprintf(&b, "%-58s %v\n", what, n) }
	total := 0
	for _, kind := range slices.Sorted(maps.Keys(r.receipts)) {
		row("receipts, "+kind, r.receipts[kind])
		total += r.receipts[kind]
	}
	row("receipts in all, and transfers and orders in the ledger", fmt.Sprintf("%d, %d", total, r.kept))
	for _, said := range slices.Sorted(maps.Keys(r.refused)) {
		row("refused: "+said, r.refused[said])
	}
	row("sent twice at the same time, with one key", r.twice.Load())
	row("sent again after the reply, with the same key", r.resent.Load())
	row("hung up before the reply, by the client", r.hungUp.Load())
	row("replies lost in all, each asked for again", r.lost.Load())
	row("of these answered only at the end", r.late)
	row("all entries together, and the least that an account has", r.sum+", "+amount(r.least))
	if len(r.disturbances) > 0 {
		fmt.Fprintf(&b, "\n%6s  %-44s %8s  %s\n", "at", "killed", "away for", "postroom check, then")
	}
	for _, d := range r.disturbances {
		fmt.Fprintf(&b, "%4.0f s  %-44s %6.1f s  %s\n", d.at.Seconds(), d.what, d.away.Seconds(), d.check)
	}
	fmt.Fprintf(&b, "\n%d faults\n", len(r.faults))
	for _, said := range r.faults[:min(len(r.faults), 30)] {
		fmt.Fprintln(&b, " ", said)
	}
	return b.String()
}
