-- What goes round, month by month: kept from the transfers, whoever makes them.

-- The time zone of the site, in which its months begin. Where it changes all is counted anew.
create table circulation_zone (zone text not null);
insert into circulation_zone values ('UTC');

-- What each transfer is to the circulation. series is granted, allowance, thanks, spent (orders without refunds) or gone (what users left to the
-- house by going, without what came back); a reversal takes from what it reverses. giver and receiver are the accounts of thanks.
create view circulated as
	select t.id, date_trunc('month', t.at at time zone (select zone from circulation_zone))::date as month,
		case when s.gone then 'gone' else case coalesce(o.kind, t.kind) when 'grant' then 'granted' when 'order' then 'spent' when 'refund' then 'spent'
			when 'closing' then 'gone' when 'reopening' then 'gone' else coalesce(o.kind, t.kind) end end as series,
		case when not s.gone and t.kind in ('reversal', 'refund', 'reopening') then -t.amount else t.amount end as amount,
		case when not s.gone and coalesce(o.kind, t.kind) = 'thanks' then coalesce(g.account_id, f.account_id) end as giver,
		case when not s.gone and coalesce(o.kind, t.kind) = 'thanks' then case when t.kind = 'reversal' then f.account_id else r.account_id end end as receiver
	from transfers t
	join entries f on f.transfer_id = t.id and f.amount < 0
	join entries r on r.transfer_id = t.id and r.amount > 0
	left join transfers o on o.id = t.reverses and t.kind = 'reversal'
	left join entries g on g.transfer_id = o.id and g.amount < 0
	-- Thanks from somebody who is gone come back to the house: that is a row more.
	join (values (false), (true)) s(gone) on not s.gone or o.kind = 'thanks' and r.account_id = (select id from accounts where house);

-- The transfers that are not in the sums yet. Writers only note them here, so that it costs them next to nothing and none waits for another;
-- who looks brings the sums up to date.
create table circulation_news (transfer_id uuid not null);

-- What is being brought in, by one at a time. It is empty whenever nobody does.
create unlogged table circulation_deltas (
	month date not null,
	series text not null,
	amount numeric(14,2) not null,
	giver bigint,
	receiver bigint
);

create table circulation_months (
	month date not null,
	series text not null,
	amount numeric(16,2) not null,
	primary key (month, series)
);

-- month '-infinity' is all time.
create table circulation_accounts (
	month date not null,
	account_id bigint not null,
	given numeric(16,2) not null default 0,
	received numeric(16,2) not null default 0,
	primary key (month, account_id)
);
create index circulation_given on circulation_accounts (month, given desc, account_id) where given > 0;
create index circulation_received on circulation_accounts (month, received desc, account_id) where received > 0;

create function keep_circulation() returns trigger language plpgsql as $$
begin
	insert into circulation_news (transfer_id) values (new.id);
	return null;
end $$;
create trigger keep_circulation after insert on transfers for each row execute function keep_circulation();

create function sum_circulation() returns void language sql as $$
	with gone as (delete from circulation_deltas returning *),
	months as (
		insert into circulation_months as m (month, series, amount) select month, series, sum(amount) from gone group by month, series
		on conflict (month, series) do update set amount = m.amount + excluded.amount
	),
	accounts as materialized (
		select month, account_id, sum(given) as given, sum(received) as received from (
			select month, giver as account_id, sum(amount) as given, 0 as received from gone where giver is not null group by month, giver
			union all select month, receiver, 0, sum(amount) from gone where receiver is not null group by month, receiver) x group by month, account_id
	)
	insert into circulation_accounts as a (month, account_id, given, received)
		select * from accounts union all select '-infinity', account_id, sum(given), sum(received) from accounts group by account_id
	on conflict (month, account_id) do update set given = a.given + excluded.given, received = a.received + excluded.received;
$$;

-- Brings the sums up to date. Who comes second waits, and has less to do.
create function fold_circulation() returns void language plpgsql as $$
declare
	ids uuid[];
begin
	perform pg_advisory_xact_lock(hashtext('postroom circulation'));
	with gone as (delete from circulation_news returning transfer_id) select array_agg(transfer_id) into ids from gone;
	if ids is not null then
		insert into circulation_deltas select month, series, amount, giver, receiver from circulated where id = any(ids);
		perform sum_circulation();
	end if;
end $$;

-- Counts all of it anew in another zone. Writers of the ledger wait meanwhile. It runs as the owner of the schema, who alone may lock
-- the ledger.
create function recount_circulation(another text) returns void language plpgsql security definer as $$
begin
	lock table transfers in share row exclusive mode;
	perform pg_advisory_xact_lock(hashtext('postroom circulation'));
	if exists (select from circulation_zone where zone = another) then
		return; -- somebody else was faster
	end if;
	update circulation_zone set zone = another;
	delete from circulation_news;
	delete from circulation_months;
	delete from circulation_accounts;
	insert into circulation_deltas select month, series, amount, giver, receiver from circulated;
	perform sum_circulation();
end $$;
do $$ begin
	execute format('alter function recount_circulation(text) set search_path = %I, pg_temp', current_schema());
end $$;

insert into circulation_deltas select month, series, amount, giver, receiver from circulated;
select sum_circulation();
