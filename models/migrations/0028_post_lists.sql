-- concurrent
-- Behind the lists of posts: those for visitors, and those for who is signed in.
drop index concurrently if exists posts_public;
create index concurrently posts_public on posts (published_at desc, id desc) where status = 'published' and visibility = 'public';
drop index concurrently if exists posts_members;
create index concurrently posts_members on posts (published_at desc, id desc) where status = 'published' and visibility <> 'unlisted';
drop index concurrently if exists posts_user_public;
create index concurrently posts_user_public on posts (user_id, published_at desc, id desc) where status = 'published' and visibility = 'public';
drop index concurrently if exists posts_user_members;
create index concurrently posts_user_members on posts (user_id, published_at desc, id desc) where status = 'published' and visibility <> 'unlisted';
drop index concurrently if exists posts_user_unlisted;
create index concurrently posts_user_unlisted on posts (user_id, published_at desc, id desc) where status = 'published' and visibility = 'unlisted';
drop index concurrently if exists posts_scheduled;
create index concurrently posts_scheduled on posts (publish_at, id) where status = 'scheduled';
drop index concurrently if exists posts_published;
drop index concurrently if exists posts_user_published;
