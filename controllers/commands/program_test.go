package commands

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom/models/modelstest"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	modelstest.Main(m)
}

// typed is a command line in a world of its own: no settings but those given, nothing on stdin.
type typed struct {
	program
	out, err written
}

func terminal(t *testing.T, settings ...string) *typed {
	t.Helper()
	p := &typed{}
	p.program = program{stdin: strings.NewReader(""), stdout: &p.out, stderr: &p.err, environ: settings,
		dotenv: filepath.Join(t.TempDir(), ".env"), patience: 5 * time.Second, drain: 5 * time.Second}
	return p
}

// types runs one command and fails the test unless it exits with the code.
func (p *typed) types(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	p.out.take()
	p.err.take()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got := p.run(ctx, append([]string{"postroom"}, args...))
	stdout, stderr = p.out.take(), p.err.take()
	if got != code {
		t.Fatalf("postroom %s exits with %d, want %d\n%s%s", strings.Join(args, " "), got, code, stdout, stderr)
	}
	return stdout, stderr
}

// site is a site that serves in this test.
type site struct {
	*typed
	address string // as the first line says it
	ended   chan int
	stop    context.CancelFunc
}

// serves starts the site and waits until it says where it is.
func (p *typed) serves(t *testing.T) *site {
	t.Helper()
	s := p.begins(t)
	s.ready(t)
	return s
}

// begins starts the site and does not wait.
func (p *typed) begins(t *testing.T) *site {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s := &site{typed: p, ended: make(chan int, 1), stop: stop}
	go func() { s.ended <- p.run(ctx, []string{"postroom"}) }()
	t.Cleanup(func() {
		stop()
		select {
		case code := <-s.ended:
			s.ended <- code
		case <-time.After(20 * time.Second):
			t.Error("the site does not stop")
		}
	})
	return s
}

var siteLine = regexp.MustCompile(`(?m)^The site is at (http://\S+)$`)

func (s *site) ready(t *testing.T) {
	t.Helper()
	soon(t, 20*time.Second, "the site says where it is", func() bool {
		select {
		case code := <-s.ended:
			t.Fatalf("serve exits with %d\n%s", code, s.err.take())
		default:
		}
		if found := siteLine.FindStringSubmatch(s.out.String()); found != nil {
			s.address = found[1]
		}
		return s.address != ""
	})
}

// ends stops the site and fails the test unless it exits with the code.
func (s *site) ends(t *testing.T, code int) {
	t.Helper()
	s.stop()
	s.exits(t, code)
}

func (s *site) exits(t *testing.T, code int) {
	t.Helper()
	select {
	case got := <-s.ended:
		s.ended <- got
		if got != code {
			t.Fatalf("serve exits with %d, want %d\n%s", got, code, s.err.take())
		}
	case <-time.After(20 * time.Second):
		t.Fatal("serve does not end")
	}
}

// written is a stream that a test reads while it is written.
type written struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write adds to the stream.
func (w *written) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.Write(b)
}

// String is all that was written.
func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.String()
}

func (w *written) take() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.all.String()
	w.all.Reset()
	return text
}

// folder gives an empty folder that PostgreSQL's account can reach, in memory where that can be had.
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

// freePort is the address of a port of this machine where nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// soon fails the test unless the condition holds before long.
func soon(t *testing.T, within time.Duration, what string, condition func() bool) {
	t.Helper()
	for began := time.Now(); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// linesOf gives the lines of a text.
func linesOf(text string) []string {
	var all []string
	for scanner := bufio.NewScanner(strings.NewReader(text)); scanner.Scan(); {
		all = append(all, scanner.Text())
	}
	return all
}

// has fails the test unless the text has all the words.
func has(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Fatalf("%q is not in\n%s", word, text)
		}
	}
}

// forward carries what comes in on a TCP address to the socket of the tests' PostgreSQL, until the test ends.
func forward(t *testing.T, address, socket string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", socket)
			if err != nil {
				near.Close()
				continue
			}
			go func() { io.Copy(far, near); far.Close() }()
			go func() { io.Copy(near, far); near.Close() }()
		}
	}()
}
