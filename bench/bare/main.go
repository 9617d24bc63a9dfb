// Bare answers three of Postroom's questions, from the same tables, with net/http, one pgx pool and bytes appended by hand:
// no framework, no ORM, no template, no session, no log. What Postroom loses against it is what its layers cost.
package main

import (
	"context"
	"errors"
	"html"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type site struct{ pool *pgxpool.Pool }

// buffers are used again, so that a reply costs no new memory.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

func main() {
	pool, err := pgxpool.New(context.Background(), os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	s := site{pool}
	http.HandleFunc("GET /api/users/{id}", s.user)
	http.HandleFunc("GET /posts/{ref}", s.post)
	http.HandleFunc("GET /talk/{ref}", s.talk)
	http.HandleFunc("GET /{$}", s.home)
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN_ADDR"), nil))
}

func (s site) user(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	var username, name string
	var created time.Time
	var posts int
	var last *time.Time
	err = s.pool.QueryRow(r.Context(), "select username, name, created_at, post_count, last_post_at from users where id = $1", id).
		Scan(&username, &name, &created, &posts, &last)
	if failed(w, r, err) {
		return
	}
	answer(w, "application/json", func(b []byte) []byte {
		b = append(b, `{"id":`...)
		b = strconv.AppendInt(b, id, 10)
		b = append(b, `,"username":`...)
		b = strconv.AppendQuote(b, username)
		b = append(b, `,"name":`...)
		b = strconv.AppendQuote(b, name)
		b = append(b, `,"created_at":"`...)
		b = created.UTC().AppendFormat(b, time.RFC3339Nano)
		b = append(b, `","post_count":`...)
		b = strconv.AppendInt(b, int64(posts), 10)
		if last != nil {
			b = append(b, `,"last_post_at":"`...)
			b = last.UTC().AppendFormat(b, time.RFC3339Nano)
			b = append(b, '"')
		}
		return append(b, '}')
	})
}

func (s site) home(w http.ResponseWriter, r *http.Request) {
	rows, err := s.pool.Query(r.Context(), `select p.id, p.title, p.excerpt, p.words, p.published_at, u.username, u.name
		from posts p join users u on u.id = p.user_id where p.status = 'published' and p.visibility = 'public'
		order by p.published_at desc, p.id desc limit 20`)
	if failed(w, r, err) {
		return
	}
	defer rows.Close()
	answer(w, "text/html; charset=utf-8", func(b []byte) []byte {
		b = append(b, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Posts</title></head><body><main><h1>Posts</h1>`...)
		var id, words int64
		var title, excerpt, username, name string
		var published time.Time
		for rows.Next() {
			if err := rows.Scan(&id, &title, &excerpt, &words, &published, &username, &name); err != nil {
				return b
			}
			b = append(b, `<article><h2><a href="/posts/`...)
			b = strconv.AppendInt(b, id, 10)
			b = append(b, `">`...)
			b = append(b, html.EscapeString(title)...)
			b = append(b, `</a></h2><p>`...)
			b = append(b, html.EscapeString(excerpt)...)
			b = append(b, `</p><p><a href="/users/`...)
			b = append(b, username...)
			b = append(b, `">`...)
			b = append(b, html.EscapeString(name)...)
			b = append(b, `</a> <time>`...)
			b = published.AppendFormat(b, time.RFC3339)
			b = append(b, `</time></p></article>`...)
		}
		return append(b, `</main></body></html>`...)
	})
}

func (s site) post(w http.ResponseWriter, r *http.Request) { s.answerPost(w, r, nil) }

// talk is a post with its comments.
func (s site) talk(w http.ResponseWriter, r *http.Request) {
	digits, _, _ := strings.Cut(r.PathValue("ref"), "-")
	id, _ := strconv.ParseInt(digits, 10, 64)
	rows, err := s.pool.Query(r.Context(), `select c.id, c.content_html, c.created_at, u.username, u.name
		from comments c join users u on u.id = c.user_id where c.post_id = $1 and c.shown order by c.thread_id, c.id limit 200`, id)
	if failed(w, r, err) {
		return
	}
	defer rows.Close()
	var b []byte
	for rows.Next() {
		var comment int64
		var content, username, name string
		var at time.Time
		if failed(w, r, rows.Scan(&comment, &content, &at, &username, &name)) {
			return
		}
		b = append(b, `<li id="comment-`...)
		b = strconv.AppendInt(b, comment, 10)
		b = append(b, `"><p><a href="/users/`...)
		b = append(b, username...)
		b = append(b, `">`...)
		b = append(b, html.EscapeString(name)...)
		b = append(b, `</a> <time>`...)
		b = at.AppendFormat(b, time.RFC3339)
		b = append(b, `</time></p>`...)
		b = append(b, content...)
		b = append(b, `</li>`...)
	}
	s.answerPost(w, r, b)
}

func (s site) answerPost(w http.ResponseWriter, r *http.Request, comments []byte) {
	digits, _, _ := strings.Cut(r.PathValue("ref"), "-")
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	var title, content, username, name string
	var published *time.Time
	err = s.pool.QueryRow(r.Context(), `select p.title, p.content_html, p.published_at, u.username, u.name
		from posts p join users u on u.id = p.user_id where p.id = $1 and p.status = 'published'`, id).Scan(&title, &content, &published, &username, &name)
	if failed(w, r, err) {
		return
	}
	answer(w, "text/html; charset=utf-8", func(b []byte) []byte {
		b = append(b, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>`...)
		b = append(b, html.EscapeString(title)...)
		b = append(b, `</title></head><body><main><article><h1>`...)
		b = append(b, html.EscapeString(title)...)
		b = append(b, `</h1><p><a href="/users/`...)
		b = append(b, username...)
		b = append(b, `">`...)
		b = append(b, html.EscapeString(name)...)
		b = append(b, `</a> <time>`...)
		b = published.AppendFormat(b, time.RFC3339)
		b = append(b, `</time></p>`...)
		b = append(b, content...)
		b = append(b, comments...)
		return append(b, `</article></main></body></html>`...)
	})
}

func failed(w http.ResponseWriter, r *http.Request, err error) bool {
	switch {
	case err == nil:
		return false
	case errors.Is(err, pgx.ErrNoRows):
		http.NotFound(w, r)
	default:
		http.Error(w, "failed", http.StatusInternalServerError)
	}
	return true
}

func answer(w http.ResponseWriter, kind string, write func([]byte) []byte) {
	p := buffers.Get().(*[]byte)
	*p = write((*p)[:0])
	w.Header().Set("Content-Type", kind)
	w.Write(*p)
	buffers.Put(p)
}
