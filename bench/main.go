// Bench measures Postroom beside a bare program that answers the same questions from the same tables, in one run and in
// turn, so that the ratios hold whatever the machine does meanwhile. See README.md.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// bench is what the measurements have in common.
type bench struct {
	users, posts    int
	seconds, rounds int
	exportRows      int
	home            string
	importRows      int
	importRounds    int
	small, large    *place
}

// parts are the measurements, in the order in which they are taken.
var parts = []struct {
	name string
	run  func(*bench) error
}{
	{"pages", (*bench).pages},
	{"live", (*bench).live},
	{"filters", (*bench).filters},
	{"export", (*bench).export},
	{"import", (*bench).imports},
	{"search", (*bench).search},
	{"places", (*bench).places},
	{"transfers", (*bench).transfers},
	{"files", (*bench).files},
	{"comments", (*bench).comments},
	{"sitemap", (*bench).sitemap},
}

func main() {
	b := &bench{}
	var names []string
	for _, part := range parts {
		names = append(names, part.name)
	}
	flag.IntVar(&b.users, "users", 100_000, "users of the large site")
	flag.IntVar(&b.posts, "posts", 1_000_000, "posts of the large site")
	flag.IntVar(&b.seconds, "seconds", 5, "how long each measurement takes")
	flag.IntVar(&b.rounds, "rounds", 5, "how often each is repeated, in turn")
	flag.StringVar(&b.home, "home", filepath.Join(os.TempDir(), "postroom-bench"), "where the sites are kept between runs")
	flag.IntVar(&b.exportRows, "export-rows", 1_000_000, "users, and posts, that the export takes out")
	flag.IntVar(&b.importRows, "import-rows", 1_000_000, "lines of the file that is imported")
	flag.IntVar(&b.importRounds, "import-rounds", 1, "how often it is imported")
	only := flag.String("only", "", "one of "+strings.Join(names, ", ")+"; all of them without it")
	flag.Parse()
	if err := b.run(*only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(only string) error {
	if err := os.MkdirAll(b.home, 0o755); err != nil {
		return err
	}
	if out, err := command("go", "build", "-trimpath", "-o", filepath.Join(b.home, "postroom"), ".").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	b.small = &place{home: b.home, name: "small", users: max(1, b.users/100), posts: max(1, b.posts/100), port: 18081}
	b.large = &place{home: b.home, name: "large", users: b.users, posts: b.posts, port: 18082}
	ran := false
	for _, part := range parts {
		if only != "" && only != part.name {
			continue
		}
		ran = true
		if err := part.run(b); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	if !ran {
		return fmt.Errorf("there is no part %q", only)
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median[T float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
