package models_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"postroom/models"
	"postroom/models/modelstest"
)

// logged are the kinds of the lines, the oldest first.
func logged(t *testing.T, store *models.Store, by *models.User, query ...string) []string {
	t.Helper()
	f, err := models.ParseAuditFilter(modelstest.Values(append(query, "limit", "100")...), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	lines, _, err := store.Audit(modelstest.Context(t), by, f)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, line := range lines {
		kinds = append(kinds, line.Kind)
	}
	slices.Reverse(kinds)
	return kinds
}

func TestTheLogTellsWhoDidWhatFromWhere(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	session := uuid.New()
	ctx := models.WithOrigin(modelstest.Context(t), models.Origin{Address: "192.0.2.7", UserAgent: "Mozilla/5.0 Firefox/140.0", Session: session})
	ann, err := store.SignUp(ctx, models.Browser{IP: "192.0.2.7"}, models.NewUser{Username: "ann", Email: "ann@example.com", Password: modelstest.Password})
	if err != nil {
		t.Fatal(err)
	}
	store.SignIn(ctx, models.Browser{IP: "192.0.2.7"}, "ann", "not this one")
	store.SignIn(ctx, models.Browser{IP: "192.0.2.7"}, "nobody", "hunter2hunter2")
	token, err := store.StartSession(ctx, ann, models.Browser{IP: "192.0.2.7"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	post := &models.Post{Title: "One", Content: "Words.", Status: models.StatusPublished}
	if err := store.CreatePost(ctx, ann, post); err != nil {
		t.Fatal(err)
	}
	two, draft := "Two", models.StatusDraft
	if _, err := store.UpdatePost(ctx, ann, post.ID, models.PostChange{Title: &two, Status: &draft}); err != nil {
		t.Fatal(err)
	}
	store.DeletePost(ctx, ann, post.ID)
	about := "Bakes."
	store.UpdateUser(ctx, ann, ann.ID, models.UserChange{About: &about})
	store.ChangePassword(ctx, ann, uuid.Nil, modelstest.Password, "another long password")
	store.ChangeEmail(ctx, ann, uuid.Nil, "another long password", "ann@example.org")
	_, secret, err := store.CreateToken(ctx, ann, "backup", models.ScopeRead)
	if err != nil {
		t.Fatal(err)
	}
	store.EndSession(ctx, token)

	got := logged(t, store, admin, "person", "ANN")
	want := []string{"sign_up", "sign_in.fail", "sign_in", "post.create", "post.update", "act.delete", "user.update", "password.change", "email.change", "token.create"}
	if !slices.Equal(got, want) {
		t.Errorf("the log says\n%v, want\n%v", got, want)
	}
	if got := logged(t, store, admin, "kind", "sign_in"); !slices.Equal(got, []string{"sign_in.fail", "sign_in.fail", "sign_in"}) {
		t.Errorf("sign-ins: %v", got)
	}
	if got := logged(t, store, admin, "actor", "ann", "address", "192.0.2.0/24", "kind", "post"); !slices.Equal(got, []string{"post.create", "post.update"}) {
		t.Errorf("posts from the network: %v", got)
	}
	if got := logged(t, store, admin, "address", "198.51.100.1"); len(got) != 0 {
		t.Errorf("another address: %v", got)
	}

	f, _ := models.ParseAuditFilter(modelstest.Values("kind", "post.update"), time.UTC)
	lines, _, err := store.Audit(ctx, admin, f)
	if err != nil || len(lines) != 1 {
		t.Fatal(lines, err)
	}
	line, err := store.AuditLine(ctx, admin, lines[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := line.Details["before"].(map[string]any)
	after, _ := line.Details["after"].(map[string]any)
	if line.Actor != "ann" || line.ActorID != ann.ID || line.Target != "Two" || line.TargetID != post.ID || line.Address != "192.0.2.7" ||
		line.Details["session"] != session.String() || line.Details["user_agent"] != "Mozilla/5.0 Firefox/140.0" ||
		before["title"] != "One" || after["title"] != "Two" || before["status"] != "published" || after["status"] != "draft" || len(after) != 2 {
		t.Errorf("%+v", line)
	}
	if _, _, err := store.Audit(ctx, ann, f); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("a user reads the log: %v", err)
	}
	if _, err := store.AuditLine(ctx, ann, line.ID); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("a user reads a line of the log: %v", err)
	}

	all := ask[string](t, conn, `select string_agg(a::text || coalesce(p::text, ''), ' ') from audit a left join audit_addresses p on p.audit_id = a.id`)
	for _, hidden := range []string{"not this one", "hunter2", "another long", modelstest.Password, secret, token, "argon2"} {
		if strings.Contains(all, hidden) {
			t.Errorf("the log has %q", hidden)
		}
	}
}

func TestWhatIsRolledBackIsNotLogged(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	run(t, conn, `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`)
	run(t, conn, `create constraint trigger refuse after insert on posts deferrable initially deferred for each row execute function refuse()`)
	if err := store.CreatePost(modelstest.Context(t), ann, &models.Post{Title: "T", Content: "c", Status: models.StatusPublished}); err == nil {
		t.Fatal("it was kept")
	}
	if n := ask[int](t, conn, `select count(*) from audit where kind = 'post.create'`); n != 0 {
		t.Errorf("%d lines of a post that was not kept", n)
	}
}

func TestTheLogIsOnlyEverAddedTo(t *testing.T) {
	store, conn := behind(t)
	ctx := models.WithOrigin(modelstest.Context(t), models.Origin{Address: "2001:db8::7"})
	ann := modelstest.User(t, store)
	if err := store.CreatePost(ctx, ann, &models.Post{Title: "T", Content: "c", Status: models.StatusPublished}); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`update audit set kind = 'x'`, `delete from audit`, `truncate audit cascade`, `update audit_addresses set address = '::1'`,
		`delete from audit_addresses`, `truncate audit_addresses`} {
		_, err := conn.Exec(modelstest.Context(t), statement)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "PR004" {
			t.Errorf("%s: %v", statement, err)
		}
	}
	// Whoever is named in it goes, and the lines stay.
	if _, err := store.DeleteUser(ctx, ann, ann.ID); err != nil {
		t.Fatal(err)
	}
	admin := modelstest.Admin(t, store)
	if got := logged(t, store, admin, "person", ann.Username); !slices.Contains(got, "post.create") || !slices.Contains(got, "user.delete") {
		t.Errorf("of who is gone the log says %v", got)
	}
}

func TestTheProgramsOwnRoleCannotTouchTheLog(t *testing.T) {
	address := modelstest.OwnerURL(t)
	program := modelstest.Program(t, address)
	store := modelstest.Open(t, program)
	ctx := models.WithOrigin(modelstest.Context(t), models.Origin{Address: "192.0.2.7"})
	admin := modelstest.Admin(t, store)
	if err := store.CreatePost(ctx, admin, &models.Post{Title: "T", Content: "c", Status: models.StatusPublished}); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, program)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "set postroom.expiring = 'on'"); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`update audit set kind = 'x'`, `delete from audit`, `truncate audit, audit_addresses`, `delete from audit_addresses`,
		`update audit_addresses set address = '::1'`, `update audit_rules set address_days = 1`, `drop table audit_addresses`, `alter table audit disable trigger keep_log`,
		`alter table audit disable trigger all`, `drop trigger keep_log on audit`, `create or replace function keep_log() returns trigger language plpgsql as $$ begin return null; end $$`,
		`create table mine (x int)`, `set role postgres`, `set session_replication_role = replica`, `delete from migrations`} {
		_, err := conn.Exec(ctx, statement)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("%s: %v", statement, err)
		}
	}
	// What the role makes for itself alone is not taken for the site's own by the expiry, which runs as the owner.
	owner := modelstest.SQL(t, address)
	addresses := ask[int](t, owner, `select count(*) from audit_addresses`)
	for _, statements := range [][]string{{
		`create temp table audit_rules as select -1000 as address_days`,
		`grant select on pg_temp.audit_rules to public`,
	}, {
		`create temp table audit_addresses (at timestamptz)`,
		`create function pg_temp.as_owner() returns trigger language plpgsql as $$ begin alter table public.audit disable trigger keep_log; return null; end $$`,
		`create trigger as_owner before delete on pg_temp.audit_addresses for each statement execute function pg_temp.as_owner()`,
		`grant select, delete on pg_temp.audit_addresses to public`,
	}} {
		conn := modelstest.SQL(t, program)
		for _, statement := range append(statements, `select expire_addresses()`) {
			run(t, conn, statement)
		}
	}
	if n := ask[int](t, owner, `select count(*) from audit_addresses`); n != addresses || n == 0 {
		t.Errorf("of %d addresses %d are left", addresses, n)
	}
	if !ask[bool](t, owner, `select tgenabled = 'O' from pg_trigger where tgname = 'keep_log'`) {
		t.Error("the log can be written over")
	}
	// The site itself works, and so does the expiry.
	if got := logged(t, store, admin, "kind", "post"); !slices.Equal(got, []string{"post.create"}) {
		t.Errorf("the log says %v", got)
	}
	if err := store.Sweep(ctx); err != nil {
		t.Error(err)
	}
	if steps, err := store.Migrate(ctx); err != nil || len(steps) != 0 {
		t.Errorf("with nothing to migrate: %v, %v", steps, err)
	}
}

