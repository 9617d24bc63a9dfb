package models_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"postroom/models"
	"postroom/models/modelstest"
)

// refused runs a statement that the database itself must refuse, and returns the SQLSTATE and the constraint.
func refused(t *testing.T, conn *pgx.Conn, sql string, args ...any) (state, constraint string, err error) {
	t.Helper()
	_, err = conn.Exec(modelstest.Context(t), sql, args...)
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		t.Errorf("%s %q: the database takes it (%v)", sql, args, err)
		return "", "", err
	}
	return pg.Code, pg.ConstraintName, err
}

func TestTheDatabaseItselfRefusesWhatBreaksTheRules(t *testing.T) {
	_, conn := behind(t)
	run(t, conn, `insert into users (username, name, email) values ('ann', 'Ann', 'ann@example.com'), ('bob', 'Bob', 'bob@example.com')`)
	run(t, conn, `insert into posts (user_id, title, content) values (1, 'T', 'c')`)
	run(t, conn, `insert into tokens (user_id, name, scope, token_hash) values (1, 'n', 'read', 'a')`)
	user, post := `insert into users (username, name, email) values ($1, 'N', md5(random()::text) || '@x')`, `insert into posts (user_id, title, content, status) values (1, $1, 'c', 'draft')`
	for _, try := range []struct {
		state, constraint, sql string
		args                   []any
	}{
		{"23514", "users_username_form", user, []any{"ab"}},
		{"23514", "users_username_form", user, []any{"a b c"}},
		{"23514", "users_username_form", user, []any{"ann\n"}},
		{"23514", "users_username_form", user, []any{"анна"}},
		{"23514", "users_username_form", user, []any{"ann@x"}},
		{"22001", "", user, []any{strings.Repeat("a", 51)}},
		{"23505", "users_username_key", user, []any{"ANN"}},
		{"23502", "", user, []any{nil}},
		{"23505", "users_email_key", `insert into users (username, name, email) values ('eve', 'E', 'ANN@Example.com')`, nil},
		{"23514", "users_email_form", `update users set email = 'ann'`, nil},
		{"23514", "users_email_form", `update users set email = 'a n@x' where id = 1`, nil},
		{"23514", "users_email_form", `update users set email = 'a@b@c' where id = 1`, nil},
		{"23514", "users_email_form", `update users set email = ''`, nil},
		{"22001", "", `update users set email = repeat('a', 250) || '@example.com' where id = 1`, nil},
		{"23514", "users_name_given", `update users set name = ''`, nil},
		{"22001", "", `update users set name = repeat('n', 101)`, nil},
		{"23514", "users_age", `update users set age = 0`, nil},
		{"23514", "users_age", `update users set age = -1`, nil},
		{"23514", "users_role_known", `update users set role = 'root'`, nil},
		{"23514", "users_metadata", `update users set metadata = '[]'`, nil},
		{"23514", "users_metadata", `update users set metadata = '"x"'`, nil},
		{"23514", "users_metadata", `update users set metadata = 'null'`, nil},
		{"22P02", "", `update users set metadata = '{'`, nil},
		{"23514", "users_credits", `update users set credits = -0.01`, nil},
		{"22003", "", `update users set credits = 10000000000`, nil},
		{"23502", "", `update users set password_hash = null`, nil},
		{"23502", "", `update users set is_active = null`, nil},
		{"23514", "posts_title_given", post, []any{""}},
		{"22001", "", post, []any{strings.Repeat("t", 101)}},
		{"23514", "posts_status_one_of", `update posts set status = 'gone'`, nil},
		{"23514", "posts_published_dated", `update posts set status = 'published'`, nil},
		{"23514", "posts_tags_count", `update posts set tags = array(select 't' || n from generate_series(1, 11) n)`, nil},
		{"23502", "", `update posts set content = null`, nil},
		{"23503", "fk_posts_user", `insert into posts (user_id, title, content) values (99, 't', 'c')`, nil},
		{"23503", "fk_posts_user", `update posts set user_id = 99`, nil},
		{"23503", "fk_posts_user", `update users set id = 99 where id = 1`, nil},
		{"23514", "tokens_scope_known", `update tokens set scope = 'root'`, nil},
		{"23505", "tokens_user_name_key", `insert into tokens (user_id, name, scope, token_hash) values (1, 'n', 'read', 'b')`, nil},
		{"23505", "tokens_token_hash_key", `insert into tokens (user_id, name, scope, token_hash) values (1, 'm', 'read', 'a')`, nil},
		{"23503", "fk_sessions_user", `insert into sessions (user_id, token_hash, expires_at) values (99, 'a', now())`, nil},
	} {
		state, constraint, err := refused(t, conn, try.sql, try.args...)
		if state != try.state || constraint != try.constraint {
			t.Errorf("%s %q: %s %s, want %s %s", try.sql, try.args, state, constraint, try.state, try.constraint)
		}
		// And whatever it is, a person can be told.
		var invalid models.Invalid
		if explained := models.Explain(err); !errors.As(explained, &invalid) && !errors.Is(explained, models.ErrConflict) {
			t.Errorf("%s: %v cannot be told", try.sql, explained)
		}
	}
	if n := ask[int](t, conn, `select count(*) from users where credits = 0 and metadata = '{}' and is_active and role = 'user' and age is null and created_at > now() - interval '1 minute'`); n != 2 {
		t.Errorf("%d users of 2 have the defaults", n)
	}
}

