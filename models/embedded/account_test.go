//go:build linux || darwin || freebsd

package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestTheServerRunsAsTheAccountOfItsFolder(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 { // then there is no choice
		dir := folder(t)
		open(t, dir, Options{})
		if got := ownerOf(t, filepath.Join(dir, "pgdata")); got != os.Getuid() {
			t.Errorf("it runs as %d", got)
		}
		if picked, why := PickDir("data"); picked != "data" || why != "" {
			t.Errorf("picked %s: %s", picked, why)
		}
		return
	}

	ours := folder(t)
	open(t, ours, Options{})
	if ownerOf(t, filepath.Join(ours, "pgdata")) == 0 {
		t.Error("it runs as root")
	}

	theirs := folder(t)
	if err := os.Chown(theirs, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	server := open(t, filepath.Join(theirs, "data"), Options{})
	if got := ownerOf(t, server.pgdata); got != 65534 {
		t.Errorf("root runs it as %d", got)
	}
	// The owner of the folder may join, and keep it later.
	guest := spawn(t, server.dir, true)
	if !strings.HasPrefix(guest.said, "guest ") {
		t.Error(guest.said)
	}
	guest.end(syscall.SIGTERM)
	shut(t, server)
	if owner := spawn(t, server.dir, true); !strings.HasPrefix(owner.said, "owner ") {
		t.Error(owner.said)
	}
	// A stranger may not.
	if stranger := spawn(t, ours, true); !strings.Contains(stranger.said, "is closed to the account") {
		t.Error(stranger.said)
	}
}

func TestAnOrdinaryUserStartsAServer(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if os.Getuid() == 0 {
		if err := os.Chown(dir, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	owner := spawn(t, dir, os.Getuid() == 0)
	if !strings.HasPrefix(owner.said, "owner ") {
		t.Fatal(owner.said)
	}
	_, dsn, _ := strings.Cut(owner.said, " ")
	answers(t, dsn, "select 'here'", "here")
	owner.end(syscall.SIGKILL)
	pgdata := filepath.Join(dir, "pgdata")
	soon(t, 5*time.Second, "the server is gone", func() bool { return readPidFile(pgdata).pid == 0 })
}

func TestRootPicksAnotherFolderWhereTheServerCannotReach(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		return // an ordinary user's server reaches what the user does
	}
	closed := t.TempDir() // below a folder of mode 0700
	dir := filepath.Join(closed, "data")
	picked, why := PickDir(dir)
	if picked != fallbackDir || !strings.Contains(why, "is closed to the account") {
		t.Errorf("picked %s: %s", picked, why)
	}
	_, err := Open(t.Context(), dir, quiet(Options{}))
	if err == nil || !strings.Contains(err.Error(), "is closed to the account") {
		t.Errorf("it says %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made all the same")
	}
	if picked, why := PickDir(filepath.Join(folder(t), "data")); picked == fallbackDir || why != "" {
		t.Errorf("picked %s: %s", picked, why)
	}
}

func ownerOf(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}
