package models

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models/demo"
)

// DemoOptions say how large a population shall be added.
type DemoOptions struct {
	Users, Posts int
	Seed         int64                   // the same seed on the same day gives the same people and posts
	Progress     func(done, total int64) // hears every few hundred rows how many are loaded; nil: nobody does
}

// DemoResult is what was added.
type DemoResult struct {
	Users, Posts int
	Password     string // of every demo user; a new one each time
}

// A COPY ends with the triggers' work, for which PostgreSQL keeps its rows aside: a batch is so small that they fit into
// memory and that nothing stands still for long. All posts of an author are in one batch, so that each user's row is written once.
const (
	demoUsersAtOnce = 5000
	demoPostsAtOnce = 20_000
)

// demoTries is how often a demo begins again because somebody took one of its names at that very moment.
const demoTries = 3

// Demo adds an invented population to what is there, in one transaction: all of it or nothing. Dates reach over the three
// years that end with yesterday (UTC). Who is there already keeps the name; the newcomer takes another.
func (s *Store) Demo(ctx context.Context, o DemoOptions) (*DemoResult, error) {
	if o.Users < 0 || o.Posts < 0 || o.Posts > 0 && o.Users == 0 {
		return nil, errors.New("demo: posts need at least one user to write them, and neither can be fewer than none")
	}
	people, err := demo.New(o.Seed, o.Users, o.Posts, time.Now())
	if err != nil {
		return nil, err
	}
	pieces, err := renderDemo(people.Blocks())
	if err != nil {
		return nil, err
	}
	password := demoPassword()
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		load := demoLoad{people: people, pieces: pieces, hash: hash, progress: o.Progress}
		err = s.inPgx(ctx, func(tx pgx.Tx) error { return load.run(ctx, tx) })
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil, Explain(ctx.Err()) // whatever the closed connection says
		}
		if try == demoTries || !errors.Is(err, ErrConflict) {
			return nil, err
		}
	}
	s.events.changed()
	s.tidyAfterDemo(ctx)
	return &DemoResult{Users: o.Users, Posts: o.Posts, Password: password}, nil
}

// tidyAfterDemo does at once what would come by itself after a while. Everything is there already, so that a failure is
// only worth a line in the log.
func (s *Store) tidyAfterDemo(ctx context.Context) {
	if err := s.foldFigures(ctx); err != nil {
		s.log.Warn("after the demo: fold the figures", "error", err)
	}
	for _, statement := range []string{"vacuum (analyze) users", "vacuum (analyze) posts", "vacuum (analyze) post_words", "vacuum (analyze) comments", "vacuum figure_deltas", "analyze accounts, transfers, entries, orders, perks"} {
		if _, err := s.pool.Exec(ctx, statement); err != nil {
			s.log.Warn("after the demo", "statement", statement, "error", err)
		}
	}
}

// demoPassword is 80 bits in four groups, to be read and typed.
func demoPassword() string {
	text := strings.ToLower(rand.Text())
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:16]
}

// demoLoad is one try at loading a population.
type demoLoad struct {
	people   *demo.Population
	pieces   *demoPieces
	hash     string
	progress func(done, total int64)

	tx   pgx.Tx
	ids  []int64             // of the users, by number
	runs []idRun             // of the posts
	mine map[uint64]struct{} // hashes of the names given so far
	done int64

	writer *demo.Writer
	words  demoWords
	lines  []demoLine // of the posts at hand
}

// idRun is ids without a gap, for the posts from a number on.
type idRun struct {
	number int
	id     int64
}

func (l *demoLoad) run(ctx context.Context, tx pgx.Tx) error {
	*l = demoLoad{people: l.people, pieces: l.pieces, hash: l.hash, progress: l.progress, tx: tx, mine: map[uint64]struct{}{}}
	// Compressing the texts in the older way would take as long as all the indexes, and what the triggers read stays in memory. What the
	// posts are found by is written here, and sorted into its index in large pieces.
	if _, err := tx.Exec(ctx, `select set_config(name, case name when 'default_toast_compression' then 'lz4' else '64MB' end, true) from pg_settings
		where name in ('work_mem', 'gin_pending_list_limit') or name = 'default_toast_compression' and 'lz4' = any(enumvals)`); err != nil {
		return err
	}
	// What happened long ago is no news either: whom it concerned was told then (demoLoad.notices).
	if _, err := tx.Exec(ctx, "select set_config('postroom.words', 'given', true), set_config('postroom.restoring', 'on', true)"); err != nil {
		return err
	}
	if err := l.words.readBlocks(ctx, tx, l.people.Blocks()); err != nil {
		return err
	}
	if err := l.reserve(ctx); err != nil {
		return err
	}
	l.writer = l.people.Writer()
	for from := 0; from < l.people.Users(); from += demoUsersAtOnce {
		if err := l.users(ctx, from, min(from+demoUsersAtOnce, l.people.Users())); err != nil {
			return err
		}
	}
	l.mine = nil
	for _, numbers := range l.people.Batches(demoPostsAtOnce) {
		if err := l.posts(ctx, numbers); err != nil {
			return err
		}
	}
	if err := l.comments(ctx); err != nil {
		return err
	}
	return l.credits(ctx)
}

