package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"postroom/models"
)

func (p *program) checkCommand() *cli.Command {
	return &cli.Command{
		Name:        "check",
		Usage:       "recount every figure that is kept",
		Description: "Prints a line for each that is off, and exits with 1 where there is any. Nothing is changed.",
		Action:      p.check,
	}
}

func (p *program) check(ctx context.Context, c *cli.Command) error {
	if _, err := takes(c); err != nil {
		return err
	}
	return p.withStore(ctx, time.Hour, func(ctx context.Context, _ *settings, store *models.Store) error {
		off, err := store.Check(ctx)
		if err != nil {
			return err
		}
		for _, line := range off {
			fmt.Fprintln(p.stdout, line)
		}
		switch len(off) {
		case 0:
			fmt.Fprintln(p.stdout, "every figure is right")
			return nil
		case 1:
			return fmt.Errorf("1 figure is off")
		}
		return fmt.Errorf("%d figures are off", len(off))
	})
}
