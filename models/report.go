package models

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// Report says that a reader found something wrong with a post. It is open until an admin settles it.
type Report struct {
	ID         int64
	PostID     int64
	Title      string // of the post
	By         *User  // only ID, Username and Name; nil: gone since
	Line       string
	CreatedAt  time.Time
	ClosedAt   *time.Time
	ClosedBy   string // the name of the admin; empty: gone since
	PostStatus string
}

// maxReport is how long the line of a report can be, in characters.
const maxReport = 300

var (
	// sayNoReport is for who reports a post without saying why.
	sayNoReport       = Say("Say in a line what is wrong.")
	sayReportedBefore = Say("You have reported this post already. An admin will look at it.")
)

// ReportPost tells the admins what a reader found wrong with a published post of somebody else. One report of a reader and a
// post can be open at a time, and a reader makes 20 in an hour at most.
func (s *Store) ReportPost(ctx context.Context, by *User, postID int64, said string) error {
	if by == nil {
		return ErrForbidden
	}
	said = line(said)
	switch n := utf8.RuneCountInString(said); {
	case blank(said):
		return Invalid{"line": sayNoReport}
	case n > maxReport:
		return Invalid{"line": Say("The line is too long: %d characters, and %d are the most.", n, maxReport)}
	case !printable(said):
		return Invalid{"line": Say("The line has characters that cannot be shown.")}
	}
	takeBack, err := s.try(ctx, throttleReport, "user "+formatID(by.ID))
	if err != nil {
		return err
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		var author int64
		var title string
		// The lock keeps the post from going between the look and the line in the log.
		err := tx.QueryRow(ctx, "select user_id, title from posts where id = $1 and status = 'published' for key share", postID).Scan(&author, &title)
		if err == pgx.ErrNoRows {
			return errNoPost
		}
		if err != nil {
			return err
		}
		if author == by.ID {
			return &Conflict{Say: Say("This is your own post.")}
		}
		tag, err := tx.Exec(ctx, "insert into reports (post_id, by_id, line) values ($1, $2, $3) on conflict (post_id, by_id) where closed_at is null do nothing", postID, by.ID, said)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return &Conflict{Say: sayReportedBefore}
		}
		return record(ctx, tx, entry{kind: kindReportCreate, by: by, targetKind: "post", targetID: postID, target: title, details: map[string]any{"line": said}})
	})
	if err != nil {
		return backAfter(ctx, takeBack, err)
	}
	return nil
}

// backAfter makes a try that came to nothing uncounted, and returns why it did.
func backAfter(ctx context.Context, takeBack takeBack, err error) error {
	if problem := takeBack(ctx); problem != nil {
		return problem
	}
	return err
}

// ReportedAt is when the reader reported the post; nil: there is no open report.
func (s *Store) ReportedAt(ctx context.Context, by *User, postID int64) (*time.Time, error) {
	var at *time.Time
	err := s.pool.QueryRow(ctx, "select max(created_at) from reports where post_id = $1 and by_id = $2 and closed_at is null", postID, by.ID).Scan(&at)
	return at, Explain(err)
}

// SettleReports closes the open reports of a post, or the one of an id. It returns how many were open: another admin may have
// been quicker.
func (s *Store) SettleReports(ctx context.Context, by *User, postID, id int64) (settled int, err error) {
	if !by.IsAdmin() {
		return 0, ErrForbidden
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1, '{}', 'admin')", by.ID); err != nil {
			return err
		}
		var title string
		err := tx.QueryRow(ctx, "select title from posts where id = $1 for key share", postID).Scan(&title)
		if err == pgx.ErrNoRows {
			return errNoPost
		}
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "update reports set closed_at = now(), closed_by_id = $3 where post_id = $1 and ($2 = 0 or id = $2) and closed_at is null returning line", postID, id, by.ID)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if settled = len(lines); err != nil || settled == 0 {
			return err
		}
		return record(ctx, tx, entry{kind: kindReportSettle, by: by, targetKind: "post", targetID: postID, target: title, details: map[string]any{"lines": lines}})
	})
	return settled, err
}

// mostReports is how many reports are read for one page.
const mostReports = 200

// OpenReports lists the open reports of posts, the oldest first.
func (s *Store) OpenReports(ctx context.Context, by *User, postIDs []int64) ([]Report, error) {
	return s.reports(ctx, by, "r.closed_at is null and r.post_id = any($2) order by r.id limit $1", mostReports, postIDs)
}

// SettledReports lists what admins settled last.
func (s *Store) SettledReports(ctx context.Context, by *User, limit int) ([]Report, error) {
	return s.reports(ctx, by, "r.closed_at is not null order by r.closed_at desc, r.id desc limit $1", limit)
}

func (s *Store) reports(ctx context.Context, by *User, which string, args ...any) ([]Report, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, `select r.id, r.post_id, p.title, p.status, u.id, u.username, u.name, r.line, r.created_at, r.closed_at, coalesce(c.name, '')
		from reports r join posts p on p.id = r.post_id left join users u on u.id = r.by_id left join users c on c.id = r.closed_by_id where `+which, args...)
	if err != nil {
		return nil, Explain(err)
	}
	reports, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Report, err error) {
		var id *int64
		var username, name *string
		err = row.Scan(&r.ID, &r.PostID, &r.Title, &r.PostStatus, &id, &username, &name, &r.Line, &r.CreatedAt, &r.ClosedAt, &r.ClosedBy)
		if id != nil && err == nil {
			r.By = &User{ID: *id, Username: *username, Name: *name}
		}
		return r, err
	})
	return reports, Explain(err)
}

// ReportedPosts counts the posts with open reports.
func (s *Store) ReportedPosts(ctx context.Context) (n int64, err error) {
	err = s.pool.QueryRow(ctx, "select count(distinct post_id) from reports where closed_at is null").Scan(&n)
	return n, Explain(err)
}
