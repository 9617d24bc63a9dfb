package models

import "context"

// dropSeries takes along the series that the act @from made for its posts, where these were the last in them and they are as they were made.
// Each of the posts keeps an image: with whichever of them comes back the series does.
func (w *work) dropSeries(ctx context.Context, b *actBatch) error {
	for _, sql := range []string{
		// Who changes one of them is waited for, or finds it gone.
		`select from series where id in (select (after ->> 'id')::bigint from act_images where act_id = @from and table_name = 'series' and before is null) order by id for update`,
		`with made as (
				select distinct on (after ->> 'id') after as image from act_images where act_id = @from and table_name = 'series' and before is null
			), gone as (
				delete from series s using made m where s.id = (m.image ->> 'id')::bigint and not exists (select from series_posts k where k.series_id = s.id)
					and (s.title, s.description, s.is_active) = (m.image ->> 'title', m.image ->> 'description', (m.image ->> 'is_active')::boolean)
					and exists (select from act_images i where i.act_id = @act and i.table_name = 'series_posts' and (i.before ->> 'series_id')::bigint = s.id)
				returning s.id, to_jsonb(s) as image
			)
			insert into act_images (act_id, target_id, position, table_name, before)
			select distinct @act::bigint, i.target_id, 0, 'series', g.image
				from gone g join act_images i on i.act_id = @act and i.table_name = 'series_posts' and (i.before ->> 'series_id')::bigint = g.id`,
	} {
		if err := b.query(ctx, sql, nil); err != nil {
			return err
		}
	}
	return nil
}

// seriesBack keeps, of series that come back with posts, that this act made them again.
const seriesBack = `insert into act_images (act_id, target_id, position, table_name, after)
	select @act, i.target_id, 0, 'series', i.before from act_images i where i.act_id = @from and i.table_name = 'series' and i.target_id = any(@ids)`
