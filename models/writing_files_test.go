package models_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// TestFilesGoWithTheirPosts exports posts with an image, a document and a file that the text does not mention, and imports them again, twice.
func TestFilesGoWithTheirPosts(t *testing.T) {
	s := newFolder(t)
	ctx := modelstest.Context(t)
	photo := addFile(t, s.Store, s.ann, models.NewFile{Name: "Фото 1.jpg", Alt: "A “house”"}, string(jpegOf(t, 700, 300)))
	notes := addFile(t, s.Store, s.ann, models.NewFile{Name: "notes.txt"}, "Some notes")
	post := modelstest.Post(t, s.Store, s.ann, func(p *models.Post) {
		p.Title, p.Content = "With files", fmt.Sprintf("![](%s)\n\n[Notes](%s), and <%s>, again %s.\n", photo.Path(), notes.Path(), notes.Path(), photo.Path())
	})
	addFile(t, s.Store, s.ann, models.NewFile{Name: "more.bin", PostID: post.ID}, strings.Repeat("\x00\x01", 300_000))
	archive := s.exported(s.ann)
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil || len(r.File) != 4 || !strings.HasPrefix(r.File[1].Name, fmt.Sprintf("files/%d-", photo.ID)) {
		t.Fatal(err, r.File)
	}
	if w := s.stage(s.ann, archive); w.Same != 1 || w.Created+w.Refused+w.Passed != 0 || ask[int](t, s.sql, "select count(*)::int from files") != 3 {
		t.Errorf("%+v", w)
	}
	files := `select string_agg(concat_ws(' ', name, type, size, encode(sha256, 'hex'), width, height, alt, (select count(*) from file_images i where i.file_id = f.id)), ', ' order by f.id)
		from files f join posts p on p.id = f.post_id where f.user_id = $1 and p.user_id = $1`
	before := ask[string](t, s.sql, files, s.ann.ID)
	bob := modelstest.User(t, s.Store, modelstest.Named("bob"))
	w := s.stage(bob, archive)
	if w.Created != 1 || w.Refused+w.Passed+w.Same != 0 || fmt.Sprint(s.found(w, "create")) != fmt.Sprintf("[posts/%d-with-files.md: With files, published | 3 files go with it.]", post.ID) {
		t.Fatalf("%+v %q", w, s.found(w, "create"))
	}
	if n := ask[int](t, s.sql, "select count(*)::int from files where post_id is null"); n != 3 {
		t.Errorf("%d files wait", n)
	}
	w = s.commit(bob, w)
	if after := ask[string](t, s.sql, files, bob.ID); after != before {
		t.Errorf("%s\nis\n%s", before, after)
	}
	content, html := ask[string](t, s.sql, "select content from posts where user_id = $1", bob.ID), ask[string](t, s.sql, "select content_html from posts where user_id = $1", bob.ID)
	for _, old := range []*models.File{photo, notes} {
		if strings.Contains(content, fmt.Sprintf("/files/%d-", old.ID)) {
			t.Errorf("the text names a file of somebody else: %s", content)
		}
	}
	if strings.Count(content, "/files/") != 4 || !strings.Contains(html, `<img src="/files/`) || !strings.Contains(html, `alt="A “house”"`) || !strings.Contains(html, `srcset=`) {
		t.Error(content, html)
	}
	if _, err := s.UndoWriting(ctx, bob, w.ID, false); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, s.sql, "select count(*)::int from files where user_id = $1", bob.ID); n != 0 {
		t.Errorf("%d files are left", n)
	}
	dropped := s.stage(bob, archive)
	if err := s.DropWriting(ctx, bob, dropped.ID); err != nil {
		t.Fatal(err)
	}
	before5s(t, "its files go", func() bool {
		return ask[int](t, s.sql, "select count(*)::int from files where user_id = $1", bob.ID) == 0
	})
	if report, err := s.Check(ctx); err != nil || len(report) > 0 {
		t.Error(report, err)
	}
}

// TestFilesOfOtherProgramsAreFound brings in a blog with images where Jekyll, Hugo and others have them, and ones that cannot be taken.
func TestFilesOfOtherProgramsAreFound(t *testing.T) {
	s := newFolder(t)
	var b bytes.Buffer
	picture := image.NewNRGBA(image.Rect(0, 0, 9, 7))
	picture.Set(1, 1, color.NRGBA{200, 10, 10, 255})
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	front := "---\ntitle: %s\ndate: 2020-01-01\n---\n"
	w := s.stage(s.ann, packed(t,
		file{name: "blog/_posts/a.md", text: fmt.Sprintf(front, "A") + "![one](../assets/my%20pic.png \"t\") ![two](/assets/my%20pic.png) <img src=\"/images/hugo.png\"> [r]\n\n[r]: ./doc.pdf\n\n[out](https://example.com/x.png) [up](../../../etc/passwd) [post](b.md)"},
		file{name: "blog/_posts/b.md", text: fmt.Sprintf(front, "B") + "![x](<img/bad.png>) ![y](gone.png) ![page](page.html)"},
		file{name: "blog/assets/my pic.png", text: b.String()},
		file{name: "blog/static/images/hugo.png", text: b.String()},
		file{name: "blog/_posts/doc.pdf", text: "%PDF-1.4 x"},
		file{name: "blog/_posts/img/bad.png", text: "\x89PNG\r\n\x1a\n and nothing"},
		file{name: "blog/_posts/page.html", text: "<!DOCTYPE html><script>alert(1)</script>"},
		file{name: "blog/_posts/c.md", text: fmt.Sprintf(front, "C") + "![x](<my pic (1).png>) ![y](plot(2).png) [![z](.github/logo.png)](https://example.com) <img src=\"my pic (1).png\">"},
		file{name: "blog/_posts/my pic (1).png", text: b.String()},
		file{name: "blog/_posts/plot(2).png", text: b.String()},
		file{name: "blog/_posts/.github/logo.png", text: b.String()},
		file{name: "blog/unused.css", text: "x"}))
	if got := fmt.Sprint(s.found(w, "create")); w.Passed != 2 || got != "[blog/_posts/a.md: A, published | 3 files go with it. blog/_posts/b.md: B, published | Not taken along: blog/_posts/img/bad.png | The image cannot be read: it is broken, or of a kind that is not known here. | 1 files go with it. blog/_posts/c.md: C, published | 3 files go with it.]" {
		t.Fatalf("%+v %s %q", w, got, s.found(w, "pass"))
	}
	s.commit(s.ann, w)
	text := ask[string](t, s.sql, "select content from posts where title = 'A'")
	if strings.Count(text, "/files/") != 4 || !strings.Contains(text, "[up](../../../etc/passwd) [post](b.md)") || !strings.Contains(text, "https://example.com/x.png") {
		t.Error(text)
	}
	if text := ask[string](t, s.sql, "select content from posts where title = 'B'"); !strings.Contains(text, "![x](<img/bad.png>) ![y](gone.png) ![page](/files/") {
		t.Error(text)
	}
	if html := ask[string](t, s.sql, "select content_html from posts where title = 'C'"); strings.Count(html, "<img src=\"/files/") != 4 {
		t.Error(html)
	}
	if _, _, err := s.File(modelstest.Context(t), nil, 1); err != nil { // it is as open as its post
		t.Error(err)
	}
}
