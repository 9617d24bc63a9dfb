package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// aSave is what saving a post of 100 KB may take.
const aSave = 50 * time.Millisecond

// places measures the pages that readers come to, on both sites in turn, and saving a post. Who is signed in gets each page made: every
// address is asked for once by a visitor before, and then once.
func (b *bench) places() error {
	sites := []*place{b.small, b.large}
	var pages [2][]benchPlace
	for i, p := range sites {
		if err := p.open(); err != nil {
			return err
		}
		defer p.stop()
		var err error
		if pages[i], err = p.places(b.rounds); err != nil {
			return err
		}
	}
	fmt.Printf("\n| median, in ms | %d posts | %d posts | ratio | to reach |\n|---|---|---|---|---|\n", b.small.posts, b.large.posts)
	for n, page := range pages[0] {
		if err := b.small.warm(page.paths[0][0]); err != nil {
			fmt.Printf("| %s | %v | | | 1.30 × |\n", page.name, err)
			continue
		}
		var took [2][]time.Duration
		for round := range b.rounds {
			for i, p := range sites {
				for _, path := range pages[i][n].paths[round] {
					if err := p.warm(path); err != nil {
						return err
					}
					one, err := p.medianOf(path, 1)
					if err != nil {
						return err
					}
					took[i] = append(took[i], one)
				}
			}
		}
		small, large := median(took[0]), median(took[1])
		fmt.Printf("| %s | %.1f | %.1f | %.2f × | 1.30 × |\n", page.name, ms(small), ms(large), float64(large)/float64(small))
	}
	fmt.Println("\n| saving a post of 100 KB, in ms | best | median | to reach |\n|---|---|---|---|")
	for _, p := range sites {
		took, err := p.saves(6 * b.rounds)
		if err != nil {
			return err
		}
		fmt.Printf("| %d posts | %.1f | %.1f | %.0f |\n", p.posts, ms(took[0]), ms(median(took)), ms(aSave))
	}
	return nil
}

// warm asks for a page as a visitor: what it shows is in PostgreSQL's memory then, on either site.
func (p *place) warm(path string) error {
	_, err := (&place{port: p.port, client: http.DefaultClient}).medianOf(path, 1)
	return err
}

// benchPlace is a page, at other addresses in each round.
type benchPlace struct {
	name  string
	paths [][]string
}

const placesARound = 20

// places are pages of each kind, none twice. The authors and series of both sites have as many posts.
func (p *place) places(rounds int) ([]benchPlace, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.database())
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `with new as (insert into series (user_id, title) select id, 'Bench ' || id from users where post_count between 10 and 40
			and not exists (select from series) order by id limit $1 returning id, user_id)
		insert into series_posts (series_id, post_id, position) select n.id, p.id, row_number() over (partition by n.id order by p.published_at)
		from new n, lateral (select id, published_at from posts where user_id = n.user_id and status = 'published' and visibility = 'public' order by published_at desc limit 10) p`, rounds*placesARound); err != nil {
		return nil, err
	}
	var list []benchPlace
	for _, kind := range []struct{ name, sql string }{
		{"the newest posts", `select '/?after=' || (extract(epoch from published_at) * 1000000)::bigint || '-' || id from posts where status = 'published' and visibility = 'public' order by published_at desc, id desc limit $1`},
		{"the newest posts, further back", `select '/?after=' || (extract(epoch from published_at) * 1000000)::bigint || '-' || id from posts where status = 'published' and visibility = 'public' order by published_at, id offset 100 limit $1`},
		{"a tag, the one with most posts", `select '/tags/' || t.tag || '?after=' || (extract(epoch from published_at) * 1000000)::bigint || '-' || post_id
			from (select tag from post_tags group by tag order by count(*) desc limit 1) m join post_tags t using (tag) order by published_at desc limit $1`},
		{"an author with 10 to 40 posts", `select '/users/' || username from users where post_count between 10 and 40 order by id desc limit $1`},
		{"a series", `select '/series/' || id from series where title like 'Bench %' order by id limit $1`},
		{"a post", `select '/posts/' || id from posts where status = 'published' and visibility = 'public' order by id desc limit $1`},
	} {
		rows, err := conn.Query(ctx, kind.sql, rounds*placesARound)
		if err != nil {
			return nil, err
		}
		paths, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, err
		}
		if len(paths) < rounds {
			return nil, fmt.Errorf("%s: %d addresses", kind.name, len(paths))
		}
		list = append(list, benchPlace{kind.name, slices.Collect(slices.Chunk(paths, len(paths)/rounds))})
	}
	return list, nil
}

// saves are the times of saving a post of 100 KB by its form, changed each time, the shortest first; the answer is a redirect, which is not
// followed.
func (p *place) saves(times int) ([]time.Duration, error) {
	client := &http.Client{Jar: p.client.Jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var took []time.Duration
	for n := range times {
		text := longPost(n)
		start := time.Now()
		response, err := client.PostForm(p.url()+"/posts", url.Values{"title": {fmt.Sprintf("A long one, %d", n)}, "content": {text}, "tags": {"bench"}, "status": {"published"}})
		if err != nil {
			return nil, err
		}
		response.Body.Close()
		if response.StatusCode != http.StatusSeeOther {
			return nil, fmt.Errorf("a post was answered with %d", response.StatusCode)
		}
		took = append(took, time.Since(start))
	}
	return slices.Sorted(slices.Values(took)), nil
}

// longPost is a text of 100 KB: a heading for every five paragraphs of six sentences, with a few words marked and a link in each.
func longPost(n int) string {
	text := &strings.Builder{}
	for i := 0; text.Len() < 100<<10; i++ {
		if i%5 == 0 {
			fmt.Fprintf(text, "## Part %d\n\n", i/5)
		}
		for j := range 6 {
			fmt.Fprintf(text, "The %dth time we looked at number %d of the row, somebody said word%d and went on to tell of nothing else. ", j, i*n, (i*7919+j*31+n)%5000)
		}
		fmt.Fprintf(text, "It was *quite* clear, and [written down](https://example.com/%d).\n\n", i)
	}
	return text.String()
}
