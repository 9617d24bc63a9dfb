-- Transfers, several times as many a second: each step was measured alone, beside pgbench (bench/README.md). The rules are those of
-- 0016.

-- A column that each transfer changes carries no index: with one, PostgreSQL writes a new entry into every index of users. With
-- room in its page a row stays where it is. The list of users by credits reads them all.
drop index users_credits;
alter table users set (fillfactor = 85);

-- The account of a user, who is locked; of null, that of the house.
create function account_of(who bigint) returns bigint language plpgsql as $$
declare
	account bigint;
begin
	if who is null then
		select a.id into account from accounts a where a.house;
		return account;
	end if;
	select a.id into account from accounts a where a.user_id = who;
	if not found then
		insert into accounts (user_id) values (who) returning id into account;
	end if;
	return account;
end $$;

-- As in 0016, with each side's row read and written once, and the plans of all statements kept.
create or replace function move_credits(kind text, from_user bigint, to_user bigint, amount numeric, note text, post bigint, actor bigint, key text, digest bytea, reverses uuid,
	out transfer uuid, out replayed boolean, out moved numeric, out moved_at timestamptz, out to_name text) language plpgsql as $$
declare
	u record;
	earlier record;
	anyone boolean := kind in ('reversal', 'refund'); -- what is put right is put right for who is deactivated too
	may boolean := actor is null;
	gives boolean := from_user is null;
	takes boolean := to_user is null;
	from_credits numeric;
	to_credits numeric;
	from_account bigint;
	to_account bigint;
begin
	for u in select p.id, p.username, p.role, p.is_active, p.suspended_until, p.credits from users p where p.id in (from_user, to_user, actor) order by p.id for no key update loop
		if u.id = from_user then
			gives := u.is_active or anyone;
			from_credits := u.credits;
		end if;
		if u.id = to_user then
			takes := u.is_active or anyone;
			to_credits := u.credits;
			to_name := u.username;
		end if;
		if u.id = actor then
			may := u.is_active and coalesce(u.suspended_until <= clock_timestamp(), true) and (u.role = 'admin' or kind not in ('grant', 'reversal'));
		end if;
	end loop;
	if key is not null then
		select t.id, t.digest, t.amount, t.at into earlier from transfers t where t.actor_id = move_credits.actor and t.key = move_credits.key;
		if found then
			if earlier.digest <> move_credits.digest then
				raise exception 'the key was used for something else' using errcode = 'PR012';
			end if;
			transfer := earlier.id;
			replayed := true;
			moved := earlier.amount;
			moved_at := earlier.at;
			return;
		end if;
	end if;
	replayed := false;
	moved := amount;
	if not may then -- and this says why
		perform may_write(actor, '{}', case when kind in ('grant', 'reversal') then 'admin' else '' end);
	end if;
	if post is not null and kind = 'thanks' then
		perform from posts p where p.id = post and p.user_id = to_user and p.status = 'published';
		if not found then
			raise exception 'not a post of the receiver' using errcode = 'PR015';
		end if;
	end if;
	if not gives or from_credits < amount then
		raise exception 'insufficient credits or user not found' using errcode = 'PR010';
	elsif to_credits > 9999999999.99 - amount then
		raise exception 'more than an account can hold' using errcode = 'PR016';
	elsif not takes or to_user is not distinct from from_user then
		raise exception 'target user not found' using errcode = 'PR011';
	end if;
	update users p set credits = p.credits + case p.id when to_user then move_credits.amount else -move_credits.amount end where p.id in (from_user, to_user);
	from_credits := from_credits - amount;
	to_credits := to_credits + amount;
	from_account := account_of(from_user);
	to_account := account_of(to_user);
	-- Of an account the time never goes back, whatever the clock does.
	select greatest(clock_timestamp(),
		(select e.at from entries e where e.account_id = from_account and from_user is not null order by e.at desc, e.id desc limit 1),
		(select e.at from entries e where e.account_id = to_account and to_user is not null order by e.at desc, e.id desc limit 1)) into moved_at;
	transfer := gen_random_uuid();
	insert into transfers (id, kind, amount, note, post_id, actor_id, key, digest, reverses, at)
		values (transfer, move_credits.kind, move_credits.amount, move_credits.note, post, actor, move_credits.key, move_credits.digest, move_credits.reverses, moved_at);
	insert into entries (transfer_id, account_id, amount, balance, at)
		values (transfer, from_account, -amount, from_credits, moved_at), (transfer, to_account, amount, to_credits, moved_at);
	-- Their open pages show it.
	if to_user is not null then
		perform tell('credits', to_user, to_user);
	end if;
	if from_user is not null and kind = 'reversal' then
		perform tell('credits', from_user, from_user);
	end if;
