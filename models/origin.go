package models

import (
	"context"

	"github.com/google/uuid"
)

// Origin is where a request comes from, as the log keeps it. It travels in the context: rules ask who acts, and only the log
// asks from where.
type Origin struct {
	Address   string // an IP address; empty: the server itself, such as a command
	UserAgent string
	Session   uuid.UUID // uuid.Nil: none
	Token     int64     // the id of the API token; 0: none
}

type originKey struct{}

// WithOrigin returns a context that knows where the request comes from.
func WithOrigin(ctx context.Context, from Origin) context.Context {
	return context.WithValue(ctx, originKey{}, from)
}

func originOf(ctx context.Context) Origin {
	from, _ := ctx.Value(originKey{}).(Origin)
	return from
}
