package controllers_test

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestCommentsThatVisitorsMayReadAreInFeeds(t *testing.T) {
	s := newSite(t)
	hears(t, s.Store)
	ann, ben := modelstest.User(t, s.Store, modelstest.Named("ann")), modelstest.User(t, s.Store, modelstest.Named("ben"))
	open := modelstest.Post(t, s.Store, ann, func(p *models.Post) { p.Title = "Rye & <oats>" })
	unlisted := modelstest.Post(t, s.Store, ann, func(p *models.Post) { p.Title, p.Visibility = "Quiet", models.VisibilityUnlisted })
	closed := modelstest.Post(t, s.Store, ann, func(p *models.Post) { p.Title, p.Visibility = "Inner", models.VisibilityMembers })
	first := modelstest.Comment(t, s.Store, ben, open, "First [here](/about) <script>x</script>")
	modelstest.Comment(t, s.Store, ann, open, "An answer", first)
	modelstest.Comment(t, s.Store, ben, unlisted, "Nearby")
	modelstest.Comment(t, s.Store, ben, closed, "Secret")
	hidden := modelstest.Comment(t, s.Store, ben, open, "Rude")
	if _, err := s.HideComment(modelstest.Context(t), ann, hidden.ID, "rude"); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*browser{s.visitor(), s.signIn(ann)} {
		for path, want := range map[string]string{"/comments/feed.xml": "An answer|First", open.Path() + "/comments.xml": "An answer|First", unlisted.Path() + "/comments.xml": "Nearby"} {
			for range 2 {
				f := b.feed(path)
				var texts []string
				for _, entry := range f.Entries {
					text := strings.TrimPrefix(entry.Content.Text, "<p>")
					texts = append(texts, text[:min(len(text), strings.IndexAny(text+"<[", "<["))])
				}
				if got := strings.Join(texts, "|"); strings.ReplaceAll(got, "First ", "First") != want {
					t.Errorf("%s has %q", path, got)
				}
				b.open(strings.Replace(path, ".xml", ".json", 1)).status(200)
				if strings.Contains(b.text, "Secret") || strings.Contains(b.text, "Rude") {
					t.Error(b.text)
				}
			}
		}
		b.open(closed.Path() + "/comments.xml").status(404)
	}
	b := s.visitor()
	f := b.feed(open.Path() + "/comments.xml")
	answer, root := f.Entries[0], f.Entries[1]
	post := b.feed("/users/ann/feed.xml").Entries[0].ID
	if f.Title != "Comments on “Rye & <oats>”" || answer.Title != ann.Name+" on “Rye & <oats>”" || root.Authors[0].URI != s.url+"/users/ben" || root.Links[0].Href != s.url+"/comments/"+fmt.Sprint(first.ID) ||
		!strings.Contains(root.Content.Text, s.url+"/about") || strings.Contains(root.Content.Text, "<script") {
		t.Errorf("%+v", f)
	}
	// What an entry answers is said as RFC 4685 has it.
	var answers struct {
		Refs []struct {
			Ref string `xml:"ref,attr"`
		} `xml:"entry>in-reply-to"`
	}
	if err := xml.Unmarshal([]byte(b.open("/comments/feed.xml").text), &answers); err != nil || len(answers.Refs) != 2 || answers.Refs[0].Ref != root.ID || answers.Refs[1].Ref != post {
		t.Errorf("%+v, %v, not %s and %s", answers, err, root.ID, post)
	}
	b.open(root.Links[0].Href[len(s.url):]).status(200).sees("First")
	// Where a reader looks for it; of what only members read there is none.
	b.open(open.Path()).click("Feed of these comments").status(200)
	if n := b.open(open.Path()).page.Find("link[rel=alternate][href$='/comments.xml']").Length(); n != 1 {
		t.Errorf("%d links in the head", n)
	}
	if m := s.signIn(ben).open(closed.Path()).status(200); m.page.Find("[href$='/comments.xml']").Length() != 0 {
		t.Error("the members' post has a feed")
	}
	if n := b.open("/").page.Find("link[href='/comments/feed.xml']").Length(); n != 1 {
		t.Errorf("%d links in the head of the first page", n)
	}
	// Each new one is there at once, and there are pages.
	etag := b.open("/comments/feed.xml").head.Get("ETag")
	for i := range 50 {
		modelstest.Comment(t, s.Store, ben, open, fmt.Sprint("Number ", i))
	}
	b.header.Set("If-None-Match", etag)
	f = b.feed("/comments/feed.xml")
	next := f.link("next")
	if len(f.Entries) != 50 || next == "" {
		t.Fatalf("%d comments, and then %q", len(f.Entries), next)
	}
	b.header.Del("If-None-Match")
	if f = b.feed(strings.TrimPrefix(next, s.url)); len(f.Entries) != 2 || f.link("next") != "" || f.link("self") != next {
		t.Errorf("the next page has %d", len(f.Entries))
	}
}
