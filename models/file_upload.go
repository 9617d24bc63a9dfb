package models

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	"github.com/jackc/pgx/v5"

	"postroom/models/picture"
)

// NewFile is a file on its way in.
type NewFile struct {
	Name   string // as the sender calls it
	Alt    string // what an image shows, for who does not see it
	PostID int64  // 0: none yet; a save that mentions the file takes it in
	Avatar bool   // it is how the sender looks, in place of any other
	Size   int64  // as the sender announces it; less than 1: unknown
}

// TooLarge is the refusal of a file for its size alone. It is an Invalid of the field "file".
type TooLarge struct{ Say Sentence }

// Error says so in English.
func (t *TooLarge) Error() string { return t.Say.String() }

// As makes it an Invalid.
func (t *TooLarge) As(target any) bool {
	invalid, ok := target.(*Invalid)
	if ok {
		*invalid = Invalid{"file": t.Say}
	}
	return ok
}

// filesAtOnce is how many files may come in at the same time; each takes about a megabyte of memory.
const filesAtOnce = 16

// sniffed is how much of a file its type is found from.
const sniffed = 3072

// AddFile takes in a file of the user while it is read: in pieces, each its own statement. Its type is found from its bytes. An
// image is turned upright, written anew without anything beside its pixels, and in smaller widths. What breaks off is swept away.
func (s *Store) AddFile(ctx context.Context, by *User, in NewFile, from io.Reader) (*File, error) {
	owner, err := s.mayAdd(ctx, by, &in)
	if err != nil {
		return nil, err
	}
	select {
	case s.files <- struct{}{}:
		defer func() { <-s.files }()
	case <-ctx.Done():
		return nil, Explain(ctx.Err())
	}
	left, err := s.roomFor(ctx, owner)
	if err != nil {
		return nil, err
	}
	bound := min(left, MaxFile)
	if in.Size > bound {
		return nil, tooLarge(left)
	}
	head := make([]byte, sniffed)
	n, err := io.ReadFull(from, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	head = head[:n]
	file := &File{UserID: owner, PostID: in.PostID, Avatar: in.Avatar, Name: in.Name, Alt: in.Alt, Type: typeOf(head)}
	if err := takes(file.Type, in.Avatar); err != nil {
		return nil, err
	}
	image := picture.Reads(file.Type)
	if image {
		bound = min(bound, MaxImage)
	}
	a := &arrival{store: s, by: by}
	defer a.end(ctx)
	w, err := a.newObject(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(w, io.LimitReader(io.MultiReader(bytes.NewReader(head), from), bound+1)); err != nil {
		return nil, err
	}
	if err := w.flush(); err != nil {
		return nil, err
	}
	switch {
	case w.size == 0:
		return nil, Invalid{"file": sayFileEmpty}
	case w.size > bound && image && bound == MaxImage:
		return nil, &TooLarge{Say("The image is too large: %d MB are the most.", MaxImage>>20)}
	case w.size > bound:
		return nil, tooLarge(left)
	}
	file.object, file.Size, file.SHA256 = w.object, w.size, w.sum.Sum(nil)
	if image {
		if err := a.makeImages(ctx, file); err != nil {
			return nil, err
		}
	}
	return file, s.keepFile(ctx, by, file)
}

// mayAdd looks at all that can be refused before anything is read, and returns whose file it will be.
func (s *Store) mayAdd(ctx context.Context, by *User, in *NewFile) (owner int64, err error) {
	if by == nil {
		return 0, ErrForbidden
	}
	if _, err := s.pool.Exec(ctx, "select may_write($1)", by.ID); err != nil {
		return 0, Explain(err)
	}
	owner = by.ID
	if in.PostID != 0 {
		post, err := s.EditablePost(ctx, by, in.PostID)
		if err != nil {
			return 0, err
		}
		owner = post.UserID
	}
	v := Invalid{}
	if in.Name = fileName(in.Name); in.Name == "" {
		v["file"] = sayFileName
	}
	if in.Alt = line(in.Alt); len([]rune(in.Alt)) > maxAlt {
		v["alt"] = sayAltTooLong
	} else if !printable(in.Alt) {
		v["alt"] = Say("The description has characters that cannot be shown.")
	}
	return owner, v.Or()
}

func tooLarge(left int64) error {
	if left >= MaxFile {
		return &TooLarge{SayFileTooLarge}
	}
	return &TooLarge{Say("There is no room for it: %d MB are left for files.", int(max(0, left)>>20))}
}

// typeOf finds the type from the first bytes, without its parameters.
func typeOf(head []byte) string {
	kind, _, err := mime.ParseMediaType(mimetype.Detect(head).String())
	switch {
	case err != nil:
		return "application/octet-stream"
	case kind == "image/vnd.mozilla.apng":
		return "image/png"
	}
	return kind
}

// photographs are types of images that browsers do not show everywhere, and from which nobody takes out here what a camera wrote
// into them: where it was, for one.
var photographs = []string{"image/heic", "image/heif", "image/avif", "image/tiff", "image/jxl", "image/jp2", "image/jpx", "image/jpm", "image/jxr", "image/x-"}

func takes(kind string, avatar bool) error {
	if avatar && !picture.Reads(kind) {
		return Invalid{"file": Say("A portrait is a JPEG, PNG, GIF or WebP image.")}
	}
	for _, photograph := range photographs {
		if strings.HasPrefix(kind, photograph) {
			return Invalid{"file": Say("Images of this type (%s) cannot be shown. Save it as JPEG, PNG, GIF or WebP.", strings.TrimPrefix(kind, "image/"))}
		}
	}
	return nil
}

// keepFile gives the large objects their rows: from now on the file is there.
func (s *Store) keepFile(ctx context.Context, by *User, f *File) error {
	err := s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1, array[$2::bigint])", by.ID, f.UserID); err != nil {
			return err
		}
		left, err := roomLeft(ctx, tx, f.UserID, false)
		if err != nil {
			return err
		}
		if f.Size > left {
			return tooLarge(left)
		}
		if f.PostID != 0 { // it may have gone meanwhile, and who may change it
			post, err := lockedPost(ctx, tx, f.PostID)
			if err != nil {
				return err
			}
			if !by.CanEdit(post) {
				return ErrForbidden
			}
		}
		if f.Avatar {
			if _, err := tx.Exec(ctx, "delete from files where user_id = $1 and avatar", f.UserID); err != nil {
				return err
			}
		}
		if err := tx.QueryRow(ctx, `insert into files (user_id, post_id, avatar, name, type, size, sha256, object, width, height, alt)
			values ($1, nullif($2, 0), $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id, created_at`,
			f.UserID, f.PostID, f.Avatar, f.Name, f.Type, f.Size, f.SHA256, f.object, f.Width, f.Height, f.Alt).Scan(&f.ID, &f.CreatedAt); err != nil {
			return err
		}
		for i := range f.Widths {
			w := &f.Widths[i]
			if _, err := tx.Exec(ctx, "insert into file_images (file_id, type, width, height, size, object) values ($1, $2, $3, $4, $5, $6)",
				f.ID, w.Type, w.Width, w.Height, w.Size, w.object); err != nil {
				return err
			}
		}
		kind := kindFileCreate
		if f.Avatar {
			kind = kindAvatarSet
		}
		return record(ctx, tx, entry{kind: kind, by: by, targetKind: "file", targetID: f.ID, target: f.Name, details: map[string]any{"after": f.logged()}})
	})
	if err == nil {
		s.events.changed()
	}
	return err
}

// logged is what the log keeps of a file.
func (f *File) logged() map[string]any {
	fields := map[string]any{"name": f.Name, "type": f.Type, "size": f.Size}
	if f.PostID != 0 {
		fields["post"] = f.PostID
	}
	return fields
}

// lockedPost locks a post against who would remove it, and reads who may change it.
func lockedPost(ctx context.Context, tx pgx.Tx, id int64) (*Post, error) {
	post := &Post{ID: id}
	err := tx.QueryRow(ctx, "select user_id, status, visibility from posts where id = $1 for key share", id).Scan(&post.UserID, &post.Status, &post.Visibility)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNoPost
	}
	if err != nil {
		return nil, err
	}
	return post, readAuthors(ctx, tx, post)
}
