package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// The kinds of notices.
const (
	NoticePost    = "post"    // a new post of an author whom the user follows
	NoticeMention = "mention" // a post or a comment names the user
	NoticeAuthor  = "author"  // somebody made the user one of a post's authors
	NoticeComment = "comment" // a comment on a post of the user's
	NoticeReply   = "reply"   // an answer in a thread in which the user wrote
	NoticeThanks  = "thanks"  // somebody gave the user credits
)

// NoticeLife is how long notices are kept.
const NoticeLife = 90 * 24 * time.Hour

// MaxUnread is how far unread notices are counted.
const MaxUnread = 100

// Notice tells a user of something. What it is about may change, or be closed to them later: then it is not shown.
type Notice struct {
	ID         int64
	Kind       string
	At         time.Time
	ReadAt     *time.Time
	By         *User           // who did it; only ID, Username and Name; nil: gone since
	Post       *Post           // only ID, Title and Lang; nil: none, or gone
	TransferID uuid.UUID       // of thanks
	Amount     decimal.Decimal // of thanks
	CommentID  int64           // 0: it is about no comment
	Note       string          // what was written with thanks; how a comment begins
}

// IsRead reports whether the user has seen it.
func (n *Notice) IsRead() bool { return n.ReadAt != nil }

// Path is the address of what it is about.
func (n *Notice) Path() string {
	switch {
	case n.Kind == NoticeThanks:
		return "/transfers/" + n.TransferID.String()
	case n.CommentID != 0:
		return (&Comment{ID: n.CommentID}).Path()
	}
	return n.Post.Path()
}

// Say says what has happened.
func (n *Notice) Say() Sentence {
	who := Say("Somebody who is gone")
	if n.By != nil {
		who = Say("%s", n.By.Name)
	}
	title := ""
	if n.Post != nil {
		title = n.Post.Title
	}
	switch {
	case n.Kind == NoticePost:
		return Say("%s: a new post, “%s”", who, title)
	case n.Kind == NoticeComment:
		return Say("%s comments on “%s”", who, title)
	case n.Kind == NoticeReply:
		return Say("%s replies below your comment on “%s”", who, title)
	case n.Kind == NoticeMention && n.CommentID != 0:
		return Say("%s mentions you in a comment on “%s”", who, title)
	case n.Kind == NoticeMention:
		return Say("%s mentions you in “%s”", who, title)
	case n.Kind == NoticeAuthor:
		return Say("%s makes you one of the authors of “%s”", who, title)
	case title != "":
		return Say("%s thanks you with %.2f credits for “%s”", who, n.Amount.InexactFloat64(), title)
	}
	return Say("%s thanks you with %.2f credits", who, n.Amount.InexactFloat64())
}

// shownNotices is the condition of the notices n that their user may see: not those of posts that are no longer there for them.
const shownNotices = `(n.post_id is null or exists (select from posts s where s.id = n.post_id and case n.kind
		when 'author' then exists (select from post_authors a where a.post_id = s.id and a.user_id = n.user_id)
		when 'post' then s.status = 'published' and s.visibility <> 'unlisted'
		else s.status = 'published' end))
	and (n.comment_id is null or exists (select from comments c join posts s on s.id = c.post_id where c.id = n.comment_id and c.shown and s.status = 'published'))`

// NoticeList says which notices to list, the newest first.
type NoticeList struct {
	Unread bool  // those alone
	Below  int64 // of those with a lower id; 0: all
	Limit  int
}

// followedAuthor is whom of the authors of a post p the user of a notice n follows: the owner, or else the first of the others.
const followedAuthor = `(select f.author_id from follows f where f.user_id = n.user_id
	and (f.author_id = p.user_id or exists (select from post_authors o where o.post_id = p.id and o.user_id = f.author_id)) order by f.author_id <> p.user_id, f.author_id limit 1)`

const noticesSQL = `select n.id, n.kind, n.at, n.read_at, w.id, w.username, w.name, p.id, p.title, p.lang, t.id, coalesce(t.amount, 0), coalesce(k.id, 0), coalesce(t.note, left(k.content_html, 4000), '')
	from notices n left join transfers t on t.id = n.transfer_id left join comments k on k.id = n.comment_id left join posts p on p.id = coalesce(n.post_id, k.post_id, t.post_id)
	left join post_authors a on n.kind = 'author' and a.post_id = n.post_id and a.user_id = n.user_id
	left join users w on w.id = case n.kind when 'thanks' then t.actor_id when 'author' then a.added_by_id when 'post' then coalesce(` + followedAuthor + `, p.user_id) else coalesce(k.user_id, p.user_id) end
	where n.user_id = $1 and `