end $$;

-- As in 0008; in SQL alone it was planned again at every call.
create or replace function write_log(kind text, actor_id bigint, actor text, target_kind text, target_id bigint, target text, receipt bigint, details jsonb, address text)
returns bigint language plpgsql as $$
declare
	line bigint;
begin
	insert into audit (kind, actor_id, actor, target_kind, target_id, target, receipt, details)
		values ($1, $2, coalesce($3, ''), coalesce($4, ''), $5, coalesce($6, ''), $7, coalesce($8, '{}')) returning id into line;
	if $9 <> '' then
		insert into audit_addresses (audit_id, address) values (line, $9::inet);
	end if;
	return line;
end $$;

-- As in 0010, but for who says postroom.quiet: a commit that notifies waits for every other that does, until it is on the disk. Who is
-- quiet notifies after the commit. Listeners also look by themselves now and then, should that not come.
create or replace function tell(kind text, ref bigint, audience bigint) returns void language plpgsql as $$
begin
	if $2 is null then
		perform from events e where e.xact = pg_current_xact_id() and e.kind = $1 and e.ref is null and e.audience is not distinct from $3;
		if found then
			return;
		end if;
	end if;
	insert into events (kind, ref, audience) values ($1, $2, $3);
	if coalesce(current_setting('postroom.quiet', true), '') <> 'on' then
		perform pg_notify('postroom_events', '');
	end if;
end $$;

-- Moves credits and writes the line of the log: all of a transaction in one call. It is quiet: the caller notifies after the commit.
create function give_credits(kind text, from_user bigint, to_user bigint, amount numeric, note text, post bigint, actor bigint, key text, digest bytea,
	line text, actor_name text, details jsonb, address text,
	out transfer uuid, out replayed boolean, out moved numeric, out moved_at timestamptz, out to_name text) language plpgsql as $$
begin
	perform set_config('postroom.quiet', 'on', true);
	select m.* into transfer, replayed, moved, moved_at, to_name from move_credits(kind, from_user, to_user, amount, note, post, actor, key, digest, null) m;
	if not replayed then
		perform write_log(line, actor, actor_name, 'user', to_user, to_name, null, details || jsonb_build_object('transfer', transfer), address);
	end if;
end $$;

-- What 0016 proves at commit, with one statement each.
create or replace function prove_credits() returns trigger language plpgsql as $$
begin
	perform from users u where u.id = new.id and u.credits <> coalesce((
		select e.balance from entries e where e.account_id = (select id from accounts where user_id = new.id) order by e.at desc, e.id desc limit 1), 0);
	if found then
		raise exception 'the credits of user % are not those of the ledger', new.id using errcode = 'PR013';
	end if;
	return null;
end $$;

-- The entries of a transfer sum to zero; each follows from the one before of its account; and what the account's user has is the
-- balance after the last.
create or replace function prove_entry() returns trigger language plpgsql as $$
declare
	a record;
begin
	perform from entries where transfer_id = new.transfer_id having count(*) < 2 or sum(amount) <> 0;
	if found then
		raise exception 'transfer % is not balanced', new.transfer_id using errcode = 'PR013';
	end if;
	select c.house, c.user_id, u.credits, last.balance, (select e.balance from entries e where e.account_id = new.account_id and (e.at, e.id) < (new.at, new.id) order by e.at desc, e.id desc limit 1) as before
		into a
		from accounts c left join users u on u.id = c.user_id
			left join lateral (select e.balance from entries e where e.account_id = c.id and u.id is not null order by e.at desc, e.id desc limit 1) last on true
		where c.id = new.account_id;
	if a.house then
		if new.balance is not null then
			raise exception 'the house keeps no balance' using errcode = 'PR013';
		end if;
	elsif new.balance is distinct from coalesce(a.before, 0) + new.amount then
		raise exception 'an entry of account % does not follow from the one before', new.account_id using errcode = 'PR013';
	elsif a.credits <> a.balance then
		raise exception 'the credits of user % are not those of the ledger', a.user_id using errcode = 'PR013';
	end if;
	return null;
end $$;
drop trigger balance_entry on entries;
-- Its entries are there; each of them proves that they sum to zero.
create or replace function balance_transfer() returns trigger language plpgsql as $$
begin
	perform from entries where transfer_id = new.id;
	if not found then
		raise exception 'transfer % is not balanced', new.id using errcode = 'PR013';
	end if;
	return null;
end $$;

-- As in 0002; but most changes of users change none of the figures.
create or replace function keep_user_figures() returns trigger language plpgsql as $$
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
	elsif exists (select is_active, age, created_at from new_rows except all select is_active, age, created_at from old_rows) then
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
