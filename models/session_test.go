package models_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestASessionIsKeptAsTheHashOfItsToken(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	token, id := browser(t, store, ann)
	sum := sha256.Sum256([]byte(token))
	if ask[uuid.UUID](t, conn, `select id from sessions where token_hash = $1`, sum[:]) != id || len(token) < 43 {
		t.Error("the hash is another")
	}
	if n := ask[int](t, conn, `select count(*) from sessions s where s::text like '%' || $1 || '%' or position($1::bytea in token_hash) > 0`, token); n != 0 {
		t.Error("the token itself is kept")
	}
	for _, wrong := range []string{"", "x", token + "x", strings.ToLower(token), id.String(), "\x00"} {
		if wrong != token && isOpen(t, store, wrong) {
			t.Errorf("%q opens a session", wrong)
		}
	}
}

func TestAnExpiredSessionIsNoneAndAUsedOneLivesOn(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	expired, _ := browser(t, store, ann)
	run(t, conn, `update sessions set expires_at = now() - interval '1 second'`)
	used, _ := browser(t, store, ann)
	if isOpen(t, store, expired) {
		t.Error("an expired session is open")
	}
	if list, err := store.Sessions(ctx, ann, ann.ID); err != nil || len(list) != 1 {
		t.Errorf("%d sessions are listed, %v", len(list), err)
	}
	run(t, conn, `update sessions set expires_at = now() + interval '1 day', seen_at = now() - interval '2 minutes' where expires_at > now()`)
	if !isOpen(t, store, used) || ask[float64](t, conn, `select extract(day from expires_at - now())::float8 from sessions where expires_at > now()`) < 29 {
		t.Error("use does not prolong")
	}
	if err := store.Sweep(ctx); err != nil || ask[int](t, conn, `select count(*) from sessions`) != 1 {
		t.Error("an expired session is not swept away", err)
	}
}

func TestLastUseIsWrittenOnceAMinute(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store)
	token, _ := browser(t, store, ann)
	_, secret, _ := store.CreateToken(ctx, ann, "n", models.ScopeRead)
	use := func(ip string) {
		store.FindSession(ctx, token, models.Browser{IP: ip, UserAgent: "Other\u202e"})
		if _, err := store.FindToken(ctx, secret); err != nil {
			t.Error(err)
		}
	}
	use("192.0.2.1")
	written := func() string {
		return ask[string](t, conn, `select s.xmin || ' ' || t.xmin from sessions s, tokens t`)
	}
	before := written()
	use("192.0.2.1")
	if written() != before {
		t.Error("each use is written")
	}
	run(t, conn, `update sessions set seen_at = now() - interval '61 seconds'; update tokens set last_used_at = now() - interval '61 seconds'`)
	before = written()
	use("192.0.2.1")
	if written() == before || ask[time.Duration](t, conn, `select now() - seen_at from sessions`) > 30*time.Second || ask[time.Duration](t, conn, `select now() - last_used_at from tokens`) > 30*time.Second {
		t.Error("after a minute it is not written")
	}
	use("2001:db8::1" + strings.Repeat("%zone", 20))
	if ip := ask[string](t, conn, `select ip from sessions`); !strings.HasPrefix(ip, "2001:db8::1") {
		t.Errorf("a new address is not written at once: %s", ip)
	}
	before = written()
	use("2001:db8::1" + strings.Repeat("%zone", 20))
	if written() != before {
		t.Error("a long address is written at each use")
	}
}

func TestOneEndsOnesOwnSessionsAndAnAdminEveryones(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann, bob, admin := modelstest.User(t, store), modelstest.User(t, store), modelstest.Admin(t, store)
	this, id := browser(t, store, ann)
	other, otherID := browser(t, store, ann)
	third, _ := browser(t, store, ann)
	for name, err := range map[string]error{
		"listing":    func() error { _, err := store.Sessions(ctx, bob, ann.ID); return err }(),
		"ending":     store.EndUserSession(ctx, bob, ann.ID, id),
		"ending all": func() error { _, err := store.EndOtherSessions(ctx, bob, ann.ID, uuid.Nil); return err }(),
		"a visitor":  store.EndUserSession(ctx, nil, ann.ID, id),
	} {
		if !errors.Is(err, models.ErrForbidden) {
			t.Errorf("%s another's sessions: %v", name, err)
		}
	}
	if err := store.EndUserSession(ctx, bob, bob.ID, id); !errors.Is(err, models.ErrNotFound) || !isOpen(t, store, this) {
		t.Errorf("ending another's session as one's own: %v", err)
	}
	if err := store.EndUserSession(ctx, ann, ann.ID, otherID); err != nil || isOpen(t, store, other) || !isOpen(t, store, this) {
		t.Errorf("ending one: %v", err)
	}
	if n, err := store.EndOtherSessions(ctx, ann, ann.ID, id); n != 1 || err != nil || isOpen(t, store, third) || !isOpen(t, store, this) {
		t.Errorf("ending all others: %d, %v", n, err)
	}
	if n, err := store.EndOtherSessions(ctx, admin, ann.ID, uuid.Nil); n != 1 || err != nil || isOpen(t, store, this) {
		t.Errorf("an admin ends all: %d, %v", n, err)
	}
	again, _ := browser(t, store, ann)
	if err := errors.Join(store.EndSession(ctx, again), store.EndSession(ctx, again), store.EndSession(ctx, "\x00")); err != nil || isOpen(t, store, again) {
		t.Errorf("signing out: %v", err)
	}
}

