// Package models is the workshop: the tables, the rules and the transactions of the site. It knows nothing of HTTP or HTML.
package models

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Options say how to reach the database.
type Options struct {
	URL            string           // a connection URL or DSN, as PostgreSQL's own programs take it
	MaxConns       int32            // the most connections of the pool; 0: four for each CPU, at least 10
	MinConns       int32            // how many are kept open; 0: 2
	ConnectTimeout time.Duration    // for one connection; 0: what the URL says, else 10 s
	Wait           time.Duration    // how long Open waits for a database that is not up yet; 0: it tries once
	Secret         string           // keys the hashes of throttles; empty: made once and kept in the database
	LogSQL         bool             // log each statement with its time, never its values
	Zone           *time.Location   // in which the site's months begin; nil: UTC
	Clock          func() time.Time // says what day it is; nil: time.Now
	Log            *slog.Logger     // nil: slog's default
	Tracer         pgx.QueryTracer  // sees every statement; nil: none
}

// Store is the way to everything that is kept. It is safe for use by many goroutines; an exported method is one
// transaction.
type Store struct {
	db       *gorm.DB
	pool     *pgxpool.Pool
	log      *slog.Logger
	zone     *time.Location
	clock    func() time.Time
	events   *events
	notifier notifier
	jobs     *jobs
	hashes   chan struct{} // one place for each password that may be hashed at the same time
	exports  chan struct{} // one place for each export that may run at the same time
	uploads  chan struct{} // and for each file that may come in
	files    chan struct{} // one place for each file of a post that may come in
	images   chan struct{} // one for an image that is being read

	shelves tagShelves

	zonesLock sync.Mutex
	zones     []string

	secretLock sync.Mutex
	secret     []byte
}

// Open connects to the database and waits, as long as opts.Wait, for one that is not up yet. It changes nothing in it.
func Open(ctx context.Context, opts Options) (*Store, error) {
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	if opts.Zone == nil {
		opts.Zone = time.UTC
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	config, err := poolConfig(opts)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := awaitDatabase(ctx, pool, opts); err != nil {
		pool.Close()
		return nil, err
	}
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: stdlib.OpenDBFromPool(pool)}), &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		QueryFields:            true, // a plan cached before a column is added stays right: no SELECT *
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard, // who asked logs what is worth it, and LogSQL the statements
	})
	if err != nil {
		pool.Close()
		return nil, err
	}
	// Hashing takes 19 MiB each time: one for each CPU keeps the memory bounded, and more would not be faster.
	hashes := make(chan struct{}, runtime.GOMAXPROCS(0))
	s := &Store{db: db, pool: pool, log: opts.Log, zone: opts.Zone, clock: opts.Clock, jobs: newJobs(config.MaxConns), hashes: hashes, notifier: newNotifier(),
		exports: make(chan struct{}, max(1, config.MaxConns/4)), uploads: make(chan struct{}, max(1, config.MaxConns/4)),
		files: make(chan struct{}, filesAtOnce), images: make(chan struct{}, 1)}
	if opts.Secret != "" {
		s.secret = []byte(opts.Secret)
	}
	s.events = newEvents(config.ConnConfig.Copy(), opts.Log, func() { s.startJob(tellingFollowers, 0) })
	return s, nil
}

// Close ends the listener, the jobs and all connections, after the statements under way.
func (s *Store) Close() {
	s.jobs.stop()
	s.notifier.stop()
	s.events.stop()
	if db, err := s.db.DB(); err == nil {
		db.Close()
	}
	s.pool.Close()
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return Explain(s.pool.Ping(ctx)) }

// ServerVersion is the version that PostgreSQL gives of itself, such as "15.18".
func (s *Store) ServerVersion(ctx context.Context) (string, error) {
	var version string
	err := s.pool.QueryRow(ctx, "show server_version").Scan(&version)
	return version, Explain(err)
}

// PoolStat tells how the connections are used.
func (s *Store) PoolStat() *pgxpool.Stat { return s.pool.Stat() }

