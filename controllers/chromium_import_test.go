package controllers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"

	"postroom/models"
	"postroom/models/modelstest"
)

// importFile uploads a file, matches its columns, mends a refused line and takes the import back.
func importFile(w *window) {
	folder := w.TempDir()
	choose := func(name, content string) {
		w.Helper()
		path := filepath.Join(folder, name)
		w.must("write", os.WriteFile(path, []byte(content), 0o600))
		w.must("choose", chromedp.Do(w.ctx, chromedp.SetUploadFiles("#file", []string{path})))
	}
	settled := func(words string) {
		w.Helper()
		if w.script {
			w.patiently(fmt.Sprintf(`document.querySelector("#import").innerText.includes(%q)`, words))
			return
		}
		at := strings.TrimPrefix(value[string](w, "location.href"), w.url)
		for range 100 {
			if w.open(at); strings.Contains(strings.Join(w.texts("#import"), " "), words) {
				return
			}
		}
		w.sees(words)
	}
	modelstest.User(w, w.Store, modelstest.Named("hana"), func(in *models.NewUser) { in.Metadata = models.Metadata{"city": "Lyon"} })
	w.signIn(modelstest.Admin(w, w.Store))
	w.open("/admin/imports")
	w.sees("No imports yet")
	w.wide("no imports")
	long := strings.Repeat("Donaudampfschifffahrt", 7)
	choose("members.csv", "\ufeffLogin;E-Mail;Ort;"+long[:100]+"\r\nhana;;Villeurbanne;\r\nnew-one;new-one@example.com;\"two\r\nlines\";"+long+"\r\nal;nowhere@;;\r\n")
	w.send("Upload the file")
	w.sees("Semicolons between cells, double quotes, Windows line ends, in UTF-8 with a byte order mark.", "Villeurbanne · two lines")
	w.wide("columns are matched")
	w.must("match", chromedp.Do(w.ctx, chromedp.SetValue("[name=own-3]", "city")))
	w.send("Rehearse 3 lines")
	settled("Create 1 and change 1 user")
	w.sees("hana hana", "Lyon", "Villeurbanne", "An e-mail address looks like name@example.com.", "Refused lines as CSV")
	w.wide("a rehearsal")
	w.send("Create 1 and change 1 user")
	settled("receipt 1")
	w.wide("a commit")
	w.follow("receipt 1")
	w.sees("Receipt 1", "new-one")
	w.send("Undo all 2")
	w.sees("Receipt 2")
	w.open("/admin/imports")
	w.sees("members.csv", "committed")
	choose("picture.csv", "\x89PNG\r\n\x1a\n")
	w.send("Upload the file", 422)
	w.sees("This is a picture, not a CSV file.")
	w.wide("a file that is none")
}
