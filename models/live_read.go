package models

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	eventsLife = 48 * time.Hour // how long Sweep leaves events; longer than cursorLife by what a transaction may take
	cursorLife = 24 * time.Hour
	maxEvents  = 500 // at one time; where there are more, whoever follows looks at everything again
	maxNamed   = 10  // of one kind at one time; where there are more, one event stands for all of them
)

// A cursor is the moment of a snapshot, in seconds, and the snapshot itself as PostgreSQL writes it. What a snapshot did not
// see is known exactly: transactions that began later, and those that were under way. So nothing is missed, however
// transactions overtake each other, and nobody waits for one that takes long.
var cursorForm = regexp.MustCompile(`^([0-9]{1,12})-([0-9]{1,20}:[0-9]{1,20}:[0-9,]*)$`)

const newCursor = `extract(epoch from clock_timestamp())::bigint || '-' || pg_current_snapshot()`

// eventsSince reads the events that $1 did not see and this statement's snapshot, which is the new cursor, sees. A snapshot
// ahead of this server's comes from another one.
const eventsSince = `
	with since as materialized (
		select pg_snapshot_xmax($1::pg_snapshot) as next, array(select pg_snapshot_xip($1::pg_snapshot)) as open
	)
	select ` + newCursor + `, next > pg_snapshot_xmax(pg_current_snapshot()), e.id, e.kind, e.ref, e.at, e.audience
	from since left join lateral (
		select max(id) as id, kind, case when alike > $3 then 0 else ref end as ref, max(at) as at, audience from (
			select max(id) as id, kind, coalesce(ref, 0) as ref, max(at) as at, audience, count(*) over (partition by kind, audience) as alike
			from events where (xact >= next or xact = any(open)) and xact < pg_snapshot_xmax(pg_current_snapshot())
			group by kind, coalesce(ref, 0), audience
		) named group by kind, 3, audience order by 1 limit $2
	) e on true`

type querier interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
	QueryRow(context.Context, string, ...any) pgx.Row
}

// readEvents reads what is new since a cursor. A cursor that is too old or makes no sense, or too much news, is a reset.
func readEvents(ctx context.Context, db querier, since string) (*batch, error) {
	b := &batch{}
	form := cursorForm.FindStringSubmatch(since)
	if form == nil || len(since) > 4000 {
		return startAnew(ctx, db)
	}
	rows, err := db.Query(ctx, eventsSince, form[2], maxEvents+1, maxNamed)
	if err != nil {
		return nil, err
	}
	var id, ref *int64
	var kind *string
	var at *time.Time
	var audience *int64
	_, err = pgx.ForEachRow(rows, []any{&b.cursor, &b.reset, &id, &kind, &ref, &at, &audience}, func() error {
		if id != nil {
			b.events = append(b.events, Event{ID: *id, Kind: *kind, Ref: *ref, At: *at, audience: copied(audience)})
		}
		return nil
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "22P02" || pg.Code == "42P01") {
		return startAnew(ctx, db) // not a snapshot; or a database that is not migrated yet
	}
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	if tooOld(form[1], b.cursor) || len(b.events) > maxEvents {
		b.reset = true
	}
	if b.reset {
		b.events = nil
	}
	return b, nil
}

// startAnew is a batch for who may have missed anything.
func startAnew(ctx context.Context, db querier) (*batch, error) {
	b := &batch{reset: true}
	if err := db.QueryRow(ctx, "select "+newCursor).Scan(&b.cursor); err != nil {
		return nil, err
	}
	return b, nil
}

func tooOld(seconds, cursor string) bool {
	was, err := strconv.ParseInt(seconds, 10, 64)
	is, err2 := strconv.ParseInt(cursorForm.FindStringSubmatch(cursor)[1], 10, 64)
	return err != nil || err2 != nil || time.Duration(is-was)*time.Second > cursorLife
}

func copied(n *int64) *int64 {
	if n == nil {
		return nil
	}
	c := *n
	return &c
}

// readFollowers finds which sessions are still open, and whose they are. Only ID and Role are read.
func readFollowers(ctx context.Context, db querier, sessions []uuid.UUID) (map[uuid.UUID]*User, error) {
	rows, err := db.Query(ctx, `select s.id, u.id, u.role from sessions s join users u on u.id = s.user_id
		where s.id = any($1) and s.expires_at > now() and u.is_active`, sessions)
	if err != nil {
		return nil, err
	}
	users := make(map[uuid.UUID]*User, len(sessions))
	var id uuid.UUID
	var user User
	_, err = pgx.ForEachRow(rows, []any{&id, &user.ID, &user.Role}, func() error {
		users[id] = &User{ID: user.ID, Role: user.Role}
		return nil
	})
	return users, err
}
