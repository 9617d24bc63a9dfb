package controllers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"postroom/models"
	"postroom/models/modelstest"
)

// window is a window of the real browser, open for one test. What its pages complain of fails the test.
type window struct {
	*testing.T
	*site
	chrome chromium
	ctx    context.Context
	script bool // JavaScript is on

	mu       sync.Mutex
	troubles []string
	refused  map[string]bool // addresses whose answer was meant to be an error
	dialog   func(page.EventJavascriptDialogOpening) (accept bool)
}

// window opens a window with cookies of its own onto a site of its own.
func (c chromium) window(t *testing.T, script bool) *window {
	t.Helper()
	return c.onto(t, newSite(t), script)
}

// another opens another window, with cookies of its own, onto the same site.
func (w *window) another() *window {
	w.Helper()
	return w.chrome.onto(w.T, w.site, w.script)
}

func (c chromium) onto(t *testing.T, site *site, script bool) *window {
	t.Helper()
	w := &window{T: t, site: site, chrome: c, script: script, refused: map[string]bool{}}
	ctx, cancel := context.WithTimeout(c.ctx, 2*time.Minute)
	t.Cleanup(cancel)
	ctx, closeWindow := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(closeWindow)
	w.ctx = ctx
	w.must("listen", chromedp.Listen(ctx, w.hear))
	t.Cleanup(w.quiet)
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
	w.must("switch JavaScript", err)
	_, err = chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	w.must("take the focus", err)
	w.speak("en")
	w.size(1024)
	return w
}

// hear notes what the pages complain of: errors and warnings on the console, refusals by the Content-Security-Policy, exceptions.
func (w *window) hear(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			w.trouble(e.Entry.URL, fmt.Sprintf("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		w.trouble("", "exception: "+(&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			said, _ := json.Marshal(e.Args)
			w.trouble("", fmt.Sprintf("console %s: %s", e.Type, said))
		}
	case *page.EventJavascriptDialogOpening:
		w.mu.Lock()
		accept := true
		if w.dialog != nil {
			accept = w.dialog(*e)
		} else {
			w.troubles = append(w.troubles, "dialog: "+string(e.Type)+" "+e.Message)
		}
		w.mu.Unlock()
		go chromedp.Call(w.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: accept})
	}
}

func (w *window) trouble(address, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if address != "" && w.refused[address] && strings.HasPrefix(text, "network error: Failed to load resource") {
		return
	}
	w.troubles = append(w.troubles, text)
}

// heard is what the pages complained of so far, and forgets it.
func (w *window) heard() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	heard := w.troubles
	w.troubles = nil
	return heard
}

func (w *window) quiet() {
	for _, text := range w.heard() {
		w.Errorf("%s", text)
	}
}

func (w *window) must(what string, err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s: %v", what, err)
	}
}

// speak is the language that the browser asks for.
func (w *window) speak(language string) {
	w.Helper()
	_, err := chromedp.Call(w.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
	w.must("speak "+language, err)
}

// size is the width of the window in CSS pixels.
func (w *window) size(width int64) {
	w.Helper()
	w.must("size", chromedp.Do(w.ctx, chromedp.EmulateViewport(width, 800)))
}

// open opens an address of the site and demands its status: 200, unless another is given.
func (w *window) open(path string, status ...int) {
	w.Helper()
	w.leave(chromedp.Navigate(w.url+path), "open "+path, status...)
}

// signIn signs the user in by the form.
func (w *window) signIn(user *models.User) {
	w.Helper()
	w.open("/signin")
	w.write("User name or e-mail", user.Username)
	w.write("Password", modelstest.Password)
	w.send("Sign in")
}

// follow clicks the link with these words, and waits for the page behind it.
func (w *window) follow(words string, status ...int) {
	w.Helper()
	w.leave(w.clicking("a[href]", words), "follow "+words, status...)
}

// send clicks the button with these words, and waits for the answer.
func (w *window) send(words string, status ...int) {
	w.Helper()
	w.leave(w.clicking("button", words), "send "+words, status...)
}

// click clicks what stays on the page: a button, a link within it, the summary of a menu.
func (w *window) click(words string) {
	w.Helper()
	w.must("click "+words, chromedp.Do(w.ctx, w.clicking("button,summary,a[href]", words)))
}

func (w *window) leave(by chromedp.Action[chromedp.Void], what string, status ...int) {
	w.Helper()
	want := 200
	if len(status) > 0 && status[0] != 0 {
		want = status[0]
	}
	ctx, cancel := context.WithTimeout(w.ctx, 30*time.Second)
	defer cancel()
	w.mu.Lock()
	w.refused = map[string]bool{}
	troubles := len(w.troubles)
	w.mu.Unlock()
	response, err := chromedp.RunResponse(ctx, by)
	w.must(what, err)
	if int(response.Status) != want {
		w.Fatalf("%s: %s answered %d, not %d:\n%s", what, response.URL, response.Status, want, w.words())
	}
	if want < 400 {
		return
	}
	// The browser's own line about the page itself is expected, whether it comes before or after this one.
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused[response.URL] = true
	kept := w.troubles[:troubles:troubles]
	for _, text := range w.troubles[troubles:] {
		if !strings.HasPrefix(text, "network error: Failed to load resource") || !strings.HasSuffix(text, " "+response.URL) {
			kept = append(kept, text)
		}
	}
	w.troubles = kept
}

// press presses keys: kb.Tab, kb.Enter, or text.
func (w *window) press(keys ...string) {
	w.Helper()
	for _, key := range keys {
		w.must("press", chromedp.Do(w.ctx, chromedp.KeyEvent(key)))
	}
}

// write clicks into the field with this label and types.
func (w *window) write(label, text string) {
	w.Helper()
	w.must("write into "+label, chromedp.Do(w.ctx, w.clicking("input,textarea", label)))
	w.press(text)
}

// choose takes an option of the list with this label, by its first letters as the keyboard does.
func (w *window) choose(label, option string) {
	w.Helper()
	w.must("focus "+label, chromedp.Do(w.ctx, chromedp.Evaluate[chromedp.Void](finding("select", label)+".focus()")))
	w.press(option)
	if got := value[string](w, "document.activeElement.selectedOptions[0].text"); got != option {
		w.Fatalf("%s is %q, not %q", label, got, option)
	}
}

// clicking moves to what is found and clicks the middle of it, as a person does: it must be in sight and nothing may cover it.
func (w *window) clicking(kinds, words string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		at, err := chromedp.Evaluate[struct{ X, Y float64 }](`(e => {
			e.scrollIntoView({block: "center", behavior: "instant"});
			const r = e.getClientRects()[0], x = r.x + r.width / 2, y = r.y + r.height / 2, top = document.elementFromPoint(x, y);
			if (!e.contains(top)) throw new Error("covered by " + (top ? top.outerHTML.slice(0, 100) : "the edge of the window"));
			return {x, y};
		})(`+finding(kinds, words)+`)`)(ctx, t)
		if err != nil {
			return err
		}
		_, err = chromedp.MouseClickXY(at.X, at.Y)(ctx, t)
		return err
	})
}

