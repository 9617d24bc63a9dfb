package models

import (
	"context"
	"encoding/json"
	"net/netip"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// entry is a line of the log as it is written.
type entry struct {
	kind       string // a noun and a verb, such as "post.create"; see AuditKinds
	by         *User  // who acts; nil: a visitor, or the server itself
	targetKind string // "user", "post" or empty
	targetID   int64
	target     string         // the user name or the title, as it is now
	receipt    int64          // the act; 0: none
	details    map[string]any // before, after and whatever else tells what happened; never a secret
}

// values are the arguments of the function write_log.
func (e entry) values(ctx context.Context) []any {
	from := originOf(ctx)
	details := map[string]any{}
	for name, value := range e.details {
		details[name] = value
	}
	if from.UserAgent != "" {
		details["user_agent"] = printableOnly(from.UserAgent)
	}
	if from.Session != uuid.Nil {
		details["session"] = from.Session.String()
	}
	if from.Token != 0 {
		details["token"] = from.Token
	}
	encoded, err := json.Marshal(details)
	if err != nil {
		encoded = []byte("{}")
	}
	address := ""
	if ip, err := netip.ParseAddr(from.Address); err == nil {
		address = ip.WithZone("").String()
	}
	var actor, target, receipt *int64
	name := ""
	if e.by != nil {
		actor, name = &e.by.ID, e.by.Username
	}
	if e.targetID != 0 {
		target = &e.targetID
	}
	if e.receipt != 0 {
		receipt = &e.receipt
	}
	return []any{e.kind, actor, name, e.targetKind, target, e.target, receipt, string(encoded), address}
}

const recordSQL = "select write_log($1, $2::bigint, $3, $4, $5::bigint, $6, $7::bigint, $8::jsonb, $9)"

// record writes a line of the log, in the transaction of what it records.
func record(ctx context.Context, tx interface {
	Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
}, e entry) error {
	_, err := tx.Exec(ctx, recordSQL, e.values(ctx)...)
	return err
}

// recordIn is record in a transaction of GORM's.
func recordIn(tx *gorm.DB, e entry) error {
	return tx.Exec("select write_log(?, ?::bigint, ?, ?, ?::bigint, ?, ?::bigint, ?::jsonb, ?)", e.values(tx.Statement.Context)...).Error
}
