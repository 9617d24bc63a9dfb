//go:build linux || darwin || freebsd

package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lock takes the lock of a file without waiting; a nil file means that somebody else holds it. The kernel
// gives it back when the holder dies, however it dies, and the server does not inherit it.
func lock(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil
	}
	return nil, &os.PathError{Op: "lock", Path: path, Err: err}
}

// SweepStale removes the folders prefix* in parent that Open used and whose owner died without clearing up,
// as a test binary does that is killed. A folder whose lock is held is left alone.
func SweepStale(parent, prefix string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	var failed error
	for _, entry := range entries {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), prefix) {
			failed = errors.Join(failed, sweep(filepath.Join(parent, entry.Name())))
		}
	}
	return failed
}

func sweep(dir string) error {
	path := filepath.Join(dir, "lock")
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		// Somebody may have made the folder a moment ago, and be about to lock it.
		if info, err = os.Stat(dir); err != nil || time.Since(info.ModTime()) < 10*time.Minute {
			return nil
		}
		return os.RemoveAll(dir)
	}
	if err != nil || !ours(info) {
		return nil // somebody else's
	}
	held, err := lock(path, syscall.LOCK_EX)
	if held == nil || err != nil {
		return err
	}
	defer held.Close()
	if pid := readPidFile(filepath.Join(dir, "pgdata")); pid.answers() {
		syscall.Kill(pid.pid, syscall.SIGQUIT)
		for deadline := time.Now().Add(2 * time.Second); pid.answers() && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
	}
	return os.RemoveAll(dir)
}

func ours(info os.FileInfo) bool {
	uid := os.Getuid()
	return uid == 0 || int(info.Sys().(*syscall.Stat_t).Uid) == uid
}
