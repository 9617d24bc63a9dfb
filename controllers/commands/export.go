package commands

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/urfave/cli/v3"

	"postroom/models"
)

// exportLife is how long an export may take.
const exportLife = 12 * time.Hour

func (p *program) exportCommand() *cli.Command {
	filter := &cli.StringFlag{Name: "filter", Usage: "the filter as it stands in the address of the admin's list, such as active=true&meta.city=Lyon"}
	return &cli.Command{
		Name:  "export",
		Usage: "write users or posts to stdout, or one-time links for users",
		Commands: []*cli.Command{
			{
				Name:        "users",
				Usage:       "write the users of a filter to stdout",
				Description: "One consistent picture, as the admin's page and the API give it. Passwords are not in it.",
				Flags: []cli.Flag{filter,
					&cli.StringFlag{Name: "format", Usage: "csv or jsonl", Value: models.ExportCSV},
					&cli.StringFlag{Name: "columns", Usage: "the columns, with commas between; meta.FIELD is a field of users' own"}},
				Action: func(ctx context.Context, c *cli.Command) error { return p.export(ctx, c, "users") },
			},
			{
				Name:        "posts",
				Usage:       "write the posts of a filter to stdout",
				Description: "Drafts too. One consistent picture, as the admin's page and the API give it.",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "filter", Usage: "the filter as it stands in the address of the admin's list, such as status=draft&author=ann"},
					&cli.StringFlag{Name: "format", Usage: "csv or jsonl", Value: models.ExportCSV},
					&cli.StringFlag{Name: "columns", Usage: "the columns, with commas between"}},
				Action: func(ctx context.Context, c *cli.Command) error { return p.export(ctx, c, "posts") },
			},
			{
				Name:        "links",
				Usage:       "make one-time links for the users of a filter who have no password yet, as CSV on stdout",
				Description: fmt.Sprintf("Each signs its user in once and sets a password. They are good for %d days and end the users' earlier ones.", int(models.LinkLife.Hours()/24)),
				Flags:       []cli.Flag{filter, &cli.BoolFlag{Name: "all", Usage: "also for who has a password"}},
				Action:      p.exportLinks,
			},
		},
	}
}

func (p *program) export(ctx context.Context, c *cli.Command, what string) error {
	query, err := filterOf(c)
	if err != nil {
		return err
	}
	if format := c.String("format"); format != models.ExportCSV && format != models.ExportLines {
		return usageError(fmt.Sprintf("--format cannot be %q: it is csv or jsonl", format))
	}
	if columns := c.String("columns"); columns != "" {
		query.Set("columns", columns)
	}
	limitMemory()
	return p.withStore(ctx, exportLife, func(ctx context.Context, s *settings, store *models.Store) error {
		e, err := models.ParseExport(what, c.String("format"), query, s.Zone.Location)
		if err != nil {
			return err
		}
		_, err = store.Export(ctx, nil, e, p.stdout)
		return err
	})
}

func (p *program) exportLinks(ctx context.Context, c *cli.Command) error {
	query, err := filterOf(c)
	if err != nil {
		return err
	}
	return p.withStore(ctx, exportLife, func(ctx context.Context, s *settings, store *models.Store) error {
		filter, err := models.ParseUserFilter(query, s.Zone.Location)
		if err != nil {
			return err
		}
		_, err = store.ExportLinks(ctx, nil, models.LinkExport{Users: filter, All: c.Bool("all"), Link: s.oneTimeLink}, p.stdout)
		return err
	})
}

// filterOf reads the flag --filter.
func filterOf(c *cli.Command) (url.Values, error) {
	if _, err := takes(c); err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(c.String("filter"))
	if err != nil {
		return nil, usageError("--filter cannot be read: it looks like active=true&posts=none")
	}
	return query, nil
}

// oneTimeLink is the address under which a token lets its user in.
func (s *settings) oneTimeLink(token string) string {
	link := s.site(s.listen()).JoinPath("link")
	link.RawQuery = url.Values{"token": {token}}.Encode()
	return link.String()
}
