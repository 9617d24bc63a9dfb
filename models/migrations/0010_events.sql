-- What changed, as rows with ids: pages that were away ask for what they missed. An id is given when a row is written, and
-- seen when its transaction commits, maybe after a later one: xact tells which rows could still have been hidden.
create table events (
	id bigint generated always as identity primary key,
	xact xid8 not null default pg_current_xact_id(),
	kind text not null,
	ref bigint,
	audience bigint, -- null: everyone who is signed in; 0: admins; else this user
	at timestamptz not null default now()
);
create index events_xact on events (xact, id);
create index events_at on events using brin (at);

-- Adds an event, which listeners hear of at commit.
create function tell(kind text, ref bigint, audience bigint) returns void language sql as $$
	insert into events (kind, ref, audience) values (kind, ref, audience);
	select pg_notify('postroom_events', '');
$$;
