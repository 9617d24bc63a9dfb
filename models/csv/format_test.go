package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

func read(t *testing.T, file string) (*Reader, []string) {
	t.Helper()
	r, err := NewReader(iotest.HalfReader(strings.NewReader(file)), Format{})
	if err != nil {
		t.Fatalf("%.100q: %v", file, err)
	}
	var all []string
	for {
		record, err := r.Next()
		if err == io.EOF {
			return r, all
		}
		if err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprintf("%d: %s", record.Line, bytes.Join(record.Cells, []byte(" | ")))
		if record.Problem != None {
			said += fmt.Sprintf(" (%s %d)", record.Problem, record.Column)
		}
		all = append(all, said)
	}
}

func utf16Text(s string, big, mark bool) string {
	if mark {
		s = "\ufeff" + s
	}
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

func TestFormatsAreRecognised(t *testing.T) {
	for name, try := range map[string]struct {
		file    string
		want    Format
		heading string
		rows    []string
	}{
		"plain":              {"name,email\nAnn,a@x.org\n", Format{UTF8, false, ",", `"`, false, "\n", false}, "name email", []string{"2: Ann | a@x.org"}},
		"Excel's CSV UTF-8":  {"\ufeffname,email\r\n\"Ann, née O\",a@x.org\r\n", Format{UTF8, true, ",", `"`, true, "\r\n", false}, "name email", []string{"2: Ann, née O | a@x.org"}},
		"Excel's German CSV": {"Name;E-Mail;Stra\xdfe\r\nJ\xf6rg \x80;j@x.org;\x84a\x93\r\n", Format{Windows1252, false, ";", `"`, false, "\r\n", false}, "Name E-Mail Straße", []string{"2: Jörg € | j@x.org | „a“"}},
		"Excel's Unicode text": {utf16Text("name\temail\r\nАня 🚲\ta@x.org\r\n", false, true), Format{UTF16LE, true, "\t", `"`, false, "\r\n", false}, "name email",
			[]string{"2: Аня 🚲 | a@x.org"}},
		"UTF-16 big end first":        {utf16Text("name,email\nAnn,a@x.org\n", true, true), Format{UTF16BE, true, ",", `"`, false, "\n", false}, "name email", []string{"2: Ann | a@x.org"}},
		"UTF-16 without a mark":       {utf16Text("имя;почта\nАня Петрова;a@x.org\n", false, false), Format{UTF16LE, false, ";", `"`, false, "\n", false}, "имя почта", []string{"2: Аня Петрова | a@x.org"}},
		"UTF-16BE without a mark":     {utf16Text("имя;почта\nАня Петрова;a@x.org\n", true, false), Format{UTF16BE, false, ";", `"`, false, "\n", false}, "имя почта", []string{"2: Аня Петрова | a@x.org"}},
		"sep=":                        {"sep=|\r\na,b|c\r\n1,2|3\r\n", Format{UTF8, false, "|", `"`, false, "\r\n", true}, "a,b c", []string{"3: 1,2 | 3"}},
		"sep=; after a mark":          {"\ufeff\"sep=;\"\na;b\n1;2\n", Format{UTF8, true, ";", `"`, false, "\n", true}, "a b", []string{"3: 1 | 2"}},
		"an old Macintosh":            {"a\tb\r1\t2\r3\t4", Format{UTF8, false, "\t", `"`, false, "\r", false}, "a b", []string{"2: 1 | 2", "3: 3 | 4"}},
		"single quotes":               {"'name';'email'\n'O''Brien; Pat';'p@x.org'\n", Format{UTF8, false, ";", "'", true, "\n", false}, "name email", []string{"2: O'Brien; Pat | p@x.org"}},
		"commas in a semicolon file":  {"name;email\nA, B;a@x.org\nC, D;c@x.org\n", Format{UTF8, false, ";", `"`, false, "\n", false}, "name email", []string{"2: A, B | a@x.org", "3: C, D | c@x.org"}},
		"quoted line breaks":          {"a,b\n\"1\r\n2\n3\",x\n4,5\n", Format{UTF8, false, ",", `"`, true, "\n", false}, "a b", []string{"2: 1\r\n2\n3 | x", "5: 4 | 5"}},
		"empty lines and rows":        {"\n\na,b,,\n\n1,2,,\n,,,\n;\n3,4\n \n", Format{UTF8, false, ",", `"`, false, "\n", false}, "a b", []string{"5: 1 | 2", "7: ; (ragged 0)", "8: 3 | 4"}},
		"one column":                  {"email\na@x.org\n\nb@x.org", Format{UTF8, false, ",", `"`, false, "\n", false}, "email", []string{"2: a@x.org", "4: b@x.org"}},
		"space before quotes":         {"a, b\n1, \"2, 3\" \n", Format{UTF8, false, ",", `"`, false, "\n", false}, "a b", []string{"2: 1 | 2, 3"}},
		"a quote within a cell":       {"a,b\n5\" disk,\"\"\"x\"\"\"\n", Format{UTF8, false, ",", `"`, true, "\n", false}, "a b", []string{`2: 5" disk | "x"`}},
		"Windows-1252 that is late":   {"a,b\n" + strings.Repeat("x,y\n", 40_000) + "J\xf6rg,z\n", Format{UTF8, false, ",", `"`, false, "\n", false}, "a b", nil},
		"a character on the boundary": {"a,b\n" + strings.Repeat("ü", 33_000) + ",2\n", Format{UTF8, false, ",", `"`, false, "\n", false}, "a b", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r, rows := read(t, try.file)
			got := r.Format
			if got.Encoding == undecided {
				got.Encoding = UTF8
			}
			if got != try.want {
				t.Errorf("got %+v, want %+v", got, try.want)
			}
			if heading := strings.Join(r.Heading, " "); heading != try.heading {
				t.Errorf("the heading is %q", heading)
			}
			if try.rows != nil && !slices.Equal(rows, try.rows) {
				t.Errorf("got %q", rows)
			}
			for _, row := range rows[:len(rows)-1] {
				if strings.Contains(row, "\ufffd") {
					t.Errorf("%.100q", row)
				}
			}
		})
	}
}

