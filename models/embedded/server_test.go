//go:build linux || darwin || freebsd

package embedded

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestColdStartThenWarmStartKeepsWhatWasWritten(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	server := open(t, dir, Options{})
	if !server.Owner() {
		t.Error("the first program does not own the server")
	}
	if err := server.EnsureDatabase(t.Context(), "postroom"); err != nil {
		t.Fatal(err)
	}
	answers(t, server.DSN("postroom"), "create table words as select 'kept' as word", "")
	answers(t, server.DSN("postroom"), "select current_setting('listen_addresses')", "")
	shut(t, server)
	select {
	case <-server.Exited():
	default:
		t.Error("Exited is open after Close")
	}
	if alive(server) {
		t.Error("the server runs after Close")
	}

	again := open(t, dir, Options{})
	if err := again.EnsureDatabase(t.Context(), "postroom"); err != nil {
		t.Fatal(err)
	}
	answers(t, again.DSN("postroom"), "select word from words", "kept")
	if log := logOf(t, dir); strings.Contains(log, "not properly shut down") {
		t.Error("Close left something to recover:", log)
	}
}

func TestASiteIsDurableAndKnowsICUCollations(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	spawned := spawn(t, dir, false, "EMBEDDED_DURABLE=1")
	_, dsn, _ := strings.Cut(spawned.said, " ")
	for setting, want := range map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
		"server_encoding": "UTF8", "shared_buffers": "256MB", "TimeZone": "UTC"} {
		answers(t, dsn, "select current_setting('"+setting+"')", want)
	}
	answers(t, dsn, `select min(w collate "und-x-icu") from unnest(array['b', 'B', 'ä', 'z']) w`, "ä")
}

func TestAnotherProgramJoinsAndLeavesTheServerRunning(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	owner := spawn(t, dir, false)
	if !strings.HasPrefix(owner.said, "owner ") {
		t.Fatal(owner.said)
	}
	guest := open(t, dir, Options{})
	if guest.Owner() {
		t.Error("a guest takes itself for the owner")
	}
	if "owner "+guest.DSN("postgres") != owner.said {
		t.Errorf("two addresses: %s, %s", owner.said, guest.DSN("postgres"))
	}
	answers(t, guest.DSN("postgres"), "select 'here'", "here")
	shut(t, guest)
	answers(t, guest.DSN("postgres"), "select 'here'", "here")
}

func TestProgramsThatStartAtOnceShareOneServer(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	servers := make([]*Server, 4)
	var all sync.WaitGroup
	for i := range servers {
		all.Go(func() { servers[i] = open(t, dir, Options{}) })
	}
	all.Wait()
	owners := 0
	for _, server := range servers {
		if server == nil {
			t.Fatal("not all opened")
		}
		if server.Owner() {
			owners++
		}
		all.Go(func() {
			if err := server.EnsureDatabase(t.Context(), "postroom"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if owners != 1 {
		t.Errorf("%d owners", owners)
	}
}

func TestAKilledProgramLeavesNoServerBehind(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	owner := spawn(t, dir, false)
	pid := readPidFile(filepath.Join(dir, "pgdata"))
	if !pid.answers() {
		t.Fatal("no server", owner.said)
	}
	owner.end(syscall.SIGKILL)
	soon(t, 5*time.Second, "the server is gone", func() bool { return !pid.answers() })
	soon(t, 5*time.Second, "it went in order", func() bool { return readPidFile(filepath.Join(dir, "pgdata")).pid == 0 })
	open(t, dir, Options{})
	if log := logOf(t, dir); strings.Contains(log, "not properly shut down") {
		t.Error("the server went without a checkpoint:", log)
	}
}

func TestAProgramKilledTogetherWithItsServerRecovers(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	owner := spawn(t, dir, false, "EMBEDDED_DURABLE=1")
	_, dsn, _ := strings.Cut(owner.said, " ")
	answers(t, dsn, "create table words as select 'kept' as word", "")
	pid := readPidFile(filepath.Join(dir, "pgdata")).pid
	syscall.Kill(-pid, syscall.SIGKILL) // the group: server, workers and watcher
	owner.end(syscall.SIGKILL)

	server := open(t, dir, Options{})
	answers(t, server.DSN("postgres"), "select word from words", "kept")
}

func TestAServerThatLostItsWatcherAndItsProgramIsReplaced(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	owner := spawn(t, dir, false)
	old := readPidFile(filepath.Join(dir, "pgdata"))
	syscall.Kill(watcher(t, old.pid), syscall.SIGKILL)
	owner.end(syscall.SIGKILL)
	time.Sleep(50 * time.Millisecond)
	if !old.answers() {
		t.Fatal("the server went by itself, there is nothing to try")
	}
	server := open(t, dir, Options{})
	if readPidFile(server.pgdata).pid == old.pid {
		t.Error("the old server still runs")
	}
	answers(t, server.DSN("postgres"), "select 'here'", "here")
}

// watcher finds the shell in the server's process group.
func watcher(t *testing.T, server int) int {
	t.Helper()
	list, err := exec.Command("ps", "-A", "-o", "pid=,pgid=,comm=").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		var pid, group int
		var name string
		if fmt.Sscan(line, &pid, &group, &name); group == server && filepath.Base(name) == "sh" {
			return pid
		}
	}
	t.Fatal("no watcher")
	return 0
}

func TestAServerThatDiesIsStartedAgain(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "cut off": syscall.SIGQUIT, "told to stop": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t)
			server := open(t, dir, Options{Settings: map[string]string{}}) // durable
			answers(t, server.DSN("postgres"), "create table words as select 'kept' as word", "")
			syscall.Kill(readPidFile(server.pgdata).pid, signal)
			time.Sleep(10 * time.Millisecond)
			soon(t, 10*time.Second, "the site has its database again", func() bool {
				word, err := ask(server.DSN("postgres"), "select word from words")
				return err == nil && word == "kept"
			})
			select {
			case <-server.Exited():
				t.Error("Exited is closed")
			default:
			}
		})
	}
}

