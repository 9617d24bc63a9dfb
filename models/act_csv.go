package models

import (
	"context"
	"encoding/json"
	"io"
	"strconv"
)

// linesAtOnce is how many rows of a list are read at once.
const linesAtOnce = 1000

var actCSVHeads = [][]byte{[]byte("id"), []byte("name"), []byte("label"), []byte("what"), []byte("before"), []byte("after"), []byte("posts"), []byte("drafts"), []byte("reason")}

// WriteActCSV writes all rows of a receipt, the refused ones last, as CSV. say puts a reason into words.
func (s *Store) WriteActCSV(ctx context.Context, by *User, act *Act, w io.Writer, say func(Sentence) string) error {
	f := &lineFile{w: w, say: say, buf: appendCSVHead(nil, actCSVHeads)}
	if err := f.all(func(after int64) ([]ActLine, bool, error) { return s.touched(ctx, by, act, after, linesAtOnce) }); err != nil {
		return err
	}
	return f.all(func(after int64) ([]ActLine, bool, error) { return s.Refusals(ctx, by, act, after, linesAtOnce) })
}

// WriteRehearsalCSV does the same for a rehearsal.
func (s *Store) WriteRehearsalCSV(ctx context.Context, by *User, r *Rehearsal, w io.Writer, say func(Sentence) string) error {
	f := &lineFile{w: w, say: say, buf: appendCSVHead(nil, actCSVHeads)}
	if err := f.all(func(after int64) ([]ActLine, bool, error) { return s.RehearsalLines(ctx, by, r, after, linesAtOnce) }); err != nil {
		return err
	}
	return f.all(func(after int64) ([]ActLine, bool, error) { return s.RehearsalRefusals(ctx, by, r, after, linesAtOnce) })
}

// lineFile is a list of rows as a file.
type lineFile struct {
	w   io.Writer
	say func(Sentence) string
	buf []byte
}

// all writes page after page.
func (f *lineFile) all(page func(after int64) ([]ActLine, bool, error)) error {
	for after := int64(0); ; {
		lines, more, err := page(after)
		if err != nil {
			return err
		}
		for i := range lines {
			f.line(&lines[i])
			after = lines[i].ID
		}
		if _, err := f.w.Write(f.buf); err != nil || !more {
			f.buf = f.buf[:0]
			return err
		}
		f.buf = f.buf[:0]
	}
}

func (f *lineFile) line(l *ActLine) {
	what, reason := l.Op, ""
	if l.Why.Text != "" {
		what, reason = "refused", f.say(l.Why)
	}
	f.buf = append(strconv.AppendInt(f.buf, l.ID, 10), ',')
	for _, text := range []string{l.Name, l.Label, what, fieldsJSON(l.Before), fieldsJSON(l.After), countText(l.Went["posts"]), countText(l.Went["drafts"])} {
		f.buf = append(appendCSVText(f.buf, []byte(text)), ',')
	}
	f.buf = append(appendCSVText(f.buf, []byte(reason)), '\n')
}

func fieldsJSON(fields map[string]any) string {
	if fields == nil {
		return ""
	}
	encoded, err := json.Marshal(fields)
	if err != nil {
		return ""
	}
	return string(encoded)
}

func countText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
