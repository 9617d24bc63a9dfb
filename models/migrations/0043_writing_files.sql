-- The files that go with a post of an archive: they are there already, in no post yet, and join it when it is made. paths are those of the archive.
alter table writing_files add file_ids bigint[] not null default '{}', add file_paths text[] not null default '{}', add mentions bigint[] not null default '{}';
