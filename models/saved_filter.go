package models

import (
	"context"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// SavedFilter is a list that an admin has named, for all admins.
type SavedFilter struct {
	ID        int64
	Name      string
	Query     string // of the page's address: the filter, the order and the columns
	By        string // user name of who saved it
	CreatedAt time.Time
}

const maxFilterName = 60

// SavedFilters are all that were saved, by name.
func (s *Store) SavedFilters(ctx context.Context) ([]SavedFilter, error) {
	rows, err := s.pool.Query(ctx, `select id, name, query, by_name, created_at from saved_filters order by lower(name collate "und-x-icu"), id limit 200`)
	if err != nil {
		return nil, Explain(err)
	}
	filters, err := pgx.CollectRows(rows, pgx.RowToStructByPos[SavedFilter])
	return filters, Explain(err)
}

// SaveFilter keeps the query of a list under a name.
func (s *Store) SaveFilter(ctx context.Context, by *User, name string, query url.Values) error {
	if !by.IsAdmin() {
		return ErrForbidden
	}
	switch name = line(name); {
	case blank(name):
		return Invalid{"name": Say("Give the filter a name.")}
	case utf8.RuneCountInString(name) > maxFilterName:
		return Invalid{"name": Say("The name is too long: %d characters, and %d are the most.", utf8.RuneCountInString(name), maxFilterName)}
	case !printable(name):
		return Invalid{"name": Say("The name has characters that cannot be shown.")}
	}
	if _, err := ParseUserFilter(query, time.UTC); err != nil {
		return err
	}
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if err := stillActs(ctx, tx, by); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "insert into saved_filters (name, query, by_name) values ($1, $2, $3)", name, query.Encode(), by.Username); err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindFilterSave, by: by, target: name, details: map[string]any{"filter": query.Encode()}})
	})
}

// DeleteFilter forgets a saved filter, and returns its name.
func (s *Store) DeleteFilter(ctx context.Context, by *User, id int64) (name string, err error) {
	if !by.IsAdmin() {
		return "", ErrForbidden
	}
	return name, s.inPgx(ctx, func(tx pgx.Tx) error {
		if err := stillActs(ctx, tx, by); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, "delete from saved_filters where id = $1 returning name", id).Scan(&name)
		if err == pgx.ErrNoRows {
			return errNoFilter
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindFilterDelete, by: by, target: name})
	})
}
