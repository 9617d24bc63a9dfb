package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

// pages measures the pages and calls that are asked for most, beside the bare program.
func (b *bench) pages() error {
	small, large, rounds, seconds := b.small, b.large, b.rounds, b.seconds
	if err := b.buildBare(); err != nil {
		return err
	}
	for _, p := range []*place{small, large} {
		if err := p.fill(); err != nil {
			return err
		}
	}
	warm, err := large.warmStarts(rounds)
	if err != nil {
		return err
	}
	if err := large.start(); err != nil {
		return err
	}
	defer large.stop()
	bare, err := large.startBare()
	if err != nil {
		return err
	}
	defer bare.Process.Kill()
	if err := large.signIn(); err != nil {
		return err
	}

	fmt.Printf("\n%d users, %d posts, 32 connections, median of %d rounds of %d s, requests a second\n\n", b.users, b.posts, rounds, seconds)
	fmt.Println("| | Postroom | bare | ratio | to reach |")
	fmt.Println("|---|---|---|---|---|")
	for _, q := range []struct {
		name, path, random string
		signedIn           bool
		reach              float64
	}{
		{"`GET /api/users/:id`", "/api/users/", "users", false, 0.5},
		{"`GET /`, visitors", "/", "", false, 2.0},
		{"`GET /`, signed in", "/", "", true, 0.4},
		{"a post, visitors", "/posts/", "posts", false, 0.5},
	} {
		var ours, theirs []float64
		for range rounds {
			a, err := large.wrk(large.url(), q.path, q.random, q.signedIn, seconds)
			if err != nil {
				return err
			}
			b, err := large.wrk(large.bareURL(), q.path, q.random, false, seconds)
			if err != nil {
				return err
			}
			ours, theirs = append(ours, a), append(theirs, b)
		}
		a, b := median(ours), median(theirs)
		fmt.Printf("| %s | %.0f | %.0f | %.2f | %.2f |\n", q.name, a, b, a/b, q.reach)
	}
	memory, err := large.peakMemory()
	if err != nil {
		return err
	}

	if err := small.start(); err != nil {
		return err
	}
	defer small.stop()
	if err := small.signIn(); err != nil {
		return err
	}
	var atLarge, atSmall []time.Duration
	for range rounds {
		l, err := large.medianOf("/admin", 60)
		if err != nil {
			return err
		}
		s, err := small.medianOf("/admin", 60)
		if err != nil {
			return err
		}
		atLarge, atSmall = append(atLarge, l), append(atSmall, s)
	}
	l, s := median(atLarge), median(atSmall)
	fmt.Println("\n| | measured | to reach |")
	fmt.Println("|---|---|---|")
	fmt.Printf("| `/admin`, median | %.1f ms | 15 ms |\n", ms(l))
	fmt.Printf("| `/admin`, against a hundredth of the data (%.1f ms) | %.2f × | 1.30 × |\n", ms(s), float64(l)/float64(s))
	fmt.Printf("| resident memory during all of it, at most | %.0f MB | 100 MB |\n", float64(memory)/(1<<20))
	fmt.Printf("| warm start, until /readyz says yes | %.0f ms | 500 ms |\n", ms(warm))
	for _, p := range []*place{small, large} {
		if p.filled > 0 {
			fmt.Printf("| filling %d users and %d posts | %.1f s | |\n", p.users, p.posts, p.filled.Seconds())
		}
	}
	return nil
}

// buildBare builds the bare program, and sees that there is what asks both.
func (b *bench) buildBare() error {
	if _, err := exec.LookPath("wrk"); err != nil {
		return fmt.Errorf("wrk is missing: install it (Debian: apt install wrk)")
	}
	if out, err := command("go", "build", "-trimpath", "-o", filepath.Join(b.home, "bare"), "./bench/bare").CombinedOutput(); err != nil {
		return fmt.Errorf("build bare: %w\n%s", err, out)
	}
	return nil
}
