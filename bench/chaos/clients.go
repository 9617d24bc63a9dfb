package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	startCents = 10_000 // of each account
	startStock = 1_000_000
)

// clients are all the workers, and what they were told.
type clients struct {
	site   *site
	report *report
	users  []user
	perks  []perk

	mu      sync.Mutex
	intents []*intent
	n       int
}

// perk is something that is ordered. Two or more of it may be cheaper.
type perk struct {
	ID, One, More int64 // the prices of each where one is ordered and where more are, in hundredths
	Path          string
}

type user struct {
	id              int64
	username, token string
}

// newClients makes the accounts and the perks, behind the site's back.
func newClients(ctx context.Context, s *site, r *report) (*clients, error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	c := &clients{site: s, report: r}
	rows, err := conn.Query(ctx, `insert into users (username, name, email, password_hash)
		select 'account-' || i, 'Account ' || i, 'account-' || i || '@example.com', (select password_hash from users where username = 'chaos-admin')
		from generate_series(1, $1::int) i returning id, username, 'postroom_chaos-' || id`, r.options.accounts)
	if err != nil {
		return nil, err
	}
	if c.users, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (u user, err error) {
		return u, row.Scan(&u.id, &u.username, &u.token)
	}); err != nil {
		return nil, err
	}
	for _, u := range c.users {
		if _, err := conn.Exec(ctx, `insert into tokens (user_id, name, scope, token_hash) values ($1, 'chaos', 'write', sha256(convert_to($2, 'UTF8')))`, u.id, u.token); err != nil {
			return nil, err
		}
		if _, err := conn.Exec(ctx, `select move_credits('grant', null, $1, $2::text::numeric, '', null, null, null, null, null)`, u.id, amount(startCents)); err != nil {
			return nil, err
		}
	}
	rows, err = conn.Query(ctx, `insert into perks (name, prices, stock) values ('A mug', '{2.50,2.25}', $1), ('A card', '{0.75}', null)
		returning id, (prices[1] * 100)::bigint, (prices[cardinality(prices)] * 100)::bigint, '/perks/' || id || '-' || lower(replace(name, ' ', '-'))`, startStock)
	if err != nil {
		return nil, err
	}
	c.perks, err = pgx.CollectRows(rows, pgx.RowToStructByPos[perk])
	return c, err
}

// work lets the workers loose until ctx ends.
func (c *clients) work(ctx context.Context) *sync.WaitGroup {
	workers := &sync.WaitGroup{}
	for n := range c.report.options.workers {
		workers.Go(func() {
			w := worker{c, n, newBrowser(c, n%len(c.users))}
			for ctx.Err() == nil {
				w.act(ctx)
			}
		})
	}
	return workers
}

// worker is one of them. Of eight, four use the API and three the forms for transfers, and one orders, by either.
type worker struct {
	*clients
	n       int
	browser *browser
}

func (w worker) act(ctx context.Context) {
	i := &intent{from: rand.IntN(len(w.users)), to: rand.IntN(len(w.users)), cents: 1 + rand.Int64N(2_000)}
	if orders := w.n%8 == 7; orders {
		p := w.perks[rand.IntN(len(w.perks))]
		i.to, i.perk, i.path, i.quantity, i.cents = -1, p.ID, p.Path, 1+rand.Int64N(3), p.More
		if i.quantity == 1 {
			i.cents = p.One
		}
	} else if rand.IntN(50) == 0 {
		i.to = len(w.users) // nobody
	}
	byForm := w.n%8 >= 4 && (w.n%8 < 7 || w.n%16 == 15)
	if byForm {
		i.from = w.browser.user
		i.way = w.browser
	} else {
		i.way = api{w.clients}
	}
	if i.from == i.to {
		return
	}
	if byForm {
		if !w.browser.fillIn(ctx, i, w.program()) {
			return
		}
	} else {
		i.key = w.nextKey()
	}
	w.mu.Lock()
	w.intents = append(w.intents, i)
	w.mu.Unlock()
	switch rand.IntN(10) {
	case 0, 1: // a double click: the same at the same time, at both programs
		w.report.twice.Add(1)
		var both sync.WaitGroup
		for _, p := range w.site.programs {
			both.Go(func() { w.ask(context.Background(), i, p) })
		}
		both.Wait()
	case 2: // who asks does not wait for the reply
		w.report.hungUp.Add(1)
		short, cancel := context.WithTimeout(context.Background(), rand.N(30*time.Millisecond))
		w.ask(short, i, w.program())
		cancel()
	case 3: // a resend, although there was a reply
		w.report.resent.Add(1)
		w.ask(context.Background(), i, w.program())
		w.ask(context.Background(), i, w.program())
	default:
		w.ask(context.Background(), i, w.program())
	}
	// Half of those who were told nothing ask again now, the others at the very end.
	for try := 0; i.isOpen() && rand.IntN(2) == 0 && try < 20; try++ {
		time.Sleep(rand.N(200 * time.Millisecond))
		w.ask(context.Background(), i, w.program())
	}
}

func (c *clients) nextKey() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return fmt.Sprintf("chaos-%d", c.n)
}

func (c *clients) program() *program { return c.site.programs[rand.IntN(len(c.site.programs))] }

// ask sends an intent once, and notes the answer.
func (c *clients) ask(ctx context.Context, i *intent, to *program) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	a := i.way.ask(ctx, i, to)
	hungUp := ctx.Err() != nil && time.Since(began) < 10*time.Second
	if a.lost != nil && !hungUp && !c.site.isAway(began, time.Now()) {
		a = answer{fault: fmt.Sprintf("%s: no answer, and nothing was killed: %v", i, a.lost)}
	}
	c.report.asked.Add(1)
	if a.lost != nil {
		c.report.lost.Add(1)
	}
	if a.refused != "" {
		c.report.refuse(a.refused)
	}
	if fault := i.hear(a); fault != "" {
		c.report.fault(fault)
	}
}

// settle asks again, after all is calm, for whatever is open, until each client is told.
func (c *clients) settle(ctx context.Context) error {
	time.Sleep(grace)
	for _, p := range c.site.programs {
		if err := p.ready(ctx); err != nil {
			return err
		}
	}
	var open []*intent
	for _, i := range c.intents {
		if i.isOpen() {
			open = append(open, i)
		}
	}
	c.report.late = len(open)
	for _, i := range open {
		i.lost, i.refused = false, false
		for try := 0; i.isOpen(); try++ {
			if try == 5 {
				c.report.fault(fmt.Sprintf("%s: never answered", i))
				break
			}
			c.ask(ctx, i, c.program())
			i.lost = false
		}
	}
	return ctx.Err()
}

// lostReply is a reply that says to ask again, or none at all.
func lostReply(err error) answer { return answer{lost: err} }

func strange(i *intent, status int, said string) answer {
	if len(said) > 300 {
		said = said[:300]
	}
	return answer{fault: fmt.Sprintf("%s: %d %s", i, status, strings.Join(strings.Fields(said), " "))}
}
