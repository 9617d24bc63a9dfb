package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Revision is what a post was when it was saved: each change of title, text, tags or language is one.
type Revision struct {
	PostID  int64
	Number  int // from 1
	Title   string
	Content string // not in lists
	Tags    Tags
	Lang    string
	Words   int
	Bytes   int   // of the text
	By      *User // only ID, Username and Name; nil: somebody who is gone
	At      time.Time
	Before  *Revision // in lists: the one before it, without text; nil: it is the first
}

// Longer is how many words the revision has more than the one before it.
func (r *Revision) Longer() int {
	if r.Before == nil {
		return r.Words
	}
	return r.Words - r.Before.Words
}

// TagList is the tags as they are typed, with commas.
func (r *Revision) TagList() string { return (&Post{Tags: r.Tags}).TagList() }

// revised are the columns of posts whose change is a revision.
var revised = []string{"title", "content", "tags", "lang"}

// revisionsOf reads all revisions of the post $1: the newest is the post itself.
const revisionsOf = `(select id as post_id, revision as number, title, content, tags, lang, words, case when revision = 1 then coalesce(saved_by_id, user_id) else saved_by_id end as by_id,
		coalesce(saved_at, created_at) as at from posts where id = $1
	union all select post_id, number, title, content, tags, lang, words, by_id, at from revisions where post_id = $1)`

// Revisions lists the revisions of a post below the number, 0 for all, the newest first: for who may change the post. more is true where
// there are further ones.
func (s *Store) Revisions(ctx context.Context, by *User, postID int64, below, limit int) (post *Post, list []Revision, more bool, err error) {
	if post, err = s.EditablePost(ctx, by, postID); err != nil {
		return nil, nil, false, err
	}
	rows, err := s.pool.Query(ctx, `select r.number, r.title, r.tags, r.lang, r.words, octet_length(r.content), r.at, u.id, u.username, u.name
		from `+revisionsOf+` r left join users u on u.id = r.by_id where $2 = 0 or r.number < $2 order by r.number desc limit $3`, postID, below, limit+1)
	if err != nil {
		return nil, nil, false, Explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		r := Revision{PostID: postID}
		if err := r.scan(rows, &r.Bytes); err != nil {
			return nil, nil, false, Explain(err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, false, Explain(err)
	}
	for i := range len(list) - 1 {
		list[i].Before = &list[i+1]
	}
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return post, list, more, nil
}

// scan reads a row; text is where its fifth column goes.
func (r *Revision) scan(row pgx.Row, text any) error {
	var id *int64
	var username, name *string
	if err := row.Scan(&r.Number, &r.Title, (*[]string)(&r.Tags), &r.Lang, &r.Words, text, &r.At, &id, &username, &name); err != nil {
		return err
	}
	if id != nil {
		r.By = &User{ID: *id, Username: *username, Name: *name}
	}
	return nil
}

// Revision reads one revision of a post with its text, for who may change the post.
func (s *Store) Revision(ctx context.Context, by *User, postID int64, number int) (*Revision, error) {
	if _, err := s.EditablePost(ctx, by, postID); err != nil {
		return nil, err
	}
	return s.revision(ctx, postID, number)
}

func (s *Store) revision(ctx context.Context, postID int64, number int) (*Revision, error) {
	r := &Revision{PostID: postID}
	err := r.scan(s.pool.QueryRow(ctx, `select r.number, r.title, r.tags, r.lang, r.words, r.content, r.at, u.id, u.username, u.name
		from `+revisionsOf+` r left join users u on u.id = r.by_id where r.number = $2`, postID, number), &r.Content)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNoRevision
	}
	r.Bytes = len(r.Content)
	return r, Explain(err)
}

// RestoreRevision makes a post say again what an earlier revision said. That is a revision itself: nothing is lost. from is the newest one
// that who asks has seen; where there is another by now the post stays as it is, and the error is a Stale.
func (s *Store) RestoreRevision(ctx context.Context, by *User, postID int64, number int, from *int) (*Post, error) {
	r, err := s.Revision(ctx, by, postID, number)
	if err != nil {
		return nil, err
	}
	return s.UpdatePost(ctx, by, postID, PostChange{Title: &r.Title, Content: &r.Content, Tags: append([]string{}, r.Tags...), Lang: &r.Lang, From: from, restores: number})
}

// Stale is the error of a change that was made from a revision which is not the newest any more, or from settings which are others
// by now. It is also ErrStale.
type Stale struct {
	Now  *Post     // as somebody else saved it
	By   *User     // who did; nil: somebody who is gone
	Base *Revision // from which the change was made; nil: it did not say

	Mine  *Post    // as the change would make it
	Apart []string // the settings that were set meanwhile, and that the change would set to something else
}

// Error is the error in English.
func (s *Stale) Error() string { return "the post has changed since" }

// Is makes errors.Is(s, ErrStale) true.
func (s *Stale) Is(target error) bool { return target == ErrStale }

// objection looks, under the post's lock, whether the change was made from what the post says now. Where it says the same already
// there is nothing to lose.
func (change PostChange) objection(now, changed *Post) error {
	if change.Match != nil && !slices.Contains(change.Match, now.Version()) {
		return ErrStale
	}
	apart := change.apart(now, changed)
	if apart == nil && (change.From == nil || *change.From == now.Revision || now.says(changed)) {
		return nil
	}
	return &Stale{Now: now, Mine: changed, Apart: apart}
}

// tell adds to the error of a change who was quicker, and from what the change was made.
func (s *Store) tell(ctx context.Context, err error, change PostChange) error {
	var stale *Stale
	if !errors.As(err, &stale) {
		return err
	}
	newest, problem := s.revision(ctx, stale.Now.ID, stale.Now.Revision)
	if problem != nil {
		return problem
	}
	stale.By = newest.By
	switch {
	case change.From == nil:
	case *change.From == stale.Now.Revision:
		stale.Base = newest
	case *change.From > 0 && *change.From < stale.Now.Revision:
		if stale.Base, problem = s.revision(ctx, stale.Now.ID, *change.From); problem != nil {
			return problem
		}
	}
	return stale
}

// says reports whether two posts say the same.
func (p *Post) says(other *Post) bool {
	return p.Title == other.Title && p.Content == other.Content && slices.Equal(p.Tags, other.Tags) && p.Lang == other.Lang
}
