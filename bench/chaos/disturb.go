package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// disturbance is something that was killed, and what came of it.
type disturbance struct {
	at    time.Duration
	what  string
	away  time.Duration
	check string // what postroom check says
}

// breath is how long the workers work at least between two disturbances.
const breath = time.Second

// disturb kills programs and PostgreSQL, spread evenly over the time of the run, and has every figure recounted after each. It
// returns when the time is over and all of that is done.
func (s *site) disturb(ctx context.Context, r *report) error {
	began := time.Now()
	n := r.options.kills + r.options.stops
	for i := range n {
		next := began.Add(r.options.length / time.Duration(n+1) * time.Duration(i+1))
		if err := pause(ctx, max(breath, time.Until(next))); err != nil {
			return err
		}
		d := disturbance{at: time.Since(began)}
		gone := time.Now()
		s.goesAway()
		var err error
		// The kinds are spread evenly, too.
		if stop := i * r.options.stops / n; stop < (i+1)*r.options.stops/n {
			d.what, err = s.stopPostgres(stop)
		} else {
			d.what, err = s.killPrograms(i - stop)
		}
		for _, p := range s.programs {
			err = errors.Join(err, p.ready(ctx))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", d.what, err)
		}
		s.isBack()
		d.away = time.Since(gone)
		d.check = s.check(ctx)
		r.disturbances = append(r.disturbances, d)
	}
	return pause(ctx, time.Until(began.Add(r.options.length)))
}

func pause(ctx context.Context, length time.Duration) error {
	select {
	case <-time.After(length):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// killPrograms kills the one, the other, or both at once, in turn, and starts them again.
func (s *site) killPrograms(n int) (what string, err error) {
	var victims []*program
	switch n % 3 {
	case 0:
		what, victims = "the first program: kill -9", s.programs[:1]
	case 1:
		what, victims = "the second program: kill -9", s.programs[1:]
	case 2:
		what, victims = "both programs: kill -9", s.programs[:]
	}
	for _, p := range victims {
		p.cmd.Process.Kill()
	}
	for _, p := range victims {
		<-p.gone
		err = errors.Join(err, p.start())
	}
	return what, err
}

// stopPostgres kills all its backends, or stops it at once, in turn. It comes back by itself: nothing is started here.
func (s *site) stopPostgres(n int) (what string, err error) {
	server, err := s.postmaster()
	if err != nil {
		return "PostgreSQL", err
	}
	if n%2 == 1 {
		return "PostgreSQL: immediate stop", syscall.Kill(server, syscall.SIGQUIT)
	}
	what = "PostgreSQL's backends: kill -9"
	list, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,args=").Output()
	if err != nil {
		return what, fmt.Errorf("ps: %w", err)
	}
	killed := 0
	for line := range strings.Lines(string(list)) {
		fields := strings.Fields(line)
		if len(fields) > 4 && fields[1] == strconv.Itoa(server) && strings.Join(fields[2:5], " ") == "postgres: postgres postroom" {
			if pid, err := strconv.Atoi(fields[0]); err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
				killed++
			}
		}
	}
	if killed == 0 {
		return what, errors.New("there was none")
	}
	return fmt.Sprintf("%d of PostgreSQL's backends: kill -9", killed), nil
}

// postmaster is the id of PostgreSQL's first process.
func (s *site) postmaster() (int, error) {
	lines, err := s.postmasterFile()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(lines[0])
}

// socket is the folder of PostgreSQL's socket.
func (s *site) socket() (string, error) {
	lines, err := s.postmasterFile()
	if err != nil {
		return "", err
	}
	return lines[4], nil
}

func (s *site) postmasterFile() ([]string, error) {
	text, err := os.ReadFile(filepath.Join(s.pgdata(), "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	if err == nil && len(lines) < 5 {
		err = errors.New("postmaster.pid is not whole")
	}
	return lines, err
}

// check has every figure recounted, while the workers go on, and returns what is said.
func (s *site) check(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	out, err := s.command(ctx, "check").CombinedOutput()
	said := strings.TrimSpace(string(out))
	if err != nil {
		return fmt.Sprintf("%v: %s", err, said)
	}
	return said
}

const green = "every figure is right"
