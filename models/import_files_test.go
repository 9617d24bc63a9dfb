package models_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// The files of testdata/imports were written by LibreOffice 7.4 on Debian, or byte by byte as Excel writes them.
func TestFilesOfSpreadsheetsAreRead(t *testing.T) {
	o := newOffice(t)
	for file, words := range map[string]string{
		"excel-csv-utf8.csv":                     "commas between cells, double quotes, Windows line ends, in UTF-8 with a byte order mark",
		"excel-german.csv":                       "semicolons between cells, double quotes, Windows line ends, in Windows-1252",
		"excel-unicode-text.txt":                 "tabs between cells, double quotes, Windows line ends, in UTF-16LE with a byte order mark",
		"excel-sep.csv":                          "semicolons between cells, double quotes, Windows line ends, in Windows-1252",
		"macintosh-line-ends.csv":                "commas between cells, double quotes, old Macintosh line ends, in Windows-1252",
		"libreoffice-comma-utf8.csv":             "commas between cells, double quotes, Unix line ends, in UTF-8",
		"libreoffice-semicolon-windows-1252.csv": "semicolons between cells, double quotes, Unix line ends, in Windows-1252",
		"libreoffice-tab-utf16.csv":              "tabs between cells, double quotes, Unix line ends, in UTF-16LE with a byte order mark",
		"libreoffice-single-quotes.csv":          "semicolons between cells, single quotes, Unix line ends, in UTF-8",
	} {
		t.Run(file, func(t *testing.T) {
			f, err := os.Open(filepath.Join("testdata", "imports", file))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			i := o.await(o.uploadFrom(f), models.ImportRehearsed)
			var said []string
			for _, s := range i.FormatWords() {
				said = append(said, s.String())
			}
			if got := strings.Join(said, ", "); got != words {
				t.Errorf("it is read as %s", got)
			}
			if figures(i) != "4 0 0 0 0" {
				t.Fatal(figures(i), o.refused(i))
			}
			o.commit(i)
			anna, note, club := "Anna Söderström", "two\nlines", "Räder & Reifen"
			if strings.Contains(file, "utf") || strings.Contains(file, "unicode") {
				anna, club = "Анна Седова", "Räder 🚲"
			}
			if strings.Contains(file, "macintosh") {
				note = "two lines"
			}
			for username, want := range map[string]string{
				"joerg":  fmt.Sprintf("Jörg Müller|41|%s|said \"hello\", then left", club),
				"anna-s": fmt.Sprintf("%s|33|Fahrrad; Nord|%s", anna, note),
				"zoe-b":  "Zoë Bäcker|27|Süd|café €5",
				"minus":  "Mina Us|52|-5|=not a formula",
			} {
				if got := ask[string](t, o.sql, `select concat_ws('|', name, age, metadata ->> 'Club', metadata ->> 'Notes') from users where username = $1`, username); got != want {
					t.Errorf("%s is %q", username, got)
				}
			}
			run(t, o.sql, `delete from users where username <> 'chief'`)
		})
	}
}

