package models

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
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
	start, ok := ctx.Value(sqlStartKey{}).(sqlStart)
	if !ok {
		return
	}
	l.log.InfoContext(ctx, "sql", "statement", start.sql, "took", time.Since(start.at), "rows", data.CommandTag.RowsAffected(), "failed", data.Err != nil)
}
