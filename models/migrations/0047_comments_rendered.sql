-- A change of the renderer renders comments anew too, after the posts; as of a post nobody is told, and nothing is noted.
alter table renderings add column last_comment_id bigint not null default 0; -- the last that was looked at

drop trigger tell_comments on comments;
create trigger tell_comments after insert or delete or truncate on comments for each statement execute function tell_change();
create trigger tell_comments_update after update on comments for each statement
	when (current_setting('postroom.rendering', true) is distinct from 'on') execute function tell_change();
drop trigger tell_comment_events_update on comments;
create trigger tell_comment_events_update after update on comments referencing old table as old_rows new table as new_rows for each statement
	when (current_setting('postroom.rendering', true) is distinct from 'on') execute function tell_comment_events();
