package models_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"postroom/models"
	"postroom/models/modelstest"
)

// inUTF16 is a text as Notepad saves it for "Unicode".
func inUTF16(text string) string {
	b := []byte("\xff\xfe")
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
}

// TestEachFileOfAnArchiveBecomesAPostOrSaysWhyNot brings in files as people, other programs and attackers write them.
func TestEachFileOfAnArchiveBecomesAPostOrSaysWhyNot(t *testing.T) {
	s := newFolder(t)
	run(t, s.sql, "update users set time_zone = 'Europe/Paris' where id = $1", s.ann.ID)
	link := func(h *zip.FileHeader) { h.SetMode(0o777 | fs.ModeSymlink) }
	text := func(front string) string { return "---\n" + front + "\n---\n\nText.\n" }
	const noDate = " | No date: it is published as of the moment when you commit."
	const unread = "The front matter cannot be read."
	const aliases = "The front matter has anchors or aliases (& or *), which are not read here. Write the values out."
	xss := `<script>alert(1)</script>"><img src=x onerror=alert(1)>`
	tries := []struct {
		name, text, want string
		change           func(*zip.FileHeader)
	}{
		{"_posts/2025-10-08-jekyll.md", text("layout: post\ntitle: \"A: b\"\ncategories: go web"), "create A: b, published | Not taken over: layout", nil},
		{"hugo/toml.md", "+++\ntitle = 'T'\ndate = 2024-05-01T10:00:00Z\ntags = ['a', 'b']\ndraft = true\n[params]\nx = 1\n+++\nBody", "create T, draft | Not taken over: params", nil},
		{"hugo/leaf/index.md", text("date: 2020-01-01"), "create leaf, published | No title in the front matter: the name of the file is the title.", nil},
		{"obsidian.md", "# A note #\n\nText", "create A note, draft | No title in the front matter: the first heading is the title, and stays in the text. | It has no front matter: it becomes a draft.", nil},
		{"ghost.md", text("title: Ghost\ndate: 2021-02-03T04:05:06.000Z\nvisibility: paid\nfeature_image: x"), "create Ghost, draft | Its readers are “paid”, which is not known here: it becomes a draft. | Not taken over: feature_image", nil},
		{"wordpress.md", text("title: W\ndate: 2018-01-02 03:04:05\nstatus: publish\nid: 7\npermalink: /w"), "create W, published | Not taken over: permalink", nil},
		{"future.md", text("title: F\ndate: 2999-01-01"), "create F, scheduled", nil},
		{"_drafts/d.md", text("title: D"), "create D, draft", nil},
		{"tags.md", text("title: Tags\ndate: 2020-01-01\ntags: [a, 'b, c', 4, true, \"#five\"]\ncategories: " + strings.Repeat("x", 50) + " six seven eight nine ten eleven"),
			"create Tags, published | Tags that are left out, for 10 are the most, of 40 characters: " + strings.Repeat("x", 50) + ", ten, eleven", nil},
		{"locale.md", text("title: L\nlocale: pt_BR\ndate: 1404810611"), "create L, published", nil},
		{"list.md", text("title: [a, b]"), "refuse “title” in the front matter is a list or an object, and should be one value.", nil},
		{"lang.md", text("title: L\nlang: klingonese-x"), "refuse A language is written as en, pt-BR or zh-Hant.", nil},
		{"status.md", text("title: S\nstatus: lost"), "refuse A post is published, scheduled or a draft.", nil},
		{"readers.md", text("title: V\nvisibility: mum"), "refuse A post is for everyone, for members, or unlisted.", nil},
		{"long.md", text("title: " + strings.Repeat("t", 101)), "refuse The title is too long: 101 characters, and 100 are the most.", nil},
		{"blank.md", "---\ntitle: B\ndate: 2020-01-01\n---\n", "refuse Write something, or save it as a draft.", nil},
		{"none.md", "", "refuse The file is empty.", nil},
		{"spread.md", text("title: a: b: c"), "refuse Line 2 of the front matter cannot be read. Put the value between quotation marks.", nil},
		{"toml-bad.md", "+++\ntitle = \n+++\nx", "refuse Line 2 of the front matter cannot be read. Put the value between quotation marks.", nil},
		{"bomb.md", text("a: &a [x,x]\nb: &b [*a,*a]\ntitle: [*b,*b]"), "refuse " + aliases, nil},
		{"deep-alias.md", text("title: x\nparams:\n  a: {b: [&c d]}"), "refuse " + aliases, nil},
		{"merge.md", text("title: x\n<<: {a: b}"), "refuse " + aliases, nil},
		{"brackets.md", text("a: " + strings.Repeat("[", 5000)), "refuse " + unread, nil},
		{"huge.md", text("title: x\na: " + strings.Repeat("y ", 33_000)), "refuse The front matter is longer than 64 KB.", nil},
		{"tagged.md", text("title: !!str Tagged\ndate: !!timestamp 2020-01-01"), "create Tagged, published", nil},
		{"literal.md", text("title: >\n  Two\n  lines\ndate: 2020-01-01"), "create Two lines, published", nil},
		{"crlf.md", "---\r\ntitle: CRLF\r\ndate: 2020-01-01\r\n---\r\n\r\nText\r\n", "create CRLF, published", nil},
		{"bom.md", "\ufeff---\ntitle: BOM\ndate: 2020-01-01\n---\nText", "create BOM, published", nil},
		{"utf16.md", inUTF16("---\ntitle: Ёлка\ndate: 2020-01-01\n---\nText"), "create Ёлка, published", nil},
		{"latin.md", "---\ntitle: Caf\xe9\ndate: 2020-01-01\n---\n\x84Gr\xfc\xdfe\x93 \x80 5", "create Café, published | Read as Windows 1252, for it is not UTF-8. Where letters are wrong, save it as UTF-8.", nil},
		{"italian.md", "---\ntitle: La casa \xe8 bella\ndate: 2020-01-01\n---\nIl sole \xe8 caldo, la citt\xe0 no.", "create La casa è bella, published | Read as Windows 1252, for it is not UTF-8. Where letters are wrong, save it as UTF-8.", nil},
		{"cyrillic.md", "---\r\ntitle: \xa8\xeb\xea\xe0\r\ndate: 2020-01-01\r\n---\r\n\xd1\xed\xe5\xe3 \xe8 \xeb\xb8\xe4", "create Ёлка, published | Read as Windows 1251, for it is not UTF-8. Where letters are wrong, save it as UTF-8.", nil},
		{"damaged.md", "---\ntitle: Café Ёлка \xe9\n---\nText", "refuse It is not written in UTF-8: byte 27 is no character. Save it as UTF-8.", nil},
		{"garbage.md", "\x89PNG\r\n\x1a\n\xff\xd8\xfe", "refuse It is not written in UTF-8: byte 1 is no character. Save it as UTF-8.", nil},
		{"undefined.md", "---\ntitle: Caf\xe9 \x81\n---\nText", "refuse It is not written in UTF-8: byte 15 is no character. Save it as UTF-8.", nil},
		{"nul.md", "a\x00b", "refuse Contains a NUL byte, which text cannot hold.", nil},
		{"rules.md", "---\n\nA rule.\n\n---\nAnd another.", "create rules, draft | No title in the front matter: the name of the file is the title. | It has no front matter: it becomes a draft.", nil},
		{"open.md", "---\ntitle: Never closed\n", "create open, draft | No title in the front matter: the name of the file is the title. | It has no front matter: it becomes a draft.", nil},
		{"bigger.md", text("title: Big") + strings.Repeat("x", 470<<10), "refuse Larger than 464 KB, unpacked.", nil},
		{"big.md", text("title: Big") + strings.Repeat("x", 400<<10), "refuse The text is too long: 409606 bytes, and 409600 are the most.", nil},
		{"zeros.md", strings.Repeat("\x00", 10<<20), "refuse Larger than 464 KB, unpacked.", nil},
		{xss + ".md", text("title: '" + xss + "'\ntags: ['" + xss + "']\n'" + xss + "': x\ndate: 2020-01-01"),
			"create " + xss + ", published | Tags that are left out, for 10 are the most, of 40 characters: " + xss + " | Not taken over: " + strings.ToLower(xss), nil},
		{"../up.md", "x", "refuse Its name leads out of the archive, is too long, or cannot be kept.", nil},
		{"a/../../up.md", "x", "refuse Its name leads out of the archive, is too long, or cannot be kept.", nil},
		{`..\up.md`, "x", "refuse Its name leads out of the archive, is too long, or cannot be kept.", nil},
		{"/etc/abs.md", "x", "refuse Its name leads out of the archive, is too long, or cannot be kept.", nil},
		{`C:\abs.md`, "x", "refuse Its name leads out of the archive, is too long, or cannot be kept.", nil},
		{"n\x00ul.md", "x", "refuse Its name leads out of the archive, is too long, or cannot be kept.", nil},
		{strings.Repeat("d/", 300) + "x.md", "x", "refuse Its name leads out of the archive, is too long, or cannot be kept.", nil},
		{"link.md", "/etc/passwd", "refuse A link to another file.", link},
		{"linked", "/etc/passwd", "refuse A link to another file.", link},
		{"crlf.md", "again", "refuse The archive has a file of this name already: that one counts.", nil},
		{"secret.md", "x", "refuse It is encrypted.", func(h *zip.FileHeader) { h.Flags |= 1 }},
		{"copy.md", text("title: F\ndate: 2998-01-01"), "pass The same title and text as future.md.", nil},
		{"inner.zip", "PK\x03\x04", "pass An archive inside the archive. Upload it by itself.", nil},
		{"photo.jpg", "\xff\xd8", "pass No Markdown file: its name ends in neither .md nor .markdown.", nil},
		{".obsidian/app.json", "{}", "pass A hidden file, or one of the system.", nil},
		{"__MACOSX/._x.md", "x", "pass A hidden file, or one of the system.", nil},
		{"folder/", "", "", nil},
	}
	for i, date := range []string{"2025-10-08 16:11:34 -0700", "2025-10-08T16:11:34-07:00", "2025-10-09 01:11:34 +0200", "2025-10-08T23:11:34Z", "2025-10-08 23:11:34 UTC", "Wed, 08 Oct 2025 23:11:34 GMT", "1759965094",
		"1759965094000", "2025-10-09 01:11:34", "2025-10-09T01:11:34", "2025/10/9 01:11:34", "2025-10-08 16:11:34 America/Los_Angeles", "'2025-10-09 01:11:34'"} {
		tries = append(tries, struct {
			name, text, want string
			change           func(*zip.FileHeader)
		}{fmt.Sprintf("date-%d.md", i), text(fmt.Sprintf("title: Date %d\ndate: %s", i, date)), fmt.Sprintf("create Date %d, published", i), nil})
	}
	for i, date := range []string{"2025-02-30", "10/08/2025", "soon", "2025-10-08 16:11:34 EST", "99999-01-01", "-1", "2025-13-01"} {
		tries = append(tries, struct {
			name, text, want string
			change           func(*zip.FileHeader)
		}{fmt.Sprintf("no-date-%d.md", i), text(fmt.Sprintf("title: No date %d\ndate: %s", i, date)), "refuse The date “" + date + "” cannot be read. Write it as 2026-11-21 18:30:00 +0100.", nil})
	}
	var files []file
	want := map[string]string{}
	for i, try := range tries {
		files = append(files, file{try.name, try.text, try.change})
		want[fmt.Sprint(i)] = try.want
	}
	w := s.stage(s.ann, packed(t, files...))
	if w.State != models.ImportRehearsed || w.Files != len(tries) {
		t.Fatalf("%+v", w)
	}
	for _, act := range []string{"create", "pass", "refuse"} {
		found, more, err := s.WritingFiles(modelstest.Context(t), w, act, -1, 1000)
		if err != nil || more {
			t.Fatal(err, more)
		}
		for _, f := range found {
			line := act + " "
			if act == "create" {
				line += f.Title + ", " + f.Status
			}
			for _, note := range f.Notes {
				if act == "create" {
					line += " | " + note.String()
				}
			}
			for i, why := range f.Reasons {
				line += strings.Repeat(" ", min(i, 1)) + why.String()
			}
			if n := fmt.Sprint(f.Position); line != want[n] && line != want[n]+noDate {
				t.Errorf("%q:\n%s\nwant\n%s", tries[f.Position].name, line, want[n])
			} else {
				delete(want, n)
			}
		}
	}
	if len(want) != 1 { // the folder
		t.Errorf("nothing is said of %v", want)
	}
	s.commit(s.ann, w)
	if got := ask[string](t, s.sql, "select string_agg(distinct published_at::text, ' ') from posts where title like 'Date %'"); got != "2025-10-08 23:11:34+00" {
		t.Error(got)
	}
	if got := ask[string](t, s.sql, `select string_agg(concat_ws(' ', tags, nullif(lang, ''), published_at::date, case when created_at < now() - interval '1 day' then created_at::date end, publish_at), ', ' order by title)
		from posts where title in ('A: b', 'F', 'L', 'T', 'CRLF')`); got != "{go,web} 2025-10-07 2025-10-07, {} 2019-12-31 2019-12-31, {} 2998-12-31 23:00:00+00, {} pt-BR 2014-07-08 2014-07-08, {a,b} 2024-05-01" {
		t.Error(got)
	}
	if got := ask[string](t, s.sql, "select content from posts where title = 'CRLF'"); got != "Text\n" {
		t.Errorf("%q", got)
	}
	if report, err := s.Check(modelstest.Context(t)); err != nil || len(report) > 0 {
		t.Error(report, err)
	}
}

