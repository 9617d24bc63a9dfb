package models

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The bounds of what goes with the posts of an archive.
const (
	maxAttached     = 500     // files of one post
	maxAttachedSize = 2 << 30 // bytes of all of them, unpacked
)

// How texts name files: links and images of Markdown, of HTML, and those of a Postroom anywhere.
var (
	linkedFiles = regexp.MustCompile(`\]\(\s*(?:<([^>\n]+)>|((?:[^()<\s]|\([^()\s]*\))+))|(?:src|href)\s*=\s*["']([^"'>\n]+)["']|(?m:^\s{0,3}\[[^\]]+\]:\s+<?([^\s>]+))|(/files/[1-9][0-9]*[^\s)"'<>\]]*)`)
	ownExported = regexp.MustCompile(`^/?files/([1-9][0-9]*)(?:$|[^0-9/])`)
)

// shelf finds the files of an archive by the names that its texts have for them.
type shelf struct {
	byPath map[string]*zip.File
	byID   map[string]string // of files that a Postroom exported
	top    string            // the one folder that everything lies in, with its slash; may be empty
}

func newShelf(files []*zip.File, russian bool) *shelf {
	s := &shelf{byPath: map[string]*zip.File{}, byID: map[string]string{}}
	for i, f := range files {
		name, ok := entryPath(f, russian)
		top, _, folder := strings.Cut(name, "/")
		if top += "/"; !folder || i > 0 && s.top != top {
			top = ""
		}
		s.top = top
		if _, twice := s.byPath[name]; twice || !ok || isHidden(path.Base(name)) || f.Mode()&fs.ModeType != 0 || f.Flags&1 != 0 || f.Method != zip.Store && f.Method != zip.Deflate {
			continue
		}
		s.byPath[name] = f
		if own := ownExported.FindStringSubmatch(name); own != nil {
			s.byID[own[1]] = name
		}
	}
	return s
}

// find returns the path of the file that a text in a file of the archive names; empty where it names none.
func (s *shelf) find(from, ref string) string {
	if own := ownExported.FindStringSubmatch(ref); own != nil && s.byID[own[1]] != "" {
		return s.byID[own[1]]
	}
	ref, _, _ = strings.Cut(ref, "#")
	ref, _, _ = strings.Cut(ref, "?")
	if plain, err := url.PathUnescape(ref); err == nil && utf8.ValidString(plain) {
		ref = plain
	}
	if ref == "" || strings.Contains(ref, "://") || strings.HasPrefix(ref, "//") {
		return ""
	}
	inner := strings.TrimPrefix(path.Clean("/"+ref), "/")
	for _, candidate := range []string{path.Join(path.Dir(from), ref), inner, "static/" + inner, s.top + inner, s.top + "static/" + inner} { // Hugo's folder is static
		if strings.HasPrefix(ref, "/") && candidate == path.Join(path.Dir(from), ref) {
			continue
		}
		if f := s.byPath[candidate]; f != nil && !isText(candidate) {
			return candidate
		}
	}
	return ""
}

func isText(name string) bool {
	return slices.Contains([]string{".md", ".markdown", ".mdown", ".mkd"}, strings.ToLower(path.Ext(name)))
}

