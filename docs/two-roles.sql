-- Two roles instead of one: an owner of the schema, who migrates, and postroom_program, under which the site runs. The
-- program can read and write the rows of the site. It cannot change the schema, nor change or remove a line of the log or of the ledger.
--
--   1. As the owner:      postroom migrate
--   2. As the owner:      psql -1 -v ON_ERROR_STOP=1 -f docs/two-roles.sql
--   3. Once, by hand:     alter role postroom_program password '…'
--   4. As the program:    MIGRATE=off postroom serve
--
-- Run 1 and 2 again with each new version. It may be run any number of times.
do $$ begin
	if not exists (select from pg_roles where rolname = 'postroom_program') then
		create role postroom_program login;
	end if;
end $$;

revoke create on schema public from public;
grant usage on schema public to postroom_program;
revoke all on all tables in schema public from postroom_program;
grant select, insert, update, delete on all tables in schema public to postroom_program;
grant usage on all sequences in schema public to postroom_program;
grant execute on all functions in schema public to postroom_program;

-- The log is only ever added to. Addresses leave through expire_addresses(), which runs as the owner.
revoke update, delete on audit, audit_addresses from postroom_program;
-- So is the ledger.
revoke update, delete on transfers, entries, act_transfers, allowances from postroom_program;
revoke insert, update, delete on audit_rules, migrations from postroom_program;
