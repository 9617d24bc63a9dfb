package models

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// changingTag is the job that changes the posts of a tag.
const changingTag = "tag change"

// tagChangesDue are the changes under way, and those that stand while a post has the old tag: it was being saved as the change began, or
// was deleted before and brought back.
const tagChangesDue = `select id from tag_changes where state in ('running', 'undoing')
	union select max(c.id) from tag_changes c join tag_counts k on k.tag = c.tag and k.open + k.members + k.hidden > 0
	where c.state = 'done' and tag_now(c.tag) <> c.tag group by c.tag`

// runTagChange is the job. What it does is seen in the posts themselves: whoever takes it up goes on with those that are left.
func (s *Store) runTagChange(ctx context.Context, id int64) error {
	change, err := scanTagChange(s.pool.QueryRow(ctx, "select "+tagChangeColumns+" from tag_changes where id = $1", id))
	if err != nil {
		return Explain(err)
	}
	due, step, end := dueToMove, moveTag, "update tag_changes set state = 'done' where id = $1 and state = 'running'"
	switch change.State {
	case "undone":
		return nil
	case "undoing":
		due, step, end = dueToGiveBack, giveTagBack, "update tag_changes set state = 'undone' where id = $1 and state = 'undoing'"
	}
	for {
		if err := s.foldPosts(ctx, 0); err != nil {
			return err
		}
		rows, err := s.pool.Query(ctx, due, pgx.NamedArgs{"change": id, "tag": change.Tag})
		if err != nil {
			return Explain(err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return Explain(err)
		}
		if len(ids) == 0 {
			_, err := s.pool.Exec(ctx, end, id)
			s.events.changed()
			return Explain(err)
		}
		if err := s.stepTagChange(ctx, change, ids, step); err != nil {
			return err
		}
	}
}

// stepTagChange does a step with the posts of the ids, in batches that hold their locks for a short while.
func (s *Store) stepTagChange(ctx context.Context, change *TagChange, ids []int64, step string) error {
	for size := firstBatch; len(ids) > 0; {
		n := min(size, len(ids))
		took, err := s.inBatch(ctx, paceOf(n), func(b *actBatch) error {
			b.args = pgx.NamedArgs{"change": change.ID, "tag": change.Tag, "into": change.Into, "ids": ids[:n], "most": maxTags}
			if err := b.query(ctx, "select set_config('postroom.retag', 'on', true)", nil); err != nil {
				return err
			}
			// The authors first, as whoever saves a post locks them.
			if err := b.query(ctx, "select 1 from users where id in (select user_id from posts where id = any(@ids)) order by id for key share", nil); err != nil {
				return err
			}
			return b.query(ctx, step, nil)
		})
		if errors.Is(err, errTooSlow) && n > 1 {
			size = max(1, n/2)
			continue
		}
		if err != nil {
			return Explain(err)
		}
		s.events.changed()
		ids = ids[n:]
		size = nextBatch(n, took)
	}
	return nil
}

const (
	dueToMove = `select l.post_id from post_lines l join posts p on p.id = l.post_id where l.tags @> array[@tag::text] and p.tags @> array[@tag::text]
		and exists (select from tag_changes where id = @change and stands) order by 1`

	// moveTag notes which posts had which of the tags, and gives them the new one. Where that one is there by other changes alone, it is not
	// the post's own.
	moveTag = `with change as (select from tag_changes where id = @change and stands for no key update),
		mine as materialized (select p.id, p.tags from posts p where p.id = any(@ids) and p.tags @> array[@tag::text] and exists (select from change) order by p.id for no key update),
		noted as (
			insert into tag_moves (change_id, post_id, place, had)
			select @change, m.id, array_position(m.tags, @tag::text), @into = any(m.tags) and not exists (
				select from tag_moves o join tag_changes c on c.id = o.change_id and c.into_tag = @into and c.stands where o.post_id = m.id and not o.had and not o.is_back)
			from mine m on conflict (change_id, post_id) do update set place = excluded.place, had = excluded.had, is_back = false
			returning post_id, xmax = 0 as fresh),
		moved as (
			update posts p set tags = case when @into = any(m.tags) then array_remove(m.tags, @tag::text) else array_replace(m.tags, @tag::text, @into::text) end
			from mine m where p.id = m.id)
		update tag_changes t set posts = t.posts + x.posts, twice = t.twice + x.twice
		from (select count(*) as posts, count(*) filter (where @into = any(m.tags)) as twice from mine m join noted n on n.post_id = m.id and n.fresh) x where t.id = @change`

	dueToGiveBack = "select post_id from tag_moves where change_id = @change and not is_back order by 1"

	// giveTagBack: who removed the new tag since does not get the old one. The new one stays where it was the post's own, or came by
	// another change as well.
	giveTagBack = `with mine as materialized (
			select p.id, p.tags, v.place, v.had or exists (select from tag_moves o join tag_changes c on c.id = o.change_id and c.into_tag = @into and c.stands
				where o.post_id = p.id and o.change_id <> @change and not o.is_back) as keeps
			from posts p join tag_moves v on v.post_id = p.id and v.change_id = @change
			where p.id = any(@ids) and not v.is_back and p.tags @> array[@into::text] order by p.id for no key update of p),
		given as (
			update posts p set tags = case when @tag = any(m.tags) then case when m.keeps then m.tags else array_remove(m.tags, @into::text) end
				when m.keeps then m.tags[:m.place - 1] || @tag::text || m.tags[m.place:] else array_replace(m.tags, @into::text, @tag::text) end
			from mine m where p.id = m.id and (not m.keeps or @tag = any(m.tags) or cardinality(m.tags) < @most) returning p.id),
		done as (update tag_moves set is_back = true where change_id = @change and post_id = any(@ids) and not is_back)
		update tag_changes set back = back + (select count(*) from given) where id = @change and exists (select from given)`
)

// eraseTagMoves forgets what was kept to take changes back whose time is over. Of a tag that two changes gave to a post, it is the post's own
// for the one that can still be undone.
func (s *Store) eraseTagMoves(ctx context.Context) error {
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		const over = "select id from tag_changes where undo_until < now() and state in ('done', 'undone')"
		if _, err := tx.Exec(ctx, `update tag_moves n set had = true from tag_changes c, tag_moves o, tag_changes e
			where c.id = n.change_id and o.post_id = n.post_id and o.change_id <> n.change_id and e.id = o.change_id and e.into_tag = c.into_tag
			and o.change_id in (`+over+`) and not o.is_back and not n.had`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "delete from tag_moves where change_id in ("+over+")")
		return err
	})
}
