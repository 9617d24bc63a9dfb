-- The log: who did what to whom, written in the transaction of what it records. No row of it is ever changed or removed; the
-- addresses stand in a table of their own, which the expiry empties. Names are written down as they were: the log outlives
-- those it speaks of.
create table audit (
	id bigint generated always as identity primary key,
	at timestamptz not null default now(),
	kind text not null,
	actor_id bigint,
	actor text not null default '',
	target_kind text not null default '',
	target_id bigint,
	target text not null default '',
	receipt bigint,
	details jsonb not null default '{}'
);
create index audit_at on audit using brin (at);
create index audit_kind on audit (kind, id);
create index audit_actor on audit (actor_id, id) where actor_id is not null;
create index audit_target on audit (target_kind, target_id, id) where target_id is not null;
create index audit_receipt on audit (receipt) where receipt is not null;
-- By which a name is found that nobody has any more.
create index audit_gone on audit (lower(target), id) where kind = 'user.delete';

create table audit_addresses (
	audit_id bigint primary key references audit,
	address inet not null,
	at timestamptz not null default now()
);
create index audit_addresses_at on audit_addresses using brin (at);
create index audit_addresses_address on audit_addresses (address, audit_id);

-- How many days addresses are kept. The owner of the schema writes it, when migrating; the role of the program reads it.
create table audit_rules (
	single boolean primary key default true constraint audit_rules_single check (single),
	address_days integer not null default 90 constraint audit_rules_days check (address_days >= 1)
);
insert into audit_rules default values;

create function keep_log() returns trigger language plpgsql as $$
begin
	if tg_table_name = 'audit_addresses' and tg_op = 'DELETE' and current_setting('postroom.expiring', true) = 'on' then
		return null;
	end if;
	raise exception 'the log is only ever added to' using errcode = 'PR004';
end $$;
create trigger keep_log before update or delete or truncate on audit for each statement execute function keep_log();
create trigger keep_addresses before update or delete or truncate on audit_addresses for each statement execute function keep_log();

-- The one way in which an address leaves. It runs as the owner of the schema, whoever calls it.
create function expire_addresses() returns bigint language plpgsql security definer as $$
declare
	gone bigint;
begin
	perform set_config('postroom.expiring', 'on', true);
	delete from audit_addresses where at < now() - make_interval(days => (select address_days from audit_rules));
	get diagnostics gone = row_count;
	perform set_config('postroom.expiring', '', true);
	return gone;
end $$;
-- Temporary tables come last: a caller could otherwise put its own in place of the site's.
do $$ begin
	execute format('alter function expire_addresses() set search_path = %I, pg_temp', current_schema());
end $$;

-- Adds a row to the log and returns its id.
create function write_log(kind text, actor_id bigint, actor text, target_kind text, target_id bigint, target text, receipt bigint, details jsonb, address text)
returns bigint language sql as $$
	with line as (
		insert into audit (kind, actor_id, actor, target_kind, target_id, target, receipt, details)
		values (kind, actor_id, coalesce(actor, ''), coalesce(target_kind, ''), target_id, coalesce(target, ''), receipt, coalesce(details, '{}'))
		returning id
	), place as (
		insert into audit_addresses (audit_id, address) select id, address::inet from line where address <> ''
	)
	select id from line
$$;
