package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// renderComments renders the next comments anew, as renderPosts does posts.
func (s *Store) renderComments(ctx context.Context, id int64) (more bool, err error) {
	rows, err := s.pool.Query(ctx, `select c.id, c.content, c.content_html from comments c
		where c.id > (select last_comment_id from renderings where renderer = $1) order by c.id limit $2`, id, renderingBatch)
	if err != nil {
		return false, Explain(err)
	}
	comments, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Comment, err error) {
		return c, row.Scan(&c.ID, &c.Content, &c.ContentHTML)
	})
	if err != nil || len(comments) == 0 {
		return false, Explain(err)
	}
	return true, s.keepRenderedComments(ctx, id, comments)
}

func (s *Store) keepRenderedComments(ctx context.Context, id int64, comments []Comment) error {
	var ids []int64
	var contents, htmls []string
	for _, c := range comments {
		made := &Comment{Content: c.Content}
		err := s.furnishComment(ctx, made)
		if ctx.Err() != nil {
			return Explain(ctx.Err())
		}
		if err != nil { // it could be shown once, and is shown as it was
			s.log.Warn("a comment cannot be rendered anew", "comment", c.ID, "error", err)
			continue
		}
		if made.ContentHTML != c.ContentHTML {
			ids, contents, htmls = append(ids, c.ID), append(contents, c.Content), append(htmls, made.ContentHTML)
		}
	}
	return s.whileRendering(ctx, func(tx pgx.Tx) error {
		if len(ids) > 0 {
			if _, err := tx.Exec(ctx, `with made as (
					select * from unnest($1::bigint[], $2::text[], $3::text[]) as m (id, content, html)
				), here as (
					select c.id from comments c join made m on m.id = c.id and m.content = c.content order by c.id for no key update of c
				)
				update comments c set content_html = m.html from made m join here on here.id = m.id where c.id = m.id`, ids, contents, htmls); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "update renderings set last_comment_id = $2 where renderer = $1", id, comments[len(comments)-1].ID)
		return err
	})
}
