package models_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// jpegOf is a JPEG of so many pixels, left half dark.
func jpegOf(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{uint8(x * 255 / w), uint8(y * 255 / h), 90, 255}
			m.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func addFile(t testing.TB, store *models.Store, by *models.User, in models.NewFile, bytes string) *models.File {
	t.Helper()
	f, err := store.AddFile(modelstest.Context(t), by, in, strings.NewReader(bytes))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// bytesOf reads a file, or a width of it, as the user.
func bytesOf(t testing.TB, store *models.Store, by *models.User, id int64, width int) []byte {
	t.Helper()
	f, _, err := store.File(modelstest.Context(t), by, id)
	if err != nil {
		t.Fatal(err)
	}
	r, _, size := store.OpenFile(modelstest.Context(t), f, width)
	data, err := io.ReadAll(r)
	if err != nil || int64(len(data)) != size {
		t.Fatalf("%d bytes of %d, %v", len(data), size, err)
	}
	return data
}

func TestAFileComesBackByteByByte(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	for _, content := range []string{"%PDF-1.7\nx", strings.Repeat("0123456789abcdef", 256<<10/16), strings.Repeat("xyz", 300_000)} {
		f := addFile(t, store, ann, models.NewFile{Name: "/tmp/../a\\b/notes\u202e.txt"}, content)
		if got := string(bytesOf(t, store, ann, f.ID, 0)); got != content {
			t.Errorf("%d bytes came back of %d", len(got), len(content))
		}
		if f.Name != "notes.txt" || f.IsImage() {
			t.Errorf("%q of type %s", f.Name, f.Type)
		}
	}
	f, _, _ := store.File(modelstest.Context(t), ann, 3)
	r, _, size := store.OpenFile(modelstest.Context(t), f, 0)
	if at, err := r.Seek(-5, io.SeekEnd); err != nil || at != size-5 {
		t.Fatal(at, err)
	}
	if end, err := io.ReadAll(r); err != nil || string(end) != "yzxyz" {
		t.Errorf("the end is %q, %v", end, err)
	}
	if n := ask[int](t, conn, "select count(*) from loose_objects"); n != 0 {
		t.Errorf("%d objects are loose", n)
	}
	proven(t, store, "adding files")
}

func TestTheTypeIsFoundFromTheBytes(t *testing.T) {
	store := modelstest.Store(t)
	ann := modelstest.User(t, store)
	var small bytes.Buffer
	png.Encode(&small, image.NewNRGBA(image.Rect(0, 0, 3, 2)))
	for _, try := range []struct{ name, content, kind, named string }{
		{"photo.jpg", "<!DOCTYPE html><script>alert(1)</script>", "text/html", "photo.jpg"},
		{"photo.png", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "image/svg+xml", "photo.png"},
		{"page.html", small.String(), "image/png", "page.html.png"},
		{"photo.jpeg", small.String(), "image/png", "photo.png"},
		{"paper.exe", "%PDF-1.7\n%âãÏÓ", "application/pdf", "paper.exe"},
		{"x", "\x00\x01\x02", "application/octet-stream", "x"},
		{"moves.png", small.String()[:33] + "\x00\x00\x00\x08acTL\x00\x00\x00\x01\x00\x00\x00\x00\xb4\x2d\xe9\xa0" + small.String()[33:], "image/png", "moves.png"},
	} {
		f := addFile(t, store, ann, models.NewFile{Name: try.name}, try.content)
		if f.Type != try.kind || f.Name != try.named {
			t.Errorf("%s: %s, %s", try.name, f.Name, f.Type)
		}
	}
	for content, say := range map[string]string{
		"": "The file is empty.",
		"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1": "Images of this type (heic) cannot be shown. Save it as JPEG, PNG, GIF or WebP.",
		string(jpegOf(t, 30, 20)[:200]):                "The image cannot be read: it is broken, or of a kind that is not known here.",
	} {
		_, err := store.AddFile(modelstest.Context(t), ann, models.NewFile{Name: "x"}, strings.NewReader(content))
		var invalid models.Invalid
		if !errors.As(err, &invalid) || invalid["file"].String() != say {
			t.Errorf("%.20q: %v", content, err)
		}
	}
}

func TestAnImageIsOfferedInItsWidths(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	f := addFile(t, store, ann, models.NewFile{Name: "wide.jpg", Alt: "Fog  over the fjord"}, string(jpegOf(t, 1000, 500)))
	if f.Width != 1000 || f.Height != 500 || len(f.Widths) != 2 || f.Widths[0].Width != 480 || f.Widths[1].Height != 480 || f.Alt != "Fog over the fjord" {
		t.Fatalf("%+v", f)
	}
	for _, width := range []int{0, 480, 960, 7} {
		m, err := jpeg.Decode(bytes.NewReader(bytesOf(t, store, ann, f.ID, width)))
		if err != nil {
			t.Fatal(err)
		}
		want := map[int]int{0: 1000, 480: 480, 960: 960, 7: 1000}[width]
		if m.Bounds().Dx() != want {
			t.Errorf("asked for %d: %v", width, m.Bounds())
		}
		if r, _, _, _ := m.At(want*9/10, 10).RGBA(); r>>8 < 215 || r>>8 > 245 {
			t.Errorf("in %d pixels the right is %d", want, r>>8)
		}
	}
	post := &models.Post{Title: "Fog", Content: "Before.\n\n" + f.Markdown() + "\n\n![](/files/1) [far](https://example.com/files/9) ![theirs](/files/999-x.jpg)", Status: models.StatusPublished}
	if err := store.CreatePost(modelstest.Context(t), ann, post); err != nil {
		t.Fatal(err)
	}
	want := `<img src="/files/1-wide.jpg" srcset="/files/1-wide.jpg?w=480 480w, /files/1-wide.jpg?w=960 960w, /files/1-wide.jpg 1000w" sizes="(min-width: 42rem) 38rem, 100vw" width="1000" height="500" alt="Fog over the fjord" loading="lazy"`
	if n := strings.Count(post.ContentHTML, want); n != 2 || strings.Contains(post.ContentHTML, "999") {
		t.Errorf("%d times in %s", n, post.ContentHTML)
	}
	if in := ask[int64](t, conn, "select post_id from files where id = 1"); in != post.ID {
		t.Errorf("the file is in post %d", in)
	}
	// Somebody else's image is not shown, and does not become theirs.
	ben := modelstest.User(t, store)
	other := &models.Post{Title: "Mine", Content: f.Markdown(), Status: models.StatusPublished}
	if err := store.CreatePost(modelstest.Context(t), ben, other); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(other.ContentHTML, "<img") || ask[int64](t, conn, "select post_id from files where id = 1") != post.ID {
		t.Error("another's image is shown: ", other.ContentHTML)
	}
}

func TestADeletedFileComesBackAndAForgottenOneGoes(t *testing.T) {
	store, conn := behind(t)
	ann, ben, admin := modelstest.User(t, store), modelstest.User(t, store), modelstest.Admin(t, store)
	ctx := modelstest.Context(t)
	f := addFile(t, store, ann, models.NewFile{Name: "wide.jpg"}, string(jpegOf(t, 1000, 100)))
	post := &models.Post{Title: "Fog", Content: f.Markdown(), Status: models.StatusPublished}
	if err := store.CreatePost(ctx, ann, post); err != nil {
		t.Fatal(err)
	}
	whole := bytesOf(t, store, nil, f.ID, 480)
	later := func() {
		t.Helper()
		run(t, conn, "update loose_objects set at = at - interval '2 hours' where at > '-infinity'")
		for range 2 {
			if err := store.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
		}
		proven(t, store, "the sweep")
	}
	objects := func() int { return ask[int](t, conn, "select count(*) from pg_largeobject_metadata") }
	// The file by itself: who deleted it brings it back, whatever was swept meanwhile.
	if _, err := store.DeleteFile(ctx, ben, f.ID); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("another deletes it: %v", err)
	}
	gone, err := store.DeleteFile(ctx, ann, f.ID)
	if err != nil || gone.Receipt == 0 {
		t.Fatal(gone, err)
	}
	later()
	if _, _, err := store.File(ctx, ann, f.ID); !errors.Is(err, models.ErrNotFound) || objects() != 3 {
		t.Errorf("%v, %d objects", err, objects())
	}
	if list, more, err := store.Deleted(ctx, ann, "file", models.DeletedPlace{}, 5); err != nil || more || len(list) != 1 || list[0].Title != "wide.jpg" {
		t.Error(list, more, err)
	}
	if _, _, err := store.RestoreFile(ctx, ben, f.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("another brings it back: %v", err)
	}
	for range 2 { // a double click
		if back, _, err := store.RestoreFile(ctx, ann, f.ID); err != nil || back.PostID != post.ID {
			t.Fatal(back, err)
		}
	}
	if !bytes.Equal(bytesOf(t, store, nil, f.ID, 480), whole) {
		t.Error("it is another")
	}
	// With its post, and with its user.
	if _, err := store.DeletePost(ctx, ann, post.ID); err != nil {
		t.Fatal(err)
	}
	later()
	if _, err := store.RestorePost(ctx, ann, post.ID); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytesOf(t, store, nil, f.ID, 480), whole) {
		t.Error("it is another after its post came back")
	}
	if gone, err = store.DeleteUser(ctx, admin, ann.ID); err != nil {
		t.Fatal(err)
	}
	later()
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: gone.Receipt}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytesOf(t, store, nil, f.ID, 480), whole) {
		t.Error("it is another after its user came back")
	}
	// Once nothing can bring it back, the objects go.
	if _, err := store.DeletePost(ctx, ann, post.ID); err != nil {
		t.Fatal(err)
	}
	run(t, conn, "update acts set undo_until = now() - interval '1 second' where undo_until > now()")
	later()
	if n := objects(); n != 0 {
		t.Errorf("%d objects are left", n)
	}
	// What no post took in goes after two days, and what broke off at once.
	addFile(t, store, ann, models.NewFile{Name: "forgotten.txt"}, "x")
	if _, err := store.AddFile(ctx, ann, models.NewFile{Name: "x"}, io.MultiReader(strings.NewReader(strings.Repeat("x", 300<<10)), broken{})); err == nil {
		t.Error("half a file is taken")
	}
	if n := objects(); n != 2 {
		t.Errorf("%d objects", n)
	}
	if err := store.Sweep(ctx); err != nil || objects() != 1 {
		t.Errorf("%d objects, %v", objects(), err)
	}
	run(t, conn, "update files set created_at = created_at - interval '49 hours'")
	later()
	later() // the object has been nobody's for an hour by then
	if n := objects(); n != 0 {
		t.Errorf("%d objects are left of what nobody wanted", n)
	}
}

// broken breaks off.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestTheCheckFindsObjectsAndFilesWithoutEachOther(t *testing.T) {
	address := modelstest.OwnerURL(t)
	store, conn := modelstest.Open(t, address), modelstest.SQL(t, address)
	ann := modelstest.User(t, store)
	f := addFile(t, store, ann, models.NewFile{Name: "a.txt"}, "a")
	g := addFile(t, store, ann, models.NewFile{Name: "b.txt"}, "b")
	proven(t, store, "adding files")
	run(t, conn, "select lo_create(0)")
	run(t, conn, "select lo_unlink(object) from files where id = $1", f.ID)
	run(t, conn, "alter table files disable trigger leave_objects")
	run(t, conn, "delete from files where id = $1", g.ID)
	off, err := store.Check(modelstest.Context(t))
	if err != nil || len(off) != 3 {
		t.Fatalf("%q, %v", off, err)
	}
	for i, want := range []string{"files: file 1 has no large object", "belongs to no file", "belongs to no file"} {
		if !strings.Contains(off[i], want) {
			t.Errorf("%q does not say %q", off[i], want)
		}
	}
}
