package models

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// exportedAtOnce is how many posts are read for an export at a time. Between two readings nothing is held: who is slow to take the archive
// keeps no connection.
const exportedAtOnce = 20

// ExportWriting writes all posts of the user as a zip archive of Markdown files with front matter, which StageWriting reads again. Each post
// is as it is when its turn comes.
func (s *Store) ExportWriting(ctx context.Context, by *User, w io.Writer) (posts int, err error) {
	if by == nil {
		return 0, ErrForbidden
	}
	var ids []int64
	if err := s.pool.QueryRow(ctx, "select coalesce(array_agg(id order by id), '{}') from posts where user_id = $1", by.ID).Scan(&ids); err != nil {
		return 0, Explain(err)
	}
	if err := record(ctx, s.pool, entry{kind: kindExportWriting, by: by, targetKind: "user", targetID: by.ID, target: by.Username, details: map[string]any{"posts": len(ids)}}); err != nil {
		return 0, Explain(err)
	}
	archive, zone := zip.NewWriter(w), by.Location(s.zone)
	for len(ids) > 0 {
		some := ids[:min(len(ids), exportedAtOnce)]
		ids = ids[len(some):]
		found, err := s.exportedPosts(ctx, by, some)
		if err != nil {
			return posts, err
		}
		files, err := filesWhere(ctx, s.pool, "f.post_id = any($1)", some)
		if err != nil {
			return posts, Explain(err)
		}
		for i := range found {
			of := slices.DeleteFunc(slices.Clone(files), func(f File) bool { return f.PostID != found[i].ID })
			if err := writePost(archive, &found[i], of, zone); err != nil {
				return posts, err
			}
			for j := range of {
				if err := s.writeFile(ctx, archive, &of[j]); err != nil {
					return posts, err
				}
			}
			posts++
		}
	}
	return posts, archive.Close()
}

// writeFile writes a file of a post: as it is, for most kinds are compressed already.
func (s *Store) writeFile(ctx context.Context, archive *zip.Writer, f *File) error {
	method := zip.Store
	if strings.HasPrefix(f.Type, "text/") {
		method = zip.Deflate
	}
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: fileEntry(f), Method: method, Modified: f.CreatedAt})
	if err != nil {
		return err
	}
	from, _, _ := s.OpenFile(ctx, f, 0)
	_, err = io.Copy(entry, from)
	return err
}

func writePost(archive *zip.Writer, p *exportedPost, files []File, zone *time.Location) error {
	file, err := archive.CreateHeader(&zip.FileHeader{Name: "posts/" + p.Ref() + ".md", Method: zip.Deflate, Modified: p.UpdatedAt.In(zone)})
	if err == nil {
		_, err = file.Write(frontMatterOf(p, files, zone))
	}
	if err == nil {
		_, err = io.WriteString(file, p.Content)
	}
	return err
}

// frontMatterOf is the front matter of a post, with the empty line after it. Dates are in the zone, to the microsecond.
func frontMatterOf(p *exportedPost, files []File, zone *time.Location) []byte {
	b := bytes.NewBufferString("---\n")
	text := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + yamlText(value) + "\n")
		}
	}
	at := func(name string, at *time.Time) {
		if at != nil {
			b.WriteString(name + ": " + at.In(zone).Format("2006-01-02T15:04:05.999999-07:00") + "\n")
		}
	}
	text("title", p.Title)
	date := p.Date()
	at("date", &date)
	list := func(name string, values []string) {
		quoted := make([]string, len(values))
		for i, value := range values {
			quoted[i] = yamlText(value)
		}
		if len(values) > 0 {
			b.WriteString(name + ": [" + strings.Join(quoted, ", ") + "]\n")
		}
	}
	list("tags", p.Tags)
	text("lang", p.Lang)
	text("status", p.Status)
	text("visibility", p.Visibility)
	at("publish_at", p.PublishAt)
	if !p.IsPublished() {
		at("published_at", p.PublishedAt)
	}
	at("created_at", &p.CreatedAt)
	at("updated_at", &p.UpdatedAt)
	bare := func(name, value string) { b.WriteString(name + ": " + value + "\n") }
	if p.CommentsClosed {
		bare("comments", "false")
	}
	if t := p.ties; t.series.title != "" {
		text("series", t.series.title)
		if t.series.twin > 1 {
			bare("series_twin", strconv.Itoa(t.series.twin))
		}
		bare("part", strconv.Itoa(t.part))
		text("series_description", t.description)
		if t.closed {
			bare("series_closed", "true")
		}
	}
	list("authors", p.authorNames())
	paths, names, alts := make([]string, len(files)), make([]string, len(files)), make([]string, len(files))
	for i := range files {
		paths[i], names[i], alts[i] = fileEntry(&files[i]), files[i].Name, cmp.Or(files[i].Alt, noAlt)
	}
	list("files", paths)
	list("files_name", names)
	if slices.ContainsFunc(alts, func(alt string) bool { return alt != noAlt }) {
		list("files_alt", alts)
	}
	b.WriteString("---\n\n")
	return b.Bytes()
}

// yamlText is a text between quotation marks, as JSON has it: YAML reads the same.
func yamlText(value string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}
