-- A post is found by each of its authors.
create or replace function post_authors_of(id bigint, owner bigint) returns bigint[] language sql stable as $$
	select array[owner] || array(select a.user_id from post_authors a where a.post_id = $1 order by 1)
$$;

create function keep_found_authors() returns trigger language plpgsql as $$
begin
	if tg_op = 'DELETE' then
		perform write_post_words(array(select distinct post_id from old_rows));
	else
		perform write_post_words(array(select distinct post_id from new_rows));
	end if;
	return null;
end $$;
create trigger keep_found_authors_insert after insert on post_authors referencing new table as new_rows for each statement execute function keep_found_authors();
create trigger keep_found_authors_delete after delete on post_authors referencing old table as old_rows for each statement execute function keep_found_authors();
