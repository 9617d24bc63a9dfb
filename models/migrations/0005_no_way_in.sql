-- A deactivated user has no way in, whoever deactivates: sessions, tokens and one-time links end, and do not come back.
create function end_access() returns trigger language plpgsql as $$
begin
	delete from sessions where user_id = new.id;
	delete from tokens where user_id = new.id;
	delete from links where user_id = new.id;
	return null;
end $$;

create trigger end_access after update of is_active on users for each row when (old.is_active and not new.is_active) execute function end_access();
