package models

import (
	"context"
	"encoding/json"
	"net/netip"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// entry is a line of the log as it is written.
type entry struct {
	kind       string // a noun and a verb, such as "post.create"; see AuditKinds
	by         *User  // who acts; nil: a visitor, or the server itself
	targetKind string // "user", "post", "perk", "order", "series", "tag", "comment", "event" or empty
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
func record(ctx context.Context, tx statements, e entry) error {
	_, err := tx.Exec(ctx, recordSQL, e.values(ctx)...)
	return err
}

// recordIn is record in a transaction of GORM's.
func recordIn(tx *gorm.DB, e entry) error {
	return tx.Exec("select write_log(?, ?::bigint, ?, ?, ?::bigint, ?, ?::bigint, ?::jsonb, ?)", e.values(tx.Statement.Context)...).Error
}

// recordUser writes a line about a user, whose name is read in the same statement.
func recordUser(tx *gorm.DB, kind string, by *User, id int64, details map[string]any) error {
	values := entry{kind: kind, by: by, targetKind: "user", targetID: id, details: details}.values(tx.Statement.Context)
	return tx.Exec("select write_log(?, ?::bigint, ?, ?, u.id, u.username, ?::bigint, ?::jsonb, ?) from users u where u.id = ?",
		values[0], values[1], values[2], values[3], values[6], values[7], values[8], id).Error
}

// recordUsers writes a line about each of the users.
func recordUsers(ctx context.Context, tx pgx.Tx, kind string, by *User, ids []int64) error {
	values := entry{kind: kind, by: by, targetKind: "user"}.values(ctx)
	_, err := tx.Exec(ctx, `select write_log($1, $2::bigint, $3, 'user', u.id, u.username, null, $4::jsonb, $5) from users u where u.id = any($6) order by u.id`,
		values[0], values[1], values[2], values[7], values[8], ids)
	return err
}

// recordPost writes a line about a post.
func recordPost(tx *gorm.DB, kind string, by *User, post *Post, before, after map[string]any) error {
	details := map[string]any{}
	if before != nil {
		details["before"] = before
	}
	if after != nil {
		details["after"] = after
	}
	return recordIn(tx, entry{kind: kind, by: by, targetKind: "post", targetID: post.ID, target: post.Title, details: details})
}

// recordFailure writes down that somebody did not know the password of the user; id is 0 for a user name that nobody has. What
// was typed is not kept: it may be a password in the wrong place. Both take the same time, which tells nobody who exists.
func (s *Store) recordFailure(ctx context.Context, id int64) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if id == 0 {
			return recordIn(tx, entry{kind: kindSignInFail})
		}
		return recordUser(tx, kindSignInFail, nil, id, nil)
	})
}
