package models_test

import (
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// schemaOf describes all that is in the database, whatever its order, so that two can be compared.
func schemaOf(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	rows, _ := conn.Query(modelstest.Context(t), `
		select format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
			from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'S') and a.attnum > 0 and not a.attisdropped
		union all select format('table %s %s %s', relname, relkind, relpersistence) from pg_class where relnamespace = 'public'::regnamespace
		union all select format('constraint %s %s', conname, pg_get_constraintdef(oid)) from pg_constraint where connamespace = 'public'::regnamespace
		union all select format('index %s', pg_get_indexdef(indexrelid)) from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = 'public'::regnamespace
		union all select format('trigger %s', pg_get_triggerdef(oid)) from pg_trigger where not tgisinternal
		union all select format('function %s', pg_get_functiondef(oid)) from pg_proc where pronamespace = 'public'::regnamespace
		union all select format('applied %s %s', version, name) from migrations
		order by 1`)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		// A dump writes the casts within a list in another way.
		lines[i] = strings.NewReplacer("::text", "", "::character varying", "", "[]", "", "(", "", ")", "").Replace(line)
	}
	return lines
}

func sameSchema(t *testing.T, got, want []string) {
	t.Helper()
	seen := map[string]int{}
	for _, line := range want {
		seen[line]++
	}
	for _, line := range got {
		if seen[line]--; seen[line] < 0 {
			t.Error("only here:", line)
		}
	}
	for line, n := range seen {
		if n > 0 {
			t.Error("only on an empty database:", line)
		}
	}
}

func freshSchema(t *testing.T) []string {
	return schemaOf(t, modelstest.SQL(t, modelstest.URL(t)))
}

func TestFourProgramsMigrateAnEmptyDatabaseAtOnce(t *testing.T) {
	address := modelstest.EmptyURL(t)
	stores := make([]*models.Store, 4)
	for i := range stores {
		stores[i] = modelstest.Open(t, address)
	}
	ctx := modelstest.Context(t)
	ran := make([]int, 4)
	together(4, func(i int) {
		steps, err := stores[i].Migrate(ctx)
		if err != nil {
			t.Errorf("program %d: %v", i, err)
		}
		ran[i] = len(steps)
		modelstest.User(t, stores[i])
	})
	steps, err := stores[0].Migrations(ctx)
	if total := ran[0] + ran[1] + ran[2] + ran[3]; err != nil || total != len(steps) {
		t.Errorf("%v steps were run, of %d: %v", ran, len(steps), err)
	}
	sameSchema(t, schemaOf(t, modelstest.SQL(t, address)), freshSchema(t))
	proven(t, stores[0], "migrating")
}

func TestASecondMigrateChangesNothing(t *testing.T) {
	store, conn := behind(t)
	before := schemaOf(t, conn)
	// The database itself notes whatever defines, alters or drops anything.
	run(t, conn, `create table ddl (tag text, what text)`)
	run(t, conn, `create function note_ddl() returns event_trigger language plpgsql as $$ begin
		insert into ddl select current_query(), object_identity from pg_event_trigger_ddl_commands(); end $$`)
	run(t, conn, `create function note_drop() returns event_trigger language plpgsql as $$ begin
		insert into ddl select tg_tag, object_identity from pg_event_trigger_dropped_objects(); end $$`)
	run(t, conn, `create event trigger note_ddl on ddl_command_end execute function note_ddl()`)
	run(t, conn, `create event trigger note_drop on sql_drop execute function note_drop()`)
	run(t, conn, `create table proof (); alter table proof add x int; drop table proof`)
	if n := ask[int](t, conn, `with gone as (delete from ddl returning 1) select count(*) from gone`); n < 3 {
		t.Fatalf("%d statements are noted", n)
	}
	for range 2 {
		if steps, err := store.Migrate(modelstest.Context(t)); err != nil || len(steps) != 0 {
			t.Errorf("%v, %v", steps, err)
		}
	}
	if noted := ask[string](t, conn, `select coalesce(string_agg(tag || ' ' || what, ', '), '') from ddl`); noted != "" {
		t.Error("a second migrate runs", noted)
	}
	run(t, conn, `drop event trigger note_ddl; drop event trigger note_drop; drop function note_ddl; drop function note_drop; drop table ddl`)
	sameSchema(t, schemaOf(t, conn), before)
	if pending, err := store.Pending(modelstest.Context(t)); err != nil || len(pending) != 0 {
		t.Errorf("pending: %v, %v", pending, err)
	}
}

func TestADatabaseThatTheFirstStepsMadeIsBroughtUp(t *testing.T) {
	address := modelstest.EmptyURL(t)
	dump, err := os.ReadFile("testdata/site-0003.sql")
	if err != nil {
		t.Fatal(err)
	}
	loader := modelstest.SQL(t, address)
	run(t, loader, string(dump), pgx.QueryExecModeSimpleProtocol)
	store := modelstest.Open(t, address)
	ctx := modelstest.Context(t)
	steps, err := store.Migrations(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if pending, err := store.Pending(ctx); err != nil || len(pending) != len(steps)-3 {
		t.Errorf("pending: %v, %v", pending, err)
	}
	if _, err := store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	conn := modelstest.SQL(t, address)
	sameSchema(t, schemaOf(t, conn), freshSchema(t))
	proven(t, store, "migrating an old site")
	user, err := store.UserByName(ctx, "ann")
	if err != nil || user.PostCount != 1 || user.Username != "Ann" {
		t.Errorf("%+v, %v", user, err)
	}
	modelstest.Post(t, store, user)
	proven(t, store, "a post on an old site")
}

func TestADatabaseWithTheModelsTablesAloneIsBroughtUp(t *testing.T) {
	address := modelstest.EmptyURL(t)
	conn := modelstest.SQL(t, address)
	// What AutoMigrate alone leaves, with people in it: the steps come on top.
	store := modelstest.Open(t, address)
	if err := models.AutoMigrateAlone(modelstest.Context(t), store); err != nil {
		t.Fatal(err)
	}
	run(t, conn, `insert into users (username, name, email, age) select 'u-' || i, 'x', i || '@x', i from generate_series(1, 20) i`)
	run(t, conn, `insert into posts (user_id, title, content, status, published_at) select 1 + i % 5, 'T', 'c', 'published', now() from generate_series(1, 50) i`)
	again := modelstest.Open(t, address)
	steps, err := again.Migrate(modelstest.Context(t))
	if err != nil || len(steps) != models.SchemaVersion() {
		t.Fatal(steps, err)
	}
	sameSchema(t, schemaOf(t, conn), freshSchema(t))
	proven(t, again, "migrating a database with rows")
}

func TestStepsAreNumberedOneByOne(t *testing.T) {
	store := modelstest.Store(t)
	steps, err := store.Migrations(modelstest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range steps {
		if step.Version != i+1 || step.AppliedAt == nil || strings.TrimSpace(step.Name) == "" {
			t.Errorf("step %d is %+v", i+1, step)
		}
	}
	empty := modelstest.Open(t, modelstest.EmptyURL(t))
	if pending, err := empty.Pending(modelstest.Context(t)); err != nil || len(pending) != len(steps) {
		t.Errorf("an empty database lacks %v, %v", pending, err)
	}
}
