package models

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// rehearsal of somebody's own writing: each file is read, and what it would become is kept, rendered. It goes on where an earlier try was
// broken off.
const (
	writingsAtOnce = 50      // files in one transaction
	writtenAtOnce  = 4 << 20 // bytes of text in one
)

// writingReader reads the files of one archive.
type writingReader struct {
	*Store
	w        *Writing
	by       *User
	zone     *time.Location
	now      time.Time
	unread   int64 // how many bytes of text may still be unpacked
	unpacked int64 // how many bytes of other files
	matter   int   // how many bytes of front matter may still be read: some takes much longer than other
	shelf    *shelf
	seen     map[string]bool
	files    [][]any // rows that are not kept yet
	pending  int     // bytes of text in these
	done     int
}

func (s *Store) rehearseWriting(ctx context.Context, w *Writing) error {
	by, err := s.User(ctx, w.UserID)
	if err != nil {
		return err
	}
	archive, err := openArchive(&pieceReader{ctx: ctx, store: s, id: w.ID, size: w.Bytes})
	if err != nil {
		return err
	}
	if len(archive.File) == 0 {
		return writingFault{Say("The archive is empty.")}
	}
	r := &writingReader{Store: s, w: w, by: by, zone: by.Location(s.zone), now: moment(), unread: maxWritingText, unpacked: maxAttachedSize, matter: maxMatters, seen: map[string]bool{}}
	r.shelf = newShelf(archive.File, by.Language == "ru")
	if err := s.moveWriting(ctx, w.ID, []string{ImportRehearsing}, ImportRehearsing, "files = $4", len(archive.File)); err != nil {
		return err
	}
	var kept, text int64
	if err := s.pool.QueryRow(ctx, "select count(*), coalesce(sum(octet_length(content)), 0) from writing_files where writing_id = $1", w.ID).Scan(&kept, &text); err != nil {
		return Explain(err)
	}
	if int(kept) < w.Done {
		return writingFault{sayWritingLost}
	}
	r.done, r.unread = int(kept), r.unread-text
	for i, file := range archive.File {
		if err := r.take(ctx, i, file); err != nil {
			return err
		}
	}
	if err := r.keep(ctx); err != nil {
		return err
	}
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := planWriting(ctx, tx, w); err != nil {
			return err
		}
		// What goes with a post is not passed over.
		if _, err := tx.Exec(ctx, `update writing_files f set act = 'file' where writing_id = $1 and act = 'pass' and status = ''
			and path in (select unnest(file_paths) from writing_files where writing_id = $1 and act in ('create', 'same'))`, w.ID); err != nil {
			return err
		}
		return moveWritingIn(ctx, tx, w.ID, []string{ImportRehearsing}, ImportRehearsed, countWriting)
	})
}

// take looks at one file; those that are kept already it only remembers by name.
func (r *writingReader) take(ctx context.Context, i int, file *zip.File) error {
	name, ok := entryPath(file, r.by.Language == "ru")
	twice := r.seen[name]
	r.seen[name] = true
	if i < r.done {
		return nil
	}
	post, act := &writtenPost{}, "create"
	folder := file.FileInfo().IsDir() && file.UncompressedSize64 == 0
	switch why, refused := judgeEntry(file, name, ok); {
	case folder && ok:
		act = "folder" // nothing is to be said of it
	case why.Text != "":
		if act = "pass"; refused {
			act = "refuse"
		}
		post.refuse(why)
	case twice:
		act = "refuse"
		post.refuse(sayTwice)
	default:
		var err error
		if post, err = r.read(ctx, file, name); err != nil {
			return err
		}
		if len(post.reasons) > 0 {
			act = "refuse"
		}
	}
	row, err := writtenRow(r.w.ID, i, name, act, post)
	if err != nil {
		return err
	}
	r.files, r.pending = append(r.files, row), r.pending+len(post.Content)+len(post.ContentHTML)
	if len(r.files) >= writingsAtOnce || r.pending >= writtenAtOnce {
		return r.keep(ctx)
	}
	return nil
}

// read makes a post of a file.
func (r *writingReader) read(ctx context.Context, file *zip.File, name string) (*writtenPost, error) {
	raw, why, err := readEntry(file)
	if r.unread -= int64(len(raw)); err == nil && r.unread < 0 {
		err = writingFault{Say("All its texts are larger than %d MB, unpacked. Upload them in parts.", maxWritingText>>20)}
	}
	if err != nil {
		return nil, err
	}
	var source string
	var note Sentence
	if why.Text == "" {
		source, note, why = decodeText(raw)
	}
	if why.Text != "" {
		post := &writtenPost{}
		post.refuse(why)
		return post, nil
	}
	if r.matter -= matterSize(source); r.matter < 0 {
		return nil, writingFault{Say("All their front matter is longer than %d MB. Upload them in parts.", maxMatters>>20)}
	}
	post := readWritten(source, name, r.zone, r.w.Drafts, r.now)
	if note.Text != "" {
		post.notes = append([]Sentence{note}, post.notes...)
	}
	if len(post.reasons) > 0 {
		return post, nil
	}
	if err := r.attach(ctx, name, post); err != nil {
		return nil, err
	}
	post.ContentHTML, post.Mentions, err = r.knowMentions(ctx, post.ContentHTML)
	return post, err
}

