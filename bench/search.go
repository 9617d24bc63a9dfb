package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
)

// aSearch is what a page of the search may take.
const aSearch = 50 * time.Millisecond

// search measures the search on the large site, over HTTP: a word that stands in a hundredth of the posts, with each filter, the first page and
// the fiftieth.
func (b *bench) search() error {
	p := b.large
	if err := p.fill(); err != nil {
		return err
	}
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
	searches, err := searchesOf(ctx, conn, p.posts)
	if err != nil {
		return err
	}
	fmt.Printf("\n| %d posts, in ms | page 1, best and median | page | best and median | to reach |\n|---|---|---|---|---|\n", p.posts)
	visitor := &place{name: p.name, port: p.port, client: http.DefaultClient}
	if err := p.signIn(); err != nil {
		return err
	}
	for _, s := range searches {
		who := visitor
		if s.member {
			who = p
		}
		first := "/search?" + s.query.Encode()
		later, page, err := who.searchPage(first, 50)
		if err != nil {
			return err
		}
		a, err := who.times(first, 4*b.rounds)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.1f %.1f |", s.name, ms(a[0]), ms(a[len(a)/2]))
		if page > 1 {
			l, err := who.times(later, 4*b.rounds)
			if err != nil {
				return err
			}
			fmt.Printf(" %d | %.1f %.1f |", page, ms(l[0]), ms(l[len(l)/2]))
		} else {
			fmt.Print(" | |")
		}
		fmt.Printf(" %.0f |\n", ms(aSearch))
	}
	return nil
}

type benchSearch struct {
	name   string
	query  url.Values
	member bool
}

// searchesOf are searches of each kind, with a word that stands in about a hundredth of the posts.
func searchesOf(ctx context.Context, conn *pgx.Conn, posts int) ([]benchSearch, error) {
	var words []string
	if err := conn.QueryRow(ctx, `select array(select word from ts_stat('select words from post_words where post_id % 25 = 0') where word ~ '^[a-z]{5,}$'
		and array_length(tsvector_to_array(to_tsvector('postroom', word) || array_to_tsvector(array[word])), 1) = 1 order by abs(ndoc - $1) limit 3)`, posts/2500).Scan(&words); err != nil {
		return nil, err
	}
	if len(words) < 3 {
		return nil, errors.New("no word stands in a hundredth of the posts")
	}
	word := words[0]
	var matches int
	var author, tag string
	if err := conn.QueryRow(ctx, `with found as materialized (select post_id from post_words where words @@ $1::text::tsquery)
		select (select count(*) from found),
			(select u.username from found f join posts p on p.id = f.post_id join users u on u.id = p.user_id group by 1 order by count(*) desc, 1 limit 1),
			(select t from found f join posts p on p.id = f.post_id, unnest(p.tags) t group by 1 order by count(*) desc, 1 limit 1)`, "'"+word+"'").Scan(&matches, &author, &tag); err != nil {
		return nil, err
	}
	day := func(days int) string { return time.Now().AddDate(0, 0, -days).Format(time.DateOnly) }
	of := func(name, q string, member bool, pairs ...string) benchSearch {
		values := url.Values{"q": {q}}
		for i := 0; i+1 < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return benchSearch{name, values, member}
	}
	return []benchSearch{
		of(fmt.Sprintf("`%s`, in %d posts", word, matches), word, false),
		of("the same, who is signed in", word, true),
		of("the same, written to its end", word+" ", false),
		of("by the author with most of them", word, false, "author", author),
		of("with the tag `"+tag+"`", word, false, "tag", tag),
		of("of the last year", word, false, "from", day(365)),
		of("of one month, two years ago", word, false, "from", day(760), "to", day(730)),
		of("author, tag and year", word, false, "author", author, "tag", tag, "from", day(730)),
		of(fmt.Sprintf("`%s %s`", word, words[1]), word+" "+words[1], false),
		of(fmt.Sprintf("`%s or %s or %s`", word, words[1], words[2]), word+" or "+words[1]+" or "+words[2], false),
		of(fmt.Sprintf("`%s -%s`", word, words[1]), word+" -"+words[1]+" ", false),
		of(fmt.Sprintf("`\"the %s\"`", word), `"the `+word+`"`, false),
		of("the first three letters of it", word[:3], false),
		of("`the`", "the ", false),
		of("mistyped", word[:2]+word[3:]+"x", false),
	}, nil
}

var moreFound = regexp.MustCompile(`rel="next" href="([^"]*)"`)

// searchPage follows the links to the next page, and returns the address of that page or of the last one.
func (p *place) searchPage(path string, page int) (string, int, error) {
	for n := 1; ; n++ {
		response, err := p.client.Get(p.url() + path)
		if err != nil {
			return "", 0, err
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return "", 0, err
		}
		if response.StatusCode != http.StatusOK {
			return "", 0, fmt.Errorf("%s answered %d", path, response.StatusCode)
		}
		next := moreFound.FindSubmatch(body)
		if n == page || next == nil {
			return path, n, nil
		}
		path = html.UnescapeString(string(next[1]))
	}
}
