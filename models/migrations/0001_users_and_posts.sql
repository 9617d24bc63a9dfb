-- What struct tags cannot say of users and posts: names unique whatever their case, the indexes behind the lists, and the
-- tables that no model stands for.

create table if not exists migrations (
	version integer primary key,
	name text not null,
	applied_at timestamptz not null default now()
);

create unique index users_username_key on users (lower(username));
create unique index users_email_key on users (lower(email));
-- The lists are sorted by these expressions, with the id behind, both ways. Users without a post come before the oldest one.
create index users_created_at on users (created_at, id);
create index users_post_count on users (post_count, id);
create index users_last_post_at on users (coalesce(last_post_at, '-infinity'::timestamptz), id);
create index users_name on users (name collate "und-x-icu", id);
create index users_admins on users (id) where role = 'admin';

create index posts_published on posts (published_at desc, id desc) where status = 'published';
create index posts_user_published on posts (user_id, published_at desc, id desc) where status = 'published';
create index posts_user on posts (user_id, updated_at desc, id desc);

-- Lost in a crash, and nothing is lost with it: who was throttled may try again.
create unlogged table throttles (
	key bytea primary key,
	tries timestamptz[] not null,
	refused boolean not null default false,
	ends_at timestamptz not null
);
create index throttles_ends_at on throttles (ends_at);
