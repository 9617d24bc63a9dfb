package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"postroom/models"
)

func (p *program) migrateCommand() *cli.Command {
	return &cli.Command{
		Name:   "migrate",
		Usage:  "bring the database to this program's schema",
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "status", Usage: "only list the steps, and when each has run"}},
		Action: p.migrate,
	}
}

func (p *program) migrate(ctx context.Context, c *cli.Command) error {
	if _, err := takes(c); err != nil {
		return err
	}
	s, err := readSettings(p.environ, p.dotenv)
	if err != nil {
		return err
	}
	d, err := p.openDatabase(ctx, s, s.newLog(p.stderr))
	if err != nil {
		return err
	}
	defer d.close()
	ctx, cancel := context.WithTimeout(ctx, 6*time.Hour) // an index over many rows takes its time
	defer cancel()
	if c.Bool("status") {
		return p.migrationStatus(ctx, d.Store)
	}
	ran, err := d.Migrate(ctx)
	if err == nil {
		err = d.KeepAddresses(ctx, int(s.AddressDays))
	}
	for _, step := range ran {
		fmt.Fprintln(p.stdout, "ran", stepName(step))
	}
	if err == nil && len(ran) == 0 {
		fmt.Fprintf(p.stdout, "nothing to do: the schema is at %d\n", models.SchemaVersion())
	}
	return err
}

func (p *program) migrationStatus(ctx context.Context, store *models.Store) error {
	steps, err := store.Migrations(ctx)
	if err != nil {
		return err
	}
	for _, step := range steps {
		when := "not yet"
		if step.AppliedAt != nil {
			when = step.AppliedAt.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(p.stdout, "%-20s  %s\n", when, stepName(step))
	}
	return nil
}

func stepName(step models.Migration) string { return fmt.Sprintf("%04d %s", step.Version, step.Name) }

func pendingOf(steps []models.Migration) []string {
	var names []string
	for _, step := range steps {
		if step.AppliedAt == nil {
			names = append(names, stepName(step))
		}
	}
	return names
}
