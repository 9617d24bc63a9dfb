package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const password = "a password for measuring"

// place is a site of some size with its own private PostgreSQL.
type place struct {
	home, name   string
	users, posts int
	port         int
	filled       time.Duration // how long filling took; 0: it was filled before
	program      *exec.Cmd
	cookie       string
	client       *http.Client
}

func command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = os.Environ()
	return cmd
}

func (p *place) url() string     { return fmt.Sprintf("http://127.0.0.1:%d", p.port) }
func (p *place) bareURL() string { return fmt.Sprintf("http://127.0.0.1:%d", p.port+100) }
func (p *place) data() string    { return filepath.Join(p.home, p.name) }

// postroom is a command of the program under measurement, on this place's data.
func (p *place) postroom(args ...string) *exec.Cmd {
	cmd := command(filepath.Join(p.home, "postroom"), args...)
	cmd.Dir = p.home
	cmd.Env = append(os.Environ(), "DATA_DIR="+p.data(), "LISTEN_ADDR=127.0.0.1:"+strconv.Itoa(p.port), "BASE_URL="+p.url(), "LOG_LEVEL=info")
	return cmd
}

// mark is a file that is there once the site is filled.
func (p *place) mark() string {
	return filepath.Join(p.home, fmt.Sprintf("%s-%d-%d", p.name, p.users, p.posts))
}

// fill makes the site once; a later run finds it.
func (p *place) fill() error {
	if _, err := os.Stat(p.mark()); err == nil {
		return nil
	}
	os.RemoveAll(p.data())
	for _, table := range []string{"users", "posts"} {
		os.Remove(filepath.Join(p.home, p.name+"-"+table+".txt"))
	}
	admin := p.postroom("user", "create", "--username", "bench-admin", "--email", "bench@example.com", "--admin", "--password-stdin")
	admin.Stdin = strings.NewReader(password + "\n")
	if out, err := admin.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	start := time.Now()
	if out, err := p.postroom("demo", "--users", strconv.Itoa(p.users), "--posts", strconv.Itoa(p.posts)).CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	p.filled = time.Since(start)
	if err := p.takeIn(); err != nil {
		return err
	}
	return os.WriteFile(p.mark(), nil, 0o644)
}

// takeIn lets a program bring the new posts into the admins' list and learn their spellings, so that none does it during a measurement.
func (p *place) takeIn() error {
	if err := p.start(); err != nil {
		return err
	}
	defer p.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.database())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for waiting := true; waiting; time.Sleep(time.Second) {
		if err := conn.QueryRow(ctx, "select exists (select from post_changes) or exists (select from spelling_notes)").Scan(&waiting); err != nil {
			return err
		}
	}
	return nil
}

// start runs the site and waits until it answers.
func (p *place) start() error {
	log, err := os.Create(filepath.Join(p.home, p.name+".log"))
	if err != nil {
		return err
	}
	p.program = p.postroom("serve")
	p.program.Stdout, p.program.Stderr = log, log
	if err := p.program.Start(); err != nil {
		return err
	}
	return await(p.url() + "/readyz")
}

// open fills and starts the site, and signs its admin in. It is to be stopped afterwards, unless this fails.
func (p *place) open() error {
	if err := p.fill(); err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	if err := p.signIn(); err != nil {
		return errors.Join(err, p.stop())
	}
	return nil
}

func (p *place) stop() error {
	if err := p.program.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.program.Wait()
}

// warmStarts measures how long it takes from the command to a site that is ready.
func (p *place) warmStarts(rounds int) (time.Duration, error) {
	var took []time.Duration
	for range rounds {
		start := time.Now()
		if err := p.start(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start))
		if err := p.stop(); err != nil {
			return 0, err
		}
	}
	return median(took), nil
}

// startBare runs the bare program on the same server.
func (p *place) startBare() (*exec.Cmd, error) {
	cmd := command(filepath.Join(p.home, "bare"))
	address := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postroom",
		RawQuery: url.Values{"host": {filepath.Join(p.data(), "pgdata")}, "pool_max_conns": {"10"}}.Encode()}
	cmd.Env = append(os.Environ(), "DATABASE_URL="+address.String(), "LISTEN_ADDR=127.0.0.1:"+strconv.Itoa(p.port+100))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return cmd, await(p.bareURL() + "/api/users/1")
}

