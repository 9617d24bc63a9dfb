package models

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// fileColumns are the columns of files as f, with the smaller widths, as scanFile reads them.
const fileColumns = `f.id, f.user_id, coalesce(f.post_id, 0), f.avatar, f.name, f.type, f.size, f.sha256, f.object, f.width, f.height, f.alt, f.created_at,
	case when f.width > 0 then coalesce((select jsonb_agg(jsonb_build_object('type', i.type, 'width', i.width, 'height', i.height, 'size', i.size, 'object', i.object) order by i.width)
		from file_images i where i.file_id = f.id), '[]') else '[]' end`

// keptImage is a smaller width as the statement above says it.
type keptImage struct {
	Type                string
	Width, Height, Size int64
	Object              uint32 `json:",string"`
}

func scanFile(row pgx.Row, more ...any) (*File, error) {
	f := &File{}
	var widths []byte
	if err := row.Scan(append([]any{&f.ID, &f.UserID, &f.PostID, &f.Avatar, &f.Name, &f.Type, &f.Size, &f.SHA256, &f.object, &f.Width, &f.Height, &f.Alt, &f.CreatedAt, &widths}, more...)...); err != nil {
		return nil, err
	}
	var kept []keptImage
	if err := json.Unmarshal(widths, &kept); err != nil {
		return nil, err
	}
	for _, k := range kept {
		f.Widths = append(f.Widths, FileImage{Type: k.Type, Width: int(k.Width), Height: int(k.Height), Size: k.Size, object: k.Object})
	}
	return f, nil
}

// File returns a file and the post that it is in, nil where it is in none. Who may not read that post finds no file; what is in no post
// yet only its user finds. How a user looks everyone sees.
func (s *Store) File(ctx context.Context, by *User, id int64) (*File, *Post, error) {
	var owner *int64
	var status, visibility, title *string
	f, err := scanFile(s.pool.QueryRow(ctx, "select "+fileColumns+", p.user_id, p.status, p.visibility, p.title from files f left join posts p on p.id = f.post_id where f.id = $1", id),
		&owner, &status, &visibility, &title)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, errNoFile
	}
	if err != nil {
		return nil, nil, Explain(err)
	}
	if owner == nil {
		if !f.Avatar && (by == nil || by.ID != f.UserID) {
			return nil, nil, errNoFile
		}
		return f, nil, nil
	}
	post := &Post{ID: f.PostID, UserID: *owner, Status: *status, Visibility: *visibility, Title: *title}
	if err := readAuthors(ctx, s.pool, post); err != nil {
		return nil, nil, Explain(err)
	}
	switch {
	case by.CanRead(post):
		return f, post, nil
	case by == nil && post.IsPublished():
		return nil, nil, ErrMembersOnly
	}
	return nil, nil, errNoFile
}

// PostFiles lists the files of a post, the first added first. Who may not read the post finds none.
func (s *Store) PostFiles(ctx context.Context, by *User, id int64) ([]File, error) {
	if _, err := s.ReadPost(ctx, by, id); err != nil {
		return nil, err
	}
	files, err := filesWhere(ctx, s.pool, "f.post_id = $1", id)
	return files, Explain(err)
}

// Enclosed lists, by post, the files that go with these posts and are not images of their texts, of what visitors may read.
func (s *Store) Enclosed(ctx context.Context, posts []Post) (map[int64][]File, error) {
	shown := make(map[int64][]int64, len(posts))
	ids := make([]int64, len(posts))
	for i := range posts {
		ids[i], shown[posts[i].ID] = posts[i].ID, mentionedFiles(posts[i].ContentHTML)
	}
	files, err := filesWhere(ctx, s.pool, "f.post_id = any($1) and exists (select from posts p where p.id = f.post_id and "+listedTo(nil)+")", ids)
	enclosed := map[int64][]File{}
	for _, f := range files {
		if !f.IsImage() || !slices.Contains(shown[f.PostID], f.ID) {
			enclosed[f.PostID] = append(enclosed[f.PostID], f)
		}
	}
	return enclosed, Explain(err)
}

func filesWhere(ctx context.Context, tx interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}, where string, args ...any) ([]File, error) {
	rows, err := tx.Query(ctx, "select "+fileColumns+" from files f where "+where+" order by f.id", args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (File, error) {
		f, err := scanFile(row)
		if err != nil {
			return File{}, err
		}
		return *f, nil
	})
}

// OpenFile reads the bytes of a file, or of one of its widths where there is just this one, and says of what type and how many they are.
// Each piece is read by a statement of its own, so that a slow reader holds no connection.
func (s *Store) OpenFile(ctx context.Context, f *File, width int) (r io.ReadSeeker, kind string, size int64) {
	o := &object{ctx: ctx, store: s, object: f.object, size: f.Size}
	kind = f.Type
	for _, w := range f.Widths {
		if w.Width == width {
			o.object, o.size, kind = w.object, w.Size, w.Type
		}
	}
	return o, kind, o.size
}

// fileWait is how long a file that no post has taken in is kept.
const fileWait = 48 * time.Hour

// looseSilence is how long a large object that no row names is kept: longer than any upload may be silent.
const looseSilence = time.Hour

// sweepFiles removes files that no post has taken in, and large objects that no row names.
func (s *Store) sweepFiles(ctx context.Context) error {
	const forgotten = "from files where post_id is null and not avatar and created_at < now() - $1::interval"
	var some bool // a statement that deletes nothing would end the kept pages all the same
	if err := s.pool.QueryRow(ctx, "select exists (select "+forgotten+")", fileWait).Scan(&some); err != nil {
		return Explain(err)
	}
	if some {
		if _, err := s.pool.Exec(ctx, "delete "+forgotten, fileWait); err != nil {
			return Explain(err)
		}
	}
	for {
		var seen int
		if err := s.pool.QueryRow(ctx, "select sweep_objects($1::interval)", looseSilence).Scan(&seen); err != nil {
			return Explain(err)
		}
		if seen < 1000 {
			return nil
		}
	}
}
