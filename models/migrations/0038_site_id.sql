-- What the site is called in the names of its posts and events, which readers' programs remember: they stay the same wherever the site
-- moves.
insert into settings (name, value) values ('site_id', gen_random_uuid()) on conflict do nothing;
