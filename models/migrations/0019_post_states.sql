-- posts.status knows one more state; the rule has a name of its own now, made from the model.
alter table posts drop constraint if exists posts_status_known;
create index posts_saved_by on posts (saved_by_id) where saved_by_id is not null;
