package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// password is that of every account.
const password = "a password for chaos"

// site is two programs on one private PostgreSQL, in a folder of their own.
type site struct {
	folder   string
	keep     bool
	programs [2]*program

	mu   sync.Mutex
	away []span
}

// program is one of the two.
type program struct {
	site    *site
	address string
	log     string
	cmd     *exec.Cmd
	gone    chan struct{}
}

// span is a time in which the site may be away; until is zero while it lasts.
type span struct{ from, until time.Time }

// open builds the program and starts it twice on an empty folder.
func open(ctx context.Context, o options) (*site, error) {
	s := &site{folder: o.folder, keep: o.folder != ""}
	var err error
	if !s.keep {
		if s.folder, err = os.MkdirTemp("", "postroom-chaos-"); err != nil {
			return nil, err
		}
	}
	if s.folder, err = filepath.Abs(s.folder); err != nil {
		return nil, err
	}
	// PostgreSQL, which will not run as root, runs as another account and must get in.
	if err := errors.Join(os.MkdirAll(s.folder, 0o755), os.Chmod(s.folder, 0o755)); err != nil {
		return nil, err
	}
	if err := s.build(ctx); err != nil {
		s.close()
		return nil, err
	}
	admin := s.command(ctx, "user", "create", "--username", "chaos-admin", "--email", "chaos@example.com", "--admin", "--password-stdin")
	admin.Stdin = strings.NewReader(password + "\n")
	if out, err := admin.CombinedOutput(); err != nil {
		s.close()
		return nil, fmt.Errorf("user create: %w\n%s", err, out)
	}
	for i := range s.programs {
		port, err := freePort()
		if err != nil {
			s.close()
			return nil, err
		}
		s.programs[i] = &program{site: s, address: fmt.Sprintf("127.0.0.1:%d", port), log: filepath.Join(s.folder, fmt.Sprintf("program-%d.log", i+1))}
		if err := errors.Join(s.programs[i].start(), s.programs[i].ready(ctx)); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

func (s *site) build(ctx context.Context) error {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", s.binary(), ".")
	build.Dir = strings.TrimSpace(string(root))
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

func (s *site) binary() string { return filepath.Join(s.folder, "postroom") }

func (s *site) pgdata() string { return filepath.Join(s.folder, "data", "pgdata") }

func (s *site) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.binary(), args...)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "DATABASE_URL=", "DATA_DIR="+filepath.Join(s.folder, "data"), "LOG_LEVEL=info")
	return cmd
}

func (s *site) close() {
	for _, p := range s.programs {
		if p != nil && p.cmd != nil {
			p.cmd.Process.Signal(os.Interrupt)
		}
	}
	for _, p := range s.programs {
		if p == nil || p.cmd == nil {
			continue
		}
		select {
		case <-p.gone:
		case <-time.After(20 * time.Second):
			p.kill()
		}
	}
	if !s.keep {
		os.RemoveAll(s.folder)
	}
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (p *program) url() string { return "http://" + p.address }

func (p *program) start() error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := p.site.command(context.Background(), "serve")
	cmd.Env = append(cmd.Env, "LISTEN_ADDR="+p.address, "BASE_URL="+p.url())
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	p.cmd, p.gone = cmd, gone
	go func() {
		cmd.Wait()
		close(gone)
	}()
	return nil
}

// kill is kill -9.
func (p *program) kill() {
	p.cmd.Process.Kill()
	<-p.gone
}

// comesBack is how long anything may take to answer again after it was killed.
const comesBack = time.Minute

// ready waits until the program and its database answer.
func (p *program) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, comesBack)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url()+"/readyz", nil)
		if err != nil {
			return err
		}
		if reply, err := http.DefaultClient.Do(request); err == nil {
			io.Copy(io.Discard, reply.Body)
			reply.Body.Close()
			if reply.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.gone:
			return fmt.Errorf("a program ended by itself: see %s", p.log)
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %v: see %s", p.url(), comesBack, p.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// connect opens a connection to the site's database.
func (s *site) connect(ctx context.Context) (*pgx.Conn, error) {
	socket, err := s.socket()
	if err != nil {
		return nil, err
	}
	address := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postroom", RawQuery: url.Values{"host": {socket}}.Encode()}
	return pgx.Connect(ctx, address.String())
}

// grace is how long after a disturbance a request may still meet a connection that it broke.
const grace = 2 * time.Second

// isAway reports whether the site may have been away in some moment of the time.
func (s *site) isAway(from, until time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.away {
		if a.from.Before(until) && (a.until.IsZero() || from.Before(a.until.Add(grace))) {
			return true
		}
	}
	return false
}

func (s *site) goesAway() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = append(s.away, span{from: time.Now()})
}

func (s *site) isBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away[len(s.away)-1].until = time.Now()
}
