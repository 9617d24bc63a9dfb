package controllers_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAnAdminTakesOutTheUsersOfAFilter(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	n := ask[int64](t, conn, "select count(*) from users where role = 'editor'")
	ruth.open("/admin/users?role=editor&sort=name&limit=10").click("Export").status(200).sees("Editors, by name", fmt.Sprintf("%d of 84", n))
	ruth.submit(fmt.Sprintf("Export %d users as CSV", n)).status(200)
	if kind, name := ruth.head.Get("Content-Type"), ruth.head.Get("Content-Disposition"); kind != "text/csv; charset=utf-8" ||
		!regexp.MustCompile(`^attachment; filename="users-\d{4}-\d\d-\d\d\.csv"$`).MatchString(name) || ruth.head.Get("Cache-Control") != "no-store" {
		t.Error(kind, name, ruth.head)
	}
	rows, err := csv.NewReader(strings.NewReader(ruth.text)).ReadAll()
	if err != nil || int64(len(rows)) != n+1 || rows[0][0] != "id" || len(rows[0]) != 13 {
		t.Fatal(err, len(rows), rows[0])
	}
	for _, row := range rows[1:] {
		if row[5] != "editor" {
			t.Error(row)
		}
	}
	ruth.open("/admin/exports?role=editor&columns=username&columns=meta.city").submit(fmt.Sprintf("Export %d users as JSON lines", n)).status(200)
	if got := strings.Count(ruth.text, "\n"); int64(got) != n || !strings.HasPrefix(ruth.text, `{"username":"`) || !strings.Contains(ruth.text, `"meta.city":"Oslo"}`) {
		t.Error(got, ruth.text[:100])
	}
	if kind := ruth.head.Get("Content-Type"); kind != "application/jsonl; charset=utf-8" {
		t.Error(kind)
	}
	if got := ask[string](t, conn, "select string_agg(concat_ws(' ', kind, details ->> 'format', details ->> 'rows', details ->> 'filter', host(address)), '; ' order by id) from audit left join audit_addresses on audit_id = id where kind like 'export%'"); got !=
		fmt.Sprintf("export.users csv %d role=editor&sort=name 127.0.0.1; export.users jsonl %d role=editor&sort=id 127.0.0.1", n, n) {
		t.Error(got)
	}
}

func TestASenselessExportIsSaidOnThePage(t *testing.T) {
	_, ruth, _ := adminSite(t)
	ruth.open("/admin/exports/users.csv?active=maybe").status(422).sees("Nothing is exported", "Active is true or false.").click("Change the filter").status(422)
	ruth.open("/admin/exports/users.csv?columns=id,password_hash").status(422).sees("There is no column “password_hash”.")
	ruth.post("/admin/exports/links.csv", "age_min", "old").status(422).sees("This is a whole number from 0 to 150.")
	ruth.open("/admin/exports/users.xml").status(404)
	ruth.open("/admin/exports?q=nobody-at-all").status(200).sees("Nobody here could use one.")
}

