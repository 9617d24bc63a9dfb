package controllers_test

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"

	"postroom/models/modelstest"
)

// orderTwice: whoever clicks twice orders once, also while the first request still waits for its turn.
func orderTwice(w *window) {
	address := modelstest.URL(w)
	conn, store := modelstest.SQL(w, address), modelstest.Open(w, address)
	site := newSiteOver(w, store)
	admin, ann := modelstest.Admin(w, store), modelstest.User(w, store, modelstest.Named("ann"))
	modelstest.Credits(w, conn, "100", "id = $1", ann.ID)
	perk := newPerk(w, site, admin, "prices", "5")
	page := w.chrome.onto(w.T, site, w.script)
	page.signIn(ann)
	page.click("ann")
	page.follow("Perks")
	for n := 1; n <= 3; n++ {
		page.open(perk.Path())
		hold := func() {}
		if n == 3 {
			tx, err := conn.Begin(modelstest.Context(w))
			page.must("begin", err)
			_, err = tx.Exec(modelstest.Context(w), "select from users where id = $1 for update", ann.ID)
			page.must("hold the user", err)
			hold = func() {
				time.Sleep(300 * time.Millisecond)
				page.must("let the user go", tx.Rollback(context.Background()))
			}
		}
		at := value[struct{ X, Y float64 }](page, `(e => {
			e.scrollIntoView({block: "center", behavior: "instant"});
			const r = e.getClientRects()[0];
			return {x: r.x + r.width / 2, y: r.y + r.height / 2};
		})(document.querySelector("form[action='/orders'] .go"))`)
		for click := range 2 {
			page.must("click", chromedp.Do(page.ctx, chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(click+1))))
		}
		hold()
		there := fmt.Sprintf("location.pathname === '/orders/%d' && document.readyState === 'complete'", n)
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			// While one page goes and another comes there is nobody to ask.
			if yes, err := chromedp.Run(page.ctx, chromedp.Evaluate[bool](there)); err == nil && yes {
				break
			}
			if time.Now().After(end) {
				w.Fatalf("double click %d leads to %s", n, value[string](page, "location.href"))
			}
		}
		page.sees(fmt.Sprintf("Order %d", n), "ordered")
		if orders := counted(w, conn, "select count(*) from orders"); orders != n {
			w.Fatalf("%d double clicks are %d orders", n, orders)
		}
	}
	page.click("ann")
	page.follow("Orders")
	page.sees("3 orders, 15.00 credits")
	page.open("/perks")
	page.sees("You have 85.00 credits.", "7 left")
}
