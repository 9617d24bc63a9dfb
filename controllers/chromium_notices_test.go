package controllers_test

import (
	"postroom/models"
	"postroom/models/modelstest"
)

// says is what the entry of the navigation says, as an expression.
const saysNotices = `document.querySelector("#bell").innerText.replace(/\s+/g, " ").trim()`

// bellCounts follows the bell on pages of all kinds: one that follows nothing else, and one that somebody typed into.
func bellCounts(w *window) {
	ann, bob := modelstest.User(w, w.Store, modelstest.Named("ann")), modelstest.User(w, w.Store)
	w.signIn(bob)
	w.open("/users/ann")
	w.send("Follow " + ann.Name)
	value[bool](w, `window.same = true`)
	modelstest.Post(w, w.Store, ann, func(p *models.Post) { p.Title = "Bread" })
	w.soon(saysNotices + ` === "Notices 1 not read"`)
	w.open("/posts/new")
	w.write("Title", "Half a word")
	modelstest.Post(w, w.Store, ann, func(p *models.Post) { p.Title = "Rye" })
	w.soon(saysNotices + ` === "Notices 2 not read"`)
	if title := value[string](w, `document.querySelector("#title").value`); title != "Half a word" {
		w.Errorf("the title is %q", title)
	}
	value[bool](w, `(() => { document.querySelector("#title").value = ""; return true; })()`)

	// Read in one window, read in all; and the list follows.
	w.open("/notices")
	other := w.another()
	other.signIn(bob)
	other.open("/")
	other.follow("Notices 2 not read")
	other.follow(ann.Name + ": a new post, “Rye”")
	w.soon(saysNotices + ` === "Notices 1 not read"`)
	modelstest.Post(w, w.Store, ann, func(p *models.Post) { p.Title = "Oats" })
	w.soon(`document.querySelector("#notices li").innerText.includes("Oats")`)
	w.send("Mark all as read")
	other.soon(saysNotices + ` === "Notices"`)
}

func bellWithoutScript(w *window) {
	ann, bob := modelstest.User(w, w.Store, modelstest.Named("ann")), modelstest.User(w, w.Store)
	w.signIn(bob)
	w.open("/users/ann")
	w.send("Follow " + ann.Name)
	modelstest.Post(w, w.Store, ann, func(p *models.Post) { p.Title = "Bread" })
	w.open("/")
	w.sees("Notices 1 not read")
	w.follow("Notices 1 not read")
	w.follow(ann.Name + ": a new post, “Bread”")
	w.sees("Bread")
	w.open("/notices")
	if said := w.texts(".badge"); len(said) != 0 {
		w.Errorf("%q is new", said)
	}
	w.open("/settings/follows")
	w.send("Unfollow " + ann.Name)
	w.sees("You follow nobody yet")
}
