//go:build linux || darwin || freebsd

package embedded

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Server is a private PostgreSQL that this program started or joined.
type Server struct {
	dir, pgdata string
	socket      string // the folder of the socket
	options     Options
	who         account
	pg          programs

	held    *os.File // the lock, when we own the server
	joined  *os.File // the shared lock that tells the owner of guests
	process *process // when we own the server; touched by Open, then by keep, then by Close

	mu    sync.Mutex // guards owner
	owner bool

	closing context.Context
	close   context.CancelFunc
	kept    chan struct{} // closed when keep has returned
	exited  chan struct{}
	once    sync.Once
	closed  error
}

// patience is how long Open waits for a server when ctx has no deadline: a recovery can take a while.
const patience = 2 * time.Minute

// Open gives the running private PostgreSQL of the folder dir: it joins the one that runs there, or starts it,
// making the cluster (dir/pgdata) first where there is none. Errors are one line for people. ctx is for the start only.
func Open(ctx context.Context, dir string, options Options) (*Server, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	s := &Server{dir: dir, pgdata: filepath.Join(dir, "pgdata"), options: options.withDefaults(),
		kept: make(chan struct{}), exited: make(chan struct{})}
	if s.who, err = accountFor(dir); err != nil {
		return nil, err
	}
	if err := makeDir(dir, s.who); err != nil {
		return nil, err
	}
	s.closing, s.close = context.WithCancel(context.WithoutCancel(ctx))

	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		held, err := lock(filepath.Join(dir, "lock"), syscall.LOCK_EX)
		if err != nil {
			return nil, plain(dir, err)
		}
		if held != nil {
			if err := s.start(ctx, held); err != nil {
				held.Close()
				return nil, err
			}
			go s.keep()
			return s, nil
		}
		if file := readPidFile(s.pgdata); file.status == "ready" && file.answers() {
			if err := s.join(file.socket); err != nil {
				return nil, err
			}
			go s.await()
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another program holds %s, and its PostgreSQL is not ready: see %s", dir, s.logPath())
		case <-time.After(pause):
		}
	}
}

// start makes us the owner.
func (s *Server) start(ctx context.Context, held *os.File) error {
	if err := errors.Join(s.who.own(held.Name()), held.Truncate(0)); err != nil {
		return plain(s.dir, err)
	}
	fmt.Fprintln(held, os.Getpid()) // for people
	major, err := majorOf(s.pgdata, s.who)
	if err != nil {
		return err
	}
	if s.pg, err = findPrograms(ctx, major, s.who, s.options); err != nil {
		return err
	}
	if major == 0 {
		if err := makeCluster(ctx, s.pgdata, s.pg, s.who); err != nil {
			return err
		}
	}
	if err := closeToOthers(s.pgdata); err != nil {
		return err
	}
	if s.socket, err = socketFolder(s.pgdata, s.who); err != nil {
		return err
	}
	if s.process, err = s.run(ctx); err != nil {
		return err
	}
	s.held = held
	s.mu.Lock()
	s.owner = true
	s.mu.Unlock()
	if major == 0 && s.options.Settings["fsync"] != "off" {
		go func() {
			if err := syncCluster(s.closing, s.pgdata, s.pg, s.who); err != nil && s.closing.Err() == nil {
				s.options.Log.Warn("the new PostgreSQL folder could not be synced to disk", "error", err)
			}
		}()
	}
	s.options.Log.Debug("PostgreSQL started", "version", s.pg.version, "folder", s.pgdata, "account", s.who.name)
	return nil
}

func (s *Server) join(socket string) error {
	s.socket = socket
	joined, err := lock(s.guestPath(), syscall.LOCK_SH)
	if err != nil {
		return plain(s.dir, err)
	}
	s.joined = joined // nil in the moment when an owner counts its guests; it is only for a word in a log
	s.who.own(s.guestPath())
	s.options.Log.Debug("PostgreSQL joined: another program owns it", "folder", s.pgdata)
	return nil
}

// keep starts the server again, with back-off, whenever it ends without being asked to.
func (s *Server) keep() {
	defer close(s.kept)
	for wait := time.Duration(0); ; {
		select {
		case <-s.closing.Done():
			return
		case <-s.process.gone:
		}
		s.options.Log.Error("PostgreSQL ended unexpectedly, starting it again", "error", s.process.err, "in", wait, "log", s.logPath())
		select {
		case <-s.closing.Done():
			return
		case <-time.After(wait):
		}
		wait = min(max(2*wait, 100*time.Millisecond), 5*time.Second)
		// An empty folder here means that ours was taken away. Making a new one would look like a site that lost everything.
		if major, err := majorOf(s.pgdata, s.who); err != nil || major == 0 {
			s.options.Log.Error("PostgreSQL's folder is gone, giving up", "folder", s.pgdata, "error", err)
			close(s.exited)
			return
		}
		began := time.Now()
		p, err := s.run(s.closing)
		if err != nil {
			if s.closing.Err() == nil {
				s.options.Log.Error("PostgreSQL could not be started again", "error", err)
			}
			continue
		}
		s.process, wait = p, 0
		s.options.Log.Info("PostgreSQL runs again", "after", time.Since(began).Round(time.Millisecond))
	}
}

