package models_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// office is a site with an admin who imports.
type office struct {
	*models.Store
	t     testing.TB
	url   string
	sql   *pgx.Conn
	admin *models.User
}

func newOffice(t testing.TB) *office {
	t.Helper()
	url := modelstest.URL(t)
	store := modelstest.Open(t, url)
	o := &office{store, t, url, modelstest.SQL(t, url), modelstest.User(t, store, modelstest.Named("chief"), func(in *models.NewUser) { in.Role = models.RoleAdmin })}
	return o
}

// upload stages a file; change says how it shall be imported.
func (o *office) upload(file string, change ...func(*models.NewImport)) *models.Import {
	o.t.Helper()
	return o.uploadFrom(strings.NewReader(file), change...)
}

func (o *office) uploadFrom(file io.Reader, change ...func(*models.NewImport)) *models.Import {
	o.t.Helper()
	in := models.NewImport{Name: "members.csv", Size: -1}
	for _, set := range change {
		set(&in)
	}
	i, err := o.StageImport(modelstest.Context(o.t), o.admin, in, file)
	if err != nil {
		o.t.Fatal(err)
	}
	return i
}

// await waits until the import is in a state.
func (o *office) await(i *models.Import, state string) *models.Import {
	o.t.Helper()
	i, err := o.AwaitImport(modelstest.Context(o.t), o.admin, i.ID, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	if i.State != state {
		o.t.Fatalf("the import is %s, not %s: %s", i.State, state, i.Failure)
	}
	return i
}

// rehearse uploads a file and waits for its rehearsal.
func (o *office) rehearse(file string, change ...func(*models.NewImport)) *models.Import {
	o.t.Helper()
	return o.await(o.upload(file, change...), models.ImportRehearsed)
}

// commit commits an import and waits.
func (o *office) commit(i *models.Import) *models.Import {
	o.t.Helper()
	if err := o.CommitImport(modelstest.Context(o.t), o.admin, i.ID, 0); err != nil {
		o.t.Fatal(err)
	}
	return o.await(i, models.ImportCommitted)
}

// refused lists the refused lines: "line column [cell] sentence".
func (o *office) refused(i *models.Import) (said []string) {
	o.t.Helper()
	for _, line := range o.lines(i, "refuse") {
		for _, p := range line.Problems {
			said = append(said, fmt.Sprintf("%d %s [%s] %s", line.Line, p.Column, p.Cell, p.Say))
		}
	}
	return said
}

// changes lists what would change: "line user field: now → then".
func (o *office) changes(i *models.Import) (said []string) {
	o.t.Helper()
	text := func(value *string) string {
		if value == nil {
			return "none"
		}
		return *value
	}
	for _, line := range o.lines(i, "change") {
		for _, c := range line.Changes {
			said = append(said, fmt.Sprintf("%d %s %s: %s → %s", line.Line, line.Username, c.Field, text(c.Now), text(c.Then)))
		}
	}
	return said
}

func (o *office) lines(i *models.Import, act string) []models.ImportLine {
	o.t.Helper()
	lines, _, err := o.ImportLines(modelstest.Context(o.t), i, act, 0, 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	return lines
}

// figures are what the rehearsal found: create, change, same, passed, refused.
func figures(i *models.Import) string {
	return fmt.Sprintf("%d %d %d %d %d", i.Created, i.Changed, i.Same, i.Passed, i.Refused)
}

func (o *office) user(username string, set ...func(*models.NewUser)) *models.User {
	o.t.Helper()
	return modelstest.User(o.t, o.Store, append([]func(*models.NewUser){modelstest.Named(username)}, set...)...)
}

// everyone is the table of users as text.
func (o *office) everyone() string {
	return ask[string](o.t, o.sql, `select coalesce(string_agg(concat_ws('|', id, username, name, email, age, role, metadata, updated_at), E'\n' order by id), '') from users`)
}

// counts are the rows of a table.
func (o *office) count(sql string) int { return ask[int](o.t, o.sql, `select count(*)::int `+sql) }

func (o *office) errorsOf(i *models.Import) string {
	o.t.Helper()
	var file strings.Builder
	if err := o.WriteImportErrors(modelstest.Context(o.t), i, &file, models.Sentence.String); err != nil {
		o.t.Fatal(err)
	}
	return file.String()
}

// check recounts every kept figure.
func (o *office) check() {
	o.t.Helper()
	if off, err := o.Check(modelstest.Context(o.t)); err != nil || len(off) > 0 {
		o.t.Error(off, err)
	}
}

func same(t testing.TB, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

var mode = func(mode string) func(*models.NewImport) {
	return func(in *models.NewImport) { in.Mode = mode }
}

var matched = func(by string) func(*models.NewImport) {
	return func(in *models.NewImport) { in.Match = by }
}

var byHand = func(in *models.NewImport) { in.Wait = true }

func TestARehearsalShowsWhatACommitWouldDoAndWritesNothing(t *testing.T) {
	o := newOffice(t)
	o.user("hana", func(in *models.NewUser) {
		in.Name, in.Metadata = "Hana Sato", models.Metadata{"city": "Lyon", "since": 2019}
	})
	age := 36
	o.user("kofi", func(in *models.NewUser) { in.Name, in.Age = "Kofi Asante", &age })
	o.user("mai", func(in *models.NewUser) { in.Name = "Mai" })
	before := o.everyone()
	i := o.rehearse("username,email,name,age,city,since\n" +
		"hana,hana@example.com,Hana Sato,,Villeurbanne,2019\n" +
		"new-one,new@example.com,New One,20,Oslo,\n" +
		"kofi,kofi@example.com,Kofi Asante,37,,\n" +
		"mai,mai@example.com,Mai,,,\n" +
		"zed,not an address,Zed,,,\n" +
		"al,al@example.com,Al,-3,,\n" +
		"few,few@example.com\n" +
		"admin,a@example.com,,,,\n" +
		"other,OTHER@example.com,,,,\n")
	if figures(i) != "2 2 1 0 4" || i.Lines != 9 || i.Done != 9 {
		t.Error(figures(i), i.Lines, i.Done)
	}
	same(t, o.changes(i), []string{"2 hana city: Lyon → Villeurbanne", "4 kofi age: 36 → 37"})
	same(t, o.refused(i), []string{
		"6 email [not an address] An e-mail address looks like name@example.com.",
		"7 username [al] A user name has 3 to 50 letters, digits, - or _.",
		"7 age [-3] An age is a whole number from 1 to 150.",
		"8  [] Has 2 cells, the heading has 6.",
		"9 username [admin] This user name is kept for the site itself."})
	if o.everyone() != before || o.count("from acts") != 0 {
		t.Error("the rehearsal has changed users")
	}

	i = o.commit(i)
	if got := ask[string](t, o.sql, `select string_agg(concat_ws('|', username, name, email, age, role, metadata, password_hash = ''), E'\n' order by id) from users where username in ('hana', 'kofi', 'new-one', 'other', 'mai')`); got !=
		"hana|Hana Sato|hana@example.com|user|{\"city\": \"Villeurbanne\", \"since\": 2019}|f\n"+
			"kofi|Kofi Asante|kofi@example.com|37|user|{}|f\nmai|Mai|mai@example.com|user|{}|f\n"+
			"new-one|New One|new@example.com|20|user|{\"city\": \"Oslo\"}|t\nother|other|OTHER@example.com|user|{}|t" {
		t.Error(got)
	}
	if i.ActID == 0 || figures(i) != "2 2 1 0 4" {
		t.Errorf("%+v", i)
	}
	same(t, o.refused(i)[:1], []string{"6 email [not an address] An e-mail address looks like name@example.com."})
	if n := o.count("from import_lines"); n != 4 {
		t.Errorf("%d lines are kept, and 4 were refused", n)
	}
	o.check()
}

func TestACommitHasAReceiptAndALineInTheLog(t *testing.T) {
	o := newOffice(t)
	hana := o.user("hana", func(in *models.NewUser) { in.Metadata = models.Metadata{"city": "Lyon", "old": true} })
	i := o.rehearse("username,email,role,city\nhana,hana.sato@example.com,editor,Oslo\nnew-one,new@example.com,,\nbad\n")
	ctx := models.WithOrigin(modelstest.Context(t), models.Origin{Address: "192.0.2.7", UserAgent: "A browser"})
	if err := o.CommitImport(ctx, o.admin, i.ID, 0); err != nil {
		t.Fatal(err)
	}
	i = o.await(i, models.ImportCommitted)
	if got := ask[string](t, o.sql, `select concat_ws(' ', kind, target_kind, by_name, total, refused, params ->> 'file', rehearsed_at is not null) from acts where id = `+fmt.Sprint(i.ActID)); got !=
		"import user chief 2 1 members.csv t" {
		t.Error(got)
	}
	if got := ask[string](t, o.sql, `select string_agg(concat_ws(' ', op, label, name, target_id = `+fmt.Sprint(hana.ID)+`, before, after), E'\n' order by target_id) from act_rows`); got !=
		`update hana hana t {"role": "user", "email": "hana@example.com", "metadata": {"city": "Lyon"}} {"role": "editor", "email": "hana.sato@example.com", "metadata": {"city": "Oslo"}}`+
			"\ninsert new-one new-one f" {
		t.Error(got)
	}
	if got := ask[string](t, o.sql, `select concat_ws(' ', kind, actor, receipt = `+fmt.Sprint(i.ActID)+`, details ->> 'total', details ->> 'user_agent', address)
		from audit join audit_addresses on audit_id = id where kind = 'act.import'`); got != "act.import chief t 2 A browser 192.0.2.7" {
		t.Error(got)
	}
	if ask[bool](t, o.sql, `select origin is not null from imports`) {
		t.Error("the address is kept outside the log")
	}
	if ask[bool](t, o.sql, `select updated_at <= created_at from users where username = 'hana'`) {
		t.Error("hana was not updated")
	}
}

func TestOnlyAnAdminImports(t *testing.T) {
	o := newOffice(t)
	user := o.user("ann")
	i := o.rehearse("username,email\nnew-one,new@example.com\n")
	ctx := modelstest.Context(t)
	_, err := o.StageImport(ctx, user, models.NewImport{}, strings.NewReader("x"))
	for name, err := range map[string]error{"upload": err, "commit": o.CommitImport(ctx, user, i.ID, 0), "drop": o.DropImport(ctx, user, i.ID),
		"rehearse": o.RehearseImport(ctx, user, i.ID, i.Columns, "", ""), "read": second(o.Import(ctx, user, i.ID))} {
		if err != models.ErrForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Who is no admin any more when the job comes to it commits nothing.
	o.user("second", func(in *models.NewUser) { in.Role = models.RoleAdmin })
	run(t, o.sql, `update imports set state = 'committing'`)
	run(t, o.sql, `update users set role = 'user' where id = `+fmt.Sprint(o.admin.ID))
	if err := o.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if i, err := o.AwaitImport(ctx, nil, i.ID, nil); err != nil || i.State != models.ImportFailed || !strings.Contains(i.Failure.String(), "may no longer do so") {
		t.Errorf("%+v %v", i, err)
	}
	if o.count("from users where username = 'new-one'") != 0 {
		t.Error("it was imported")
	}
}

func second[T any](_ T, err error) error { return err }

func TestAnImportIsToldToAdmins(t *testing.T) {
	o := newOffice(t)
	run(t, o.sql, `delete from events`)
	i := o.commit(o.rehearse("username,email\nnew-one,new@example.com\n"))
	if n := o.count(fmt.Sprintf("from events where kind = 'import' and ref = %d and audience = 0", i.ID)); n < 4 {
		t.Errorf("%d events", n)
	}
	if generation, _ := o.Generation(); generation == 0 {
		t.Error("kept pages go on")
	}
}

func before5s(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("not within 5 seconds: ", what)
}