// reserve takes the ids one by one: a leap of the sequence could take along an id that somebody who signs up or writes at
// the same moment is just being given.
func (l *demoLoad) reserve(ctx context.Context) error {
	const next = `with s as materialized (select pg_get_serial_sequence($1, 'id')::regclass as name) -- looked up once
		select nextval(s.name) from s, generate_series(1, $2)`
	rows, err := l.tx.Query(ctx, next, "users", l.people.Users())
	if err != nil {
		return err
	}
	if l.ids, err = pgx.AppendRows(make([]int64, 0, l.people.Users()), rows, pgx.RowTo[int64]); err != nil {
		return err
	}
	if rows, err = l.tx.Query(ctx, next, "posts", l.people.Posts()); err != nil {
		return err
	}
	var id, expected int64
	number := 0
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		if id != expected {
			l.runs = append(l.runs, idRun{number, id})
		}
		number, expected = number+1, id+1
		return nil
	})
	return err
}

// postID is the id of the post of that number: the ids follow the dates, as if the posts had been written one by one.
func (l *demoLoad) postID(number int) int64 {
	after := sort.Search(len(l.runs), func(i int) bool { return l.runs[i].number > number })
	run := l.runs[after-1]
	return run.id + int64(number-run.number)
}

// step says how far it is, now and then.
func (l *demoLoad) step() {
	l.done++
	total := int64(l.people.Users() + l.people.Posts())
	if l.progress != nil && (l.done%500 == 0 || l.done == total) {
		l.progress(l.done, total)
	}
}

// users loads the people of these numbers.
func (l *demoLoad) users(ctx context.Context, from, to int) error {
	people := make([]demo.Person, to-from)
	for i := range people {
		people[i] = l.people.Person(from + i)
	}
	names, err := l.names(ctx, people)
	if err != nil {
		return err
	}
	i := 0
	err = copyRows(ctx, l.tx, `copy users (id, username, name, email, password_hash, age, about, is_active, language, time_zone,
			metadata, created_at, updated_at, last_seen_at) from stdin (format binary)`, func(b copyBuffer) (copyBuffer, bool) {
		if i == len(people) {
			return b, false
		}
		p := &people[i]
		b = b.row(14).int8(l.ids[from+i]).text(names[i]).text(p.Name).text(demoEmail(p, names[i])).text(l.hash)
		if p.Age == 0 {
			b = b.null()
		} else {
			b = b.int4(p.Age)
		}
		b = b.text(p.About).bool(p.Active).text(p.Language).text(p.Zone).jsonb(p.Metadata).time(p.Joined).time(p.Updated)
		if p.Seen.IsZero() {
			b = b.null()
		} else {
			b = b.time(p.Seen)
		}
		i++
		l.step()
		return b, true
	})
	if err != nil {
		return err
	}
	return l.suspensions(ctx, from, people)
}

// suspensions loads those of these people.
func (l *demoLoad) suspensions(ctx context.Context, from int, people []demo.Person) error {
	i := 0
	return copyRows(ctx, l.tx, `copy suspensions (user_id, reason, created_at, until) from stdin (format binary)`, func(b copyBuffer) (copyBuffer, bool) {
		for ; i < len(people); i++ {
			if s := people[i].Suspended; s != nil {
				b = b.row(4).int8(l.ids[from+i]).text(s.Reason).time(s.From).time(s.Until)
				i++
				return b, true
			}
		}
		return b, false
	})
}

// demoEmail is at a domain that can never exist (RFC 2606): nobody is ever written to.
func demoEmail(p *demo.Person, username string) string {
	return strings.ToLower(username) + "@" + p.Domain
}

// names finds each of the people a user name that is free, and its e-mail address with it.
func (l *demoLoad) names(ctx context.Context, people []demo.Person) ([]string, error) {
	names := make([]string, len(people))
	tries := make([]int, len(people))
	open := make([]int, len(people)) // who has no name yet
	for i := range open {
		open[i] = i
	}
	for len(open) > 0 {
		usernames, emails := make([]string, len(open)), make([]string, len(open))
		for n, i := range open {
			for names[i] == "" {
				said := people[i].Username(tries[i])
				tries[i]++
				if key := hashName(said); !IsReserved(said) && !has(l.mine, key) {
					l.mine[key] = struct{}{}
					names[i] = said
				}
				if tries[i] > 1000 {
					return nil, fmt.Errorf("demo: no free user name for %s", people[i].Name)
				}
			}
			usernames[n], emails[n] = strings.ToLower(names[i]), demoEmail(&people[i], names[i])
		}
		rows, err := l.tx.Query(ctx, `select n::int from unnest($1::text[], $2::text[]) with ordinality as x(username, email, n)
			where exists (select from users u where lower(u.username) = x.username) or exists (select from user_names k where k.username = x.username) or exists (select from users u where lower(u.email) = x.email)
			order by n`, usernames, emails)
		if err != nil {
			return nil, err
		}
		taken, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil {
			return nil, err
		}
		again := make([]int, len(taken))
		for k, n := range taken {
			again[k] = open[n-1]
			names[open[n-1]] = ""
		}
		open = again
	}
	return names, nil
}

func has(set map[uint64]struct{}, key uint64) bool { _, ok := set[key]; return ok }
