package controllers_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// sends uploads a file.
func (p *program) sends(file, query string) *answer {
	p.t.Helper()
	p.sent.Set("Content-Type", "text/csv")
	defer p.sent.Del("Content-Type")
	return p.call("POST", "/api/admin/imports"+query, file)
}

func TestAProgramImportsUsers(t *testing.T) {
	site, ruth, conn := adminSite(t)
	admin := site.program(modelstest.Admin(t, site.Store), "admin")
	modelstest.User(t, site.Store, modelstest.Named("hana"))
	file := "Login;E-Mail;Alter;city\nhana;hana@example.com;36;Lyon\nnew-one;new-one@example.com;;Riga\nal;nowhere;;\n"
	made := admin.sends(file, "?name=members.csv").gives(201)
	if at := made.head.Get("Location"); at != "/api/admin/imports/1" {
		t.Error(at)
	}
	want := `{"id":1,"name":"members.csv","state":"rehearsed","mode":"both","match":"either","bytes":101,"rows":3,"done":3,"create":1,"change":1,"same":0,"passed":0,"refused":1,"created_at":"`
	for _, got := range []*answer{made, admin.get("/api/admin/imports/1").gives(200)} {
		if !strings.HasPrefix(string(got.body), want) {
			t.Errorf("%s", got.body)
		}
	}
	if n := ask[int](t, conn, "select count(*) from users where username = 'new-one'"); n != 0 {
		t.Error("it was not only rehearsed")
	}
	ruth.open("/api/admin/imports/1/errors.csv").status(200)
	if kind := ruth.head.Get("Content-Type"); kind != "text/csv; charset=utf-8" || ruth.text !=
		"reason;Login;E-Mail;Alter;city\nLogin: A user name has 3 to 50 letters, digits, - or _. E-Mail: An e-mail address looks like name@example.com.;al;nowhere;;\n" {
		t.Errorf("%s %q", kind, ruth.text)
	}
	done := admin.call("POST", "/api/admin/imports/1/commit", nil).gives(201).values()
	if done["state"] != "committed" || done["receipt"] != 1.0 || done["create"] != 1.0 {
		t.Error(done)
	}
	admin.call("POST", "/api/admin/imports/1/commit", nil).fails(409, "Only an import that was rehearsed can be committed.")
	if got := ask[string](t, conn, "select string_agg(username || ' ' || metadata::text, ', ' order by id) from users where metadata <> '{}'"); got != `hana {"city": "Lyon"}, new-one {"city": "Riga"}` {
		t.Error(got)
	}
	update := admin.sends("username,age\nhana,40\nnobody,3\n", "?mode=update&match=username").gives(201).values()
	if update["change"] != 1.0 || update["passed"] != 1.0 || update["mode"] != "update" {
		t.Error(update)
	}
	sql(t, conn, "update users set age = 40 where username = 'hana'")
	admin.call("POST", "/api/admin/imports/2/commit", nil).fails(409, "Users have changed since the rehearsal", "line 2")
	admin.call("POST", "/api/admin/imports/2/commit", nil).fails(409, "There is nothing to do: every line is refused, or as it is now.")
	admin.get("/api/admin/imports/99").fails(404, "Import not found")
	admin.get("/api/admin/imports/x").fails(404, "Import not found")
	for _, p := range []*program{site.program(nil, ""), site.program(modelstest.User(t, site.Store), "write"), site.program(modelstest.Admin(t, site.Store), "write")} {
		want := 403
		if p.token == "" {
			want = 401
		}
		p.sends("username,email\nx,x@example.com\n", "").gives(want)
		p.get("/api/admin/imports/1").gives(want)
		p.get("/api/admin/imports/1/errors.csv").gives(want)
		p.call("POST", "/api/admin/imports/1/commit", nil).gives(want)
	}
}

func TestAProgramIsToldWhatIsWrongWithAFile(t *testing.T) {
	site := newSite(t)
	admin := site.program(modelstest.Admin(t, site.Store), "admin")
	for file, want := range map[string]string{
		"":                                "The file is empty.",
		"name,city\nAnn,Lyon\n":           "No column is the user name or the e-mail address: nothing says whom a line is about.",
		"\x89PNG\r\n\x1a\n0000":           "This is a picture, not a CSV file.",
		"username,email\n":                "The file has names of columns, and no line after them.",
		"ann,ann@example.com\nb,b@b.be\n": "The first line holds an e-mail address, and should hold the names of the columns. Add a line such as: username, email, name.",
	} {
		got := admin.sends(file, "").fails(422, "A field has a wrong value", "body")
		var said struct{ Fields map[string]string }
		if err := json.Unmarshal(got.body, &said); err != nil || said.Fields["body"] != want {
			t.Errorf("%q: %s", file, got.body)
		}
	}
	admin.sends("username,email\nann,ann@example.com\n", "?mode=all").gives(422)
	admin.sends("username,email\nann,ann@example.com\n", "?separator=dot").gives(422)
	admin.sent.Set("Content-Type", "multipart/form-data; boundary=x")
	admin.call("POST", "/api/admin/imports", "--x--").fails(415, "The body must be text/csv")
}

