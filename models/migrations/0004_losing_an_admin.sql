-- The guard of the last admin acts only where an admin is lost, so that admins who publish do not wait for each other, and
-- holds for a writer in REPEATABLE READ as well, which cannot see the admin that another has just lost: it locks one that
-- it sees, and is refused where that one has changed meanwhile.
create or replace function keep_an_admin() returns trigger language plpgsql as $$
declare
	lost boolean;
begin
	if tg_op = 'UPDATE' then
		select exists (select from old_rows o where o.role = 'admin' and o.is_active
			and not exists (select from new_rows n where n.id = o.id and n.role = 'admin' and n.is_active)) into lost;
	else
		select exists (select from old_rows where role = 'admin' and is_active) into lost;
	end if;
	if not lost then
		return null;
	end if;
	perform pg_advisory_xact_lock(hashtext('postroom admins'));
	if current_setting('transaction_isolation') = 'read committed' then
		perform from users where role = 'admin' and is_active limit 1;
	else
		perform from users where role = 'admin' and is_active limit 1 for no key update;
	end if;
	if not found then
		raise exception 'the last admin must stay' using errcode = 'PR001';
	end if;
	return null;
end $$;

drop trigger keep_an_admin_update on users;
create trigger keep_an_admin_update after update on users referencing old table as old_rows new table as new_rows for each statement execute function keep_an_admin();
