package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// imports measures how long an import takes, beside psql, which copies the same file into a copy of the table with the same
// indexes and triggers: two databases of the same server, made in the same way. The file comes in by the API.
func (b *bench) imports() error {
	if _, err := exec.LookPath("psql"); err != nil {
		return fmt.Errorf("psql is missing: install it (Debian: apt install postgresql-client)")
	}
	file, err := b.importFile()
	if err != nil {
		return err
	}
	defer os.Remove(file)
	about, err := os.Stat(file)
	if err != nil {
		return err
	}
	// The server of this place has the two databases; its own site has nothing to do.
	host := &place{home: b.home, name: "imports", users: 10, posts: 10, port: 18084}
	if err := host.fill(); err != nil {
		return err
	}
	if err := host.start(); err != nil {
		return err
	}
	defer host.stop()
	var copied, read, rehearsed, committed, ratios []time.Duration
	var memory int64
	for round := range b.importRounds {
		took, err := host.copyBeside(file)
		if err != nil {
			return err
		}
		run, err := host.importBeside(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "round %d: psql %.1f s, reading %.1f s, rehearsal %.1f s, commit %.1f s\n", round+1, took.Seconds(), run.read.Seconds(), run.rehearsed.Seconds(), run.committed.Seconds())
		copied, read, rehearsed, committed = append(copied, took), append(read, run.read), append(rehearsed, run.rehearsed), append(committed, run.committed)
		ratios = append(ratios, time.Duration(float64(run.rehearsed+run.committed)/float64(took)*float64(time.Second)))
		memory = max(memory, run.memory)
	}
	t := median(copied).Seconds()
	fmt.Printf("\n%d users from a file of %.0f MB, median of %d rounds\n\n| | seconds | against psql | to reach |\n|---|---|---|---|\n", b.importRows, float64(about.Size())/(1<<20), b.importRounds)
	fmt.Printf("| `psql \\copy users from` | %.1f | | |\n", t)
	fmt.Printf("| uploaded and staged | %.1f | %.2f × | |\n", median(read).Seconds(), median(read).Seconds()/t)
	fmt.Printf("| rehearsed | %.1f | %.2f × | |\n", median(rehearsed).Seconds(), median(rehearsed).Seconds()/t)
	fmt.Printf("| committed | %.1f | %.2f × | |\n", median(committed).Seconds(), median(committed).Seconds()/t)
	fmt.Printf("| rehearsed and committed | %.1f | %.2f × | 3.00 × |\n", (median(rehearsed) + median(committed)).Seconds(), median(ratios).Seconds())
	fmt.Printf("| resident memory throughout, at most | %.0f MB | | 150 MB |\n", float64(memory)/(1<<20))
	return nil
}

// importFile writes users as people have them.
func (b *bench) importFile() (string, error) {
	file, err := os.Create(filepath.Join(b.home, "import.csv"))
	if err != nil {
		return "", err
	}
	defer file.Close()
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(words string) string {
		list := strings.Fields(words)
		return list[random.IntN(len(list))]
	}
	out := bufio.NewWriter(file)
	fmt.Fprintln(out, "username,email,name,age,role,metadata")
	for i := range b.importRows {
		first, last := pick("Anna Jörg Zoë Kofi Hana Mai Olga Пётр José Marta Ibrahim Lena Pavel Ruth Chiara"), pick("Müller Sato Asante Nguyen Lombardi Седова Kowalska Novák García Adeyemi Smith O'Hara Bäcker")
		age := ""
		if random.IntN(5) > 0 {
			age = fmt.Sprint(16 + random.IntN(75))
		}
		fmt.Fprintf(out, `%s-%d,member-%d@%s.example,%s %s,%s,user,"{""city"": ""%s"", ""plan"": ""%s""}"`+"\n", pick("heron otter wren finch lark robin swift"), i, i,
			pick("post club mail work"), first, last, age, pick("Lyon Riga Oslo Köln Porto Gdańsk Kyoto"), pick("free paid gift"))
	}
	return file.Name(), out.Flush()
}

func (p *place) databaseNamed(name string) string {
	address := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + name, RawQuery: url.Values{"host": {filepath.Join(p.data(), "pgdata")}}.Encode()}
	return address.String()
}

func (p *place) inDatabase(database string, commands ...string) error {
	args := []string{"-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", p.databaseNamed(database)}
	for _, one := range commands {
		args = append(args, "-c", one)
	}
	if out, err := command("psql", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w\n%s", err, out)
	}
	return nil
}

