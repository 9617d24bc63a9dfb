package controllers_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// upload sends a file by the form of the page of imports, as a browser does; pairs are the other fields.
func (b *browser) upload(name, file string, pairs ...string) *browser {
	b.t.Helper()
	return b.uploadFrom(name, strings.NewReader(file), pairs...)
}

func (b *browser) uploadFrom(name string, file io.Reader, pairs ...string) *browser {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		form.WriteField(pairs[i], pairs[i+1])
	}
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = io.Copy(part, file)
	}
	if err != nil || form.Close() != nil {
		b.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(modelstest.Context(b.t), "POST", b.site.url+"/admin/imports", &body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Origin", b.site.url)
	return b.do(request)
}

// settled loads the page again until nothing goes on any more, as somebody without JavaScript does.
func (b *browser) settled() *browser {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if b.open(b.at.Path); b.page.Find("progress").Length() == 0 {
			return b
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.t.Fatalf("%s goes on: %s", b.at, b.words())
	return b
}

func TestAnAdminUploadsMatchesRehearsesAndCommitsAFile(t *testing.T) {
	site, ruth, conn := adminSite(t)
	hana := modelstest.User(t, site.Store, modelstest.Named("hana"), func(in *models.NewUser) { in.Metadata = models.Metadata{"city": "Lyon"} })
	modelstest.User(t, site.Store, modelstest.Named("kofi"))
	file := "\ufeffLogin;E-Mail;Alter;city;fax;password\r\n" +
		"hana;hana@example.com;36;Villeurbanne;1;geheim-geheim\r\nkofi;kofi@example.com;;;;\r\nnew-one;new-one@example.com;41;\"two\r\nlines\";2;x\r\n" +
		"al;nowhere;-3;;;\r\nbea;bea@example.com;1\r\nadmin;someone@example.com;;;;\r\n"
	ruth.open("/admin").click("Imports").status(200).sees("No imports yet", "Up to 200 MB", "Upload the file")
	ruth.upload("members <2025>.csv", file).status(200)
	page := ruth.at.Path
	ruth.sees("Import 1: members <2025>.csv", "Semicolons between cells, double quotes, Windows line ends, in UTF-8 with a byte order mark.", "6 lines, ",
		"Passwords are never imported.", "Villeurbanne · two lines", "Rehearse 6 lines")
	for n, want := range map[int]string{1: "username", 2: "email", 3: "age", 4: "own", 5: "own", 6: "none"} {
		if got := ruth.page.Find(fmt.Sprintf("[name=use-%d] [selected]", n)).AttrOr("value", ""); got != want {
			t.Errorf("column %d becomes %s, not %s", n, got, want)
		}
	}
	if got := ruth.page.Find(".steps [aria-current]").Text(); got != "2 Match columns" {
		t.Error(got)
	}
	// What was chosen stays, with a sentence beside what is wrong.
	ruth.submit("Rehearse 6 lines", "use-5", "email", "use-3", "own", "own-3", "").status(422).
		sees("2 things to put right", "Column 2 is this field already.", "A field needs a name of at most")
	if got := ruth.page.Find("[name=use-5] [selected]").AttrOr("value", ""); got != "email" {
		t.Error(got)
	}
	ruth.submit("Rehearse 6 lines", "use-6", "name").status(422).sees("Passwords are never imported.")
	ruth.open(page).submit("Rehearse 6 lines", "use-5", "none").settled()
	ruth.sees("Rehearsal: nothing has changed yet", "To create 1 each can get a one-time link", "To change 1 found by user name or address", "Same as now 1", "Refused 3",
		"Fields of a user: Login, E-Mail, Alter.", "Own fields: city.", "Left out: fax, password.",
		"1 would change", "hana age – 36", "hana city Lyon Villeurbanne", "3 refused",
		"6 Login al A user name has 3 to 50 letters", "6 E-Mail nowhere An e-mail address looks like", "6 Alter -3 An age is", "7 the whole line Has 3 cells, the heading has 6.",
		"8 Login admin This user name is kept for the site itself.", "1 would be created", "4 new-one new-one new-one@example.com", "Create 1 and change 1 user")
	if n := ask[int](t, conn, "select count(*) from users"); n != 3 {
		t.Errorf("there are %d users", n)
	}
	// The refused lines come back with their reasons, to be mended.
	ruth.click("Refused lines as CSV").status(200)
	if kind, name := ruth.head.Get("Content-Type"), ruth.head.Get("Content-Disposition"); kind != "text/csv; charset=utf-8" || name != `attachment; filename="import-1-refused.csv"` {
		t.Error(kind, name)
	}
	if !strings.HasPrefix(ruth.text, "\ufeffreason;Login;E-Mail;Alter;city;fax;password\r\n") || strings.Count(ruth.text, "\r\n") != 4 || !strings.Contains(ruth.text, "\r\n\"Has 3 cells, the heading has 6.\";bea") &&
		!strings.Contains(ruth.text, "\r\nHas 3 cells, the heading has 6.;bea") {
		t.Errorf("%q", ruth.text)
	}
	// The columns can be matched again, and the page be found again.
	ruth.open("/admin/imports").sees("rehearsed, not committed").click("members <2025>.csv").click("Match the columns again").submit("Rehearse 6 lines", "mode", "update").settled().
		sees("Skipped 3 they are not here", "To create 0", "Change 1 user")
	ruth.click("Match the columns again").submit("Rehearse 6 lines", "mode", "both", "match", "email").settled().sees("found by e-mail address")
	ruth.submit("Create 1 and change 1 user").settled().sees("Committed", "Created 1", "Changed 1", "3 refused", "receipt 1", "Make 1 link as CSV")
	if got := ask[string](t, conn, "select concat_ws(' ', age, metadata) from users where id = $1", hana.ID); got != `36 {"city": "Villeurbanne"}` {
		t.Error(got)
	}
	if got := ask[string](t, conn, "select concat_ws(' ', age, password_hash = '', metadata) from users where username = 'new-one'"); got != "41 t {\"city\": \"two\\r\\nlines\"}" {
		t.Error(got)
	}
	if n := ask[int](t, conn, "select count(*) from users where metadata::text || password_hash like '%geheim%'"); n != 0 {
		t.Error("a password was imported")
	}
	ruth.submit("Make 1 link as CSV").status(200)
	if rows := strings.Split(strings.TrimSpace(ruth.text), "\n"); len(rows) != 2 || !strings.HasPrefix(rows[1], "new-one,new-one@example.com,new-one,"+site.url+"/link?token=") {
		t.Error(rows)
	}
	ruth.open(page).sees("3 refused").click("receipt 1").status(200).submit("Undo all 2").status(200)
	if n := ask[int](t, conn, "select count(*) from users"); n != 3 {
		t.Errorf("there are %d users after the undo", n)
	}
}

func TestACommitOfAnImportIsRefusedWhereUsersHaveChanged(t *testing.T) {
	site, ruth, conn := adminSite(t)
	modelstest.User(t, site.Store, modelstest.Named("hana"))
	ruth.upload("a.csv", "username,email,age\nhana,,36\nnew-one,new-one@example.com,\n").submit("Rehearse 2 lines").settled()
	page := ruth.at.Path
	sql(t, conn, "update users set age = 36 where username = 'hana'")
	other := site.signIn(modelstest.Admin(t, site.Store))
	other.open(page)
	ruth.submit("Create 1 and change 1 user").settled().sees("Users have changed since the rehearsal. Nothing was done: 1 line would do something else now.", "2 hana change same as now", "Create 1 user")
	other.submit("Create 1 and change 1 user").status(422).sees("It was rehearsed once more since you looked.")
	if n := ask[int](t, conn, "select count(*) from users where username = 'new-one'"); n != 0 {
		t.Error("half of it was done")
	}
	ruth.submit("Create 1 user").settled().sees("Committed", "Created 1")
	ruth.post(page + "/commit").status(422).sees("Only an import that was rehearsed can be committed.")
	ruth.post(page + "/delete").status(422).sees("This import is committed, or about to be.")
	if n := ask[int](t, conn, "select count(*) from acts"); n != 1 {
		t.Errorf("%d receipts", n)
	}
}

func TestAnImportCanBeThrownAway(t *testing.T) {
	_, ruth, conn := adminSite(t)
	ruth.upload("a.csv", "username,email\nnew-one,new-one@example.com\n").submit("Throw the file away").status(200).sees("Import 1 is thrown away. Nothing was changed.", "thrown away")
	ruth.click("a.csv").sees("Thrown away", "Nothing was changed.")
	ruth.upload("b.csv", "username,email\nnew-one,new-one@example.com\n").submit("Rehearse 1 line").settled().submit("Change nothing").sees("Import 2 is thrown away.")
	ruth.open("/admin/imports/2/errors.csv").status(404)
	ruth.open("/admin/imports/2/lines?act=create").status(404)
	if n := ask[int](t, conn, "select count(*) from users"); n != 1 {
		t.Errorf("there are %d users", n)
	}
}

func TestAFileIsReadAsItIsSaidToBe(t *testing.T) {
	_, ruth, _ := adminSite(t)
	file := "username;note,more\nann;J\xc3\xb6rg\n"
	ruth.upload("a.csv", file).sees("Semicolons between cells, no quotes, Unix line ends, in UTF-8.", "Jörg").click("Upload it again to read it in another way").status(200)
	if got := ruth.page.Find("#separator [selected]").AttrOr("value", "") + " " + ruth.page.Find("#encoding [selected]").AttrOr("value", ""); got != "semicolon utf-8" {
		t.Error(got)
	}
	ruth.upload("a.csv", file, "separator", "comma", "encoding", "windows-1252").status(200).sees("Commas between cells, no quotes, Unix line ends, in Windows-1252.", "username;note")
	ruth.upload("a.csv", file, "separator", "dot").status(422).sees("Choose one of: comma, semicolon, tab, bar.")
}

func TestOnlyManyLinesOfAnImportHaveAPageOfTheirOwn(t *testing.T) {
	_, ruth, _ := adminSite(t)
	var file strings.Builder
	file.WriteString("username,email\n")
	for i := range 250 {
		fmt.Fprintf(&file, "member-%d,member-%d@example.com\n", i, i)
	}
	ruth.upload("a.csv", file.String()).submit("Rehearse 250 lines").settled().sees("250 would be created").click("Show all who would be created").status(200).sees("101 member-99").seesNot("member-100")
	ruth.click("The next →").sees("102 member-100", "201 member-199").click("The next →").sees("251 member-249").click("← The first").sees("2 member-0 ")
	ruth.open(ruth.at.Path + "?act=refuse").status(404)
	ruth.open(ruth.at.Path + "?act=create&after=x").status(404)
}

func TestOnlyAnAdminUploadsAndOnlyFromThisSite(t *testing.T) {
	site, ruth, conn := adminSite(t)
	file := "username,email\nnew-one,new-one@example.com\n"
	site.signIn(modelstest.User(t, site.Store)).upload("a.csv", file).status(403)
	if b := site.visitor().upload("a.csv", file).status(200); b.at.Path != "/signin" {
		t.Error("a visitor is at", b.at)
	}
	ruth.header.Set("Origin", "https://elsewhere.example")
	ruth.upload("a.csv", file).status(403)
	ruth.header.Del("Origin")
	if n := ask[int](t, conn, "select count(*) from imports"); n != 0 {
		t.Errorf("there are %d imports", n)
	}
	ruth.post("/admin/imports").status(422).sees("Choose a file.")
	ruth.upload("", "").status(422).sees("Choose a file.")
	ruth.upload("a.csv", file).status(200).sees("Rehearse 1 line")
}
