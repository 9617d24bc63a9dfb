package models

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// TagRename says which tag shall be called what.
type TagRename struct {
	Tag, Name string
	Merges    *bool // as it was rehearsed; nil: either
}

var (
	sayTagBusy = Say("One of the two tags is being changed at the moment. Try again when that is done.")

	// ErrTagRehearsed: what was rehearsed as a rename would be a merge by now, or the other way round. Nothing was changed.
	ErrTagRehearsed = &Conflict{Say: Say("This has changed since the rehearsal. Nothing was changed; below is what would happen now.")}
)

// oneTagChange lets one change begin, or be taken back, at a time.
const oneTagChange = "select pg_advisory_xact_lock(hashtext('postroom tag changes'))"

// ChangeTag renames a tag, or merges it with one that is there. From then on the old tag means the new one; the posts follow in a job.
// Who asks for the same again, or at the same moment, gets the same change.
func (s *Store) ChangeTag(ctx context.Context, by *User, in TagRename) (change *TagChange, err error) {
	if !by.IsEditor() {
		return nil, ErrForbidden
	}
	if err := s.foldTags(ctx); err != nil {
		return nil, err
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, oneTagChange); err != nil {
			return err
		}
		if change, err = earlierTagChange(ctx, tx, in); change != nil || err != nil {
			return err
		}
		r, err := rehearseTag(ctx, tx, in.Tag, in.Name)
		if err != nil {
			return err
		}
		if in.Merges != nil && *in.Merges != r.Merges() {
			return ErrTagRehearsed
		}
		if err := tagsFree(ctx, tx, r.Tag, r.Into); err != nil {
			return err
		}
		if change, err = scanTagChange(tx.QueryRow(ctx, "insert into tag_changes (tag, into_tag, merges, by_id, by_name, goal) values ($1, $2, $3, $4, $5, $6) returning "+tagChangeColumns,
			r.Tag, r.Into, r.Merges(), by.ID, by.Username, r.Posts)); err != nil {
			return err
		}
		kind := kindTagRename
		if r.Merges() {
			kind = kindTagMerge
		}
		return record(ctx, tx, entry{kind: kind, by: by, targetKind: "tag", targetID: change.ID, target: change.Tag,
			details: map[string]any{"before": map[string]any{"tag": r.Tag}, "after": map[string]any{"tag": r.Into}, "posts": r.Posts}})
	})
	if err != nil {
		return nil, err
	}
	s.events.changed()
	s.startJob(changingTag, change.ID)
	return change, nil
}

// earlierTagChange is the change that did already what is asked for; nil where nobody did. Where the tag became another one it is a conflict.
func earlierTagChange(ctx context.Context, tx pgx.Tx, in TagRename) (*TagChange, error) {
	change, err := scanTagChange(tx.QueryRow(ctx, "select "+tagChangeColumns+" from tag_changes where tag = $1 and stands and tag_now($1) <> $1 order by id desc limit 1", in.Tag))
	if err == errNoTagChange {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if typed := tidyTags([]string{in.Name}); len(typed) == 1 {
		var now string
		if err := tx.QueryRow(ctx, "select tag_now($1)", typed[0]).Scan(&now); err != nil {
			return nil, err
		}
		if typed[0] == change.Into || now == change.Into {
			return change, nil
		}
	}
	return nil, &Conflict{Say: Say("“%s” was renamed meanwhile: it is “%s” now.", in.Tag, change.Into)}
}

// tagsFree says where posts of one of the tags are just being changed.
func tagsFree(ctx context.Context, tx pgx.Tx, tags ...string) error {
	var busy bool
	err := tx.QueryRow(ctx, "select exists (select from tag_changes where state in ('running', 'undoing') and (tag = any($1) or into_tag = any($1)))", tags).Scan(&busy)
	if err == nil && busy {
		err = &Conflict{Say: sayTagBusy}
	}
	return err
}

// UndoTagChange takes a change back: the old tag is itself again at once, and a job gives it back to the posts that had it and still have the
// new one. Asked for twice it is done once.
func (s *Store) UndoTagChange(ctx context.Context, by *User, id int64) (change *TagChange, err error) {
	if !by.IsEditor() {
		return nil, ErrForbidden
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, oneTagChange); err != nil {
			return err
		}
		if change, err = scanTagChange(tx.QueryRow(ctx, "select "+tagChangeColumns+" from tag_changes where id = $1 for no key update", id)); err != nil {
			return err
		}
		if change.State == "undoing" || change.State == "undone" {
			return nil
		}
		if err := tagsFree(ctx, tx, change.Tag, change.Into); err != nil {
			return err
		}
		if !change.CanUndo(time.Now()) {
			return &Conflict{Say: Say("The time to undo it is over.")}
		}
		var later int64
		if err := tx.QueryRow(ctx, "select coalesce(max(id), 0) from tag_changes where tag = $1 and id > $2 and stands", change.Into, id).Scan(&later); err != nil {
			return err
		}
		if later != 0 {
			return &Conflict{Say: Say("“%s” was renamed since. Undo that first.", change.Into)}
		}
		if change, err = scanTagChange(tx.QueryRow(ctx, "update tag_changes set state = 'undoing', undone_at = now(), undone_by = $2 where id = $1 returning "+tagChangeColumns, id, by.Username)); err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindTagUndo, by: by, targetKind: "tag", targetID: id, target: change.Tag,
			details: map[string]any{"before": map[string]any{"tag": change.Into}, "after": map[string]any{"tag": change.Tag}, "posts": change.Posts}})
	})
	if err != nil {
		return nil, err
	}
	s.events.changed()
	s.startJob(changingTag, id)
	return change, nil
}

// meanNow puts in place of tags that editors renamed what they are called now.
func meanNow(tx *gorm.DB, post *Post) error {
	if len(post.Tags) == 0 {
		return nil
	}
	var tags Tags
	if err := (gormTx{tx}).QueryRow(tx.Statement.Context, "select tags_now(?)", post.Tags).Scan(&tags); err != nil {
		return err
	}
	post.Tags = tags
	return nil
}
