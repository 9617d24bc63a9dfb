package controllers_test

import (
	"net"
	"slices"
	"strings"
	"time"

	"net/http/httptest"

	"postroom/controllers"
	"postroom/models"
	"postroom/models/modelstest"
)

// watchesLight notes from now on what the light says.
func (w *window) watchesLight() {
	w.Helper()
	value[bool](w, `(() => {
		const light = document.querySelector(".live"), note = () => {
			const said = light.firstElementChild.textContent.replace(".", "");
			if (said && said !== window.said.at(-1)) window.said.push(said);
		};
		window.said = [];
		note();
		new MutationObserver(note).observe(light, {subtree: true, childList: true, characterData: true});
		return true;
	})()`)
}

// tile is the figure of a tile, as an expression.
func tile(n string) string { return `document.querySelectorAll("#tiles .figure")[` + n + `].innerText` }

const (
	saysLive    = `document.querySelector(".live").checkVisibility() && document.querySelector(".live").innerText.startsWith("Live")`
	saysOffline = `document.querySelector(".live").innerText.startsWith("Offline")`
)

func followOthers(w *window) {
	w.signIn(modelstest.Admin(w, w.Store))
	w.open("/admin")
	w.soon(saysLive)
	w.watchesLight()
	value[bool](w, `window.same = true`)
	if users, posts := value[string](w, tile("0")), value[string](w, tile("2")); users != "1" || posts != "0" {
		w.Fatalf("%s users, %s posts", users, posts)
	}

	other := w.another()
	other.open("/signup")
	other.write("User name", "ann")
	other.write("E-mail", "ann@example.com")
	other.write("Password", "a long enough one")
	other.send("Sign up")
	w.soon(tile("0") + ` === "2"`)
	w.soon(`document.querySelector("#users tbody").innerText.includes("ann")`)
	w.soon(`document.querySelector(".live").innerText.includes("Live. Last change")`)
	other.follow("Write")
	other.write("Title", "Bread")
	other.write("Text", "Salt")
	other.send("Publish")
	w.soon(tile("2") + ` === "1"`)
	w.soon(`document.querySelector("#users tbody tr td").innerText === "1"`)
	w.soon(`document.querySelector("#days .strip + .strip .strip-name").innerText.includes("1 in all")`)
	if said := value[[]string](w, `window.said`); !slices.Equal(said, []string{"Live"}) {
		w.Errorf("the light said %q", said)
	}
	if !value[bool](w, `window.same`) {
		w.Error("the page was loaded again")
	}

	// The log, in another window of the same admin's.
	w.open("/admin/audit")
	w.soon(saysLive)
	other.follow("Edit")
	other.send("Save")
	w.soon(`document.querySelectorAll("#log tbody tr")[0].classList.contains("fresh")`)
	if fresh := value[int](w, `document.querySelectorAll("#log tbody tr.fresh").length`); fresh != 1 {
		w.Errorf("%d lines are new", fresh)
	}
}

func followGently(w *window) {
	ann := modelstest.User(w, w.Store, modelstest.Named("ann"))
	for range 3 {
		modelstest.User(w, w.Store)
	}
	w.signIn(modelstest.Admin(w, w.Store))
	w.open("/admin")
	w.soon(saysLive)
	w.click("The figures as a table")
	value[bool](w, `(() => {
		const row = [...document.querySelectorAll("#users tbody tr")].find(r => r.innerText.includes("ann"));
		window.row = row;
		row.querySelector("a").focus();
		window.details = document.querySelector("#days details");
		document.querySelector("#users .scroll").scrollLeft = 40;
		return true;
	})()`)
	scrolled := value[float64](w, `document.querySelector("#users .scroll").scrollLeft`)
	modelstest.Post(w, w.Store, ann)
	w.soon(tile("2") + ` === "1"`)
	w.soon(`window.row.querySelector("td").innerText === "1"`)
	if !value[bool](w, `document.activeElement === window.row.querySelector("a") && window.details.isConnected && window.details.open`) {
		w.Errorf("the focus is on %s", value[string](w, `document.activeElement.outerHTML.slice(0, 200)`))
	}
	if now := value[float64](w, `document.querySelector("#users .scroll").scrollLeft`); now != scrolled {
		w.Errorf("scrolled from %v to %v", scrolled, now)
	}
	if fresh := w.texts("#users tr.fresh [translate=no]"); !slices.Equal(fresh[:1], []string{"ann"}) {
		w.Errorf("%q are shown to be new", fresh)
	}
	w.soon(`document.querySelectorAll(".fresh").length === 0`)
}

