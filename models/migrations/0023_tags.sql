-- Tags: tidy whoever writes, found by tag and day whatever their number, and counted.

-- Tags as models.ParseTags makes them: small letters, composed, one space, nothing that cannot be seen, none twice.
create function tidy_tags(tags text[]) returns text[] language plpgsql immutable strict as $$
declare
	all_tags text := array_to_string(tags, ',') collate "C";
	tidy text[] := '{}';
	tag text;
begin
	if all_tags ~ '[^a-z0-9,-]' or all_tags ~ '(^|,)(,|$)' then
		all_tags := regexp_replace(all_tags, '[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+', ' ', 'g');
		all_tags := regexp_replace(all_tags, '[\u0001-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+', '', 'g');
		all_tags := normalize(lower(normalize(all_tags) collate "und-x-icu"));
	end if;
	foreach tag in array string_to_array(all_tags, ',') loop
		tag := btrim(ltrim(btrim(tag), '#'));
		if tag not in ('', '.', '..') and tag <> all (tidy) then
			tidy := tidy || tag;
		end if;
	end loop;
	return tidy;
end $$;

create function clean_tags() returns trigger language plpgsql as $$
begin
	new.tags := tidy_tags(new.tags);
	if exists (select from unnest(new.tags) t where length(t) > 40) then
		raise exception 'a tag is too long' using errcode = 'check_violation', constraint = 'posts_tag_length';
	end if;
	return new;
end $$;

-- Where a post stands under its tags: 0 for everyone, 1 for who is signed in, 2 in no list.
create function tag_shelf(status text, visibility text) returns integer language sql immutable as $$
	select case when $1 <> 'published' or $2 = 'unlisted' then 2 when $2 = 'public' then 0 else 1 end
$$;

-- The posts of a tag in the order of its page. A row stands in one index only.
create table post_tags (
	tag text collate "C" not null,
	published_at timestamptz not null,
	post_id bigint not null,
	members boolean not null
);

-- How many posts have a tag, by their shelf: what was folded, and what came since. Writers only ever add.
create table tag_counts (
	tag text collate "C" primary key,
	open bigint not null,
	members bigint not null,
	hidden bigint not null
);
create table tag_deltas (
	tag text collate "C" not null,
	open bigint not null,
	members bigint not null,
	hidden bigint not null
);

update posts set tags = (select coalesce(array_agg(distinct left(t, 40)), '{}') from unnest(tidy_tags(tags)) t)
	where tags is distinct from tidy_tags(tags) or exists (select from unnest(tags) t where length(t) > 40);
insert into post_tags
	select t.tag, p.published_at, p.id, tag_shelf(p.status, p.visibility) = 1
	from posts p, unnest(p.tags) t(tag) where tag_shelf(p.status, p.visibility) < 2 order by 1, 2, 3;
insert into tag_counts
	select t.tag collate "C", count(*) filter (where s.shelf = 0), count(*) filter (where s.shelf = 1), count(*) filter (where s.shelf = 2)
	from posts p, unnest(p.tags) t(tag), tag_shelf(p.status, p.visibility) s(shelf) group by 1;

create unique index post_tags_open on post_tags (tag, published_at desc, post_id desc) where not members;
create unique index post_tags_members on post_tags (tag, published_at desc, post_id desc) where members;
create index tag_counts_open on tag_counts (open desc, tag);
create index tag_counts_members on tag_counts ((open + members) desc, tag);

create trigger clean_tags before insert or update of tags on posts for each row when (new.tags is distinct from tidy_tags(new.tags)
	or octet_length(array_to_string(new.tags, '')) > 40) execute function clean_tags();