func TestAHeadRequestMakesNoExport(t *testing.T) {
	site, ruth, conn := adminSite(t)
	for _, path := range []string{"/admin/exports/users.csv", "/api/admin/exports/users.jsonl"} {
		response, err := ruth.client.Head(site.url + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 200 || !strings.HasPrefix(response.Header.Get("Content-Disposition"), "attachment; filename=") {
			t.Error(path, response.StatusCode, response.Header)
		}
	}
	if n := ask[int64](t, conn, "select count(*) from audit where kind like 'export%'"); n != 0 {
		t.Error(n, "lines")
	}
}

func TestLinksAreMadeOnDemandForManyUsers(t *testing.T) {
	site, ruth, conn := adminSite(t)
	populate(t, conn)
	n := ask[int64](t, conn, "select count(*) from users where is_active and password_hash = '' and metadata ->> 'city' = 'Lyon'")
	ruth.open("/admin/exports?meta.city=Lyon").submit(fmt.Sprintf("Make %d links for who has no password yet", n)).status(200)
	rows, err := csv.NewReader(strings.NewReader(ruth.text)).ReadAll()
	if err != nil || int64(len(rows)) != n+1 || ruth.head.Get("Cache-Control") != "no-store" || !strings.Contains(ruth.head.Get("Content-Disposition"), `"links-`) {
		t.Fatal(err, len(rows), ruth.head)
	}
	path, ours := strings.CutPrefix(rows[1][3], site.url)
	if !ours {
		t.Fatal(rows[1])
	}
	site.visitor().open(path).status(200).submit("Set the password and sign in", "password", "a new long password").status(200).sees("You are signed in as " + rows[1][0])
	site.visitor().open(path).status(404)
}

// download asks for a file, of which the test reads as much as it likes.
func (p *program) download(path, encoding string) *http.Response {
	t := p.t
	t.Helper()
	request, err := http.NewRequestWithContext(modelstest.Context(t), "GET", p.site.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	request.Header.Set("Accept-Encoding", encoding)
	response, err := (&http.Client{Transport: &http.Transport{DisableCompression: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// largeSite is a site whose export takes more than all buffers on the way can hold.
func largeSite(t *testing.T) (*program, *pgx.Conn) {
	t.Helper()
	site, _, conn := adminSite(t)
	sql(t, conn, `insert into users (username, name, email, about) select 'u-' || i, 'U', 'u' || i || '@example.com', repeat(md5(i::text), 50) from generate_series(1, 20000) i`)
	ruth, err := site.UserByName(modelstest.Context(t), "ruth")
	if err != nil {
		t.Fatal(err)
	}
	return site.program(ruth, models.ScopeAdmin), conn
}

const (
	largePath = "/api/admin/exports/users.csv?columns=id,about"
	streaming = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like 'select id, about%' and state = 'active'"
)

func TestAnExportComesWhileItIsRead(t *testing.T) {
	p, conn := largeSite(t)
	for _, encoding := range []string{"identity", "gzip", "zstd"} {
		response := p.download(largePath, encoding)
		if first, err := bufio.NewReader(response.Body).Peek(1000); err != nil || encoding == "identity" && !strings.HasPrefix(string(first), "id,about\n1,") {
			t.Fatal(string(first), err)
		}
		if ask[int64](t, conn, "select count(*) from ("+streaming+") x") != 1 {
			t.Errorf("%s: the query is over at the first byte", encoding)
		}
		if got := response.Header.Get("Content-Encoding"); got != strings.TrimPrefix(encoding, "identity") {
			t.Error(got)
		}
		response.Body.Close()
		awaitNone(t, conn)
	}
}

// awaitNone waits until no export is under way.
func awaitNone(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for range 200 {
		if ask[int64](t, conn, "select count(*) from ("+streaming+") x") == 0 {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Error("the query goes on")
}

func TestAnExportThatBreaksOffIsNoWholeFile(t *testing.T) {
	p, conn := largeSite(t)
	for _, encoding := range []string{"identity", "gzip"} {
		response := p.download(largePath, encoding)
		in := bufio.NewReader(response.Body)
		if _, err := in.Peek(1000); err != nil {
			t.Fatal(err)
		}
		sql(t, conn, "select pg_terminate_backend(pid) from ("+streaming+") x")
		n, err := io.Copy(io.Discard, in)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %d bytes, and then %v", encoding, n, err)
		}
	}
	response := p.download(largePath, "gzip")
	plain, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, plain); err != nil || n < 20000*1600 {
		t.Error("the next one:", n, err)
	}
}

func TestTheAPIExportsForAdminsAlone(t *testing.T) {
	s := newSite(t)
	admin, user := modelstest.Admin(t, s.Store), modelstest.User(t, s.Store, modelstest.Named("ann"))
	s.program(nil, "").get("/api/admin/exports/users.csv").gives(401)
	s.program(user, models.ScopeWrite).get("/api/admin/exports/users.csv").gives(403)
	s.program(admin, models.ScopeWrite).get("/api/admin/exports/users.csv").gives(403)
	p := s.program(admin, models.ScopeAdmin)
	for path, want := range map[string]string{
		"/api/admin/exports/users.csv?q=ann&columns=username,email":   "username,email\nann,ann@example.com\n",
		"/api/admin/exports/users.jsonl?q=ann&columns=id,age,credits": fmt.Sprintf(`{"id":%d,"age":null,"credits":"0.00"}`+"\n", user.ID),
	} {
		response := p.download(path, "identity")
		if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != 200 || string(body) != want {
			t.Errorf("%s: %d %q %v", path, response.StatusCode, body, err)
		}
	}
	p.get("/api/admin/exports/users.csv?columns=password_hash").fails(422, "A field has a wrong value", "columns")
	p.get("/api/admin/exports/users.csv?limit=5&active=1").fails(422, "A field has a wrong value", "limit", "active")
	p.get("/api/admin/exports/sessions.csv").gives(404)
}

func TestAnAdminTakesOutThePostsOfAFilter(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	for i := range 3 {
		modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = fmt.Sprintf("Post %d", i) })
	}
	modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title, p.Status = "Draft", models.StatusDraft })
	if to := ruth.open("/admin/exports").page.Find(".presets a:not([aria-current])").AttrOr("href", ""); to != "/admin/exports?what=posts" {
		t.Error(to)
	}
	ruth.open("/admin/exports?what=posts").status(200).sees("Export 4 posts as CSV").seesNot("One-time links")
	ruth.open("/admin/exports?what=posts&author=ann&status=published&sort=title").status(200).sees("Posts: written by ann, published only, by title", "3 of 4")
	ruth.submit("Export 3 posts as CSV").status(200)
	rows, err := csv.NewReader(strings.NewReader(ruth.text)).ReadAll()
	if err != nil || len(rows) != 4 || strings.Join(rows[0], ",") != "id,user_id,username,title,content,tags,status,created_at,updated_at,published_at,visibility,publish_at,lang" || rows[1][3] != "Post 0" {
		t.Fatal(err, rows)
	}
	if name := ruth.head.Get("Content-Disposition"); !regexp.MustCompile(`^attachment; filename="posts-\d{4}-\d\d-\d\d\.csv"$`).MatchString(name) {
		t.Error(name)
	}
	ruth.open("/admin/exports?what=posts&columns=title").submit("Export 4 posts as JSON lines").status(200)
	if !strings.HasPrefix(ruth.text, `{"title":"Post 0"}`+"\n") || strings.Count(ruth.text, "\n") != 4 {
		t.Error(ruth.text)
	}
	ruth.open("/admin/exports/posts.csv?status=lost").status(422).sees("Nothing is exported", "A post is published, scheduled or a draft.")
	if got := ask[string](t, conn, "select string_agg(concat_ws(' ', kind, details ->> 'format', details ->> 'rows', details ->> 'filter'), '; ' order by id) from audit where kind like 'export%'"); got !=
		"export.posts csv 3 author=ann&sort=title&status=published; export.posts jsonl 4 sort=id" {
		t.Error(got)
	}
	p := site.program(ann, models.ScopeWrite)
	p.get("/api/admin/exports/posts.csv").gives(403)
	admin := site.program(modelstest.Admin(t, site.Store), models.ScopeAdmin)
	response := admin.download("/api/admin/exports/posts.jsonl?author=ann&status=draft&columns=title,tags", "identity")
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != `{"title":"Draft","tags":[]}`+"\n" {
		t.Errorf("%s %v", body, err)
	}
	admin.get("/api/admin/exports/posts.csv?columns=password_hash&status=lost").fails(422, "A field has a wrong value", "columns", "status")
}
