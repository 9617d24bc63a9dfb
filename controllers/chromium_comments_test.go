package controllers_test

import (
	"postroom/models"
	"postroom/models/modelstest"
)

// talk: a reader comments, is answered, changes and deletes what they wrote and brings it back, and the author hides it: the whole
// conversation, with JavaScript or without.
func talk(w *window) {
	ann, bob := modelstest.User(w, w.Store, modelstest.Named("ann")), modelstest.User(w, w.Store, modelstest.Named("bob"))
	post := modelstest.Post(w, w.Store, ann)
	w.signIn(bob)
	w.open(post.Path())
	w.write("Your comment", "Mine took *two* days.")
	w.send("Send the comment")
	w.sees("Your comment is there.", "1 comment", "Mine took two days.")
	author := w.another()
	author.signIn(ann)
	author.open(post.Path())
	author.follow("Reply to bob")
	author.write("Your reply to bob", "Which flour?")
	author.send("Send the reply")
	author.sees("2 comments", "Which flour?")
	w.follow("Edit")
	w.write("Your comment", " Rye.")
	w.send("Save the comment")
	w.sees("Your comment is changed.", "Rye.", "Which flour?")
	author.open("/comments/1")
	author.follow("Hide…")
	author.write("Why?", "Off the subject")
	author.send("Hide this comment")
	author.sees("The comment is hidden.", "by ann", "Off the subject")
	stranger := w.another()
	stranger.open(post.Path())
	stranger.sees("This comment is hidden.", "Which flour?", "Sign in to comment")
	author.send("Show again")
	author.sees("The comment is shown again.")
	w.open("/comments/1")
	w.follow("Delete…")
	w.send("Delete this comment")
	w.sees("The comment is deleted.", "This comment is gone.", "Which flour?")
	w.follow("Undo…")
	w.send("Undo")
	w.sees("The comment is back.", "Rye.", "2 comments")
}

// answerLive: a reply arrives in the open page of another reader by itself, who is just writing one.
func answerLive(w *window) {
	ann, bob := modelstest.User(w, w.Store, modelstest.Named("ann")), modelstest.User(w, w.Store, modelstest.Named("bob"))
	post := modelstest.Post(w, w.Store, ann)
	first := modelstest.Comment(w, w.Store, bob, post, "Mine took two days.")
	w.signIn(bob)
	w.open(post.Path() + "?reply=1#write")
	w.soon(saysLive)
	w.write("Your reply to bob", "I wanted to add")
	value[bool](w, `(window.root = document.querySelector("#comment-1"), window.key = document.querySelector("#write [name=key]").value, true)`)

	other := w.another()
	other.signIn(ann)
	other.open(post.Path())
	other.follow("Reply to bob")
	other.write("Your reply to bob", "Which flour?")
	other.send("Send the reply")
	w.soon(`document.querySelector("#talk").innerText.includes("Which flour?") && document.querySelector("#comments").innerText === "2 comments"`)
	if !value[bool](w, `window.root.isConnected && document.querySelector("#comment-2").matches(".reply.fresh") && !window.root.matches(".fresh")
		&& document.querySelector("#content").value === "I wanted to add" && document.activeElement.id === "content" && document.querySelector("#write [name=key]").value === window.key`) {
		w.Errorf("the page did not stay as it was: %s", value[string](w, `document.querySelector("main").outerHTML`))
	}
	if _, err := w.HideComment(modelstest.Context(w), ann, first.ID, "Off the subject"); err != nil {
		w.Fatal(err)
	}
	w.soon(`document.querySelector("#comment-1").innerText.includes("Off the subject")`)
	other.soon(`document.querySelector("#comment-1").innerText.includes("Show again")`)
	modelstest.Comment(w, w.Store, bob, &models.Post{ID: post.ID}, "One more.")
	other.soon(`document.querySelectorAll("#talk li").length === 3`)
	w.send("Send the reply", 422)
	w.sees("The comment that you answer is gone.")
	if kept := value[string](w, `document.querySelector("#content").value`); kept != "I wanted to add" {
		w.Errorf("%q is left of the words", kept)
	}
}
