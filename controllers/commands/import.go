package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"postroom/models"
)

// importLife is how long an import may take.
const importLife = 12 * time.Hour

func (p *program) importCommand() *cli.Command {
	return &cli.Command{
		Name:  "import",
		Usage: "bring in users from a file",
		Commands: []*cli.Command{{
			Name:      "users",
			ArgsUsage: "FILE|-",
			Usage:     "create and change users as a CSV file says",
			Description: "The file is rehearsed first, and then all of it that is not refused is committed in one transaction. Separator, quotes\n" +
				"and encoding are recognised; columns are matched to fields by their names, and unknown ones become users' own fields.\n" +
				"Users are found by user name or e-mail. Passwords are never imported: see export links. Refused lines are counted,\n" +
				"and do not make it fail.",
			Flags: []cli.Flag{
				&cli.BoolFlag{Name: "rehearse", Usage: "tell what would be done, and do nothing"},
				&cli.StringFlag{Name: "errors", Usage: "write the refused lines to this file, with their reasons, to be mended and imported again"},
				&cli.StringFlag{Name: "mode", Usage: "both, create or update: skip who is here already, or who is not", Value: models.ImportBoth},
				&cli.StringFlag{Name: "match", Usage: "find users by either, email or username", Value: models.MatchEither},
				&cli.StringFlag{Name: "columns", Usage: "columns to match by hand, such as Login=username,Town=meta.city,Fax=none"},
			},
			Action: p.importUsers,
		}},
	}
}

func (p *program) importUsers(ctx context.Context, c *cli.Command) error {
	words, err := takes(c, "FILE")
	if err != nil {
		return err
	}
	byHand, err := columnsByHand(c.String("columns"))
	if err != nil {
		return err
	}
	file, in, err := p.importFile(words[0])
	if err != nil {
		return err
	}
	defer file.Close()
	in.Mode, in.Match, in.Wait = c.String("mode"), c.String("match"), len(byHand) > 0
	run := &importRun{program: p, in: in, byHand: byHand, rehearse: c.Bool("rehearse"), bar: p.progress()}
	if name := c.String("errors"); name != "" {
		refused, err := os.Create(name) // before anything is done
		if err != nil {
			return err
		}
		defer refused.Close()
		run.refused = refused
	}
	limitMemory()
	return p.withStore(ctx, importLife, func(ctx context.Context, _ *settings, store *models.Store) error {
		run.Store = store
		return run.do(ctx, file)
	})
}

// importFile opens the file, or the standard input.
func (p *program) importFile(name string) (io.ReadCloser, models.NewImport, error) {
	if name == "-" {
		return io.NopCloser(p.stdin), models.NewImport{Name: "stdin", Size: -1}, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, models.NewImport{}, err
	}
	in := models.NewImport{Name: filepath.Base(name), Size: -1}
	if about, err := file.Stat(); err == nil && about.Mode().IsRegular() {
		in.Size = about.Size()
	}
	return file, in, nil
}

// importRun is an import by the command.
type importRun struct {
	*program
	*models.Store
	in       models.NewImport
	byHand   []models.ImportColumn
	rehearse bool
	bar      *progress
	refused  *os.File // nil: nobody asked for the refused lines
}

func (r *importRun) do(ctx context.Context, file io.Reader) error {
	defer r.bar.finish()
	began := time.Now()
	i, err := r.stage(ctx, file)
	if err != nil {
		return err
	}
	defer r.leave(ctx, i.ID)
	if i, err = r.await(ctx, i.ID); err != nil {
		return err
	}
	if err := r.writeRefused(ctx, i); err != nil {
		return err
	}
	if r.rehearse || i.Created+i.Changed == 0 {
		r.tell(i, "would create %d and change %d users", began)
		return nil
	}
	for try := 1; ; try++ {
		if err := r.CommitImport(ctx, nil, i.ID, i.Rehearsal); err != nil {
			return err
		}
		if i, err = r.await(ctx, i.ID); err != nil {
			return err
		}
		if i.State == models.ImportCommitted {
			break
		}
		if try == 5 || i.Created+i.Changed == 0 { // it was rehearsed again, and came out differently
			return errors.New("the users change while they are imported, so nothing was done: try again later")
		}
		if err := r.writeRefused(ctx, i); err != nil {
			return err
		}
	}
	r.tell(i, "created %d and changed %d users", began)
	fmt.Fprintf(r.stdout, "receipt %d: it can be undone for 30 days\n", i.ActID)
	return nil
}

