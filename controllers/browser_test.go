package controllers_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"postroom/controllers"
	"postroom/models"
	"postroom/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Main(m) }

// site is a running site with a database of its own.
type site struct {
	*models.Store
	App    *controllers.App
	t      testing.TB
	url    string
	server *httptest.Server
}

// newSite starts a site; set changes its configuration.
func newSite(t testing.TB, set ...func(*controllers.Config)) *site {
	t.Helper()
	return newSiteOver(t, modelstest.Store(t), set...)
}

func newSiteOver(t testing.TB, store *models.Store, set ...func(*controllers.Config)) *site {
	t.Helper()
	config := controllers.Config{SiteName: "Postroom", SignUpOpen: true, Log: slog.New(slog.DiscardHandler), Zone: time.UTC, Version: "test"}
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	config.BaseURL, _ = url.Parse(address)
	for _, change := range set {
		change(&config)
	}
	app, err := controllers.New(store, config)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = app.Handler()
	server.Start()
	t.Cleanup(func() {
		app.Drain() // or open streams would hold it up
		server.Close()
	})
	return &site{store, app, t, address, server}
}

// browser is a visitor's browser: it keeps cookies, follows redirects, and sends the forms that it sees.
type browser struct {
	t      testing.TB
	site   *site
	client *http.Client
	header http.Header
	at     *url.URL
	code   int
	head   http.Header
	text   string
	page   *goquery.Document
}

// visitor is a browser that nobody has signed in with.
func (s *site) visitor() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{t: s.t, site: s, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}, header: http.Header{"Accept-Language": {"en"}}}
}

// signIn is a browser in which the user has signed in, by the form.
func (s *site) signIn(user *models.User) *browser {
	s.t.Helper()
	b := s.visitor()
	b.open("/signin").submit("Sign in", "login", user.Username, "password", modelstest.Password).status(200)
	return b
}

func (b *browser) do(request *http.Request) *browser {
	b.t.Helper()
	for name, values := range b.header {
		request.Header[name] = values
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.at, b.code, b.head, b.text = response.Request.URL, response.StatusCode, response.Header, string(body)
	if b.page, err = goquery.NewDocumentFromReader(strings.NewReader(b.text)); err != nil {
		b.t.Fatal(err)
	}
	return b
}

// open opens an address of the site.
func (b *browser) open(path string) *browser {
	b.t.Helper()
	request, err := http.NewRequestWithContext(modelstest.Context(b.t), "GET", b.site.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(request)
}

// post sends a form that no page shows.
func (b *browser) post(path string, pairs ...string) *browser {
	b.t.Helper()
	request, err := http.NewRequestWithContext(modelstest.Context(b.t), "POST", b.site.url+path, strings.NewReader(modelstest.Values(pairs...).Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(request)
}

// submit fills in the form that has the button and sends it, as the page says: its action, all its fields.
func (b *browser) submit(button string, pairs ...string) *browser {
	b.t.Helper()
	var found *goquery.Selection
	b.page.Find("button").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if strings.TrimSpace(s.Text()) == button {
			found = s
		}
		return found == nil
	})
	if found == nil {
		b.t.Fatalf("no button %q on %s:\n%s", button, b.at, b.words())
	}
	form := found.Closest("form")
	values := url.Values{}
	form.Find("input,textarea,select").Each(func(_ int, s *goquery.Selection) {
		name, ok := s.Attr("name")
		kind, _ := s.Attr("type")
		_, checked := s.Attr("checked")
		if !ok || (kind == "radio" || kind == "checkbox") && !checked {
			return
		}
		value, _ := s.Attr("value")
		switch goquery.NodeName(s) {
		case "textarea":
			value = strings.TrimPrefix(s.Text(), "\n")
		case "select":
			option := s.Find("option[selected]")
			if option.Length() == 0 {
				option = s.Find("option").First()
			}
			if value, ok = option.Attr("value"); !ok {
				value = option.Text()
			}
		}
		values.Add(name, value)
	})
	if name, ok := found.Attr("name"); ok {
		values.Set(name, found.AttrOr("value", ""))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if form.Find("[name='"+pairs[i]+"']").Length() == 0 {
			b.t.Fatalf("the form with %q on %s has no field %q", button, b.at, pairs[i])
		}
		values.Set(pairs[i], pairs[i+1])
	}
	action := form.AttrOr("action", b.at.RequestURI())
	action = found.AttrOr("formaction", action)
	to, err := b.at.Parse(action)
	if err != nil {
		b.t.Fatal(err)
	}
	if strings.EqualFold(form.AttrOr("method", "get"), "get") {
		to.RawQuery = values.Encode()
		return b.open(to.RequestURI())
	}
	request, err := http.NewRequestWithContext(modelstest.Context(b.t), "POST", to.String(), strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", b.site.url)
	return b.do(request)
}

// click follows the link with these words.
func (b *browser) click(words string) *browser {
	b.t.Helper()
	var to string
	b.page.Find("a[href]").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if strings.TrimSpace(s.Text()) == words {
			to = s.AttrOr("href", "")
		}
		return to == ""
	})
	if to == "" {
		b.t.Fatalf("no link %q on %s:\n%s", words, b.at, b.words())
	}
	target, err := b.at.Parse(to)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.open(target.RequestURI())
}

// status demands the status of the last answer.
func (b *browser) status(code int) *browser {
	b.t.Helper()
	if b.code != code {
		b.t.Fatalf("%s answered %d, not %d:\n%s", b.at, b.code, code, b.words())
	}
	return b
}

// sees demands words on the page.
func (b *browser) sees(words ...string) *browser {
	b.t.Helper()
	for _, w := range words {
		if !strings.Contains(b.words(), w) {
			b.t.Fatalf("%s does not say %q:\n%s", b.at, w, b.words())
		}
	}
	return b
}

// seesNot demands that words are not on the page.
func (b *browser) seesNot(words ...string) *browser {
	b.t.Helper()
	for _, w := range words {
		if strings.Contains(b.words(), w) {
			b.t.Fatalf("%s says %q:\n%s", b.at, w, b.words())
		}
	}
	return b
}

// words is the text of the page, in single spaces.
func (b *browser) words() string {
	return strings.Join(strings.Fields(b.page.Find("body").Text()), " ")
}
