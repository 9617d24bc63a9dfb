package models

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// UndoLife is how long an act can be undone. Then the kept images are erased.
const UndoLife = 30 * 24 * time.Hour

// Act is something an admin did to users, posts or orders. Its ID is the number of its receipt.
type Act struct {
	ID          int64
	Kind        string // deactivate, delete, edit, import, undo, …
	TargetKind  string // "user", "post" or "order"
	ByID        int64
	ByName      string
	Reason      string
	Filter      *string // the query of the filter; nil: rows that were ticked, or one
	Params      Metadata
	Undoes      int64  // the act that this one takes back; 0: none
	State       string // "running" or "done"
	Goal        int64  // how many rows it is about, where it goes on in steps
	Total       int64  // how many rows were touched
	Refused     int64
	Counts      Counts // what went along
	RehearsedAt *time.Time
	At          time.Time
	UndoUntil   time.Time
	ErasedAt    *time.Time
}

// CanUndo reports whether the act can still be undone, as far as its time goes.
func (a *Act) CanUndo(now time.Time) bool { return a.ErasedAt == nil && now.Before(a.UndoUntil) }

// IsFinal reports whether nothing that the act did can be undone.
func (a *Act) IsFinal() bool {
	kind := findActKind(a.TargetKind, a.Kind)
	return kind != nil && kind.op == "end"
}

// newAct writes the act down, with its line in the log, and sets its ID and At.
func newAct(ctx context.Context, tx statements, by *User, act *Act) error {
	if err := insertAct(ctx, tx, by, act); err != nil {
		return err
	}
	return recordAct(ctx, tx, by, act)
}

// recordAct writes the line of an act in the log.
func recordAct(ctx context.Context, tx statements, by *User, act *Act) error {
	return record(ctx, tx, entry{kind: "act." + act.Kind, by: by, targetKind: act.TargetKind, receipt: act.ID,
		details: map[string]any{"total": max(act.Total, act.Goal), "refused": act.Refused, "reason": act.Reason, "params": act.Params}})
}

// insertAct is newAct without the line in the log.
func insertAct(ctx context.Context, tx statements, by *User, act *Act) error {
	if act.TargetKind == "" {
		act.TargetKind = "user"
	}
	if act.State == "" {
		act.State = "done"
	}
	if act.Params == nil {
		act.Params = Metadata{}
	}
	params, err := json.Marshal(act.Params)
	if err != nil {
		return err
	}
	var byID, undoes *int64
	if by != nil {
		byID, act.ByID, act.ByName = &by.ID, by.ID, by.Username
	}
	if act.Undoes != 0 {
		undoes = &act.Undoes
	}
	return tx.QueryRow(ctx, `insert into acts (kind, target_kind, by_id, by_name, reason, filter, params, undoes, state, total, refused, counts, rehearsed_at, goal)
		values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12::jsonb, $13, $14) returning id, at, undo_until`,
		act.Kind, act.TargetKind, byID, act.ByName, act.Reason, act.Filter, string(params), undoes, act.State, act.Total, act.Refused, act.Counts.json(),
		act.RehearsedAt, act.Goal).Scan(&act.ID, &act.At, &act.UndoUntil)
}

// statements is a transaction, of whichever kind.
type statements interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// gormTx are the statements of a transaction of GORM's.
type gormTx struct{ *gorm.DB }

// Exec runs a statement.
func (tx gormTx) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, tx.DB.Exec(sql, args...).Error
}

// QueryRow asks for one row.
func (tx gormTx) QueryRow(_ context.Context, sql string, args ...any) pgx.Row {
	return tx.Raw(sql, args...).Row()
}
