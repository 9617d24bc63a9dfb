-- Search: the words of each post in a table beside posts, so that who renames an author rewrites none of them.


-- Words are known by their stem, Latin ones by the English rules and others by the Russian ones, wherever they stand: who looks for
-- a word does not say in what language. No word is left out as too common: it may be half of a phrase.
create text search dictionary postroom_latin (template = snowball, language = english);
create text search dictionary postroom_other (template = snowball, language = russian);
create text search configuration postroom (copy = pg_catalog.simple);
alter text search configuration postroom alter mapping for asciiword with postroom_latin;
alter text search configuration postroom alter mapping for word with postroom_other;

-- A text without accents and signs: small letters and digits, blanks between. What is looked for goes the same way. The extension
-- unaccent is not everywhere, and in a database of the locale C PostgreSQL takes every sign beyond ASCII for a letter. Characters that
-- are written without blanks, as the Japanese, stand alone: what is looked for is a phrase of them then.
create function search_text(t text) returns text language plpgsql immutable strict parallel safe as $$
begin
	if octet_length(t) = length(t) then
		return regexp_replace(t, '[^0-9A-Za-z]+', ' ', 'g');
	end if;
	t := replace(normalize(lower(t collate "und-x-icu"), nfkd), E'и\u0306', 'й'); -- a letter of its own, which the stems need
	t := normalize(regexp_replace(t, '[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670\u200b-\u200f]+', '', 'g'), nfc);
	if t ~ '[ßæœøłđħıðþ]' then
		t := replace(replace(replace(replace(translate(t, 'øłđħıð', 'oldhid'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
	end if;
	t := regexp_replace(t, '([\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])', ' \1 ', 'g');
	return regexp_replace(t, '[^0-9a-z\u00df-\u00f6\u00f8-\u0588\u05d0-\u060b\u0620-\u0669\u066e-\u06d3\u06d5-\u0963\u0966-\u0dff\u0e00-\u1fff\u2c00-\u2dff'
		'\u3005-\u3007\u3041-\ud7ff\uf900-\ufdff\ufe70-\ufefe\uff66-\uffdc\U00010000-\U0001efff\U00020000-\U0003ffff]+', ' ', 'g');
end $$;

-- The words of a text in Markdown, without the addresses of its links. The bounds keep the words below the megabyte that a tsvector
-- may have; no text that the site takes is longer.
create function search_body(content text) returns tsvector language sql immutable parallel safe as $$
	select to_tsvector('postroom', left(search_text(left(regexp_replace(content, '\]\([^)\s]*', '](', 'g'), 410000)), 350000))
$$;

-- All that a post is found by. Besides the words there are marks, which no text can contain: "=" a word of the title, "+" one of the
-- tags, "~" one that the text comes back to, "#" a whole tag, "@" the id of an author. So one index knows which matches are better
-- and answers the filters, and no row has to be read for that.
create function search_vector(title text, tags text[], body tsvector, authors bigint[]) returns tsvector language sql immutable parallel safe as $$
	select t.words || g.words || body || array_to_tsvector(array(
		select '=' || l from unnest(tsvector_to_array(t.words)) l
		union all select '+' || l from unnest(tsvector_to_array(g.words)) l
		union all select '#' || l from unnest(tags) l where l <> ''
		union all select '@' || a from unnest(authors) a
		union all (select '~' || b.lexeme from unnest(body) b where cardinality(b.positions) > 2 and ts_lexize('english_stem', b.lexeme) <> '{}'
			and ts_lexize('russian_stem', b.lexeme) <> '{}' order by cardinality(b.positions) desc, b.lexeme collate "C" limit 8)))
	from (select to_tsvector('postroom', search_text(title)) as words) t, (select to_tsvector('postroom', search_text(array_to_string(tags, ' '))) as words) g
$$;

-- A row for each post that stands in lists, for visitors or for members. The filler makes the row so long that PostgreSQL puts the
-- words into the table beside it, and shrinks to nothing then: ten thousand matches are as many narrow rows, which are soon read.
create table post_words (
	post_id bigint primary key,
	published_at timestamptz not null,
	members boolean not null,
	words tsvector not null,
	filler text not null default repeat(' ', 2100)
) with (toast_tuple_target = 128);
create index post_words_words on post_words using gin (words);
create index post_words_published on post_words (published_at desc, post_id desc);
alter table post_words alter column words set statistics 200;

-- How the words of public posts are spelt, for who mistypes one: a sample, kept by a job. A spelling is only ever suggested after a look
-- whether the reader would find a post by it.
create table spellings (
	word text collate "C" primary key,
	posts integer not null
);
create table spelling_parts (
	part text collate "C" not null,
	word text collate "C" not null,
	primary key (part, word)
);
create table spelling_notes (post_id bigint not null);

-- Takes in the words of some posts that were noted, and returns how many notes that were; -1 where somebody else is at it.
create function take_in_spellings(most integer) returns integer language plpgsql as $$
declare
	ids bigint[];
	notes integer;
begin
	if not pg_try_advisory_xact_lock(hashtext('postroom spellings')) then
		return -1;
	end if;
	with taken as (delete from spelling_notes where ctid = any(array(select ctid from spelling_notes limit most)) returning post_id)
		select array_agg(distinct post_id), count(*) into ids, notes from taken;
	if notes = 0 then
		return 0;
	end if;
	with known as (
		insert into spellings as s
			select w, count(*) from posts p, lateral (select distinct lower(w collate "C") as w
				from unnest(string_to_array(search_text(p.title || ' ' || array_to_string(p.tags, ' ') || ' ' || left(p.content, 20000)), ' ')) w) x
			where p.id = any(ids) and p.status = 'published' and p.visibility = 'public' and length(w) between 3 and 30 and w !~ '[0-9]'
			group by w order by w
			on conflict (word) do update set posts = s.posts + excluded.posts returning word, xmax = 0 as new
	)
	insert into spelling_parts select distinct substr('  ' || word || ' ', i, 3), word from known, generate_series(1, length(word) + 1) i where new
		on conflict do nothing;
	return notes;
end $$;

-- Who wrote the post, each of whom it is found by.
create function post_authors_of(id bigint, owner bigint) returns bigint[] language sql stable as $$ select array[owner] $$;

-- Writes the rows of these posts as they are now. Few words wait to be sorted into the index: each search would read them all. In
-- plpgsql, with a plan that is kept: to plan all that makes a vector takes longer than to save a post.
create function write_post_words(ids bigint[]) returns void language plpgsql set gin_pending_list_limit = '128kB' set plan_cache_mode = 'force_generic_plan' as $$
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

-- A load may write the rows itself, and then says so by the setting. Which posts an update concerns is found out by a statement that
-- is planned each time: see 0011.
create function keep_post_words() returns trigger language plpgsql as $$
declare
	gone bigint[];
	moved bigint[];
	rewritten bigint[];
begin
	if tg_op = 'TRUNCATE' then
		truncate post_words, spellings, spelling_parts, spelling_notes;
	elsif tg_op = 'INSERT' then
		if current_setting('postroom.words', true) is distinct from 'given' then
			select array_agg(id) into rewritten from new_rows where status = 'published' and visibility <> 'unlisted';
		end if;
	elsif tg_op = 'DELETE' then
		select array_agg(id) into gone from old_rows;
	else
		execute $q$
			select array_agg(coalesce(n.id, o.id)) filter (where n.id is null or not n.listed and o.listed),
				array_agg(n.id) filter (where n.listed and (o.id is null or not o.listed or (n.user_id, n.title, n.tags, n.content) is distinct from (o.user_id, o.title, o.tags, o.content))),
				array_agg(n.id) filter (where n.listed and o.listed and (n.published_at, n.visibility) is distinct from (o.published_at, o.visibility))
			from (select *, status = 'published' and visibility <> 'unlisted' as listed from old_rows) o
			full join (select *, status = 'published' and visibility <> 'unlisted' as listed from new_rows) n using (id)
		$q$ into gone, rewritten, moved;
	end if;
	if gone is not null then
		delete from post_words where post_id = any(gone);
	end if;
	if moved is not null then
		update post_words w set published_at = p.published_at, members = p.visibility <> 'public' from posts p where p.id = w.post_id and w.post_id = any(moved);
	end if;
	if rewritten is not null then
		perform write_post_words(rewritten);
	end if;
	return null;
end $$;
create trigger keep_post_words_insert after insert on posts referencing new table as new_rows for each statement execute function keep_post_words();
create trigger keep_post_words_update after update on posts referencing old table as old_rows new table as new_rows for each statement execute function keep_post_words();
create trigger keep_post_words_delete after delete on posts referencing old table as old_rows for each statement execute function keep_post_words();
create trigger keep_post_words_truncate after truncate on posts for each statement execute function keep_post_words();

-- The posts that are there already are read in by a job, the newest first: those with a smaller id than this are not yet. Of very
-- many, one in so many is noted for its spellings.
create table posts_unread (
	below bigint not null,
	remaining bigint not null,
	one_in bigint not null
);
insert into posts_unread select max(id) + 1, count(*), greatest(1, count(*) / 20000) from posts having count(*) > 0;

-- Reads in some of them and returns how many. Nobody changes these posts meanwhile: what was read cannot be older than what is kept.
create function read_in_posts(most integer) returns integer language plpgsql set gin_pending_list_limit = '16MB' as $$
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
