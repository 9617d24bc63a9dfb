package controllers_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"

	"postroom/models/modelstest"
)

// importFolder: a folder with posts, an image and what is none of these is chosen in the field for folders, rehearsed and committed; the post shows
// its image.
func importFolder(w *window) {
	var picture bytes.Buffer
	w.must("paint", png.Encode(&picture, image.NewGray(image.Rect(0, 0, 30, 20))))
	folder := filepath.Join(w.TempDir(), "blog")
	for name, content := range map[string]string{
		"posts/fog.md":      "---\ntitle: Fog\ndate: 2014-05-06 07:08:09 +0200\nseries: Weather\n---\nBefore.\n\n![Fog over the fjord](../img/fog%201.png)\n",
		"posts/rain.md":     "---\ntitle: Rain\ndate: 2015-01-01\nseries: Weather\n---\nAfter [the fog](<../img/fog 1.png>).\n",
		"img/fog 1.png":     picture.String(),
		"notes/.hidden.md":  "x",
		"notes/broken.md":   "---\ntitle: [\n---\nx",
		"notes/letter.docx": "x",
	} {
		w.must("make a folder", os.MkdirAll(filepath.Join(folder, filepath.Dir(name)), 0o755))
		w.must("make a file", os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644))
	}
	w.signIn(modelstest.User(w, w.Store, modelstest.Named("ann")))
	w.open("/settings/import")
	w.must("choose the folder", chromedp.Do(w.ctx, chromedp.SetUploadFiles("#folder", []string{folder})))
	w.soon(`document.getElementById("folder").files.length === 6`) // the browser looks through it by itself
	w.send("Upload and rehearse")
	w.sees("Import 1: blog", "Rehearsal: nothing has changed yet", "2 would become posts", "Fog", "blog/posts/fog.md", "It stands in the series “Weather”.", "1 file goes with it.", "blog/notes/broken.md", "1 refused")
	w.send("Import 2 posts")
	w.sees("2 posts imported")
	w.follow("Fog")
	w.sees("Fog", "Before.")
	w.soon(`(image => image && image.alt === "Fog over the fjord" && image.complete && image.naturalWidth === 30)(document.querySelector(".prose img"))`)
}
