package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"postroom/controllers"
	"postroom/models"
)

func (p *program) serveCommand() *cli.Command {
	return &cli.Command{
		Name:        "serve",
		Usage:       "serve the site; this is what happens without a command",
		Description: "Migrates the database first, unless MIGRATE is off. Prints the site's address and, while there is\nno admin, a one-time link to make one. Ctrl-C lets requests under way finish; a second one does not.",
		Action:      p.serve,
	}
}

// serve takes the port before anything else is started: where it is in use nothing is left behind.
func (p *program) serve(ctx context.Context, c *cli.Command) error {
	if _, err := takes(c); err != nil {
		return err
	}
	s, err := readSettings(p.environ, p.dotenv)
	if err != nil {
		return err
	}
	log := s.newLog(p.stderr)
	slog.SetDefault(log)
	for why, names := range s.idle() {
		log.Warn(strings.Join(names, ", ") + ": " + why)
	}
	limitMemory()
	listener, err := listen(s.listen())
	if err != nil {
		return err
	}
	defer listener.Close()
	d, err := p.openDatabase(ctx, s, log)
	if err == nil {
		defer d.close()
		err = p.serveOn(ctx, s, d, listener, log)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped before it was ready, as it was told to
	}
	return err
}

func (p *program) serveOn(ctx context.Context, s *settings, d *database, listener net.Listener, log *slog.Logger) error {
	token, err := prepare(ctx, s, d.Store, log)
	if err != nil {
		return err
	}
	site := s.site(listener.Addr().String())
	app, err := controllers.New(d.Store, controllers.Config{SiteName: string(s.SiteName), BaseURL: site, Zone: s.Zone.Location,
		SignUpOpen: bool(s.SignUp), TrustedProxies: s.TrustedProxies, Log: log, Version: readVersion().version})
	if err != nil {
		return err
	}
	d.Listen()
	sweeping, stopSweeping := context.WithCancel(ctx)
	var sweeper sync.WaitGroup
	sweeper.Go(func() { d.SweepEvery(sweeping, 15*time.Second) })
	sweeper.Go(func() { d.PublishOnTime(sweeping) })
	defer sweeper.Wait()
	defer stopSweeping()

	server := newServer(app.Handler(), log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	p.announce(site, token)

	select {
	case <-ctx.Done():
	case err = <-failed:
	case <-d.exited():
		err = errors.New("the private PostgreSQL is gone: its folder was taken away")
	}
	app.Drain()
	return errors.Join(err, p.stop(server, log))
}

// newServer bounds how long a client may take, and how much it may send before anyone looks at it.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// announce prints the two lines that a newcomer looks for.
func (p *program) announce(site *url.URL, token string) {
	fmt.Fprintf(p.stdout, "The site is at %s\n", site)
	if token != "" {
		fmt.Fprintf(p.stdout, "Make the first admin at %s\n", site.JoinPath("setup").String()+"?"+url.Values{"token": {token}}.Encode())
	}
}

// stop takes no more requests and lets those under way finish.
func (p *program) stop(server *http.Server, log *slog.Logger) error {
	log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), p.drain)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("requests are cut off", "after", p.drain)
		return server.Close()
	}
	return err
}

// prepare brings the database up and returns the token of a set-up link where there is no admin.
func prepare(ctx context.Context, s *settings, store *models.Store, log *slog.Logger) (token string, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	if s.Migrate {
		if err := migrate(ctx, s, store, log); err != nil {
			return "", err
		}
		return firstAdmin(ctx, s, store, log)
	}
	pending, err := store.Pending(ctx)
	if err != nil {
		return "", err
	}
	token, err = firstAdmin(ctx, s, store, log)
	if len(pending) > 0 {
		log.Warn("the database is behind this program, and MIGRATE is off: run postroom migrate", "missing", strings.Join(pending, ", "))
		return token, nil // without its tables the site cannot know whether there is an admin
	}
	return token, err
}

func migrate(ctx context.Context, s *settings, store *models.Store, log *slog.Logger) error {
	ran, err := store.Migrate(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	level := slog.LevelInfo
	if len(ran) == models.SchemaVersion() {
		level = slog.LevelDebug // a new site: the first start is quiet
	}
	for _, step := range ran {
		log.Log(ctx, level, "migrated", "step", stepName(step))
	}
	if err := store.KeepAddresses(ctx, int(s.AddressDays)); err != nil {
		return fmt.Errorf("AUDIT_ADDRESS_DAYS: %w", err)
	}
	return nil
}

func firstAdmin(ctx context.Context, s *settings, store *models.Store, log *slog.Logger) (token string, err error) {
	if s.given["ADMIN_USERNAME"] {
		made, err := store.EnsureAdmin(ctx, models.NewUser{Username: s.AdminUsername, Email: s.AdminEmail, Password: s.AdminPassword})
		if err != nil {
			return "", settingWords(err)
		}
		if made {
			log.Info("made the first admin", "username", s.AdminUsername)
		}
	}
	return store.CreateSetupLink(ctx)
}

// settingWords names the settings of the first admin where the Store names fields.
func settingWords(err error) error {
	var invalid models.Invalid
	var conflict *models.Conflict
	if errors.As(err, &conflict) {
		invalid = conflict.Fields
	} else if !errors.As(err, &invalid) {
		return err
	}
	var bad badSettings
	for field, say := range invalid {
		bad = append(bad, "ADMIN_"+strings.ToUpper(field)+": "+say.String())
	}
	if bad == nil {
		return err
	}
	return bad
}

func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	_, port, _ := net.SplitHostPort(address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port %s is in use: set PORT or LISTEN_ADDR", port)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("port %s is not open to this account: set PORT or LISTEN_ADDR", port)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: set LISTEN_ADDR to an address of this machine (%w)", address, rootCause(err))
	}
	return listener, nil
}

func rootCause(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}

// memoryLimit leaves room, below the 100 MB that the site may take, for the program itself, which is mapped and not allocated.
const memoryLimit = 64 << 20

// limitMemory makes the collector work harder before memory grows: each password's hash takes 19 MiB for a moment, and without
// a limit as much again would be left lying about. GOMEMLIMIT, where it is set, stays.
func limitMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryLimit)
	}
}
