//go:build linux || darwin || freebsd

package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTroubleIsSaidInOneLineAndDamagesNothing(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]struct {
		prepare func(t *testing.T, dir string)
		options Options
		want    string
	}{
		"a folder of another major version": {
			func(t *testing.T, dir string) { write(t, dir, "pgdata/PG_VERSION", "9\n") }, Options{},
			"was made by PostgreSQL 9, and only these are here: ",
		},
		"a folder of another major version than that of POSTGRES_BIN": {
			func(t *testing.T, dir string) { write(t, dir, "pgdata/PG_VERSION", "16\n") }, Options{Bin: pretend(t, "17.2")},
			"was made by PostgreSQL 16, and only these are here: 17.2 in ",
		},
		"somebody else's folder": {
			func(t *testing.T, dir string) { write(t, dir, "pgdata/thesis.txt", "years of work") }, Options{},
			"pgdata is not empty and not PostgreSQL's",
		},
		"another PostgreSQL's own folder": {
			func(t *testing.T, dir string) { write(t, dir, "PG_VERSION", "15\n") }, Options{},
			"is some other PostgreSQL's own data folder",
		},
		"a version that is none": {
			func(t *testing.T, dir string) { write(t, dir, "pgdata/PG_VERSION", "x\n") }, Options{},
			"does not name a version",
		},
		"a file in the folder's place": {
			func(t *testing.T, dir string) {
				if err := os.Remove(dir); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Dir(dir), filepath.Base(dir), "text")
			}, Options{},
			"is not a folder",
		},
		"programs that are too old": {
			func(*testing.T, string) {}, Options{Bin: pretend(t, "9.6.24")},
			"POSTGRES_BIN: PostgreSQL 9.6.24 in ",
		},
		"no programs": {
			func(*testing.T, string) {}, Options{Bin: "/nowhere"},
			"POSTGRES_BIN: there is no postgres in /nowhere",
		},
		"no programs anywhere": {
			func(*testing.T, string) {}, Options{Cache: "/nowhere", search: func() []string { return nil }},
			"no PostgreSQL programs found: ",
		},
		"a disk that is full at the start": {
			func(*testing.T, string) {}, Options{Bin: pretend(t, "17.2", `echo 'initdb: error: could not write to file "x": No space left on device' >&2; exit 1`)},
			"is full: free some space",
		},
		"a disk that is full in the middle of a block": {
			func(*testing.T, string) {}, Options{Bin: pretend(t, "17.2", `echo 'FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 20' >&2; exit 1`)},
			"is full: free some space",
		},
		"a read-only disk": {
			func(*testing.T, string) {}, Options{Bin: pretend(t, "17.2", `echo 'initdb: error: could not create directory "x": Read-only file system' >&2; exit 1`)},
			"is read-only: choose another DATA_DIR",
		},
		"programs that refuse": {
			func(*testing.T, string) {}, Options{Bin: pretend(t, "17.2", `echo 'first word'; echo 'initdb: error: the moon is in the way' >&2; exit 1`)},
			"the moon is in the way",
		},
		"a setting that PostgreSQL does not take": {
			func(*testing.T, string) {}, Options{Settings: map[string]string{"work_mem": "lots"}},
			`invalid value for parameter "work_mem"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t)
			trouble.prepare(t, dir)
			before := tree(t, dir)
			server, err := Open(t.Context(), dir, quiet(trouble.options))
			if err == nil {
				shut(t, server)
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), trouble.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("it says %q, not %q", err, trouble.want)
			}
			for path, content := range before {
				if after := tree(t, dir)[path]; after != content {
					t.Errorf("%s was %q and is %q", path, content, after)
				}
			}
			if parts, _ := filepath.Glob(filepath.Join(dir, "pgdata.part*")); len(parts) > 0 {
				t.Error("left behind:", parts)
			}
			t.Log(err)
		})
	}
}

func TestADiskThatIsFullLaterIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	full := "/dev/full"
	if _, err := os.Stat(full); err != nil {
		full = "/dev/null/full" // macOS has none; then the server cannot write for another reason
	}
	dir := folder(t)
	server := open(t, dir, Options{})
	shut(t, server)
	opts := filepath.Join(server.pgdata, "postmaster.opts") // written at each start
	if err := os.Remove(opts); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(full, opts); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), dir, quiet(Options{}))
	if err == nil || strings.Contains(err.Error(), "\n") || full == "/dev/full" && !strings.Contains(err.Error(), "is full: free some space") {
		t.Errorf("it says %v", err)
	}
	if err := os.Remove(opts); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Options{}) // and with room it starts
}

func TestAFolderThatCannotBeWrittenIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	refused := spawn(t, dir, os.Getuid() == 0).said // root may write everywhere
	if !strings.Contains(refused, dir+" is closed to the account") {
		t.Errorf("it says %q", refused)
	}
}

func TestAPathTooLongForASocketWorks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{strings.Repeat("long", 30), "one, two", `quo"ted`, "with space and ünïcode"} {
		dir := filepath.Join(folder(t), name)
		server := open(t, dir, Options{})
		answers(t, server.DSN("postgres"), "select 'here'", "here")
		guest := open(t, dir, Options{})
		answers(t, guest.DSN("postgres"), "select 'here'", "here")
		shut(t, server)
		soon(t, 5*time.Second, "the guest owns a server", guest.Owner)
		answers(t, guest.DSN("postgres"), "select 'here'", "here")
		shut(t, guest)
		if _, err := os.Stat(guest.socket); err == nil && guest.socket != guest.pgdata {
			t.Error("left behind:", guest.socket)
		}
	}
}

