-- Open pages of a post follow what readers give for it.
create or replace function count_thanks() returns trigger language plpgsql as $$
begin
	insert into post_thanks as t (post_id, total) values (new.post_id, case new.kind when 'thanks' then new.amount else -new.amount end)
		on conflict (post_id) do update set total = t.total + excluded.total;
	perform tell('thanks', new.post_id, null);
	return null;
end $$;
