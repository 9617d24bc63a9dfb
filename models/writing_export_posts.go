package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// exportedPost is a post with what binds it to others.
type exportedPost struct {
	Post
	ties writtenTies
}

// exportedPosts reads posts of the user. Of series those of the user's own count, and in them the user's own posts: what others put together
// is theirs. A series is described with the first of these.
func (s *Store) exportedPosts(ctx context.Context, by *User, ids []int64) ([]exportedPost, error) {
	rows, err := s.pool.Query(ctx, `select p.id, p.title, p.content, p.tags, p.status, p.visibility, p.publish_at, p.lang, p.comments_closed, p.created_at, p.updated_at, p.published_at,
			coalesce(s.title, ''), coalesce(s.twin, 0), coalesce(s.part, 0), case when s.part = 1 then s.description else '' end, coalesce(s.part = 1 and not s.is_active, false)
		from posts p left join lateral (
			select s.title, s.description, s.is_active, (select count(*) from series t where t.user_id = s.user_id and t.title = s.title and t.id <= s.id) as twin,
				(select count(*) from series_posts o join posts q on q.id = o.post_id
					where o.series_id = s.id and q.user_id = p.user_id and (o.position, o.id) <= (k.position, k.id)) as part
			from series_posts k join series s on s.id = k.series_id where k.post_id = p.id and s.user_id = p.user_id) s on true
		where p.id = any($1) and p.user_id = $2 order by p.id`, ids, by.ID)
	if err != nil {
		return nil, Explain(err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p exportedPost, err error) {
		err = row.Scan(&p.ID, &p.Title, &p.Content, (*[]string)(&p.Tags), &p.Status, &p.Visibility, &p.PublishAt, &p.Lang, &p.CommentsClosed, &p.CreatedAt, &p.UpdatedAt, &p.PublishedAt,
			&p.ties.series.title, &p.ties.series.twin, &p.ties.part, &p.ties.description, &p.ties.closed)
		return p, err
	})
	if err != nil {
		return nil, Explain(err)
	}
	posts := make([]*Post, len(found))
	for i := range found {
		posts[i] = &found[i].Post
	}
	return found, Explain(readAuthors(ctx, s.pool, posts...))
}
