package controllers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"postroom/models/modelstest"
)

// BenchmarkReadAUser compares GET /api/users/{id} with the least that can answer it: net/http and a pool, bytes put
// together by hand. "handler" leaves the network out, "server" has it.
func BenchmarkReadAUser(b *testing.B) {
	address := modelstest.URL(b)
	s := newSiteOver(b, modelstest.Open(b, address))
	user := modelstest.User(b, s.Store)
	pool, err := pgxpool.New(context.Background(), address)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	bare := bareUsers(pool)
	path := fmt.Sprintf("/api/users/%d", user.ID)
	for name, handler := range map[string]http.Handler{"bare": bare, "site": s.App.Handler()} {
		b.Run("handler/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
		b.Run("server/"+name, func(b *testing.B) {
			server := httptest.NewServer(handler)
			defer server.Close()
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					response, err := client.Get(server.URL + path)
					if err != nil || response.StatusCode != http.StatusOK {
						b.Error(err)
						return
					}
					response.Body.Close()
				}
			})
		})
	}
}

func bareUsers(pool *pgxpool.Pool) http.Handler {
	buffers := sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil {
			http.Error(w, "bad id", http.StatusBadRequest)
			return
		}
		var username, name string
		var created time.Time
		if err := pool.QueryRow(r.Context(), "select username, name, created_at from users where id = $1", id).Scan(&username, &name, &created); err != nil {
			http.Error(w, "none", http.StatusNotFound)
			return
		}
		p := buffers.Get().(*[]byte)
		b := strconv.AppendInt(append((*p)[:0], `{"id":`...), int64(id), 10)
		b = strconv.AppendQuote(append(b, `,"username":`...), username)
		b = strconv.AppendQuote(append(b, `,"name":`...), name)
		b = append(created.AppendFormat(append(b, `,"created_at":"`...), time.RFC3339Nano), `"}`...)
		w.Header().Set("Content-Type", "application/json")
		w.Write(b)
		*p = b
		buffers.Put(p)
	})
	return mux
}
