package models

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"postroom/models/demo"
)

// notices loads who follows whom: who once thanked an author does; and what these, and the authors, were told of since. The last three days
// are not read yet.
func (l *demoLoad) notices(ctx context.Context, moves []demo.Move, ids []uuid.UUID) error {
	type pair struct{ by, author int }
	var follows [][]any
	var thanks []uuid.UUID
	known := map[pair]bool{}
	for i, m := range moves {
		if m.Kind != TransferThanks {
			continue
		}
		thanks = append(thanks, ids[i])
		if p := (pair{m.From, m.To}); !known[p] {
			known[p] = true
			follows = append(follows, []any{l.ids[m.From], l.ids[m.To], m.At})
		}
	}
	if _, err := l.tx.CopyFrom(ctx, pgx.Identifier{"follows"}, []string{"user_id", "author_id", "at"}, pgx.CopyFromRows(follows)); err != nil {
		return err
	}
	_, err := l.tx.Exec(ctx, `insert into notices (user_id, kind, post_id, comment_id, transfer_id, at, read_at)
		select x.user_id, x.kind, x.post_id, x.comment_id, x.transfer_id, x.at, case when x.at < $2::timestamptz - interval '3 days' then x.at + interval '5 hours' end from (
			select f.user_id, 'post' as kind, p.id as post_id, null::bigint as comment_id, null::uuid as transfer_id, p.published_at as at from follows f join posts p on p.user_id = f.author_id
			where f.author_id = any($3) and p.status = 'published' and p.visibility <> 'unlisted' and p.published_at > greatest(f.at, $2::timestamptz - interval '30 days')
			union all
			select c.user_id, 'thanks', null, null, t.id, t.at from transfers t join entries e on e.transfer_id = t.id and e.amount > 0 join accounts c on c.id = e.account_id
			where t.id = any($1) and t.at > $2::timestamptz - make_interval(secs => $4)
			union all
			select p.user_id, 'comment', null, c.id, null, c.created_at from comments c join posts p on p.id = c.post_id
			where p.user_id = any($3) and c.user_id <> p.user_id and c.shown and c.created_at > $2::timestamptz - make_interval(secs => $4)
			union all
			select o.user_id, 'reply', null, c.id, null, c.created_at from comments c join comments o on o.id = c.parent_id
			where o.user_id = any($3) and c.user_id <> o.user_id and c.shown and c.created_at > $2::timestamptz - make_interval(secs => $4)
		) x order by x.at on conflict do nothing`, thanks, l.people.End, l.ids, NoticeLife.Seconds())
	return err
}
