package controllers_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"

	"postroom/models"
	"postroom/models/modelstest"
)

// rehearseCommitUndo deletes users from the list and takes it back, while another window shows the statistics and is not loaded again.
func rehearseCommitUndo(w *window) {
	for _, name := range []string{"anna", "bert", "carl"} {
		modelstest.Post(w, w.Store, modelstest.User(w, w.Store, modelstest.Named(name), func(in *models.NewUser) { in.Name = strings.ToUpper(name) }))
	}
	watcher := w.another()
	watcher.signIn(modelstest.Admin(w, w.Store))
	watcher.open("/admin")
	shows := func(users, posts int) {
		w.Helper()
		if w.script {
			watcher.soon(fmt.Sprintf(`%s === "%d" && %s === "%d"`, tile("0"), users, tile("2"), posts))
		}
	}
	if w.script {
		watcher.soon(saysLive)
		watcher.watchesLight()
		value[bool](watcher, `window.same = true`)
		watcher.tick("Tick BERT")
	}

	w.signIn(modelstest.Admin(w, w.Store))
	w.open("/admin/users")
	shows(5, 3)
	w.tick("Tick ANNA")
	w.tick("Tick CARL")
	if w.script {
		w.tick("Tick all rows on this page")
		w.tick("Tick all rows on this page")
		if ticked := value[int](w, `document.querySelectorAll("tbody input:checked").length`); ticked != 0 {
			w.Errorf("%d are ticked after all were ticked and not", ticked)
		}
		w.tick("Tick ANNA")
		w.tick("Tick CARL")
	}
	if all := w.texts(".acts label"); !slices.Equal(all, []string{"Act on the ticked rows", "on all 5 that match"}) {
		w.Errorf("the bar offers %q", all)
	}
	w.choose("Act", "Delete")
	w.send("Rehearse")
	w.sees("Rehearsal: nothing has changed yet", "Delete 2 of 2 users", "ANNA anna", "CARL carl", "posts, and 0 drafts")
	shows(5, 3)
	w.write("Reason, for the log", "They asked for it")
	w.send("Delete these 2 users")
	w.sees("Receipt 1", "2 users deleted", "They asked for it", "ANNA anna")
	shows(3, 1)
	w.send("Undo ANNA")
	w.sees("Receipt 2", "Taken back for 1 user")
	shows(4, 2)
	w.follow("receipt 1")
	w.send("Undo the other 1")
	shows(5, 3)
	w.open("/users/carl")
	w.sees("CARL", "A post")
	if w.script {
		if said := value[[]string](watcher, `window.said`); !slices.Equal(said, []string{"Live"}) {
			w.Errorf("the light said %q", said)
		}
		if !value[bool](watcher, `window.same`) {
			w.Error("the other window was loaded again")
		}
		if ticked := watcher.texts("#users tr:has(:checked) th"); !slices.Equal(ticked, []string{"BERT bert"}) {
			w.Errorf("in the other window %q are ticked", ticked)
		}
	}
}

// tick clicks the box with this label.
func (w *window) tick(label string) {
	w.Helper()
	w.must("tick "+label, chromedp.Do(w.ctx, w.clicking("[type=checkbox]", label)))
}
