package models

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// PostPage is a post with what stands around it.
type PostPage struct {
	Post           Post
	Earlier, Later *Post           // the author's posts before and after it; only ID, Title and Lang are read
	Attached       []File          // its files that the text does not show; only ID, Name, Type and Size are read
	Thanks         decimal.Decimal // what readers gave for it, all in all
	Comments       int             // how many are shown
	InSeries       bool            // SeriesPlace says where

	Talk      *CommentList // nil: it was not asked for
	TalkAfter CommentPlace // where it begins
}

// PostPage reads a post for its page: one statement. What the reader may not read does not exist; of
// what is for members only visitors are told that.
func (s *Store) PostPage(ctx context.Context, by *User, id int64) (*PostPage, error) {
	page := &PostPage{}
	err := page.scan(s.pool.QueryRow(ctx, selectPostPage(by), id))
	return page.readBy(by, err)
}

// PostTalk is PostPage with a page of the post's comments, the oldest thread first. Of what is not shown readers find their own, who may hide
// finds what is hidden, and editors what is held. For who is signed in both statements travel together.
func (s *Store) PostTalk(ctx context.Context, by *User, id int64, after CommentPlace) (*PostPage, error) {
	if by == nil {
		return s.openTalk(ctx, id, after)
	}
	page := &PostPage{TalkAfter: after}
	var found []*Comment
	both := &pgx.Batch{}
	both.Queue(selectPostPage(by), id).QueryRow(page.scan)
	both.Queue(selectComments(by), commentArgs(by, id, after, mostComments+1)...).Query(func(rows pgx.Rows) (err error) {
		found, err = scanComments(rows, &page.Post)
		return err
	})
	page, err := page.readBy(by, s.pool.SendBatch(ctx, both).Close())
	if err == nil {
		page.Talk = threads(found)
		err = s.roots(ctx, by, &page.Post, page.Talk, after)
	}
	return page, err
}

// openTalk is PostTalk for visitors. They find what is shown, and under most posts there is none: then one statement is all.
func (s *Store) openTalk(ctx context.Context, id int64, after CommentPlace) (*PostPage, error) {
	page, err := s.PostPage(ctx, nil, id)
	if err != nil {
		return nil, err
	}
	var found []*Comment
	if page.Comments > 0 {
		found, err = s.commentsAfter(ctx, nil, &page.Post, after, mostComments+1)
	}
	page.TalkAfter, page.Talk = after, threads(found)
	if err == nil {
		err = s.roots(ctx, nil, &page.Post, page.Talk, after)
	}
	return page, err
}

func selectPostPage(by *User) string {
	return `select shown.id, shown.user_id, shown.title, shown.content_html, shown.excerpt, shown.words, shown.headings, shown.tags,
			shown.status, shown.visibility, shown.publish_at, shown.lang, shown.created_at, shown.updated_at, shown.published_at, shown.comments_closed, u.username, u.name, u.time_zone, coalesce(h.total, 0), coalesce(k.n, 0),
			e.id, e.title, e.lang, l.id, l.title, l.lang,
			coalesce((select jsonb_agg(jsonb_build_object('ID', f.id, 'Name', f.name, 'Type', f.type, 'Size', f.size) order by f.id) from files f where f.post_id = shown.id), '[]'),
			(select ` + authorsAsJSON + ` where a.post_id = shown.id), exists (select from series_posts s where s.post_id = shown.id)
		from posts shown join users u on u.id = shown.user_id left join post_thanks h on h.post_id = shown.id left join post_comments k on k.post_id = shown.id
		left join lateral (select p.id, p.title, p.lang from posts p where p.user_id = shown.user_id and ` + listedTo(by) + `
			and (p.published_at, p.id) < (shown.published_at, shown.id) order by p.published_at desc, p.id desc limit 1) e on true
		left join lateral (select p.id, p.title, p.lang from posts p where p.user_id = shown.user_id and ` + listedTo(by) + `
			and (p.published_at, p.id) > (shown.published_at, shown.id) order by p.published_at, p.id limit 1) l on true
		where shown.id = $1`
}

// scan reads what selectPostPage finds.
func (page *PostPage) scan(row pgx.Row) error {
	p := &page.Post
	p.User = &User{}
	var headings, attached, authors []byte
	var earlierID, laterID *int64
	var earlier, earlierLang, later, laterLang *string
	err := row.Scan(&p.ID, &p.UserID, &p.Title, &p.ContentHTML, &p.Excerpt, &p.Words, &headings, (*[]string)(&p.Tags), &p.Status, &p.Visibility, &p.PublishAt, &p.Lang, &p.CreatedAt, &p.UpdatedAt,
		&p.PublishedAt, &p.CommentsClosed, &p.User.Username, &p.User.Name, &p.User.TimeZone, &page.Thanks, &page.Comments, &earlierID, &earlier, &earlierLang, &laterID, &later, &laterLang, &attached, &authors, &page.InSeries)
	if err != nil {
		return err
	}
	p.User.ID = p.UserID
	if len(headings) > 2 {
		if err := json.Unmarshal(headings, &p.Headings); err != nil {
			return err
		}
	}
	if err := takeAuthors(authors, p); err != nil {
		return err
	}
	if page.Attached, err = attachedTo(p, attached); err != nil {
		return err
	}
	if !p.IsPublished() || p.Visibility == VisibilityUnlisted {
		return nil
	}
	if earlierID != nil {
		page.Earlier = &Post{ID: *earlierID, Title: *earlier, Lang: *earlierLang}
	}
	if laterID != nil {
		page.Later = &Post{ID: *laterID, Title: *later, Lang: *laterLang}
	}
	return nil
}

// readBy is the page for who may read it, where reading it went well.
func (page *PostPage) readBy(by *User, err error) (*PostPage, error) {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, errNoPost
	case err != nil:
		return nil, Explain(err)
	case by.CanRead(&page.Post):
		return page, nil
	case by == nil && page.Post.IsPublished():
		return nil, ErrMembersOnly
	}
	return nil, errNoPost
}
