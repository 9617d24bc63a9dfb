-- Posts that not everyone reads: what is counted, told and listed. Whatever counts a user's posts counts those that anyone may
-- read.


-- As in 0011.
create or replace function post_gaps(of bigint[]) returns table (user_id bigint, median_gap double precision, back_at timestamptz) language sql stable as $$
	select m.user_id, m.gap, (select max(s.at) from unnest(m.ends, m.silences, m.places) as s(at, gap, place) where s.gap > 3 * m.gap and s.place <= m.n - 3)
	from (
		select g.user_id, count(*) as n, percentile_cont(0.5) within group (order by g.gap) as gap, array_agg(g.published_at) filter (where g.gap > 30 * 86400) as ends,
			array_agg(g.gap) filter (where g.gap > 30 * 86400) as silences, array_agg(g.place) filter (where g.gap > 30 * 86400) as places
		from ( -- The newest first, as the index has them, user by user: with all users at once the planner may go through the posts of everybody.
			select w.user_id, p.* from unnest(of) w(user_id), lateral (
				select p.published_at, row_number() over own as place, date_part('epoch', p.published_at - lead(p.published_at) over own) as gap
				from posts p where p.user_id = w.user_id and p.status = 'published' and p.visibility = 'public' and isfinite(p.published_at)
				window own as (order by p.published_at desc)
			) p
		) g group by g.user_id having count(*) >= 3
	) m
$$;

create or replace function keep_post_counts() returns trigger language plpgsql as $$
declare
	touched bigint[];
begin
	if tg_op = 'TRUNCATE' then
		update users set post_count = 0, last_post_at = null, median_gap = null, back_at = null where post_count <> 0 or last_post_at is not null;
		return null;
	elsif tg_op = 'INSERT' then
		select array_agg(distinct user_id) into touched from new_rows n where n.status = 'published' and n.visibility = 'public';
	elsif tg_op = 'DELETE' then
		select array_agg(distinct user_id) into touched from old_rows o where o.status = 'published' and o.visibility = 'public';
	else
		select array_agg(distinct x.user_id) into touched from (
			(select user_id, id, published_at from old_rows where status = 'published' and visibility = 'public' except select user_id, id, published_at from new_rows where status = 'published' and visibility = 'public')
			union all
			(select user_id, id, published_at from new_rows where status = 'published' and visibility = 'public' except select user_id, id, published_at from old_rows where status = 'published' and visibility = 'public')
		) x;
	end if;
	if touched is null then
		return null;
	end if;

	perform from users where id = any(touched) order by id for no key update;
	if not found then -- the users are gone, and their posts with them
		return null;
	end if;

	if tg_op = 'INSERT' then
		update users u set post_count = u.post_count + d.n, last_post_at = greatest(u.last_post_at, d.last), median_gap = d.median_gap, back_at = d.back_at
		from (
			select x.user_id, sum(x.n) as n, max(x.last) as last, max(x.median_gap) as median_gap, max(x.back_at) as back_at from (
				select user_id, 1 as n, published_at as last, null::double precision as median_gap, null::timestamptz as back_at from new_rows where status = 'published' and visibility = 'public'
				union all select g.user_id, 0, null, g.median_gap, g.back_at from post_gaps(touched) g
			) x group by x.user_id
		) d
		where u.id = any(touched) and u.id = d.user_id;
	elsif tg_op = 'DELETE' then
		update users u set post_count = u.post_count - d.n, median_gap = d.median_gap, back_at = d.back_at,
			last_post_at = case when d.last < u.last_post_at then u.last_post_at
				else (select p.published_at from posts p where p.user_id = u.id and p.status = 'published' and p.visibility = 'public' order by p.published_at desc, p.id desc limit 1) end
		from (
			select x.user_id, sum(x.n) as n, max(x.last) as last, max(x.median_gap) as median_gap, max(x.back_at) as back_at from (
				select user_id, 1 as n, published_at as last, null::double precision as median_gap, null::timestamptz as back_at from old_rows where status = 'published' and visibility = 'public'
				union all select g.user_id, 0, null, g.median_gap, g.back_at from post_gaps(touched) g
			) x group by x.user_id
		) d
		where u.id = any(touched) and u.id = d.user_id;
	else
		update users u set post_count = u.post_count + d.n, median_gap = d.median_gap, back_at = d.back_at,
			last_post_at = (select p.published_at from posts p where p.user_id = u.id and p.status = 'published' and p.visibility = 'public' order by p.published_at desc, p.id desc limit 1)
		from (
			select x.user_id, sum(x.n) as n, max(x.median_gap) as median_gap, max(x.back_at) as back_at from (
				select user_id, -1 as n, null::double precision as median_gap, null::timestamptz as back_at from old_rows where status = 'published' and visibility = 'public'
				union all select user_id, 1, null, null from new_rows where status = 'published' and visibility = 'public'
				union all select g.user_id, 0, g.median_gap, g.back_at from post_gaps(touched) g
			) x group by x.user_id
		) d
		where u.id = any(touched) and u.id = d.user_id;
	end if;
	return null;
