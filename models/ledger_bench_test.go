package models_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

func BenchmarkThank(b *testing.B) {
	store, conn := behind(b)
	var users []*models.User
	for range 100 {
		u := modelstest.User(b, store)
		grant(b, conn, u, "100000")
		users = append(users, u)
	}
	ctx := modelstest.Context(b)
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			from, to := users[rand.IntN(100)], users[rand.IntN(100)]
			if from == to {
				continue
			}
			if _, err := store.Thank(ctx, from, models.NewThanks{To: to.ID, Amount: decimal.New(1, 0)}); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkALongStatement opens pages of an account of 1,000,000 entries, which are made behind the proofs' backs: these would take minutes.
func BenchmarkALongStatement(b *testing.B) {
	store, conn := behind(b)
	ann := modelstest.User(b, store)
	run(b, conn, `set session_replication_role = replica`)
	run(b, conn, `insert into accounts (user_id) values ($1)`, ann.ID)
	run(b, conn, `insert into transfers (id, kind, amount, at) select md5(i::text)::uuid, 'grant', 1, timestamptz '2024-01-01' + i * interval '1 minute' from generate_series(0, 999) i`)
	indexes := ask[string](b, conn, `select string_agg(indexdef, ';') from pg_indexes where tablename = 'entries' and indexname in ('entries_account', 'entries_transfer')`)
	run(b, conn, `drop index entries_account, entries_transfer`)
	run(b, conn, `insert into entries (transfer_id, account_id, amount, balance, at)
		select md5((i % 1000)::text)::uuid, (select id from accounts where user_id = $1), 1, i, timestamptz '2024-01-01' + i * interval '1 minute' from generate_series(1, 1000000) i`, ann.ID)
	run(b, conn, indexes)
	run(b, conn, `update users set credits = 1000000 where id = $1`, ann.ID)
	run(b, conn, `reset session_replication_role`)
	run(b, conn, `analyze entries, transfers, accounts`)
	month := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	place, _ := models.ParsePostKey(fmt.Sprintf("%d-%d", time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), 1))
	for name, of := range map[string]models.StatementOf{"newest": {}, "a month": {From: month, To: month.AddDate(0, 1, 0)}, "further on": {After: place}, "up to a month": {To: month}} {
		of.UserID, of.Limit = ann.ID, 100
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if st, err := store.Statement(modelstest.Context(b), ann, of); err != nil || len(st.Lines) != 100 {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTheCirculation reads the circulation of 1,000,000 transfers between 10,000 users in 24 months, which are made behind the proofs' backs.
func BenchmarkTheCirculation(b *testing.B) {
	store, conn := behind(b)
	admin := modelstest.Admin(b, store)
	run(b, conn, `set session_replication_role = replica`)
	run(b, conn, `insert into users (username, name, email) select 'u-' || i, 'x', i || '@x' from generate_series(1, 10000) i`)
	run(b, conn, `insert into accounts (user_id) select id from users`)
	for part := range 20 { // each statement has a deadline
		run(b, conn, `with made as (
				insert into transfers (kind, amount, at) select 'thanks', 1 + i % 9, now() - i * interval '1 minute' from generate_series($1::int, $1::int + 49999) i returning id, amount, at),
			accounts as (select array_agg(id) as ids from accounts where not house)
			insert into entries (transfer_id, account_id, amount, balance, at)
			select id, ids[1 + (hashtext(id::text || side) & 8191)], side * amount, 0, at from made, accounts, (values (-1), (1)) s(side)`, part*50_000)
	}
	run(b, conn, `reset session_replication_role`)
	run(b, conn, `analyze entries, transfers, accounts`)
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if _, err := conn.Exec(ctx, `select recount_circulation('Europe/Berlin')`); err != nil {
		b.Fatal(err)
	}
	b.Logf("counted anew in %s", time.Since(began))
	for name, month := range map[string]time.Time{"all time": {}, "a month": time.Now().UTC().AddDate(0, -2, 1-time.Now().UTC().Day()).Truncate(24 * time.Hour)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if c, err := store.Circulation(modelstest.Context(b), admin, month); err != nil || len(c.Givers) != 10 || !c.Months[5].Thanks.IsPositive() {
					b.Fatal(err, c)
				}
			}
		})
	}
}
