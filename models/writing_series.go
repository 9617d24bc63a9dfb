package models

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// joining is a series with the posts of an import that join it.
type joining struct {
	series Series
	key    seriesKey
	parts  []seriesPart // in their order
}

// seriesPart is a post with the place that its file says; 0: after the others.
type seriesPart struct {
	id    int64
	place int
}

// makeTies puts the posts of an import into their series, and makes their co-authors. What a new series says of itself, the first file
// that says it decides.
func (s *Store) makeTies(ctx context.Context, tx pgx.Tx, by *User, w *Writing, act *Act) error {
	joins, err := joinings(ctx, tx, w)
	if err != nil {
		return err
	}
	titles := make([]string, len(joins))
	for i := range joins {
		titles[i] = joins[i].key.title
	}
	rooms, err := seriesRooms(ctx, tx, by.ID, titles)
	if err != nil {
		return err
	}
	for _, j := range joins {
		if room := rooms[j.key]; room != nil {
			err = j.add(ctx, tx, by, room.id)
		} else {
			err = j.begin(ctx, tx, by, act)
		}
		if err != nil {
			return err
		}
	}
	// Who becomes an author of posts hears of it once, by the newest of them: what is in them is no news.
	_, err = tx.Exec(ctx, `with made as (insert into post_authors (post_id, user_id, position, added_by_id)
			select f.post_id, a.id, a.n - 1, $2 from writing_files f cross join unnest(f.author_ids) with ordinality a(id, n)
			where f.writing_id = $1 and f.act = 'create' order by f.post_id, a.n returning post_id, user_id)
		select give_notice(user_id, 'author', max(post_id)) from made group by user_id order by user_id`, w.ID, by.ID)
	return err
}

// joinings are the series that the posts of an import join.
func joinings(ctx context.Context, tx pgx.Tx, w *Writing) (list []*joining, err error) {
	rows, err := tx.Query(ctx, `select series, series_twin, post_id, coalesce(part, 0), series_description, series_closed from writing_files
		where writing_id = $1 and act = 'create' and joins order by series, series_twin, part nulls last, position`, w.ID)
	if err != nil {
		return nil, err
	}
	var key seriesKey
	var part seriesPart
	var description string
	var closed bool
	_, err = pgx.ForEachRow(rows, []any{&key.title, &key.twin, &part.id, &part.place, &description, &closed}, func() error {
		if len(list) == 0 || list[len(list)-1].key != key {
			list = append(list, &joining{key: key, series: Series{Title: key.title, IsActive: true}})
		}
		j := list[len(list)-1]
		j.parts = append(j.parts, part)
		j.series.Description = cmp.Or(j.series.Description, description)
		j.series.IsActive = j.series.IsActive && !closed
		return nil
	})
	return list, err
}

// begin makes the series. That is kept with the act: its undo takes the series along.
func (j *joining) begin(ctx context.Context, tx pgx.Tx, by *User, act *Act) error {
	ids := j.inOrder(nil)
	if err := beginSeries(ctx, tx, by, &j.series, ids); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into act_images (act_id, target_id, position, table_name, after)
		select $1, $2, 0, 'series', to_jsonb(s) from series s where id = $3`, act.ID, ids[0], j.series.ID); err != nil {
		return err
	}
	return j.place(ctx, tx, j.series.ID)
}

// add puts the posts into a series that is there: each before those that stand further back.
func (j *joining) add(ctx context.Context, tx pgx.Tx, by *User, id int64) error {
	series, err := findSeries(ctx, tx, by, id, "for update of s")
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, "select post_id, position from series_posts where series_id = $1 order by position, id", id)
	if err != nil {
		return err
	}
	there, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p seriesPart, err error) { return p, row.Scan(&p.id, &p.place) })
	if err != nil {
		return err
	}
	before := series.logged()
	if err := arrange(ctx, tx, by, series, j.inOrder(there)); err != nil {
		return err
	}
	if err := saveSeries(ctx, tx, by, series, before); err != nil {
		return err
	}
	return j.place(ctx, tx, id)
}

// inOrder puts the posts among those that are there, and returns the ids of all.
func (j *joining) inOrder(there []seriesPart) []int64 {
	all := slices.Concat(there, j.parts)
	last := 0
	for _, part := range all {
		last = max(last, part.place)
	}
	for i := range all {
		if all[i].place == 0 {
			last++
			all[i].place = last
		}
	}
	slices.SortStableFunc(all, func(a, b seriesPart) int { return cmp.Compare(a.place, b.place) })
	ids := make([]int64, len(all))
	for i := range all {
		ids[i] = all[i].id
	}
	j.parts = all
	return ids
}

// place keeps the places as the files say them, with their gaps: other parts may come with another import.
func (j *joining) place(ctx context.Context, tx pgx.Tx, id int64) error {
	ids, places := make([]int64, len(j.parts)), make([]int, len(j.parts))
	for i, part := range j.parts {
		ids[i], places[i] = part.id, part.place
	}
	_, err := tx.Exec(ctx, `update series_posts k set position = n.place from unnest($2::bigint[], $3::integer[]) n(id, place)
		where k.series_id = $1 and k.post_id = n.id and k.position <> n.place`, id, ids, places)
	return err
}