func TestAGuestTakesTheOwnersPlace(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"when it stops": syscall.SIGTERM, "when it is killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t)
			owner := spawn(t, dir, false)
			guest := open(t, dir, Options{})
			if guest.Owner() {
				t.Fatal("not a guest:", owner.said)
			}
			owner.end(signal)
			soon(t, 5*time.Second, "the guest owns a server", guest.Owner)
			answers(t, guest.DSN("postgres"), "select 'here'", "here")
			shut(t, guest)
			if alive(guest) {
				t.Error("it did not stop its server")
			}
		})
	}
}

func TestAnOwnerThatStopsSaysSoWhenOthersUseItsServer(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	dir := folder(t)
	owner := open(t, dir, Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	guest := open(t, dir, Options{})
	shut(t, owner)
	if !strings.Contains(said.String(), "other programs use this PostgreSQL") {
		t.Errorf("it said %q", said.String())
	}
	shut(t, guest)
}

func TestAServerWhoseFolderWasTakenAwayIsNotReplacedByAnEmptyOne(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	server := open(t, dir, Options{})
	if err := os.RemoveAll(server.pgdata); err != nil {
		t.Fatal(err)
	}
	server.process.cmd.Process.Kill()
	select {
	case <-server.Exited():
	case <-time.After(5 * time.Second):
		t.Fatal("Exited stays open")
	}
	if _, err := os.Stat(server.pgdata); err == nil {
		t.Error("there is a new folder")
	}
}

func TestCloseCutsTheServerOffWhenThereIsNoTime(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	server, err := Open(t.Context(), dir, quiet(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	server.Close(ctx)
	if alive(server) {
		t.Error("the server runs after Close")
	}
}

func TestAStartThatIsBrokenOffLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, 50 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond} {
		dir := folder(t)
		ctx, cancel := context.WithTimeout(t.Context(), after)
		server, err := Open(ctx, dir, quiet(Options{}))
		cancel()
		if err == nil {
			shut(t, server)
			continue
		}
		if readPidFile(filepath.Join(dir, "pgdata")).answers() {
			t.Errorf("after %v a server runs", after)
		}
		open(t, dir, Options{}) // and the next start is fine
	}
}

func TestStaleFoldersAreSweptAndLivingOnesLeft(t *testing.T) {
	t.Parallel()
	parent := folder(t)
	living, dead, young := filepath.Join(parent, "some-living"), filepath.Join(parent, "some-dead"), filepath.Join(parent, "some-young")
	open(t, living, Options{})
	shut(t, open(t, dead, Options{}))
	if err := os.Mkdir(young, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := SweepStale(parent, "some-"); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{living: true, dead: false, young: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v", dir, err == nil)
		}
	}
}

func alive(server *Server) bool { return readPidFile(server.pgdata).pid != 0 }

func logOf(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "postgres.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