func followThroughRestart(w *window) {
	ann := modelstest.User(w, w.Store)
	w.signIn(modelstest.Admin(w, w.Store))
	w.open("/admin")
	w.soon(saysLive)
	w.watchesLight()
	address := w.server.Listener.Addr().String()
	w.App.Drain()
	w.server.Close()
	w.soon(saysOffline)
	w.soon(`document.querySelector(".live").innerText.includes("Last heard")`)
	modelstest.Post(w, w.Store, ann)
	if posts := value[string](w, tile("2")); posts != "0" {
		w.Fatalf("%s posts", posts)
	}
	listener, err := net.Listen("tcp", address)
	w.must("listen again", err)
	app, err := controllers.New(w.Store, controllers.Config{SiteName: "Postroom", BaseURL: w.App.BaseURL, Log: w.App.Log})
	w.must("start again", err)
	server := httptest.NewUnstartedServer(app.Handler())
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	w.Cleanup(func() {
		app.Drain()
		server.CloseClientConnections()
		server.Close()
	})
	w.patiently(saysLive)
	if posts := value[string](w, tile("2")); posts != "1" {
		w.Errorf("the light says Live, and the page %s posts", posts)
	}
	said := value[[]string](w, `window.said`)
	if last := said[len(said)-3:]; !slices.Equal(last, []string{"Offline", "Catching up", "Live"}) {
		w.Errorf("the light said %q", said)
	}

	// A connection that is silent for too long is none, though nobody closed it.
	value[bool](w, `(() => { const now = Date.now, ahead = 41000; Date.now = () => now.call(Date) + ahead; window.said = []; return true; })()`)
	w.patiently(`window.said.includes("Offline") && window.said.at(-1) === "Live"`)
	for _, text := range w.heard() {
		if !strings.Contains(text, "ERR_CONNECTION_REFUSED") && !strings.Contains(text, "ERR_INCOMPLETE_CHUNKED_ENCODING") {
			w.Errorf("%s", text)
		}
	}
}

func followUnseen(w *window) {
	ann := modelstest.User(w, w.Store)
	w.signIn(modelstest.Admin(w, w.Store))
	w.open("/admin")
	w.soon(saysLive)
	turn := func(hidden string) {
		value[bool](w, `(() => { Object.defineProperty(document, "hidden", {value: `+hidden+`, configurable: true}); document.dispatchEvent(new Event("visibilitychange")); return true; })()`)
	}
	turn("true")
	modelstest.Post(w, w.Store, ann)
	time.Sleep(2500 * time.Millisecond)
	if posts := value[string](w, tile("2")); posts != "0" {
		w.Errorf("%s posts on a page that nobody looks at", posts)
	}
	turn("false")
	w.soon(tile("2") + ` === "1"`)
	w.soon(saysLive)

	// Who is signed out elsewhere follows no more.
	w.watchesLight()
	sessions, err := w.Store.Sessions(modelstest.Context(w), &models.User{ID: 2, Role: models.RoleAdmin, IsActive: true}, 2)
	if err != nil || len(sessions) != 1 {
		w.Fatal(sessions, err)
	}
	w.must("sign out", w.Store.EndUserSession(modelstest.Context(w), &models.User{ID: 2, Role: models.RoleAdmin, IsActive: true}, 2, sessions[0].ID))
	w.soon(saysOffline)
	w.heard() // the browser's own line about the 401
}

func followWithoutScript(w *window) {
	w.signIn(modelstest.Admin(w, w.Store))
	for _, path := range []string{"/admin", "/admin/audit"} {
		w.open(path)
		if seen := w.words(); strings.Contains(seen, "Live") || strings.Contains(seen, "Offline") {
			w.Errorf("%s: %s", path, seen)
		}
	}
	w.open("/admin")
	w.sees("Counted today at")
}

// patiently is soon for what may have to wait for the next try.
func (w *window) patiently(expression string) {
	w.Helper()
	for end := time.Now().Add(20 * time.Second); !value[bool](w, expression); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("not true: %s; the light said %q", expression, value[[]string](w, "window.said"))
		}
	}
}
