//go:build linux || darwin || freebsd

package embedded

import (
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// socketFolder is the cluster's own folder, or, where its path is too long for a socket (104 bytes on macOS) or has
// what a list of folders cannot, a short one in the temporary folder.
func socketFolder(pgdata string, who account) string {
	const limit = 100
	if len(socketPath(pgdata, port)) < limit && !strings.ContainsAny(pgdata, `,"`) {
		return pgdata
	}
	sum := fnv.New64a()
	sum.Write([]byte(pgdata))
	name := fmt.Sprintf("postroom-%x", sum.Sum64())
	folder := filepath.Join(os.TempDir(), name)
	if len(socketPath(folder, port)) >= limit || strings.ContainsAny(folder, `,"`) || who.reaches(folder) != nil {
		return filepath.Join("/tmp", name)
	}
	return folder
}

// makeSocketFolder makes a short folder. Anybody may write in the temporary folder, and whoever can enter this one needs
// no password: it must be ours, and closed to others.
func makeSocketFolder(folder, pgdata string, who account) error {
	if folder == pgdata {
		return nil
	}
	if err := os.Mkdir(folder, 0o700); err == nil {
		return who.own(folder)
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return plain(folder, err)
	}
	if !info.IsDir() || int(info.Sys().(*syscall.Stat_t).Uid) != who.uid || info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s is in the way: remove it, or choose a DATA_DIR with a shorter path", folder)
	}
	return nil
}

func socketPath(folder, port string) string {
	return filepath.Join(folder, ".s.PGSQL."+port)
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
