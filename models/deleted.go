package models

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Deleted is a post, a comment or a file that who deleted it can bring back.
type Deleted struct {
	ID        int64
	Title     string // of a comment that of its post, of a file its name
	Status    string // of a post
	Text      string // of a comment
	At, Until time.Time
	Receipt   int64
}

// DeletedPlace is a place in a list of what was deleted: after this row of this receipt. The zero place is before all.
type DeletedPlace struct{ Receipt, ID int64 }

// String is how an address carries it.
func (p DeletedPlace) String() string {
	return strconv.FormatInt(p.Receipt, 10) + "-" + strconv.FormatInt(p.ID, 10)
}

// ParseDeletedPlace reads a place from an address; an empty one is before all.
func ParseDeletedPlace(typed string) (place DeletedPlace, err error) {
	if place.Receipt, place.ID, err = parsePlace(typed); err != nil {
		return DeletedPlace{}, Invalid{"after": sayNoPlace}
	}
	return place, nil
}

// Deleted lists the posts or comments of their own, or the files, that the user has deleted and can still bring back, the last deleted first. more is
// true where there are further ones.
func (s *Store) Deleted(ctx context.Context, by *User, kind string, after DeletedPlace, limit int) (list []Deleted, more bool, err error) {
	target, text, whose := actTargets[kind], "''", "(i.before ->> 'user_id')::bigint = $1"
	switch {
	case by == nil:
		return nil, false, ErrForbidden
	case target == commentTarget:
		text = "coalesce(i.before ->> 'content', '')"
	case target == fileTarget: // those of a post are its owner's, and whoever may change it deletes them
		whose = "true"
	}
	rows, err := s.pool.Query(ctx, fmt.Sprintf(`select r.target_id, r.label, coalesce(r.before ->> 'status', ''), %s, a.at, a.undo_until, a.id
		from acts a join act_rows r on r.act_id = a.id join act_images i on i.act_id = a.id and i.target_id = r.target_id and i.table_name = '%s'
		where a.by_id = $1 and a.kind = 'delete' and a.target_kind = '%s' and a.erased_at is null and a.undo_until > now()
			and ($2 = 0 or a.id <= $2 and (a.id, r.target_id) < ($2, $3)) and r.op = 'delete' and r.undone_by is null and %s
		order by a.id desc, r.target_id desc limit $4`, text, target.table, target.kind, whose), by.ID, after.Receipt, after.ID, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Deleted])
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, Explain(err)
}