// await waits for the owner to go, and takes its place.
func (s *Server) await() {
	for {
		select {
		case <-s.closing.Done():
			close(s.kept)
			return
		case <-time.After(100 * time.Millisecond):
		}
		held, err := lock(filepath.Join(s.dir, "lock"), syscall.LOCK_EX)
		if held == nil || err != nil {
			continue // the folder may be gone; then there is nothing left to take
		}
		s.options.Log.Info("the program that owned PostgreSQL is gone, taking its place", "folder", s.pgdata)
		if err := s.takeOver(held); err != nil {
			held.Close()
			if s.closing.Err() == nil {
				s.options.Log.Error("PostgreSQL could not be started", "error", err)
			}
			continue
		}
		s.keep()
		return
	}
}

func (s *Server) takeOver(held *os.File) error {
	if major, err := majorOf(s.pgdata, s.who); err != nil || major == 0 {
		return errors.Join(err, errors.New("its folder is gone: "+s.pgdata))
	}
	if err := s.start(s.closing, held); err != nil {
		return err
	}
	if s.joined != nil {
		s.joined.Close()
		s.joined = nil
	}
	return nil
}

// Owner tells whether this program started the server. A guest becomes the owner when the owner goes.
func (s *Server) Owner() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owner
}

// Exited is closed when the server is gone for good: after Close, or when its folder was taken away.
// A server that dies is started again within moments, on the same address.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Close stops the server, with a checkpoint, if this program owns it; when ctx ends first, the server is cut off.
// A guest only takes its leave. Connections should be closed before.
func (s *Server) Close(ctx context.Context) error {
	s.once.Do(func() {
		s.close()
		<-s.kept
		if s.held != nil {
			if guests, err := lock(s.guestPath(), syscall.LOCK_EX); err == nil && guests == nil {
				s.options.Log.Warn("other programs use this PostgreSQL: one of them starts it again", "folder", s.dir)
			} else if guests != nil {
				guests.Close()
			}
			s.closed = s.process.stop(ctx)
			s.held.Close()
		}
		if s.joined != nil {
			s.joined.Close()
		}
		select {
		case <-s.exited:
		default:
			close(s.exited)
		}
	})
	return s.closed
}

// DSN is the address of a database of the server, for pgx.
func (s *Server) DSN(database string) string {
	query := url.Values{"host": {s.socket}, "port": {port}, "sslmode": {"disable"}}
	address := url.URL{Scheme: "postgres", User: url.User(User), Path: "/" + database, RawQuery: query.Encode()}
	return address.String()
}

// EnsureDatabase makes the database unless it is there.
func (s *Server) EnsureDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var there bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&there); err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize())
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == "42P04" || refused.Code == "23505") {
		return nil // another program was quicker
	}
	return plain(s.pgdata, err)
}

func (s *Server) guestPath() string { return filepath.Join(s.dir, "guests") }

func (s *Server) logPath() string { return filepath.Join(s.dir, "postgres.log") }

// openLog opens the server's log, and puts a long one aside.
func (s *Server) openLog() (*os.File, error) {
	if info, err := os.Stat(s.logPath()); err == nil && info.Size() > 8<<20 {
		os.Rename(s.logPath(), s.logPath()+".old")
	}
	file, err := os.OpenFile(s.logPath(), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		s.who.own(s.logPath())
	}
	return file, err
}

// socketFolder is the cluster's own folder, or, where its path is too long for a socket (104 bytes on macOS) or has
// what a list of folders cannot, a short one in the temporary folder. There it must be ours, and closed to others.
func socketFolder(pgdata string, who account) (string, error) {
	if len(socketPath(pgdata, port)) < 100 && !strings.ContainsAny(pgdata, `,"`) {
		return pgdata, nil
	}
	sum := fnv.New64a()
	sum.Write([]byte(pgdata))
	name := fmt.Sprintf("postroom-%x", sum.Sum64())
	parent := os.TempDir()
	if len(socketPath(filepath.Join(parent, name), port)) >= 100 || who.reaches(filepath.Join(parent, name)) != nil {
		parent = "/tmp"
	}
	folder := filepath.Join(parent, name)
	if err := os.Mkdir(folder, 0o700); err == nil {
		return folder, who.own(folder)
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return "", plain(folder, err)
	}
	if !info.IsDir() || int(info.Sys().(*syscall.Stat_t).Uid) != who.uid || info.Mode().Perm() != 0o700 {
		return "", fmt.Errorf("%s is in the way: remove it, or choose a DATA_DIR with a shorter path", folder)
	}
	return folder, nil
}
