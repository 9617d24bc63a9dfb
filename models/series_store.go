package models

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// CreateSeries begins a series of the user's own, with the posts of these ids.
func (s *Store) CreateSeries(ctx context.Context, by *User, series *Series, posts []int64) error {
	if by == nil {
		return ErrForbidden
	}
	if err := series.validate(); err != nil {
		return err
	}
	err := s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		series.IsActive = true
		return beginSeries(ctx, tx, by, series, posts)
	})
	if err == nil {
		s.events.changed()
	}
	return err
}

// beginSeries writes down a new series of the user's, with its posts: open, or closed after these.
func beginSeries(ctx context.Context, tx pgx.Tx, by *User, series *Series, posts []int64) error {
	open := series.IsActive
	series.UserID, series.User, series.Posts, series.IsActive = by.ID, by, nil, true
	if err := tx.QueryRow(ctx, "insert into series (user_id, title, description, is_active) values ($1, $2, $3, $4) returning id, version, created_at, updated_at",
		by.ID, series.Title, series.Description, open).Scan(&series.ID, &series.Version, &series.CreatedAt, &series.UpdatedAt); err != nil {
		return err
	}
	if err := arrange(ctx, tx, by, series, posts); err != nil {
		return err
	}
	series.IsActive = open
	return record(ctx, tx, entry{kind: kindSeriesCreate, by: by, targetKind: "series", targetID: series.ID, target: series.Title, details: map[string]any{"after": series.logged()}})
}

// UpdateSeries changes a series. Owner, editor and admin may.
func (s *Store) UpdateSeries(ctx context.Context, by *User, id int64, change SeriesChange) (*Series, error) {
	var series *Series
	err := s.inPgx(ctx, func(tx pgx.Tx) (err error) {
		if by == nil {
			return ErrForbidden
		}
		if _, err = tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		if series, err = findSeries(ctx, tx, by, id, "for update of s"); err != nil {
			return err
		}
		switch {
		case !by.CanEditSeries(series):
			return ErrForbidden
		case change.Version != 0 && change.Version != series.Version:
			return ErrStaleSeries
		}
		before := series.logged()
		if change.Title != nil {
			series.Title = *change.Title
		}
		if change.Description != nil {
			series.Description = *change.Description
		}
		if change.IsActive != nil {
			series.IsActive = *change.IsActive
		}
		if err = series.validate(); err != nil {
			return err
		}
		if change.Posts != nil {
			if err = arrange(ctx, tx, by, series, change.Posts); err != nil {
				return err
			}
		}
		return saveSeries(ctx, tx, by, series, before)
	})
	if err != nil {
		return nil, err
	}
	s.events.changed()
	return series, nil
}

// saveSeries writes down what is different of a series than it was before, if anything is.
func saveSeries(ctx context.Context, tx pgx.Tx, by *User, series *Series, before map[string]any) error {
	was, is := difference(before, series.logged())
	if len(is) == 0 {
		return nil
	}
	if err := tx.QueryRow(ctx, "update series set title = $2, description = $3, is_active = $4, version = version + 1, updated_at = now() where id = $1 returning version, updated_at",
		series.ID, series.Title, series.Description, series.IsActive).Scan(&series.Version, &series.UpdatedAt); err != nil {
		return err
	}
	return record(ctx, tx, entry{kind: kindSeriesUpdate, by: by, targetKind: "series", targetID: series.ID, target: series.Title, details: map[string]any{"before": was, "after": is}})
}

// DeleteSeries removes a series; its posts stay. It is an act with a receipt, whoever does it: it can be taken back.
func (s *Store) DeleteSeries(ctx context.Context, by *User, id int64) (gone Gone, err error) {
	series, err := s.Series(ctx, by, id)
	if err == nil && !by.CanEditSeries(series) {
		err = ErrForbidden
	}
	if err != nil {
		return gone, err
	}
	act, _, err := s.actOnOne(ctx, by, findActKind(seriesTarget.kind, "delete"), ActParams{}, id)
	if err != nil {
		return gone, err
	}
	return Gone{Receipt: act.ID}, nil
}