func TestTheEncodingIsDecidedWhereItShows(t *testing.T) {
	r, rows := read(t, "a,b\n"+strings.Repeat("x,y\n", 40_000)+"J\xf6rg,z\n")
	if r.Encoding() != Windows1252 || rows[40_000] != "40002: Jörg | z" {
		t.Error(r.Encoding(), rows[40_000])
	}
	r, rows = read(t, "a,b\n"+strings.Repeat("x,y\n", 40_000)+"Jörg,z\nJ\xf6rg,z\n1,2\n")
	if r.Encoding() != UTF8 || rows[40_000] != "40002: Jörg | z" || rows[40_001] != "40003: J\ufffdrg | z (unreadable 1)" || rows[40_002] != "40004: 1 | 2" {
		t.Error(r.Encoding(), rows[40_000:])
	}
	if r, _ = read(t, "a,b\n1,2\n"); r.Encoding() != UTF8 {
		t.Error(r.Encoding())
	}
}

func TestWhatIsNoTableIsNamed(t *testing.T) {
	for file, want := range map[string]Fault{
		"":                                      FaultEmpty,
		"\ufeff \r\n":                           FaultEmpty,
		"\x89PNG\r\n\x1a\n\x00":                 FaultPicture,
		"\xff\xd8\xff\xe0":                      FaultPicture,
		"%PDF-1.7\n%\xe2\xe3":                   FaultPDF,
		"PK\x03\x04\x14\x00[Content_Types].xml": FaultExcel,
		"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet": FaultOffice,
		"PK\x03\x04other":          FaultArchive,
		"\xd0\xcf\x11\xe0\xa1":     FaultExcel,
		"\x1f\x8b\x08":             FaultArchive,
		"\n<!DOCTYPE html><table>": FaultMarkup,
		"<?xml version=\"1.0\"?>":  FaultMarkup,
		"[{\"email\":\"a\"}]":      FaultJSON,
		"{\"email\":\"a\"}\n":      FaultJSON,
		string([]byte{1, 2, 3, 4, 200, 201, 0, 0, 7, 9, 11, 14}): FaultBinary,
		"a," + strings.Repeat("b,", 500) + "\n1\n":               FaultWide,
		"\"never closed\n1,2\n":                                  FaultHeading,
		"a\x00b,c\n1,2\n":                                        FaultHeading,
		"\"a\nb," + strings.Repeat("x", 1<<20):                   FaultHeading,
	} {
		_, err := NewReader(strings.NewReader(file), Format{})
		var fault Fault
		if !errors.As(err, &fault) || fault != want {
			t.Errorf("%.40q: %v, want %s", file, err, want)
		}
	}
	random := make([]byte, 1<<20)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	var fault Fault
	if _, err := NewReader(bytes.NewReader(random), Format{}); !errors.As(err, &fault) {
		t.Error("random bytes are a table:", err)
	}
}

func TestAnApostropheBeforeAFormulaComesAndGoes(t *testing.T) {
	for _, cell := range []string{"=1+1", "'=1", "''=1", "-3", "+x", "@me", "\tx", "\rx", "O'Brien", "'quoted'", "'", "''", "", "ordinary"} {
		var file bytes.Buffer
		w := NewWriter(&file, Format{Encoding: UTF8, Separator: ";", Quote: `"`, LineEnd: "\r\n"})
		w.Write([]string{"a", "b"})
		w.Write([]string{cell, "x"})
		r, err := NewReader(&file, Format{})
		if err != nil {
			t.Fatal(err)
		}
		record, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		raw := string(record.Cells[0])
		if got := string(Plain(record.Cells[0])); got != cell || raw != "" && strings.ContainsAny(raw[:1], "=+-@\t\r") {
			t.Errorf("%q is written %q and read %q", cell, raw, got)
		}
	}
}