end $$;

-- The figure that a post counts in. Together they are all posts; 'posts' are those that anyone may read.
create function post_figure(status text, visibility text) returns text language sql immutable parallel safe as $$
	select case when status = 'draft' then 'drafts' when status = 'scheduled' then 'scheduled' when visibility = 'public' then 'posts' else visibility end
$$;

create or replace function keep_post_figures() returns trigger language plpgsql as $$
begin
	if tg_op = 'TRUNCATE' then
		delete from figure_deltas where kind in ('posts', 'members', 'unlisted', 'drafts', 'scheduled', 'published');
		delete from figures where kind in ('posts', 'members', 'unlisted', 'drafts', 'scheduled', 'published');
		perform pg_notify('postroom_schedule', '');
		return null;
	elsif tg_op = 'INSERT' then
		insert into figure_deltas
			select post_figure(status, visibility), '-infinity'::timestamptz, count(*) from new_rows group by 1
			union all
			select 'published', figure_bucket(published_at), count(*) from new_rows where status = 'published' and visibility = 'public' group by 2;
		if exists (select from new_rows where status = 'scheduled') then
			perform pg_notify('postroom_schedule', '');
		end if;
	elsif tg_op = 'DELETE' then
		insert into figure_deltas
			select post_figure(status, visibility), '-infinity'::timestamptz, -count(*) from old_rows group by 1
			union all
			select 'published', figure_bucket(published_at), -count(*) from old_rows where status = 'published' and visibility = 'public' group by 2;
	else
		insert into figure_deltas
			select v.kind, v.bucket, sum(v.n) from (
				select post_figure(status, visibility) as kind, '-infinity'::timestamptz as bucket, count(*) as n from new_rows group by 1
				union all select post_figure(status, visibility), '-infinity'::timestamptz, -count(*) from old_rows group by 1
				union all select 'published', figure_bucket(published_at), count(*) from new_rows where status = 'published' and visibility = 'public' group by 2
				union all select 'published', figure_bucket(published_at), -count(*) from old_rows where status = 'published' and visibility = 'public' group by 2
			) v group by v.kind, v.bucket having sum(v.n) <> 0;
		if exists (select from new_rows where status = 'scheduled') then -- every program looks anew when the next is due
			perform pg_notify('postroom_schedule', '');
		end if;
	end if;
	return null;
end $$;

-- Everyone who is signed in hears of what stands in lists, admins of the rest too.
create or replace function tell_post_events() returns trigger language plpgsql as $$
declare
	ids bigint[];
	shown boolean;
