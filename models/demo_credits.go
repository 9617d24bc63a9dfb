package models

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"postroom/models/demo"
)

// credits loads what was given, what was ordered for it, and who was told. The ledger proves all of it before the transaction ends.
func (l *demoLoad) credits(ctx context.Context) error {
	moves, orders := l.people.Credits()
	if len(moves) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(moves))
	for i := range ids {
		ids[i] = uuid.New()
	}
	for _, part := range []func() error{
		func() error { return l.transfers(ctx, moves, ids) },
		func() error { return l.entries(ctx, moves, ids) },
		func() error { return l.orders(ctx, orders, moves, ids) },
		func() error { return l.notices(ctx, moves, ids) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	// Else the proofs would be planned for tables that were empty a moment ago.
	for _, statement := range []string{"analyze accounts, transfers, entries, orders, order_states", "set constraints all immediate"} {
		if _, err := l.tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// hundredths are credits as PostgreSQL takes them.
func hundredths(n int64) pgtype.Numeric {
	return pgtype.Numeric{Int: big.NewInt(n), Exp: -2, Valid: true}
}

// userOf is the id of a person, nil for the house.
func (l *demoLoad) userOf(person int) *int64 {
	if person == demo.House {
		return nil
	}
	return &l.ids[person]
}

func (l *demoLoad) transfers(ctx context.Context, moves []demo.Move, ids []uuid.UUID) error {
	_, err := l.tx.CopyFrom(ctx, pgx.Identifier{"transfers"}, []string{"id", "kind", "amount", "note", "post_id", "actor_id", "reverses", "at"},
		pgx.CopyFromSlice(len(moves), func(i int) ([]any, error) {
			m := &moves[i]
			var post *int64
			var reverses *uuid.UUID
			if m.Post >= 0 {
				id := l.postID(m.Post)
				post = &id
			}
			if m.Reverses >= 0 {
				reverses = &ids[m.Reverses]
			}
			by := l.userOf(m.From)
			if m.Kind == TransferReversal {
				by = nil
			}
			return []any{ids[i], m.Kind, hundredths(m.Amount), m.Note, post, by, reverses, m.At}, nil
		}))
	return err
}

// entries are written with the balances that follow from them, which become those of the users.
func (l *demoLoad) entries(ctx context.Context, moves []demo.Move, ids []uuid.UUID) error {
	balances := map[int]int64{}
	for _, m := range moves {
		balances[m.From], balances[m.To] = 0, 0
	}
	delete(balances, demo.House)
	people := slices.Sorted(maps.Keys(balances))
	users := make([]int64, len(people))
	for i, person := range people {
		users[i] = l.ids[person]
	}
	rows, err := l.tx.Query(ctx, "insert into accounts (user_id) select unnest($1::bigint[]) returning id, user_id", users)
	if err != nil {
		return err
	}
	accounts := map[int64]int64{}
	var account, user, house int64
	if _, err := pgx.ForEachRow(rows, []any{&account, &user}, func() error { accounts[user] = account; return nil }); err != nil {
		return err
	}
	if err := l.tx.QueryRow(ctx, "select id from accounts where house").Scan(&house); err != nil {
		return err
	}
	if _, err := l.tx.CopyFrom(ctx, pgx.Identifier{"entries"}, []string{"transfer_id", "account_id", "amount", "balance", "at"},
		pgx.CopyFromSlice(2*len(moves), func(i int) ([]any, error) {
			m := &moves[i/2]
			person, amount := m.From, -m.Amount
			if i%2 == 1 {
				person, amount = m.To, m.Amount
			}
			if person == demo.House {
				return []any{ids[i/2], house, hundredths(amount), nil, m.At}, nil
			}
			balances[person] += amount
			return []any{ids[i/2], accounts[l.ids[person]], hundredths(amount), hundredths(balances[person]), m.At}, nil
		})); err != nil {
		return err
	}
	kept := make([]int64, len(people))
	for i, person := range people {
		kept[i] = balances[person]
	}
	_, err = l.tx.Exec(ctx, "update users u set credits = x.credits / 100::numeric from unnest($1::bigint[], $2::bigint[]) x(id, credits) where u.id = x.id and x.credits > 0", users, kept)
	return err
}

// orders are of perks that every demo shares.
func (l *demoLoad) orders(ctx context.Context, orders []demo.Order, moves []demo.Move, ids []uuid.UUID) error {
	perks := demo.Perks()
	perkIDs := make([]int64, len(perks))
	sold := make([]int64, len(perks))
	for i, perk := range perks {
		var err error
		if perkIDs[i], err = l.perk(ctx, perk); err != nil {
			return err
		}
	}
	var payments, refunds, fulfilled []uuid.UUID
	var fulfilledAt, refundedAt []time.Time
	var refunded []uuid.UUID
	for _, o := range orders {
		payments = append(payments, ids[o.Payment])
		if o.Refund >= 0 {
			refunded, refunds, refundedAt = append(refunded, ids[o.Payment]), append(refunds, ids[o.Refund]), append(refundedAt, moves[o.Refund].At)
			continue
		}
		sold[o.Perk] += int64(o.Quantity)
		if !o.Fulfilled.IsZero() {
			fulfilled, fulfilledAt = append(fulfilled, ids[o.Payment]), append(fulfilledAt, o.Fulfilled)
		}
	}
	if _, err := l.tx.CopyFrom(ctx, pgx.Identifier{"orders"}, []string{"user_id", "perk_id", "product_name", "quantity", "price", "order_date", "metadata", "transfer_id"},
		pgx.CopyFromSlice(len(orders), func(i int) ([]any, error) {
			o := &orders[i]
			metadata := map[string]string{}
			if o.Note != "" {
				metadata["note"] = o.Note
			}
			return []any{l.ids[o.Person], perkIDs[o.Perk], perks[o.Perk].Name, o.Quantity, hundredths(moves[o.Payment].Amount / int64(o.Quantity)), o.At, metadata, ids[o.Payment]}, nil
		})); err != nil {
		return err
	}
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`insert into order_states (order_id, state, by_id, by_name, at) select o.id, 'ordered', u.id, u.username, o.order_date
			from orders o join users u on u.id = o.user_id where o.transfer_id = any($1) order by o.id`, []any{payments}},
		{`insert into order_states (order_id, state, at) select o.id, 'fulfilled', x.at from unnest($1::uuid[], $2::timestamptz[]) x(payment, at)
			join orders o on o.transfer_id = x.payment order by o.id`, []any{fulfilled, fulfilledAt}},
		{`insert into order_states (order_id, state, by_id, by_name, transfer_id, at) select o.id, 'cancelled', u.id, u.username, x.refund, x.at
			from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) x(payment, refund, at) join orders o on o.transfer_id = x.payment join users u on u.id = o.user_id order by o.id`,
			[]any{refunded, refunds, refundedAt}},
		{`update perks p set stock = greatest(0, p.stock - x.n) from unnest($1::bigint[], $2::bigint[]) x(id, n) where p.id = x.id and p.stock is not null`, []any{perkIDs, sold}},
	} {
		if _, err := l.tx.Exec(ctx, step.sql, step.args...); err != nil {
			return err
		}
	}
	return nil
}

// perk finds the perk of the name, or puts it into the catalogue.
func (l *demoLoad) perk(ctx context.Context, perk demo.Perk) (id int64, err error) {
	if err := l.tx.QueryRow(ctx, "select id from perks where name = $1 order by id limit 1", perk.Name).Scan(&id); err != pgx.ErrNoRows {
		return id, err
	}
	prices := make([]string, len(perk.Prices))
	for i, price := range perk.Prices {
		prices[i] = fmt.Sprintf("%d.%02d", price/100, price%100)
	}
	var stock *int
	if perk.Stock > 0 {
		stock = &perk.Stock
	}
	details, err := json.Marshal(map[string]any{"category": perk.Category, "rating": json.Number(perk.Rating)})
	if err != nil {
		return 0, err
	}
	err = l.tx.QueryRow(ctx, `insert into perks (name, description, tags, prices, details, stock, created_at, updated_at) values ($1, $2, $3, $4::text[]::numeric[], $5::text::jsonb, $6, $7, $7) returning id`,
		perk.Name, perk.Description, perk.Tags, prices, string(details), stock, l.people.Start).Scan(&id)
	return id, err
}
