package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// laterPages measures, in turn, the first page and the thousandth of a few lists.
func (p *place) laterPages(rounds int) error {
	fmt.Println("\n| page 1 and page 1000, in ms | 1 | 1000 | ratio | to reach |\n|---|---|---|---|---|")
	for _, query := range []string{"sort=-post_count", "sort=name", "sort=created_at", "sort=-last_seen_at", "state=active&sort=username", "age_min=25&sort=-age"} {
		if p.users < 30_000 {
			return nil // there are not so many pages
		}
		after, err := p.placeOf(query, 25_000)
		if err != nil {
			return err
		}
		var first, later []time.Duration
		for range rounds {
			a, err := p.medianOf(usersPage(query), 10)
			if err != nil {
				return err
			}
			b, err := p.medianOf(usersPage(query)+"&after="+url.QueryEscape(after), 10)
			if err != nil {
				return err
			}
			first, later = append(first, a), append(later, b)
		}
		a, b := median(first), median(later)
		fmt.Printf("| `%s` | %.1f | %.1f | %.2f × | does not grow |\n", query, ms(a), ms(b), float64(b)/float64(a))
	}
	return nil
}

var nextPage = regexp.MustCompile(`href="(/admin/users\?[^"]*after=[^"]*)"`)

// placeOf follows the links to the next page until so many rows are behind.
func (p *place) placeOf(query string, rows int) (after string, err error) {
	path := usersPage(query) + "&limit=100"
	for range rows / 100 {
		response, err := p.client.Get(p.url() + path)
		if err != nil {
			return "", err
		}
		page, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return "", err
		}
		found := nextPage.FindSubmatch(page)
		if found == nil {
			return "", fmt.Errorf("%s has no next page", path)
		}
		path, _, _ = strings.Cut(html.UnescapeString(string(found[1])), "#")
	}
	values, err := url.ParseQuery(path[strings.Index(path, "?")+1:])
	return values.Get("after"), err
}

var psqlTime = regexp.MustCompile(`^Time: ([0-9.]+) ms`)

// psql is the median time of the statements together, as psql tells it, after they were run once before.
func (p *place) psql(ctx context.Context, times int, statements ...string) (time.Duration, error) {
	script := "\\timing on\n\\o /dev/null\n" + strings.Repeat(strings.Join(statements, ";\n")+";\n", times+1)
	cmd := exec.CommandContext(ctx, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", p.database())
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return 0, fmt.Errorf("psql: %w\n%s", err, exit.Stderr)
	} else if err != nil {
		return 0, err
	}
	var took []time.Duration
	lines := bufio.NewScanner(bytes.NewReader(out))
	for n := 0; lines.Scan(); {
		m := psqlTime.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		milliseconds, _ := strconv.ParseFloat(m[1], 64)
		if n%len(statements) == 0 {
			took = append(took, 0)
		}
		took[len(took)-1] += time.Duration(milliseconds * float64(time.Millisecond))
		n++
	}
	if len(took) != times+1 {
		return 0, fmt.Errorf("psql said:\n%s", out)
	}
	return median(took[1:]), nil
}