// NewestNotice is the id of the last of which the user was told, up to which all can be marked as read; 0: there is none.
func (s *Store) NewestNotice(ctx context.Context, by *User) (id int64, err error) {
	if by == nil {
		return 0, ErrForbidden
	}
	err = s.pool.QueryRow(ctx, "select coalesce(max(id), 0) from notices where user_id = $1", by.ID).Scan(&id)
	return id, Explain(err)
}

// Notices lists what the user is told of. more is true where there are further ones.
func (s *Store) Notices(ctx context.Context, by *User, list NoticeList) (notices []Notice, more bool, err error) {
	if by == nil {
		return nil, false, ErrForbidden
	}
	where := shownNotices + " and ($2 = 0 or n.id < $2)"
	if list.Unread {
		where += " and n.read_at is null"
	}
	rows, err := s.pool.Query(ctx, noticesSQL+where+" order by n.id desc limit $3", by.ID, list.Below, list.Limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	notices, err = pgx.CollectRows(rows, scanNotice)
	if more = len(notices) > list.Limit; more {
		notices = notices[:list.Limit]
	}
	return notices, more, Explain(err)
}

func scanNotice(row pgx.CollectableRow) (n Notice, err error) {
	var who, post *int64
	var username, name, title, lang *string
	var transfer *uuid.UUID
	err = row.Scan(&n.ID, &n.Kind, &n.At, &n.ReadAt, &who, &username, &name, &post, &title, &lang, &transfer, &n.Amount, &n.CommentID, &n.Note)
	if who != nil {
		n.By = &User{ID: *who, Username: *username, Name: *name}
	}
	if n.CommentID != 0 {
		words, _ := paragraphsOf(n.Note)
		n.Note = excerpt(words)
	}
	if post != nil {
		n.Post = &Post{ID: *post, Title: *title, Lang: *lang}
	}
	if transfer != nil {
		n.TransferID = *transfer
	}
	return n, err
}

// UnreadNotices counts what the user has not seen yet, up to MaxUnread.
func (s *Store) UnreadNotices(ctx context.Context, by *User) (n int, err error) {
	if by == nil {
		return 0, nil
	}
	err = s.pool.QueryRow(ctx, "select count(*) from (select from notices n where n.user_id = $1 and n.read_at is null and "+shownNotices+" order by n.id desc limit $2) x",
		by.ID, MaxUnread).Scan(&n)
	return n, Explain(err)
}

// Notice returns a notice of the user's own.
func (s *Store) Notice(ctx context.Context, by *User, id int64) (*Notice, error) {
	if by == nil {
		return nil, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, noticesSQL+shownNotices+" and n.id = $2", by.ID, id)
	if err != nil {
		return nil, Explain(err)
	}
	notice, err := pgx.CollectExactlyOneRow(rows, scanNotice)
	if err == pgx.ErrNoRows {
		return nil, errNoNotice
	}
	return &notice, Explain(err)
}

// OpenNotice returns a notice of the user's own, which is read from now on.
func (s *Store) OpenNotice(ctx context.Context, by *User, id int64) (*Notice, error) {
	notice, err := s.Notice(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if !notice.IsRead() {
		_, err = s.ReadNotices(ctx, by, []int64{id})
	}
	return notice, err
}

// ReadNotices marks the user's notices of these ids as read, and returns how many were not.
func (s *Store) ReadNotices(ctx context.Context, by *User, ids []int64) (int64, error) {
	return s.readNotices(ctx, by, "n.id = any($2)", ids)
}

// ReadNoticesUpTo marks the user's notices as read, up to the one of an id: those that came since then were not seen. It returns how many
// were not read.
func (s *Store) ReadNoticesUpTo(ctx context.Context, by *User, id int64) (int64, error) {
	return s.readNotices(ctx, by, "n.id <= $2", id)
}

// ReadNoticesOf marks as read what the user is told of a post and of these comments on it, which they see now. It returns how many were
// not read; where none was, nothing is written.
func (s *Store) ReadNoticesOf(ctx context.Context, by *User, post int64, comments []int64) (int64, error) {
	return s.readNotices(ctx, by, "(n.post_id = $2 or n.comment_id = any($3))", post, comments)
}

// readNotices also tells the user's other open pages. What is not shown to them now they have not read.
func (s *Store) readNotices(ctx context.Context, by *User, which string, args ...any) (n int64, err error) {
	if by == nil {
		return 0, ErrForbidden
	}
	err = s.pool.QueryRow(ctx, `with seen as (update notices n set read_at = clock_timestamp() where n.user_id = $1 and n.read_at is null and `+which+" and "+shownNotices+` returning 1)
		select count(*), case when count(*) > 0 then tell('notice', null, $1)::text end from seen`, append([]any{by.ID}, args...)...).Scan(&n, new(any))
	return n, Explain(err)
}
