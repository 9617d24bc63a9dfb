package controllers_test

import (
	"fmt"
	"strings"

	"postroom/models"
	"postroom/models/modelstest"
)

// pasteAnImage: an image is pasted into the text, another is dragged onto it, and a file is chosen; each is sent at once, and shown.
func pasteAnImage(w *window) {
	w.signIn(modelstest.User(w, w.Store, modelstest.Named("ann")))
	w.open("/posts/new")
	w.write("Title", "Fog")
	w.write("Text", "Before.")
	painted := func(name, then string) {
		w.Helper()
		value[bool](w, fmt.Sprintf(`new Promise((done) => {
			const canvas = document.createElement("canvas");
			canvas.width = 1200; canvas.height = 300;
			canvas.getContext("2d").fillRect(0, 0, 600, 300);
			canvas.toBlob((blob) => {
				const data = new DataTransfer(), text = document.getElementById("content");
				data.items.add(new File([blob], %q, { type: "image/png" }));
				text.focus();
				%s
				done(true);
			});
		})`, name, then))
	}
	says := func(words string) {
		w.Helper()
		w.soon(fmt.Sprintf(`document.getElementById("file-status").textContent === %s`, quoted(words)))
	}
	painted("image.png", `text.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));`)
	says("“image.png” is in the text. Write between the brackets what it shows.")
	value[bool](w, `document.execCommand("insertText", false, "Fog over the fjord")`) // the caret stands there
	if got := value[string](w, `document.getElementById("content").value`); got != "Before.\n\n![Fog over the fjord](/files/1-image.png)\n\n" {
		w.Fatalf("the text is %q", got)
	}
	value[bool](w, `(text => { text.setSelectionRange(text.value.length, text.value.length); return true })(document.getElementById("content"))`)
	painted("drop.png", `text.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));`)
	says("“drop.png” is in the text. Write between the brackets what it shows.")
	painted("chosen.png", `const field = document.getElementById("file"); document.getElementById("alt").value = "A band";
		text.setSelectionRange(text.value.length, text.value.length); field.files = data.files; field.dispatchEvent(new Event("change", { bubbles: true }));`)
	says("“chosen.png” is in the text.")
	if names := w.texts("#file-list li a"); len(names) != 3 || names[2] != "chosen.png" {
		w.Fatal(names)
	}
	w.send("Publish")
	w.sees("“Fog” is published.")
	w.soon(`(images => images.length === 3 && images[0].alt === "Fog over the fjord" && images[2].alt === "A band" && images[0].srcset.includes("480w"))(document.querySelectorAll(".prose img"))`)
	value[bool](w, `(document.querySelectorAll(".prose img").forEach(image => { image.loading = "eager" }), true)`)
	w.soon(`[...document.querySelectorAll(".prose img")].every(image => image.complete && image.naturalWidth > 0)`)
}

// refuseRunning: what could run on a page does not, whether in a file's bytes or its name.
func refuseRunning(w *window) {
	ann := modelstest.User(w, w.Store, modelstest.Named("ann"))
	w.signIn(ann)
	post := modelstest.Post(w, w.Store, ann)
	for _, content := range []string{
		"<!DOCTYPE html><script>window.name = 'ran'</script>",
		`<svg xmlns="http://www.w3.org/2000/svg" onload="window.name = 'ran'"><script>window.name = 'ran'</script></svg>`,
	} {
		file := `"><img src=x onerror="window.name='ran'">.svg`
		if _, err := w.AddFile(modelstest.Context(w), ann, models.NewFile{Name: file, PostID: post.ID}, strings.NewReader(content)); err != nil {
			w.Fatal(err)
		}
	}
	shown := modelstest.Post(w, w.Store, ann)
	for i, text := range w.attacks() { // as the name of a file, and as what an image shows
		name := strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "/", "")
		if _, err := w.AddFile(modelstest.Context(w), ann, models.NewFile{Name: name + ".txt", PostID: shown.ID}, strings.NewReader("x")); err != nil {
			w.Errorf("%q: %v", name, err)
		}
		if i > 0 && i%4 != 0 {
			continue
		}
		if _, err := w.AddFile(modelstest.Context(w), ann, models.NewFile{Name: name, Alt: name, PostID: shown.ID}, strings.NewReader(dot(w))); err != nil {
			w.Logf("%q: %v", name, err)
		}
	}
	w.open(shown.Path())
	w.open(shown.Path() + "/edit")
	w.open(post.Path())
	w.open(post.Path() + "/edit")
	w.open("/files/1/delete")
	for _, said := range w.heard() {
		w.Error(said)
	}
	if value[string](w, "window.name") == "ran" {
		w.Fatal("it ran")
	}
}
