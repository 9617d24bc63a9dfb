package controllers_test

import (
	"postroom/models"
	"postroom/models/modelstest"
)

// lookForAPost: what is typed is looked for while it is typed, and by the button where there is no script.
func lookForAPost(w *window) {
	ann := modelstest.User(w, w.Store)
	modelstest.Post(w, w.Store, ann, func(p *models.Post) { p.Title, p.Content = "Otters", "By the river" })
	modelstest.Post(w, w.Store, ann, func(p *models.Post) { p.Title, p.Content = "Beavers", "By the lake" })
	w.open("/search")
	w.write("Words", "ott")
	if w.script {
		w.soon(`document.querySelector("#found").innerText.includes("Otters") && location.search === "?q=ott"`)
		w.press("x")
		w.soon(`document.querySelector("#found").innerText.includes("Nothing found")`)
		w.focused("#q")
		w.press("\b", "ers")
		w.soon(`document.querySelector("#found mark")?.innerText === "Otters"`)
	}
	w.send("Search")
	w.sees("Otters", "By the river")
	w.follow("Otters")
	w.sees("By the river")
}
