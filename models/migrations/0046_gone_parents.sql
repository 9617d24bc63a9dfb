-- Which act deleted a row, by its id: what hangs on two rows, or names a user, waits there for the one that is still gone.
create index act_images_gone on act_images (table_name, ((before ->> 'id')::bigint)) where after is null and table_name in ('users', 'posts', 'series', 'files', 'comments', 'suspensions', 'contacts', 'reports', 'post_authors', 'revisions', 'comment_hides');
