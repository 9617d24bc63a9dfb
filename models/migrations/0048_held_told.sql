-- As in 0037; but what readers do not see, editors hear of too: the audience -1. They approve what is held.
create or replace function tell_comment_events() returns trigger language plpgsql as $$
declare
	ids bigint[];
	seen boolean;
begin
	if tg_op = 'TRUNCATE' then
		perform tell('comment', null, null);
		return null;
	elsif tg_op = 'INSERT' then
		ids := array(select distinct post_id from new_rows limit 2);
		seen := exists (select from new_rows where shown);
	elsif tg_op = 'DELETE' then
		ids := array(select distinct post_id from old_rows limit 2);
		seen := exists (select from old_rows where shown);
	else
		ids := array(select distinct post_id from new_rows limit 2);
		seen := exists (select from new_rows where shown) or exists (select from old_rows where shown);
	end if;
	if cardinality(ids) > 0 then
		perform tell('comment', case when cardinality(ids) = 1 then ids[1] end, case when seen then null else -1 end);
	end if;
	return null;
end $$;
