package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// The two texts that a client may be refused with.
const (
	insufficient = "Insufficient credits or user not found"
	noTarget     = "Target user not found"
)

var errLater = errors.New("503")

// line is how all clients reach the programs. They do not follow where a reply leads: that is the receipt.
var transport = &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 10 * time.Second}

// exchange sends a request and reads the whole reply.
func exchange(client *http.Client, request *http.Request) (reply *http.Response, body string, err error) {
	reply, err = client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer reply.Body.Close()
	read, err := io.ReadAll(reply.Body)
	if err == nil && reply.StatusCode == http.StatusServiceUnavailable {
		err = errLater
	}
	return reply, string(read), err
}

// api is the way of programs, by the token of who gives.
type api struct{ *clients }

func (a api) ask(ctx context.Context, i *intent, to *program) answer {
	path, body := "/api/transfers", map[string]any{"amount": amount(i.cents), "note": "By the API."}
	switch {
	case i.perk != 0:
		path, body = "/api/orders", map[string]any{"perk_id": i.perk, "quantity": i.quantity}
	case i.to == len(a.users):
		body["to"] = int64(1) << 40
	default:
		body["to"] = a.users[i.to].id
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return strange(i, 0, err.Error())
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url()+path, strings.NewReader(string(encoded)))
	if err != nil {
		return strange(i, 0, err.Error())
	}
	request.Header.Set("Authorization", "Bearer "+a.users[i.from].token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", i.key)
	reply, said, err := exchange(&http.Client{Transport: transport}, request)
	if err != nil {
		return lostReply(err)
	}
	var told struct {
		ID    any    `json:"id"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal([]byte(said), &told); err != nil {
		return strange(i, reply.StatusCode, said)
	}
	switch status := reply.StatusCode; {
	case status == http.StatusCreated && told.ID != nil:
		return answer{receipt: fmt.Sprint(told.ID)}
	case status == http.StatusConflict && told.Error == insufficient, status == http.StatusNotFound && told.Error == noTarget && i.to == len(a.users):
		return answer{refused: told.Error}
	}
	return strange(i, reply.StatusCode, said)
}

// browser is the way of people: one who is signed in, and fills in the forms of the pages.
type browser struct {
	*clients
	user     int
	client   *http.Client
	signedIn bool
}

func newBrowser(c *clients, user int) *browser {
	jar, _ := cookiejar.New(nil) // without options it does not fail
	return &browser{clients: c, user: user, client: &http.Client{Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) post(ctx context.Context, to *program, path string, form url.Values) (*http.Response, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url()+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", to.url())
	return exchange(b.client, request)
}

// enter signs in, where that was not done yet.
func (b *browser) enter(ctx context.Context, to *program) error {
	if b.signedIn {
		return nil
	}
	reply, _, err := b.post(ctx, to, "/signin", url.Values{"login": {b.users[b.user].username}, "password": {password}})
	if err == nil && reply.StatusCode != http.StatusSeeOther {
		err = fmt.Errorf("signing in: %s", reply.Status)
	}
	b.signedIn = err == nil
	return err
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)">`)

// fillIn opens the page with the form, and takes from it what the form says by itself. It reports whether that came about.
func (b *browser) fillIn(ctx context.Context, i *intent, to *program) bool {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	path := "/credits"
	if i.perk != 0 {
		path = i.path
	}
	err := b.enter(ctx, to)
	var reply *http.Response
	var page string
	if err == nil {
		var request *http.Request
		if request, err = http.NewRequestWithContext(ctx, http.MethodGet, to.url()+path, nil); err == nil {
			reply, page, err = exchange(b.client, request)
		}
	}
	if err == nil && reply.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, reply.Status)
	}
	if err != nil {
		if ctx.Err() == nil && !b.site.isAway(began, time.Now()) {
			b.report.fault("a form: " + err.Error())
		}
		time.Sleep(50 * time.Millisecond)
		return false
	}
	for _, field := range hidden.FindAllStringSubmatch(page, -1) {
		switch field[1] {
		case "key":
			i.key = field[2]
		case "prices":
			i.prices = html.UnescapeString(field[2])
		}
	}
	if i.key == "" {
		b.report.fault("a form without a key: " + path)
	}
	return i.key != ""
}

var tooLittle = regexp.MustCompile(`This costs [0-9.,]+ credits, and you have [0-9.,]+\.`)

func (b *browser) ask(ctx context.Context, i *intent, to *program) answer {
	path, receipts := "/transfers", "/transfers/"
	form := url.Values{"key": {i.key}, "note": {"By the form."}, "amount": {amount(i.cents)}}
	switch {
	case i.perk != 0:
		path, receipts = "/orders", "/orders/"
		form = url.Values{"key": {i.key}, "perk_id": {fmt.Sprint(i.perk)}, "quantity": {fmt.Sprint(i.quantity)}, "prices": {i.prices}}
	case i.to == len(b.users):
		form.Set("to", "nobody-of-this-name")
	default:
		form.Set("to", b.users[i.to].username)
	}
	reply, page, err := b.post(ctx, to, path, form)
	if err != nil {
		return lostReply(err)
	}
	receipt, found := strings.CutPrefix(reply.Header.Get("Location"), receipts)
	switch status := reply.StatusCode; {
	case status == http.StatusSeeOther && found:
		return answer{receipt: receipt}
	case status == http.StatusUnprocessableEntity && i.perk == 0 && strings.Contains(page, insufficient):
		return answer{refused: insufficient}
	case status == http.StatusUnprocessableEntity && i.to == len(b.users) && strings.Contains(page, noTarget):
		return answer{refused: noTarget}
	case (status == http.StatusUnprocessableEntity || status == http.StatusConflict) && i.perk != 0 && tooLittle.MatchString(page):
		return answer{refused: insufficient} // which the form of an order says with figures
	}
	return strange(i, reply.StatusCode, reply.Header.Get("Location")+" "+page)
}