func TestAddressesExpireAndLinesStay(t *testing.T) {
	address := modelstest.OwnerURL(t)
	store, conn := modelstest.Open(t, address), modelstest.SQL(t, address)
	ctx := modelstest.Context(t)
	admin := modelstest.Admin(t, store)
	run(t, conn, `select write_log('sign_in', $1, 'x', 'user', $1, 'x', null, '{}', '192.0.2.1')`, admin.ID)
	run(t, conn, `insert into audit (kind, at) values ('sign_in', now() - interval '100 days')`)
	run(t, conn, `insert into audit_addresses (audit_id, address, at) select max(id), '192.0.2.2', now() - interval '100 days' from audit`)
	run(t, conn, `insert into audit (kind, at) values ('sign_in', now() - interval '20 days')`)
	run(t, conn, `insert into audit_addresses (audit_id, address, at) select max(id), '192.0.2.3', now() - interval '20 days' from audit`)
	lines := ask[int](t, conn, `select count(*) from audit`)
	addresses := func() string {
		return ask[string](t, conn, `select coalesce(string_agg(host(address), ' ' order by address), '') from audit_addresses`)
	}
	if err := store.Sweep(ctx); err != nil || addresses() != "192.0.2.1 192.0.2.3" {
		t.Errorf("after 90 days there are %s, %v", addresses(), err)
	}
	if err := store.KeepAddresses(ctx, 7); err != nil {
		t.Fatal(err)
	}
	if err := store.Sweep(ctx); err != nil || addresses() != "192.0.2.1" {
		t.Errorf("after 7 days there are %s, %v", addresses(), err)
	}
	if n := ask[int](t, conn, `select count(*) from audit`); n != lines {
		t.Errorf("%d lines of %d are left", n, lines)
	}
	var invalid models.Invalid
	if err := store.KeepAddresses(ctx, 0); err == nil || errors.As(err, &invalid) {
		t.Errorf("0 days: %v", err)
	}
}

