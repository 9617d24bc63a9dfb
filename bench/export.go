package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// exportColumns are what an export has unless asked otherwise, as psql is asked for them.
var exportColumns = map[string]string{
	"users": "id, username, email, name, age, role, is_active, credits, post_count, last_post_at, last_seen_at, created_at, metadata",
	"posts": "id, user_id, (select username from users where id = posts.user_id) as username, title, content, array_to_string(tags, ', ') as tags, status, created_at, updated_at, published_at",
}

// export measures how long it takes to take out all users and all posts, beside psql, which writes the same columns in the same
// order to a file, and what memory the program takes meanwhile.
func (b *bench) export() error {
	if _, err := exec.LookPath("psql"); err != nil {
		return fmt.Errorf("psql is missing: install it (Debian: apt install postgresql-client)")
	}
	p := &place{home: b.home, name: "exports", users: b.exportRows, posts: b.exportRows, port: 18083}
	if err := p.open(); err != nil {
		return err
	}
	defer p.stop()
	fmt.Printf("\n%d users and %d posts taken out as CSV, median of %d rounds\n\n", p.users, p.posts, b.rounds)
	fmt.Println("| | seconds | against psql | to reach | memory after a tenth, and at most |")
	fmt.Println("|---|---|---|---|---|")
	for _, what := range []string{"users", "posts"} {
		if err := b.exportOf(p, what); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) exportOf(p *place, what string) error {
	var theirs, page, typed []time.Duration
	var early, most, peak int64
	for round := range b.rounds + 1 { // the first one warms up
		copied, err := p.psqlCopy(what)
		if err != nil {
			return err
		}
		downloaded, atTenth, atMost, err := p.download(what)
		if err != nil {
			return err
		}
		written, rss, err := p.typeExport(what)
		if err != nil {
			return err
		}
		if round == 0 {
			continue
		}
		theirs, page, typed = append(theirs, copied), append(page, downloaded), append(typed, written)
		early, most, peak = max(early, atTenth), max(most, atMost), max(peak, rss)
	}
	t := median(theirs)
	fmt.Printf("| %s, `psql \\copy (select …) to` | %.2f | | | |\n", what, t.Seconds())
	fmt.Printf("| %s, the page | %.2f | %.2f × | 1.50 × | %.0f and %.0f MB |\n", what, median(page).Seconds(), float64(median(page))/float64(t), mb(early), mb(most))
	fmt.Printf("| %s, `postroom export %s` | %.2f | %.2f × | 1.50 × | %.0f MB at most |\n", what, what, median(typed).Seconds(), float64(median(typed))/float64(t), mb(peak))
	return nil
}

// psqlCopy is how long psql takes.
func (p *place) psqlCopy(what string) (time.Duration, error) {
	file := filepath.Join(p.home, "psql-"+what+".csv")
	defer os.Remove(file)
	began := time.Now()
	out, err := command("psql", "-X", "-q", "-d", p.database(), "-c",
		fmt.Sprintf(`\copy (select %s from %s order by id) to '%s' with (format csv, header)`, exportColumns[what], what, file)).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("psql: %w\n%s", err, out)
	}
	return time.Since(began), nil
}

// download is how long the page takes, as it is sent without compression, and the program's memory when a tenth is through and
// at most.
func (p *place) download(what string) (took time.Duration, early, most int64, err error) {
	file, err := os.Create(filepath.Join(p.home, "page-"+what+".csv"))
	if err != nil {
		return 0, 0, 0, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	began := time.Now()
	response, err := p.exportClient().Get(p.url() + "/admin/exports/" + what + ".csv?" + url.Values{"sort": {"id"}}.Encode())
	if err != nil {
		return 0, 0, 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, 0, 0, fmt.Errorf("the export answers %s", response.Status)
	}
	watched := &memoryWatch{place: p, file: file}
	if _, err := io.Copy(watched, response.Body); err != nil {
		return 0, 0, 0, err
	}
	took = time.Since(began)
	if watched.err != nil {
		return 0, 0, 0, watched.err
	}
	early, most = watched.summary()
	return took, early, most, nil
}

// exportClient is the admin's, and asks for no compression, as psql's file has none.
func (p *place) exportClient() *http.Client {
	return &http.Client{Jar: p.client.Jar, Transport: &http.Transport{DisableCompression: true}}
}

// memoryWatch writes to a file, and looks at the program's memory every 8 MB.
type memoryWatch struct {
	place   *place
	file    *os.File
	written int64
	seen    []int64
	err     error
}

// Write takes a piece of the file.
func (w *memoryWatch) Write(piece []byte) (int, error) {
	n, err := w.file.Write(piece)
	if w.written/(8<<20) != (w.written+int64(n))/(8<<20) || w.written == 0 {
		memory, problem := w.place.memory("VmRSS:")
		w.seen, w.err = append(w.seen, memory), problem
	}
	w.written += int64(n)
	return n, err
}

func (w *memoryWatch) summary() (early, most int64) {
	early = w.seen[len(w.seen)/10]
	for _, memory := range w.seen {
		most = max(most, memory)
	}
	return early, most
}

// typeExport is how long the command takes, and its memory at most, in bytes.
func (p *place) typeExport(what string) (time.Duration, int64, error) {
	file, err := os.Create(filepath.Join(p.home, "command-"+what+".csv"))
	if err != nil {
		return 0, 0, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	var said strings.Builder
	cmd := p.postroom("export", what)
	cmd.Stdout, cmd.Stderr = file, &said
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, 0, fmt.Errorf("postroom export %s: %w\n%s", what, err, said.String())
	}
	took := time.Since(began)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		return took, usage.Maxrss << 10, nil
	}
	return took, 0, nil
}
