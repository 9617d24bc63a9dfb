//go:build linux || darwin || freebsd

package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// makeDir makes the folder for a server, or says in a line why it cannot be used. It damages nothing.
func makeDir(dir string, who account) error {
	if err := who.reaches(dir); err != nil {
		return fmt.Errorf("%w: open it, choose another DATA_DIR, or run as an ordinary user", err)
	}
	info, err := os.Stat(dir)
	if errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
			return plain(dir, err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return plain(dir, err)
		}
		if err := who.own(dir); err != nil {
			return plain(dir, err)
		}
		info, err = os.Stat(dir)
	}
	switch {
	case err != nil:
		return plain(dir, err)
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder: choose another DATA_DIR", dir)
	case !who.may(info, 1):
		return fmt.Errorf("%s is closed to the account %s, which PostgreSQL runs as: open it, or choose another DATA_DIR", dir, who.name)
	}
	if _, err := os.Stat(filepath.Join(dir, "PG_VERSION")); err == nil {
		return fmt.Errorf("%s is some other PostgreSQL's own data folder: choose another DATA_DIR", dir)
	}
	return nil
}

// majorOf gives the major version that made a cluster, and 0 where there is none yet.
func majorOf(pgdata string, who account) (int, error) {
	version, err := os.ReadFile(filepath.Join(pgdata, "PG_VERSION"))
	if err == nil {
		info, err := os.Stat(pgdata)
		if err != nil {
			return 0, plain(pgdata, err)
		}
		if uid := int(info.Sys().(*syscall.Stat_t).Uid); uid != who.uid {
			return 0, fmt.Errorf("%s belongs to the account %s, and this is %s: run as %[2]s, or choose another DATA_DIR", pgdata, nameOf(uid), who.name)
		}
		major, err := strconv.Atoi(strings.TrimSpace(string(version)))
		if err != nil {
			return 0, fmt.Errorf("%s does not name a version of PostgreSQL: choose another DATA_DIR", filepath.Join(pgdata, "PG_VERSION"))
		}
		return major, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return 0, plain(pgdata, err)
	}
	entries, err := os.ReadDir(pgdata)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, plain(pgdata, err)
	}
	if len(entries) > 0 {
		return 0, fmt.Errorf("%s is not empty and not PostgreSQL's: choose another DATA_DIR", pgdata)
	}
	return 0, nil
}

// makeCluster makes a new cluster beside its place and moves it there, so that a half-made one is never taken for good.
// It does not wait for the disk: see syncCluster.
func makeCluster(ctx context.Context, pgdata string, pg programs, who account) error {
	leftovers, _ := filepath.Glob(pgdata + ".part*")
	for _, leftover := range leftovers {
		os.RemoveAll(leftover)
	}
	// A name of its own: an initdb whose program was killed may still be writing into another.
	part, err := os.MkdirTemp(filepath.Dir(pgdata), "pgdata.part")
	if err != nil {
		return plain(pgdata, err)
	}
	defer os.RemoveAll(part)
	if err := who.own(part); err != nil {
		return plain(pgdata, err)
	}

	var said bytes.Buffer
	cmd := program(ctx, who, filepath.Join(pg.bin, "initdb"), "-D", part, "-U", User, "-E", "UTF8", "--locale=C",
		"--auth-local=trust", "--auth-host=reject", "--no-sync", "--no-instructions")
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return inOneLine(pgdata, said.String(), fmt.Errorf("initdb: %w", err))
	}
	if err := os.Remove(pgdata); err != nil && !errors.Is(err, os.ErrNotExist) { // empty, or majorOf had refused it
		return plain(pgdata, err)
	}
	return plain(pgdata, os.Rename(part, pgdata))
}

// syncCluster makes the disk hold what initdb wrote. A new site need not wait for it, but must not stay without it:
// later commits are safe only on files that are.
func syncCluster(ctx context.Context, pgdata string, pg programs, who account) error {
	return program(ctx, who, filepath.Join(pg.bin, "initdb"), "--sync-only", "-D", pgdata).Run()
}

// closeToOthers gives a cluster's folder the mode that PostgreSQL insists on, which a `chmod -R` takes from it.
func closeToOthers(pgdata string) error {
	info, err := os.Stat(pgdata)
	if err == nil && info.Mode().Perm() != 0o700 && info.Mode().Perm() != 0o750 {
		err = os.Chmod(pgdata, 0o700)
	}
	return plain(pgdata, err)
}

var (
	fatalPattern  = regexp.MustCompile(`(?m)(?:FATAL|PANIC|initdb: error|initdb: fatal): +(.*)$`)
	systemPattern = regexp.MustCompile(`No space left on device|wrote only \d+ of \d+ bytes|Disk quota exceeded|Read-only file system`)
)

// inOneLine says what went wrong from what PostgreSQL's programs said, or else as err.
func inOneLine(path, said string, err error) error {
	switch systemPattern.FindString(said) {
	case "":
	case "Disk quota exceeded":
		return plain(path, syscall.EDQUOT)
	case "Read-only file system":
		return plain(path, syscall.EROFS)
	default:
		return plain(path, syscall.ENOSPC)
	}
	if found := fatalPattern.FindStringSubmatch(said); found != nil {
		return fmt.Errorf("PostgreSQL in %s: %s", path, found[1])
	}
	// A full disk holds no word about it either.
	var disk syscall.Statfs_t
	if syscall.Statfs(filepath.Dir(path), &disk) == nil && uint64(disk.Bavail)*uint64(disk.Bsize) < 1<<20 {
		return plain(path, syscall.ENOSPC)
	}
	if line := firstLine(said); line != "" {
		return fmt.Errorf("PostgreSQL in %s: %w: %s", path, err, line)
	}
	return fmt.Errorf("PostgreSQL in %s: %w", path, err)
}

// plain says what a person can do about an error of the system at path.
func plain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("the disk that holds %s is full: free some space, or choose another DATA_DIR (%w)", path, err)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the disk that holds %s is read-only: choose another DATA_DIR (%w)", path, err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%s is closed to the account %s: choose another DATA_DIR (%w)", path, nameOf(os.Getuid()), err)
	}
	return fmt.Errorf("%s cannot hold the database: %w", path, err)
}