// fresh makes an empty database of a name with the site's tables.
func (p *place) fresh(name string) error {
	if err := p.inDatabase("postroom", "drop database if exists "+name+" with (force)", "create database "+name, "checkpoint"); err != nil {
		return err
	}
	migrate := p.postroom("migrate")
	migrate.Env = append(migrate.Env, "DATABASE_URL="+p.databaseNamed(name))
	if out, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// copyBeside is how long psql takes.
func (p *place) copyBeside(file string) (time.Duration, error) {
	if err := p.fresh("copied"); err != nil {
		return 0, err
	}
	began := time.Now()
	err := p.inDatabase("copied", fmt.Sprintf(`\copy users (username, email, name, age, role, metadata) from '%s' with (format csv, header)`, file))
	took := time.Since(began)
	return took, errors.Join(err, p.inDatabase("postroom", "drop database copied with (force)", "checkpoint"))
}

// importRun is how long the steps of an import took, and the most memory that the program had.
type importRun struct {
	read, rehearsed, committed time.Duration
	memory                     int64
}

// importBeside imports the file into a site of its own.
func (p *place) importBeside(file string) (run importRun, err error) {
	if err := p.fresh("imported"); err != nil {
		return run, err
	}
	site := &place{home: p.home, name: "import", port: p.port + 1}
	site.program = site.postroom("serve")
	site.program.Env = append(site.program.Env, "DATABASE_URL="+p.databaseNamed("imported"), "ADMIN_USERNAME=bench-admin", "ADMIN_EMAIL=bench@example.com", "ADMIN_PASSWORD="+password)
	log, err := os.Create(filepath.Join(p.home, "import.log"))
	if err != nil {
		return run, err
	}
	defer log.Close()
	site.program.Stdout, site.program.Stderr = log, log
	if err := site.program.Start(); err != nil {
		return run, err
	}
	defer site.stop()
	if err := errors.Join(await(site.url()+"/readyz"), site.signIn()); err != nil {
		return run, err
	}
	sent := make(chan error, 1)
	began := time.Now()
	go func() { sent <- site.sendImport(file) }()
	var state importState
	if run.read, err = site.awaitImport(&state, began, "", "staging"); err != nil {
		return run, err
	}
	if run.rehearsed, err = site.awaitImport(&state, began.Add(run.read), "rehearsing"); err != nil {
		return run, err
	}
	if err := <-sent; err != nil || state.State != "rehearsed" || state.Refused > 0 {
		return run, fmt.Errorf("the rehearsal says %+v, %w", state, err)
	}
	began = time.Now()
	if err := site.ask(http.MethodPost, "/api/admin/imports/1/commit", nil, &state); err != nil {
		return run, err
	}
	if run.committed, err = site.awaitImport(&state, began, "rehearsed", "committing"); err != nil || state.State != "committed" {
		return run, fmt.Errorf("the commit says %+v, %w", state, err)
	}
	if run.memory, err = site.peakMemory(); err != nil {
		return run, err
	}
	return run, p.inDatabase("imported", fmt.Sprintf("do $$ begin if (select count(*) from users) <> %d + 1 then raise 'users are missing'; end if; end $$", state.Create))
}

// importState is what the API says of an import.
type importState struct {
	ID      int64
	State   string
	Create  int64
	Refused int64
}

func (p *place) sendImport(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return p.ask(http.MethodPost, "/api/admin/imports?name=import.csv", file, &importState{})
}

// awaitImport is how long, since a moment, the first import of the site stays in some states.
func (p *place) awaitImport(state *importState, since time.Time, states ...string) (time.Duration, error) {
	for slices.Contains(states, state.State) {
		if err := p.ask(http.MethodGet, "/api/admin/imports/1", nil, state); err != nil && !errors.Is(err, errNotThere) {
			return 0, err
		}
		if time.Since(since) > time.Hour {
			return 0, fmt.Errorf("it is %s for an hour", state.State)
		}
		time.Sleep(200 * time.Millisecond) // oftener would be a part of what is measured
	}
	return time.Since(since), nil
}

var errNotThere = errors.New("404")

// ask asks the API for something in the admin's session.
func (p *place) ask(method, path string, body io.Reader, answer any) error {
	request, err := http.NewRequest(method, p.url()+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Origin", p.url())
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotFound {
		return errNotThere
	}
	said, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode > 299 {
		err = fmt.Errorf("%s %s answers %d: %s", method, path, response.StatusCode, said)
	}
	if err == nil {
		err = json.Unmarshal(said, answer)
	}
	return err
}
