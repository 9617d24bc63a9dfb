package models

import (
	"context"
	"encoding/json"
	"fmt"
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
	Count int64  // how many match, on all pages; -1: not counted
}

// walked is how many rows a page reads along the index of its order before it gives up and looks for all that match: where
// few do, or those who do stand at the other end, reading on would take longer than to find and sort them.
const walked = 1000

// Users lists users, with those who never posted. Where it comes for nothing, it counts all that match as well.
func (s *Store) Users(ctx context.Context, f UserFilter) (*UserList, error) {
	if err := f.allowed(); err != nil {
		return nil, err
	}
	q := f.query()
	switch {
	case q.conditions == nil, !q.sort.indexed && len(q.conditions) == 1 && q.conditions[0].table != "":
		return s.readUsers(ctx, q.all, f)
	case q.sort.indexed:
		if list, err := s.readUsers(ctx, q.walk, f); err != nil || len(list.Users) == f.Limit && list.Next != "" {
			return list, err
		}
	}
	return s.readUsers(ctx, q.search, f)
}

// CountUsers counts the users that match.
func (s *Store) CountUsers(ctx context.Context, f UserFilter) (n int64, err error) {
	if err := f.allowed(); err != nil {
		return 0, err
	}
	conditions, table := f.conditions(), "users"
	if len(conditions) == 1 && conditions[0].table != "" {
		table, conditions[0].sql = conditions[0].table, conditions[0].alone
	}
	where, args := bind(conditions, nil)
	err = s.pool.QueryRow(ctx, "select count(*) from "+table+" where "+where, planned(args)...).Scan(&n)
	return n, Explain(err)
}

// CountEach counts for each filter the users who match, reading all users once.
func (s *Store) CountEach(ctx context.Context, filters []UserFilter) ([]int64, error) {
	counts, columns, into := make([]int64, len(filters)), make([]string, len(filters)), make([]any, len(filters))
	var args []any
	for i, f := range filters {
		var where string
		where, args = bind(f.conditions(), args)
		columns[i], into[i] = "count(*) filter (where "+where+")", &counts[i]
	}
	err := s.pool.QueryRow(ctx, "select "+strings.Join(columns, ", ")+" from users", planned(args)...).Scan(into...)
	return counts, Explain(err)
}

// allowed reports what Public forbids, and a sort that there is not.
func (f UserFilter) allowed() error {
	sort, ok := userSorts[sortColumn(f.Sort)]
	if !ok {
		return Invalid{"sort": Say("The list cannot be sorted by this.")}
	}
	if f.Public && (sort.private || len(PrivateUserFilters(f.Query())) > 0) {
		return ErrForbidden
	}
	return nil
}

// planned makes PostgreSQL plan the statement for these values: a plan for any value would look for “a” as for a rare word.
func planned(args []any) []any { return append([]any{pgx.QueryExecModeCacheDescribe}, args...) }

// userQuery makes the statements of a list.
type userQuery struct {
	UserFilter
	sort               userSort
	direction, compare string
	conditions         []condition
}

func (f UserFilter) query() userQuery {
	q := userQuery{f, userSorts[sortColumn(f.Sort)], "asc", ">", f.conditions()}
	if strings.HasPrefix(f.Sort, "-") {
		q.direction, q.compare = "desc", "<"
	}
	return q
}

const userListColumns = "id, username, name, email, role, is_active, age, post_count, last_post_at, created_at, metadata, credits, suspended_until, last_seen_at, contacted_at"

// from asks for the rows behind the place in the list.
func (q userQuery) from(key string, args []any) (string, []any) {
	value, id, ok := q.place()
	if !ok {
		return "true", args
	}
	args = append(args, value, id)
	return fmt.Sprintf("(%s, id) %s ($%d::text::%s, $%d::bigint)", key, q.compare, len(args)-1, q.sort.kind, len(args)), args
}

func (q userQuery) order(key string) string {
	return fmt.Sprintf("order by %s %s, id %s", key, q.direction, q.direction)
}

// all reads everyone in order. Where there is no index, it sorts no more of each row than it must, by several processors; so it reads
// those with a part of their name, too, who are soon counted apart.
func (q userQuery) all() (string, []any) {
	if !q.sort.indexed {
		where, args := bind(q.conditions, nil)
		from, args := q.from(q.sort.expression, args)
		args = append(args, q.Limit+1)
		return fmt.Sprintf(`with page as (select id, %s as key from users where %s and %s %s limit $%d)
			select %s, key::text as place, -1::bigint from page join users using (id) %s`,
			q.sort.expression, where, from, q.order(q.sort.expression), len(args), userListColumns, q.order("key")), args
	}
	from, args := q.from(q.sort.expression, nil)
	args = append(args, q.Limit+1)
	return fmt.Sprintf("select %s, (%s)::text as place, -1::bigint from users where %s %s limit $%d", userListColumns, q.sort.expression, from, q.order(q.sort.expression), len(args)), args
}

// walk reads a number of rows along the index, and of these the ones that match.
func (q userQuery) walk() (string, []any) {
	var bounds []condition
	for _, c := range q.conditions {
		if c.sort == sortColumn(q.Sort) {
			bounds = append(bounds, c)
		}
	}
	bound, args := bind(bounds, nil)
	from, args := q.from(q.sort.expression, args)
	where, args := bind(q.conditions, args)
	args = append(args, walked, q.Limit+1)
	return fmt.Sprintf(`select %s, key::text as place, -1::bigint from (select *, %s as key from users where %s and %s %s limit $%d) users where %s %s limit $%d`,
		userListColumns, q.sort.expression, bound, from, q.order(q.sort.expression), len(args)-1, where, q.order("key"), len(args)), args
}

// search finds all that match, counts them, and sorts out those of the page. One reading of the table serves both.
func (q userQuery) search() (string, []any) {
	where, args := bind(q.conditions, nil)
	from, args := q.from("key", args)
	args = append(args, q.Limit+1)
	return fmt.Sprintf(`with found as materialized (select id, %s as key from users where %s),
		page as (select id, key from found where %s %s limit $%d)
		select %s, key::text as place, (select count(*) from found) from page join users using (id) %s`,
		q.sort.expression, where, from, q.order("key"), len(args), userListColumns, q.order("key")), args
}

func (s *Store) readUsers(ctx context.Context, statement func() (string, []any), f UserFilter) (*UserList, error) {
	sql, args := statement()
	rows, err := s.pool.Query(ctx, sql, planned(args)...)
	if err != nil {
		return nil, Explain(err)
	}
	list := &UserList{Count: -1}
	list.Users, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (UserRow, error) {
		var u UserRow
		var metadata []byte
		err := row.Scan(&u.ID, &u.Username, &u.Name, &u.Email, &u.Role, &u.IsActive, &u.Age, &u.PostCount, &u.LastPostAt, &u.CreatedAt, &metadata, &u.Credits,
			&u.SuspendedUntil, &u.LastSeenAt, &u.ContactedAt, &u.place, &list.Count)
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
	} else if f.After == "" {
		list.Count = int64(len(list.Users)) // they are all here
	}
	return list, nil
}
