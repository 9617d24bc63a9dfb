package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

// The whole of it is `make chaos`; this is one of each, and as long as that takes.
func TestWhatClientsWereToldIsWhatTheLedgerHoldsWhateverIsKilled(t *testing.T) {
	r, err := run(t.Context(), options{length: 6 * time.Second, workers: 16, accounts: 20, kills: 1, stops: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + r.String())
	if r.off() {
		t.Error("something is off")
	}
	if len(r.disturbances) != 3 || r.kept == 0 {
		t.Errorf("%d disturbances, %d transfers and orders", len(r.disturbances), r.kept)
	}
}

func TestALedgerThatDoesNotHoldWhatClientsWereToldIsSeen(t *testing.T) {
	o := options{length: 2 * time.Second, workers: 8, accounts: 10}
	s, err := open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	first := newReport(o)
	c, err := newClients(t.Context(), s, first)
	if err != nil {
		t.Fatal(err)
	}
	working, rest := context.WithTimeout(t.Context(), o.length)
	defer rest()
	c.work(working).Wait()
	if err := c.settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	compared := func() string {
		t.Helper()
		r := newReport(o)
		if err := s.compare(t.Context(), c, r); err != nil {
			t.Fatal(err)
		}
		return strings.Join(r.faults, "\n")
	}
	if said := compared() + strings.Join(first.faults, "\n"); said != "" {
		t.Fatal(said)
	}
	conn, err := s.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, tamper := range []struct{ what, do, says string }{
		{"an entry is altered", `update entries set amount = amount + 1 where id = (select max(id) from entries)`, "all entries together are"},
		{"and put back", `update entries set amount = amount - 1 where id = (select max(id) from entries)`, ""},
		{"a balance is altered", `update users set credits = credits + 5 where username = 'account-1'`, "user 2 (account-1) has"},
		{"and put back", `update users set credits = credits - 5 where username = 'account-1'`, ""},
		// All the proofs of the site are green here: it is the client who misses the transfer.
		{"a transfer is not there any more", `create temporary table gone as select * from transfers where kind = 'thanks' order by at desc limit 1;
			create temporary table gone_entries as select e.* from entries e join gone g on g.id = e.transfer_id;
			delete from entries where transfer_id = (select id from gone); delete from transfers where id = (select id from gone);
			update users u set credits = credits - g.amount from gone_entries g join accounts a on a.id = g.account_id where u.id = a.user_id;
			update entries e set balance = e.balance - g.amount from gone_entries g where e.account_id = g.account_id and (e.at, e.id) > (g.at, g.id)`, "and the ledger holds []"},
		{"and is put back, and there twice", `insert into transfers select * from gone; insert into entries overriding system value select * from gone_entries;
			update users u set credits = credits + g.amount from gone_entries g join accounts a on a.id = g.account_id where u.id = a.user_id;
			update entries e set balance = e.balance + g.amount from gone_entries g where e.account_id = g.account_id and (e.at, e.id) > (g.at, g.id);
			select move_credits('thanks', (select user_id from accounts a join gone_entries e on e.account_id = a.id and e.amount < 0),
				(select user_id from accounts a join gone_entries e on e.account_id = a.id and e.amount > 0), 0.01, '', null, (select actor_id from gone), 'another', '', null)`, "nobody was told of"},
	} {
		if _, err := conn.Exec(t.Context(), `set session_replication_role = replica; `+tamper.do); err != nil {
			t.Fatal(tamper.what, err)
		}
		if said := compared(); !strings.Contains(said, tamper.says) || (said == "") != (tamper.says == "") {
			t.Errorf("%s: it says %q", tamper.what, said)
		}
	}
}
