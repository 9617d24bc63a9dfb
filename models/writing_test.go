package models_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// folder is a site with an author who brings writing in.
type folder struct {
	*models.Store
	t   testing.TB
	url string
	sql *pgx.Conn
	ann *models.User
}

func newFolder(t testing.TB) *folder {
	t.Helper()
	url := modelstest.URL(t)
	store := modelstest.Open(t, url)
	return &folder{store, t, url, modelstest.SQL(t, url), modelstest.User(t, store, modelstest.Named("ann"))}
}

// file is a file of an archive; change says more of it.
type file struct {
	name, text string
	change     func(*zip.FileHeader)
}

// packed makes an archive.
func packed(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		head := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if f.change != nil {
			f.change(head)
		}
		part, err := w.CreateHeader(head)
		if err == nil {
			_, err = io.WriteString(part, f.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// alone is an upload of a single file.
func alone(name string, content []byte) func() (string, io.Reader, error) {
	sent := false
	return func() (string, io.Reader, error) {
		if sent {
			return "", nil, io.EOF
		}
		sent = true
		return name, bytes.NewReader(content), nil
	}
}

// stage uploads an archive and waits until it is rehearsed, or has failed.
func (s *folder) stage(by *models.User, archive []byte) *models.Writing {
	s.t.Helper()
	w, err := s.StageWriting(modelstest.Context(s.t), by, models.NewWriting{Next: alone("blog.zip", archive)})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.settle(by, w.ID)
}

func (s *folder) settle(by *models.User, id int64) *models.Writing {
	s.t.Helper()
	w, err := s.AwaitWriting(modelstest.Context(s.t), by, id, 30*time.Second)
	if err != nil || w.IsMoving() {
		s.t.Fatalf("%+v %v", w, err)
	}
	return w
}

func (s *folder) commit(by *models.User, w *models.Writing) *models.Writing {
	s.t.Helper()
	if err := s.CommitWriting(modelstest.Context(s.t), by, w.ID); err != nil {
		s.t.Fatal(err)
	}
	w = s.settle(by, w.ID)
	if w.State != models.ImportCommitted {
		s.t.Fatalf("%s: %s", w.State, w.Failure)
	}
	return w
}

// found says what becomes of the files: "path: title, status | notes", and of others "path: why".
func (s *folder) found(w *models.Writing, act string) (lines []string) {
	s.t.Helper()
	files, _, err := s.WritingFiles(modelstest.Context(s.t), w, act, -1, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range files {
		line := f.Path + ": "
		if act == "create" {
			line += f.Title + ", " + f.Status
			for _, note := range f.Notes {
				line += " | " + note.String()
			}
		}
		for i, why := range f.Reasons {
			if i > 0 {
				line += " "
			}
			line += why.String()
		}
		lines = append(lines, line)
	}
	return lines
}

// posts are all posts of a user as text, without their ids.
func (s *folder) posts(by *models.User) string {
	s.t.Helper()
	return ask[string](s.t, s.sql, `select coalesce(string_agg(concat_ws(' ¦ ', title, md5(content), octet_length(content), tags, status, visibility, lang, publish_at, created_at, published_at,
		updated_at, content_html, excerpt, words, headings), E'\n' order by title, created_at), '') from posts where user_id = $1`, by.ID)
}

func (s *folder) exported(by *models.User) []byte {
	s.t.Helper()
	var b bytes.Buffer
	if _, err := s.ExportWriting(modelstest.Context(s.t), by, &b); err != nil {
		s.t.Fatal(err)
	}
	return b.Bytes()
}

// TestAnExportImportsAgainWithoutLoss exports posts of every kind, with texts and titles that are hard to write down, and imports them for
// somebody else, and for their author after all are deleted.
func TestAnExportImportsAgainWithoutLoss(t *testing.T) {
	s := newFolder(t)
	ctx := modelstest.Context(t)
	run(t, s.sql, "update users set time_zone = 'Asia/Kathmandu' where id = $1", s.ann.ID)
	ann, err := s.User(ctx, s.ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"Plain.", "\n\nSpace before and after.\n\n\n", "---\ntitle: Of its own\n---\nText.", "---\n\nA rule.", "+++\nx = 1\n+++\n", "\ufeffA mark.", "# Heading\n\n```yaml\n---\n```\n",
		"Ends with spaces  ", "Tabs\tand \u2028 lines, \U0001f3e0 and Ёлка.", "...\n---\n", "a\r\rb", strings.Repeat("Long. ", 60_000), "- [x] " + "<script>alert(1)</script>"}
	titles := []string{`"Quoted" and 'single'`, "Colon: and # hash", "- dash", "007", "null", "true", "2025-10-08", "[list]", "{a: b}", "Back\\slash \\n", "Ёлка 🏠", "& * ! | > % @ `", "a – b"}
	for i, text := range texts {
		post := &models.Post{Title: titles[i%len(titles)], Content: text, Status: models.StatusPublished, Tags: models.Tags{"go", "c++: a", "#1", "yes", "ё"}, Lang: "en"}
		switch i % 6 {
		case 1:
			post.Status, post.Lang, post.Tags = models.StatusDraft, "", nil
		case 2:
			post.Visibility, post.Lang = models.VisibilityMembers, "ru"
		case 3:
			post.Visibility, post.Lang = models.VisibilityUnlisted, "zh-Hant"
		case 4:
			post.PublishAt = new(time.Now().Add(500 * time.Hour))
		case 5:
			post.Status, post.PublishAt = models.StatusDraft, new(time.Now().Add(500*time.Hour))
		}
		if err := s.CreatePost(ctx, ann, post); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
	empty := &models.Post{Title: "Nothing yet", Status: models.StatusDraft}
	if err := s.CreatePost(ctx, ann, empty); err != nil {
		t.Fatal(err)
	}
	run(t, s.sql, `update posts set created_at = created_at - interval '3 years', published_at = published_at - interval '2 years 3 months', updated_at = created_at where id % 2 = 0`)
	run(t, s.sql, `update posts set status = 'draft' where id = 3`) // was published once
	before := s.posts(ann)

	archive := s.exported(ann)
	if again := s.stage(ann, archive); again.Created != 0 || again.Same != len(texts)+1 || again.Refused != 0 {
		t.Errorf("what is there already: %+v %q", again, s.found(again, "refuse"))
	}
	bob := modelstest.User(t, s.Store, modelstest.Named("bob"))
	w := s.stage(bob, archive)
	if w.Created != len(texts)+1 || w.Refused+w.Passed+w.Same != 0 {
		t.Fatalf("%+v %q", w, s.found(w, "refuse"))
	}
	for _, line := range s.found(w, "create") {
		if strings.Contains(line, " | No") || strings.Contains(line, " | T") {
			t.Errorf("something is to be said of %s", line)
		}
	}
	if s.posts(bob) != "" {
		t.Error("the rehearsal wrote posts")
	}
	s.commit(bob, w)
	if after := s.posts(bob); after != before {
		t.Errorf("they were\n%s\nand are\n%s", before, after)
	}
	run(t, s.sql, "delete from posts where user_id = $1", ann.ID)
	s.commit(ann, s.stage(ann, archive))
	if after := s.posts(ann); after != before {
		t.Errorf("they were\n%s\nand are\n%s", before, after)
	}
	if report, err := s.Check(ctx); err != nil || len(report) > 0 {
		t.Error(report, err)
	}
}

// TestAnImportIsTakenBackWithItsReceipt commits, looks at receipt and log, changes a post, and undoes the rest.
func TestAnImportIsTakenBackWithItsReceipt(t *testing.T) {
	s := newFolder(t)
	ctx := modelstest.Context(t)
	kept := modelstest.Post(t, s.Store, s.ann)
	var files []file
	for i := range 5 {
		files = append(files, file{name: fmt.Sprintf("%d.md", i), text: fmt.Sprintf("---\ntitle: Number %d\ndate: 2020-01-0%d\n---\nText %d", i, i+1, i)})
	}
	w := s.stage(s.ann, packed(t, files...))
	if err := s.CommitWriting(ctx, modelstest.User(t, s.Store), w.ID); err == nil {
		t.Error("somebody else commits it")
	}
	w = s.commit(s.ann, w)
	if err := s.CommitWriting(ctx, s.ann, w.ID); err != nil { // sent twice
		t.Error(err)
	}
	if got := ask[string](t, s.sql, `select concat_ws(' ', kind, target_kind, by_name, total, refused, state, params ->> 'file', (select count(*) from act_rows where act_id = a.id and op = 'insert'),
			(select count(*) from audit where kind = 'act.import' and receipt = a.id and audit.actor_id = a.by_id), (select count(*) from posts)) from acts a where id = $1`, w.ActID); got != "import post ann 5 0 done blog.zip 5 1 6" {
		t.Error(got)
	}
	if got := ask[string](t, s.sql, `select string_agg(title, ' ' order by id) from posts where published_at < '2021-01-01'`); got != "Number 0 Number 1 Number 2 Number 3 Number 4" {
		t.Error(got)
	}
	if !w.CanUndo(time.Now()) || w.CanUndo(time.Now().Add(models.UndoLife+time.Hour)) {
		t.Errorf("%+v", w)
	}
	changed := ask[int64](t, s.sql, "select id from posts where title = 'Number 2'")
	if _, err := s.UpdatePost(ctx, s.ann, changed, models.PostChange{Content: new("Another text")}); err != nil {
		t.Fatal(err)
	}
	var way *models.InTheWay
	if _, err := s.UndoWriting(ctx, s.ann, w.ID, false); !errors.As(err, &way) || way.Count != 1 || way.Rows[0].ID != changed {
		t.Errorf("%v", err)
	}
	if _, err := s.UndoWriting(ctx, modelstest.Admin(t, s.Store), w.ID, true); err == nil {
		t.Error("somebody else takes it back here")
	}
	receipt, err := s.UndoWriting(ctx, s.ann, w.ID, true)
	if err != nil || receipt == 0 {
		t.Fatal(receipt, err)
	}
	if got := ask[string](t, s.sql, "select string_agg(title, ', ' order by id) from posts"); got != kept.Title+", Number 2" {
		t.Error(got)
	}
	if w, err = s.Writing(ctx, s.ann, w.ID); err != nil || w.Undone != 4 {
		t.Errorf("%+v %v", w, err)
	}
	// An admin takes the undo back: all is there again.
	admin := modelstest.Admin(t, s.Store)
	if _, err := s.Undo(ctx, admin, models.UndoOf{Receipt: receipt}); err != nil {
		t.Fatal(err)
	}
	if got := ask[int](t, s.sql, "select count(*)::int from posts"); got != 6 {
		t.Error(got)
	}
	if report, err := s.Check(ctx); err != nil || len(report) > 0 {
		t.Error(report, err)
	}
}
