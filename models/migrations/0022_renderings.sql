-- Which renderer has been over the posts that are there, and how far it is. New databases have nothing to be rendered anew.
create table renderings (
	renderer integer primary key,
	last_id bigint not null default 0, -- of the last post that was looked at
	ended_at timestamptz
);
insert into renderings (renderer, ended_at) select 2, now() where not exists (select from posts);

-- A post that is rendered anew says what it said before: nobody is told, and nothing is noted.
drop trigger tell_posts on posts;
create trigger tell_posts after insert or delete or truncate on posts for each statement execute function tell_change();
create trigger tell_posts_update after update on posts for each statement
	when (current_setting('postroom.rendering', true) is distinct from 'on') execute function tell_change();
drop trigger tell_post_events_update on posts;
create trigger tell_post_events_update after update on posts referencing old table as old_rows new table as new_rows for each statement
	when (current_setting('postroom.rendering', true) is distinct from 'on') execute function tell_post_events();
drop trigger note_post_changes_update on posts;
create trigger note_post_changes_update after update on posts referencing new table as new_rows for each statement
	when (current_setting('postroom.rendering', true) is distinct from 'on') execute function note_post_changes();
