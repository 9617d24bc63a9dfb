package controllers_test

import (
	"archive/zip"
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// sendWriting sends files by the form of the page, as a browser does: name, content, name, content … A name may have folders.
func (b *browser) sendWriting(drafts bool, pairs ...string) *browser {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if drafts {
		form.WriteField("drafts", "true")
	}
	pairs = append(pairs, "", "") // the field of the folder, in which nothing was chosen
	for i := 0; i+1 < len(pairs); i += 2 {
		part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition("file", pairs[i])}, "Content-Type": {"application/octet-stream"}})
		if err == nil {
			_, err = io.WriteString(part, pairs[i+1])
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		b.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(modelstest.Context(b.t), "POST", b.site.url+"/settings/import", &body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Origin", b.site.url)
	return b.do(request)
}

// writer is a site with an author, and a connection to its database.
func writerSite(t *testing.T) (*site, *models.User, *browser, *pgx.Conn) {
	t.Helper()
	address := modelstest.URL(t)
	site := newSiteOver(t, modelstest.Open(t, address))
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	return site, ann, site.signIn(ann), modelstest.SQL(t, address)
}

func zipped(t *testing.T, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		part, err := w.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(part, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestAnAuthorImportsRehearsesCommitsAndUndoes goes the whole way by the pages alone, without a script.
func TestAnAuthorImportsRehearsesCommitsAndUndoes(t *testing.T) {
	site, ann, b, conn := writerSite(t)
	b.open("/settings").click("Import your posts").sees("Upload and rehearse", "Up to 512 MB and 10,000 files")
	xss := `<script>alert(1)</script><img src=x onerror=alert(1)>`
	archive := zipped(t, "_posts/2025-10-08-go.md", "---\nlayout: post\ntitle: Go\ncategories: go web\n---\nText", "secret.md", "# Notes\n\nx", "bad.md", "a\x00", "photo.jpg", "x", "../up.md", "x",
		xss+".md", "---\ntitle: \""+strings.ReplaceAll(xss, `"`, `\"`)+"\"\ndate: 2020-01-01\n\""+xss+"\": x\n---\n"+xss)
	b.sendWriting(false, "blog.zip", archive).settled().sees("Rehearsal: nothing has changed yet", "3 would become posts", "Import 3 posts", "Not taken over: layout", "It has no front matter: it becomes a draft.",
		"Contains a NUL byte", "Its name leads out of the archive", "No Markdown file", "2 refused", "1 passed over", xss)
	if n := b.page.Find("main script, main img").Length(); n != 0 {
		t.Errorf("%d things of the archive are on the page", n)
	}
	if n := ask[int](t, conn, "select count(*)::int from posts"); n != 0 {
		t.Errorf("the rehearsal made %d posts", n)
	}
	b.open(b.at.Path+"/files?act=create").status(200).sees("Go", "_posts/2025-10-08-go.md")
	b.open("/settings/import").click("blog.zip").submit("Import 3 posts").settled().sees("3 posts imported", "Receipt 1", "Undo", "until")
	if got := ask[string](t, conn, "select string_agg(title || ' ' || status || ' ' || tags::text, ', ' order by id) from posts where title <> $1", xss); got != "Go published {go,web}, Notes draft {}" {
		t.Error(got)
	}
	at := b.at.Path
	b.click("Go").status(200).sees("Text")
	changed := ask[int64](t, conn, "select id from posts where title = 'Go'")
	if _, err := site.UpdatePost(modelstest.Context(t), ann, changed, models.PostChange{Title: new("Go on")}); err != nil {
		t.Fatal(err)
	}
	b.open(at).submit("Undo").status(409).sees("1 of the posts is not as the import made it. Nothing was taken back.", "Changed since").
		submit("Undo the other 2").status(200).sees("2 posts are taken back.", "2 taken back")
	if got := ask[string](t, conn, "select string_agg(title, ', ') from posts"); got != "Go on" {
		t.Error(got)
	}
	b.open("/settings/import").sees("2 taken back")
	// Nobody else sees it; an admin has its receipt.
	site.signIn(modelstest.User(t, site.Store)).open(at).status(404).post(at + "/commit").status(404).post(at + "/undo").status(404).post(at + "/delete").status(404)
	site.signIn(modelstest.Admin(t, site.Store)).open("/admin/acts/1").status(200).sees("3 posts imported", "ann").open("/admin/audit").sees("imported users or posts")
}

// TestFilesAndFoldersAreImportedLikeAnArchive chooses files one by one, and a folder, and what cannot be.
func TestFilesAndFoldersAreImportedLikeAnArchive(t *testing.T) {
	_, _, b, conn := writerSite(t)
	b.sendWriting(true, "blog/_posts/2020-01-02-one.md", "---\ntitle: One\n---\nText", "blog/two.md", "---\ntitle: Two\ndate: 2021-01-01\n---\nText", "blog/pic.png", "x").settled().
		sees("blog/_posts/2020-01-02-one.md", "Import 2 posts", "all as drafts").submit("Import 2 posts").settled().sees("2 posts imported")
	if got := ask[string](t, conn, "select string_agg(concat_ws(' ', title, status, published_at::date, created_at::date), ', ' order by title) from posts"); got != "One draft 2020-01-02 2020-01-02, Two draft 2021-01-01 2021-01-01" {
		t.Error(got)
	}
	b.sendWriting(false).status(422).sees("Choose a file.")
	b.sendWriting(false, "a.zip", zipped(t, "a.md", "x"), "b.md", "x").status(422).sees("Choose one zip archive, or Markdown files: not both at once.")
	b.sendWriting(false, "a.zip", "PK\x03\x04 and nothing else").status(422).sees("This is no zip archive, or a part of it is missing.")
	b.post("/settings/import", "file", "no multipart form").status(422).sees("Choose a file.")
	for range 3 {
		b.sendWriting(false, "a.md", "x").settled().sees("1 would become a post")
	}
	b.sendWriting(false, "a.md", "x").status(422).sees("3 imports of yours wait already. Commit them, or throw them away.")
	b.open("/settings/import").click("a.md").submit("Throw it away").status(200).sees("is thrown away. Nothing was changed.")
	b.sendWriting(false, "../../etc/passwd.md", "x").settled().sees("Its name leads out of the archive", "There is nothing to do").seesNot("Import 0 posts")
	if n := ask[int](t, conn, "select count(*)::int from posts"); n != 2 {
		t.Errorf("there are %d posts", n)
	}
}

// TestAnAuthorExportsAndImportsAgain takes the archive out by the page, and brings it in again.
func TestAnAuthorExportsAndImportsAgain(t *testing.T) {
	site, ann, b, conn := writerSite(t)
	modelstest.Post(t, site.Store, ann)
	modelstest.Post(t, site.Store, modelstest.User(t, site.Store))
	b.open("/settings/export").sees("You have 1 post.").click("Export 1 post")
	if b.code != 200 || b.head.Get("Content-Type") != "application/zip" || !strings.HasPrefix(b.head.Get("Content-Disposition"), `attachment; filename="ann-`) {
		t.Fatal(b.code, b.head)
	}
	archive := b.text
	b.sendWriting(false, "again.zip", archive).settled().sees("1 is here already", "You have a post of this title and text already.", "There is nothing to do")
	before := ask[string](t, conn, "select (to_jsonb(p) - 'id' - 'saved_at')::text from posts p where user_id = $1", ann.ID)
	sql(t, conn, "delete from posts where user_id = $1", ann.ID)
	b.sendWriting(false, "again.zip", archive).settled().submit("Import 1 post").settled().sees("1 post imported")
	if after := ask[string](t, conn, "select (to_jsonb(p) - 'id' - 'saved_at')::text from posts p where user_id = $1", ann.ID); after != before {
		t.Errorf("%s\nis\n%s", before, after)
	}
	if got := ask[string](t, conn, "select string_agg(kind, ' ' order by id) from audit where kind like 'export%'"); got != "export.writing" {
		t.Error(got)
	}
}
