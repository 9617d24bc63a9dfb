package controllers_test

import (
	"encoding/json"
	"fmt"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"postroom/models"
	"postroom/models/modelstest"
)

const previewed = `document.querySelector("#preview").hidden ? "" : document.querySelector("#preview .prose").innerHTML`

// previewWhileWriting sees the preview follow the text beside it, made by what makes the page.
func previewWhileWriting(w *window) {
	w.signIn(modelstest.User(w, w.Store))
	w.size(1440)
	w.open("/posts/new")
	if got := value[string](w, previewed); got != "" {
		w.Errorf("before anything is written the preview is %q", got)
	}
	const source = "## Head\n\nSome **bold** words. <script>alert(1)</script>\n\n```go\nreturn 1\n```\n"
	w.write("Title", "A < B")
	w.write("Text", source)
	made, err := models.Render(source)
	w.must("render", err)
	w.soon(`document.querySelector("#preview .prose")?.innerText.includes("return 1")`)
	w.soon(`document.querySelector("#preview .prose h1").textContent === "A < B"`)
	sees := func() string {
		return value[string](w, `(() => { const d = document.querySelector("#preview .prose").cloneNode(true); d.querySelector("h1").remove(); return d.innerHTML.trim() })()`)
	}
	parsed := value[string](w, `(() => { const d = document.createElement("div"); d.innerHTML = `+quoted(made.HTML)+`; return d.innerHTML.trim() })()`)
	if got := sees(); got != parsed {
		w.Errorf("the preview is\n%s\nand the page would be\n%s", got, parsed)
	}
	if !value[bool](w, `(() => { const pen = document.querySelector(".pen").getBoundingClientRect(), made = document.querySelector("#preview").getBoundingClientRect(); return made.left >= pen.right && made.top < pen.bottom })()`) {
		w.Error("the preview is not beside the pen")
	}
	if path := value[string](w, "location.pathname"); path != "/posts/new" {
		w.Errorf("the page is %s", path)
	}
	// What cannot be previewed leaves the last preview, and says so.
	w.mu.Lock()
	w.refused[w.url+"/posts/preview"] = true
	w.mu.Unlock()
	value[bool](w, `(() => { const e = document.getElementById("content"); e.value = "\0"; return e.dispatchEvent(new Event("input", {bubbles: true})) })()`)
	w.soon(`!document.querySelector("#preview-stale").hidden`)
	w.sees("This is how it was a moment ago")
	w.rewrite("content", "Better")
	w.soon(`document.querySelector("#preview-stale").hidden && document.querySelector("#preview").innerText.includes("Better")`)

	w.send("Publish")
	w.sees("“A < B” is published.", "Better")

	// In a narrow window it comes when it is asked for, in place.
	w.size(390)
	w.open("/posts/new")
	w.write("Title", "Narrow")
	w.write("Text", "Narrow words")
	value[int](w, "new Promise(done => setTimeout(() => done(1), 1000))")
	if got := value[string](w, previewed); got != "" {
		w.Errorf("nobody asked for this preview: %q", got)
	}
	w.click("Preview")
	w.soon(`document.querySelector("#preview").innerText.includes("Narrow words")`)
	if path := value[string](w, "location.pathname"); path != "/posts/new" {
		w.Errorf("the page is %s", path)
	}
	w.send("Save draft")
}

func previewWithoutScript(w *window) {
	w.signIn(modelstest.User(w, w.Store))
	w.open("/posts/new")
	w.write("Title", "Bread")
	w.write("Text", "Some **bold** words.")
	w.send("Preview")
	w.sees("Some bold words.")
	w.send("Save draft")
	w.sees("“Bread” is saved as a draft.")
}

// editByKeyboard uses what the page says of keys, and Tab goes on as everywhere.
func editByKeyboard(w *window) {
	ann := modelstest.User(w, w.Store)
	w.signIn(ann)
	w.open("/posts/new")
	w.sees("Ctrl+B", "bold", "Ctrl+K", "link", "Ctrl+S", "Ctrl+Enter", "save the draft")
	text := func(want string) {
		w.Helper()
		if got := value[string](w, `document.getElementById("content").value`); got != want {
			w.Errorf("the text is %q, not %q", got, want)
		}
	}
	w.write("Title", "Keys")
	w.write("Text", "one two")
	w.choosing(4, 7)
	w.ctrl("b")
	text("one **two**")
	w.ctrl("i")
	text("one ***two***")
	w.ctrl("i")
	text("one **two**")
	w.ctrl("b")
	text("one two")
	w.ctrl("z") // as what was typed
	text("one **two**")
	w.choosing(0, 3)
	w.ctrl("k")
	w.press("/users")
	text("[one](/users) **two**")
	w.press(kb.Tab)
	w.focused("#alt")
	w.choosing(0, 0)
	w.leave(withCtrl("s"), "Ctrl and S")
	w.sees("“Keys” is saved as a draft. Nobody else can see it.")

	post := modelstest.Post(w, w.Store, ann)
	w.open(post.Path() + "/edit")
	w.rewrite("title", "Other keys")
	w.leave(withCtrl(kb.Enter), "Ctrl and Enter")
	w.sees("“Other keys” is published.")
}

// rewrite puts other words into the field, as a paste over all of it does.
func (w *window) rewrite(id, words string) {
	w.Helper()
	value[bool](w, fmt.Sprintf(`(() => { const e = document.getElementById(%q); e.focus(); e.select(); return document.execCommand("insertText", false, %s) })()`, id, quoted(words)))
}

// choosing marks a part of the text.
func (w *window) choosing(from, to int) {
	w.Helper()
	value[bool](w, fmt.Sprintf(`(() => { const e = document.getElementById("content"); e.focus(); e.setSelectionRange(%d, %d); return true })()`, from, to))
}

func withCtrl(key string) chromedp.Action[chromedp.Void] {
	return chromedp.KeyEvent(key, chromedp.KeyModifiers(chromedp.ModifierCtrl))
}

// ctrl presses a key together with Ctrl.
func (w *window) ctrl(key string) {
	w.Helper()
	w.must("Ctrl and "+key, chromedp.Do(w.ctx, withCtrl(key)))
}

// preview asks for a preview, which comes in place where JavaScript is on.
func (w *window) preview() {
	w.Helper()
	if !w.script {
		w.send("Preview")
		return
	}
	w.click("Preview")
	w.soon(`!document.querySelector("#preview").hidden`)
}

// quoted is the text as JavaScript says it.
func quoted(text string) string {
	said, _ := json.Marshal(text)
	return string(said)
}
