-- concurrent
-- Behind "a field of their own is" and "contains".
drop index concurrently if exists users_metadata;
create index concurrently users_metadata on users using gin (metadata jsonb_path_ops);
