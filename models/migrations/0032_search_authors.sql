-- A post is found by each of its authors.
create function post_authors_of(id bigint, owner bigint) returns bigint[] language sql stable as $$
	select array[owner] || array(select a.user_id from post_authors a where a.post_id = $1 order by 1)
$$;

-- In plpgsql, which keeps the plan: to plan all that makes a vector takes as long as to save a post.
create or replace function write_post_words(ids bigint[]) returns void language plpgsql set gin_pending_list_limit = '128kB' set plan_cache_mode = 'force_generic_plan' as $$
begin
	if cardinality(ids) = 0 then
		return;
	end if;
	insert into post_words (post_id, published_at, members, words)
		select p.id, p.published_at, p.visibility <> 'public', search_vector(p.title, p.tags, search_body(p.content), post_authors_of(p.id, p.user_id))
		from posts p where p.id = any(ids) and p.status = 'published' and p.visibility <> 'unlisted'
		on conflict (post_id) do update set published_at = excluded.published_at, members = excluded.members, words = excluded.words, filler = excluded.filler;
	insert into spelling_notes select p.id from posts p where p.id = any(ids) and p.status = 'published' and p.visibility = 'public' limit 500;
end $$;

create function keep_found_authors() returns trigger language plpgsql as $$
begin
	if tg_op = 'DELETE' then
		perform write_post_words(array(select distinct post_id from old_rows));
	else
		perform write_post_words(array(select distinct post_id from new_rows));
	end if;
	return null;
end $$;
create trigger keep_found_authors_insert after insert on post_authors referencing new table as new_rows for each statement execute function keep_found_authors();
create trigger keep_found_authors_delete after delete on post_authors referencing old table as old_rows for each statement execute function keep_found_authors();

create or replace function read_in_posts(most integer) returns integer language plpgsql set gin_pending_list_limit = '16MB' as $$
declare
	u posts_unread;
	ids bigint[];
begin
	select * into u from posts_unread for update;
	if not found then
		return 0;
	end if;
	select array_agg(id) into ids from (select id from posts where id < u.below order by id desc limit most) x;
	if ids is null then
		delete from posts_unread;
		return 0;
	end if;
	perform from posts where id = any(ids) order by id for share;
	insert into post_words (post_id, published_at, members, words)
		select p.id, p.published_at, p.visibility <> 'public', search_vector(p.title, p.tags, search_body(p.content), post_authors_of(p.id, p.user_id))
		from posts p where p.id = any(ids) and p.status = 'published' and p.visibility <> 'unlisted' on conflict do nothing;
	insert into spelling_notes select id from unnest(ids) id where id % u.one_in = 0;
	update posts_unread set below = (select min(id) from unnest(ids) id), remaining = greatest(0, remaining - cardinality(ids));
	return cardinality(ids);
end $$;
