package models

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// tables are the models that AutoMigrate keeps, in the order of their foreign keys.
var tables = []any{&User{}, &Post{}, &Session{}, &Token{}, &Link{}, &Setting{}}

// migrationLock is the key of the advisory lock under which a database is migrated: "postroom" in ASCII.
const migrationLock = 0x706f7374726f6f6d

// Migration is one numbered step, which runs once on each database.
type Migration struct {
	Version   int
	Name      string
	AppliedAt *time.Time // nil: not yet
	sql       string
}

// Concurrent reports whether the step runs outside any transaction, as CREATE INDEX CONCURRENTLY must.
func (m Migration) Concurrent() bool { return strings.HasPrefix(m.sql, "-- concurrent") }

// Migrate brings the database to this program's schema: AutoMigrate of the models, then each numbered step that has not run,
// all under one lock, so that any number of programs may start at once. It returns the steps that it ran.
func (s *Store) Migrate(ctx context.Context) ([]Migration, error) {
	conn, err := s.lockMigrations(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, err := conn.Exec(ctx, "select pg_advisory_unlock($1)", int64(migrationLock)); err != nil {
			conn.Conn().Close(ctx) // the lock ends with its connection
		}
	}()
	if err := autoMigrate(ctx, conn); err != nil {
		return nil, Explain(err)
	}
	steps, err := s.migrations(ctx)
	if err != nil {
		return nil, err
	}
	var ran []Migration
	for _, step := range steps {
		if step.AppliedAt != nil {
			continue
		}
		if err := runMigration(ctx, conn.Conn(), step); err != nil {
			return ran, fmt.Errorf("migration %04d %s: %w", step.Version, step.Name, err)
		}
		ran = append(ran, step)
	}
	return ran, nil
}

// Migrations lists all steps and when each has run.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) { return s.migrations(ctx) }

// Pending lists the names of the steps that have not run.
func (s *Store) Pending(ctx context.Context) ([]string, error) {
	steps, err := s.migrations(ctx)
	var names []string
	for _, step := range steps {
		if step.AppliedAt == nil {
			names = append(names, fmt.Sprintf("%04d %s", step.Version, step.Name))
		}
	}
	return names, err
}

// SchemaVersion is the number of the newest step that this program knows.
func SchemaVersion() int {
	steps := embeddedMigrations()
	return steps[len(steps)-1].Version
}

// lockMigrations takes the lock on a connection of its own. It asks again and again rather than waiting inside PostgreSQL:
// a session that waits holds a snapshot, and CREATE INDEX CONCURRENTLY would wait for that in turn.
func (s *Store) lockMigrations(ctx context.Context) (*pgxpool.Conn, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, Explain(err)
	}
	for {
		var locked bool
		if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", int64(migrationLock)).Scan(&locked); err != nil {
			conn.Release()
			return nil, Explain(err)
		}
		if locked {
			return conn, nil
		}
		select {
		case <-time.After(25 * time.Millisecond):
		case <-ctx.Done():
			conn.Release()
			return nil, fmt.Errorf("another program is migrating: %w", Explain(ctx.Err()))
		}
	}
}

// autoMigrate runs GORM's AutoMigrate in one transaction on the connection that holds the lock.
func autoMigrate(ctx context.Context, conn *pgxpool.Conn) error {
	sql := stdlib.OpenDB(*conn.Conn().Config())
	defer sql.Close()
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: sql}), &gorm.Config{Logger: logger.Discard, DisableAutomaticPing: true})
	if err != nil {
		return err
	}
	return db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return tx.AutoMigrate(tables...) })
}

func runMigration(ctx context.Context, conn *pgx.Conn, step Migration) error {
	record := func(exec func(context.Context, string, ...any) error) error {
		return exec(ctx, "insert into migrations (version, name) values ($1, $2)", step.Version, step.Name)
	}
	if step.Concurrent() {
		for _, statement := range strings.Split(step.sql, ";\n") {
			if statement = strings.TrimSpace(statement); statement == "" || onlyComments(statement) {
				continue
			}
			if _, err := conn.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil {
				return err
			}
		}
		return record(func(ctx context.Context, sql string, args ...any) error {
			_, err := conn.Exec(ctx, sql, args...)
			return err
		})
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, step.sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		return record(func(ctx context.Context, sql string, args ...any) error {
			_, err := tx.Exec(ctx, sql, args...)
			return err
		})
	})
}

func onlyComments(statement string) bool {
	for _, line := range strings.Split(statement, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			return false
		}
	}
	return true
}

func (s *Store) migrations(ctx context.Context) ([]Migration, error) {
	steps := embeddedMigrations()
	var exists bool
	if err := s.pool.QueryRow(ctx, "select to_regclass('migrations') is not null").Scan(&exists); err != nil || !exists {
		return steps, Explain(err)
	}
	rows, err := s.pool.Query(ctx, "select version, applied_at from migrations")
	if err != nil {
		return nil, Explain(err)
	}
	applied := map[int]time.Time{}
	var version int
	var at time.Time
	if _, err := pgx.ForEachRow(rows, []any{&version, &at}, func() error { applied[version] = at; return nil }); err != nil {
		return nil, Explain(err)
	}
	for i := range steps {
		if at, ok := applied[steps[i].Version]; ok {
			steps[i].AppliedAt = &at
		}
	}
	return steps, nil
}

var migrationName = regexp.MustCompile(`^(\d{4})_(\w+)\.sql$`)

func embeddedMigrations() []Migration {
	var steps []Migration
	names, _ := fs.Glob(migrationFiles, "migrations/*.sql")
	for _, name := range names {
		m := migrationName.FindStringSubmatch(strings.TrimPrefix(name, "migrations/"))
		if m == nil {
			panic("migrations: " + name + " is not named NNNN_name.sql")
		}
		version, _ := strconv.Atoi(m[1])
		sql, _ := migrationFiles.ReadFile(name)
		steps = append(steps, Migration{Version: version, Name: strings.ReplaceAll(m[2], "_", " "), sql: string(sql)})
	}
	sort.Slice(steps, func(i, j int) bool { return steps[i].Version < steps[j].Version })
	return steps
}
