package controllers_test

import (
	"fmt"
	"slices"
	"strings"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

func signUpWriteRead(w *window) {
	w.open("/")
	w.sees("Nothing here yet")
	w.follow("Sign up")
	w.write("Name", "Ann Example")
	w.write("User name", "ann")
	w.write("E-mail", "ann@example.com")
	w.write("Password", "a long enough one")
	w.send("Sign up")
	w.sees("You are signed in as ann.")

	w.follow("Write")
	if w.script {
		w.sees("0 of 100 characters")
	} else {
		w.sees("At most 100 characters.")
	}
	w.send("Publish", 422)
	w.sees("Give the post a title.")
	w.write("Title", "Bread and salt")
	w.write("Text", "Some **bold** words.")
	w.write("Tags", "kitchen")
	w.preview()
	w.sees("Some bold words.")
	w.send("Publish")
	w.sees("“Bread and salt” is published.")

	w.follow("Posts")
	w.follow("Bread and salt")
	w.sees("Some bold words.", "Ann Example")
	if strong := w.texts(".prose strong"); !slices.Equal(strong, []string{"bold"}) {
		w.Errorf("strong: %q", strong)
	}
	w.click("Ann Example")
	w.send("Sign out")
	w.sees("Sign in")
	w.follow("Bread and salt")
	w.sees("Some bold words.")
}

func sortAndFilter(w *window) {
	admin := modelstest.Admin(w, w.Store)
	for i, name := range []string{"anna", "bert", "carl"} {
		user := modelstest.User(w, w.Store, modelstest.Named(name))
		for range 2 - i {
			modelstest.Post(w, w.Store, user)
		}
	}
	w.signIn(admin)
	w.follow("Admin")
	names := func(want ...string) {
		w.Helper()
		if got := w.texts("tbody th [translate=no]"); !slices.Equal(got, want) {
			w.Fatalf("the list shows %q, not %q", got, want)
		}
	}
	names("anna", "bert", "carl", admin.Username)
	w.leave(w.clicking("th a", "Posts"), "sort by posts, the fewest first")
	if sorted := w.texts("th[aria-sort=ascending]"); !slices.Equal(sorted, []string{"Posts"}) {
		w.Errorf("sorted by %q", sorted)
	}
	if got := w.texts("tbody th [translate=no]"); got[2] != "bert" || got[3] != "anna" {
		w.Errorf("the fewest first: %q", got)
	}
	w.leave(w.clicking("th a", "Name"), "sort by name")
	names("anna", "bert", "carl", admin.Username)
	w.leave(w.clicking("th a", "Name"), "sort by name, the other way")
	names(admin.Username, "carl", "bert", "anna")
	w.choose("Posts", "some")
	w.send("Filter")
	names("bert", "anna")
	w.sees("2 of 4")
	w.write("Name, user name or e-mail", "ann")
	w.send("Filter")
	names("anna")
	w.follow("Clear")
	w.choose("Posts", "none")
	w.choose("Role", "user")
	w.send("Filter")
	names("carl")
	w.click("More filters")
	w.write("has the value", "blue")
	w.write("A field of their own", "colour")
	w.send("Filter")
	w.sees("No users match")
}

func signUpByKeyboard(w *window) {
	w.open("/signup")
	w.press(kb.Tab)
	w.focused("a.skip")
	w.press(kb.Enter)
	w.focused("main")
	w.press(kb.Tab, "Ann Example", kb.Tab)
	w.focused("#username")
	w.press("ann", kb.Tab, "ann@example.com", kb.Tab)
	w.focused("#password")
	w.press("short")
	w.leave(chromedp.KeyEvent(kb.Enter), "Enter", 422)

	w.focused(".errors")
	w.press(kb.Tab)
	w.focused(".errors a")
	w.press(kb.Enter)
	w.focused("#password")
	if kept := value[string](w, "document.getElementById('username').value"); kept != "ann" {
		w.Errorf("the user name is now %q", kept)
	}
	w.press("a long enough one")
	w.leave(chromedp.KeyEvent(kb.Enter), "Enter")
	w.sees("You are signed in as ann.")
}

func menuByKeyboard(w *window) {
	user := modelstest.User(w, w.Store)
	w.signIn(user)
	for range 20 {
		w.press(kb.Tab)
		if value[string](w, "document.activeElement.localName") == "summary" {
			break
		}
	}
	w.focused(".menu summary")
	w.press(kb.Enter, kb.Tab)
	w.focused(".menu a")
	w.press(kb.Escape)
	w.focused(".menu summary")
	if value[bool](w, "document.querySelector('.menu').open") {
		w.Error("Escape leaves the menu open")
	}
	w.press(kb.Enter, kb.Tab, kb.Tab, kb.Tab, kb.Tab, kb.Tab, kb.Tab)
	w.leave(chromedp.KeyEvent(kb.Enter), "Enter")
	w.sees("Settings", "Save the profile")
}

func copyToken(w *window) {
	w.signIn(modelstest.User(w, w.Store))
	w.open("/settings")
	w.leave(chromedp.Steps(w.clicking("#tokens-name", "Name"), chromedp.KeyEvent("my script"+kb.Enter)), "make a token")
	w.sees("Token made: my script")
	_, err := chromedp.CallBrowser(w.ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: "clipboard-read"}, Setting: cdpbrowser.PermissionSettingGranted,
		Origin: w.url, BrowserContextID: chromedp.FromContext(w.ctx).BrowserContextID})
	w.must("permit the clipboard", err)
	w.click("Copy")
	w.soon(`document.querySelector("[data-copy]").textContent === "Copied" && document.querySelector(".once [role=status]").textContent === "Copied"`)
	shown, copied := value[string](w, `document.getElementById("token").value`), value[string](w, `navigator.clipboard.readText()`)
	if shown == "" || copied != shown {
		w.Errorf("copied %q, shown %q", copied, shown)
	}
}