func TestAFileThatIsTooLargeIsRefused(t *testing.T) {
	site, ruth, conn := adminSite(t)
	admin := site.program(modelstest.Admin(t, site.Store), "admin")
	// A line that is too long takes no room in the database.
	lines := func() io.Reader {
		return io.LimitReader(&repeating{"username,email\n", "some words "}, models.MaxImport+1<<20)
	}
	for what, size := range map[string]int64{"announced": models.MaxImport + 1<<20, "not announced": -1} {
		request, err := http.NewRequestWithContext(modelstest.Context(t), "POST", site.url+"/api/admin/imports", lines())
		if err != nil {
			t.Fatal(err)
		}
		request.ContentLength = size
		request.Header.Set("Authorization", "Bearer "+admin.token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(what, err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != 413 || !strings.Contains(string(body), `"The body is too large"`) || !strings.Contains(string(body), "The file is larger than 200 MB.") {
			t.Error(what, response.StatusCode, string(body))
		}
	}
	for what, size := range map[string]int64{"announced": 1, "not announced": 0} {
		head := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large.csv\"\r\n\r\n"
		request, err := http.NewRequestWithContext(modelstest.Context(t), "POST", site.url+"/admin/imports", io.MultiReader(strings.NewReader(head), lines(), strings.NewReader("\r\n--x--\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		if request.ContentLength = -1; size > 0 {
			request.ContentLength = int64(len(head)) + models.MaxImport + 1<<20 + 9
		}
		request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		request.Header.Set("Origin", site.url)
		if ruth.do(request); ruth.code != 413 {
			t.Error(what, ruth.code)
		}
		ruth.sees("The file is larger than 200 MB. Cut it into parts and upload these one by one.", "Upload the file")
	}
	if n := ask[int](t, conn, "select count(*) from import_lines"); n != 0 {
		t.Errorf("%d lines are left", n)
	}
}

// repeating is a heading and one line for ever.
type repeating struct{ rest, line string }

func (r *repeating) Read(p []byte) (n int, err error) {
	if r.rest == "" {
		r.rest = strings.Repeat(r.line, 1000)
	}
	n = copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestAnUploadWhoseSenderGoesAwayImportsNothing(t *testing.T) {
	site, ruth, conn := adminSite(t)
	admin := site.program(modelstest.Admin(t, site.Store), "admin")
	reader, writer := io.Pipe()
	request, err := http.NewRequestWithContext(modelstest.Context(t), "POST", site.url+"/api/admin/imports?name=half.csv", reader)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+admin.token)
	go func() {
		defer writer.CloseWithError(io.ErrClosedPipe)
		io.Copy(writer, io.LimitReader(&repeating{"username,email\n", "some-body,some-body@example.com\n"}, 5<<20))
		// Meanwhile everyone can see how far it is.
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if ask[int](t, conn, "select count(*) from imports where state = 'staging' and lines > 1000") == 1 {
				break
			}
			io.WriteString(writer, "some-body,some-body@example.com\n") // a sender who stands still tells nothing new
		}
		ruth.open("/admin/imports").sees("half.csv", "being read: ")
		ruth.open("/admin/imports/1").sees("1 Upload", "Reading: ", "lines so far.", "Stop and throw away")
	}()
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		t.Error("the request went through:", response.Status)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if ask[string](t, conn, "select state || ' ' || kept from imports") == "failed false" {
			break
		}
		if time.Now().After(end) {
			t.Fatal(ask[string](t, conn, "select state || ' ' || kept from imports"))
		}
	}
	if n := ask[int](t, conn, "select (select count(*) from import_lines) + (select count(*) from import_plans) + (select count(*) from users where username = 'some-body')"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	ruth.open("/admin/imports/1").status(200).sees("The import failed", "The upload broke off after", "Nothing was imported.", "Upload a file again")
}
