// Chaos moves credits between accounts by many workers, through the API and through forms, while the program and its PostgreSQL
// are killed, and then proves that the ledger holds what the clients were told: no more, no less. See bench/README.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options say how long and how hard.
type options struct {
	length            time.Duration
	workers, accounts int
	kills, stops      int // of the program, and of PostgreSQL
	folder            string
}

func main() {
	var o options
	flag.DurationVar(&o.length, "for", 150*time.Second, "how long the workers work: longer where what is killed takes long to come back")
	flag.IntVar(&o.workers, "workers", 64, "who move credits at the same time")
	flag.IntVar(&o.accounts, "accounts", 100, "between which they move them")
	flag.IntVar(&o.kills, "kills", 10, "how often a program is killed, or both are")
	flag.IntVar(&o.stops, "stops", 5, "how often PostgreSQL is: its backends are killed, and it is stopped at once, in turn")
	flag.StringVar(&o.folder, "folder", "", "where the site is made and left; a temporary folder, which is removed, without it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
	fmt.Print(r)
	if r.off() {
		os.Exit(1)
	}
}

// run makes a site, lets the workers loose on it, and compares.
func run(ctx context.Context, o options) (*report, error) {
	// Each disturbance may take a while on a busy machine; but at some point it is over.
	ctx, cancel := context.WithTimeout(ctx, 2*o.length+5*time.Minute)
	defer cancel()
	s, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	r := newReport(o)
	c, err := newClients(ctx, s, r)
	if err != nil {
		return nil, err
	}
	working, rest := context.WithCancel(ctx)
	defer rest()
	began := time.Now()
	worked := c.work(working)
	err = s.disturb(ctx, r)
	rest()
	worked.Wait()
	r.worked = time.Since(began)
	if err != nil {
		return nil, err
	}
	if err := c.settle(ctx); err != nil {
		return nil, err
	}
	if err := s.compare(ctx, c, r); err != nil {
		return nil, err
	}
	return r, ctx.Err()
}