func countWhileWriting(w *window) {
	w.signIn(modelstest.User(w, w.Store))
	w.open("/posts/new")
	w.write("Title", "Żółw 🐢")
	w.write("Text", strings.Repeat("don't stop well-known ", 2))
	w.sees("6 of 100 characters", "Words: 6", "Minutes to read: 1")
}

func leaveUnsaved(w *window) {
	w.signIn(modelstest.User(w, w.Store))
	asked, stay := 0, true
	w.dialog = func(e page.EventJavascriptDialogOpening) bool {
		if e.Type == page.DialogTypeBeforeunload {
			asked++
		}
		return !stay
	}
	asks := func(want int, when string) {
		w.Helper()
		w.mu.Lock()
		defer w.mu.Unlock()
		if asked != want {
			w.Errorf("%s: asked %d times, not %d", when, asked, want)
		}
	}
	w.open("/posts/new")
	w.follow("Authors")
	asks(0, "left as it was")
	w.open("/posts/new")
	w.write("Title", "Words")
	w.click("Authors")
	w.soon(`location.pathname === "/posts/new"`)
	asks(1, "left with a title")
	w.send("Save draft")
	asks(1, "saved")
	w.open("/posts/new")
	w.write("Title", "More words")
	stay = false
	w.follow("Authors")
	asks(2, "left with a title, really")
}

func staysInTheWindow(w *window) {
	long := strings.Repeat("Donaudampfschifffahrt", 7)
	admin := modelstest.Admin(w, w.Store)
	author := modelstest.User(w, w.Store, func(in *models.NewUser) {
		in.Username, in.Email, in.Name = long[:50], long[:60]+"@example.com", "Wolfeschlegelsteinhausenbergerdorff the Elder"
	})
	wide := "# " + long + "\n\n" + long + " https://example.com/" + long + "\n\n## Code\n\n```\n" + strings.Repeat("wide code ", 40) + "\n```\n\n## Table\n\n" +
		strings.Repeat("| column ", 20) + "|\n" + strings.Repeat("|---", 20) + "|\n" + strings.Repeat("| "+long[:20], 20) + "|\n\n" +
		strings.Repeat("> ", 8) + "deep\n\n" + strings.Repeat("- ", 6) + "deeper `" + long + "`\n\nA note[^1].\n\n[^1]: " + long + "\n"
	post := modelstest.Post(w, w.Store, author, func(p *models.Post) {
		p.Title, p.Content, p.Tags = long[:100], wide, []string{long[:40], "bread", "salt"}
	})
	modelstest.Post(w, w.Store, author, func(p *models.Post) { p.Title = "An earlier one" })
	draft := modelstest.Post(w, w.Store, author, func(p *models.Post) { p.Title, p.Status = "Not yet", models.StatusDraft })
	perk := newPerk(w, w.site, admin, "name", long[:100], "tags", long[:40]+",bread", "category", long[:40], "details", long[:50]+": "+long, "description", long)
	_, err := w.Store.Grant(modelstest.Context(w), admin, models.NewGrant{To: author.ID, Amount: decimal.New(1_000_000, 0)})
	w.must("grant credits", err)
	order, _, err := w.Store.PlaceOrder(modelstest.Context(w), author, models.NewOrder{PerkID: perk.ID, Quantity: 3, Note: long[:140]})
	w.must("order", err)
	link, err := w.Store.CreateLink(modelstest.Context(w), admin, author.ID)
	w.must("make a link", err)
	anyone := []string{"/", post.Path(), author.Path(), "/users", "/search?q=bread&tag=x", "/about", "/api/docs"}
	try := func(language string, pages ...string) {
		w.Helper()
		w.speak(language)
		for _, path := range pages {
			w.open(path, map[string]int{"/nowhere": 404, "/admin?age_min=old": 422}[path])
			w.wide(language + " " + path)
		}
	}
	for _, language := range []string{"en", "ru"} {
		try(language, append(anyone, "/signup", "/signin", "/link?token="+link, "/nowhere")...)
	}
	w.speak("en")
	w.signIn(author)
	users := append(anyone, "/posts/new", post.Path()+"/edit", post.Path()+"/delete", draft.Path(), "/credits", "/credits/statement", "/settings", "/settings/leave", "/notices", "/settings/follows")
	w.must("follow", w.Store.FollowAuthor(modelstest.Context(w), author, admin.ID))
	modelstest.Post(w, w.Store, admin, func(p *models.Post) { p.Title, p.Content = long[:100], "@"+author.Username })
	for _, language := range []string{"en", "ru"} {
		try(language, users...)
	}
	w.speak("en")
	w.dialog = func(page.EventJavascriptDialogOpening) bool { return true }
	w.open("/posts/new")
	w.send("Publish", 422)
	w.wide("/posts after an error")
	w.open(post.Path() + "/edit")
	w.preview()
	w.wide("a preview")
	w.open("/")
	w.click(author.Name)
	w.wide("/ with the menu open")
	w.send("Sign out")
	w.signIn(admin)
	w.must("report a post", w.Store.ReportPost(modelstest.Context(w), admin, post.ID, long+long))
	user := fmt.Sprintf("/admin/users/%d", author.ID)
	for _, language := range []string{"en", "ru"} {
		try(language, "/admin", "/admin?q=nobody", "/admin?age_min=old", "/admin/users?limit=1&meta_field=colour&meta_value=blue", "/admin/users", user, "/admin/users/new", "/admin/exports?active=true",
			"/admin/posts", "/admin/posts?reported=true", "/admin/posts?status=draft&tag=salt", "/admin/exports?what=posts", post.Path(), user+"/statement", "/admin/grants", "/admin/proofs",
			"/admin/perks", "/admin/perks/new", fmt.Sprintf("/admin/perks/%d", perk.ID), "/admin/orders", order.Path())
	}
}

