package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"postroom/models"
)

// movers give credits to each other.
type movers struct {
	place *place
	store *models.Store
	users []*models.User
	round int
}

// movers makes users, each with a token, and with so much that nobody runs out.
func (p *place) movers(ctx context.Context, conn *pgx.Conn) (*movers, error) {
	for _, statement := range []string{
		`insert into users (username, name, email) select 'mover-' || i, 'Mover ' || i, 'mover-' || i || '@example.com' from generate_series(1, $1::int) i`,
		`insert into tokens (user_id, name, scope, token_hash, last_used_at) select id, 'measuring', 'write', sha256(convert_to('postroom_measuring-' || id, 'UTF8')), now() + interval '1 day'
			from users where username like 'mover-%' limit $1::int`,
		`select count(move_credits('grant', null, id, 1000000, '', null, null, null, null, null)) from users where username like 'mover-%' limit $1::int`,
	} {
		if _, err := conn.Exec(ctx, statement, transferUsers); err != nil {
			return nil, err
		}
	}
	if _, err := conn.Exec(ctx, "vacuum (analyze)"); err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, "select id, username from users where username like 'mover-%' order by id")
	if err != nil {
		return nil, err
	}
	m := &movers{place: p}
	if m.users, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*models.User, error) {
		u := &models.User{IsActive: true, Role: models.RoleUser}
		return u, row.Scan(&u.ID, &u.Username)
	}); err != nil {
		return nil, err
	}
	m.store, err = models.Open(ctx, models.Options{URL: p.database(), Log: slog.New(slog.DiscardHandler)})
	return m, err
}

func (m *movers) close() { m.store.Close() }

// byStore counts the transfers that goroutines make within this program, each with a key as forms and programs send them.
func (m *movers) byStore(ctx context.Context, seconds int) (float64, error) {
	m.round++
	var all sync.WaitGroup
	var moved atomic.Int64
	errs := make([]error, transferClients)
	began := time.Now()
	ends := began.Add(time.Duration(seconds) * time.Second)
	for i := range transferClients {
		all.Go(func() {
			for n := 0; time.Now().Before(ends); n++ {
				from, to := m.users[rand.IntN(len(m.users))], m.users[rand.IntN(len(m.users))]
				if from == to {
					continue
				}
				in := models.NewThanks{To: to.ID, Amount: decimal.New(1+rand.Int64N(1000), -2), Note: "Thank you.", Key: fmt.Sprintf("%d-%d-%d", m.round, i, n)}
				if _, err := m.store.Thank(ctx, from, in); err != nil {
					errs[i] = err
					return
				}
				moved.Add(1)
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return float64(moved.Load()) / time.Since(began).Seconds(), nil
}

// transferScript is wrk's: each request is a transfer of its own, with a key of its own, between two users.
const transferScript = `
local threads = 0
function setup(thread) thread:set('number', threads); threads = threads + 1 end
local n = 0
function init() math.randomseed(%[1]d * 100 + number) end
function request()
  n = n + 1
  local from, to = math.random(%[2]d, %[3]d), math.random(%[2]d, %[3]d - 1)
  if to >= from then to = to + 1 end
  return wrk.format('POST', '/api/transfers', {['Authorization'] = 'Bearer postroom_measuring-' .. from, ['Content-Type'] = 'application/json',
    ['Idempotency-Key'] = '%[1]d-' .. number .. '-' .. n},
    string.format('{"to":%%d,"amount":"%%.2f","note":"Thank you."}', to, math.random(1000) / 100))
end
`

// byAPI counts the transfers that wrk makes over HTTP, by the tokens of all users.
func (m *movers) byAPI(seconds int) (float64, error) {
	m.round++
	name := filepath.Join(m.place.home, "transfers.lua")
	if err := os.WriteFile(name, fmt.Appendf(nil, transferScript, m.round, m.users[0].ID, m.users[len(m.users)-1].ID), 0o644); err != nil {
		return 0, err
	}
	return wrkRate(command("wrk", "-t2", fmt.Sprintf("-c%d", transferClients), fmt.Sprintf("-d%ds", seconds), "-s", name, m.place.url()))
}