// finding is an expression for the visible element that has the words as its own text, its label or its aria-label.
func finding(kinds, words string) string {
	kind, _ := json.Marshal(kinds)
	word, _ := json.Marshal(words)
	return fmt.Sprintf(`((kinds, words) => {
		const said = e => [e.innerText, e.ariaLabel, ...[...e.labels || []].map(l => l.innerText)].some(s => s && s.trim().replace(/\s+/g, " ") === words);
		const found = [...document.querySelectorAll(kinds)].find(e => e.checkVisibility({visibilityProperty: true}) && said(e));
		if (!found) throw new Error("no " + kinds + " says " + words + " on " + location + ": " + document.body.innerText.replace(/\s+/g, " "));
		return found;
	})(%s, %s)`, kind, word)
}

// value is the value of an expression on the page.
func value[T any](w *window, expression string) T {
	w.Helper()
	got, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	w.must(expression, err)
	return got
}

// texts are the visible words of every element that the selector finds.
func (w *window) texts(selector string) []string {
	w.Helper()
	quoted, _ := json.Marshal(selector)
	return value[[]string](w, `[...document.querySelectorAll(`+string(quoted)+`)].map(e => e.innerText.trim().replace(/\s+/g, " "))`)
}

// words is the text of the page as it is seen, in single spaces.
func (w *window) words() string {
	w.Helper()
	return value[string](w, `document.body.innerText.replace(/\s+/g, " ")`)
}

// sees demands words on the page.
func (w *window) sees(words ...string) {
	w.Helper()
	seen := w.words()
	for _, want := range words {
		if !strings.Contains(seen, want) {
			w.Fatalf("%s does not say %q:\n%s", value[string](w, "location.href"), want, seen)
		}
	}
}

// soon waits until an expression is true.
func (w *window) soon(expression string) {
	w.Helper()
	for end := time.Now().Add(5 * time.Second); !value[bool](w, expression); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("not true on %s: %s", value[string](w, "location.href"), expression)
		}
	}
}

// focused demands that the focus is, or soon comes, on what the selector finds; that it is in sight and, where it can be used, shows.
func (w *window) focused(selector string) {
	w.Helper()
	quoted, _ := json.Marshal(selector)
	wrong := func() string {
		return value[string](w, `(selector => {
			const e = document.activeElement, r = e.getBoundingClientRect();
			if (!e.matches(selector)) return "on " + e.outerHTML.slice(0, 200);
			if (r.bottom <= 0 || r.top >= innerHeight || r.right <= 0 || r.left >= innerWidth) return "out of sight";
			if (e.tabIndex >= 0 && (!e.matches(":focus-visible") || getComputedStyle(e).outlineStyle === "none")) return "not shown";
			return "";
		})(`+string(quoted)+`)`)
	}
	for end := time.Now().Add(5 * time.Second); wrong() != ""; time.Sleep(20 * time.Millisecond) { // autofocus waits for the first frame
		if time.Now().After(end) {
			w.Fatalf("the focus is %s, and should be on %s", wrong(), selector)
		}
	}
}
