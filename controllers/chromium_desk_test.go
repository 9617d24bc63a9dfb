package controllers_test

import (
	"strings"

	"postroom/models"
	"postroom/models/modelstest"
)

// loseNoWords: the session ends while one writes, and signing in gives the text back.
func loseNoWords(w *window) {
	ann := modelstest.User(w, w.Store, modelstest.Named("ann"))
	w.signIn(ann)
	w.open("/posts/new")
	w.write("Title", "Kept")
	w.write("Text", "Every word of it.")
	w.endSessions(ann)
	w.send("Publish", 401)
	w.sees("Your session had ended.")
	w.write("User name or e-mail", "ann")
	w.write("Password", modelstest.Password)
	w.send("Sign in")
	w.sees("You are signed in again. This is not saved yet.")
	w.send("Publish")
	w.sees("“Kept” is published.", "Every word of it.")
}

// mergeTwo: two windows on one post; who saves second merges and saves.
func mergeTwo(w *window) {
	ann := modelstest.User(w, w.Store, modelstest.Named("ann"))
	post := modelstest.Post(w, w.Store, ann, func(p *models.Post) { p.Title, p.Content = "Bread", "One here.\n\nTwo here.\n\nThree here." })
	first, second := w.site.signIn(ann), w
	first.open(post.Path() + "/edit")
	second.signIn(ann)
	second.open(post.Path() + "/edit")
	first.submit("Save", "content", "One changed here.\n\nTwo here.\n\nThree here.").status(200)
	second.write("Text", " Written at once.")
	second.send("Save", 409)
	second.sees("Two versions of “Bread”", "You saved this post in another window")
	second.send("Save the merged post")
	second.sees("One changed here.", "Written at once.")
}

// keepACopy: what is written is kept in the browser, offered after a crash to who wrote it alone, and gone once saved.
func keepACopy(w *window) {
	ann, ben := modelstest.User(w, w.Store, modelstest.Named("ann")), modelstest.User(w, w.Store, modelstest.Named("ben"))
	w.signIn(ann)
	copies := func() string {
		return value[string](w, `JSON.stringify(Object.entries(localStorage).filter(([name]) => name.startsWith("desk:")))`)
	}
	w.open("/posts/new")
	w.write("Title", "Crash")
	w.write("Text", "Not lost.")
	w.soon(`Object.keys(localStorage).some(name => name.startsWith("desk:") && localStorage[name].includes("Not lost."))`)
	// A crash: the page goes without a word.
	value[bool](w, `(window.stop(), document.querySelectorAll("form").forEach(form => form.dispatchEvent(new Event("submit"))), true)`)
	w.open("/posts/new")
	w.soon(`!document.getElementById("kept").hidden`)
	w.sees("Text that was not saved is kept in this browser")
	w.click("Bring it back")
	if got := value[string](w, `document.getElementById("content").value`); got != "Not lost." {
		w.Fatalf("brought back is %q", got)
	}
	w.send("Publish")
	w.sees("“Crash” is published.")
	if left := copies(); left != "[]" {
		w.Fatal("kept after it was saved: ", left)
	}
	// Somebody else of the same browser is offered nothing.
	w.open("/posts/new")
	w.write("Text", "Ann's alone.")
	w.soon(`Object.keys(localStorage).some(name => name.startsWith("desk:") && localStorage[name].includes("Ann's alone."))`)
	value[bool](w, `(document.querySelectorAll("form").forEach(form => form.dispatchEvent(new Event("submit"))), true)`)
	w.open("/")
	w.click("ann")
	w.send("Sign out")
	w.signIn(ben)
	w.open("/posts/new")
	value[bool](w, `new Promise(done => setTimeout(() => done(true), 600))`)
	if !value[bool](w, `document.getElementById("kept").hidden`) || strings.Contains(w.words(), "Ann's alone.") {
		w.Fatal("ben is offered what ann wrote")
	}
}
