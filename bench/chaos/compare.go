package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// kept is what the ledger holds of an intent.
type kept struct {
	receipt  string
	from, to int64 // ids of users; 0: the house
	cents    int64
}

var keptStatements = []string{
	`select t.key, t.id::text, t.actor_id, coalesce(a.user_id, 0), (t.amount * 100)::bigint
		from transfers t join entries e on e.transfer_id = t.id and e.amount > 0 join accounts a on a.id = e.account_id where t.kind = 'thanks'`,
	`select t.key, o.id::text, t.actor_id, 0::bigint, (t.amount * 100)::bigint from orders o join transfers t on t.id = o.transfer_id`,
}

// compare holds what the clients were told against the ledger: each receipt is there once, what was refused is not there, and
// nothing else is.
func (s *site) compare(ctx context.Context, c *clients, r *report) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	type account struct {
		user int64
		key  string
	}
	ledger := map[account][]kept{}
	for _, statement := range keptStatements {
		rows, err := conn.Query(ctx, statement)
		if err != nil {
			return err
		}
		var key string
		var k kept
		if _, err := pgx.ForEachRow(rows, []any{&key, &k.receipt, &k.from, &k.to, &k.cents}, func() error {
			ledger[account{k.from, key}] = append(ledger[account{k.from, key}], k)
			r.kept++
			return nil
		}); err != nil {
			return err
		}
	}
	told := books{credits: make([]int64, len(c.users))}
	for n := range told.credits {
		told.credits[n] = startCents
	}
	for _, i := range c.intents {
		mine := account{c.users[i.from].id, i.key}
		found := ledger[mine]
		delete(ledger, mine)
		if i.receipt == "" {
			if len(found) != 0 {
				r.fault(fmt.Sprintf("%s was refused, and the ledger holds %v", i, found))
			}
			continue
		}
		want := kept{receipt: i.receipt, from: mine.user, cents: i.total()}
		if i.perk == 0 {
			want.to = c.users[i.to].id
		}
		if len(found) != 1 || found[0] != want {
			r.fault(fmt.Sprintf("%s has the receipt %s, and the ledger holds %v", i, i.receipt, found))
		}
		r.receipts[i.kind()]++
		told.note(i, c.perks[0].ID)
	}
	for _, found := range ledger {
		r.fault(fmt.Sprintf("nobody was told of %v", found))
	}
	if err := told.compare(ctx, conn, c, r); err != nil {
		return err
	}
	if said := s.check(ctx); said != green {
		r.fault("in the end: " + said)
	}
	return nil
}

// books are what the accounts and the stock must be by the receipts alone.
type books struct {
	credits     []int64 // hundredths of each account
	spent, mugs int64
}

func (b *books) note(i *intent, mug int64) {
	b.credits[i.from] -= i.total()
	switch {
	case i.perk == 0:
		b.credits[i.to] += i.cents
		return
	case i.perk == mug:
		b.mugs += i.quantity
	}
	b.spent += i.total()
}

func (b *books) compare(ctx context.Context, conn *pgx.Conn, c *clients, r *report) error {
	for n, u := range c.users {
		var cents int64
		if err := conn.QueryRow(ctx, "select (credits * 100)::bigint from users where id = $1", u.id).Scan(&cents); err != nil {
			return err
		}
		if cents != b.credits[n] {
			r.fault(fmt.Sprintf("account %d has %s, and by its receipts %s", n, amount(cents), amount(b.credits[n])))
		}
	}
	var held, stock int64
	if err := conn.QueryRow(ctx, `select (sum(credits) * 100)::bigint, (min(credits) * 100)::bigint, (select sum(amount)::text from entries), (select stock from perks where id = $1) from users`,
		c.perks[0].ID).Scan(&held, &r.least, &r.sum, &stock); err != nil {
		return err
	}
	if want := int64(len(c.users))*startCents - b.spent; held != want {
		r.fault(fmt.Sprintf("the accounts hold %s, not %s", amount(held), amount(want)))
	}
	if r.least < 0 {
		r.fault("an account is overdrawn: " + amount(r.least))
	}
	if want := startStock - b.mugs; stock != want {
		r.fault(fmt.Sprintf("%d mugs are left, not %d", stock, want))
	}
	return nil
}