begin
	if tg_op = 'TRUNCATE' then
		perform tell('post', null, null);
		return null;
	elsif tg_op = 'INSERT' then
		ids := array(select id from new_rows limit 2);
		shown := exists (select from new_rows where status = 'published' and visibility <> 'unlisted');
	elsif tg_op = 'DELETE' then
		ids := array(select id from old_rows limit 2);
		shown := exists (select from old_rows where status = 'published' and visibility <> 'unlisted');
	else
		ids := array(select id from new_rows limit 2);
		shown := exists (select from new_rows where status = 'published' and visibility <> 'unlisted') or exists (select from old_rows where status = 'published' and visibility <> 'unlisted');
	end if;
	if cardinality(ids) > 0 then
		perform tell('post', case when cardinality(ids) = 1 then ids[1] end, case when shown then null else 0 end);
	end if;
	return null;
end $$;


-- Publishes scheduled posts whose moment has come, and returns them with how late they are. Any number of programs may ask at once:
-- each post is published by one. The authors are locked before their posts, as by every writer. Those that others hold are left
-- for the next time, and those of authors who may not write now wait until they may.
create function publish_due(most integer) returns table (post_id bigint, post_title text, at timestamptz) language plpgsql as $$
declare
	due bigint[];
	authors bigint[];
begin
	due := array(select p.id from posts p join users u on u.id = p.user_id
		where p.status = 'scheduled' and p.publish_at <= clock_timestamp() and u.is_active and (u.suspended_until is null or u.suspended_until <= clock_timestamp())
		order by p.publish_at, p.id limit most);
	if cardinality(due) = 0 then
		return;
	end if;
	authors := array(select u.id from users u where u.id = any(array(select p.user_id from posts p where p.id = any(due)))
			and u.is_active and (u.suspended_until is null or u.suspended_until <= clock_timestamp())
		order by u.id for no key update skip locked);
	due := array(select p.id from posts p where p.id = any(due) and p.user_id = any(authors) and p.status = 'scheduled' and p.publish_at <= clock_timestamp()
		order by p.id for update skip locked);
	return query update posts p set status = 'published', published_at = p.publish_at, publish_at = null,
			updated_at = greatest(p.updated_at + interval '1 microsecond', p.publish_at)
		where p.id = any(due) returning p.id, p.title::text, p.published_at;
end $$;


-- The admins' list knows who may read a post.
alter table post_lines add column visibility text collate "C" not null default 'public';
update post_lines l set visibility = p.visibility from posts p where p.id = l.post_id and p.visibility <> 'public';
create index post_lines_not_public on post_lines (visibility, created_at, post_id) where visibility <> 'public';
create index post_lines_scheduled on post_lines (created_at, post_id) where status = 'scheduled';

create or replace function fold_post_changes(most integer, patience interval) returns integer language plpgsql as $$
declare
	ids bigint[];
	notes integer;
begin
	begin
		perform set_config('lock_timeout', (extract(epoch from patience) * 1000)::integer::text, true);
		perform pg_advisory_xact_lock(hashtext('postroom post lines'));
	exception when lock_not_available then
		return -1;
	end;
	with taken as (delete from post_changes where ctid = any(array(select ctid from post_changes limit most)) returning post_id)
		select array_agg(distinct post_id), count(*) into ids, notes from taken;
	if notes = 0 then
		return 0;
	end if;
	delete from post_lines l where l.post_id = any(ids) and not exists (select from posts p where p.id = l.post_id);
	insert into post_lines (post_id, author, title, tags, status, visibility, created_at, updated_at, published_at)
		select p.id, lower(u.username collate "C"), lower(p.title collate "und-x-icu"), p.tags, p.status, p.visibility, p.created_at, p.updated_at, coalesce(p.published_at, '-infinity')
		from posts p join users u on u.id = p.user_id where p.id = any(ids)
		on conflict (post_id) do update set author = excluded.author, title = excluded.title, tags = excluded.tags, status = excluded.status, visibility = excluded.visibility,
			created_at = excluded.created_at, updated_at = excluded.updated_at, published_at = excluded.published_at;
	return notes;
end $$;