func await(address string) error {
	for range 6000 {
		if response, err := http.Get(address); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("%s does not answer", address)
}

// signIn signs the admin in by the form and keeps the cookie.
func (p *place) signIn() error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	p.client = &http.Client{Jar: jar}
	response, err := p.client.PostForm(p.url()+"/signin", url.Values{"login": {"bench-admin"}, "password": {password}})
	if err != nil {
		return err
	}
	response.Body.Close()
	at, _ := url.Parse(p.url())
	for _, cookie := range jar.Cookies(at) {
		p.cookie = cookie.Name + "=" + cookie.Value
	}
	if p.cookie == "" {
		return errors.New("signing in failed")
	}
	return nil
}

var requestsASecond = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

// wrk returns how many requests a second were answered. random names the table whose ids are asked for at random.
func (p *place) wrk(base, path, random string, signedIn bool, seconds int) (float64, error) {
	script := "local path = '" + path + "'\n"
	if signedIn {
		script += "wrk.headers['Cookie'] = '" + p.cookie + "'\n"
	}
	if random != "" {
		paths, err := p.paths(path, random)
		if err != nil {
			return 0, err
		}
		script += "local file = {}\nfor line in io.lines('" + paths + "') do file[#file + 1] = line end\n" +
			"request = function() return wrk.format('GET', file[math.random(#file)]) end\n"
	} else {
		script += "request = function() return wrk.format('GET', path) end\n"
	}
	name := filepath.Join(p.home, "wrk.lua")
	if err := os.WriteFile(name, []byte(script), 0o644); err != nil {
		return 0, err
	}
	return wrkRate(command("wrk", "-t2", "-c32", "-d"+strconv.Itoa(seconds)+"s", "-s", name, base))
}

func wrkRate(wrk *exec.Cmd) (float64, error) {
	out, err := wrk.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	if strings.Contains(string(out), "Non-2xx") {
		return 0, fmt.Errorf("not every answer was 200:\n%s", out)
	}
	m := requestsASecond.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("wrk said:\n%s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// paths writes 20,000 addresses spread over all of a table, as the site itself names them.
func (p *place) paths(path, table string) (string, error) {
	name := filepath.Join(p.home, p.name+"-"+table+".txt")
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	defer out.Flush()
	if table == "users" {
		for i := range 20_000 {
			fmt.Fprintf(out, "%s%d\n", path, 1+i*p.users/20_000)
		}
		return name, nil
	}
	// Readers come by the full address; a bare number would be redirected.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for i := range 20_000 {
		response, err := client.Get(fmt.Sprintf("%s%s%d", p.url(), path, 1+i*p.posts/20_000))
		if err != nil {
			return "", err
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if to := response.Header.Get("Location"); to != "" {
			fmt.Fprintln(out, to)
		}
	}
	return name, nil
}

// medianOf is the median time of an admin's page, one request after the other.
func (p *place) medianOf(path string, times int) (time.Duration, error) {
	took, err := p.times(path, times)
	if err != nil {
		return 0, err
	}
	return median(took), nil
}

// times are the times of a page, the shortest first.
func (p *place) times(path string, times int) ([]time.Duration, error) {
	var took []time.Duration
	for range times {
		start := time.Now()
		response, err := p.client.Get(p.url() + path)
		if err != nil {
			return nil, err
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s answered %d", path, response.StatusCode)
		}
		took = append(took, time.Since(start))
	}
	return slices.Sorted(slices.Values(took)), nil
}

// settledMemory is the least and the most resident memory of the program during a few seconds, in bytes.
func (p *place) settledMemory() (least, most int64, err error) {
	for n := range 30 {
		time.Sleep(100 * time.Millisecond)
		memory, err := p.memory("VmRSS:")
		if err != nil {
			return 0, 0, err
		}
		if most = max(most, memory); n == 0 || memory < least {
			least = memory
		}
	}
	return least, most, nil
}

// peakMemory is the most resident memory that the program has had, in bytes.
func (p *place) peakMemory() (int64, error) { return p.memory("VmHWM:") }

func (p *place) memory(name string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.program.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == name {
			kb, err := strconv.ParseInt(fields[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("no " + name + " in the program's status")
}
