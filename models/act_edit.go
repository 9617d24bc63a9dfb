package models

import (
	"slices"

	"gorm.io/gorm"
)

// edit is a change of one row that is not one's own, by a form or a call that says what it shall be. It has a receipt.
type edit struct {
	by     *User
	target *actTarget
	id     int64

	before           image
	sessions, tokens int64
}

// begin remembers the row as it is.
func (e *edit) begin(tx *gorm.DB) (err error) {
	if e.before, err = imageOf(tx, e.target, e.id); err == nil {
		e.sessions, e.tokens, err = e.access(tx)
	}
	return err
}

// keep writes the receipt of what has become of the row, and returns its number; 0 where nothing has changed.
func (e *edit) keep(tx *gorm.DB, label, name string) (receipt int64, err error) {
	after, err := imageOf(tx, e.target, e.id)
	if err != nil {
		return 0, err
	}
	row, err := editOf(e.before, after)
	if err != nil || row == nil {
		return 0, err
	}
	row.id, row.label, row.name = e.id, label, name
	sessions, tokens, err := e.access(tx)
	if err != nil {
		return 0, err
	}
	for what, ended := range map[string]int64{"sessions": e.sessions - sessions, "tokens": e.tokens - tokens} {
		if ended > 0 {
			row.went[what] = ended
		}
	}
	act := &Act{Kind: e.kind(row, after), TargetKind: e.target.kind}
	err = keepOne(tx.Statement.Context, gormTx{tx}, e.by, act, "update", row)
	return act.ID, err
}

// kind is what the edit comes to.
func (e *edit) kind(row *actRow, after image) string {
	if e.target == postTarget && slices.Equal(row.columns(), []string{"status"}) {
		switch string(after["status"]) {
		case `"` + StatusDraft + `"`:
			return "unpublish"
		case `"` + StatusPublished + `"`:
			return "restore"
		}
	}
	return "edit"
}

// access counts what lets the user in.
func (e *edit) access(tx *gorm.DB) (sessions, tokens int64, err error) {
	if e.target != userTarget {
		return 0, 0, nil
	}
	err = tx.Raw(`select (select count(*) from sessions where user_id = @id and expires_at > now()), (select count(*) from tokens where user_id = @id)`,
		map[string]any{"id": e.id}).Row().Scan(&sessions, &tokens)
	return sessions, tokens, err
}
