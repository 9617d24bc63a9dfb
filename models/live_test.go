package models_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// follows begins to follow as a signed-in user does.
func follows(t testing.TB, store *models.Store, user *models.User, since string) *models.Follower {
	t.Helper()
	listening(t, store)
	return followsIn(t, store, user, uuidOf(t, store, user), since)
}

// uuidOf is the id of a new session of the user.
func uuidOf(t testing.TB, store *models.Store, user *models.User) uuid.UUID {
	t.Helper()
	ctx := modelstest.Context(t)
	user, err := store.User(ctx, user.ID) // as they are now
	if err != nil {
		t.Fatal(err)
	}
	token, err := store.StartSession(ctx, user, models.Browser{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	session, err := store.FindSession(ctx, token, models.Browser{})
	if err != nil {
		t.Fatal(err)
	}
	return session.ID
}

func followsIn(t testing.TB, store *models.Store, user *models.User, session uuid.UUID, since string) *models.Follower {
	t.Helper()
	f, err := store.Follow(modelstest.Context(t), user, session, since)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// hears is what hearsAll is, but for lines of the log, which nearly everything leaves.
func hears(t testing.TB, conn *pgx.Conn, f *models.Follower) []string {
	t.Helper()
	return slices.DeleteFunc(hearsAll(t, conn, f), func(said string) bool { return strings.HasPrefix(said, "audit") })
}

// hearsAll is what the follower is told until now, as kind:ref, sorted.
func hearsAll(t testing.TB, conn *pgx.Conn, f *models.Follower) []string {
	t.Helper()
	mark := rand.Int64()
	run(t, conn, `select tell('mark', $1, null)`, mark)
	ctx, said := modelstest.Context(t), []string{}
	for marked := false; !marked; {
		news, err := f.Next(ctx)
		if err != nil {
			said, marked = append(said, err.Error()), true
		} else if news.Reset {
			said = append(said, "reset")
		} else if !news.Listening {
			said = append(said, "away")
		}
		for _, event := range news.Events {
			if marked = marked || event.Ref == mark; event.Kind != "mark" {
				said = append(said, fmt.Sprintf("%s:%d", event.Kind, event.Ref))
			}
		}
	}
	slices.Sort(said)
	return said
}

func TestWhatChangesIsToldToWhoMaySeeItAndToNobodyElse(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	admins, anns, bobs := follows(t, store, admin, ""), follows(t, store, ann, ""), follows(t, store, bob, "")
	for _, f := range []*models.Follower{admins, anns, bobs} {
		hears(t, conn, f)
	}
	var post, draft *models.Post
	name, no := "Other", false
	for _, act := range []struct {
		what             string
		do               func() error
		admins, ann, bob string // what each hears; what begins with "audit" is left out
	}{
		{"a post", func() error { post = modelstest.Post(t, store, ann); return nil }, "post:POST", "post:POST", "post:POST"},
		{"a draft", func() error {
			draft = modelstest.Post(t, store, ann, func(p *models.Post) { p.Status = models.StatusDraft })
			return nil
		}, "post:DRAFT", "", ""},
		{"a post unpublished", func() error {
			_, err := conn.Exec(ctx, `update posts set status = 'draft' where id = $1`, post.ID)
			return err
		},
			"post:POST", "post:POST", "post:POST"},
		{"nothing", func() error { _, err := conn.Exec(ctx, `update posts set title = 'x' where false`); return err }, "", "", ""},
		{"two posts", func() error {
			_, err := conn.Exec(ctx, `update posts set status = 'published', published_at = coalesce(published_at, now())`)
			return err
		}, "post:0", "post:0", "post:0"},
		{"a sign-up", func() error {
			_, err := conn.Exec(ctx, `insert into users (username, name, email) values ('new', 'New', 'new@example.com')`)
			return err
		},
			"user:NEW", "", ""},
		{"many sign-ups", func() error {
			_, err := conn.Exec(ctx, `insert into users (username, name, email) select 'new' || n, 'New', 'new' || n || '@example.com' from generate_series(1, 5000) n`)
			return err
		}, "user:0", "", ""},
		{"a change", func() error {
			_, err := store.UpdateUser(ctx, admin, bob.ID, models.UserChange{Name: &name})
			return err
		}, "act:1 user:0", "", ""},
		{"for one user", func() error { _, err := conn.Exec(ctx, `select tell('act', 7, $1)`, ann.ID); return err }, "", "act:7", ""},
		{"a visit", func() error { _, err := conn.Exec(ctx, `update users set last_seen_at = now()`); return err }, "", "", ""},
		{"removed users", func() error { _, err := conn.Exec(ctx, `delete from users where username like 'new%'`); return err }, "user:0", "", ""},
		{"a line of the log", func() error { _, err := conn.Exec(ctx, `insert into audit (kind) values ('test.line')`); return err }, "audit:LINE", "", ""},
		{"a removed author", func() error { _, err := conn.Exec(ctx, `delete from users where id = $1`, ann.ID); return err }, "post:0 user:0 user:ANN", "the session has ended", "post:0"},
		{"a deactivated user", func() error {
			_, err := store.UpdateUser(ctx, admin, bob.ID, models.UserChange{IsActive: &no})
			return err
		}, "act:2 user:0", "the session has ended", "the session has ended"},
	} {
		if err := act.do(); err != nil {
			t.Fatalf("%s: %v", act.what, err)
		}
		ids := []string{"ANN", fmt.Sprint(ann.ID), "LINE", ask[string](t, conn, `select coalesce(max(id), 0)::text from audit`), "NEW", ask[string](t, conn, `select coalesce((select id from users where username = 'new'), 0)::text`)}
		if post != nil {
			ids = append(ids, "POST", fmt.Sprint(post.ID))
		}
		if draft != nil {
			ids = append(ids, "DRAFT", fmt.Sprint(draft.ID))
		}
		for _, who := range []struct {
			name string
			f    *models.Follower
			want string
		}{{"an admin", admins, act.admins}, {"ann", anns, act.ann}, {"bob", bobs, act.bob}} {
			want := strings.NewReplacer(ids...).Replace(who.want)
			heard := hearsAll(t, conn, who.f)
			if !strings.HasPrefix(want, "audit") {
				heard = slices.DeleteFunc(heard, func(said string) bool { return strings.HasPrefix(said, "audit") })
			}
			if got := strings.Join(heard, " "); got != want {
				t.Errorf("%s: %s hears %q, not %q", act.what, who.name, got, want)
			}
		}
	}
}

func TestManyEventsOfAKindAreOne(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	_, session := browser(t, store, admin)
	listening(t, store)
	cursor := store.Cursor()
	run(t, conn, `insert into events (kind, ref, audience) select 'import', n, 0 from generate_series(1, 10) n`)
	run(t, conn, `insert into events (kind, ref, audience) select 'act', n % 11, 0 from generate_series(1, 2000) n`)
	run(t, conn, `insert into events (kind, ref, audience) select 'act', 5, $1`, admin.ID)
	newest := ask[int64](t, conn, `select max(id) from events where kind = 'act' and audience = 0`)
	news, err := followsIn(t, store, admin, session, cursor).Next(modelstest.Context(t))
	if err != nil || news.Reset {
		t.Fatal(news, err)
	}
	said := map[string]int{}
	for _, event := range news.Events {
		said[fmt.Sprintf("%s:%d", event.Kind, event.Ref)]++
		if event.Kind == "act" && event.Ref == 0 && event.ID != newest {
			t.Errorf("event %d stands for all, not %d", event.ID, newest)
		}
	}
	if said["act:0"] != 1 || said["act:5"] != 1 || said["act:7"] != 0 || said["import:1"] != 1 || said["import:10"] != 1 {
		t.Errorf("%v", said)
	}
}

func TestEventsAreSweptAwayAfterTwoDays(t *testing.T) {
	store, conn := behind(t)
	run(t, conn, `delete from events`)
	run(t, conn, `insert into events (kind, at) values ('import', now() - interval '49 hours'), ('import', now() - interval '47 hours')`)
	if err := store.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, conn, `select count(*) from events where kind = 'import'`); n != 1 {
		t.Errorf("%d are left", n)
	}
}

func TestAStatementMakesOneEventAtMost(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	listening(t, store)
	count := func(kind string) int { return ask[int](t, conn, `select count(*) from events where kind = $1`, kind) }
	before := count("user")
	rows := [][]any{}
	for n := range 20_000 {
		rows = append(rows, []any{fmt.Sprintf("copied-%d", n), "Copied", fmt.Sprintf("copied-%d@example.com", n)})
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"users"}, []string{"username", "name", "email"}, pgx.CopyFromRows(rows)); err != nil {
		t.Fatal(err)
	}
	if n := count("user") - before; n != 1 {
		t.Errorf("a COPY makes %d events", n)
	}
	run(t, conn, `insert into posts (user_id, title, content, status, published_at) select id, 'T', 'c', 'published', now() from users limit 500`)
	run(t, conn, `insert into sessions (token_hash, user_id, expires_at) select sha256(id::text::bytea), id, now() + interval '1 day' from users`)
	users, posts, sessions := count("user"), count("post"), count("session")
	run(t, conn, `delete from users where username like 'copied-%'`)
	if u, p, s := count("user")-users, count("post")-posts, count("session")-sessions; u != 1 || p != 1 || s != 1 {
		t.Errorf("removing users with their posts and sessions makes %d, %d and %d events", u, p, s)
	}
}
