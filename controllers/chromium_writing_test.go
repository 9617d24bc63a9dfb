package controllers_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// nothingImportedRuns imports each attack as the name of a file, as title, tag, name and value of the front matter, and as text, and opens what
// shows it: the rehearsal, the receipt, the posts.
func nothingImportedRuns(w *window) {
	ctx := modelstest.Context(w)
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for i, text := range w.attacks() {
		line := strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "\x00", "")
		title := strings.ToValidUTF8(line[:min(len(line), 80)], "")
		file, err := archive.Create(fmt.Sprintf("%d %s.md", i, strings.ReplaceAll(title, "/", "")))
		if err == nil {
			_, err = fmt.Fprintf(file, "---\ntitle: \"%s\"\ndate: 2020-01-01\ntags: [\"%s\"]\n\"%s\": \"%[1]s\"\n---\n%s", quoted.Replace(title), quoted.Replace(title), quoted.Replace(title), text)
		}
		w.must("pack", err)
	}
	w.must("pack", archive.Close())
	ann := modelstest.User(w, w.Store)
	sent := false
	i, err := w.Store.StageWriting(ctx, ann, models.NewWriting{Next: func() (string, io.Reader, error) {
		if sent {
			return "", nil, io.EOF
		}
		sent = true
		return `"><img src=x onerror=alert(1)>.zip`, &b, nil
	}})
	w.must("stage", err)
	i, err = w.Store.AwaitWriting(ctx, ann, i.ID, 20*time.Second)
	w.must("rehearse", err)
	if i.Created < 60 {
		w.Fatalf("too few came through: %+v", i)
	}
	w.signIn(ann)
	look := func() {
		w.open("/settings/import")
		w.open(fmt.Sprintf("/settings/import/%d", i.ID))
		for act, n := range map[string]int{"create": i.Created, "refuse": i.Refused, "same": i.Same, "pass": i.Passed} {
			if n > 0 {
				w.open(fmt.Sprintf("/settings/import/%d/files?act=%s", i.ID, act))
			}
		}
	}
	look()
	w.must("commit", w.Store.CommitWriting(ctx, ann, i.ID))
	_, err = w.Store.AwaitWriting(ctx, ann, i.ID, 20*time.Second)
	w.must("commit", err)
	look()
	for _, path := range []string{"/", ann.Path(), "/tags"} {
		w.open(path)
	}
	for _, said := range w.heard() {
		w.Errorf("%s", said)
	}
}
