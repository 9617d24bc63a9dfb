package models

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// tiedFile is a file whose post is bound to others, and what is planned of that.
type tiedFile struct {
	Position  int             `json:"position"`
	Joins     bool            `json:"joins"`
	AuthorIDs []int64         `json:"author_ids"`
	Notes     json.RawMessage `json:"tie_notes"`

	series  seriesKey
	authors []string
}

// seriesKey names a series of a user's: of those of one title the first, the second, …
type seriesKey struct {
	title string
	twin  int
}

// seriesRoom is a series of the user's, and how many posts stand in it.
type seriesRoom struct {
	id    int64 // 0: the import begins it
	open  bool
	posts int
}

// tiePlan is what the posts of an import can be bound to.
type tiePlan struct {
	owner  int64
	users  map[string]*User // by names in small letters
	series map[seriesKey]*seriesRoom
}

// planTies plans which posts join a series, and who becomes a co-author of them, and reports how many files come out differently than
// before. What the rules of the house do not allow is said.
func planTies(ctx context.Context, tx pgx.Tx, w *Writing) (differ int, err error) {
	rows, err := tx.Query(ctx, `select position, series, series_twin, authors from writing_files
		where writing_id = $1 and act = 'create' and (series <> '' or authors <> '{}') order by position`, w.ID)
	if err != nil {
		return 0, err
	}
	files, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f *tiedFile, err error) {
		f = &tiedFile{AuthorIDs: []int64{}}
		return f, row.Scan(&f.Position, &f.series.title, &f.series.twin, &f.authors)
	})
	if err != nil || len(files) == 0 {
		return 0, err
	}
	plan, err := newTiePlan(ctx, tx, w.UserID, files)
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		notes := append(plan.join(f), plan.invite(f)...)
		f.Notes = json.RawMessage(sentencesJSON(notes))
	}
	encoded, err := json.Marshal(files)
	if err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, `update writing_files f set joins = n.joins, author_ids = n.author_ids, tie_notes = n.tie_notes
		from jsonb_to_recordset($2) n(position integer, joins boolean, author_ids bigint[], tie_notes jsonb)
		where f.writing_id = $1 and f.position = n.position and (f.joins, f.author_ids, f.tie_notes) is distinct from (n.joins, n.author_ids, n.tie_notes)`, w.ID, string(encoded))
	return int(tag.RowsAffected()), err
}

// newTiePlan looks for the series and the users that the files name. They stay as they are until the transaction ends.
func newTiePlan(ctx context.Context, tx pgx.Tx, owner int64, files []*tiedFile) (*tiePlan, error) {
	plan := &tiePlan{owner: owner, users: map[string]*User{}}
	var titles, names []string
	for _, f := range files {
		titles = append(titles, f.series.title)
		for _, name := range f.authors {
			names = append(names, strings.ToLower(name))
		}
	}
	// Who was called so before is found too, as a mention finds them.
	rows, err := tx.Query(ctx, `select n.name, u.id, u.username, u.is_active from unnest($1::text[]) n(name) join users u
		on u.id = coalesce((select id from users where lower(username) = n.name), (select user_id from user_names where username = n.name)) order by u.id for key share of u`, names)
	if err != nil {
		return nil, err
	}
	var name string
	var u User
	if _, err := pgx.ForEachRow(rows, []any{&name, &u.ID, &u.Username, &u.IsActive}, func() error {
		plan.users[name] = &User{ID: u.ID, Username: u.Username, IsActive: u.IsActive}
		return nil
	}); err != nil {
		return nil, err
	}
	plan.series, err = seriesRooms(ctx, tx, owner, titles)
	return plan, err
}

// seriesRooms are the user's series of these titles, locked.
func seriesRooms(ctx context.Context, tx pgx.Tx, owner int64, titles []string) (map[seriesKey]*seriesRoom, error) {
	rows, err := tx.Query(ctx, `select id, title, is_active, (select count(*) from series_posts k where k.series_id = s.id)
		from series s where user_id = $1 and title = any($2) order by id for update`, owner, titles)
	if err != nil {
		return nil, err
	}
	found, twins := map[seriesKey]*seriesRoom{}, map[string]int{}
	var title string
	var room seriesRoom
	_, err = pgx.ForEachRow(rows, []any{&room.id, &title, &room.open, &room.posts}, func() error {
		twins[title]++
		found[seriesKey{title, twins[title]}] = new(room)
		return nil
	})
	return found, err
}

// join finds a place for the post in its series.
func (p *tiePlan) join(f *tiedFile) []Sentence {
	title := f.series.title
	if title == "" {
		return nil
	}
	room := p.series[f.series]
	if room == nil {
		room = &seriesRoom{open: true}
		p.series[f.series] = room
	}
	switch {
	case !room.open:
		return []Sentence{Say("It stays out of the series “%s”, which is closed.", title)}
	case room.posts >= maxSeriesPosts:
		return []Sentence{Say("It stays out of the series “%s”: %d posts are the most.", title, maxSeriesPosts)}
	}
	room.posts++
	f.Joins = true
	return []Sentence{Say("It stands in the series “%s”.", title)}
}

// invite finds the co-authors among the users. Who is named and cannot be one is said.
func (p *tiePlan) invite(f *tiedFile) (notes []Sentence) {
	var with, unknown, away, many []string
	for _, name := range f.authors {
		user := p.users[strings.ToLower(name)]
		switch {
		case user == nil:
			unknown = append(unknown, name)
		case user.ID == p.owner || slices.Contains(f.AuthorIDs, user.ID):
		case !user.IsActive:
			away = append(away, user.Username)
		case len(with) == MaxAuthors:
			many = append(many, user.Username)
		default:
			with, f.AuthorIDs = append(with, user.Username), append(f.AuthorIDs, user.ID)
		}
	}
	say := func(names []string, said func(list string) Sentence) {
		if len(names) > 0 {
			notes = append(notes, said(strings.Join(names, ", ")))
		}
	}
	say(with, func(list string) Sentence { return Say("With %s as co-authors.", list) })
	say(unknown, func(list string) Sentence { return Say("Left out of the authors, for no user has this name: %s", list) })
	say(away, func(list string) Sentence { return Say("Left out of the authors, for they are deactivated: %s", list) })
	say(many, func(list string) Sentence {
		return Say("Left out of the authors, for %d others are the most: %s", MaxAuthors, list)
	})
	return notes
}
