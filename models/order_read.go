package models

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

const orderColumns = `select o.id, o.user_id, u.username, u.name, coalesce(o.perk_id, 0), o.product_name, o.quantity, o.price::text, o.total::text, o.order_date, o.state,
	coalesce(o.metadata ->> 'note', ''), o.transfer_id from orders o join users u on u.id = o.user_id`

func scanOrder(row pgx.CollectableRow) (*Order, error) {
	o := &Order{}
	var price, total string
	err := row.Scan(&o.ID, &o.UserID, &o.Username, &o.Name, &o.PerkID, &o.Product, &o.Quantity, &price, &total, &o.At, &o.State, &o.Note, &o.TransferID)
	if err == nil {
		o.Price, err = decimal.NewFromString(price)
	}
	if err == nil {
		o.Total, err = decimal.NewFromString(total)
	}
	return o, err
}

func findOrder(ctx context.Context, tx pgx.Tx, id int64) (*Order, error) {
	rows, err := tx.Query(ctx, orderColumns+" where o.id = $1", id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectExactlyOneRow(rows, scanOrder)
}

// OrderState is a state that an order is or was in.
type OrderState struct {
	State      string
	ByID       int64 // 0: gone since
	ByName     string
	Note       string
	TransferID *uuid.UUID // what was paid back; nil: nothing
	At         time.Time
}

// Order reads an order with its states, the first first: for the user, and for admins. For others it does not exist.
func (s *Store) Order(ctx context.Context, by *User, id int64) (o *Order, states []OrderState, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if o, err = findOrder(ctx, tx, id); err == pgx.ErrNoRows || err == nil && !by.CanSeePrivate(&User{ID: o.UserID}) {
			return errNoOrder
		}
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select s.state, coalesce(u.id, 0), s.by_name, s.note, s.transfer_id, s.at
			from order_states s left join users u on u.id = s.by_id where s.order_id = $1 order by s.id`, id)
		if err != nil {
			return err
		}
		states, err = pgx.CollectRows(rows, pgx.RowToStructByPos[OrderState])
		return err
	})
	if err != nil {
		return nil, nil, Explain(err)
	}
	return o, states, nil
}

// Orders lists the orders that match, the newest first, and the place where to go on; empty at the end. Who is no admin sees their own.
func (s *Store) Orders(ctx context.Context, by *User, f OrderFilter) (orders []*Order, next string, err error) {
	if err := f.restrict(by); err != nil {
		return nil, "", err
	}
	where, args := f.where()
	if f.After.ID != 0 {
		args = append(args, f.After.At, f.After.ID)
		where += fmt.Sprintf(" and (o.order_date, o.id) < ($%d, $%d)", len(args)-1, len(args))
	}
	args = append(args, f.Limit+1)
	rows, err := s.pool.Query(ctx, orderColumns+" where "+where+" order by o.order_date desc, o.id desc limit $"+placeholder(args), args...)
	if err != nil {
		return nil, "", Explain(err)
	}
	orders, err = pgx.CollectRows(rows, scanOrder)
	if len(orders) > f.Limit {
		orders = orders[:f.Limit]
		last := orders[f.Limit-1]
		next = PostKey{last.At, last.ID}.String()
	}
	return orders, next, Explain(err)
}

// OrderCount is how many orders match, and what they cost together.
type OrderCount struct {
	Orders int64
	Total  decimal.Decimal
	More   bool // there are more than these: they are not counted, nor added up
}

// ordersCounted is how many orders are counted one by one.
const ordersCounted = 10_000

// CountOrders counts the orders that match. All of them, and those in one state, are kept counted; of others many are not counted
// to the end.
func (s *Store) CountOrders(ctx context.Context, by *User, f OrderFilter) (count OrderCount, err error) {
	if err := f.restrict(by); err != nil {
		return count, err
	}
	where, args := f.where()
	question := fmt.Sprintf("select count(*), coalesce(sum(total), 0)::text from (select o.total from orders o where %s limit %d) x", where, ordersCounted+1)
	kept := OrderFilter{State: f.State, zone: f.zone, Limit: f.Limit, After: f.After} == f
	if kept {
		question = `select coalesce(sum(n) filter (where kind like 'orders %'), 0)::bigint, (coalesce(sum(n) filter (where kind like 'order\_sum %'), 0) / 100)::numeric(14,2)::text
			from (select kind, n from figures where bucket = '-infinity' union all select kind, n from figure_deltas where bucket = '-infinity') x
			where kind in ('orders ' || $1, 'order_sum ' || $1) or $1 = '' and (kind like 'orders %' or kind like 'order\_sum %')`
		args = []any{f.State}
	}
	var total string
	if err := s.pool.QueryRow(ctx, question, args...).Scan(&count.Orders, &total); err != nil {
		return count, Explain(err)
	}
	if count.Orders > ordersCounted && !kept {
		return OrderCount{Orders: ordersCounted, More: true}, nil
	}
	count.Total, err = decimal.NewFromString(total)
	return count, err
}

// UserOrders are the figures of a user's orders; what was cancelled does not count.
func (s *Store) UserOrders(ctx context.Context, by *User, userID int64) (count OrderCount, err error) {
	if !by.CanSeePrivate(&User{ID: userID}) {
		return count, ErrForbidden
	}
	var total string
	if err := s.pool.QueryRow(ctx, "select total_orders, total_amount::text from get_user_stats($1)", userID).Scan(&count.Orders, &total); err != nil {
		return count, Explain(err)
	}
	count.Total, err = decimal.NewFromString(total)
	return count, err
}

// Credits are what the user has to order with, now.
func (s *Store) Credits(ctx context.Context, by *User) (credits decimal.Decimal, err error) {
	if by == nil {
		return credits, ErrForbidden
	}
	return credits, Explain(s.pool.QueryRow(ctx, "select credits from users where id = $1", by.ID).Scan(&credits))
}

// TopOrderer is a user with the figures of the orders.
type TopOrderer struct {
	ID             int64
	Username, Name string
	OrderCount
}

// TopOrderers are the users with the most orders; what was cancelled does not count, and who has none is not among them.
func (s *Store) TopOrderers(ctx context.Context, by *User, limit int) ([]TopOrderer, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	// What is kept says whom to look at; so the others' orders need not be read.
	rows, err := s.pool.Query(ctx, `select u.id, u.username, u.name, count(o.id), sum(o.total)::text
		from users u left join orders o on o.user_id = u.id and o.state <> 'cancelled'
		where u.id = any(array(select user_id from order_totals where orders > 0 order by orders desc, total desc, user_id limit $1))
		group by u.id having count(o.id) > 0 order by count(o.id) desc, sum(o.total) desc, u.id`, limit)
	if err != nil {
		return nil, Explain(err)
	}
	top, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t TopOrderer, err error) {
		var total string
		if err := row.Scan(&t.ID, &t.Username, &t.Name, &t.Orders, &total); err != nil {
			return t, err
		}
		t.Total, err = decimal.NewFromString(total)
		return t, err
	})
	return top, Explain(err)
}
