package controllers_test

import (
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// scheduleAndSee chooses a moment in the form; a reader's open home page shows the post by itself, and so does the author's page of it.
func scheduleAndSee(w *window) {
	ann, ben := modelstest.User(w, w.Store), modelstest.User(w, w.Store)
	w.publishesOnTime()
	modelstest.Post(w, w.Store, ann, func(p *models.Post) { p.Title = "Yesterday's bread" })
	reader := w.another()
	reader.signIn(ben)
	reader.open("/")
	reader.soon(saysLive)
	value[bool](reader, `window.same = true`)
	w.signIn(ann)
	post := modelstest.Post(w, w.Store, ann, func(p *models.Post) {
		p.Title, p.PublishAt = "Bread of tomorrow", new(time.Now().Add(4*time.Second))
	})
	w.open(post.Path())
	w.sees("scheduled")
	w.soon(saysLive)
	time.Sleep(time.Until(*post.PublishAt)) // what appears soon, appears soon after its moment
	reader.soon(`document.querySelector("#newest li").innerText.includes("Bread of tomorrow")`)
	if !value[bool](reader, `window.same`) {
		w.Error("the page was loaded again")
	}
	w.soon(`!document.querySelector("article header").innerText.includes("scheduled")`)
	w.open("/posts/new")
	w.write("Title", "By the clock")
	w.write("Text", "Words")
	value[bool](w, `(() => { document.querySelector("#publish_at").value = "2099-05-01T09:15"; return true })()`)
	w.send("Publish")
	w.sees("scheduled", "Appears", "2099", "09:15")
}
