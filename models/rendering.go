package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// renderingVersion counts the changes of what Render and RenderComment make of a text. With each, the posts and comments that are there
// are rendered anew.
const renderingVersion = 3

// rendering is the job that does so.
const rendering = "rendering"

var renderingDue = fmt.Sprintf("select %d::bigint where not exists (select from renderings where renderer = %[1]d and ended_at is not null)", renderingVersion)

// renderingBatch is how many posts or comments are rendered at a time.
const renderingBatch = 50

// renderAnew goes over all posts and then all comments, in the order of their ids, and keeps what is made of them now. What people see
// besides stays: nothing counts as changed by it, and no page that is kept or follows is told.
func (s *Store) renderAnew(ctx context.Context, id int64) error {
	if _, err := s.pool.Exec(ctx, "insert into renderings (renderer) values ($1) on conflict do nothing", id); err != nil {
		return Explain(err)
	}
	for _, next := range []func(context.Context, int64) (more bool, err error){s.renderPosts, s.renderComments} {
		if err := inTurns(ctx, func() (bool, error) { return next(ctx, id) }); err != nil {
			return err
		}
	}
	_, err := s.pool.Exec(ctx, "update renderings set ended_at = now() where renderer = $1 and ended_at is null", id)
	return Explain(err)
}

// inTurns does what there is to do, again and again while there is more.
func inTurns(ctx context.Context, do func() (more bool, err error)) error {
	for {
		begun := time.Now()
		if more, err := do(); err != nil || !more {
			return err
		}
		select {
		case <-time.After(time.Since(begun)): // half of one processor is enough: nobody waits for it
		case <-ctx.Done():
			return Explain(ctx.Err())
		}
	}
}

// renderPosts renders the next posts anew. more is false where there was none.
func (s *Store) renderPosts(ctx context.Context, id int64) (more bool, err error) {
	posts, err := s.nextToRender(ctx, id)
	if err != nil || len(posts) == 0 {
		return false, err
	}
	return true, s.keepRendered(ctx, id, posts)
}

func (s *Store) nextToRender(ctx context.Context, id int64) ([]Post, error) {
	rows, err := s.pool.Query(ctx, `select p.id, p.content, p.content_html, p.excerpt, p.words, p.headings from posts p
		where p.id > (select last_id from renderings where renderer = $1) order by p.id limit $2`, id, renderingBatch)
	if err != nil {
		return nil, Explain(err)
	}
	posts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Post, err error) {
		return p, row.Scan(&p.ID, &p.Content, &p.ContentHTML, &p.Excerpt, &p.Words, &p.Headings)
	})
	return posts, Explain(err)
}

// keepRendered keeps the new rendering of the posts whose text is still the one that was rendered, and how far the job is.
func (s *Store) keepRendered(ctx context.Context, id int64, posts []Post) error {
	var ids []int64
	var contents, htmls, excerpts, headings []string
	var words []int
	files, err := s.filesOfAll(ctx, posts)
	if err != nil {
		return err
	}
	for _, post := range posts {
		made, err := s.Render(ctx, post.Content, files[post.ID])
		if ctx.Err() != nil {
			return Explain(ctx.Err())
		}
		if err != nil { // it could be shown once, and is shown as it was
			s.log.Warn("a post cannot be rendered anew", "post", post.ID, "error", err)
			continue
		}
		if made.HTML == post.ContentHTML && made.Excerpt == post.Excerpt && made.Words == post.Words && slices.Equal(made.Headings, post.Headings) {
			continue
		}
		list, err := json.Marshal(append([]Heading{}, made.Headings...))
		if err != nil {
			return err
		}
		ids, contents, htmls = append(ids, post.ID), append(contents, post.Content), append(htmls, made.HTML)
		excerpts, words, headings = append(excerpts, made.Excerpt), append(words, made.Words), append(headings, string(list))
	}
	last := posts[len(posts)-1].ID
	return s.whileRendering(ctx, func(tx pgx.Tx) error {
		if len(ids) > 0 {
			if _, err := tx.Exec(ctx, `with made as (
					select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[]) as m (id, content, html, excerpt, words, headings)
				), here as (
					select p.id from posts p join made m on m.id = p.id and m.content = p.content order by p.id for no key update of p
				)
				update posts p set content_html = m.html, excerpt = m.excerpt, words = m.words, headings = m.headings::jsonb
				from made m join here on here.id = m.id where p.id = m.id`, ids, contents, htmls, excerpts, words, headings); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "update renderings set last_id = $2 where renderer = $1", id, last)
		return err
	})
}

// whileRendering writes what was rendered anew: the triggers that tell of changes leave it out.
func (s *Store) whileRendering(ctx context.Context, write func(tx pgx.Tx) error) error {
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local postroom.rendering = 'on'"); err != nil {
			return err
		}
		return write(tx)
	})
}
