package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
)

// How many posts have comments for the measurement, and how many each.
const (
	talkedPosts  = 2000
	commentsEach = 50
)

// comments measures the page of a post with 50 comments for visitors, beside the bare program, which answers the post with its comments
// in two statements: one post that everybody reads, and posts that are read once in a while, whose pages nobody keeps.
func (b *bench) comments() error {
	p := b.large
	if err := p.fill(); err != nil {
		return err
	}
	if err := b.buildBare(); err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	defer p.stop()
	one, err := p.talk()
	if err != nil {
		return err
	}
	bare, err := p.startBare()
	if err != nil {
		return err
	}
	defer bare.Process.Kill()
	fmt.Printf("\n| a post with %d comments, requests a second | Postroom | bare | ratio | to reach |\n|---|---|---|---|---|\n", commentsEach)
	for _, q := range []struct{ name, path, ours, theirs string }{
		{"one that everybody reads", one, "", ""},
		{fmt.Sprintf("%d of them in turn", talkedPosts), "", "talk", "talk-bare"},
	} {
		var ours, theirs []float64
		for range b.rounds {
			a, err := p.wrk(p.url(), "/posts/"+q.path, q.ours, false, b.seconds)
			if err != nil {
				return err
			}
			other, err := p.wrk(p.bareURL(), "/talk/"+q.path, q.theirs, false, b.seconds)
			if err != nil {
				return err
			}
			ours, theirs = append(ours, a), append(theirs, other)
		}
		a, other := median(ours), median(theirs)
		fmt.Printf("| %s | %.0f | %.0f | %.2f | 0.40 |\n", q.name, a, other, a/other)
	}
	return nil
}

// talk sees to it that the posts have their comments, and writes down their addresses; it returns one of them.
func (p *place) talk() (one string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.database())
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	const words = "Mine took two days, and I was happy all the same. The part about patience should hang on a wall somewhere, for all to see. "
	if _, err := conn.Exec(ctx, `insert into comments (post_id, user_id, content, content_html)
		select p.id, u.id, $3, '<p>' || $3 || '</p>' from (select id from posts where status = 'published' and visibility = 'public' and id % greatest(1, (select max(id) from posts) / $1) = 0 limit $1) p,
			(select id from users order by id limit $2) u where not exists (select from comments where content = $3 limit 1)`, talkedPosts, commentsEach, words); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "vacuum (analyze) comments"); err != nil {
		return "", err
	}
	rows, err := conn.Query(ctx, "select p.id, p.title from posts p join post_comments k on k.post_id = p.id where k.n >= $1 order by p.id", commentsEach)
	if err != nil {
		return "", err
	}
	var ours, theirs strings.Builder
	var id int64
	var title string
	if _, err := pgx.ForEachRow(rows, []any{&id, &title}, func() error {
		one = url.PathEscape((&models.Post{ID: id, Title: title}).Ref())
		fmt.Fprintf(&ours, "/posts/%s\n", one)
		fmt.Fprintf(&theirs, "/talk/%s\n", one)
		return nil
	}); err != nil {
		return "", err
	}
	for name, paths := range map[string]string{"talk": ours.String(), "talk-bare": theirs.String()} {
		if err := os.WriteFile(filepath.Join(p.home, p.name+"-"+name+".txt"), []byte(paths), 0o644); err != nil {
			return "", err
		}
	}
	return one, nil
}
