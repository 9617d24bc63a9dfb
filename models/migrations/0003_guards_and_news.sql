-- The last admin can be neither demoted, deactivated nor removed, whoever tries. The lock makes two that go at the same
-- moment go one after the other.
create function keep_an_admin() returns trigger language plpgsql as $$
begin
	if exists (select from old_rows where role = 'admin' and is_active) then
		perform pg_advisory_xact_lock(hashtext('postroom admins'));
		if not exists (select from users where role = 'admin' and is_active) then
			raise exception 'the last admin must stay' using errcode = 'PR001';
		end if;
	end if;
	return null;
end $$;

create trigger keep_an_admin_update after update on users referencing old table as old_rows for each statement execute function keep_an_admin();
create trigger keep_an_admin_delete after delete on users referencing old table as old_rows for each statement execute function keep_an_admin();

-- What changed is told at commit, to every program that listens. Kept pages end with it.
create function tell_change() returns trigger language plpgsql as $$
begin
	perform pg_notify('postroom', tg_table_name);
	return null;
end $$;

create trigger tell_posts after insert or update or delete or truncate on posts for each statement execute function tell_change();
create trigger tell_users after insert or delete or truncate or update of username, name, is_active, about on users for each statement execute function tell_change();