var writtenColumns = []string{"writing_id", "position", "path", "act", "reasons", "notes", "title", "content", "content_html", "excerpt", "words", "headings", "tags",
	"status", "visibility", "lang", "publish_at", "created_at", "updated_at", "published_at", "mentions", "file_ids", "file_paths",
	"comments_closed", "series", "series_twin", "part", "series_description", "series_closed", "authors"}

// writtenRow is a file with what it becomes. Of one that becomes nothing the text is not kept: it is where it came from.
func writtenRow(id int64, position int, name, act string, p *writtenPost) ([]any, error) {
	if act != "create" {
		p.Post, p.ties = Post{Title: storable(p.Title)}, writtenTies{}
	}
	headings, err := json.Marshal(p.Headings)
	if err != nil || p.Headings == nil {
		headings = []byte("[]")
	}
	// None is an empty list, and not null.
	tags, mentions := append([]string{}, p.Tags...), append([]int64{}, p.Mentions...)
	ids, paths := append([]int64{}, p.fileIDs...), append([]string{}, p.paths...)
	return []any{id, position, name, act, sentencesJSON(p.reasons), sentencesJSON(p.notes), p.Title, p.Content, p.ContentHTML, p.Excerpt, p.Words, string(headings), tags,
		p.Status, p.Visibility, p.Lang, p.PublishAt, p.createdAt, p.updatedAt, p.PublishedAt, mentions, ids, paths,
		p.CommentsClosed, p.ties.series.title, p.ties.series.twin, orNull(int64(p.ties.part)), p.ties.description, p.ties.closed, append([]string{}, p.ties.authors...)}, err
}

// keep writes down what was read, and how far that is.
func (r *writingReader) keep(ctx context.Context) error {
	if len(r.files) == 0 {
		return nil
	}
	done := r.done + len(r.files)
	if err := r.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"writing_files"}, writtenColumns, pgx.CopyFromRows(r.files)); err != nil {
			return err
		}
		return moveWritingIn(ctx, tx, r.w.ID, []string{ImportRehearsing}, ImportRehearsing, "done = $4", done)
	}); err != nil {
		return err
	}
	r.done, r.files, r.pending = done, nil, 0
	return nil
}

// countWriting sets the figures by the files.
const countWriting = `(created, same, passed, refused) = (select count(*) filter (where act = 'create'), count(*) filter (where act = 'same'),
	count(*) filter (where act = 'pass'), count(*) filter (where act = 'refuse') from writing_files f where f.writing_id = writings.id)`

var sayHaveIt = Say("You have a post of this title and text already.")

func saySameAs(path string) Sentence { return Say("The same title and text as %s.", path) }

// planWriting compares what would be created with the posts of the user, and with each other, and reports how many files of each kind come
// out differently than before.
func planWriting(ctx context.Context, tx pgx.Tx, w *Writing) (differ int, err error) {
	args := pgx.NamedArgs{"id": w.ID, "user": w.UserID, "have": sentencesJSON([]Sentence{sayHaveIt}), "same": saySameAs("").Text}
	// The texts are compared only where the titles are the same: they may be long, and many.
	err = tx.QueryRow(ctx, `with have as (
			select f.position, min(p.id) as id from writing_files f join posts p on p.title = f.title
			where f.writing_id = @id and f.status <> '' and p.user_id = @user and not p.content <> f.content group by 1
		), planned as (
			select f.position, f.act, p.id as post_id,
				first_value(f.path) over (partition by p.id is null, f.title, md5(f.content) order by f.position) as first,
				row_number() over (partition by p.id is null, f.title, md5(f.content) order by f.position) as n
			from writing_files f left join have p using (position) where f.writing_id = @id and f.status <> ''
		), now as (
			select position, act as was, case when post_id is not null then 'same' when n > 1 then 'pass' else 'create' end as act, post_id,
				case when post_id is not null then @have::jsonb when n > 1 then jsonb_build_array(jsonb_build_object('text', @same::text, 'args', jsonb_build_array(first))) else '[]' end as reasons
			from planned
		), done as (
			update writing_files f set act = now.act, reasons = now.reasons, post_id = now.post_id from now
			where f.writing_id = @id and f.position = now.position and f.act <> now.act returning 1
		) select count(*) from done`, args).Scan(&differ)
	ties := 0
	if err == nil {
		ties, err = planTies(ctx, tx, w)
	}
	if err != nil {
		err = fmt.Errorf("plan: %w", err)
	}
	return differ + ties, err
}