create function keep_tags() returns trigger language plpgsql as $$
begin
	if tg_op = 'TRUNCATE' then
		delete from post_tags;
		delete from tag_counts;
		delete from tag_deltas;
		return null;
	elsif tg_op = 'INSERT' then
		insert into post_tags
			select t.tag, n.published_at, n.id, s.shelf = 1
			from new_rows n, unnest(n.tags) t(tag), tag_shelf(n.status, n.visibility) s(shelf) where s.shelf < 2 order by t.tag collate "C", n.published_at, n.id;
		insert into tag_deltas
			select t.tag collate "C", count(*) filter (where s.shelf = 0), count(*) filter (where s.shelf = 1), count(*) filter (where s.shelf = 2)
			from new_rows n, unnest(n.tags) t(tag), tag_shelf(n.status, n.visibility) s(shelf) group by 1;
	elsif tg_op = 'DELETE' then
		delete from post_tags k using (select t.tag, o.published_at, o.id from old_rows o, unnest(o.tags) t(tag) where tag_shelf(o.status, o.visibility) = 0) x
			where k.tag = x.tag collate "C" and k.published_at = x.published_at and k.post_id = x.id and not k.members;
		delete from post_tags k using (select t.tag, o.published_at, o.id from old_rows o, unnest(o.tags) t(tag) where tag_shelf(o.status, o.visibility) = 1) x
			where k.tag = x.tag collate "C" and k.published_at = x.published_at and k.post_id = x.id and k.members;
		insert into tag_deltas
			select t.tag collate "C", -count(*) filter (where s.shelf = 0), -count(*) filter (where s.shelf = 1), -count(*) filter (where s.shelf = 2)
			from old_rows o, unnest(o.tags) t(tag), tag_shelf(o.status, o.visibility) s(shelf) group by 1;
	elsif exists (select from old_rows o full join new_rows n using (id)
			where (o.tags, o.status, o.visibility, o.published_at) is distinct from (n.tags, n.status, n.visibility, n.published_at)) then
		delete from post_tags k using (
			select t.tag, o.published_at, o.id from old_rows o, unnest(o.tags) t(tag) where tag_shelf(o.status, o.visibility) = 0
			except select t.tag, n.published_at, n.id from new_rows n, unnest(n.tags) t(tag) where tag_shelf(n.status, n.visibility) = 0) x
			where k.tag = x.tag collate "C" and k.published_at = x.published_at and k.post_id = x.id and not k.members;
		delete from post_tags k using (
			select t.tag, o.published_at, o.id from old_rows o, unnest(o.tags) t(tag) where tag_shelf(o.status, o.visibility) = 1
			except select t.tag, n.published_at, n.id from new_rows n, unnest(n.tags) t(tag) where tag_shelf(n.status, n.visibility) = 1) x
			where k.tag = x.tag collate "C" and k.published_at = x.published_at and k.post_id = x.id and k.members;
		insert into post_tags
			select t.tag, n.published_at, n.id, s.shelf = 1 from new_rows n, unnest(n.tags) t(tag), tag_shelf(n.status, n.visibility) s(shelf) where s.shelf < 2
			except select t.tag, o.published_at, o.id, s.shelf = 1 from old_rows o, unnest(o.tags) t(tag), tag_shelf(o.status, o.visibility) s(shelf) where s.shelf < 2;
		insert into tag_deltas
			select x.tag collate "C", coalesce(sum(x.n) filter (where x.shelf = 0), 0), coalesce(sum(x.n) filter (where x.shelf = 1), 0), coalesce(sum(x.n) filter (where x.shelf = 2), 0)
			from (
				select t.tag, tag_shelf(n.status, n.visibility) as shelf, 1 as n from new_rows n, unnest(n.tags) t(tag)
				union all
				select t.tag, tag_shelf(o.status, o.visibility), -1 from old_rows o, unnest(o.tags) t(tag)
			) x group by 1
			having coalesce(sum(x.n) filter (where x.shelf = 0), 0) <> 0 or coalesce(sum(x.n) filter (where x.shelf = 1), 0) <> 0 or coalesce(sum(x.n) filter (where x.shelf = 2), 0) <> 0;
	end if;
	return null;
end $$;
create trigger keep_tags_insert after insert on posts referencing new table as new_rows for each statement execute function keep_tags();
create trigger keep_tags_update after update on posts referencing old table as old_rows new table as new_rows for each statement execute function keep_tags();
create trigger keep_tags_delete after delete on posts referencing old table as old_rows for each statement execute function keep_tags();
create trigger keep_tags_truncate after truncate on posts for each statement execute function keep_tags();

-- Brings what came into the counts, and returns how many rows that were, or -1 where another one at it does not end within the
-- patience. One at a time: two could wait for each other.
create function fold_tags(most integer, patience interval) returns integer language plpgsql as $$
declare
	deltas integer;
begin
	if not exists (select from tag_deltas) then
		return 0;
	end if;
	begin
		perform set_config('lock_timeout', (extract(epoch from patience) * 1000)::integer::text, true);
		perform pg_advisory_xact_lock(hashtext('postroom tags'));
	exception when lock_not_available then
		return -1;
	end;
	with taken as (delete from tag_deltas where ctid = any(array(select ctid from tag_deltas limit most)) returning *),
		summed as (
			insert into tag_counts as c select tag, sum(open), sum(members), sum(hidden) from taken group by tag order by tag
			on conflict (tag) do update set open = c.open + excluded.open, members = c.members + excluded.members, hidden = c.hidden + excluded.hidden)
		select count(*) into deltas from taken;
	delete from tag_counts where open = 0 and members = 0 and hidden = 0;
	return deltas;
end $$;

-- Tags that editors renamed or merged: who writes or looks for one gets the other. ids are the posts of a move under way.
create table tag_aliases (
	tag text collate "C" primary key,
	into_tag text collate "C" not null,
	act_id bigint not null,
	is_active boolean not null default true,
	constraint tag_aliases_elsewhere check (tag <> into_tag)
);
create index tag_aliases_into on tag_aliases (into_tag);
create index tag_aliases_act on tag_aliases (act_id);
create table tag_moves (
	act_id bigint primary key references acts,
	ids bigint[] not null default '{}'
);
