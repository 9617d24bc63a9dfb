package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// liveWriters measures, in turn, how long each post takes that one connection publishes after the other: while nobody
// follows, while all pages do, and while some of them never read.
func (b *bench) liveWriters(ctx context.Context, conn *pgx.Conn, tokens []string) error {
	names := []string{"nobody follows", fmt.Sprintf("%d pages follow", livePages), fmt.Sprintf("%d follow, and %d of them never read", livePages, liveStuck)}
	took := make([][]time.Duration, len(names))
	cut := 0
	for round := range b.rounds {
		for i := range names {
			err := func() error {
				if i > 0 {
					crowd, err := b.small.follow(tokens, (i-1)*liveStuck)
					defer crowd.close()
					if err != nil {
						return err
					}
					if i == 2 {
						if err := fillUp(ctx, conn); err != nil {
							return err
						}
						if round == b.rounds-1 {
							defer func() { cut = crowd.cutOff(liveStuck) }()
						}
					}
				}
				for end := time.Now().Add(time.Duration(b.seconds) * time.Second); time.Now().Before(end); {
					began := time.Now()
					if _, err := conn.Exec(ctx, `insert into posts (user_id, title, content, status, published_at)
						values (1, 'For measuring', 'Words.', 'published', now())`); err != nil {
						return err
					}
					took[i] = append(took[i], time.Since(began))
				}
				return nil
			}()
			if err != nil {
				return err
			}
			time.Sleep(time.Second)
		}
	}
	for i, name := range names {
		slices.Sort(took[i])
		half, most := took[i][len(took[i])/2], took[i][len(took[i])*99/100]
		fmt.Printf("| a writer's post, median and 99 of 100: %s | %.1f and %.1f ms: %.2f × | |\n", name, ms(half), ms(most), float64(half)/float64(took[0][len(took[0])/2]))
	}
	fmt.Printf("| pages that never read and are cut off | %d of %d | %d |\n", cut, liveStuck, liveStuck)
	_, err := conn.Exec(ctx, `delete from posts where title = 'For measuring'`)
	return err
}

// fillUp tells the user of the pages that never read what is large, until nothing more goes into their connections.
func fillUp(ctx context.Context, conn *pgx.Conn) error {
	large := strings.Repeat("x", 1<<19)
	for n := range 10 {
		if _, err := conn.Exec(ctx, `select tell($1, $2, id) from (select id from users where is_active order by id offset $3 limit $4) u`,
			large, n+1, (livePages-liveStuck)/livesEach, liveStuck/livesEach); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(3 * time.Second)
	_, err := conn.Exec(ctx, `delete from events where kind = $1`, large)
	return err
}
