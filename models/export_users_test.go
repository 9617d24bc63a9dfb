package models_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// exported is the file of an export.
func exported(t *testing.T, store *models.Store, what, format, query string) string {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	e, err := models.ParseExport(what, format, values, time.UTC)
	if err != nil {
		t.Fatal(query, err)
	}
	var file bytes.Buffer
	if _, err := store.Export(modelstest.Context(t), nil, e, &file); err != nil {
		t.Fatal(query, err)
	}
	return file.String()
}

// cells reads a CSV file: its head, and its rows.
func cells(t *testing.T, file string) (head []string, rows [][]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

func TestAnExportOfUsersHasWhatTheTableHas(t *testing.T) {
	store, conn := crowd(t)
	run(t, conn, `update users set last_seen_at = '2026-05-06 07:08:09.123456+02', name = E'Ann "A" Lee, O''Brien' where username = 'ann'`)
	modelstest.Credits(t, conn, "12.5", "username = 'ann'")
	head, rows := cells(t, exported(t, store, "users", "csv", ""))
	if want := "id username email name age role is_active credits post_count last_post_at last_seen_at created_at metadata"; strings.Join(head, " ") != want {
		t.Fatal(head)
	}
	if len(rows) != 12 {
		t.Fatal(len(rows), "rows")
	}
	for i, want := range []string{
		`1|ann|ann@example.com|Ann "A" Lee, O'Brien|30|admin|true|12.50|3|2026-03-03T00:00:00Z|2026-05-06T05:08:09.123456Z|2026-01-01T10:00:00Z|{"n": 5, "city": "Lyon"}`,
		`2|bob|bob@example.org|Bob 100%|30|user|true|0.00|3|2026-03-03T00:00:00Z|2026-04-03T00:00:00Z|2026-01-01T10:00:00Z|{"city": "Lyon"}`,
		`3|c_d|c@x|Émile Ёлкин||editor|false|0.00|3|2026-03-03T00:00:00Z|2026-04-04T00:00:00Z|2026-01-02T23:30:00Z|{"city": "it's \"x\" ? $1"}`,
		`4|cxd|d@x|back\slash|16|user|true|0.00|0|||2026-01-03T00:30:00Z|{}`,
	} {
		if got := strings.Join(rows[i], "|"); got != want {
			t.Errorf("%s\nnot\n%s", got, want)
		}
	}
	if got := exported(t, store, "users", "csv", "columns=username,state,meta.n,meta.city&q=example&sort=-name&mark=true"); got != "\ufeffusername,state,meta.n,meta.city\nbob,suspended,,Lyon\nann,active,5,Lyon\n" {
		t.Errorf("%q", got)
	}
	if got := exported(t, store, "users", "csv", "q=nobody+at+all&columns=id&columns=name"); got != "id,name\n" {
		t.Errorf("%q", got)
	}
}

func TestJSONLinesHaveTheTypesOfTheAPI(t *testing.T) {
	store, conn := crowd(t)
	run(t, conn, `update users set name = E'A "quoted" \\ name', about = E'two\nlines\tand \u0007' where username = 'ann'`)
	lines := strings.Split(strings.TrimSuffix(exported(t, store, "users", "jsonl", "columns=id,username,name,age,is_active,credits,post_count,last_post_at,metadata,about,meta.n,meta.city"), "\n"), "\n")
	if len(lines) != 12 {
		t.Fatal(len(lines), "lines")
	}
	if want := `{"id":1,"username":"ann","name":"A \"quoted\" \\ name","age":30,"is_active":true,"credits":"0.00","post_count":3,"last_post_at":"2026-03-03T00:00:00Z",` +
		`"metadata":{"n": 5, "city": "Lyon"},"about":"two\nlines\tand \u0007","meta.n":5,"meta.city":"Lyon"}`; lines[0] != want {
		t.Errorf("%s\nnot\n%s", lines[0], want)
	}
	if !strings.Contains(lines[2], `"age":null`) || !strings.Contains(lines[3], `"last_post_at":null`) || !strings.Contains(lines[3], `"meta.city":null`) {
		t.Error(lines[2], lines[3])
	}
	for _, line := range lines {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil || len(row) != 12 {
			t.Error(line, err)
		}
	}
}

func TestAnExportNeverHasAPassword(t *testing.T) {
	store, conn := behind(t)
	modelstest.User(t, store)
	if hash := ask[string](t, conn, "select password_hash from users"); !strings.HasPrefix(hash, "$argon2id") {
		t.Fatal(hash)
	}
	all := strings.Join(slices.Concat(models.ExportColumns("users"), models.ExtraExportColumns("users"), []string{"meta.password_hash"}), ",")
	for _, format := range []string{"csv", "jsonl"} {
		if file := exported(t, store, "users", format, "columns="+all); strings.Contains(file, "argon2") {
			t.Error(file)
		}
	}
	for _, columns := range []string{"password_hash", "id,password_hash", "*", "id from users --", "meta.", "meta." + strings.Repeat("x", 51), "meta.a\x00", "ID"} {
		_, err := models.ParseExport("users", "csv", modelstest.Values("columns", columns), time.UTC)
		var invalid models.Invalid
		if !errors.As(err, &invalid) || invalid["columns"].Text == "" {
			t.Errorf("%q: %v", columns, err)
		}
	}
}

func TestASenselessExportIsRefusedWithItsField(t *testing.T) {
	for query, field := range map[string]string{"active=maybe": "active", "sort=password_hash": "sort", "limit=10": "limit", "after=x": "after", "mark=1": "mark", "age_min=x": "age_min"} {
		values, _ := url.ParseQuery(query)
		_, err := models.ParseExport("users", "csv", values, time.UTC)
		var invalid models.Invalid
		if !errors.As(err, &invalid) || len(invalid) != 1 || invalid[field].Text == "" {
			t.Errorf("%s: %v", query, err)
		}
	}
	if _, err := models.ParseExport("users", "xml", nil, time.UTC); err == nil {
		t.Error("xml")
	}
	if _, err := models.ParseExport("sessions", "csv", nil, time.UTC); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
}

var (
	formula  = regexp.MustCompile(`^[=+\-@\t\r]`)
	harmless = regexp.MustCompile(`^'+[=+\-@\t\r]`)
)

func TestWhatASpreadsheetWouldRunIsMadeHarmlessAndComesBack(t *testing.T) {
	store, conn := behind(t)
	texts := []string{"=1+1", "+1", "-1", "@sum", "\tx", "\rx", "'=1", "''@x", "'", "''", "'x", "plain", "=cmd|' /C calc'!A0", `=HYPERLINK("http://x","y")`, "-", "a=b", " =1", "=a\nb", "x\r\ny", "", ",", `"`, "'\t", "=\"a\",b"}
	for i, text := range texts {
		run(t, conn, `insert into users (username, name, email, about, metadata) values ($1, $2, $3, $4, jsonb_build_object('x', $4::text))`,
			fmt.Sprintf("-user%d", i), cmpOr(text, "x"), fmt.Sprintf("+%d@x", i), text)
	}
	head, rows := cells(t, exported(t, store, "users", "csv", "columns=username,name,email,about,meta.x"))
	if len(rows) != len(texts) {
		t.Fatal(len(rows), head)
	}
	for i, row := range rows {
		want := []string{fmt.Sprintf("-user%d", i), cmpOr(texts[i], "x"), fmt.Sprintf("+%d@x", i), texts[i], texts[i]}
		for j, cell := range row {
			if formula.MatchString(cell) {
				t.Errorf("%q would be run", cell)
			}
			if harmless.MatchString(cell) {
				cell = cell[1:]
			}
			if cell != strings.ReplaceAll(want[j], "\r\n", "\n") { // the reader of Go makes it so within a cell
				t.Errorf("%s: %q comes back as %q", head[j], want[j], cell)
			}
		}
	}
}

func cmpOr(a, b string) string {
	if strings.TrimSpace(a) == "" {
		return b
	}
	return a
}

// watching is a reader that does something before it takes the first piece, and then perhaps no more.
type watching struct {
	first func()
	stop  error
	bytes int
}

func (w *watching) Write(piece []byte) (int, error) {
	if w.bytes == 0 && w.first != nil {
		w.first()
	}
	w.bytes += len(piece)
	return len(piece), w.stop
}

func everyone(t *testing.T) models.Export {
	t.Helper()
	e, err := models.ParseExport("users", "csv", modelstest.Values("active", "true"), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAnExportIsOneConsistentPictureAndLoggedBeforeItsFirstByte(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	makeUsers(t, conn, 20_000)
	n := ask[int64](t, conn, "select count(*) from users where is_active")
	var file bytes.Buffer
	w := &watching{first: func() {
		if got := ask[string](t, conn, `select concat_ws('|', kind, actor, details ->> 'rows', details ->> 'format', details ->> 'filter') from audit order by id desc limit 1`); got !=
			fmt.Sprintf("export.users|%s|%d|csv|active=true&sort=id", admin.Username, n) {
			t.Error(got)
		}
		if got := ask[string](t, conn, `select string_agg(query, ' ') from pg_stat_activity where state = 'active' and query like 'select id, username%'`); !strings.Contains(got, "from users") {
			t.Error("not streamed: the query is over before the first byte")
		}
		run(t, conn, "update users set name = 'after', is_active = true")
		run(t, conn, "delete from users where id % 3 = 0 and role = 'user'")
	}}
	rows, err := store.Export(modelstest.Context(t), admin, everyone(t), io.MultiWriter(w, &file))
	if err != nil || rows != n {
		t.Fatal(rows, n, err)
	}
	if strings.Contains(file.String(), "after") || int64(strings.Count(file.String(), "\n")) != n+1 {
		t.Error("the file has seen what changed meanwhile")
	}
}

// statements notes the beginnings of what is asked.
type statements struct{ seen []string }

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.seen = append(s.seen, data.SQL)
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestAnExportReadsInARepeatableReadOnlyTransaction(t *testing.T) {
	seen := &statements{}
	store, err := models.Open(modelstest.Context(t), models.Options{URL: modelstest.URL(t), MaxConns: 4, Tracer: seen})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	if _, err := store.Export(modelstest.Context(t), nil, everyone(t), io.Discard); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(seen.seen, "begin isolation level repeatable read read only") {
		t.Error(seen.seen)
	}
}

func TestAReaderWhoGoesAwayEndsTheQuery(t *testing.T) {
	store, conn := behind(t)
	makeUsers(t, conn, 100_000)
	began := time.Now()
	gone := errors.New("gone")
	var pid int64
	first := func() {
		pid = ask[int64](t, conn, `select pid from pg_stat_activity where query like 'select id, username%'`)
	}
	if rows, err := store.Export(modelstest.Context(t), nil, everyone(t), &watching{first: first, stop: gone}); !errors.Is(err, gone) || rows > 5000 {
		t.Fatal(rows, err)
	}
	await(t, conn, fmt.Sprintf("select not exists (select from pg_stat_activity where pid = %d)", pid))
	if took := time.Since(began); took > 5*time.Second {
		t.Error("only after", took)
	}
	if _, err := store.Export(modelstest.Context(t), nil, everyone(t), io.Discard); err != nil {
		t.Error("the next one:", err)
	}
}

// await waits until the database says yes.
func await(t *testing.T, conn *pgx.Conn, question string) {
	t.Helper()
	for range 200 {
		if ask[bool](t, conn, question) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Error("never:", question)
}

func TestTheMemoryOfAnExportDoesNotGrowWithItsRows(t *testing.T) {
	store, conn := behind(t)
	makeUsers(t, conn, 60_000)
	var before, after runtime.MemStats
	if _, err := store.Export(modelstest.Context(t), nil, everyone(t), io.Discard); err != nil {
		t.Fatal(err)
	}
	w := &watching{}
	runtime.ReadMemStats(&before)
	rows, err := store.Export(modelstest.Context(t), nil, everyone(t), w)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if all := after.TotalAlloc - before.TotalAlloc; all > 2<<20 || w.bytes < 4<<20 {
		t.Errorf("%d bytes were taken for a file of %d bytes with %d rows", all, w.bytes, rows)
	}
}

func TestOnlyAdminsExportAndNotAllAtOnce(t *testing.T) {
	store := modelstest.Store(t) // has eight connections, and so two places
	if _, err := store.Export(modelstest.Context(t), modelstest.User(t, store), everyone(t), io.Discard); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	var second, third error
	w := &watching{first: func() {
		_, second = store.Export(modelstest.Context(t), nil, everyone(t), &watching{first: func() {
			_, third = store.Export(modelstest.Context(t), nil, everyone(t), io.Discard)
		}})
	}}
	if _, err := store.Export(modelstest.Context(t), nil, everyone(t), w); err != nil || second != nil {
		t.Error(err, second)
	}
	if !errors.Is(third, models.ErrConflict) {
		t.Error("a third beside two:", third)
	}
	if _, err := store.Export(modelstest.Context(t), nil, everyone(t), io.Discard); err != nil {
		t.Error("afterwards:", err)
	}
}
