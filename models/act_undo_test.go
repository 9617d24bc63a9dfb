package models_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestADeletedUserComesBackWithEverything(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ids := people(t, store, conn, admin)
	run(t, conn, "update users set age = 30, last_seen_at = now(), language = 'ru' where id = any($1)", ids)
	modelstest.Credits(t, conn, "id * 1.25", "id = any($1)", ids)
	// One of them suspended another and wrote to them: that is remembered.
	run(t, conn, "insert into suspensions (user_id, by_id, reason, until, ended_at, ended_by_id) values ($1, $2, 'x', '2099-01-01', now(), $2)", admin.ID, ids[5])
	run(t, conn, "insert into contacts (user_id, by_id, line) values ($1, $2, 'hello')", admin.ID, ids[4])
	whole := func() string {
		var all strings.Builder
		for _, table := range []string{"users", "posts", "suspensions", "contacts"} {
			all.WriteString(table + "\n" + ask[string](t, conn, "select coalesce(string_agg(to_jsonb(t)::text, E'\n' order by id), '') from "+table+" t") + "\n")
		}
		return all.String()
	}
	before := whole()
	r := rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: ids})
	act := commit(t, store, admin, r)
	for what, want := range map[string]int64{"posts": 12, "drafts": 3, "sessions": 5, "creditors": 6} {
		if r.Counts.Count(what) != want || act.Counts.Count(what) != want {
			t.Errorf("%s: %d, then %d, not %d", what, r.Counts.Count(what), act.Counts.Count(what), want)
		}
	}
	if sum := ask[string](t, conn, "select sum(t * 1.25)::numeric(12,2)::text from unnest($1::bigint[]) t", ids); r.Counts.Credits() != sum || act.Counts.Credits() != sum {
		t.Errorf("credits %s, then %s, not %s", r.Counts.Credits(), act.Counts.Credits(), sum)
	}
	if n := ask[int](t, conn, "select count(*) from posts") + ask[int](t, conn, "select count(*) from users where id = any($1)", ids); n != 0 {
		t.Fatalf("%d rows are left", n)
	}
	back := undo(t, store, admin, act.ID)
	if now := whole(); now != before {
		t.Errorf("not all is as it was:\n%s", unlike(before, now))
	}
	if back.Counts.Count("posts") != 12 || back.Counts.Count("sessions") != 0 {
		t.Errorf("%+v came back", back.Counts)
	}
	proven(t, store, "deleting and bringing back")
	// Sessions stay gone, the password stays.
	if n := ask[int](t, conn, "select count(*) from sessions"); n != 0 {
		t.Errorf("%d sessions are back", n)
	}
	name := ask[string](t, conn, "select username from users where id = $1", ids[0])
	if _, err := store.SignIn(modelstest.Context(t), models.Browser{IP: "192.0.2.7"}, name, modelstest.Password); err != nil {
		t.Error("signing in again:", err)
	}
	// And new ones still get numbers of their own.
	modelstest.Post(t, store, modelstest.User(t, store))
}

func TestAnActIsTakenBackForOneRow(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ids := people(t, store, conn, admin)
	act := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: ids}))
	one := undo(t, store, admin, act.ID, ids[2])
	if got := ask[[]int64](t, conn, "select array_agg(id) from users where id = any($1)", ids); !slices.Equal(got, ids[2:3]) || one.Total != 1 {
		t.Errorf("%v are back, %+v", got, one)
	}
	lines, _, err := store.ActLines(modelstest.Context(t), admin, act, 0, 10)
	if err != nil || lines[2].UndoneBy != one.ID || lines[2].CanUndo() || !lines[3].CanUndo() || lines[2].Went["drafts"] != 0 || lines[5].Went["drafts"] != 1 {
		t.Errorf("%+v %v", lines, err)
	}
	if got := inTheWay(t, store, admin, models.UndoOf{Receipt: act.ID, IDs: ids[2:3]}); got != "It is taken back already." {
		t.Error(got)
	}
	if _, err := store.Undo(modelstest.Context(t), admin, models.UndoOf{Receipt: act.ID, IDs: []int64{admin.ID}}); !errors.Is(err, models.ErrNotFound) {
		t.Error("a row that is not on the receipt:", err)
	}
	rest := undo(t, store, admin, act.ID)
	if n := ask[int](t, conn, "select count(*) from users where id = any($1)", ids); n != 6 || rest.Total != 5 {
		t.Errorf("%d are back, %+v", n, rest)
	}
	// What took it back can be taken back: then it is done again.
	again := undo(t, store, admin, one.ID)
	lines, _, err = store.ActLines(modelstest.Context(t), admin, act, 0, 10)
	if err != nil || !lines[2].Again || lines[2].UndoneBy != again.ID || lines[1].Again {
		t.Errorf("%+v %v", lines, err)
	}
	proven(t, store, "row by row")
}

