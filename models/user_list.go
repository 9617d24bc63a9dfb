package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// UserRow is a user in a list.
type UserRow struct {
	User
	place string
}

// UserList is a page of users.
type UserList struct {
	Users []UserRow
	Next  string // the place after which the next page begins; empty: this is the last
}

// Users lists users, with those who never posted.
func (s *Store) Users(ctx context.Context, f UserFilter) (*UserList, error) {
	sort, descending := strings.CutPrefix(f.Sort, "-")
	column, ok := userSorts[sort]
	if !ok {
		return nil, Invalid{"sort": Say("The list cannot be sorted by this.")}
	}
	if f.Public && (f.Role != "" || f.Active != nil || f.AgeMin != nil || f.AgeMax != nil || len(f.Metadata) > 0 || slices.Contains(privateSorts, sort)) {
		return nil, ErrForbidden
	}
	where, args := f.where()
	direction, compare := "asc", ">"
	if descending {
		direction, compare = "desc", "<"
	}
	if value, id, ok := f.place(); ok {
		args = append(args, value, id)
		where += fmt.Sprintf(" and (%s, id) %s ($%d::text::%s, $%d)", column.expression, compare, len(args)-1, column.kind, len(args))
	}
	args = append(args, f.Limit+1)
	rows, err := s.pool.Query(ctx, fmt.Sprintf(`select id, username, name, email, role, is_active, age, post_count, last_post_at, created_at, metadata, credits, (%[1]s)::text as place
		from users where %[2]s order by %[1]s %[3]s, id %[3]s limit $%[4]d`, column.expression, where, direction, len(args)), args...)
	if err != nil {
		return nil, Explain(err)
	}
	list := &UserList{}
	list.Users, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (UserRow, error) {
		var u UserRow
		var metadata []byte
		err := row.Scan(&u.ID, &u.Username, &u.Name, &u.Email, &u.Role, &u.IsActive, &u.Age, &u.PostCount, &u.LastPostAt, &u.CreatedAt, &metadata, &u.Credits, &u.place)
		if err == nil {
			err = json.Unmarshal(metadata, &u.Metadata)
		}
		return u, err
	})
	if err != nil {
		return nil, Explain(err)
	}
	if len(list.Users) > f.Limit {
		list.Users = list.Users[:f.Limit]
		last := list.Users[f.Limit-1]
		list.Next = last.place + "~" + formatID(last.ID)
	}
	return list, nil
}

// CountUsers counts the users that match.
func (s *Store) CountUsers(ctx context.Context, f UserFilter) (n int64, err error) {
	where, args := f.where()
	err = s.pool.QueryRow(ctx, "select count(*) from users where "+where, args...).Scan(&n)
	return n, Explain(err)
}
