//go:build linux || darwin || freebsd

package embedded

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// The test binary is also the second program of these tests: it opens the folder named in EMBEDDED_CHILD, prints what
// became of it, and stays until it is told to go.
func TestMain(m *testing.M) {
	if dir := os.Getenv("EMBEDDED_CHILD"); dir != "" {
		beChild(dir)
		return
	}
	for _, parent := range []string{"/dev/shm", "/tmp"} {
		SweepStale(parent, "postroom-test-")
	}
	os.Exit(m.Run())
}

func beChild(dir string) {
	ctx := context.Background()
	stop, cancel := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer cancel()
	options := Options{Settings: Fast(), NoFetch: true, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	if os.Getenv("EMBEDDED_DURABLE") != "" {
		options.Settings = nil
	}
	server, err := Open(ctx, dir, options)
	if err != nil {
		fmt.Println("refused", err)
		os.Exit(1)
	}
	fmt.Println(map[bool]string{true: "owner", false: "guest"}[server.Owner()], server.DSN("postgres"))
	<-stop.Done()
	server.Close(ctx)
}

type child struct {
	cmd   *exec.Cmd
	said  string // the first line
	ended chan struct{}
}

// spawn starts the second program on a folder, as nobody if it must not be root.
func spawn(t *testing.T, dir string, asNobody bool, env ...string) *child {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	if asNobody {
		cmd = exec.Command(reachable(t, binary))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		cmd.Dir = "/"
	}
	cmd.Env = append(append(os.Environ(), "EMBEDDED_CHILD="+dir), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, ended: make(chan struct{})}
	lines := bufio.NewReader(out)
	c.said, _ = lines.ReadString('\n')
	c.said = strings.TrimSpace(c.said)
	go func() {
		io.Copy(io.Discard, lines)
		cmd.Wait()
		close(c.ended)
	}()
	t.Cleanup(func() { c.end(syscall.SIGTERM) })
	return c
}

func (c *child) end(signal syscall.Signal) {
	c.cmd.Process.Signal(signal)
	<-c.ended
}

// reachable copies the test binary to where every account may run it: go test keeps it in a folder of mode 0700.
func reachable(t *testing.T, binary string) string {
	t.Helper()
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder(t), "program")
	runnable(t, path, content)
	return path
}

// runnable writes a file that will be run. While it is open no other test may fork: the child would hold it open until it runs
// a program of its own, and a file that is open for writing cannot be run.
func runnable(t *testing.T, path string, content []byte) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
}

// folder gives an empty folder that other accounts can reach, in memory where that can be had.
func folder(t *testing.T) string {
	t.Helper()
	parent := "/tmp"
	if _, err := os.Stat("/dev/shm"); err == nil {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "postroom-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// open opens a folder and closes it when the test ends.
func open(t *testing.T, dir string, options Options) *Server {
	t.Helper()
	began := time.Now()
	server, err := Open(t.Context(), dir, quiet(options))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("open: %v, owner: %v", time.Since(began).Round(time.Millisecond), server.Owner())
	t.Cleanup(func() { shut(t, server) })
	return server
}

func quiet(options Options) Options {
	if options.Settings == nil {
		options.Settings = Fast()
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.pins == nil {
		options.NoFetch = true
	}
	return options
}

func shut(t *testing.T, server *Server) {
	t.Helper()
	began := time.Now()
	if err := server.Close(context.Background()); err != nil {
		t.Error(err)
	}
	t.Logf("close: %v", time.Since(began).Round(time.Millisecond))
}

// ask runs a statement that gives one text.
func ask(dsn, statement string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, statement)
	if err != nil {
		return "", err
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(texts) == 0 {
		return "", err
	}
	return texts[0], nil
}

// answers fails the test unless the statement gives the answer.
func answers(t *testing.T, dsn, statement, want string) {
	t.Helper()
	if got, err := ask(dsn, statement); err != nil || got != want {
		t.Fatalf("%s: got %q, %v; want %q", statement, got, err, want)
	}
}

// soon fails the test unless the condition holds before long.
func soon(t *testing.T, within time.Duration, what string, condition func() bool) {
	t.Helper()
	began := time.Now()
	for !condition() {
		if time.Since(began) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("%s: after %v", what, time.Since(began).Round(time.Millisecond))
}
