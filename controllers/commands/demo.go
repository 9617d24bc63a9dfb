package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"postroom/models"
)

func (p *program) demoCommand() *cli.Command {
	return &cli.Command{
		Name:        "demo",
		Usage:       "add made-up users, posts, thanks and orders to what is there",
		Description: "The same seed gives the same people, posts, credits and orders. The people share one password, which is printed at the end.",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "users", Usage: "how many users", HideDefault: true},
			&cli.IntFlag{Name: "posts", Usage: "how many posts, all by these users", HideDefault: true},
			&cli.Int64Flag{Name: "seed", Usage: "another number gives another population", Value: 1},
		},
		Action: p.demo,
	}
}

func (p *program) demo(ctx context.Context, c *cli.Command) error {
	if _, err := takes(c); err != nil {
		return err
	}
	if err := needs(c, "users", "posts"); err != nil {
		return err
	}
	options := models.DemoOptions{Users: c.Int("users"), Posts: c.Int("posts"), Seed: c.Int64("seed")}
	switch {
	case options.Users < 1:
		return usageError("--users cannot be less than 1")
	case options.Posts < 0:
		return usageError("--posts cannot be less than 0")
	}
	limitMemory()
	return p.withStore(ctx, 2*time.Hour, func(ctx context.Context, _ *settings, store *models.Store) error {
		bar := p.progress()
		options.Progress = func(done, total int64) { bar.rows(done, total, "users and posts") }
		began := time.Now()
		made, err := store.Demo(ctx, options)
		bar.finish()
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "added %d users and %d posts in %s\n", made.Users, made.Posts, time.Since(began).Round(100*time.Millisecond))
		fmt.Fprintf(p.stdout, "each of them signs in with the password %s\n", made.Password)
		return nil
	})
}
