//go:build linux || darwin || freebsd

package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
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

// patience is how long Open waits for a server: a recovery can take a while.
const patience = 2 * time.Minute

// Open gives the running private PostgreSQL of the folder dir: it joins the one that runs there, or starts it,
// making the cluster (dir/pgdata) first where there is none. Errors are one line for people. ctx is for the start only.
func Open(ctx context.Context, dir string, options Options) (*Server, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
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
	if err := s.startOrJoin(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *Server) startOrJoin(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		held, err := lock(s.lockPath(), syscall.LOCK_EX)
		if err != nil {
			return plain(s.dir, err)
		}
		if held != nil {
			if err := s.start(ctx, held); err != nil {
				held.Close()
				return err
			}
			go s.keep()
			return nil
		}
		if file := readPidFile(s.pgdata); file.status == "ready" && file.answers() {
			if err := s.join(file.socket); err != nil {
				return err
			}
			go s.await()
			return nil
		}
		select {
		case <-waiting.Done():
			return fmt.Errorf("another program holds %s, and its PostgreSQL is not ready: see %s", s.dir, s.logPath())
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
	if s.socket == "" { // a guest keeps the address that it has given away
		s.socket = socketFolder(s.pgdata, s.who)
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if s.process, err = s.run(waiting); err != nil {
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

// keep starts the server again whenever it ends without being asked to: at once, and with growing pauses when that
// does not last.
func (s *Server) keep() {
	defer close(s.kept)
	for pause := time.Duration(0); ; {
		began := time.Now()
		select {
		case <-s.closing.Done():
			return
		case <-s.process.gone:
		}
		if s.closing.Err() != nil {
			return
		}
		s.options.Log.Error("PostgreSQL ended unexpectedly, starting it again", "error", s.process.err, "log", s.logPath())
		if time.Since(began) > time.Minute {
			pause = 0
		}
		if pause = s.revive(pause); pause == 0 {
			return
		}
	}
}

// revive starts a server that has died and gives the pause for the next time; 0 means that there is nothing to start,
// or no need.
func (s *Server) revive(pause time.Duration) time.Duration {
	began := time.Now()
	for {
		select {
		case <-s.closing.Done():
			return 0
		case <-time.After(pause):
		}
		pause = min(max(2*pause, 50*time.Millisecond), 5*time.Second)
		// An empty folder here means that ours was taken away. Making a new one would look like a site that lost everything.
		major, err := majorOf(s.pgdata, s.who)
		if err == nil && major == 0 {
			s.giveUp(os.ErrNotExist)
			return 0
		}
		var p *process
		if err == nil {
			p, err = s.run(s.closing)
		}
		if err == nil {
			s.process = p
			s.options.Log.Info("PostgreSQL runs again", "after", time.Since(began).Round(time.Millisecond))
			return pause
		}
		if s.closing.Err() != nil {
			return 0
		}
		s.options.Log.Error("PostgreSQL could not be started again", "error", err, "next", pause)
	}
}

// await waits for the owner to go, and takes its place.
func (s *Server) await() {
	for wait := 100 * time.Millisecond; ; {
		select {
		case <-s.closing.Done():
			close(s.kept)
			return
		case <-time.After(wait):
		}
		held, err := lock(s.lockPath(), syscall.LOCK_EX)
		if errors.Is(err, os.ErrNotExist) {
			s.giveUp(err)
			close(s.kept)
			return
		}
		if held == nil {
			continue
		}
		s.options.Log.Info("the program that owned PostgreSQL is gone, taking its place", "folder", s.pgdata)
		if err := s.takeOver(held); err != nil {
			held.Close() // another guest may have more luck
			if s.closing.Err() == nil {
				s.options.Log.Error("PostgreSQL could not be started", "error", err)
			}
			wait = min(2*wait, 5*time.Second)
			continue
		}
		s.keep()
		return
	}
}

func (s *Server) giveUp(err error) {
	s.options.Log.Error("PostgreSQL's folder is gone, giving up", "folder", s.pgdata, "error", err)
	close(s.exited)
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
			if s.socket != s.pgdata {
				os.Remove(s.socket)
			}
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

func (s *Server) lockPath() string { return filepath.Join(s.dir, "lock") }

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
