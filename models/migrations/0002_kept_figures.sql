-- The figures that would grow dear with the data are kept by statement-level triggers, so that every writer keeps them
-- right: a form, COPY, a cascade, a hand in psql.


-- users.post_count and users.last_post_at.
--
-- The users are locked in the order of their ids before anything is counted. The order keeps two writers from waiting for
-- each other; the lock makes the next statement see, in READ COMMITTED, what the writer before us committed.
create function keep_post_counts() returns trigger language plpgsql as $$
declare
	touched bigint[];
begin
	if tg_op = 'TRUNCATE' then
		update users set post_count = 0, last_post_at = null where post_count <> 0 or last_post_at is not null;
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

	if tg_op = 'INSERT' then
		update users u set post_count = u.post_count + d.n, last_post_at = greatest(u.last_post_at, d.last)
		from (select user_id, count(*) as n, max(published_at) as last from new_rows where status = 'published' group by user_id) d
		where u.id = d.user_id;
	elsif tg_op = 'DELETE' then
		update users u set post_count = u.post_count - d.n,
			last_post_at = case when d.last < u.last_post_at then u.last_post_at
				else (select p.published_at from posts p where p.user_id = u.id and p.status = 'published' order by p.published_at desc, p.id desc limit 1) end
		from (select user_id, count(*) as n, max(published_at) as last from old_rows where status = 'published' group by user_id) d
		where u.id = d.user_id;
	else
		update users u set post_count = u.post_count + d.n,
			last_post_at = (select p.published_at from posts p where p.user_id = u.id and p.status = 'published' order by p.published_at desc, p.id desc limit 1)
		from (
			select t.user_id, coalesce(n.n, 0) - coalesce(o.n, 0) as n from unnest(touched) as t(user_id)
			left join (select user_id, count(*) as n from old_rows where status = 'published' group by user_id) o using (user_id)
			left join (select user_id, count(*) as n from new_rows where status = 'published' group by user_id) n using (user_id)
		) d
		where u.id = d.user_id;
	end if;
	return null;
end $$;

-- The figures of the whole site. Writers only ever add rows to figure_deltas, so that none waits for another; now and then
-- the rows are folded into figures. A figure is the sum of both. Series have a bucket of 15 minutes, in which every time
-- zone's midnight falls on a border; totals have -infinity.
create table figures (
	kind text not null,
	bucket timestamptz not null,
	n bigint not null,
	primary key (kind, bucket)
);
create table figure_deltas (
	kind text not null,
	bucket timestamptz not null,
	n bigint not null
);

create function figure_bucket(timestamptz) returns timestamptz language sql immutable
	as $$ select date_bin('15 minutes', $1, '2000-01-01 00:00:00+00') $$;

create function keep_user_figures() returns trigger language plpgsql as $$
begin
	if tg_op = 'TRUNCATE' then
		delete from figure_deltas where kind in ('users', 'inactive_users', 'ages', 'age_sum', 'sign_ups');
		delete from figures where kind in ('users', 'inactive_users', 'ages', 'age_sum', 'sign_ups');
		return null;
	elsif tg_op = 'INSERT' then
		insert into figure_deltas
			select v.kind, '-infinity'::timestamptz, v.n
			from (select count(*) as users, count(*) filter (where not is_active) as inactive, count(age) as ages, coalesce(sum(age), 0) as age_sum from new_rows) s,
				lateral (values ('users', s.users), ('inactive_users', s.inactive), ('ages', s.ages), ('age_sum', s.age_sum)) v(kind, n) where v.n <> 0
			union all
			select 'sign_ups', figure_bucket(created_at), count(*) from new_rows group by 2;
	elsif tg_op = 'DELETE' then
		insert into figure_deltas
			select v.kind, '-infinity'::timestamptz, -v.n
			from (select count(*) as users, count(*) filter (where not is_active) as inactive, count(age) as ages, coalesce(sum(age), 0) as age_sum from old_rows) s,
				lateral (values ('users', s.users), ('inactive_users', s.inactive), ('ages', s.ages), ('age_sum', s.age_sum)) v(kind, n) where v.n <> 0
			union all
			select 'sign_ups', figure_bucket(created_at), -count(*) from old_rows group by 2;
	else
		insert into figure_deltas
			select v.kind, v.bucket, sum(v.n) from (
				select 'inactive_users' as kind, '-infinity'::timestamptz as bucket, count(*) filter (where not is_active) as n from new_rows
				union all select 'inactive_users', '-infinity'::timestamptz, -count(*) filter (where not is_active) from old_rows
				union all select 'ages', '-infinity'::timestamptz, count(age) from new_rows
				union all select 'ages', '-infinity'::timestamptz, -count(age) from old_rows
				union all select 'age_sum', '-infinity'::timestamptz, coalesce(sum(age), 0) from new_rows
				union all select 'age_sum', '-infinity'::timestamptz, -coalesce(sum(age), 0) from old_rows
				union all select 'sign_ups', figure_bucket(created_at), count(*) from new_rows group by 2
				union all select 'sign_ups', figure_bucket(created_at), -count(*) from old_rows group by 2
			) v group by v.kind, v.bucket having sum(v.n) <> 0;
	end if;
	return null;
