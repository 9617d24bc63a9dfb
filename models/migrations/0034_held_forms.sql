-- What somebody sent when their session had ended: it waits a day for them to sign in again.
create table held_forms (
	id uuid primary key default gen_random_uuid(),
	user_id bigint not null references users on delete cascade,
	path text not null,
	fields jsonb not null,
	created_at timestamptz not null default now()
);
create index held_forms_user on held_forms (user_id, created_at);
create index held_forms_created on held_forms (created_at);

-- Whose a session was that has ended: what its browser sends afterwards is theirs, and nobody else's who signs in there.
create table ended_sessions (
	token_hash bytea primary key,
	user_id bigint not null,
	ended_at timestamptz not null default now()
);
create index ended_sessions_at on ended_sessions (ended_at);
create function keep_ended_session() returns trigger language plpgsql as $$
begin
	insert into ended_sessions (token_hash, user_id) select token_hash, user_id from gone where user_id is not null on conflict do nothing;
	return null;
end $$;
create trigger keep_ended_session after delete on sessions referencing old table as gone for each statement execute function keep_ended_session();