// arrange makes the posts of these ids, in this order, those of the locked series. Who adds a post must be its owner, or an editor.
func arrange(ctx context.Context, tx pgx.Tx, by *User, series *Series, ids []int64) error {
	wanted := make([]int64, 0, len(ids))
	for _, id := range ids {
		if !slices.Contains(wanted, id) {
			wanted = append(wanted, id)
		}
	}
	if len(wanted) > maxSeriesPosts {
		return Invalid{"posts": Say("At most %d posts.", maxSeriesPosts)}
	}
	var added []int64
	for _, id := range wanted {
		if !slices.ContainsFunc(series.Posts, func(p Post) bool { return p.ID == id }) {
			added = append(added, id)
		}
	}
	if len(added) > 0 && !series.IsActive {
		return Invalid{"posts": Say("The series is closed: it takes no more posts. Open it first.")}
	}
	if err := addable(ctx, tx, by, added); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "delete from series_posts where series_id = $1 and post_id <> all($2)", series.ID, wanted); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into series_posts as s (series_id, post_id, position) select $1, id, n from unnest($2::bigint[]) with ordinality w(id, n)
		on conflict (post_id) do update set position = excluded.position where s.series_id = $1 and s.position <> excluded.position`, series.ID, wanted); err != nil {
		return err
	}
	posts, err := seriesPosts(ctx, tx, series.ID, "true")
	if err == nil && len(posts) < len(wanted) {
		err = errOtherSeries // another one was faster
	}
	series.Posts = posts
	return err
}

var errOtherSeries = Invalid{"posts": Say("One of the posts stands in another series. A post can be in one only.")}

// addable says which of the posts cannot be added to a series of the user's.
func addable(ctx context.Context, tx pgx.Tx, by *User, ids []int64) error {
	rows, err := tx.Query(ctx, `select p.id, p.user_id, p.title, p.status, p.visibility, coalesce(o.title, '') from posts p left join series_posts k on k.post_id = p.id left join series o on o.id = k.series_id
		where p.id = any($1)`, ids)
	if err != nil {
		return err
	}
	found := 0
	var p Post
	var other string
	_, err = pgx.ForEachRow(rows, []any{&p.ID, &p.UserID, &p.Title, &p.Status, &p.Visibility, &other}, func() error {
		found++
		switch {
		case !by.CanDelete(&p) && !by.CanRead(&p):
			return errNoSeriesPost
		case !by.CanDelete(&p):
			return Invalid{"posts": Say("“%s” is not yours. A series is of one's own posts.", p.Title)}
		case other != "":
			return Invalid{"posts": Say("“%s” stands in the series “%s”. A post can be in one only.", p.Title, other)}
		}
		return nil
	})
	if err == nil && found < len(ids) {
		err = errNoSeriesPost
	}
	return err
}

var errNoSeriesPost = Invalid{"posts": Say("One of the posts is not there.")}

// findSeries reads a series with the posts that the user finds in it.
func findSeries(ctx context.Context, tx queries, by *User, id int64, lock string) (*Series, error) {
	series := &Series{User: &User{}}
	err := tx.QueryRow(ctx, `select s.id, s.user_id, s.title, s.description, s.is_active, s.version, s.created_at, s.updated_at, u.username, u.name
		from series s join users u on u.id = s.user_id where s.id = $1 `+lock, id).
		Scan(&series.ID, &series.UserID, &series.Title, &series.Description, &series.IsActive, &series.Version, &series.CreatedAt, &series.UpdatedAt,
			&series.User.Username, &series.User.Name)
	if err == pgx.ErrNoRows {
		return nil, errNoSeries
	}
	if err != nil {
		return nil, err
	}
	series.User.ID = series.UserID
	which := listedTo(by)
	if by.CanEditSeries(series) {
		which = "true"
	}
	series.Posts, err = seriesPosts(ctx, tx, id, which)
	return series, err
}

type queries interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
	QueryRow(context.Context, string, ...any) pgx.Row
}

// seriesPosts are the posts of a series in their order, those of a condition on p.
func seriesPosts(ctx context.Context, tx queries, id int64, which string) ([]Post, error) {
	rows, err := tx.Query(ctx, `select p.id, p.user_id, p.title, p.excerpt, p.words, p.tags, p.status, p.visibility, p.created_at, p.updated_at, p.published_at, p.publish_at, u.username, u.name, `+commentCount+`
		from series_posts k join posts p on p.id = k.post_id join users u on u.id = p.user_id where k.series_id = $1 and `+which+` order by k.position, k.id`, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Post, err error) {
		p.User = &User{}
		err = row.Scan(&p.ID, &p.UserID, &p.Title, &p.Excerpt, &p.Words, (*[]string)(&p.Tags), &p.Status, &p.Visibility, &p.CreatedAt, &p.UpdatedAt, &p.PublishedAt, &p.PublishAt,
			&p.User.Username, &p.User.Name, &p.Comments)
		p.User.ID = p.UserID
		return p, err
	})
}

// Series reads a series, for whom nil is a visitor.
func (s *Store) Series(ctx context.Context, by *User, id int64) (*Series, error) {
	series, err := findSeries(ctx, s.pool, by, id, "")
	return series, Explain(err)
}

// SeriesList says which series to list, the newest first.
type SeriesList struct {
	UserID int64 // of this user alone; 0: of everyone
	After  int64 // those before this one; 0: from the newest
	Limit  int
}

// SeriesOf lists series with the numbers of posts that the reader finds in them.
func (s *Store) SeriesOf(ctx context.Context, by *User, list SeriesList) (found []*Series, more bool, err error) {
	which := listedTo(by)
	if by.IsEditor() {
		which = "true"
	} else if by != nil {
		which = "(" + which + " or s.user_id = @by)"
	}
	args := pgx.NamedArgs{"user": list.UserID, "after": list.After, "limit": list.Limit + 1}
	if by != nil {
		args["by"] = by.ID
	}
	rows, err := s.pool.Query(ctx, `select s.id, s.user_id, s.title, s.description, s.is_active, s.version, s.created_at, s.updated_at, u.username, u.name,
			(select count(*) from series_posts k join posts p on p.id = k.post_id where k.series_id = s.id and `+which+`)
		from series s join users u on u.id = s.user_id
		where (@user = 0 or s.user_id = @user) and (@after = 0 or s.id < @after) order by s.id desc limit @limit`, args)
	if err != nil {
		return nil, false, Explain(err)
	}
	found, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Series, error) {
		x := &Series{User: &User{}}
		err := row.Scan(&x.ID, &x.UserID, &x.Title, &x.Description, &x.IsActive, &x.Version, &x.CreatedAt, &x.UpdatedAt, &x.User.Username, &x.User.Name, &x.Count)
		x.User.ID = x.UserID
		return x, err
	})
	if err == nil && len(found) > list.Limit {
		return found[:list.Limit], true, nil
	}
	return found, false, Explain(err)
}

// SeriesPlace is where a post stands in its series, among those that the reader finds.
type SeriesPlace struct {
	Series         *Series // only ID and Title are read
	Part, Of       int
	Earlier, Later *Post // only ID and Title are read; nil: there is none
}

// SeriesPlace finds the series of a post; nil where it is in none.
func (s *Store) SeriesPlace(ctx context.Context, by *User, postID int64) (*SeriesPlace, error) {
	place := &SeriesPlace{Series: &Series{}}
	var earlierID, laterID *int64
	var earlier, later *string
	err := s.pool.QueryRow(ctx, `select s.id, s.title, x.part, x.total, x.earlier_id, x.earlier, x.later_id, x.later
		from series_posts own join series s on s.id = own.series_id cross join lateral (
			select p.id, row_number() over w as part, count(*) over () as total, lag(p.id) over w as earlier_id, lag(p.title) over w as earlier,
				lead(p.id) over w as later_id, lead(p.title) over w as later
			from series_posts k join posts p on p.id = k.post_id where k.series_id = own.series_id and (p.id = $1 or `+listedTo(by)+`)
			window w as (order by k.position, k.id)) x
		where own.post_id = $1 and x.id = $1`, postID).
		Scan(&place.Series.ID, &place.Series.Title, &place.Part, &place.Of, &earlierID, &earlier, &laterID, &later)
	if err == pgx.ErrNoRows {
		return nil, nil
	}
	if err != nil {
		return nil, Explain(err)
	}
	if earlierID != nil {
		place.Earlier = &Post{ID: *earlierID, Title: *earlier}
	}
	if laterID != nil {
		place.Later = &Post{ID: *laterID, Title: *later}
	}
	return place, nil
}

// FreePosts lists the newest posts of a user that are in no series: what a series can take.
func (s *Store) FreePosts(ctx context.Context, userID int64, limit int) ([]Post, error) {
	rows, err := s.pool.Query(ctx, `select p.id, p.title, p.status from posts p
		where p.user_id = $1 and not exists (select from series_posts k where k.post_id = p.id) order by p.updated_at desc, p.id desc limit $2`, userID, limit)
	if err != nil {
		return nil, Explain(err)
	}
	posts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Post, err error) { return p, row.Scan(&p.ID, &p.Title, &p.Status) })
	return posts, Explain(err)
}
