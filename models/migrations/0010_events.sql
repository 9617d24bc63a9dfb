-- What changed, as rows with ids: pages that were away ask for what they missed. An id is given when a row is written, and
-- the row is seen when its transaction commits, maybe after one with a later id. So a reader does not ask for what has a
-- later id than the last it saw, but for what its last snapshot did not see: xact, beside a snapshot, says that exactly.
-- Rows are swept away after two days.
create table events (
	id bigint generated always as identity,
	xact xid8 not null default pg_current_xact_id(),
	kind text not null,
	ref bigint,
	audience bigint, -- null: everyone who is signed in; 0: admins; else this user
	at timestamptz not null default clock_timestamp(),
	primary key (xact, id)
);
create index events_at on events using brin (at);

-- Adds an event, which listeners hear of at commit. What names no row is said once in a transaction. (In SQL alone it would be
-- planned again at every call.)
create function tell(kind text, ref bigint, audience bigint) returns void language plpgsql as $$
begin
	if $2 is not null or not exists (select from events e
			where e.xact = pg_current_xact_id() and e.kind = $1 and e.ref is null and e.audience is not distinct from $3) then
		insert into events (kind, ref, audience) values ($1, $2, $3);
		perform pg_notify('postroom_events', '');
	end if;
end $$;

-- A statement makes one event at most, however many rows it touches; the event names the row where there is one only.
-- Everyone hears of what is published, admins of drafts too.
create function tell_post_events() returns trigger language plpgsql as $$
declare
	ids bigint[];
	shown boolean;
begin
	if tg_op = 'TRUNCATE' then
		perform tell('post', null, null);
		return null;
	elsif tg_op = 'INSERT' then
		ids := array(select id from new_rows limit 2);
		shown := exists (select from new_rows where status = 'published');
	elsif tg_op = 'DELETE' then
		ids := array(select id from old_rows limit 2);
		shown := exists (select from old_rows where status = 'published');
	else
		ids := array(select id from new_rows limit 2);
		shown := exists (select from new_rows where status = 'published') or exists (select from old_rows where status = 'published');
	end if;
	if cardinality(ids) > 0 then
		perform tell('post', case when cardinality(ids) = 1 then ids[1] end, case when shown then null else 0 end);
	end if;
	return null;
end $$;
create trigger tell_post_events_insert after insert on posts referencing new table as new_rows for each statement execute function tell_post_events();
create trigger tell_post_events_update after update on posts referencing old table as old_rows new table as new_rows for each statement execute function tell_post_events();
create trigger tell_post_events_delete after delete on posts referencing old table as old_rows for each statement execute function tell_post_events();
create trigger tell_post_events_truncate after truncate on posts for each statement execute function tell_post_events();

-- For admins: users who come and go, and lines of the log.
create function tell_admins() returns trigger language plpgsql as $$
declare
	ids bigint[];
begin
	ids := array(select id from rows limit 2);
	if cardinality(ids) > 0 then
		perform tell(tg_argv[0], case when cardinality(ids) = 1 then ids[1] end, 0);
	end if;
	return null;
end $$;
create trigger tell_user_events_insert after insert on users referencing new table as rows for each statement execute function tell_admins('user');
create trigger tell_user_events_delete after delete on users referencing old table as rows for each statement execute function tell_admins('user');
create trigger tell_audit_events after insert on audit referencing new table as rows for each statement execute function tell_admins('audit');

-- A change of a user. What a page visit or a post changes of its user by itself is left out: a trigger for some columns only
-- sees no rows, and so names none.
create function tell_user_change() returns trigger language plpgsql as $$
begin
	perform tell('user', null, 0);
	return null;
end $$;
create trigger tell_user_events_update after update of username, name, email, role, is_active, age, metadata, suspended_until, contacted_at on users
	for each statement execute function tell_user_change();
create trigger tell_user_events_truncate after truncate on users for each statement execute function tell_user_change();

-- Sessions that end are told, so that their open pages end with them.
create function tell_session_events() returns trigger language plpgsql as $$
declare
	ids bigint[];
begin
	ids := array(select distinct user_id from old_rows where user_id is not null limit 2);
	if cardinality(ids) > 0 then
		perform tell('session', null, case when cardinality(ids) = 1 then ids[1] else 0 end);
	end if;
	return null;
end $$;
create trigger tell_session_events after delete on sessions referencing old table as old_rows for each statement execute function tell_session_events();
