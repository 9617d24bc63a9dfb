package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"postroom/models"
)

func (p *program) userCommand() *cli.Command {
	return &cli.Command{
		Name:  "user",
		Usage: "create a user, or let one in again",
		Commands: []*cli.Command{
			{
				Name:        "create",
				Usage:       "create a user",
				Description: "The password is asked for on the terminal, twice, or is the first line of stdin.",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "username", Usage: "3 to 50 letters, digits, - or _"},
					&cli.StringFlag{Name: "email", Usage: "the e-mail address"},
					&cli.StringFlag{Name: "name", Usage: "the name on the pages; else the user name"},
					&cli.BoolFlag{Name: "admin", Usage: "an admin, who may do everything"},
					&cli.BoolFlag{Name: "password-stdin", Usage: "take the password from stdin"},
				},
				Action: p.createUser,
			},
			{
				Name:        "link",
				Usage:       "print a one-time link that signs a user in and sets a new password",
				ArgsUsage:   "USERNAME",
				Description: fmt.Sprintf("For who is locked out. The link is good for %d days and ends the user's earlier ones.", int(models.LinkLife.Hours()/24)),
				Action:      p.linkUser,
			},
		},
	}
}

func (p *program) createUser(ctx context.Context, c *cli.Command) error {
	if _, err := takes(c); err != nil {
		return err
	}
	if err := needs(c, "username", "email"); err != nil {
		return err
	}
	password, err := p.newPassword(ctx, c.Bool("password-stdin"))
	if err != nil {
		return err
	}
	in := models.NewUser{Username: c.String("username"), Email: c.String("email"), Name: c.String("name"), Password: password}
	if c.Bool("admin") {
		in.Role = models.RoleAdmin
	}
	return p.withStore(ctx, time.Minute, func(ctx context.Context, _ *settings, store *models.Store) error {
		user, err := store.CreateUser(ctx, nil, in)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "created the %s %s\n", user.Role, user.Username)
		return nil
	})
}

func (p *program) linkUser(ctx context.Context, c *cli.Command) error {
	words, err := takes(c, "USERNAME")
	if err != nil {
		return err
	}
	return p.withStore(ctx, time.Minute, func(ctx context.Context, s *settings, store *models.Store) error {
		user, err := activeUser(ctx, store, words[0])
		if err != nil {
			return err
		}
		token, err := store.CreateLink(ctx, nil, user.ID)
		if err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, s.oneTimeLink(token))
		return nil
	})
}

// activeUser finds a user by name. Links and tokens of a deactivated one would open nothing.
func activeUser(ctx context.Context, store *models.Store, username string) (*models.User, error) {
	user, err := store.UserByName(ctx, username)
	if errors.Is(err, models.ErrNotFound) {
		return nil, fmt.Errorf("there is no user %q", username)
	}
	if err == nil && !user.IsActive {
		return nil, fmt.Errorf("the user %s is deactivated: an admin has to reactivate the account first", user.Username)
	}
	return user, err
}
