package controllers_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postroom/models/modelstest"
)

// TestEveryFileGivesRowsOrAReason uploads files as people have them, and what is no CSV at all, by the page and by the API.
func TestEveryFileGivesRowsOrAReason(t *testing.T) {
	site, ruth, conn := adminSite(t)
	admin := site.program(modelstest.Admin(t, site.Store), "admin")
	var archive bytes.Buffer
	packed := zip.NewWriter(&archive)
	if w, err := packed.Create("members.csv"); err != nil {
		t.Fatal(err)
	} else if _, err := w.Write([]byte("username,email\nann,ann@example.com\n")); err != nil || packed.Close() != nil {
		t.Fatal(err)
	}
	wide := strings.Repeat("column,", 10_000)
	files := map[string]struct{ file, page, create string }{
		"emoji":                {"username,email,name,\xf0\x9f\x8f\xa0\nzoe,zoe@example.com,Zo\xc3\xab \xf0\x9f\x9a\xb2,\xf0\x9f\x8c\x8d\n", "in UTF-8.", "1 0"},
		"quoted line breaks":   {"username,email,note\r\nann,ann@example.com,\"one\r\n\r\ntwo, \"\"three\"\"\"\r\nbob,bob@example.com,x\r\n", "double quotes, Windows line ends", "2 0"},
		"ragged":               {"username,email,note\nann,ann@example.com\nbob,bob@example.com,x,y,z\ncy,cy@example.com,\ncyd,cyd@example.com,fine\n", "Commas", "1 3"},
		"a cell of 40 MB":      {"username,email,note\nann,ann@example.com,\"" + strings.Repeat("a large cell ", 40<<20/13) + "\"\nbob,bob@example.com,x\n", "Commas", "1 1"},
		"NUL bytes":            {"username,email,name\nann,ann@example.com,A\x00nn\nbob,bob@example.com,Bob\n", "Commas", "1 1"},
		"duplicate headings":   {"username,email,email,city,city\nann,ann@example.com,ann@example.org,Lyon,Riga\n", "Another column is this field already.", "1 0"},
		"a stray quote":        {"username,email,note\nann,ann@example.com,\"open\nbob,bob@example.com,x\n", "Commas", "1 1"},
		"Excel's sep=":         {"sep=;\r\nusername;email\r\nann;ann@example.com\r\n", "Semicolons", "1 0"},
		"Excel's Unicode text": {utf16("username\temail\tname\r\nann\tann@example.com\tЁлка\r\n"), "Tabs between cells, no quotes, Windows line ends, in UTF-16LE with a byte order mark.", "1 0"},
		"Windows-1252":         {"username;email;name\r\njoerg;joerg@example.com;J\xf6rg \x80\r\n", "in Windows-1252.", "1 0"},
		"10,000 columns":       {"username,email," + wide + "\nann,ann@example.com," + wide + "\n", "The first line has more than 200 columns.", ""},
		"a heading alone":      {"username,email\r\n", "The file has names of columns, and no line after them.", ""},
		"nothing":              {"", "The file is empty.", ""},
		"space":                {" \r\n\r\n", "The file is empty.", ""},
		"a picture":            {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + strings.Repeat("\x00\x01\xfe", 5000), "This is a picture, not a CSV file.", ""},
		"an archive":           {archive.String(), "This file is compressed. Unpack it and upload the CSV file inside.", ""},
		"an Excel workbook":    {testdata(t, "workbook.xlsx"), "This is an Excel workbook.", ""},
		"a LibreOffice table":  {testdata(t, "spreadsheet.ods"), "This is a LibreOffice document.", ""},
		"a web page":           {"<!DOCTYPE html><html><body>x</body></html>", "This is a web page or XML, not a CSV file.", ""},
		"JSON":                 {`[{"username": "ann"}]`, "This is JSON, not a CSV file.", ""},
		"noise":                {strings.Repeat("\x01\x02\x03\xff\xc0", 3000), "This is not text", ""},
		"no heading":           {"ann,ann@example.com\nbob,bob@example.com\n", "The first line holds an e-mail address", ""},
	}
	for name, try := range files {
		ruth.uploadFrom("file.csv", strings.NewReader(try.file))
		admin.sent.Set("Content-Type", "text/csv")
		got := admin.call("POST", "/api/admin/imports", try.file)
		if try.create == "" {
			if ruth.code != 422 || got.status != 422 {
				t.Errorf("%s: %d and %d", name, ruth.code, got.status)
			}
			if ruth.sees("1 thing to put right", try.page); !strings.Contains(string(got.body), try.page) {
				t.Errorf("%s: %s", name, got.body)
			}
			continue
		}
		if ruth.code != 200 || got.status != 201 {
			t.Errorf("%s: %d and %d %s", name, ruth.code, got.status, got.body)
			continue
		}
		ruth.sees("Match columns", try.page)
		values := got.values()
		for end := time.Now().Add(20 * time.Second); values["state"] == "rehearsing" && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			values = admin.get(got.head.Get("Location")).values()
		}
		if figures := fmt.Sprintf("%v %v", values["create"], values["refused"]); values["state"] != "rehearsed" || figures != try.create {
			t.Errorf("%s: %s created and refused, not %s: %v", name, figures, try.create, values)
		}
	}
	if n := ask[int](t, conn, "select count(*) from users"); n != 2 {
		t.Errorf("there are %d users", n)
	}
	if n := ask[int](t, conn, "select count(*) from imports where failure = 'inside'"); n != 0 {
		t.Errorf("%d imports failed inside", n)
	}
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "models", "testdata", "imports", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}

// utf16 is a text as Excel saves it for "Unicode text".
func utf16(text string) string {
	b := []byte("\xff\xfe")
	for _, r := range text {
		b = append(b, byte(r), byte(r>>8))
	}
	return string(b)
}