end $$;

create function keep_post_figures() returns trigger language plpgsql as $$
begin
	if tg_op = 'TRUNCATE' then
		delete from figure_deltas where kind in ('posts', 'drafts', 'published');
		delete from figures where kind in ('posts', 'drafts', 'published');
		return null;
	elsif tg_op = 'INSERT' then
		insert into figure_deltas
			select v.kind, '-infinity'::timestamptz, v.n
			from (select count(*) filter (where status = 'published') as posts, count(*) filter (where status = 'draft') as drafts from new_rows) s,
				lateral (values ('posts', s.posts), ('drafts', s.drafts)) v(kind, n) where v.n <> 0
			union all
			select 'published', figure_bucket(published_at), count(*) from new_rows where status = 'published' group by 2;
	elsif tg_op = 'DELETE' then
		insert into figure_deltas
			select v.kind, '-infinity'::timestamptz, -v.n
			from (select count(*) filter (where status = 'published') as posts, count(*) filter (where status = 'draft') as drafts from old_rows) s,
				lateral (values ('posts', s.posts), ('drafts', s.drafts)) v(kind, n) where v.n <> 0
			union all
			select 'published', figure_bucket(published_at), -count(*) from old_rows where status = 'published' group by 2;
	else
		insert into figure_deltas
			select v.kind, v.bucket, sum(v.n) from (
				select 'posts' as kind, '-infinity'::timestamptz as bucket, count(*) filter (where status = 'published') as n from new_rows
				union all select 'posts', '-infinity'::timestamptz, -count(*) filter (where status = 'published') from old_rows
				union all select 'drafts', '-infinity'::timestamptz, count(*) filter (where status = 'draft') from new_rows
				union all select 'drafts', '-infinity'::timestamptz, -count(*) filter (where status = 'draft') from old_rows
				union all select 'published', figure_bucket(published_at), count(*) from new_rows where status = 'published' group by 2
				union all select 'published', figure_bucket(published_at), -count(*) from old_rows where status = 'published' group by 2
			) v group by v.kind, v.bucket having sum(v.n) <> 0;
	end if;
	return null;
end $$;

create trigger keep_post_counts_insert after insert on posts referencing new table as new_rows for each statement execute function keep_post_counts();
create trigger keep_post_counts_update after update on posts referencing old table as old_rows new table as new_rows for each statement execute function keep_post_counts();
create trigger keep_post_counts_delete after delete on posts referencing old table as old_rows for each statement execute function keep_post_counts();
create trigger keep_post_counts_truncate after truncate on posts for each statement execute function keep_post_counts();

create trigger keep_post_figures_insert after insert on posts referencing new table as new_rows for each statement execute function keep_post_figures();
create trigger keep_post_figures_update after update on posts referencing old table as old_rows new table as new_rows for each statement execute function keep_post_figures();
create trigger keep_post_figures_delete after delete on posts referencing old table as old_rows for each statement execute function keep_post_figures();
create trigger keep_post_figures_truncate after truncate on posts for each statement execute function keep_post_figures();

create trigger keep_user_figures_insert after insert on users referencing new table as new_rows for each statement execute function keep_user_figures();
create trigger keep_user_figures_update after update on users referencing old table as old_rows new table as new_rows for each statement execute function keep_user_figures();
create trigger keep_user_figures_delete after delete on users referencing old table as old_rows for each statement execute function keep_user_figures();
create trigger keep_user_figures_truncate after truncate on users for each statement execute function keep_user_figures();

-- Whatever is there already.
update users u set post_count = d.n, last_post_at = d.last
from (select user_id, count(*) as n, max(published_at) as last from posts where status = 'published' group by user_id) d where u.id = d.user_id;
insert into figures
	select v.kind, '-infinity'::timestamptz, v.n
	from (select count(*) as users, count(*) filter (where not is_active) as inactive, count(age) as ages, coalesce(sum(age), 0) as age_sum from users) s,
		lateral (values ('users', s.users), ('inactive_users', s.inactive), ('ages', s.ages), ('age_sum', s.age_sum)) v(kind, n) where v.n <> 0
	union all
	select v.kind, '-infinity'::timestamptz, v.n
	from (select count(*) filter (where status = 'published') as posts, count(*) filter (where status = 'draft') as drafts from posts) s,
		lateral (values ('posts', s.posts), ('drafts', s.drafts)) v(kind, n) where v.n <> 0
	union all
	select 'sign_ups', figure_bucket(created_at), count(*) from users group by 2
	union all
	select 'published', figure_bucket(published_at), count(*) from posts where status = 'published' group by 2;
delete from figure_deltas;
