package models

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// ledgerChecks are the proofs of the ledger: all accounts together are 0, every transfer is balanced, every balance is what its
// entries are.
var ledgerChecks = []check{
	{"ledger", `select format('all entries together are %s, not 0', sum(amount)) from entries having sum(amount) <> 0`},
	{"transfer", `
		select format('%s has %s entries, which are %s together', t.id, count(e.id), coalesce(sum(e.amount), 0))
		from transfers t left join entries e on e.transfer_id = t.id group by t.id having count(e.id) < 2 or sum(e.amount) <> 0 order by t.id limit 100`},
	{"reversal", `
		select format('of %s, which was of %s, %s was reversed', t.id, t.amount, r.total)
		from transfers t join (select reverses, sum(amount) as total from transfers where reverses is not null group by reverses) r on r.reverses = t.id
		where r.total > t.amount order by t.id limit 100`},
	{"balance", `
		select format('entry %s of account %s says %s, and the entries up to it are %s', id, account_id, balance, total) from (
			select e.id, e.account_id, e.balance, sum(e.amount) over (partition by e.account_id order by e.at, e.id) as total
			from entries e join accounts a on a.id = e.account_id where not a.house) x
		where balance is distinct from total order by id limit 100`},
	{"credits", `
		select format('user %s (%s) has %s, and the entries are %s', u.id, u.username, u.credits, coalesce(e.total, 0))
		from users u left join (select a.user_id, sum(e.amount) as total from entries e join accounts a on a.id = e.account_id where a.user_id is not null group by 1) e
			on e.user_id = u.id
		where u.credits <> coalesce(e.total, 0) order by u.id limit 100`},
	{"gone", `
		select format('account %s is of nobody, and has %s', a.id, sum(e.amount))
		from accounts a join entries e on e.account_id = a.id where a.user_id is null and not a.house group by a.id having sum(e.amount) <> 0 order by a.id limit 100`},
	{"thanks of posts", `
		select format('post %s keeps thanks of %s, and the transfers are %s', coalesce(k.post_id, t.post_id), coalesce(k.total, 0), coalesce(t.total, 0))
		from post_thanks k full join (select post_id, sum(case kind when 'thanks' then amount else -amount end) as total
			from transfers where post_id is not null and kind in ('thanks', 'reversal') group by post_id) t using (post_id)
		where coalesce(k.total, 0) <> coalesce(t.total, 0) order by 1 limit 100`},
}

// Proof is what a proof of the whole ledger found.
type Proof struct {
	ID      int64
	At      time.Time
	Took    time.Duration
	Entries int64
	Off     []string // a line for each that is off, in English
}

const (
	proving = "proof"
	// A proof reads the whole ledger. It is kept, made again after ten minutes, and the longer it takes the more seldom.
	proofDue = `select 0::bigint where not exists (select from proofs where at > now() - greatest(interval '10 minutes', 100 * took))`
)

// prove is the job: it proves the ledger and keeps what it found.
func (s *Store) prove(ctx context.Context, _ int64) error {
	p := Proof{Off: []string{}}
	began := time.Now()
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		off, err := runChecks(ctx, tx, ledgerChecks)
		if err != nil {
			return err
		}
		p.Off = append(p.Off, off...)
		return tx.QueryRow(ctx, "select count(*) from entries").Scan(&p.Entries)
	})
	if err != nil {
		return Explain(err)
	}
	if len(p.Off) > 0 {
		s.log.Error("the ledger is off", "lines", p.Off)
	}
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `with new as (insert into proofs (at, took, entries, off) values ($1, $2, $3, $4) returning id),
				old as (delete from proofs where at < now() - interval '90 days')
			select tell('proof', id, 0) from new`, began, time.Since(began), p.Entries, p.Off)
		return err
	})
}

// Prove has the ledger proven anew, and waits for that for as long as patience.
func (s *Store) Prove(ctx context.Context, by *User, patience time.Duration) (*Proof, error) {
	last, err := s.LastProof(ctx, by)
	if err != nil {
		return nil, err
	}
	s.startJob(proving, 0)
	for ends := time.Now().Add(patience); ; {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, Explain(ctx.Err())
		}
		proof, err := s.LastProof(ctx, by)
		if err != nil || proof != nil && (last == nil || proof.ID != last.ID) || time.Now().After(ends) {
			return proof, err
		}
	}
}

// LastProof is the last proof of the ledger; nil: there is none yet.
func (s *Store) LastProof(ctx context.Context, by *User) (*Proof, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	p := &Proof{}
	err := s.pool.QueryRow(ctx, "select id, at, took, entries, off from proofs order by id desc limit 1").Scan(&p.ID, &p.At, &p.Took, &p.Entries, &p.Off)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return p, Explain(err)
}
