package controllers_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// atomRead is a feed as a reader's program sees it.
type atomRead struct {
	ID      string         `xml:"id"`
	Title   string         `xml:"title"`
	Updated string         `xml:"updated"`
	Links   []atomLinkRead `xml:"link"`
	Entries []struct {
		ID        string         `xml:"id"`
		Title     string         `xml:"title"`
		Published string         `xml:"published"`
		Updated   string         `xml:"updated"`
		Lang      string         `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		Links     []atomLinkRead `xml:"link"`
		Authors   []struct {
			Name string `xml:"name"`
			URI  string `xml:"uri"`
		} `xml:"author"`
		Categories []struct {
			Term string `xml:"term,attr"`
		} `xml:"category"`
		Content struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"content"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

type atomLinkRead struct {
	Rel    string `xml:"rel,attr"`
	Type   string `xml:"type,attr"`
	Href   string `xml:"href,attr"`
	Title  string `xml:"title,attr"`
	Length int64  `xml:"length,attr"`
}

func (f atomRead) link(rel string) string {
	for _, link := range f.Links {
		if link.Rel == rel {
			return link.Href
		}
	}
	return ""
}

func (f atomRead) titles() string {
	var titles []string
	for _, entry := range f.Entries {
		titles = append(titles, entry.Title)
	}
	return strings.Join(titles, ", ")
}

// feed opens a feed, and has xmllint look at it where that is installed.
func (b *browser) feed(path string) (f atomRead) {
	b.t.Helper()
	b.open(path).status(200)
	if kind := b.head.Get("Content-Type"); kind != "application/atom+xml; charset=utf-8" {
		b.t.Errorf("%s is %q", path, kind)
	}
	if err := xml.Unmarshal([]byte(b.text), &f); err != nil {
		b.t.Fatalf("%s: %v\n%s", path, err, b.text)
	}
	b.lint(b.text, "--relaxng", "testdata/atom.rng")
	return f
}

// lint has xmllint look at a document, where it is installed.
func (b *browser) lint(document string, args ...string) {
	b.t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		return
	}
	lint := exec.CommandContext(modelstest.Context(b.t), "xmllint", append(args, "--noout", "-")...)
	lint.Stdin = strings.NewReader(document)
	if out, err := lint.CombinedOutput(); err != nil {
		b.t.Errorf("xmllint: %v\n%s\n%s", err, out, document)
	}
}

func TestFeedsHoldTheWholeTextOfWhatVisitorsMayRead(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store, modelstest.Named("ann"), func(u *models.NewUser) { u.Name = `Ann & "the" <b>` })
	ben := modelstest.User(t, s.Store, modelstest.Named("ben"))
	post := modelstest.Post(t, s.Store, ann, func(p *models.Post) {
		p.Title, p.Tags, p.Lang = "Rye & <b>oats</b> Хлеб", models.Tags{"bread", "tcp/ip"}, "de"
		p.Content = "## Dough\n\n[up](#dough) [about](/about?a=1&b=2) [away](https://example.com/x) <script>alert(1)</script>\n\n" + strings.Repeat("Words and words. ", 300) + "\n\nThe end\x0b."
	})
	for _, hidden := range []func(*models.Post){
		func(p *models.Post) { p.Visibility = models.VisibilityMembers },
		func(p *models.Post) { p.Visibility = models.VisibilityUnlisted },
		func(p *models.Post) { p.Status = models.StatusDraft },
		func(p *models.Post) { p.PublishAt = new(time.Now().Add(time.Hour)) },
	} {
		modelstest.Post(t, s.Store, ann, hidden, func(p *models.Post) { p.Title, p.Tags = "Hidden", models.Tags{"bread", "secret"} })
	}
	modelstest.Post(t, s.Store, ben, func(p *models.Post) { p.Title = "By Ben" })

	visitor, member := s.visitor(), s.signIn(ben)
	for _, b := range []*browser{visitor, member} { // signed in or not
		for path, want := range map[string]string{"/feed.xml": "By Ben, " + post.Title, "/users/ann/feed.xml": post.Title, "/users/ANN/feed.xml": post.Title,
			"/tags/bread/feed.xml": post.Title, "/tags/tcp%2Fip/feed.xml": post.Title, "/tags/Bread/feed.xml": post.Title} {
			f := b.feed(path)
			if f.titles() != want {
				t.Errorf("%s has %q, not %q", path, f.titles(), want)
			}
			if self := f.link("self"); !strings.HasPrefix(self, s.url+"/") || !strings.EqualFold(self, s.url+path) || !strings.HasPrefix(f.link("alternate"), s.url+"/") {
				t.Errorf("%s is at %q and shows %q", path, self, f.link("alternate"))
			}
			b.open(strings.Replace(path, ".xml", ".json", 1)).status(200)
			if kind := b.head.Get("Content-Type"); kind != "application/feed+json; charset=utf-8" || strings.Contains(b.text, "Hidden") {
				t.Errorf("%s as JSON: %s %s", path, kind, b.text)
			}
		}
		b.open("/tags/secret/feed.xml").status(404)
	}
	entry := visitor.feed("/users/ann/feed.xml").Entries[0]
	page := s.url + "/posts/1-rye-b-oats-b-%D1%85%D0%BB%D0%B5%D0%B1"
	if entry.Links[0].Href != page || entry.Lang != "de" || entry.Content.Type != "html" || len(entry.Authors) != 1 || entry.Authors[0].Name != ann.Name || entry.Authors[0].URI != s.url+"/users/ann" ||
		len(entry.Categories) != 2 || entry.Categories[1].Term != "tcp/ip" {
		t.Errorf("the entry is %+v", entry)
	}
	for _, part := range []string{`href="` + page + `#post-dough"`, `href="` + s.url + `/about?a=1&amp;b=2"`, `href="https://example.com/x"`, "The end"} {
		if !strings.Contains(entry.Content.Text, part) {
			t.Errorf("the text has no %s:\n%s", part, entry.Content.Text)
		}
	}
	if strings.Contains(entry.Content.Text, "<script") || strings.Count(entry.Content.Text, "Words and words.") != 300 {
		t.Error(entry.Content.Text)
	}
	// What names a post stays, whatever becomes of its title and of the site's address.
	id := entry.ID
	if _, err := s.UpdatePost(modelstest.Context(t), ann, post.ID, models.PostChange{Title: new("New")}); err != nil {
		t.Fatal(err)
	}
	again := visitor.feed("/users/ann/feed.xml")
	if !strings.HasPrefix(id, "urn:uuid:") || again.Entries[0].ID != id || again.Entries[0].Updated <= entry.Updated || again.Updated != again.Entries[0].Updated || again.Entries[0].Published != entry.Published {
		t.Errorf("%q became %+v", id, again)
	}
	moved := newSiteOver(t, s.Store).visitor().feed("/users/ann/feed.xml")
	if moved.Entries[0].ID != id || moved.ID != again.ID {
		t.Error("at another address the post is another")
	}
	var read struct {
		Version       string
		Home_page_url string
		Feed_url      string
		Items         []struct {
			ID, URL, Title, Content_html, Language string
			Date_published, Date_modified          time.Time
			Authors                                []struct{ Name, URL string }
			Tags                                   []string
		}
	}
	if err := json.Unmarshal([]byte(visitor.open("/users/ann/feed.json").text), &read); err != nil {
		t.Fatal(err)
	}
	item := read.Items[0]
	if read.Version != "https://jsonfeed.org/version/1.1" || read.Home_page_url != s.url+"/users/ann" || read.Feed_url != s.url+"/users/ann/feed.json" || item.ID != id || item.URL != s.url+"/posts/1-new" ||
		strings.ReplaceAll(item.Content_html, "\v", "\ufffd") != again.Entries[0].Content.Text || item.Language != "de" || item.Authors[0].Name != ann.Name || item.Tags[0] != "bread" || item.Date_modified.Before(item.Date_published) {
		t.Errorf("%+v", read)
	}
	// Where a reader looks for them: the head of the pages, and a link on them.
	for path, want := range map[string]string{"/": "/feed.xml", "/users/ann": "/users/ann/feed.xml", "/tags/bread": "/tags/bread/feed.xml", "/posts/1-new": "/users/ann/feed.xml"} {
		for _, b := range []*browser{visitor, member} {
			b.open(path).status(200)
			if first := b.page.Find("link[rel=alternate][type='application/atom+xml']").First().AttrOr("href", ""); first != want {
				t.Errorf("the head of %s speaks of %q", path, first)
			}
			if b.page.Find("a[href='"+want+"']").Length() == 0 && path != "/posts/1-new" {
				t.Errorf("%s has no link to %s", path, want)
			}
		}
	}
}

func TestAFeedIsSentAgainOnlyWhenItHasChanged(t *testing.T) {
	s := newSite(t)
	hears(t, s.Store)
	s.publishesOnTime()
	ann := modelstest.User(t, s.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, s.Store, ann, func(p *models.Post) { p.Title = "First" })
	b := s.visitor()
	ask := func(method, path, name, value string) *browser {
		t.Helper()
		request, err := http.NewRequestWithContext(modelstest.Context(t), method, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if name != "" {
			request.Header.Set(name, value)
		}
		return b.do(request)
	}
	for _, path := range []string{"/feed.xml", "/feed.json", "/users/ann/feed.xml"} {
		for range 3 { // kept in memory and not
			etag, modified := ask("GET", path, "", "").head.Get("ETag"), b.head.Get("Last-Modified")
			if etag == "" || modified == "" || b.head.Get("Cache-Control") != "public, no-cache" || b.head.Get("Set-Cookie") != "" || strings.Contains(strings.Join(b.head["Vary"], ","), "Cookie") {
				t.Fatalf("%s: %v", path, b.head)
			}
			if ask("GET", path, "If-None-Match", etag).status(304); b.text != "" || b.head.Get("ETag") != etag {
				t.Errorf("%s: 304 with %q %v", path, b.text, b.head)
			}
			ask("GET", path, "If-None-Match", `"x", `+etag).status(304)
			ask("GET", path, "If-None-Match", `"x"`).status(200)
			if ask("HEAD", path, "", "").status(200); b.text != "" || b.head.Get("ETag") != etag {
				t.Errorf("HEAD %s: %v", path, b.head)
			}
		}
	}
	sinceThen := func() bool {
		modified := ask("GET", "/feed.xml", "", "").head.Get("Last-Modified")
		return ask("GET", "/feed.xml", "If-Modified-Since", modified).code == 304
	}
	for deadline := time.Now().Add(20 * time.Second); !sinceThen(); time.Sleep(50 * time.Millisecond) { // the second of the change must be over
		if time.Now().After(deadline) {
			t.Fatal("nothing has changed since, and yet it is sent again")
		}
	}
	// Each change is there at once, and what is taken away is gone at once: by either condition.
	moment := time.Now().Add(900 * time.Millisecond).Truncate(time.Microsecond)
	for _, change := range []struct {
		what, want string
		do         func() error
	}{
		{"an edit", "Second", func() error {
			_, err := s.UpdatePost(modelstest.Context(t), ann, post.ID, models.PostChange{Title: new("Second")})
			return err
		}},
		{"a new name", "Second", func() error {
			_, err := s.UpdateUser(modelstest.Context(t), ann, ann.ID, models.UserChange{Name: new("Anna")})
			return err
		}},
		{"a scheduled post, at its moment", "Third, Second", func() error {
			modelstest.Post(t, s.Store, ann, func(p *models.Post) { p.Title, p.PublishAt = "Third", &moment })
			if titles := b.feed("/feed.xml"); titles.titles() != "Second" {
				t.Errorf("before its moment: %q", titles.titles())
			}
			for deadline := time.Now().Add(20 * time.Second); b.feed("/feed.xml").titles() != "Third, Second"; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					return fmt.Errorf("the scheduled post does not come")
				}
			}
			if early := time.Until(moment); early > 0 {
				t.Errorf("%v too early", early)
			}
			return nil
		}},
		{"closing it to members", "Third", func() error {
			_, err := s.UpdatePost(modelstest.Context(t), ann, post.ID, models.PostChange{Visibility: new(models.VisibilityMembers)})
			return err
		}},
	} {
		etag, modified := ask("GET", "/feed.xml", "", "").head.Get("ETag"), b.head.Get("Last-Modified")
		if err := change.do(); err != nil {
			t.Fatal(err)
		}
		ask("GET", "/feed.xml", "If-None-Match", etag).status(200)
		ask("GET", "/feed.xml", "If-Modified-Since", modified).status(200)
		if f := b.feed("/feed.xml"); f.titles() != change.want {
			t.Errorf("after %s: %q", change.what, f.titles())
		}
	}
	if f := b.feed("/feed.xml"); f.Entries[0].Authors[0].Name != "Anna" || !strings.HasPrefix(f.Entries[0].Published, moment.UTC().Format("2006-01-02T15:04:05.")) || f.Entries[0].Updated < f.Entries[0].Published {
		t.Errorf("%+v", f.Entries[0])
	}
}

func TestAFeedHasPagesAndNoneIsWithoutEnd(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	if f := s.visitor().feed("/feed.xml"); len(f.Entries) != 0 {
		t.Error(f.titles())
	}
	var want []string
	for i := range 25 {
		post := modelstest.Post(t, s.Store, ann, func(p *models.Post) { p.Title = fmt.Sprint("Post ", i) })
		want = append([]string{post.Title}, want...)
	}
	for i := range 3 { // of which each is half a megabyte
		post := modelstest.Post(t, s.Store, ann, func(p *models.Post) {
			p.Title, p.Content = fmt.Sprint("Long ", i), strings.Repeat("&amp; ", 60_000)
		})
		want = append([]string{post.Title}, want...)
	}
	b, pages, all := s.visitor(), 0, []string{}
	for next := s.url + "/feed.xml"; next != ""; pages++ {
		f := b.feed(strings.TrimPrefix(next, s.url))
		if len(f.Entries) > 20 || len(b.text) > 3<<20 || f.link("self") != next {
			t.Errorf("a page has %d posts in %d bytes, as %s", len(f.Entries), len(b.text), f.link("self"))
		}
		for _, entry := range f.Entries {
			all = append(all, entry.Title)
		}
		if next = f.link("next"); pages > 10 {
			t.Fatal("too many pages")
		}
	}
	if !slices.Equal(all, want) {
		t.Errorf("all pages together: %q", all)
	}
	if strings.Contains(b.open("/feed.json").text, `"next_url"`) != true {
		t.Error("JSON has no next page")
	}
}
