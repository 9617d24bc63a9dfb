package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"postroom/models"
)

func (p *program) tokenCommand() *cli.Command {
	return &cli.Command{
		Name:  "token",
		Usage: "create a token for the API",
		Commands: []*cli.Command{{
			Name:        "create",
			Usage:       "print a token for the API; it is shown this once",
			ArgsUsage:   "USERNAME",
			Description: "A scope includes the lower ones.",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "name", Usage: "what the token is for"},
				&cli.StringFlag{Name: "scope", Usage: "read, write or admin", Value: models.ScopeRead},
			},
			Action: p.createToken,
		}},
	}
}

func (p *program) createToken(ctx context.Context, c *cli.Command) error {
	words, err := takes(c, "USERNAME")
	if err != nil {
		return err
	}
	if err := needs(c, "name"); err != nil {
		return err
	}
	switch scope := c.String("scope"); scope {
	case models.ScopeRead, models.ScopeWrite, models.ScopeAdmin:
	default:
		return usageError(fmt.Sprintf("--scope cannot be %q: it is read, write or admin", scope))
	}
	return p.withStore(ctx, time.Minute, func(ctx context.Context, _ *settings, store *models.Store) error {
		user, err := activeUser(ctx, store, words[0])
		if err != nil {
			return err
		}
		_, secret, err := store.CreateToken(ctx, user, c.String("name"), c.String("scope"))
		if err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, secret)
		return nil
	})
}
