package models

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// The bounds of somebody's own writing on its way in.
const (
	MaxWriting      = 512 << 20 // bytes of the archive
	MaxWritingFiles = 10_000    // files in it, of any kind
	maxWritingText  = 256 << 20 // bytes of all its texts, unpacked
	writingsOpen    = 3         // of one user, at a time
	writingLife     = 24 * time.Hour
	uploadSilence   = 5 * time.Minute // then an upload has broken off
)

// Writing is somebody's own writing on its way in: an archive of Markdown files. Its states are those of an Import.
type Writing struct {
	ID                             int64
	UserID                         int64
	Name                           string // of the archive
	State                          string
	Failure                        Sentence // why it failed
	Drafts                         bool     // all of it becomes drafts
	Bytes                          int64    // of the archive, so far
	Files                          int      // in the archive; 0: not known yet
	Done                           int      // of these, looked at so far
	Created, Same, Passed, Refused int      // what the rehearsal found, and a commit did
	Differs                        bool     // a commit came out differently than the rehearsal before, and did nothing
	ActID                          int64    // the number of its receipt; 0: not committed
	Kept                           bool     // its files are still there to be shown
	At                             time.Time
	UndoUntil                      *time.Time // nil: there is nothing to undo
	Undone                         int        // of its posts, so many are taken back

	pieces int
}

// IsMoving reports whether something goes on by itself.
func (w *Writing) IsMoving() bool {
	return w.State == ImportStaging || w.State == ImportRehearsing || w.State == ImportCommitting
}

// CanBeDropped reports whether it can still be thrown away.
func (w *Writing) CanBeDropped() bool {
	return w.State == ImportStaging || w.State == ImportRehearsing || w.State == ImportRehearsed
}

// CanUndo reports whether some of its posts can still be taken back, as far as the time goes.
func (w *Writing) CanUndo(now time.Time) bool {
	return w.State == ImportCommitted && w.UndoUntil != nil && now.Before(*w.UndoUntil) && w.Undone < w.Created
}

const writingColumns = `w.id, w.user_id, w.name, w.state, w.failure, w.failure_args, w.drafts, w.bytes, w.pieces, w.files, w.done, w.created, w.same, w.passed, w.refused,
	w.differs, coalesce(w.act_id, 0), w.kept, w.at, case when a.erased_at is null then a.undo_until end,
	(select count(*) from act_rows r where r.act_id = w.act_id and r.undone_by is not null)
	from writings w left join acts a on a.id = w.act_id`

func scanWriting(row pgx.Row) (*Writing, error) {
	var w Writing
	var args []byte
	err := row.Scan(&w.ID, &w.UserID, &w.Name, &w.State, &w.Failure.Text, &args, &w.Drafts, &w.Bytes, &w.pieces, &w.Files, &w.Done, &w.Created, &w.Same, &w.Passed, &w.Refused,
		&w.Differs, &w.ActID, &w.Kept, &w.At, &w.UndoUntil, &w.Undone)
	if err != nil {
		return nil, err
	}
	w.Failure.Args, err = sentenceArgs(args)
	return &w, err
}

// Writing returns what its owner brings in, or has brought in.
func (s *Store) Writing(ctx context.Context, by *User, id int64) (*Writing, error) {
	if by == nil {
		return nil, ErrForbidden
	}
	w, err := scanWriting(s.pool.QueryRow(ctx, "select "+writingColumns+" where w.id = $1 and w.user_id = $2", id, by.ID))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNoImport
	}
	return w, Explain(err)
}

// Writings lists what the user has brought in, the newest first: those before the one of an id, or from the newest on for 0. more is true
// where there are older ones.
func (s *Store) Writings(ctx context.Context, by *User, before int64, limit int) (list []*Writing, more bool, err error) {
	if by == nil {
		return nil, false, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, "select "+writingColumns+" where w.user_id = $1 and ($2 = 0 or w.id < $2) order by w.id desc limit $3", by.ID, before, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Writing, error) { return scanWriting(row) })
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, Explain(err)
}

// AwaitWriting returns it when nothing goes on with it any more, or after patience as it is then.
func (s *Store) AwaitWriting(ctx context.Context, by *User, id int64, patience time.Duration) (*Writing, error) {
	ends := time.Now().Add(patience)
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		w, err := s.Writing(ctx, by, id)
		if err != nil || !w.IsMoving() || time.Now().Add(pause).After(ends) {
			return w, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, Explain(ctx.Err())
		}
	}
}

// WritingFile is a file of an archive, and what becomes of it.
type WritingFile struct {
	Position   int
	Path       string
	Act        string     // create, same, pass or refuse
	Reasons    []Sentence // why
	Notes      []Sentence // what else is to be said
	Title      string
	Status     string
	Visibility string
	Lang       string
	Tags       []string
	Series     string     // in which it stands; empty: in none
	Part       int        // its place there, as the file says it; 0: after the others
	Authors    []string   // with whom it was written
	Closed     bool       // it takes no comments
	At         *time.Time // when it was or will be published, or begun where that is not known; nil: the moment of the commit
	PostID     int64      // the post that it has become; 0: none
}

// WritingFiles lists the files that are treated alike, in the order of the archive, after the one at a position.
func (s *Store) WritingFiles(ctx context.Context, w *Writing, act string, after, limit int) (list []WritingFile, more bool, err error) {
	rows, err := s.pool.Query(ctx, `select position, path, act, reasons, notes || tie_notes, title, status, visibility, lang, tags, case when joins then series else '' end, coalesce(part, 0),
			array(select u.username from unnest(author_ids) with ordinality a(id, n) join users u using (id) order by a.n), comments_closed,
			case status when 'published' then published_at when 'scheduled' then publish_at else coalesce(published_at, created_at) end, coalesce((select p.id from posts p where p.id = post_id), 0)
		from writing_files where writing_id = $1 and act = $2 and position > $3 order by position limit $4`, w.ID, act, after, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (f WritingFile, err error) {
		var reasons, notes []byte
		if err = row.Scan(&f.Position, &f.Path, &f.Act, &reasons, &notes, &f.Title, &f.Status, &f.Visibility, &f.Lang, &f.Tags, &f.Series, &f.Part, &f.Authors, &f.Closed, &f.At, &f.PostID); err != nil {
			return f, err
		}
		if f.Reasons, err = sentencesOf(reasons); err == nil {
			f.Notes, err = sentencesOf(notes)
		}
		return f, err
	})
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, Explain(err)
}

// keptSentence is a sentence in a table.
type keptSentence struct {
	Text string          `json:"text"`
	Args json.RawMessage `json:"args,omitempty"`
}

func sentencesJSON(list []Sentence) string {
	kept := make([]keptSentence, len(list))
	for i, s := range list {
		kept[i] = keptSentence{s.Text, json.RawMessage(sentenceJSON(s))}
	}
	encoded, err := json.Marshal(kept)
	if err != nil {
		return "[]"
	}
	return string(encoded)
}

func sentencesOf(encoded []byte) (list []Sentence, err error) {
	var kept []keptSentence
	if err := json.Unmarshal(encoded, &kept); err != nil {
		return nil, err
	}
	for _, k := range kept {
		args, err := sentenceArgs(k.Args)
		if err != nil {
			return nil, err
		}
		list = append(list, Sentence{k.Text, args})
	}
	return list, nil
}
