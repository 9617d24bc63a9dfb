package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// comments loads what was said about posts. Their ids follow their dates.
func (l *demoLoad) comments(ctx context.Context) error {
	list := l.people.Comments()
	if len(list) == 0 {
		return nil
	}
	rows, err := l.tx.Query(ctx, "select nextval(pg_get_serial_sequence('comments', 'id')) from generate_series(1, $1)", len(list))
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	rendered := map[string]string{}
	var hidden []int
	for i := range list {
		if text := list[i].Content; rendered[text] == "" {
			if rendered[text], err = RenderComment(text); err != nil {
				return err
			}
		}
		if list[i].Hidden != "" {
			hidden = append(hidden, i)
		}
	}
	if _, err := l.tx.CopyFrom(ctx, pgx.Identifier{"comments"}, []string{"id", "post_id", "user_id", "parent_id", "content", "content_html", "created_at", "updated_at"},
		pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
			c := &list[i]
			var parent *int64
			if c.Answers >= 0 {
				parent = &ids[c.Answers]
			}
			return []any{ids[i], l.postID(c.Post), l.ids[c.Person], parent, c.Content, rendered[c.Content], c.At, c.At}, nil
		})); err != nil {
		return err
	}
	for _, i := range hidden { // a few
		if _, err := l.tx.Exec(ctx, "insert into comment_hides (comment_id, by_id, reason, at) select $1, p.user_id, $3, $4 from posts p where p.id = $2",
			ids[i], l.postID(list[i].Post), list[i].Hidden, list[i].At); err != nil {
			return err
		}
	}
	return nil
}