// TestAnArchiveThatIsNoneSaysWhatIsWrong uploads what is no archive, and archives that lie or want to be too much.
func TestAnArchiveThatIsNoneSaysWhatIsWrong(t *testing.T) {
	s := newFolder(t)
	good := packed(t, file{name: "a.md", text: "---\ntitle: A\n---\nText"})
	var many []file
	for i := range models.MaxWritingFiles + 1 {
		many = append(many, file{name: fmt.Sprintf("%d.md", i), text: "x", change: func(h *zip.FileHeader) { h.Method = zip.Store }})
	}
	crowd := packed(t, many...)
	liar := bytes.Clone(crowd)
	binary.LittleEndian.PutUint16(liar[len(liar)-12:], 1) // it says that there is one file
	broken := bytes.Clone(good)
	copy(broken[30:], "\x00\x00\x00\x00\x00\x00\x00\x00")
	// A list that is longer than any honest one: each file's name is 60,000 bytes long.
	var wide []file
	for i := range 200 {
		wide = append(wide, file{name: fmt.Sprint(i) + strings.Repeat("n", 60_000), text: "x"})
	}
	for name, try := range map[string]struct {
		archive []byte
		want    string
	}{
		"cut off":      {good[:len(good)-10], "This is no zip archive, or a part of it is missing."},
		"no end":       {[]byte("PK\x03\x04 and nothing else"), "This is no zip archive, or a part of it is missing."},
		"empty":        {packed(t), "The archive is empty."},
		"many":         {crowd, "There are more than 10000 files in it. Upload it in parts."},
		"many, hidden": {liar, "This is no zip archive, or a part of it is missing."},
		"wide":         {packed(t, wide...), "There are more than 10000 files in it. Upload it in parts."},
	} {
		if w := s.stage(s.ann, try.archive); w.State != models.ImportFailed || w.Failure.String() != try.want {
			t.Errorf("%s: %+v", name, w)
		}
	}
	if w := s.stage(s.ann, broken); w.State != models.ImportRehearsed || w.Refused != 1 || fmt.Sprint(s.found(w, "refuse")) != "[a.md: It is damaged: it cannot be unpacked.]" {
		t.Errorf("%+v %q", w, s.found(w, "refuse"))
	}
	if got := ask[int](t, s.sql, "select count(*)::int from writing_pieces where writing_id in (select id from writings where state = 'failed')"); got != 0 {
		t.Errorf("%d pieces are left", got)
	}
}

// TestABombCostsNoMoreThanATextMay unpacks 60 files of 32 MB each, which are 2 GB, from an archive of 2 MB.
func TestABombCostsNoMoreThanATextMay(t *testing.T) {
	s := newFolder(t)
	zeros := bytes.Repeat([]byte("bomb\n"), 32<<20/5)
	one := packed(t, file{name: "x", text: string(zeros)})
	r, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range 60 {
		raw, err := r.File[0].OpenRaw()
		head := &zip.FileHeader{Name: fmt.Sprintf("%d.md", i), Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(zeros), CompressedSize64: r.File[0].CompressedSize64, UncompressedSize64: uint64(len(zeros))}
		if i%2 == 1 {
			head.UncompressedSize64 = 10 // a lie
		}
		part, err2 := w.CreateRaw(head)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if _, err := io.Copy(part, raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	bomb := s.stage(s.ann, b.Bytes())
	runtime.ReadMemStats(&after)
	if bomb.State != models.ImportRehearsed || bomb.Refused != 60 {
		t.Errorf("%+v", bomb)
	}
	if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 200 { // all that was ever taken, not what was held at one time
		t.Errorf("%d MB were taken", mb)
	}
}
