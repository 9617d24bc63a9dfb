-- Tags that editors rename, or merge with others. A change that stands says what its old tag means from then on; where names went round,
-- the newest change that speaks of a name decides.
drop table tag_moves;
drop table tag_aliases;
create table tag_changes (
	id bigint generated always as identity primary key,
	tag text collate "C" not null,
	into_tag text collate "C" not null,
	merges boolean not null,
	by_id bigint,
	by_name text not null,
	at timestamptz not null default now(),
	undo_until timestamptz not null default now() + interval '30 days',
	state text not null default 'running' constraint tag_changes_state check (state in ('running', 'done', 'undoing', 'undone')),
	stands boolean not null generated always as (state in ('running', 'done')) stored,
	goal bigint not null,             -- how many posts had the tag
	posts bigint not null default 0,  -- how many were changed
	twice bigint not null default 0,  -- of these, how many had both tags
	undone_at timestamptz,
	undone_by text,
	back bigint not null default 0,   -- how many have the old tag again
	constraint tag_changes_elsewhere check (tag <> into_tag)
);
create index tag_changes_tag on tag_changes (tag, id);
create index tag_changes_into on tag_changes (into_tag, id);
create index tag_changes_open on tag_changes (id) where state in ('running', 'undoing');

-- The posts that a change moved, for its undo. had: the new tag was the post's own before. No foreign key: a post that is deleted and
-- brought back has its number again.
create table tag_moves (
	change_id bigint not null references tag_changes,
	post_id bigint not null,
	place integer not null, -- of the old tag among those of the post
	had boolean not null,
	is_back boolean not null default false,
	primary key (change_id, post_id)
);
create index tag_moves_post on tag_moves (post_id);
create index tag_moves_due on tag_moves (change_id, post_id) where not is_back;

-- What a tag means now. Each step leads to a newer change: it ends.
create function tag_now(name text) returns text language plpgsql stable as $$
declare
	newest record;
begin
	loop
		select x.into_tag into newest from (
			(select id, into_tag from tag_changes where tag = name and stands order by id desc limit 1)
			union all
			(select id, into_tag from tag_changes where into_tag = name and stands order by id desc limit 1)
		) x order by x.id desc limit 1;
		if not found or newest.into_tag = name then
			return name;
		end if;
		name := newest.into_tag;
	end loop;
end $$;

-- Tags as they are typed, with what they mean now; none twice.
create function tags_now(tags text[]) returns text[] language sql stable as $$
	select coalesce(array_agg(x.tag order by x.n), '{}') from (
		select tag_now(t.tag) as tag, min(t.n) as n from unnest(tags) with ordinality t(tag, n) group by 1) x
$$;

create trigger tell_tag_changes after insert or update of state on tag_changes for each statement execute function tell_change();

-- A post whose tag an editor renamed says what it said before: it is no revision.
drop trigger keep_revision on posts;
create trigger keep_revision before update of title, content, tags, lang on posts for each row
	when ((old.title, old.content, old.tags, old.lang) is distinct from (new.title, new.content, new.tags, new.lang)
		and (current_setting('postroom.retag', true) is distinct from 'on' or (old.title, old.content, old.lang) is distinct from (new.title, new.content, new.lang)))
	execute function keep_revision();
