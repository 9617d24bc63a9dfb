// Package modelstest gives tests a real database of their own, and makes who and what they need in it.
package modelstest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/embedded"
)

// Password is the password of every user that this package makes.
const Password = "correct horse battery"

// server is the private PostgreSQL of this test binary, with a template that every database is copied from.
var server struct {
	once      sync.Once
	dir       string
	pg        *embedded.Server
	err       error
	databases atomic.Int64
	copying   sync.Mutex
	users     atomic.Int64
}

const prefix = "postroom-test-"

// Main runs the tests of a package and stops their PostgreSQL: call it from TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if server.pg != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		server.pg.Close(ctx)
		cancel()
	}
	if server.dir != "" {
		os.RemoveAll(server.dir)
	}
	os.Exit(code)
}

// start starts PostgreSQL in memory where that can be had, and makes the template.
func start() {
	embedded.SweepStale(parent(), prefix)
	server.dir = filepath.Join(parent(), fmt.Sprintf("%s%d", prefix, os.Getpid()))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server.pg, server.err = embedded.Open(ctx, server.dir, embedded.Options{Settings: embedded.Fast(), Log: slog.New(slog.DiscardHandler)})
	if server.err != nil {
		return
	}
	if server.err = server.pg.EnsureDatabase(ctx, "template"); server.err != nil {
		return
	}
	store, err := models.Open(ctx, models.Options{URL: server.pg.DSN("template"), Log: slog.New(slog.DiscardHandler)})
	if server.err = err; err != nil {
		return
	}
	_, server.err = store.Migrate(ctx)
	store.Close()
	if server.err == nil && twoRoles {
		server.err = makeRoles(ctx, server.pg.DSN("template"))
	}
}

// twoRoles says that the tests run under the role of docs/two-roles.sql, which may not change the schema.
var twoRoles = os.Getenv("POSTROOM_TEST_ROLES") != ""

// role is that role's name.
const role = "postroom_program"

func makeRoles(ctx context.Context, address string) error {
	_, here, _, _ := runtime.Caller(0)
	script, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../docs/two-roles.sql"))
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, string(script), pgx.QueryExecModeSimpleProtocol)
	return err
}

// Dir is a folder for a private PostgreSQL of the test's own. Go's own folders for tests are closed to the account that the
// server runs under.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data")
}

// parent is a folder in memory where that can be had.
func parent() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

// EmptyURL is the address of a new database with nothing in it.
func EmptyURL(t testing.TB) string { return create(t, "template0") }

// URL is the address of a new, migrated database.
func URL(t testing.TB) string {
	address := create(t, "template")
	if twoRoles {
		address = as(t, address, role)
	}
	return address
}

// OwnerURL is the address of a new, migrated database, for who may change the schema.
func OwnerURL(t testing.TB) string { return create(t, "template") }

// Program makes the role of docs/two-roles.sql in the database, and returns the address for it.
func Program(t testing.TB, address string) string {
	t.Helper()
	if err := makeRoles(Context(t), as(t, address, embedded.User)); err != nil {
		t.Fatal(err)
	}
	return as(t, address, role)
}

// as is the address with another role in it.
func as(t testing.TB, address, role string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	parsed.User = url.User(role)
	return parsed.String()
}

func create(t testing.TB, template string) string {
	t.Helper()
	server.once.Do(start)
	if server.err != nil {
		t.Fatal("PostgreSQL for the tests:", server.err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, server.pg.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	name := fmt.Sprintf("t%d", server.databases.Add(1))
	server.copying.Lock() // a template can be copied by one at a time
	_, err = conn.Exec(ctx, fmt.Sprintf("create database %s template %s", name, template))
	server.copying.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	return server.pg.DSN(name)
}

// Store opens a new, migrated database, which listens for changes and is closed with the test.
func Store(t testing.TB) *models.Store {
	t.Helper()
	return Open(t, URL(t))
}

// Open opens the database of an address and closes it with the test. Every statement must have a deadline.
func Open(t testing.TB, address string) *models.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	store, err := models.Open(ctx, models.Options{URL: address, MaxConns: 8, MinConns: 1, Log: slog.New(slog.DiscardHandler), Tracer: deadlines{t}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	store.Listen()
	return store
}

// SQL opens a connection of its own, as the owner, for what a test wants to see or do behind the Store's back.
func SQL(t testing.TB, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(Context(t), as(t, address, embedded.User))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// Context is a context with a deadline, as every call of the Store must have.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// User makes a user; set changes what it is made from.
func User(t testing.TB, store *models.Store, set ...func(*models.NewUser)) *models.User {
	t.Helper()
	n := server.users.Add(1)
	in := models.NewUser{Username: fmt.Sprintf("user-%d", n), Email: fmt.Sprintf("user-%d@example.com", n), Password: Password}
	for _, change := range set {
		change(&in)
	}
	user, err := store.CreateUser(Context(t), nil, in)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

// Admin makes a user who is an admin.
func Admin(t testing.TB, store *models.Store) *models.User {
	t.Helper()
	return User(t, store, func(in *models.NewUser) { in.Role = models.RoleAdmin })
}

// Named gives the user a name.
func Named(username string) func(*models.NewUser) {
	return func(in *models.NewUser) { in.Username, in.Email = username, strings.ToLower(username)+"@example.com" }
}

// Post makes a published post; set changes it before it is kept.
func Post(t testing.TB, store *models.Store, by *models.User, set ...func(*models.Post)) *models.Post {
	t.Helper()
	post := &models.Post{Title: "A post", Content: "Some words.", Status: models.StatusPublished}
	for _, change := range set {
		change(post)
	}
	if err := store.CreatePost(Context(t), by, post); err != nil {
		t.Fatal(err)
	}
	return post
}

// deadlines fails the test on a statement that could run for ever.
type deadlines struct{ t testing.TB }

// TraceQueryStart looks at the context of each statement.
func (d deadlines) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if _, ok := ctx.Deadline(); !ok && data.SQL != "begin" && data.SQL != "commit" && data.SQL != "rollback" && data.SQL != "-- ping" {
		d.t.Errorf("no deadline on: %s", data.SQL)
	}
	return ctx
}

// TraceQueryEnd is not needed.
func (d deadlines) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart looks at the context of statements that travel together.
func (d deadlines) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, one := range data.Batch.QueuedQueries {
		d.TraceQueryStart(ctx, conn, pgx.TraceQueryStartData{SQL: one.SQL})
	}
	return ctx
}

// TraceBatchQuery is not needed.
func (d deadlines) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd is not needed.
func (d deadlines) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// Database is the name of the database of an address.
func Database(t testing.TB, address string) string {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	return config.Database
}

// Values makes the query of an address from pairs of names and values.
func Values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}
