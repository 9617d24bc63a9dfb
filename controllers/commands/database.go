package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"postroom/models"
	"postroom/models/embedded"
)

// databaseName is the database of a private PostgreSQL.
const databaseName = "postroom"

// database is an open Store, and the private PostgreSQL under it where no database is configured.
type database struct {
	*models.Store
	private *embedded.Server // nil: a configured database
}

// openDatabase opens the configured database, for which it waits, or the private one: it joins the server that runs in the
// data folder, or starts it for as long as this program runs.
func (p *program) openDatabase(ctx context.Context, s *settings, log *slog.Logger) (*database, error) {
	d := &database{}
	address := s.databaseURL()
	if address == "" {
		var err error
		if d.private, err = p.openPrivate(ctx, s, log); err != nil {
			return nil, err
		}
		address = d.private.DSN(databaseName)
	}
	options := models.Options{
		URL: address, MaxConns: int32(s.MaxConns), MinConns: int32(s.MinConns), ConnectTimeout: s.connectTimeout(),
		Secret: string(s.SessionSecret), Zone: s.Zone.Location, LogSQL: bool(s.LogSQL), Log: log,
	}
	store, err := d.openStore(ctx, options, p.patience)
	if err != nil {
		d.close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	d.Store = store
	return d, nil
}

// openStore waits for a configured database. A private one is there, and has a database but for the first time: trying saves
// a connection, and with it a tenth of a warm start.
func (d *database) openStore(ctx context.Context, options models.Options, patience time.Duration) (*models.Store, error) {
	if d.private != nil {
		if store, err := models.Open(ctx, options); err == nil {
			return store, nil
		}
		if err := d.private.EnsureDatabase(ctx, databaseName); err != nil {
			return nil, err
		}
	}
	options.Wait = patience
	return models.Open(ctx, options)
}

func (p *program) openPrivate(ctx context.Context, s *settings, log *slog.Logger) (*embedded.Server, error) {
	dir := s.DataDir
	if dir == "" {
		var why string
		if dir, why = embedded.PickDir("data"); why != "" {
			log.Info(why)
		}
	}
	bar := p.progress()
	server, err := embedded.Open(ctx, dir, embedded.Options{Log: log, Bin: s.PostgresBin, Mirror: s.PostgresMirror,
		Progress: func(done, total int64) { bar.bytes(done, total, "fetching PostgreSQL") }})
	bar.finish()
	if err != nil && !strings.Contains(err.Error(), "DATABASE_URL") {
		// In a container, or wherever no private PostgreSQL can run, there is another way.
		err = fmt.Errorf("%w; or set DATABASE_URL to a PostgreSQL that runs already", err)
	}
	return server, err
}

// close lets go of the database, and then stops the private PostgreSQL if this program owns it.
func (d *database) close() {
	if d.Store != nil {
		// The pool waits for every connection that is in use. Whoever still holds one is not worth waiting for.
		closed := make(chan struct{})
		go func() {
			d.Store.Close()
			close(closed)
		}()
		select {
		case <-closed:
		case <-time.After(5 * time.Second):
		}
	}
	if d.private != nil {
		stopPrivate(d.private)
	}
}

func stopPrivate(server *embedded.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return server.Close(ctx)
}

// exited is closed when the private PostgreSQL is gone for good.
func (d *database) exited() <-chan struct{} {
	if d.private == nil {
		return nil
	}
	return d.private.Exited()
}

// withStore runs a command's own part, for which it has so long, on the open database. An empty database gets its tables
// first, unless MIGRATE is off; one that an older program left is not changed by the way.
func (p *program) withStore(ctx context.Context, limit time.Duration, do func(context.Context, *settings, *models.Store) error) error {
	s, err := readSettings(p.environ, p.dotenv)
	if err != nil {
		return err
	}
	d, err := p.openDatabase(ctx, s, s.newLog(p.stderr))
	if err != nil {
		return err
	}
	defer d.close()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	steps, err := d.Migrations(ctx)
	if err != nil {
		return err
	}
	pending := pendingOf(steps)
	switch {
	case len(pending) == len(steps) && bool(s.Migrate):
		if _, err := d.Migrate(ctx); err != nil {
			return err
		}
	case len(pending) > 0:
		return fmt.Errorf("the database is behind this program, and postroom migrate brings it up; missing: %s", strings.Join(pending, ", "))
	}
	return do(ctx, s, d.Store)
}

// explain is an error in words for who sits at the terminal: the fields of a form are flags here.
func explain(err error) string {
	var bad badSettings
	var invalid models.Invalid
	var conflict *models.Conflict
	switch {
	case errors.As(err, &bad):
		return bad.Error()
	case errors.As(err, &invalid):
		return flagWords(invalid)
	case errors.As(err, &conflict) && len(conflict.Fields) > 0:
		return flagWords(conflict.Fields)
	case errors.Is(err, context.DeadlineExceeded):
		return "the database did not answer in time"
	}
	return oneLine(err)
}

// oneLine joins the lines of an error, as of several attempts to connect, and says what they repeat once.
func oneLine(err error) string {
	text := ""
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); text == "" {
			text = line
		} else if !strings.Contains(text, line) {
			text += "; " + line
		}
	}
	return text
}

func flagWords(fields models.Invalid) string {
	named := models.Invalid{}
	for field, say := range fields {
		if slices.Contains([]string{"username", "email", "name", "scope", "columns"}, field) {
			field = "--" + field
		}
		named[field] = say
	}
	return strings.TrimPrefix(named.Error(), ": ")
}