// wide demands that nothing of the page stands out at its side, in narrow windows and wide ones.
func (w *window) wide(what string) {
	w.Helper()
	for _, width := range []int64{320, 390, 768, 1024, 1440, 1920} {
		w.size(width)
		if out := w.standsOut(); out != "" {
			w.Errorf("%s at %d px is as wide as %s", what, width, out)
		}
	}
	w.size(1024)
}

// standsOut is how wide the page is, and what makes it so, where it is wider than the window.
func (w *window) standsOut() string {
	w.Helper()
	return value[string](w, `(() => {
		const root = document.documentElement, wide = root.clientWidth;
		if (Math.max(root.scrollWidth, document.body.scrollWidth) <= wide) return "";
		const clipped = e => { while ((e = e.parentElement) && e !== document.body) if (getComputedStyle(e).overflowX !== "visible") return true; };
		const far = [...document.body.querySelectorAll("*")].find(e => e.getBoundingClientRect().right > wide + 0.5 && !clipped(e));
		return root.scrollWidth + " px: " + (far ? far.outerHTML.slice(0, 200) : "");
	})()`)
}

// noticesTrouble proves that the window hears what it listens for.
func noticesTrouble(w *window) {
	for _, trouble := range []struct{ cause, says string }{
		{`document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>")`, "Content Security Policy"},
		{`document.body.append(Object.assign(document.createElement("script"), {text: "1"}))`, "Content Security Policy"},
		{`document.body.append(Object.assign(new Image, {src: "http://127.0.0.1:1/"}))`, "Content Security Policy"},
		{`document.body.append(Object.assign(new Image, {src: "/nowhere.png"}))`, "404"},
		{`setTimeout(() => { throw new Error("oops") })`, "oops"},
		{`console.error("oh no")`, "oh no"},
	} {
		w.open("/")
		chromedp.Do(w.ctx, chromedp.Evaluate[chromedp.Void](trouble.cause))
		var heard []string
		for range 100 {
			if heard = append(heard, w.heard()...); len(heard) > 0 {
				break
			}
			value[int](w, "new Promise(done => setTimeout(() => done(1), 20))")
		}
		if !strings.Contains(strings.Join(heard, "\n"), trouble.says) {
			w.Errorf("after %s only this is heard: %q", trouble.cause, heard)
		}
		w.heard()
	}
	w.open("/signin")
	w.size(320)
	value[string](w, `document.querySelector("form").style.width = "330px"`)
	if out := w.standsOut(); !strings.Contains(out, "<form") {
		w.Errorf("after a form was made too wide this stands out: %q", out)
	}
}
