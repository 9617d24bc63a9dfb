//go:build linux || darwin || freebsd

package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// keeper starts the server and shuts it down when our end of its standard input closes, as it does when we die of
// whatever cause. exec keeps the shell's process id, so that what we started is the server. The watcher is a
// grandchild, for the server would wonder about a child it does not know. It uses only what is built into the shell,
// since PATH may be empty. A line instead of the end means that the server is gone, and its id perhaps another's.
const keeper = `exec 3<&0 </dev/null; ( { read -r _ || kill -INT $$; } <&3 & ); exec 3<&-; exec "$@"`

// process is a running postgres.
type process struct {
	cmd  *exec.Cmd
	life io.WriteCloser
	gone chan struct{} // closed when it has ended
	err  error         // how; after gone
}

// launch starts postgres; what it says goes to the file.
func launch(who account, pg programs, pgdata string, args []string, log *os.File) (*process, error) {
	args = append([]string{"-c", keeper, "sh", filepath.Join(pg.bin, "postgres"), "-D", pgdata}, args...)
	cmd := program(context.Background(), who, "/bin/sh", args...)
	cmd.Stdout, cmd.Stderr = log, log // a file: a pipe would break when we die, and fill when we sleep
	life, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, life: life, gone: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		io.WriteString(life, "\n")
		life.Close()
		close(p.gone)
	}()
	return p, nil
}

// ready waits until the server takes connections.
func (p *process) ready(ctx context.Context, pgdata string) error {
	pause := 2 * time.Millisecond
	for {
		if file := readPidFile(pgdata); file.pid == p.cmd.Process.Pid && file.status == "ready" {
			return nil
		}
		select {
		case <-p.gone:
			return fmt.Errorf("postgres: %w", errors.Join(p.err, errEnded))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

var errEnded = errors.New("ended before it was ready")

// stop shuts the server down: at once but in order, with a checkpoint. When ctx ends first it is cut off,
// and the next start recovers.
func (p *process) stop(ctx context.Context) error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   <-chan struct{}
	}{
		{syscall.SIGINT, ctx.Done()},
		{syscall.SIGQUIT, after(2 * time.Second)},
	} {
		p.cmd.Process.Signal(step.signal)
		select {
		case <-p.gone:
			return nil
		case <-step.wait:
		}
	}
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.gone
	return errors.New("PostgreSQL did not stop in time and was killed; nothing acknowledged is lost")
}

func after(d time.Duration) <-chan struct{} {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	context.AfterFunc(ctx, cancel)
	return ctx.Done()
}

// pidFile is what a server says of itself in postmaster.pid.
type pidFile struct {
	pid    int
	port   string
	socket string
	status string // starting, stopping, ready
}

func readPidFile(pgdata string) pidFile {
	text, err := os.ReadFile(filepath.Join(pgdata, "postmaster.pid"))
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 5 {
		return pidFile{}
	}
	file := pidFile{port: lines[3], socket: lines[4]}
	file.pid, _ = strconv.Atoi(lines[0])
	if len(lines) >= 8 {
		file.status = strings.TrimSpace(lines[7])
	}
	return file
}

// answers tells whether a server listens on the socket. Its id is then the id of a server and not of some program
// that got the same number later.
func (f pidFile) answers() bool {
	if f.pid <= 1 || f.socket == "" {
		return false
	}
	conn, err := net.DialTimeout("unix", socketPath(f.socket, f.port), time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func socketPath(folder, port string) string {
	return filepath.Join(folder, ".s.PGSQL."+port)
}

// stopOrphan ends a server whose owner is gone, if it has not ended by itself.
func stopOrphan(ctx context.Context, pgdata string) error {
	orphan := readPidFile(pgdata)
	if !orphan.answers() {
		return nil
	}
	if err := syscall.Kill(orphan.pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("a PostgreSQL without an owner runs in %s and cannot be stopped: %w", pgdata, err)
	}
	for readPidFile(pgdata).pid == orphan.pid && orphan.answers() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// notYet is how a server refuses while its predecessor is leaving: a dead one counts until process 1 has seen to it,
// which takes a while in containers, and so do its last connections.
var notYet = regexp.MustCompile(`lock file ".*" already exists|pre-existing shared memory block`)

// run starts a server on the cluster and waits until it is ready. Only the owner of the lock may call it.
func (s *Server) run(ctx context.Context) (*process, error) {
	if err := stopOrphan(ctx, s.pgdata); err != nil {
		return nil, err
	}
	log, err := s.openLog()
	if err != nil {
		return nil, plain(s.dir, err)
	}
	defer log.Close()
	for {
		from, err := log.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, plain(s.dir, err)
		}
		p, err := launch(s.who, s.pg, s.pgdata, s.options.arguments(s.socket), log)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be started as the account %s: %w", s.pg, s.who.name, err)
		}
		if err = p.ready(ctx, s.pgdata); err == nil {
			return p, nil
		}
		if !errors.Is(err, errEnded) {
			p.stop(ended())
			return nil, err
		}
		said, _ := io.ReadAll(io.NewSectionReader(log, from, 64<<10))
		if !notYet.Match(said) {
			return nil, inOneLine(s.pgdata, string(said), err)
		}
		select {
		case <-ctx.Done():
			return nil, inOneLine(s.pgdata, string(said), ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// ended is a context that is over: stop cuts the server off.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