func TestAnActOnPostsIsTakenBack(t *testing.T) {
	store, conn := behind(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	var ids []int64
	for i := range 3 {
		ids = append(ids, modelstest.Post(t, store, ann, func(p *models.Post) { p.Title = fmt.Sprint("Post ", i) }).ID)
	}
	for _, kind := range []string{"unpublish", "restore", "delete"} {
		if kind == "restore" {
			run(t, conn, "update posts set status = 'draft' where id = $1", ids[1])
		}
		before := everything(t, conn)
		act := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{TargetKind: "post", Kind: kind, IDs: ids}))
		if act.Total != map[string]int64{"unpublish": 3, "restore": 1, "delete": 3}[kind] || act.TargetKind != "post" {
			t.Errorf("%+v", act)
		}
		after := everything(t, conn)
		back := undo(t, store, admin, act.ID)
		if now := everything(t, conn); now != before {
			t.Errorf("%s: %s", kind, unlike(before, now))
		}
		undo(t, store, admin, back.ID)
		if now := everything(t, conn); now != after {
			t.Errorf("%s, done again: %s", kind, unlike(after, now))
		}
		undo(t, store, admin, ask[int64](t, conn, "select max(id) from acts"))
		proven(t, store, kind)
	}
}

func TestAnImportsRowsAreTakenBack(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	run(t, conn, `insert into users (username, name, email, age, metadata) select 'old-' || i, 'Old', 'old-' || i || '@x', 20, '{"city": "Lyon", "keep": 1}' from generate_series(1, 1500) i`)
	before := everything(t, conn)
	act := ask[int64](t, conn, `insert into acts (kind, by_id, by_name, total) values ('import', $1, 'admin', 3000) returning id`, admin.ID)
	run(t, conn, `with made as (insert into users (username, name, email) select 'new-' || i, 'New', 'new-' || i || '@x' from generate_series(1, 1500) i returning *)
		insert into act_rows (act_id, target_id, op, label, name, after) select $1, id, 'insert', username, name, jsonb_build_object('username', username) from made`, act)
	run(t, conn, `insert into act_rows (act_id, target_id, op, label, name, before, after)
		select $1, id, 'update', username, name, jsonb_build_object('name', name, 'age', age, 'metadata', metadata),
			jsonb_build_object('name', 'Renamed', 'age', null, 'metadata', metadata || '{"city": "Riga", "new": [1, 2]}') from users where username like 'old-%'`, act)
	run(t, conn, `update users set name = 'Renamed', age = null, metadata = metadata || '{"city": "Riga", "new": [1, 2]}' where username like 'old-%'`)
	after := everything(t, conn)
	back := undo(t, store, admin, act)
	if now := everything(t, conn); now != before {
		t.Errorf("the import is not taken back: %s", unlike(before, now))
	}
	if back.Total != 3000 {
		t.Errorf("%+v", back)
	}
	undo(t, store, admin, back.ID)
	if now := everything(t, conn); now != after {
		t.Errorf("the import is not done again: %s", unlike(after, now))
	}
	proven(t, store, "an import, taken back and done again")
}

