package models

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// sqlLog logs each statement with its time. Values are never logged: they hold passwords' hashes, tokens and addresses.
type sqlLog struct{ log *slog.Logger }

type sqlStart struct {
	sql string
	at  time.Time
}

type sqlStartKey struct{}

// TraceQueryStart remembers when the statement began.
func (l sqlLog) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, sqlStartKey{}, sqlStart{data.SQL, time.Now()})
}

// TraceQueryEnd writes the log line.
func (l sqlLog) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if start, ok := ctx.Value(sqlStartKey{}).(sqlStart); ok {
		l.write(ctx, start, data.CommandTag, data.Err)
	}
}

// TraceBatchStart remembers when statements that travel together were sent.
func (l sqlLog) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return context.WithValue(ctx, sqlStartKey{}, sqlStart{at: time.Now()})
}

// TraceBatchQuery writes the log line of one of them: it took until its answer came.
func (l sqlLog) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	start, _ := ctx.Value(sqlStartKey{}).(sqlStart)
	l.write(ctx, sqlStart{data.SQL, start.at}, data.CommandTag, data.Err)
}

// TraceBatchEnd has nothing to add.
func (l sqlLog) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func (l sqlLog) write(ctx context.Context, start sqlStart, done pgconn.CommandTag, err error) {
	l.log.InfoContext(ctx, "sql", "statement", start.sql, "took", time.Since(start.at), "rows", done.RowsAffected(), "failed", err != nil)
}