// attach takes the files that the post names along, and puts their new addresses into its text. What cannot be taken is said.
func (r *writingReader) attach(ctx context.Context, name string, p *writtenPost) error {
	refs := map[string]string{} // as the text has them → the path in the archive
	var paths []string
	add := func(ref string) {
		if at := r.shelf.find(name, ref); at != "" {
			if refs[ref] = at; !slices.Contains(paths, at) {
				paths = append(paths, at)
			}
		}
	}
	for _, found := range linkedFiles.FindAllStringSubmatch(p.Content, 10*maxAttached) {
		add(strings.Join(found[1:], ""))
	}
	for _, file := range p.files {
		add("/" + strings.TrimPrefix(file, "/"))
	}
	if len(paths) == 0 {
		return nil
	}
	var have bool // what is here already needs its files no second time
	if err := r.pool.QueryRow(ctx, "select exists (select from posts where user_id = $1 and title = $2 and content = $3)", r.by.ID, p.Title, p.Content).Scan(&have); err != nil || have {
		p.paths = paths
		return Explain(err)
	}
	made := map[string]*File{}
	known := Files{}
	for i, at := range paths {
		if i == maxAttached {
			p.notes = append(p.notes, Say("More than %d files: the others are not taken along.", maxAttached))
			break
		}
		file, why, err := r.addFile(ctx, at, p.attached[at])
		if err != nil {
			return err
		}
		if why.Text != "" {
			p.notes = append(p.notes, Say("Not taken along: %s", at), why)
			continue
		}
		made[at], known[file.ID] = file, file
		p.fileIDs, p.paths = append(p.fileIDs, file.ID), append(p.paths, at)
	}
	if len(made) == 0 {
		return nil
	}
	p.notes = append(p.notes, Say("%d files go with it.", len(made)))
	p.Content = readdress(p.Content, refs, made)
	if err := furnishWith(&p.Post, known); err != nil {
		p.refuseInvalid(err) // longer now than a post may be
	}
	return nil
}

// readdress puts the addresses of files in place of what the text calls them.
func readdress(text string, refs map[string]string, made map[string]*File) string {
	var b strings.Builder
	last := 0
	for _, found := range linkedFiles.FindAllStringSubmatchIndex(text, -1) {
		for group := 2; group < len(found); group += 2 {
			from, to := found[group], found[group+1]
			if from < 0 {
				continue
			}
			if file := made[refs[text[from:to]]]; file != nil {
				b.WriteString(text[last:from])
				b.WriteString((&url.URL{Path: file.Path()}).String())
				last = to
			}
		}
	}
	return b.String() + text[last:]
}

// addFile brings a file of the archive in, for a post to come. why says why it is not taken.
func (r *writingReader) addFile(ctx context.Context, at string, as NewFile) (file *File, why Sentence, err error) {
	in, err := r.shelf.byPath[at].Open()
	if err != nil {
		return nil, sayDamaged, nil
	}
	defer in.Close()
	counted := &countedReader{from: in, left: r.unpacked}
	as.Name = cmp.Or(as.Name, path.Base(at))
	file, err = r.AddFile(ctx, r.by, as, counted)
	r.unpacked = counted.left
	var invalid Invalid
	switch {
	case err == nil:
		return file, why, nil
	case counted.left < 0:
		return nil, Say("All files together are larger than %d MB, unpacked.", maxAttachedSize>>20), nil
	case errors.As(err, &invalid):
		for _, say := range invalid {
			why = say
		}
		return nil, why, nil
	case counted.failed != nil && ctx.Err() == nil && !errors.Is(counted.failed, ErrUnavailable):
		return nil, sayDamaged, nil
	}
	return nil, why, err
}

// countedReader reads no more than is left, and remembers what went wrong.
type countedReader struct {
	from   io.Reader
	left   int64
	failed error
}

// Read reads on.
func (c *countedReader) Read(p []byte) (n int, err error) {
	if c.left < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err = c.from.Read(p)
	if c.left -= int64(n); c.left < 0 {
		n, err = 0, io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		c.failed = err
	}
	return n, err
}

// fileEntry is the path of a file in an export.
func fileEntry(f *File) string { return "files/" + strings.TrimPrefix(f.Path(), "/files/") }

// noAlt stands in the list of what images show for one of which nothing is said.
const noAlt = "-"

// readFiles takes the lists of files that an export writes: those that the text does not mention are found by them.
func (w *writtenPost) readFiles(m *matter) {
	w.files, w.attached = m.values["files"].list, map[string]NewFile{}
	names, alts := m.values["files_name"].list, m.values["files_alt"].list
	for i, at := range w.files {
		in := NewFile{Name: path.Base(at)}
		if len(names) == len(w.files) {
			in.Name = names[i]
		}
		if len(alts) == len(w.files) && alts[i] != noAlt {
			in.Alt = alts[i]
		}
		w.attached[strings.TrimPrefix(at, "/")] = in
	}
}
