package controllers_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// followImport watches an import from another window than its own: its bytes, its rehearsal and its commit.
func followImport(w *window) {
	ann := modelstest.Admin(w, w.Store)
	w.signIn(ann)
	w.open("/admin/imports")
	w.sees("No imports yet")
	w.soon(saysLive)
	value[bool](w, `window.same = true`)

	file, upload := io.Pipe()
	defer upload.Close()
	staged := make(chan error, 1)
	go func() {
		_, err := w.Store.StageImport(modelstest.Context(w), ann, models.NewImport{Name: "people.csv", Size: 800_000}, file)
		file.CloseWithError(err)
		staged <- err
	}()
	send := func(from int) {
		var lines strings.Builder
		for n := from; n < from+100; n++ {
			fmt.Fprintf(&lines, "person-%d,Person %[1]d,person-%[1]d@example.com,%s\n", n, strings.Repeat("x", 2000))
		}
		_, err := io.WriteString(upload, lines.String())
		w.must("upload", err)
	}
	_, err := io.WriteString(upload, "username,name,email,note\n")
	w.must("upload", err)
	send(0)
	w.soon(`(document.querySelector("#imports tbody") || document.body).innerText.includes("people.csv")`)

	other := w.another()
	other.signIn(ann)
	other.open("/admin/imports/1")
	other.soon(saysLive)
	value[bool](other, `window.same = true`)
	bytes := value[int](other, `document.querySelector("progress").value`)
	time.Sleep(600 * time.Millisecond) // it is told twice a second
	send(100)
	send(200)
	other.soon(fmt.Sprintf(`document.querySelector("progress").value > %d`, bytes))
	w.must("upload", upload.Close())
	w.must("stage", <-staged)
	other.patiently(`[...document.querySelectorAll("#import button")].some(button => button.innerText.startsWith("Create 300"))`)
	other.sees("Rehearsal: nothing has changed yet")
	i, err := w.Store.Import(modelstest.Context(w), ann, 1)
	w.must("find it", err)
	w.must("commit", w.Store.CommitImport(modelstest.Context(w), ann, 1, i.Rehearsal))
	other.patiently(`document.querySelector("#import .notyet") === null && document.querySelector("#import .receipt") !== null`)
	w.soon(`document.querySelector("#imports tbody").innerText.includes("300")`)
	for _, page := range []*window{w, other} {
		if !value[bool](page, `window.same === true`) {
			w.Error("the page was loaded again")
		}
	}
}

// followPastTheListener cuts the one connection over which the program hears of changes.
func followPastTheListener(w *window) {
	address := modelstest.URL(w)
	conn := modelstest.SQL(w, address)
	w = w.chrome.onto(w.T, newSiteOver(w.T, modelstest.Open(w, address)), true)
	ann := modelstest.User(w, w.Store)
	w.signIn(modelstest.Admin(w, w.Store))
	w.open("/admin")
	w.soon(saysLive)
	w.watchesLight()
	cut := func() {
		_, err := conn.Exec(modelstest.Context(w), `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'postroom listener'`)
		w.must("cut", err)
	}
	cut()
	modelstest.Post(w, w.Store, ann)
	w.patiently(tile("2") + ` === "1" && ` + saysLive)
	if said := value[[]string](w, `window.said`); !slices.Equal(said, []string{"Live", "Catching up", "Live"}) {
		w.Errorf("the light said %q", said)
	}
}
