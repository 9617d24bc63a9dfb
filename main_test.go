package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The test binary is also the program: with POSTROOM_TEST_RUN it does what main does.
func TestMain(m *testing.M) {
	if os.Getenv("POSTROOM_TEST_RUN") != "" {
		os.Unsetenv("POSTROOM_TEST_RUN")
		main()
		return
	}
	os.Exit(m.Run())
}

// process is the program, running in a folder of its own without any settings but a free port.
type process struct {
	*exec.Cmd
	stdout, stderr strings.Builder
	mu             sync.Mutex
	ended          chan struct{}
	address        string
}

var line = regexp.MustCompile(`(?m)^The site is at http://localhost:(\d+)\n`)

func start(t *testing.T, dir string) *process {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(binary), ended: make(chan struct{})}
	p.Dir = dir
	p.Env = []string{"POSTROOM_TEST_RUN=1", "PORT=0", "PATH=" + os.Getenv("PATH"), "POSTGRES_BIN=" + os.Getenv("POSTGRES_BIN"), "HOME=" + dir}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stderr = &p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewReader(out); ; {
			text, err := lines.ReadString('\n')
			p.mu.Lock()
			p.stdout.WriteString(text)
			p.mu.Unlock()
			if err != nil {
				break
			}
		}
		p.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.Process.Kill()
		<-p.ended
	})
	began := time.Now()
	soon(t, "two lines are printed", func() bool { return strings.Count(p.said(), "\n") == 2 || p.gone() })
	t.Logf("two lines after %v", time.Since(began).Round(time.Millisecond))
	found := line.FindStringSubmatch(p.said())
	if found == nil {
		t.Fatalf("%s%s", p.said(), p.stderr.String())
	}
	p.address = "127.0.0.1:" + found[1]
	return p
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stdout.String()
}

func (p *process) gone() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

func (p *process) ends(t *testing.T, code int) {
	t.Helper()
	soon(t, "the program ends", p.gone)
	if got := p.ProcessState.ExitCode(); got != code {
		t.Fatalf("it exits with %d, want %d\n%s", got, code, p.stderr.String())
	}
}

func soon(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for began := time.Now(); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("not within 20 seconds: %s", what)
		}
	}
}

// folder is one that PostgreSQL's account can reach.
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

// postgres reports whether a PostgreSQL runs in the folder: it takes this file away when it has shut down.
func postgres(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "data", "pgdata", "postmaster.pid"))
	return err == nil
}

func TestANewcomerStartsAndStopsTheSite(t *testing.T) {
	dir := folder(t)
	p := start(t, dir)
	link := regexp.MustCompile(`\nMake the first admin at http://localhost:\d+(/setup\?token=\S+)\n$`).FindStringSubmatch(p.said())
	if link == nil {
		t.Fatalf("no link: %s", p.said())
	}
	for _, path := range []string{"/", "/readyz", link[1]} {
		response, err := http.Get("http://" + p.address + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", path, response.StatusCode)
		}
	}
	p.Process.Signal(os.Interrupt)
	p.ends(t, 0)
	if postgres(dir) {
		t.Fatal("PostgreSQL runs on after Ctrl-C")
	}
	if strings.Count(p.said(), "\n") != 2 {
		t.Errorf("more than two lines: %s", p.said())
	}

	p = start(t, dir)
	p.Process.Kill()
	soon(t, "PostgreSQL follows a program that was killed", func() bool { return !postgres(dir) })
	<-p.ended

	p = start(t, dir)
	p.Process.Signal(syscall.SIGTERM)
	p.ends(t, 0)
}

func TestASecondCtrlCEndsAtOnce(t *testing.T) {
	dir := folder(t)
	p := start(t, dir)
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n")
	time.Sleep(100 * time.Millisecond) // so that it is under way
	p.Process.Signal(os.Interrupt)
	time.Sleep(200 * time.Millisecond)
	if p.gone() {
		t.Fatal("the first Ctrl-C did not wait for the request")
	}
	began := time.Now()
	p.Process.Signal(os.Interrupt)
	p.ends(t, -1) // by the signal
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	soon(t, "PostgreSQL follows", func() bool { return !postgres(dir) })
}
