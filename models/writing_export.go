package models

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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
		for i := range found {
			if err := writePost(archive, &found[i], zone); err != nil {
				return posts, err
			}
			posts++
		}
	}
	return posts, archive.Close()
}

func (s *Store) exportedPosts(ctx context.Context, by *User, ids []int64) ([]Post, error) {
	rows, err := s.pool.Query(ctx, `select p.id, p.title, p.content, p.tags, p.status, p.visibility, p.publish_at, p.lang, p.created_at, p.updated_at, p.published_at
		from posts p where p.id = any($1) and p.user_id = $2 order by p.id`, ids, by.ID)
	if err != nil {
		return nil, Explain(err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Post, err error) {
		return p, row.Scan(&p.ID, &p.Title, &p.Content, (*[]string)(&p.Tags), &p.Status, &p.Visibility, &p.PublishAt, &p.Lang, &p.CreatedAt, &p.UpdatedAt, &p.PublishedAt)
	})
	return found, Explain(err)
}

func writePost(archive *zip.Writer, p *Post, zone *time.Location) error {
	file, err := archive.CreateHeader(&zip.FileHeader{Name: "posts/" + p.Ref() + ".md", Method: zip.Deflate, Modified: p.UpdatedAt.In(zone)})
	if err == nil {
		_, err = file.Write(frontMatterOf(p, zone))
	}
	if err == nil {
		_, err = io.WriteString(file, p.Content)
	}
	return err
}

// frontMatterOf is the front matter of a post, with the empty line after it. Dates are in the zone, to the microsecond.
func frontMatterOf(p *Post, zone *time.Location) []byte {
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
	if len(p.Tags) > 0 {
		tags := make([]string, len(p.Tags))
		for i, tag := range p.Tags {
			tags[i] = yamlText(tag)
		}
		b.WriteString("tags: [" + strings.Join(tags, ", ") + "]\n")
	}
	text("lang", p.Lang)
	text("status", p.Status)
	text("visibility", p.Visibility)
	at("publish_at", p.PublishAt)
	if !p.IsPublished() {
		at("published_at", p.PublishedAt)
	}
	at("created_at", &p.CreatedAt)
	at("updated_at", &p.UpdatedAt)
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
