-- What one deleted oneself is found without reading the acts of all others.
create index acts_post_deletions on acts (by_id, id) where kind = 'delete' and target_kind = 'post' and erased_at is null;
