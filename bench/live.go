package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	livePages = 500
	livesEach = 10 // of one user
	liveStuck = 10 // never read, where that is measured
)

// live measures what pages that follow cost: the program's memory, how soon a change is told, and what a writer notices.
func (b *bench) live() error {
	p := b.small
	if err := p.fill(); err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	defer p.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.database())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	tokens, err := liveSessions(ctx, conn)
	if err != nil {
		return err
	}
	if err := p.signIn(); err != nil {
		return err
	}
	if _, err := p.medianOf("/admin", 200); err != nil { // as a program is that has worked
		return err
	}

	before, _, err := p.settledMemory()
	if err != nil {
		return err
	}
	crowd, err := p.follow(tokens, 0)
	defer func() { crowd.close() }()
	if err != nil {
		return err
	}
	half, all, err := crowd.deliveries(ctx, conn)
	if err != nil {
		return err
	}
	bells, err := crowd.notices(ctx, p, conn, tokens)
	if err != nil {
		return err
	}
	_, after, err := p.settledMemory()
	if err != nil {
		return err
	}
	fmt.Printf("\n| %d open pages | measured | to reach |\n|---|---|---|\n", livePages)
	fmt.Printf("| resident memory before and with them | %.1f and %.1f MB: %.1f MB more | 50 MB more |\n", mb(before), mb(after), mb(after-before))
	fmt.Printf("| from a commit until half of them, and all of them, have heard of it | %.0f and %.0f ms | |\n", ms(half), ms(all))
	fmt.Printf("| from a new post until half, and all, have heard of their notice | %.0f and %.0f ms | |\n", ms(bells.half), ms(bells.all))
	fmt.Printf("| until all of them have looked at their bell, %d at once | %.0f ms more | |\n", bellsAtOnce, ms(bells.looked))
	fmt.Printf("| until %d followers are told | %.0f ms | |\n", manyFollow, ms(bells.many))
	crowd.close()
	return b.liveWriters(ctx, conn, tokens)
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// database is the address of the site's own PostgreSQL.
func (p *place) database() string {
	address := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postroom",
		RawQuery: url.Values{"host": {filepath.Join(p.data(), "pgdata")}}.Encode()}
	return address.String()
}

// liveSessions signs the first users in, without their passwords.
func liveSessions(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	var tokens []string
	for n := range livePages / livesEach {
		token := fmt.Sprintf("a-token-for-measuring-%d", n)
		hash := sha256.Sum256([]byte(token))
		_, err := conn.Exec(ctx, `insert into sessions (token_hash, user_id, expires_at) select $1, id, now() + interval '1 day' from users
			where is_active order by id offset $2 limit 1 on conflict (token_hash) do update set expires_at = excluded.expires_at`, hash[:], n)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}