func poolConfig(opts Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(opts.URL)
	if err != nil {
		// The error of the parser repeats the address, and with it the password.
		var parse *pgconn.ParseConfigError
		if errors.As(err, &parse) {
			return nil, errors.New("the address of the database cannot be read: it should look like postgres://user:password@host:5432/name")
		}
		return nil, err
	}
	config.MaxConns = max(10, 4*int32(runtime.GOMAXPROCS(0)))
	if opts.MaxConns > 0 {
		config.MaxConns = opts.MaxConns
	}
	config.MinConns = 2
	if opts.MinConns > 0 {
		config.MinConns = opts.MinConns
	}
	config.MinConns = min(config.MinConns, config.MaxConns)
	config.MaxConnLifetime = time.Hour
	config.MaxConnLifetimeJitter = 10 * time.Minute
	config.HealthCheckPeriod = 15 * time.Second
	if opts.ConnectTimeout > 0 {
		config.ConnConfig.ConnectTimeout = opts.ConnectTimeout
	} else if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "postroom"
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.RuntimeParams["datestyle"] = "ISO" // places in lists are moments written as text
	config.ConnConfig.Tracer = opts.Tracer
	if opts.LogSQL && opts.Tracer == nil {
		config.ConnConfig.Tracer = sqlLog{opts.Log}
	}
	return config, nil
}

// awaitDatabase tries until the database answers, with growing pauses, and gives up at once where waiting cannot help.
func awaitDatabase(ctx context.Context, pool *pgxpool.Pool, opts Options) error {
	deadline := time.Now().Add(opts.Wait)
	pause := 50 * time.Millisecond
	for {
		attempt, cancel := context.WithTimeout(ctx, pool.Config().ConnConfig.ConnectTimeout)
		err := pool.Ping(attempt)
		cancel()
		if err == nil {
			return nil
		}
		var pg *pgconn.PgError
		// 57P03: it is starting. 3D000 may be made in a moment by who sets the server up. A refused password stays refused.
		if errors.As(err, &pg) && pg.Code != "57P03" && pg.Code != "3D000" && pg.Code != "53300" {
			return fmt.Errorf("the database refuses: %s", pg.Message)
		}
		if strings.Contains(err.Error(), "refused TLS") {
			return fmt.Errorf("the database at %s has no TLS, and sslmode asks for it", address(pool))
		}
		if time.Now().Add(pause).After(deadline) || ctx.Err() != nil {
			return fmt.Errorf("the database does not answer at %s: %w", address(pool), unwrapConnect(err))
		}
		opts.Log.Info("waiting for the database", "address", address(pool), "because", unwrapConnect(err), "again_in", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, 2*time.Second)
	}
}

func address(pool *pgxpool.Pool) string {
	c := pool.Config().ConnConfig
	return fmt.Sprintf("%s:%d/%s", c.Host, c.Port, c.Database)
}

// unwrapConnect drops the driver's own words, which name user and database at length and each way that was tried, and keeps
// the cause in one line.
func unwrapConnect(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return errors.New(pg.Message)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(first)
}

// inTx runs do in one transaction through GORM. What the server refuses for the sake of order alone (40001, 40P01) is
// tried again, at most 5 times.
func (s *Store) inTx(ctx context.Context, do func(tx *gorm.DB) error) error {
	return again(ctx, func() error {
		return s.db.WithContext(ctx).Transaction(do)
	})
}

// inPgx is inTx on the pool itself, for COPY and for statements where each microsecond counts.
func (s *Store) inPgx(ctx context.Context, do func(tx pgx.Tx) error) error {
	return again(ctx, func() error {
		return pgx.BeginFunc(ctx, s.pool, do)
	})
}

func again(ctx context.Context, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		var pg *pgconn.PgError
		if err == nil || try == 5 || !errors.As(err, &pg) || (pg.Code != "40001" && pg.Code != "40P01") {
			return Explain(err)
		}
		select {
		case <-time.After(time.Duration(rand.Int64N(int64(time.Duration(try) * 20 * time.Millisecond)))):
		case <-ctx.Done():
			return Explain(ctx.Err())
		}
	}
}