// stage reads the file, and matches columns by hand where that was asked for.
func (r *importRun) stage(ctx context.Context, file io.Reader) (*models.Import, error) {
	i, err := r.StageImport(ctx, nil, r.in, &readProgress{file, r.bar, 0, r.in.Size})
	if err != nil || !r.in.Wait || i.State != models.ImportStaged {
		return i, err
	}
	for _, chosen := range r.byHand {
		n := slices.IndexFunc(i.Columns, func(c models.ImportColumn) bool { return c.Name == chosen.Name })
		if n < 0 {
			return nil, errors.Join(fmt.Errorf("the file has no column %q", chosen.Name), r.DropImport(ctx, nil, i.ID))
		}
		i.Columns[n] = chosen
	}
	if err := r.RehearseImport(ctx, nil, i.ID, i.Columns, i.Mode, i.Match); err != nil {
		return nil, errors.Join(err, r.DropImport(ctx, nil, i.ID))
	}
	return i, nil
}

// await waits until nothing goes on with the import.
func (r *importRun) await(ctx context.Context, id int64) (*models.Import, error) {
	i, err := r.AwaitImport(ctx, nil, id, func(i *models.Import) {
		switch i.State {
		case models.ImportRehearsing:
			r.bar.rows(i.Done, i.Lines, "rehearsing lines")
		case models.ImportCommitting:
			r.bar.rows(i.Done, i.Lines, "committing lines")
		}
	})
	if err == nil && i.State == models.ImportFailed {
		err = errors.New(i.Failure.String())
	}
	if err == nil && i.State == models.ImportDropped {
		err = errors.New("somebody threw the import away: nothing was changed")
	}
	return i, err
}

// leave throws away what was only rehearsed. What is being committed goes on in any program of the site.
func (r *importRun) leave(ctx context.Context, id int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	i, err := r.Import(ctx, nil, id)
	switch {
	case err != nil:
	case i.CanBeDropped():
		r.DropImport(ctx, nil, id)
	case i.State == models.ImportCommitting:
		fmt.Fprintf(r.stderr, "postroom: import %d is being committed, and goes on when the site runs\n", id)
	}
}

// tell says what was done, or would be.
func (r *importRun) tell(i *models.Import, did string, began time.Time) {
	r.bar.finish()
	fmt.Fprintf(r.stdout, did+", %d as they are, %d skipped, %d refused, of %d lines in %s\n", i.Created, i.Changed, i.Same, i.Passed, i.Refused, i.Lines,
		time.Since(began).Round(100*time.Millisecond))
}

// saidRefused is how many refused lines are told on the terminal.
const saidRefused = 10

// writeRefused writes the refused lines to their file, and tells of the first.
func (r *importRun) writeRefused(ctx context.Context, i *models.Import) error {
	r.bar.finish()
	lines, more, err := r.ImportLines(ctx, i, "refuse", 0, saidRefused)
	if err != nil {
		return err
	}
	for _, line := range lines {
		for _, problem := range line.Problems {
			about := problem.Column
			if about != "" {
				about += ": "
			}
			fmt.Fprintf(r.stderr, "line %d: %s%s\n", line.Line, about, problem.Say)
		}
	}
	if more {
		fmt.Fprintf(r.stderr, "and %d more lines\n", i.Refused-saidRefused)
	}
	if r.refused == nil {
		return nil
	}
	if _, err := r.refused.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := r.refused.Truncate(0); err != nil {
		return err
	}
	return r.WriteImportErrors(ctx, i, r.refused, models.Sentence.String)
}

// readProgress tells how much of a file is read.
type readProgress struct {
	file io.Reader
	bar  *progress
	done int64
	size int64
}

// Read reads a piece.
func (r *readProgress) Read(b []byte) (int, error) {
	n, err := r.file.Read(b)
	if r.done += int64(n); n > 0 {
		r.bar.bytes(r.done, r.size, "reading")
	}
	return n, err
}

// columnsByHand reads the flag --columns.
func columnsByHand(flag string) (columns []models.ImportColumn, err error) {
	for _, part := range strings.FieldsFunc(flag, func(r rune) bool { return r == ',' }) {
		name, use, ok := strings.Cut(part, "=")
		column := models.ImportColumn{Name: strings.TrimSpace(name), Use: strings.TrimSpace(use)}
		if own, is := strings.CutPrefix(column.Use, "meta."); is {
			column.Use, column.Own = models.UseOwn, own
		}
		if !ok || column.Use != models.UseOwn && column.Use != models.UseNone && !slices.Contains(models.ImportFields, column.Use) {
			return nil, usageError(fmt.Sprintf("--columns cannot be %q: it looks like Login=username,Town=meta.city,Fax=none", flag))
		}
		columns = append(columns, column)
	}
	return columns, nil
}