func TestSenselessFiltersOfTheLogAreRefusedByField(t *testing.T) {
	for field, values := range map[string][]string{
		"person": {"a b", "x' or 1=1 --", strings.Repeat("x", 51)}, "actor": {"%"}, "kind": {"nothing", "sign", "act'"}, "limit": {"0", "101", "x"},
		"address": {"192.0.2.300", "fe80::1%eth0", "x", "10.0.0.0/40"}, "from": {"yesterday", "2026-13-01"}, "to": {"99999-01-01"}, "after": {"-1", "x"},
	} {
		for _, value := range values {
			_, err := models.ParseAuditFilter(modelstest.Values(field, value), time.UTC)
			var invalid models.Invalid
			if !errors.As(err, &invalid) || invalid[field].Text == "" {
				t.Errorf("%s=%s: %v", field, value, err)
			}
		}
	}
	if _, err := models.ParseAuditFilter(modelstest.Values("from", "2026-11-21", "to", "2026-11-20"), time.UTC); err == nil {
		t.Error("an end before the beginning is taken")
	}
}

func TestTheLogIsPagedByKeyAndByTime(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	run(t, conn, `insert into audit (kind, at) select 'sign_in', '2026-11-01 12:00+00'::timestamptz + i * interval '1 hour' from generate_series(0, 99) i`)
	seen, after := 0, ""
	for page := 0; page < 20; page++ {
		f, err := models.ParseAuditFilter(modelstest.Values("kind", "sign_in", "from", "2026-11-02", "to", "2026-11-03", "limit", "10", "after", after), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		lines, next, err := store.Audit(modelstest.Context(t), admin, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			if day := line.At.UTC().Day(); day != 2 && day != 3 {
				t.Errorf("a line of %v", line.At)
			}
		}
		run(t, conn, `insert into audit (kind) values ('sign_in')`) // the list grows at its top meanwhile
		if seen += len(lines); next == 0 {
			break
		}
		after = strconv.FormatInt(next, 10)
	}
	if seen != 48 {
		t.Errorf("%d lines of two days, and there are 48", seen)
	}
}

// A kind that the code writes and the list does not know could be neither filtered by nor said.
func TestEveryKindOfLineIsKnown(t *testing.T) {
	var known []string
	for _, kind := range models.AuditKinds() {
		known = append(known, kind.Name)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	written := regexp.MustCompile(`(?m)^\s*kind[A-Z]\w* += "([a-z_.-]+)"`)
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range written.FindAllStringSubmatch(string(source), -1) {
			if found++; !slices.Contains(known, m[1]) {
				t.Errorf("%s writes %q, which AuditKinds does not list", file, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`entry\{kind: "([^"]*)"`).FindAllStringSubmatch(string(source), -1) {
			if m[1] != "act." && !slices.Contains(known, m[1]) {
				t.Errorf("%s writes %q, which AuditKinds does not list", file, m[1])
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d kinds are found", found)
	}
}
