package models

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"
)

// CommitWriting begins to do what the rehearsal showed. Where the user's posts have changed since so that it would come out differently,
// nothing is done, and it is rehearsed again. Asked for twice it is done once.
func (s *Store) CommitWriting(ctx context.Context, by *User, id int64) error {
	w, err := s.Writing(ctx, by, id)
	if err != nil {
		return err
	}
	switch {
	case w.State == ImportCommitting, w.State == ImportCommitted:
		return nil
	case w.State == ImportRehearsed && w.Created == 0:
		return &Conflict{Say: Say("There is nothing to do: no file would become a post.")}
	}
	origin, err := json.Marshal(originOf(ctx))
	if err != nil {
		return err
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		return moveWritingIn(ctx, tx, id, []string{ImportRehearsed}, ImportCommitting, "differs = false, origin = $4::jsonb", string(origin))
	})
	if errors.Is(err, errImportStopped) {
		return &Conflict{Say: Say("Only an import that was rehearsed can be committed.")}
	}
	if err == nil {
		s.startJob("writing", id)
	}
	return err
}

// postsAtOnce is how many posts a statement of a commit makes.
const postsAtOnce = 200

// makeWritten makes posts of files, whose ids are chosen already. What has come meanwhile is published with its own moment.
const makeWritten = `insert into posts (id, user_id, title, content, content_html, excerpt, words, headings, tags, status, visibility, publish_at, lang, mentions, comments_closed, created_at, updated_at, published_at)
	select f.post_id, @user, f.title, f.content, f.content_html, f.excerpt, f.words, f.headings, tags_now(f.tags),
		case when x.come then 'published' else f.status end, f.visibility, case when not x.come then f.publish_at end, f.lang, f.mentions, f.comments_closed,
		coalesce(f.created_at, now()), coalesce(f.updated_at, f.published_at, f.created_at, now()),
		case when x.come then f.publish_at when f.status = 'published' then coalesce(f.published_at, now()) else f.published_at end
	from writing_files f cross join lateral (select f.status = 'scheduled' and f.publish_at <= now() as come) x
	where f.writing_id = @id and f.act = 'create' and f.post_id > @after order by f.post_id limit @limit`

// commitWriting does what was rehearsed, all of it or nothing, in one transaction. Only the user waits for it: nobody else's rows are
// locked.
func (s *Store) commitWriting(ctx context.Context, w *Writing) error {
	by, err := s.User(ctx, w.UserID)
	if err != nil {
		return err
	}
	var origin []byte
	if err := s.pool.QueryRow(ctx, "select coalesce(origin, '{}') from writings where id = $1", w.ID).Scan(&origin); err != nil {
		return Explain(err)
	}
	var from Origin
	if err := json.Unmarshal(origin, &from); err != nil {
		return err
	}
	ctx = WithOrigin(ctx, from)
	if err := s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		differ, err := s.replan(ctx, tx, w)
		if err != nil || differ {
			return err
		}
		if _, err := tx.Exec(ctx, "select set_config('postroom.restoring', 'on', true)"); err != nil { // what was written elsewhere is no news
			return err
		}
		return s.makePosts(ctx, tx, by, w)
	}); err != nil {
		return err
	}
	s.events.changed()
	return nil
}

// replan compares once more, now that the user writes nothing meanwhile. What comes out differently waits for another commit.
func (s *Store) replan(ctx context.Context, tx pgx.Tx, w *Writing) (differ bool, err error) {
	var files int
	if err := tx.QueryRow(ctx, "select count(*) from writing_files where writing_id = $1", w.ID).Scan(&files); err != nil {
		return false, err
	}
	if files != w.Files {
		return false, writingFault{sayWritingLost}
	}
	n, err := planWriting(ctx, tx, w)
	if err != nil || n == 0 {
		return false, err
	}
	return true, moveWritingIn(ctx, tx, w.ID, []string{ImportCommitting}, ImportRehearsed, "differs = true, origin = null, "+countWriting)
}

// makePosts makes the posts, the receipt with its rows, and the line in the log, and lets go of the texts.
func (s *Store) makePosts(ctx context.Context, tx pgx.Tx, by *User, w *Writing) error {
	args := pgx.NamedArgs{"id": w.ID, "user": by.ID, "limit": postsAtOnce}
	// The ids follow the dates, so that lists in either order agree. (Not as a subquery: that can be run for each row anew.)
	if _, err := tx.Exec(ctx, `with x as materialized (
			select position, nextval(pg_get_serial_sequence('posts', 'id')) as id from (select position from writing_files where writing_id = @id and act = 'create'
				order by coalesce(published_at, publish_at, created_at, now()), position) o)
		update writing_files f set post_id = x.id from x where f.writing_id = @id and f.position = x.position`, args); err != nil {
		return err
	}
	act := &Act{Kind: "import", TargetKind: postTarget.kind, Total: int64(w.Created), Refused: int64(w.Refused),
		Params: map[string]any{"writing": w.ID, "file": w.Name, "created": w.Created}}
	if err := newAct(ctx, tx, by, act); err != nil {
		return err
	}
	made := 0
	for after := int64(0); made < w.Created; {
		args["after"] = after
		var n int
		if err := tx.QueryRow(ctx, "with made as ("+makeWritten+" returning id) select coalesce(max(id), 0), count(*) from made", args).Scan(&after, &n); err != nil {
			return err
		}
		if n == 0 {
			return writingFault{sayWritingLost}
		}
		made += n
	}
	if _, err := tx.Exec(ctx, `update files f set post_id = w.post_id from (select post_id, unnest(file_ids) as file_id from writing_files where writing_id = $1 and act = 'create') w
		where f.id = w.file_id and f.user_id = $2 and f.post_id is null and not f.avatar`, w.ID, by.ID); err != nil {
		return err
	}
	if err := s.makeTies(ctx, tx, by, w, act); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into act_rows (act_id, target_id, op, label, name)
		select $2, post_id, 'insert', title, $3 from writing_files where writing_id = $1 and act = 'create'`, w.ID, act.ID, by.Username); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "update writing_files set content = '', content_html = '', excerpt = '', headings = '[]' where writing_id = $1 and act = 'create'", w.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "delete from writing_pieces where writing_id = $1", w.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "select tell('act', $1, 0)", act.ID); err != nil {
		return err
	}
	return moveWritingIn(ctx, tx, w.ID, []string{ImportCommitting}, ImportCommitted, "act_id = $4, ended_at = now(), origin = null", act.ID)
}
