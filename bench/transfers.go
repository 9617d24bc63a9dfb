package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	transferUsers   = 10_000
	transferClients = 16
)

// transfers measures how many transfers a second the Store makes, and the API, beside pgbench's own transaction on the same
// server, in turn.
func (b *bench) transfers() error {
	p := &place{home: b.home, name: "transfers", users: 1, port: 18085}
	os.Remove(p.mark())
	if err := p.fill(); err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	defer p.stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.database())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	m, err := p.movers(ctx, conn)
	if err != nil {
		return err
	}
	defer m.close()
	if out, err := p.pgbench("-i", "-q", "-s", "10").CombinedOutput(); err != nil {
		return fmt.Errorf("pgbench: %w\n%s", err, out)
	}

	subjects := []struct {
		name    string
		atLeast float64
		run     func() (float64, error)
		rates   []float64
	}{
		{name: "`pgbench`, TPC-B-like, scale 10, 16 clients", run: func() (float64, error) { return p.tpcb(b.seconds) }},
		{name: "the Store, from 16 goroutines", atLeast: 0.4, run: func() (float64, error) { return m.byStore(ctx, b.seconds) }},
		{name: "`POST /api/transfers`, 16 connections", atLeast: 0.2, run: func() (float64, error) { return m.byAPI(b.seconds) }},
	}
	for range b.rounds {
		for i := range subjects {
			s := &subjects[i]
			rate, err := s.run()
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			s.rates = append(s.rates, rate)
		}
	}
	fmt.Printf("\n| %d rounds of %d s, in turn | a second | of pgbench in the same round | to reach |\n|---|---|---|---|\n", b.rounds, b.seconds)
	for _, s := range subjects {
		if s.atLeast == 0 {
			fmt.Printf("| %s | %.0f | | |\n", s.name, median(s.rates))
			continue
		}
		var ratios []float64
		for i, rate := range s.rates {
			ratios = append(ratios, rate/subjects[0].rates[i])
		}
		fmt.Printf("| %s | %.0f | %.2f | %.2f |\n", s.name, median(s.rates), median(ratios), s.atLeast)
	}
	if out, err := p.postroom("check").CombinedOutput(); err != nil {
		return fmt.Errorf("check: %w\n%s", err, out)
	}
	return nil
}

// pgbench is PostgreSQL's own program on a database of its own, on the site's server.
func (p *place) pgbench(args ...string) *exec.Cmd {
	return command("pgbench", append(args, "-h", filepath.Join(p.data(), "pgdata"), "-U", "postgres", "postgres")...)
}

var pgbenchRate = regexp.MustCompile(`tps = ([0-9.]+)`)

func (p *place) tpcb(seconds int) (float64, error) {
	out, err := p.pgbench("-c", strconv.Itoa(transferClients), "-j", "2", "-T", strconv.Itoa(seconds)).CombinedOutput()
	found := pgbenchRate.FindSubmatch(out)
	if err != nil || found == nil {
		return 0, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
