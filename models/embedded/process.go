//go:build linux || darwin || freebsd

package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	gone chan struct{} // closed when it has ended
	err  error         // how; after gone
}

// launch starts postgres; what it says goes to the file.
func launch(who account, pg programs, pgdata string, args []string, log *os.File) (*process, error) {
	args = append([]string{"-c", keeper, "sh", filepath.Join(pg.bin, "postgres"), "-D", pgdata}, args...)
	cmd := program(context.Background(), who, "/bin/sh", args...)
	cmd.Stdout, cmd.Stderr = log, log // a file: a pipe would break when we die, and fill when we sleep
	stdin, life, err := os.Pipe()     // not cmd.StdinPipe: Wait would close it before the line is written
	if err != nil {
		return nil, err
	}
	cmd.Stdin = stdin
	err = cmd.Start()
	stdin.Close()
	if err != nil {
		life.Close()
		return nil, err
	}
	p := &process{cmd: cmd, gone: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		life.WriteString("\n")
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
	if p.signal(ctx, syscall.SIGINT) {
		return nil
	}
	soon, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if p.signal(soon, syscall.SIGQUIT) {
		return errors.New("PostgreSQL did not stop in time and was cut off; it recovers at its next start")
	}
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.gone
	return errors.New("PostgreSQL did not stop and was killed; it recovers at its next start")
}

// signal tells whether the server was gone before ctx.
func (p *process) signal(ctx context.Context, signal syscall.Signal) (gone bool) {
	p.cmd.Process.Signal(signal)
	select {
	case <-p.gone:
		return true
	default:
	}
	select {
	case <-p.gone:
		return true
	case <-ctx.Done():
		return false
	}
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
	if err := makeSocketFolder(s.socket, s.pgdata, s.who); err != nil {
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
			p.stop(ctx) // ctx has ended: cut off
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
