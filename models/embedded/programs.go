//go:build linux || darwin || freebsd

package embedded

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oldest is the oldest major version of PostgreSQL that a site works with.
const oldest = 14

// programs are PostgreSQL's own, as found in one folder.
type programs struct {
	bin     string
	version string // 17.4
	major   int
}

func (p programs) String() string { return p.version + " in " + p.bin }

// findPrograms gives the programs for a folder made by the major version want, or, for a new folder (want 0),
// the newest. What the machine lacks is fetched.
func findPrograms(ctx context.Context, want int, who account, o Options) (programs, error) {
	if o.Bin != "" {
		found, err := inspect(ctx, followed(o.Bin), who)
		if err != nil {
			return programs{}, fmt.Errorf("POSTGRES_BIN: %w", err)
		}
		if want != 0 && found.major != want {
			return programs{}, wrongMajor(want, []programs{found})
		}
		return found, nil
	}

	search := usualFolders
	if o.search != nil {
		search = o.search
	}
	cache := cacheFolder(o)
	fetched, _ := filepath.Glob(filepath.Join(cache, "postgres-*", "bin"))

	var best programs
	var others []programs
	var seen []string
	for _, bin := range append(search(), fetched...) {
		bin = followed(bin)
		if slices.Contains(seen, bin) || want != 0 && best.major == want {
			continue
		}
		seen = append(seen, bin)
		found, err := inspect(ctx, bin, who)
		if err != nil {
			continue
		}
		others = append(others, found)
		if want == found.major || want == 0 && found.major > best.major {
			best = found
		}
	}
	switch {
	case best.major != 0:
		return best, nil
	case want != 0 && (want != fetchMajor || o.NoFetch):
		return programs{}, wrongMajor(want, others)
	case o.NoFetch:
		return programs{}, fmt.Errorf("no PostgreSQL programs found: %s", advice())
	}
	bin, err := fetch(ctx, cache, o)
	if err != nil {
		return programs{}, fmt.Errorf("no PostgreSQL programs found, and they could not be fetched (%w): %s", err, advice())
	}
	return inspect(ctx, bin, who)
}

func wrongMajor(want int, have []programs) error {
	here := "none is here"
	if len(have) > 0 {
		var list []string
		for _, p := range have {
			list = append(list, p.String())
		}
		here = "only these are here: " + strings.Join(list, ", ")
	}
	return fmt.Errorf("the data folder was made by PostgreSQL %d, and %s; install PostgreSQL %d, set POSTGRES_BIN, or choose another DATA_DIR", want, here, want)
}

// advice says what to do where there are no programs.
func advice() string {
	for tool, command := range map[string]string{
		"apt-get": "`apt install postgresql`", "dnf": "`dnf install postgresql-server`", "apk": "`apk add postgresql`",
		"pacman": "`pacman -S postgresql`", "brew": "`brew install postgresql`", "pkg": "`pkg install postgresql17-server`",
	} {
		if _, err := exec.LookPath(tool); err == nil {
			return command + ", or set DATABASE_URL or POSTGRES_BIN"
		}
	}
	return "install PostgreSQL, or set DATABASE_URL or POSTGRES_BIN"
}

// usualFolders lists where PostgreSQL's programs may lie on this machine.
func usualFolders() []string {
	var bins []string
	if path, err := exec.LookPath("postgres"); err == nil {
		bins = append(bins, filepath.Dir(path))
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		bins = append(bins, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", // Debian
		"/usr/pgsql-*/bin",          // the PostgreSQL project's packages for Red Hat
		"/usr/lib/postgresql*/bin",  // SUSE, Gentoo
		"/usr/libexec/postgresql*",  // Alpine
		"/opt/homebrew/opt/postgresql*/bin",
		"/usr/local/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		"/Library/PostgreSQL/*/bin",
		"/opt/local/lib/postgresql*/bin", // MacPorts
		"/usr/local/pgsql/bin",
		"/usr/bin", "/usr/local/bin",
	} {
		found, _ := filepath.Glob(pattern)
		bins = append(bins, found...)
	}
	return slices.DeleteFunc(bins, func(bin string) bool { return !filepath.IsAbs(bin) })
}

// followed is the folder of the real postgres: initdb lies beside that one, not beside a link to it.
func followed(bin string) string {
	path, err := filepath.EvalSymlinks(filepath.Join(bin, "postgres"))
	if err != nil {
		return bin
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "initdb")); err != nil {
		return bin
	}
	return filepath.Dir(path)
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// inspect asks the programs in a folder for their version, as the account that will run them.
func inspect(ctx context.Context, bin string, who account) (programs, error) {
	for _, name := range []string{"postgres", "initdb"} {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			return programs{}, fmt.Errorf("there is no %s in %s", name, bin)
		}
	}
	if err := who.reaches(filepath.Join(bin, "postgres")); err != nil {
		return programs{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var said bytes.Buffer
	cmd := program(ctx, who, filepath.Join(bin, "postgres"), "-V")
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return programs{}, fmt.Errorf("%s does not run: %w %s", cmd.Path, err, firstLine(said.String()))
	}
	found := versionPattern.FindStringSubmatch(said.String())
	if found == nil {
		return programs{}, fmt.Errorf("%s does not look like PostgreSQL: it says %q", cmd.Path, firstLine(said.String()))
	}
	major, _ := strconv.Atoi(found[2])
	if major < oldest {
		return programs{}, fmt.Errorf("PostgreSQL %s in %s is too old: %d or later is needed", found[1], bin, oldest)
	}
	return programs{bin: bin, version: found[1], major: major}, nil
}

// program prepares one of PostgreSQL's programs: as the account, from a folder that it may enter, in plain English.
func program(ctx context.Context, who account, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = who.attributes()
	for _, pair := range os.Environ() {
		// PGDATA, PGPORT and their like belong to some other server.
		if !strings.HasPrefix(pair, "PG") && !strings.HasPrefix(pair, "LC_") && !strings.HasPrefix(pair, "LANG") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C")
	return cmd
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
