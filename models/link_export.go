package models

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// LinkExport says for whom to make one-time links: for the users of a filter who have no password yet, or for all of them.
// Deactivated users get none, and neither does who asks.
type LinkExport struct {
	Users  UserFilter
	Import int64 // those alone whom this import has made; 0: whoever made them
	All    bool
	Link   func(token string) string // makes a token a whole address
}

// linkBatch is for how many users links are made in one transaction.
const linkBatch = 2000

// linkable is the condition on who gets a link.
func (e *LinkExport) linkable(by *User) (where string, args []any) {
	where, args = e.Users.where()
	where = "(" + where + ") and is_active"
	if !e.All {
		where += " and password_hash = ''"
	}
	if e.Import != 0 {
		args = append(args, e.Import)
		where += " and id in (select r.target_id from imports i join act_rows r on r.act_id = i.act_id where i.id = $" + strconv.Itoa(len(args)) + " and r.op = 'insert')"
	}
	if by != nil {
		args = append(args, by.ID)
		where += " and id <> $" + strconv.Itoa(len(args))
	}
	return where, args
}

// CountLinks counts the users who would get a link.
func (s *Store) CountLinks(ctx context.Context, by *User, e LinkExport) (n int64, err error) {
	where, args := e.linkable(by)
	err = s.pool.QueryRow(ctx, "select count(*) from users where "+where, args...).Scan(&n)
	return n, Explain(err)
}

// ExportLinks makes the links and writes them as CSV, each piece once its links are kept; it returns how many. Earlier links
// of these users end. What is made when the reader goes away stays made, and ends by itself: who asks again gets new ones.
// by is an admin, or nil where the operator of the server asks.
func (s *Store) ExportLinks(ctx context.Context, by *User, e LinkExport, w io.Writer) (n int64, err error) {
	if by != nil && !by.IsAdmin() {
		return 0, ErrForbidden
	}
	if by != nil {
		if err := stillActs(ctx, s.pool, by); err != nil {
			return 0, Explain(err)
		}
	}
	ends := time.Now().Add(LinkLife).UTC().Truncate(time.Second)
	buf := appendCSVHead(nil, [][]byte{[]byte("username"), []byte("email"), []byte("name"), []byte("link"), []byte("ends_at")})
	for last := int64(0); ; {
		made, err := s.makeLinks(ctx, by, e, last, ends)
		if err != nil {
			return n, err
		}
		for _, one := range made {
			for _, text := range []string{one.Username, one.Email, one.Name, e.Link(one.token)} {
				buf = append(appendCSVText(buf, []byte(text)), ',')
			}
			buf = append(ends.AppendFormat(buf, time.RFC3339), '\n')
			last = one.ID
		}
		n += int64(len(made))
		if _, err := w.Write(buf); err != nil {
			return n, err
		}
		if buf = buf[:0]; len(made) < linkBatch {
			return n, nil
		}
	}
}

type madeLink struct {
	User
	token string
}

// makeLinks makes the links of the next users after the id last. The first are made together with the line in the log.
func (s *Store) makeLinks(ctx context.Context, by *User, e LinkExport, last int64, ends time.Time) (made []madeLink, err error) {
	where, args := e.linkable(by)
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		made = nil // where the transaction is tried again
		if last == 0 {
			var count int64
			if err := tx.QueryRow(ctx, "select count(*) from users where "+where, args...).Scan(&count); err != nil {
				return err
			}
			details := map[string]any{"rows": count, "all": e.All, "filter": e.query().Encode()}
			if e.Import != 0 {
				details["import"] = e.Import
			}
			if err := record(ctx, tx, entry{kind: kindExportLinks, by: by, details: details}); err != nil {
				return err
			}
		}
		// The lock keeps each as they are found: nobody is deactivated between the look and the link.
		n := strconv.Itoa(len(args) + 1)
		rows, err := tx.Query(ctx, "select id, username, email, name from users where "+where+" and id > $"+n+" order by id limit "+strconv.Itoa(linkBatch)+" for no key update",
			append(args[:len(args):len(args)], last)...)
		if err != nil {
			return err
		}
		made, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (one madeLink, err error) {
			one.token = newToken()
			return one, row.Scan(&one.ID, &one.Username, &one.Email, &one.Name)
		})
		if err != nil {
			return err
		}
		ids, hashes := make([]int64, len(made)), make([][]byte, len(made))
		for i, one := range made {
			ids[i], hashes[i] = one.ID, tokenHash(one.token)
		}
		if _, err := tx.Exec(ctx, "delete from links where user_id = any($1)", ids); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "insert into links (user_id, token_hash, expires_at) select u, h, $3 from unnest($1::bigint[], $2::bytea[]) x(u, h)", ids, hashes, ends)
		if err != nil {
			return err
		}
		return recordUsers(ctx, tx, kindLinkCreate, by, ids)
	})
	return made, err
}

// query is the filter without what only a list has.
func (e *LinkExport) query() url.Values {
	query := e.Users.Query()
	query.Del("sort")
	query.Del("limit")
	return query
}