func TestAStrangersFolderInTheSocketsPlaceIsNotUsed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), strings.Repeat("long", 30))
	who, err := accountFor(dir)
	if err != nil {
		t.Fatal(err)
	}
	inTheWay := socketFolder(filepath.Join(dir, "pgdata"), who)
	if err := os.Mkdir(inTheWay, 0o777); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(inTheWay)
	os.Chmod(inTheWay, 0o777)
	if _, err := Open(t.Context(), dir, quiet(Options{})); err == nil || !strings.Contains(err.Error(), "is in the way") {
		t.Errorf("it says %v", err)
	}
}

func TestAChmodOfTheWholeFolderIsPutRight(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	server := open(t, dir, Options{})
	shut(t, server)
	if err := os.Chmod(server.pgdata, 0o755); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Options{})
}

func TestTheNewestProgramsMakeAFolderAndItsOwnMajorOpensIt(t *testing.T) {
	t.Parallel()
	bins := []string{pretend(t, "15.3"), pretend(t, "99.1"), pretend(t, "17.4 (Debian 17.4-1)"), pretend(t, "9.6.1"), "/nowhere"}
	options := quiet(Options{Cache: "/nowhere", search: func() []string { return bins }}).withDefaults()
	options.Bin = ""
	who, err := accountFor(bins[0])
	if err != nil {
		t.Fatal(err)
	}
	for want, version := range map[int]string{0: "99.1", 15: "15.3", 17: "17.4"} {
		found, err := findPrograms(t.Context(), want, who, options)
		if err != nil || found.version != version {
			t.Errorf("for %d: %v, %v", want, found, err)
		}
	}
	if _, err := findPrograms(t.Context(), 16, who, options); err == nil || !strings.Contains(err.Error(), "only these are here: 15.3 in ") {
		t.Errorf("for 16: %v", err)
	}
}

// pretend makes programs that only say their version, and an initdb that runs the script.
func pretend(t *testing.T, version string, script ...string) string {
	t.Helper()
	bin := folder(t)
	write(t, bin, "postgres", fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version))
	write(t, bin, "initdb", "#!/bin/sh\n"+strings.Join(script, "\n"))
	return bin
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	runnable(t, path, []byte(content))
	if who, err := accountFor(dir); err == nil && strings.HasPrefix(name, "pgdata/") {
		who.own(filepath.Dir(path))
	}
}

// tree gives the content of each file below dir, or of dir if it is one.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
