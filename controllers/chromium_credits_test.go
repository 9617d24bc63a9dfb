package controllers_test

import (
	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

// thankAnAuthor: a reader thanks from the post's page, and the author's open page shows it by itself.
func thankAnAuthor(w *window) {
	ann, bob := modelstest.User(w, w.Store, modelstest.Named("ann")), modelstest.User(w, w.Store, modelstest.Named("bob"))
	post := modelstest.Post(w, w.Store, ann)
	if _, err := w.Grant(modelstest.Context(w), modelstest.Admin(w, w.Store), models.NewGrant{To: bob.ID, Amount: decimal.New(50, 0)}); err != nil {
		w.Fatal(err)
	}
	w.signIn(ann)
	w.open("/credits")
	w.sees("You have", "0.00", "Nobody has thanked you so far.")
	if w.script {
		w.soon(saysLive)
	}
	own := w.another() // the author's page of the post
	own.signIn(ann)
	own.open(post.Path())
	if w.script {
		own.soon(saysLive)
		own.soon(`document.querySelector("#thanks-total").hidden`)
	}
	reader := w.another()
	reader.signIn(bob)
	reader.open(post.Path())
	reader.click("Thank ann")
	reader.write("Credits", "12.5")
	reader.write("A short note", "For the rye")
	reader.send("Give credits")
	reader.sees("12.50 credits are given.", "For the rye")
	reader.follow("Back to the post")
	reader.sees("Readers thanked with 12.50 credits.")
	if w.script {
		w.soon(`document.querySelector("#balance").innerText.includes("12.50")`)
		w.soon(`document.querySelector("#thanks").innerText.includes("For the rye")`)
		own.soon(`document.querySelector("#thanks-total").innerText.includes("12.50") && !document.querySelector("#thanks-total").hidden`)
		// A reader's page follows too, and what is being typed there stays.
		other := modelstest.User(w, w.Store)
		if _, err := w.Grant(modelstest.Context(w), modelstest.Admin(w, w.Store), models.NewGrant{To: other.ID, Amount: decimal.New(5, 0)}); err != nil {
			w.Fatal(err)
		}
		reader.click("Thank ann")
		reader.write("A short note", "And for the")
		if _, err := w.Thank(modelstest.Context(w), other, models.NewThanks{PostID: post.ID, Amount: decimal.New(5, 0)}); err != nil {
			w.Fatal(err)
		}
		reader.soon(`document.querySelector("#thanks-total").innerText.includes("17.50")`)
		own.soon(`document.querySelector("#thanks-total").innerText.includes("17.50")`)
		reader.soon(`document.querySelector("[name=note]").value === "And for the" && document.querySelector("#thanks details").open`)
	} else {
		w.open("/credits")
		w.sees("12.50", "For the rye")
	}
}
