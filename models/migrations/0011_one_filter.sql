-- What the filter of users asks for and would be dear to find out each time: how long users fall silent, and the words to
-- look for.


-- users.median_gap and users.back_at, from the published posts of these users. A gap is that between two posts, one after the
-- other. A silence is a gap longer than 30 days and than three times the median; it counts from the third post on. Who has
-- fewer than three posts is not among the rows.
create function post_gaps(of bigint[]) returns table (user_id bigint, median_gap double precision, back_at timestamptz) language sql stable as $$
	select m.user_id, m.gap, (select max(s.at) from unnest(m.ends, m.silences, m.places) as s(at, gap, place) where s.gap > 3 * m.gap and s.place <= m.n - 3)
	from (
		select g.user_id, count(*) as n, percentile_cont(0.5) within group (order by g.gap) as gap, array_agg(g.published_at) filter (where g.gap > 30 * 86400) as ends,
			array_agg(g.gap) filter (where g.gap > 30 * 86400) as silences, array_agg(g.place) filter (where g.gap > 30 * 86400) as places
		from ( -- the newest first, as the index has them
			select p.user_id, p.published_at, row_number() over own as place, date_part('epoch', p.published_at - lead(p.published_at) over own) as gap
			from posts p where p.user_id = any(of) and p.status = 'published' and isfinite(p.published_at)
			window own as (partition by p.user_id order by p.published_at desc)
		) g group by g.user_id having count(*) >= 3
	) m
$$;

-- As in 0002, and the gaps in the same update. A plan is kept for a whole connection, and may be made for one post and used
-- for a million: nothing is joined here that a plan for few rows would go through again and again.
create or replace function keep_post_counts() returns trigger language plpgsql as $$
declare
	touched bigint[];
begin
	if tg_op = 'TRUNCATE' then
		update users set post_count = 0, last_post_at = null, median_gap = null, back_at = null where post_count <> 0 or last_post_at is not null;
		return null;
	elsif tg_op = 'INSERT' then
		select array_agg(distinct user_id) into touched from new_rows n where n.status = 'published';
	elsif tg_op = 'DELETE' then
		select array_agg(distinct user_id) into touched from old_rows o where o.status = 'published';
	else
		select array_agg(distinct x.user_id) into touched from (
			(select user_id, id, published_at from old_rows where status = 'published' except select user_id, id, published_at from new_rows where status = 'published')
			union all
			(select user_id, id, published_at from new_rows where status = 'published' except select user_id, id, published_at from old_rows where status = 'published')
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
				select user_id, 1 as n, published_at as last, null::double precision as median_gap, null::timestamptz as back_at from new_rows where status = 'published'
				union all select g.user_id, 0, null, g.median_gap, g.back_at from post_gaps(touched) g
			) x group by x.user_id
		) d
		where u.id = any(touched) and u.id = d.user_id;
	elsif tg_op = 'DELETE' then
		update users u set post_count = u.post_count - d.n, median_gap = d.median_gap, back_at = d.back_at,
			last_post_at = case when d.last < u.last_post_at then u.last_post_at
				else (select p.published_at from posts p where p.user_id = u.id and p.status = 'published' order by p.published_at desc, p.id desc limit 1) end
		from (
			select x.user_id, sum(x.n) as n, max(x.last) as last, max(x.median_gap) as median_gap, max(x.back_at) as back_at from (
				select user_id, 1 as n, published_at as last, null::double precision as median_gap, null::timestamptz as back_at from old_rows where status = 'published'
				union all select g.user_id, 0, null, g.median_gap, g.back_at from post_gaps(touched) g
			) x group by x.user_id
		) d
		where u.id = any(touched) and u.id = d.user_id;
	else
		update users u set post_count = u.post_count + d.n, median_gap = d.median_gap, back_at = d.back_at,
			last_post_at = (select p.published_at from posts p where p.user_id = u.id and p.status = 'published' order by p.published_at desc, p.id desc limit 1)
		from (
			select x.user_id, sum(x.n) as n, max(x.median_gap) as median_gap, max(x.back_at) as back_at from (
				select user_id, -1 as n, null::double precision as median_gap, null::timestamptz as back_at from old_rows where status = 'published'
				union all select user_id, 1, null, null from new_rows where status = 'published'
				union all select g.user_id, 0, g.median_gap, g.back_at from post_gaps(touched) g
			) x group by x.user_id
		) d
		where u.id = any(touched) and u.id = d.user_id;
	end if;
	return null;
end $$;

update users u set median_gap = g.median_gap, back_at = g.back_at
from post_gaps((select array_agg(id) from users where post_count >= 3)) g where u.id = g.user_id;


-- The name, user name and e-mail address of each user in small letters, a line each, for whoever looks for a part of them. They
-- stand apart from users because these rows change with every post, and each change would go through the index of
-- trigrams. There is no foreign key: triggers keep the table, and checking a million new rows one by one would double the
-- work.
create table user_texts (
	user_id bigint primary key,
	text text collate "C" not null
);

create function user_text(name text, username text, email text) returns text language sql immutable parallel safe as $$
	select lower(name collate "und-x-icu") collate "C" || E'\n' || lower(username collate "C") || E'\n' || lower(email collate "C")
$$;

create function keep_user_texts() returns trigger language plpgsql as $$
begin
	if tg_op = 'TRUNCATE' then
		truncate user_texts;
	elsif tg_op = 'INSERT' then
		insert into user_texts select id, user_text(name, username, email) from new_rows;
	elsif tg_op = 'DELETE' then
		delete from user_texts where user_id = any(array(select id from old_rows));
	else
		if exists (select id from old_rows except select id from new_rows) then
			delete from user_texts where user_id = any(array(select id from old_rows except select id from new_rows));
		end if;
		insert into user_texts
			select id, user_text(name, username, email) from (select id, name, username, email from new_rows except select id, name, username, email from old_rows) x
			on conflict (user_id) do update set text = excluded.text;
	end if;
	return null;
end $$;
create trigger keep_user_texts_insert after insert on users referencing new table as new_rows for each statement execute function keep_user_texts();
create trigger keep_user_texts_update after update on users referencing old table as old_rows new table as new_rows for each statement execute function keep_user_texts();
create trigger keep_user_texts_delete after delete on users referencing old table as old_rows for each statement execute function keep_user_texts();
create trigger keep_user_texts_truncate after truncate on users for each statement execute function keep_user_texts();

insert into user_texts select id, user_text(name, username, email) from users;

-- pg_trgm comes with PostgreSQL, and the owner of a database may create it. Where it is not there, or may not be created, the
-- lists read through all of user_texts: that is slower, and right all the same.
do $$
declare
	home text;
begin
	begin
		create extension if not exists pg_trgm;
	exception when insufficient_privilege or undefined_file or feature_not_supported then
		raise notice 'without pg_trgm, looking for part of a name reads all names: %', sqlerrm;
	end;
	select n.nspname into home from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
	if found then
		execute format('create index user_texts_trigrams on user_texts using gin (text %I.gin_trgm_ops)', home);
	end if;
end $$;


-- Filters that admins have saved under a name, for all admins.
create table saved_filters (
	id bigint generated by default as identity primary key,
	name varchar(60) not null constraint saved_filters_name_given check (name <> ''),
	query text not null,
	by_name text not null default '',
	created_at timestamptz not null default now()
);
create unique index saved_filters_name_key on saved_filters (lower(name collate "und-x-icu"));
