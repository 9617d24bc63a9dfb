package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	noticesTold  = 5  // posts that are told to all pages
	bellsAtOnce  = 20 // pages that look at their bell at the same time
	manyFollow   = 10_000
	manyPatience = 30 * time.Second
)

// bells are the times that a new post takes until open pages know of it.
type bells struct{ half, all, looked, many time.Duration }

// notices has the newest user followed by the users of all pages, publishes posts of theirs, and waits each time until every page has heard of
// its notice and looked at its bell, all of them as soon as they can. Then many more follow.
func (c *crowd) notices(ctx context.Context, p *place, conn *pgx.Conn, tokens []string) (b bells, err error) {
	const author = "(select max(id) from users where is_active and username not like 'follower-%')"
	if _, err := conn.Exec(ctx, `insert into follows (user_id, author_id) select s.user_id, `+author+` from sessions s
		where s.user_id in (select id from users where is_active order by id limit $1) on conflict do nothing`, len(tokens)); err != nil {
		return b, err
	}
	defer conn.Exec(ctx, "delete from posts where title = 'Told to followers'")
	publish := func() error {
		_, err := conn.Exec(ctx, `insert into posts (user_id, title, content, status, published_at) values (`+author+`, 'Told to followers', 'Words.', 'published', now())`)
		return err
	}
	var halves, alls, looks []time.Duration
	for range noticesTold {
		time.Sleep(500 * time.Millisecond)
		half, all, err := c.waitFor(`"kind":"notice"`, publish)
		if err != nil {
			return b, err
		}
		began := time.Now()
		if err := p.lookAtBells(ctx, tokens); err != nil {
			return b, err
		}
		halves, alls, looks = append(halves, half), append(alls, all), append(looks, time.Since(began))
	}
	b.half, b.all, b.looked = median(halves), median(alls), median(looks)
	if _, err := conn.Exec(ctx, `with made as (insert into users (username, name, email) select 'follower-' || n, 'F', 'follower-' || n || '@example.com' from generate_series(1, $1) n
			on conflict do nothing returning id)
		insert into follows (user_id, author_id) select id, `+author+` from made`, manyFollow); err != nil {
		return b, err
	}
	defer conn.Exec(ctx, "delete from users where username like 'follower-%'")
	began := time.Now()
	if err := publish(); err != nil {
		return b, err
	}
	for n := 1; n > 0; time.Sleep(5 * time.Millisecond) {
		if err := conn.QueryRow(ctx, "select count(*) from new_posts where told_at is null").Scan(&n); err != nil {
			return b, err
		}
		if b.many = time.Since(began); b.many > manyPatience {
			return b, fmt.Errorf("the followers are not told")
		}
	}
	return b, nil
}

// lookAtBells asks for the bell of every page, which must count something.
func (p *place) lookAtBells(ctx context.Context, tokens []string) error {
	var wait sync.WaitGroup
	var next atomic.Int64
	var failed atomic.Pointer[error]
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: bellsAtOnce}}
	defer client.CloseIdleConnections()
	look := func(token string) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url()+"/notices/bell", nil)
		if err != nil {
			return err
		}
		request.AddCookie(&http.Cookie{Name: "postroom", Value: token})
		request.Header.Set("X-Live", "1")
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err == nil && !bytes.Contains(body, []byte("<b>")) {
			err = fmt.Errorf("a bell says %s", body)
		}
		return err
	}
	for range bellsAtOnce {
		wait.Go(func() {
			for n := next.Add(1) - 1; n < livePages; n = next.Add(1) - 1 {
				if err := look(tokens[n/livesEach]); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wait.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
