package controllers_test

import (
	"postroom/models/modelstest"
)

func reportAndSettle(w *window) {
	post := modelstest.Post(w, w.Store, modelstest.User(w, w.Store))
	reader := modelstest.User(w, w.Store, modelstest.Named("bob"))
	w.signIn(modelstest.Admin(w, w.Store))
	w.open("/admin/posts")
	w.soon(saysLive)
	value[bool](w, `document.querySelector("[name=ids]").click() || (window.same = true)`)
	w.must("report", w.Store.ReportPost(modelstest.Context(w), reader, post.ID, "It is spam."))
	w.soon(`document.querySelector("#reports").innerText.includes("It is spam.") && document.querySelector("#presets").innerText.includes("Reported 1")`)
	if !value[bool](w, `window.same && document.querySelector("[name=ids]").checked`) {
		w.Error("the page was loaded again, or the tick is gone")
	}
	w.send("Settle")
	w.soon(`document.querySelector("#presets").innerText.includes("Reported 0")`)
	w.sees("1 report settled.")
}
