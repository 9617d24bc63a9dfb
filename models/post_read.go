package models

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// ReadPost returns a post with its Markdown and its HTML, in one statement. What the reader may not read
// does not exist; nil is a visitor.
func (s *Store) ReadPost(ctx context.Context, by *User, id int64) (*Post, error) {
	p := &Post{ID: id, User: &User{}}
	err := s.pool.QueryRow(ctx, `select p.user_id, p.title, p.content, p.content_html, p.tags, p.status, p.visibility, p.publish_at, p.lang, p.comments_closed, p.revision, p.created_at, p.updated_at, p.published_at, u.username
		from posts p join users u on u.id = p.user_id where p.id = $1`, id).
		Scan(&p.UserID, &p.Title, &p.Content, &p.ContentHTML, (*[]string)(&p.Tags), &p.Status, &p.Visibility, &p.PublishAt, &p.Lang, &p.CommentsClosed, &p.Revision, &p.CreatedAt, &p.UpdatedAt, &p.PublishedAt, &p.User.Username)
	if err == pgx.ErrNoRows {
		return nil, errNoPost
	}
	if err != nil {
		return nil, Explain(err)
	}
	p.User.ID = p.UserID
	if err := readAuthors(ctx, s.pool, p); err != nil {
		return nil, Explain(err)
	}
	if !by.CanRead(p) {
		return nil, errNoPost
	}
	return p, nil
}

// Version names the state of the post, the same for every reader: it changes with each save, and with what is not the text: the
// tags, which editors rename, and the authors and their user names. The moments are those of the table, to the microsecond.
func (p *Post) Version() string {
	h := fnv.New64a()
	for _, part := range slices.Concat(p.Tags, []string{"", p.User.Username}, p.authorNames()) {
		h.Write([]byte(part + "\x00"))
	}
	return strconv.FormatInt(p.ID, 10) + "-" + strconv.Itoa(p.Revision) + "-" + strconv.FormatInt(p.UpdatedAt.UnixMicro(), 36) + "-" + strconv.FormatUint(h.Sum64(), 36)
}