func TestAFileThatIsNoTableSaysWhatItIs(t *testing.T) {
	o := newOffice(t)
	for file, want := range map[string]string{
		"workbook.xlsx":   "This is an Excel workbook. Save it in Excel as “CSV UTF-8” and upload that file.",
		"spreadsheet.ods": "This is a LibreOffice document. Save it there as “Text CSV” and upload that file.",
	} {
		f, err := os.Open(filepath.Join("testdata", "imports", file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if i := o.uploadFrom(f); i.State != models.ImportFailed || i.Failure.String() != want {
			t.Errorf("%s: %s %s", file, i.State, i.Failure)
		}
	}
	for file, want := range map[string]string{
		"":                                     "The file is empty.",
		"\ufeff\r\n":                           "The file is empty.",
		"username,email\n":                     "The file has names of columns, and no line after them.",
		"username,email\n\n,\n":                "The file has names of columns, and no line after them.",
		"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR":  "This is a picture, not a CSV file.",
		"%PDF-1.7\n":                           "This is a PDF, not a CSV file.",
		"PK\x03\x04\x00":                       "This file is compressed. Unpack it and upload the CSV file inside.",
		"<!doctype html><p>Sign in":            "This is a web page or XML, not a CSV file.",
		"{\"username\": \"ann\"}":              "This is JSON, not a CSV file.",
		strings.Repeat("\x00\x01\x02\x03", 99): "This is not text, so it is no CSV file.",
		"a\x00b,c\n1,2\n":                      "The first line cannot be read as the names of columns.",
		"ann,ann@example.com\nbob,bob@x.org\n": "The first line holds an e-mail address, and should hold the names of the columns. Add a line such as: username, email, name.",
		"city,club\nLyon,Wheels\n":             "No column is the user name or the e-mail address: nothing says whom a line is about.",
		"a" + strings.Repeat(",b", 200) + "\n": "The first line has more than 200 columns.",
	} {
		i := o.upload(file)
		if i.State != models.ImportFailed || i.Failure.String() != want {
			t.Errorf("%.30q: %s %q", file, i.State, i.Failure)
		}
	}
	if n := ask[int](t, o.sql, `select count(*)::int from users`); n != 1 {
		t.Errorf("%d users", n)
	}
}

func TestCellsOfAnySizeAndBytesGiveRowsOrAReason(t *testing.T) {
	o := newOffice(t)
	huge := strings.Repeat("forty megabytes ", 40<<20/16)
	i := o.rehearse("username,email,name,note\n" +
		"fine,fine@example.com,Fine,🚲👩‍🚀\n" +
		"plain,plain@example.com,Plain," + huge + "\n" +
		"quoted,quoted@example.com,Quoted,\"" + strings.ReplaceAll(huge, "forty", "\"\"40\"\"\n") + "\"\n" +
		"broken,broken@example.com,\"Never closed,x\n" +
		"nul,nul@example.com,Jo\x00hn,x\n" +
		"latin,latin@example.com,J\xf6rg,x\n" +
		"\"lines\",lines@example.com,Lines,\"one\r\ntwo\"\n" +
		"stray,\"stray\"@example.com,Stray,x\n" +
		"last,last@example.com,Last,x")
	after := 4 + 40<<20/16 // the lines within the quoted cell count
	same(t, o.refused(i), []string{
		"3 note [] Longer than 64 KB.",
		"4 note [] Longer than 64 KB.",
		fmt.Sprintf("%d  [] A quote is opened and not closed.", after+1),
		fmt.Sprintf(`%d name [Jo\0hn] Contains a NUL byte, which text cannot hold.`, after+2),
		fmt.Sprintf("%d name [J\ufffdrg] Contains bytes that are no characters in UTF-8.", after+3),
		fmt.Sprintf("%d  [] Something stands behind a closed quote.", after+6)})
	if figures(i) != "3 0 0 0 6" {
		t.Error(figures(i))
	}
	o.commit(i)
	if got := ask[string](t, o.sql, `select string_agg(username || ' ' || (metadata ->> 'note'), '; ' order by username) from users where username <> 'chief'`); got !=
		"fine 🚲👩‍🚀; last x; lines one\r\ntwo" {
		t.Errorf("%q", got)
	}
}

func TestAFileMayHave200MegabytesAndNoMore(t *testing.T) {
	o := newOffice(t)
	line := "x@example.com," + strings.Repeat("y", 60_000) + "\n"
	lines := models.MaxImport/len(line) + 1
	i := o.uploadFrom(io.MultiReader(strings.NewReader("email,note\n"), &repeated{line, lines, 0}))
	if i.State != models.ImportFailed || i.Failure.String() != "The file is larger than 200 MB. Cut it into parts and upload these one by one." {
		t.Error(i.State, i.Failure)
	}
	before5s(t, "its lines go", func() bool { return o.count("from import_lines") == 0 })
}

// repeated is a text so many times.
type repeated struct {
	text string
	n    int
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && r.n > 0 {
		k := copy(p[n:], r.text[r.at:])
		n, r.at = n+k, r.at+k
		if r.at == len(r.text) {
			r.n, r.at = r.n-1, 0
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	o := newOffice(t)
	broken := errors.New("the browser has gone")
	i, err := o.StageImport(modelstest.Context(t), o.admin, models.NewImport{Name: "a.csv", Size: 1 << 20},
		io.MultiReader(strings.NewReader("username,email\n"), &repeated{"x,x@example.com,\n", 200_000, 0}, failing{broken}))
	if !errors.Is(err, broken) || i == nil || i.State != models.ImportFailed || !strings.HasPrefix(i.Failure.String(), "The upload broke off after ") {
		t.Errorf("%+v %v", i, err)
	}
	before5s(t, "its lines go", func() bool {
		return o.count("from import_lines") == 0 && ask[bool](t, o.sql, `select not kept from imports`)
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestColumnsAreMatchedByName(t *testing.T) {
	o := newOffice(t)
	for heading, want := range map[string]string{
		"Benutzername;E-Mail-Adresse;Vollständiger Name;Alter;Rolle":            "username email name age role",
		"Nom d'utilisateur,Courriel,Nom complet,Âge,Rôle":                       "username email name age role",
		"Имя пользователя;Эл. почта;Полное имя;Возраст;Роль":                    "username email name age role",
		"Usuario,Correo electrónico,Nombre completo,Edad,Rol":                   "username email name age role",
		"login\tE-MAIL\tfull_name\tcity\tJoined club":                           "username email name own:city own:Joined club",
		"username,email,email address,password,Passwort,пароль":                 "username email none:twice none:password none:password none:password",
		"reason,email,,meta.city,meta.":                                         "none:reason email none:nameless own:city own:meta.",
		"id,username,email,name,age,role,is_active,credits,post_count,metadata": "none:kept username email name age role none:kept none:kept none:kept metadata",
		"email,state,about":            "email own:state own:about",
		"email,state,about,created_at": "email none:kept none:kept none:kept",
		"email,city,city," + strings.Repeat("x", 51) + "," + strings.Repeat("я", 50): "email own:city none:twice none:nameless own:" + strings.Repeat("я", 50),
	} {
		i := o.upload(heading+"\n"+strings.Repeat("1"+string(separatorOf(heading)), strings.Count(heading, string(separatorOf(heading))))+"1\n", byHand)
		var got []string
		for _, c := range i.Columns {
			switch {
			case c.Use == models.UseOwn:
				got = append(got, "own:"+c.Own)
			case c.Why != "":
				got = append(got, c.Use+":"+c.Why)
			default:
				got = append(got, c.Use)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s", heading, strings.Join(got, " "))
		}
	}
}

func separatorOf(heading string) byte {
	for _, sep := range []byte(";\t") {
		if strings.IndexByte(heading, sep) >= 0 {
			return sep
		}
	}
	return ','
}

func TestColumnsAreMatchedByHand(t *testing.T) {
	o := newOffice(t)
	i := o.upload("who,mail,password,fax,town\nann,ann@example.com,secret-word,12,Lyon\n", byHand)
	if i.State != models.ImportStaged {
		t.Fatal(i.State)
	}
	if got := ask[string](t, o.sql, `select string_agg(cells::text, '') from import_lines`); strings.Contains(got, "secret-word") || !strings.Contains(got, "ann@example.com") {
		t.Errorf("a password lies about: %s", got)
	}
	ctx := modelstest.Context(t)
	columns := slices.Clone(i.Columns)
	columns[0].Use, columns[0].Own, columns[3].Use, columns[4].Own = "username", "", models.UseNone, "city"
	for name, change := range map[string]func([]models.ImportColumn){
		"column 3: Passwords": func(c []models.ImportColumn) { c[2].Use = "name" },
		"column 4: There is":  func(c []models.ImportColumn) { c[3].Use = "credits" },
		"column 5: Column 1":  func(c []models.ImportColumn) { c[4].Use, c[4].Own = "username", "" },
		"column 5: A field":   func(c []models.ImportColumn) { c[4].Own = strings.Repeat("x", 51) },
		"columns: No column":  func(c []models.ImportColumn) { c[0].Use, c[1].Use = models.UseNone, models.UseNone },
	} {
		wrong := slices.Clone(columns)
		change(wrong)
		if err := o.RehearseImport(ctx, o.admin, i.ID, wrong, "", ""); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := o.RehearseImport(ctx, o.admin, i.ID, columns, "", ""); err != nil {
		t.Fatal(err)
	}
	o.commit(o.await(i, models.ImportRehearsed))
	if got := ask[string](t, o.sql, `select concat_ws(' ', email, metadata, password_hash = '') from users where username = 'ann'`); got != `ann@example.com {"city": "Lyon"} t` {
		t.Error(got)
	}
	if strings.Contains(ask[string](t, o.sql, `select string_agg(to_jsonb(u)::text, '') from users u`), "secret-word") {
		t.Error("a password came in")
	}
}

func TestNotAllConnectionsAreGivenToUploads(t *testing.T) {
	o := newOffice(t) // has eight connections, and so two places
	var senders []*io.PipeWriter
	done := make(chan error, 2)
	for range 2 {
		reader, writer := io.Pipe()
		senders = append(senders, writer)
		go func() {
			_, err := o.StageImport(modelstest.Context(t), o.admin, models.NewImport{Size: -1}, reader)
			done <- err
		}()
		io.WriteString(writer, "username,email\n")
	}
	_, err := o.StageImport(modelstest.Context(t), o.admin, models.NewImport{}, strings.NewReader("username\nann\n"))
	var busy *models.Conflict
	if !errors.As(err, &busy) || busy.Say.String() != "Other files are being uploaded: 2. Wait until one is here." {
		t.Error(err)
	}
	for _, writer := range senders {
		writer.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	o.rehearse("username,email\nann,ann@example.com\n")
}

func TestManyImportsAtOnceWaitForEachOther(t *testing.T) {
	o := newOffice(t)
	var all []*models.Import
	for n := range 12 { // more than there are connections
		all = append(all, o.upload(fmt.Sprintf("username,email\nmember-%d,member-%[1]d@example.com\n", n)))
	}
	for _, i := range all {
		o.await(i, models.ImportRehearsed)
		if err := o.CommitImport(modelstest.Context(t), o.admin, i.ID, i.Rehearsal); err != nil && !errors.Is(err, models.ErrConflict) {
			t.Fatal(err)
		}
	}
	for _, i := range all {
		o.await(i, models.ImportCommitted)
	}
	if n := o.count("from users"); n != 13 {
		t.Errorf("there are %d users", n)
	}
	o.check()
}
