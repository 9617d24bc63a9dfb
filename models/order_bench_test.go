package models_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// BenchmarkAMillionOrders opens the first page of the list of orders, with its count, by every filter. The orders are made behind
// the proofs' backs: these would take minutes. One user in ten thousand has 50,000 of them, one perk in twenty 300,000.
func BenchmarkAMillionOrders(b *testing.B) {
	store, conn := behind(b)
	admin := modelstest.Admin(b, store)
	run(b, conn, `set session_replication_role = replica`)
	run(b, conn, `insert into users (username, name, email) select 'reader-' || i, 'U', 'u' || i || '@x.example' from generate_series(1, 10000) i`)
	run(b, conn, `insert into perks (name, prices) select 'Perk ' || i, '{5}' from generate_series(1, 20) i`)
	run(b, conn, `insert into transfers (id, kind, amount, at) select md5(i::text)::uuid, 'order', 5, timestamptz '2024-01-01' + i * interval '1 minute' from generate_series(1, 1000000) i`)
	indexes := ask[string](b, conn, `select string_agg(indexdef, ';') from pg_indexes where tablename = 'orders' and indexname like 'orders\_%' and indexname not in ('orders_pkey', 'orders_transfer_id_key')`)
	run(b, conn, `drop index orders_date, orders_state, orders_user, orders_perk, orders_perk_state, orders_user_state, orders_user_perk`)
	run(b, conn, `insert into orders (user_id, perk_id, product_name, quantity, price, order_date, state, transfer_id, metadata)
		select (select min(id) from users where username like 'reader-%') + case when i % 20 = 0 then 0 else hashint4(i) & 8191 end, case when i % 10 < 3 then 1 else 2 + i % 19 end, 'Perk', 1, 5,
			timestamptz '2024-01-01' + i * interval '1 minute', case when i > 990000 then 'ordered' when i % 50 = 0 then 'cancelled' else 'fulfilled' end, md5(i::text)::uuid, '{"note": "a note"}'
		from generate_series(1, 1000000) i`)
	run(b, conn, indexes)
	run(b, conn, `insert into figures select v.kind, '-infinity', v.n from (select state, count(*) as n, sum(total) as total from orders group by state) s,
		lateral (values ('orders ' || s.state, s.n), ('order_sum ' || s.state, (s.total * 100)::bigint)) v(kind, n)`)
	run(b, conn, `reset session_replication_role`)
	run(b, conn, `vacuum (analyze) orders, users, perks`)
	for _, query := range []string{"", "state ordered", "state fulfilled", "state cancelled", "user reader-1", "user reader-77", "user nobody", "perk 1", "perk 7", "from 2024-02-01 to 2024-02-29", "from 2024-02-01 to 2024-02-01", "from 2024-02-01",
		"to 2024-02-01", "from 2029-01-01", "state cancelled user reader-1", "state ordered user reader-1", "state ordered perk 1", "state cancelled perk 7", "user reader-1 perk 7", "user reader-77 perk 1",
		"state ordered to 2024-06-01", "state cancelled from 2024-06-01 to 2024-06-30", "perk 1 from 2024-06-01 to 2024-06-30", "state cancelled perk 1 user reader-1 from 2024-06-01 to 2024-06-30"} {
		f, err := models.ParseOrderFilter(modelstest.Values(strings.Fields(query)...), time.UTC)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%q", query), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := store.Orders(modelstest.Context(b), admin, f); err != nil {
					b.Fatal(err)
				}
				if _, err := store.CountOrders(modelstest.Context(b), admin, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
