
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE FUNCTION public.figure_bucket(timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    AS $_$ select date_bin('15 minutes', $1, '2000-01-01 00:00:00+00') $_$;

CREATE FUNCTION public.keep_an_admin() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	if exists (select from old_rows where role = 'admin' and is_active) then
		perform pg_advisory_xact_lock(hashtext('postroom admins'));
		if not exists (select from users where role = 'admin' and is_active) then
			raise exception 'the last admin must stay' using errcode = 'PR001';
		end if;
	end if;
	return null;
end $$;

CREATE FUNCTION public.keep_post_counts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
	touched bigint[];
begin
	if tg_op = 'TRUNCATE' then
		update users set post_count = 0, last_post_at = null where post_count <> 0 or last_post_at is not null;
		return null;
	elsif tg_op = 'INSERT' then
		select array_agg(distinct user_id) into touched from new_rows n where n.status = 'published';
	elsif tg_op = 'DELETE' then
		select array_agg(distinct user_id) into touched from old_rows o where o.status = 'published';
	else
		select array_agg(distinct x.user_id) into touched from (
			(select user_id, id, published_at from old_rows where status = 'published' except select user_id, id, published_at from new_rows where status = 'published')
			union all
			(select user_id, id, published_at from new_rows where status = 'published' except select user_id, id, published_at from old_rows where status = 'published')
		) x;
	end if;
	if touched is null then
		return null;
	end if;

	perform from users where id = any(touched) order by id for no key update;

	if tg_op = 'INSERT' then
		update users u set post_count = u.post_count + d.n, last_post_at = greatest(u.last_post_at, d.last)
		from (select user_id, count(*) as n, max(published_at) as last from new_rows where status = 'published' group by user_id) d
		where u.id = d.user_id;
	elsif tg_op = 'DELETE' then
		update users u set post_count = u.post_count - d.n,
			last_post_at = case when d.last < u.last_post_at then u.last_post_at
				else (select p.published_at from posts p where p.user_id = u.id and p.status = 'published' order by p.published_at desc, p.id desc limit 1) end
		from (select user_id, count(*) as n, max(published_at) as last from old_rows where status = 'published' group by user_id) d
		where u.id = d.user_id;
	else
		update users u set post_count = u.post_count + d.n,
			last_post_at = (select p.published_at from posts p where p.user_id = u.id and p.status = 'published' order by p.published_at desc, p.id desc limit 1)
		from (
			select t.user_id, coalesce(n.n, 0) - coalesce(o.n, 0) as n from unnest(touched) as t(user_id)
			left join (select user_id, count(*) as n from old_rows where status = 'published' group by user_id) o using (user_id)
			left join (select user_id, count(*) as n from new_rows where status = 'published' group by user_id) n using (user_id)
		) d
		where u.id = d.user_id;
	end if;
	return null;
end $$;

CREATE FUNCTION public.keep_post_figures() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	if tg_op = 'TRUNCATE' then
		delete from figure_deltas where kind in ('posts', 'drafts', 'published');
		delete from figures where kind in ('posts', 'drafts', 'published');
		return null;
	elsif tg_op = 'INSERT' then
		insert into figure_deltas
			select v.kind, '-infinity'::timestamptz, v.n
			from (select count(*) filter (where status = 'published') as posts, count(*) filter (where status = 'draft') as drafts from new_rows) s,
				lateral (values ('posts', s.posts), ('drafts', s.drafts)) v(kind, n) where v.n <> 0
			union all
			select 'published', figure_bucket(published_at), count(*) from new_rows where status = 'published' group by 2;
	elsif tg_op = 'DELETE' then
		insert into figure_deltas
			select v.kind, '-infinity'::timestamptz, -v.n
			from (select count(*) filter (where status = 'published') as posts, count(*) filter (where status = 'draft') as drafts from old_rows) s,
				lateral (values ('posts', s.posts), ('drafts', s.drafts)) v(kind, n) where v.n <> 0
			union all
			select 'published', figure_bucket(published_at), -count(*) from old_rows where status = 'published' group by 2;
	else
		insert into figure_deltas
			select v.kind, v.bucket, sum(v.n) from (
				select 'posts' as kind, '-infinity'::timestamptz as bucket, count(*) filter (where status = 'published') as n from new_rows
				union all select 'posts', '-infinity'::timestamptz, -count(*) filter (where status = 'published') from old_rows
				union all select 'drafts', '-infinity'::timestamptz, count(*) filter (where status = 'draft') from new_rows
				union all select 'drafts', '-infinity'::timestamptz, -count(*) filter (where status = 'draft') from old_rows
				union all select 'published', figure_bucket(published_at), count(*) from new_rows where status = 'published' group by 2
				union all select 'published', figure_bucket(published_at), -count(*) from old_rows where status = 'published' group by 2
			) v group by v.kind, v.bucket having sum(v.n) <> 0;
	end if;
	return null;
end $$;

CREATE FUNCTION public.keep_user_figures() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	if tg_op = 'TRUNCATE' then
		delete from figure_deltas where kind in ('users', 'inactive_users', 'ages', 'age_sum', 'sign_ups');
		delete from figures where kind in ('users', 'inactive_users', 'ages', 'age_sum', 'sign_ups');
		return null;
	elsif tg_op = 'INSERT' then
		insert into figure_deltas
			select v.kind, '-infinity'::timestamptz, v.n
			from (select count(*) as users, count(*) filter (where not is_active) as inactive, count(age) as ages, coalesce(sum(age), 0) as age_sum from new_rows) s,
				lateral (values ('users', s.users), ('inactive_users', s.inactive), ('ages', s.ages), ('age_sum', s.age_sum)) v(kind, n) where v.n <> 0
			union all
			select 'sign_ups', figure_bucket(created_at), count(*) from new_rows group by 2;
	elsif tg_op = 'DELETE' then
		insert into figure_deltas
			select v.kind, '-infinity'::timestamptz, -v.n
			from (select count(*) as users, count(*) filter (where not is_active) as inactive, count(age) as ages, coalesce(sum(age), 0) as age_sum from old_rows) s,
				lateral (values ('users', s.users), ('inactive_users', s.inactive), ('ages', s.ages), ('age_sum', s.age_sum)) v(kind, n) where v.n <> 0
			union all
			select 'sign_ups', figure_bucket(created_at), -count(*) from old_rows group by 2;
	else
		insert into figure_deltas
			select v.kind, v.bucket, sum(v.n) from (
				select 'inactive_users' as kind, '-infinity'::timestamptz as bucket, count(*) filter (where not is_active) as n from new_rows
				union all select 'inactive_users', '-infinity'::timestamptz, -count(*) filter (where not is_active) from old_rows
				union all select 'ages', '-infinity'::timestamptz, count(age) from new_rows
				union all select 'ages', '-infinity'::timestamptz, -count(age) from old_rows
				union all select 'age_sum', '-infinity'::timestamptz, coalesce(sum(age), 0) from new_rows
				union all select 'age_sum', '-infinity'::timestamptz, -coalesce(sum(age), 0) from old_rows
				union all select 'sign_ups', figure_bucket(created_at), count(*) from new_rows group by 2
				union all select 'sign_ups', figure_bucket(created_at), -count(*) from old_rows group by 2
			) v group by v.kind, v.bucket having sum(v.n) <> 0;
	end if;
	return null;
end $$;

CREATE FUNCTION public.tell_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	perform pg_notify('postroom', tg_table_name);
	return null;
end $$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.figure_deltas (
    kind text NOT NULL,
    bucket timestamp with time zone NOT NULL,
    n bigint NOT NULL
);

CREATE TABLE public.figures (
    kind text NOT NULL,
    bucket timestamp with time zone NOT NULL,
    n bigint NOT NULL
);

CREATE TABLE public.links (
    token_hash bytea NOT NULL,
    user_id bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.migrations (
    version integer NOT NULL,
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.posts (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    title character varying(100) NOT NULL,
    content text NOT NULL,
    content_html text DEFAULT ''::text NOT NULL,
    excerpt text DEFAULT ''::text NOT NULL,
    words bigint DEFAULT 0 NOT NULL,
    headings jsonb DEFAULT '[]'::jsonb NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    status character varying(10) DEFAULT 'draft'::character varying NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    published_at timestamp with time zone,
    CONSTRAINT posts_published_dated CHECK ((((status)::text <> 'published'::text) OR (published_at IS NOT NULL))),
    CONSTRAINT posts_status_known CHECK (((status)::text = ANY ((ARRAY['draft'::character varying, 'published'::character varying])::text[]))),
    CONSTRAINT posts_tags_count CHECK ((cardinality(tags) <= 10)),
    CONSTRAINT posts_title_given CHECK (((title)::text <> ''::text))
);

CREATE SEQUENCE public.posts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.posts_id_seq OWNED BY public.posts.id;

CREATE TABLE public.sessions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    token_hash bytea NOT NULL,
    user_id bigint,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    ip character varying(45) DEFAULT ''::character varying NOT NULL,
    user_agent character varying(400) DEFAULT ''::character varying NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.settings (
    name character varying(50) NOT NULL,
    value text NOT NULL
);

CREATE UNLOGGED TABLE public.throttles (
    key bytea NOT NULL,
    tries timestamp with time zone[] NOT NULL,
    refused boolean DEFAULT false NOT NULL,
    ends_at timestamp with time zone NOT NULL
);

CREATE TABLE public.tokens (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    name character varying(100) NOT NULL,
    scope character varying(10) NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    CONSTRAINT tokens_scope_known CHECK (((scope)::text = ANY ((ARRAY['read'::character varying, 'write'::character varying, 'admin'::character varying])::text[])))
);

CREATE SEQUENCE public.tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.tokens_id_seq OWNED BY public.tokens.id;

CREATE TABLE public.users (
    id bigint NOT NULL,
    username character varying(50) NOT NULL,
    name character varying(100) NOT NULL,
    email character varying(255) NOT NULL,
    password_hash character varying(100) DEFAULT ''::character varying NOT NULL,
    age integer,
    about text DEFAULT ''::text NOT NULL,
    role character varying(10) DEFAULT 'user'::character varying NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    language character varying(35) DEFAULT ''::character varying NOT NULL,
    time_zone character varying(64) DEFAULT ''::character varying NOT NULL,
    credits numeric(12,2) DEFAULT '0'::numeric NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    post_count bigint DEFAULT 0 NOT NULL,
    last_post_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_age CHECK ((age > 0)),
    CONSTRAINT users_credits CHECK ((credits >= (0)::numeric)),
    CONSTRAINT users_email_form CHECK (((email)::text ~ '^[^@[:space:]]+@[^@[:space:]]+$'::text)),
    CONSTRAINT users_metadata CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT users_name_given CHECK (((name)::text <> ''::text)),
    CONSTRAINT users_role_known CHECK (((role)::text = ANY ((ARRAY['user'::character varying, 'editor'::character varying, 'admin'::character varying])::text[]))),
    CONSTRAINT users_username_form CHECK (((username)::text ~ '^[A-Za-z0-9_-]{3,50}$'::text))
);

CREATE SEQUENCE public.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;

ALTER TABLE ONLY public.posts ALTER COLUMN id SET DEFAULT nextval('public.posts_id_seq'::regclass);

ALTER TABLE ONLY public.tokens ALTER COLUMN id SET DEFAULT nextval('public.tokens_id_seq'::regclass);

ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);

INSERT INTO public.figure_deltas VALUES ('users', '-infinity', 1);
INSERT INTO public.figure_deltas VALUES ('sign_ups', '2026-11-21 11:30:00+00', 1);
INSERT INTO public.figure_deltas VALUES ('users', '-infinity', 1);
INSERT INTO public.figure_deltas VALUES ('sign_ups', '2026-11-21 11:30:00+00', 1);
INSERT INTO public.figure_deltas VALUES ('posts', '-infinity', 1);
INSERT INTO public.figure_deltas VALUES ('published', '2026-11-21 11:30:00+00', 1);
INSERT INTO public.figure_deltas VALUES ('drafts', '-infinity', 1);
INSERT INTO public.figure_deltas VALUES ('sign_ups', '2025-05-01 10:00:00+00', 2);
INSERT INTO public.figure_deltas VALUES ('sign_ups', '2026-11-21 11:30:00+00', -2);
INSERT INTO public.figure_deltas VALUES ('published', '2025-05-02 10:00:00+00', 1);
INSERT INTO public.figure_deltas VALUES ('published', '2026-11-21 11:30:00+00', -1);

INSERT INTO public.migrations VALUES (1, 'users and posts', '2026-11-21 11:39:18.954094+00');
INSERT INTO public.migrations VALUES (2, 'kept figures', '2026-11-21 11:39:18.964892+00');
INSERT INTO public.migrations VALUES (3, 'guards and news', '2026-11-21 11:39:18.972315+00');

INSERT INTO public.posts VALUES (1, 1, 'A post', 'Some words.', '<p>Some words.</p>
', 'Some words.', 2, '[]', '{bread,salt}', 'published', '2025-05-02 10:00:00+00', '2025-05-02 10:00:00+00', '2025-05-02 10:00:00+00');
INSERT INTO public.posts VALUES (2, 1, 'A post', 'Some words.', '<p>Some words.</p>
', 'Some words.', 2, '[]', '{}', 'draft', '2025-05-02 10:00:00+00', '2025-05-02 10:00:00+00', NULL);

INSERT INTO public.users VALUES (2, 'bob', 'bob', 'bob@example.com', '', NULL, '', 'user', true, '', '', 0.00, '{}', 0, NULL, '2025-05-01 10:00:00+00', '2025-05-01 10:00:00+00');
INSERT INTO public.users VALUES (1, 'Ann', 'Ann', 'ann@example.com', '', NULL, '', 'user', true, '', '', 0.00, '{}', 1, '2025-05-02 10:00:00+00', '2025-05-01 10:00:00+00', '2025-05-01 10:00:00+00');

SELECT pg_catalog.setval('public.posts_id_seq', 2, true);

SELECT pg_catalog.setval('public.tokens_id_seq', 1, false);

SELECT pg_catalog.setval('public.users_id_seq', 2, true);

ALTER TABLE ONLY public.figures
    ADD CONSTRAINT figures_pkey PRIMARY KEY (kind, bucket);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.throttles
    ADD CONSTRAINT throttles_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX links_expires_at ON public.links USING btree (expires_at);

CREATE INDEX links_user_id ON public.links USING btree (user_id);

CREATE INDEX posts_published ON public.posts USING btree (published_at DESC, id DESC) WHERE ((status)::text = 'published'::text);

CREATE INDEX posts_user ON public.posts USING btree (user_id, updated_at DESC, id DESC);

CREATE INDEX posts_user_published ON public.posts USING btree (user_id, published_at DESC, id DESC) WHERE ((status)::text = 'published'::text);

CREATE INDEX sessions_expires_at ON public.sessions USING btree (expires_at);

CREATE UNIQUE INDEX sessions_token_hash_key ON public.sessions USING btree (token_hash);

CREATE INDEX sessions_user_id ON public.sessions USING btree (user_id);

CREATE INDEX throttles_ends_at ON public.throttles USING btree (ends_at);

CREATE UNIQUE INDEX tokens_token_hash_key ON public.tokens USING btree (token_hash);

CREATE UNIQUE INDEX tokens_user_name_key ON public.tokens USING btree (user_id, name);

CREATE INDEX users_admins ON public.users USING btree (id) WHERE ((role)::text = 'admin'::text);

CREATE INDEX users_created_at ON public.users USING btree (created_at, id);

CREATE UNIQUE INDEX users_email_key ON public.users USING btree (lower((email)::text));

CREATE INDEX users_last_post_at ON public.users USING btree (COALESCE(last_post_at, '-infinity'::timestamp with time zone), id);

CREATE INDEX users_name ON public.users USING btree (name COLLATE "und-x-icu", id);

CREATE INDEX users_post_count ON public.users USING btree (post_count, id);

CREATE UNIQUE INDEX users_username_key ON public.users USING btree (lower((username)::text));

CREATE TRIGGER keep_an_admin_delete AFTER DELETE ON public.users REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_an_admin();

CREATE TRIGGER keep_an_admin_update AFTER UPDATE ON public.users REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_an_admin();

CREATE TRIGGER keep_post_counts_delete AFTER DELETE ON public.posts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_post_counts();

CREATE TRIGGER keep_post_counts_insert AFTER INSERT ON public.posts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_post_counts();

CREATE TRIGGER keep_post_counts_truncate AFTER TRUNCATE ON public.posts FOR EACH STATEMENT EXECUTE FUNCTION public.keep_post_counts();

CREATE TRIGGER keep_post_counts_update AFTER UPDATE ON public.posts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_post_counts();

CREATE TRIGGER keep_post_figures_delete AFTER DELETE ON public.posts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_post_figures();

CREATE TRIGGER keep_post_figures_insert AFTER INSERT ON public.posts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_post_figures();

CREATE TRIGGER keep_post_figures_truncate AFTER TRUNCATE ON public.posts FOR EACH STATEMENT EXECUTE FUNCTION public.keep_post_figures();

CREATE TRIGGER keep_post_figures_update AFTER UPDATE ON public.posts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_post_figures();

CREATE TRIGGER keep_user_figures_delete AFTER DELETE ON public.users REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_user_figures();

CREATE TRIGGER keep_user_figures_insert AFTER INSERT ON public.users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_user_figures();

CREATE TRIGGER keep_user_figures_truncate AFTER TRUNCATE ON public.users FOR EACH STATEMENT EXECUTE FUNCTION public.keep_user_figures();

CREATE TRIGGER keep_user_figures_update AFTER UPDATE ON public.users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_user_figures();

CREATE TRIGGER tell_posts AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.posts FOR EACH STATEMENT EXECUTE FUNCTION public.tell_change();

CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OF username, name, is_active, about OR TRUNCATE ON public.users FOR EACH STATEMENT EXECUTE FUNCTION public.tell_change();

ALTER TABLE ONLY public.links
    ADD CONSTRAINT fk_links_user FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT fk_posts_user FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT fk_sessions_user FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT fk_tokens_user FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

