-- What binds the posts of an archive to others: the series they stand in, and whom they were written with, as the files say it; and whether they take comments.
-- What becomes of that (joins, author_ids, tie_notes) is planned with the posts.
alter table writing_files
	add comments_closed boolean not null default false,
	add series text not null default '',               -- its title
	add series_twin integer not null default 1,        -- of the series of this title the first, the second, …
	add part integer,                                  -- its place there; null: after the others
	add series_description text not null default '',
	add series_closed boolean not null default false,
	add authors text[] not null default '{}',          -- user names
	add joins boolean not null default false,          -- the post joins the series
	add author_ids bigint[] not null default '{}',
	add tie_notes jsonb not null default '[]';         -- sentences with their values, as notes has them