func TestAVisitorsSessionKeepsWhatItIsGiven(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	token, err := store.StartSession(ctx, nil, models.Browser{}, json.RawMessage(`{"flash": "hello"}`))
	if err != nil {
		t.Fatal(err)
	}
	session, err := store.FindSession(ctx, token, models.Browser{})
	if err != nil || session.User != nil || string(session.Data) != `{"flash": "hello"}` {
		t.Fatal(session, err)
	}
	if err := store.SaveSessionData(ctx, session.ID, json.RawMessage(`{}`)); err != nil {
		t.Error(err)
	}
	if session, err = store.FindSession(ctx, token, models.Browser{}); err != nil || string(session.Data) != `{}` {
		t.Error(session, err)
	}
	if err := store.SaveSessionData(ctx, session.ID, json.RawMessage(`{"a":"\u0000"}`)); fields(err) == nil {
		t.Errorf("a zero in the data: %v", err)
	}
}

func TestAnAPITokenHasANameAScopeAndAnEnd(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann, bob, admin := modelstest.User(t, store), modelstest.User(t, store), modelstest.Admin(t, store)
	for _, try := range []struct{ name, scope, field string }{
		{"", "read", "name"}, {" \u200b ", "read", "name"}, {strings.Repeat("n", 101), "read", "name"}, {"a\x00", "read", "name"}, {"a\u202e", "read", "name"},
		{"n", "", "scope"}, {"n", "root", "scope"}, {"n", "admin", "scope"},
	} {
		if _, _, err := store.CreateToken(ctx, ann, try.name, try.scope); fields(err)[try.field].Text == "" {
			t.Errorf("%+v: %v", try, err)
		}
	}
	token, secret, err := store.CreateToken(ctx, ann, " my  script ", models.ScopeWrite)
	if err != nil || token.Name != "my script" || !strings.HasPrefix(secret, "postroom_") {
		t.Fatal(token, secret, err)
	}
	sum := sha256.Sum256([]byte(secret))
	if ask[int](t, conn, `select count(*) from tokens where token_hash = $1 and position($2::bytea in token_hash) = 0`, sum[:], secret) != 1 {
		t.Error("the token is not kept as its hash")
	}
	if _, _, err := store.CreateToken(ctx, ann, "my script", models.ScopeRead); !errors.Is(err, models.ErrConflict) || fields(err)["name"].Text == "" {
		t.Errorf("the same name again: %v", err)
	}
	found, err := store.FindToken(ctx, secret)
	if err != nil || found.User.ID != ann.ID || found.User.Username != ann.Username || !found.User.IsActive {
		t.Fatal(found, err)
	}
	if !found.Allows("read") || !found.Allows("write") || found.Allows("admin") {
		t.Error("the scope write is another")
	}
	if read := (&models.Token{Scope: "read"}); !read.Allows("read") || read.Allows("write") || read.Allows("admin") {
		t.Error("the scope read is another")
	}
	if none := (&models.Token{}); none.Allows("write") || none.Allows("admin") {
		t.Error("no scope is one")
	}
	for _, wrong := range []string{"", "postroom_", secret + "x", strings.TrimPrefix(secret, "postroom_"), "\x00"} {
		if _, err := store.FindToken(ctx, wrong); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if err := store.EndToken(ctx, bob, token.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("another ends it: %v", err)
	}
	if list, err := store.Tokens(ctx, ann); err != nil || len(list) != 1 || list[0].LastUsedAt == nil {
		t.Errorf("%+v, %v", list, err)
	}
	if err := store.EndToken(ctx, ann, token.ID); err != nil {
		t.Error(err)
	}
	if _, err := store.FindToken(ctx, secret); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an ended token: %v", err)
	}
	// Who is no admin any more has no admin's token, however that came about.
	modelstest.Admin(t, store)
	_, secret, err = store.CreateToken(ctx, admin, "all", models.ScopeAdmin)
	if err != nil {
		t.Fatal(err)
	}
	run(t, conn, `update users set role = 'user' where id = $1`, admin.ID)
	if found, err := store.FindToken(ctx, secret); err != nil || found.Allows(models.ScopeAdmin) || !found.Allows(models.ScopeWrite) {
		t.Errorf("the token of a former admin: %+v, %v", found, err)
	}
}
