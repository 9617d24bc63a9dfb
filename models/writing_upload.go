package models

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// NewWriting says how somebody's own writing is to be taken in.
type NewWriting struct {
	Drafts bool // all of it becomes drafts
	// Next returns the next file of the upload, and io.EOF after the last. A zip archive stands alone; other files are put into one.
	Next func() (path string, file io.Reader, err error)
}

// Sentences about an upload as a whole.
var (
	sayNoFile = Say("Choose a file.")
	// SayWritingTooLarge: the upload has more than MaxWriting bytes.
	SayWritingTooLarge = Say("All of it is larger than %d MB. Upload it in parts.", MaxWriting>>20)
	sayTooManyFiles    = Say("There are more than %d files in it. Upload it in parts.", MaxWritingFiles)
	sayBothKinds       = Say("Choose one zip archive, or Markdown files: not both at once.")
	sayBrokenOff       = Say("The upload broke off. Nothing was imported. Upload it again.")
	sayWritingLost     = Say("The database was restarted and has lost these files. Nothing was imported. Upload them again.")
	sayWritingInside   = Say("Something went wrong here. It is in the log of the server. Nothing was imported.")
)

// StageWriting takes an upload in, piece by piece, and begins to rehearse it. What is wrong with it as a whole makes a failed import and
// no error: look at its State.
func (s *Store) StageWriting(ctx context.Context, by *User, in NewWriting) (*Writing, error) {
	if by == nil {
		return nil, ErrForbidden
	}
	name, file, err := in.Next()
	if err == io.EOF {
		return nil, Invalid{"file": sayNoFile}
	}
	if err != nil {
		return nil, err
	}
	id, err := s.beginWriting(ctx, by, folderOf(name), in.Drafts)
	if err != nil {
		return nil, err
	}
	out := &pieceWriter{ctx: ctx, store: s, id: id}
	broken := stageFiles(out, name, file, in.Next)
	if broken == nil {
		broken = out.flush()
	}
	// Whoever uploaded may be gone: what is left to do is done all the same.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	failure, known := stagingFault(broken)
	switch {
	case errors.Is(broken, errImportStopped): // thrown away meanwhile
		broken, err = nil, nil
	case broken != nil:
		err = s.failWriting(after, id, failure)
	default:
		err = s.moveWriting(after, id, []string{ImportStaging}, ImportRehearsing, "touched_at = now()")
	}
	s.startJob("writing", id)
	if err != nil && !errors.Is(err, errImportStopped) {
		return nil, errors.Join(broken, err)
	}
	w, err := s.Writing(after, by, id)
	if known {
		broken = nil
	}
	return w, errors.Join(broken, err)
}

// folderOf is what an upload is called whose first file this is: by the folder, where it lies in one.
func folderOf(name string) string {
	if folder, _, ok := strings.Cut(name, "/"); ok && strings.Trim(folder, ".") != "" && isText(name) {
		return folder
	}
	return name
}

// stagingFault says why an upload as a whole is not taken. known: it is not that the sender, or the database, went away.
func stagingFault(err error) (say Sentence, known bool) {
	switch {
	case errors.Is(err, errWritingTooLarge):
		return SayWritingTooLarge, true
	case errors.Is(err, errManyFiles):
		return sayTooManyFiles, true
	case errors.Is(err, errBothKinds):
		return sayBothKinds, true
	}
	return sayBrokenOff, false
}

// beginWriting writes down that an upload has begun.
func (s *Store) beginWriting(ctx context.Context, by *User, name string, drafts bool) (id int64, err error) {
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		var open int
		if err := tx.QueryRow(ctx, "select count(*) from writings where user_id = $1 and state in ('staging', 'rehearsing', 'rehearsed', 'committing')", by.ID).Scan(&open); err != nil {
			return err
		}
		if open >= writingsOpen {
			return &Conflict{Say: Say("%d imports of yours wait already. Commit them, or throw them away.", open)}
		}
		return tx.QueryRow(ctx, "insert into writings (user_id, name, drafts) values ($1, $2, $3) returning id", by.ID, glimpse(storable(name)), drafts).Scan(&id)
	})
	return id, err
}

var (
	errManyFiles = errors.New("too many files")
	errBothKinds = errors.New("an archive among other files")
)

// stageFiles keeps the archive, or makes one of the files.
func stageFiles(out io.Writer, name string, file io.Reader, next func() (string, io.Reader, error)) error {
	first := bufio.NewReader(file)
	if head, _ := first.Peek(4); isArchive(head) {
		if _, err := io.Copy(out, first); err != nil {
			return err
		}
		if _, _, err := next(); err != io.EOF {
			return errors.Join(errBothKinds, err)
		}
		return nil
	}
	archive := zip.NewWriter(out)
	file = first
	for n := 1; ; n++ {
		if n > MaxWritingFiles {
			return errManyFiles
		}
		entry, err := archive.Create(name)
		if err == nil {
			_, err = io.Copy(entry, file)
		}
		if err == nil {
			name, file, err = next()
		}
		if err == io.EOF {
			return archive.Close()
		}
		if err != nil {
			return err
		}
	}
}

// isArchive reports whether a file begins as a zip archive does, an empty one included.
func isArchive(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}