func TestEveryCheckHasItsSentence(t *testing.T) {
	_, conn := behind(t)
	rows, _ := conn.Query(modelstest.Context(t), `select conname from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace`)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	// What no form writes.
	inner := []string{"acts_target_known", "acts_state_known", "act_rows_op_known", "rehearsals_state_known", "audit_rules_single", "audit_rules_days",
		"imports_state_known", "imports_mode_known", "imports_match_known",
		"accounts_house_nobody", "transfers_kind_known", "transfers_key_digest", "transfers_reversal", "entries_amount_given",
		"allowance_amount_positive", "allowance_months_first", "allowance_months_positive", "allowance_months_state",
		"tag_changes_state", "writings_state_known", "files_avatar_no_post", "follows_another", "notices_kind_known", "notices_of_one"}
	for _, name := range names {
		var invalid models.Invalid
		if !slices.Contains(inner, name) && !errors.As(models.Explain(&pgconn.PgError{Code: "23514", ConstraintName: name}), &invalid) {
			t.Errorf("%s has no sentence", name)
		}
	}
}

func TestAllThatIsAUsersGoesWithTheUser(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	bob := modelstest.User(t, store)
	for _, user := range []*models.User{ann, bob} {
		modelstest.Post(t, store, user)
		modelstest.Post(t, store, user, func(p *models.Post) { p.Status = models.StatusDraft })
		store.CreateToken(modelstest.Context(t), user, "n", models.ScopeRead)
		store.StartSession(modelstest.Context(t), user, models.Browser{}, nil)
		store.CreateLink(modelstest.Context(t), nil, user.ID)
	}
	run(t, conn, `delete from users where id = $1`, ann.ID)
	for _, table := range []string{"posts", "tokens", "sessions", "links"} {
		if n := ask[int](t, conn, `select count(*) from `+table+` where user_id = $1`, ann.ID); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
		if n := ask[int](t, conn, `select count(*) from `+table+` where user_id = $1`, bob.ID); n == 0 {
			t.Errorf("%s of another user is gone", table)
		}
	}
	posts, err := store.DeleteUser(modelstest.Context(t), bob, bob.ID)
	if err != nil || posts.Posts != 2 {
		t.Errorf("deleting says %d posts, %v", posts, err)
	}
	proven(t, store, "deleting users")
}