func TestAfterThirtyDaysTheImagesAreErased(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ids := people(t, store, conn, admin)
	act := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: ids[:3]}))
	young := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{Kind: "delete", IDs: ids[3:]}))
	if days := act.UndoUntil.Sub(act.At).Hours() / 24; days != 30 {
		t.Errorf("it can be undone for %v days", days)
	}
	run(t, conn, "update acts set undo_until = now() - interval '1 second' where id = $1", act.ID)
	if got := inTheWay(t, store, admin, models.UndoOf{Receipt: act.ID}); got != "The time to undo this is over." {
		t.Error(got)
	}
	if err := store.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, conn, "select count(*) from act_images where act_id = $1", act.ID) +
		ask[int](t, conn, "select count(*) from act_rows where act_id = $1 and (before is not null or after is not null)", act.ID); n != 0 {
		t.Errorf("%d images are left", n)
	}
	// The receipt stays, and so does what can still be undone.
	lines, _, err := store.ActLines(modelstest.Context(t), admin, act, 0, 10)
	if old, _ := store.Act(modelstest.Context(t), admin, act.ID); err != nil || len(lines) != 3 || lines[0].Label == "" || old.ErasedAt == nil || old.Total != 3 {
		t.Errorf("%+v %+v %v", old, lines, err)
	}
	undo(t, store, admin, young.ID)
	proven(t, store, "erasing")
}

func TestTheAfterOfARowIsAsTheDatabaseWritesIt(t *testing.T) {
	store, conn := behind(t)
	for _, try := range []struct{ now, before, after, want string }{
		{`{"role": "user", "age": null}`, `{"role": "editor"}`, `{"role": "user"}`, "{}"},
		{`{"role": "user", "age": null}`, `{"age": 3}`, `{"age": null}`, "{}"},
		{`{"role": "user", "age": 7}`, `{"age": 3, "role": "x"}`, `{"age": null, "role": "y"}`, "{age,role}"},
		{`{"metadata": {"a": 1, "b": 2}}`, `{"metadata": {"b": 1}}`, `{"metadata": {"b": 2}}`, "{}"},
		{`{"metadata": {"a": 1, "b": 3}}`, `{"metadata": {"b": 1}}`, `{"metadata": {"b": 2}}`, "{metadata.b}"},
		{`{"metadata": {"a": 1}}`, `{"metadata": {"b": 1}}`, `{"metadata": {}}`, "{}"},
		{`{"metadata": {"b": null}}`, `{"metadata": {"b": 1}}`, `{"metadata": {}}`, "{metadata.b}"},
		{`{"metadata": {"a": 9, "b": 2}}`, `{"metadata": {"a": 1, "b": 1}}`, `{"metadata": {"a": 1, "b": 2}}`, "{}"},
	} {
		if got := ask[string](t, conn, "select changed_since($1::jsonb, $2::jsonb, $3::jsonb)::text", try.now, try.before, try.after); got != try.want {
			t.Errorf("%+v: %s", try, got)
		}
	}
	if got := ask[string](t, conn, `select metadata_back('{"a": 9, "b": 2, "c": 3}', '{"a": 1, "b": 1, "d": 4}', '{"a": 1, "b": 2, "c": 3}')::text`); got != `{"a": 9, "b": 1, "d": 4}` {
		t.Error(got)
	}
	var fields models.Counts
	if err := json.Unmarshal([]byte(`{"credits": 318.75, "creditors": 11, "posts": 4}`), &fields); err != nil || fields.Credits() != "318.75" || fields.Count("posts") != 4 {
		t.Error(fields, err)
	}
	_ = store
}

// TestWhatHangsOnUsersAndPostsIsKnown reads the foreign keys: what goes with a user or a post must come back with them, or be
// listed as gone for good.
func TestWhatHangsOnUsersAndPostsIsKnown(t *testing.T) {
	_, conn := behind(t)
	rows, err := conn.Query(modelstest.Context(t), `select f.conrelid::regclass::text, a.attname::text, f.confrelid::regclass::text, f.confdeltype::text,
			exists (select from pg_index i where i.indrelid = f.conrelid and i.indkey[0] = a.attnum)
		from pg_constraint f join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1] where f.contype = 'f' order by 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	known := models.Hanging()
	var table, column, of, how string
	var indexed bool
	seen := 0
	if _, err := pgx.ForEachRow(rows, []any{&table, &column, &of, &how, &indexed}, func() error {
		if of != "users" && of != "posts" && !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(k, of+".") && strings.HasSuffix(k, " c") }) {
			return nil
		}
		seen++
		if key := table + "." + column + " → " + of + " " + how; !slices.Contains(known, key) && !(how == "c" && slices.Contains(known, table)) {
			t.Errorf("nobody says what becomes of %s", key)
		}
		if !indexed {
			t.Errorf("%s.%s has no index: deleting would read all of the table for each row", table, column)
		}
		return nil
	}); err != nil || seen < 8 {
		t.Fatal(seen, err)
	}
}
