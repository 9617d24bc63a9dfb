package models_test

import (
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
