package controllers_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"postroom/models"
	"postroom/models/modelstest"
)

// hostile are titles that would break out of one place or another of a page's head.
var hostile = []string{
	`</script><script>alert(1)</script>`,
	`<!--<script>`,
	`]]>--></title><img src=x onerror=alert(1)>`,
	`" onload="alert(1)`,
	`'><svg/onload=alert(1)>`,
	`\u003c/script\u003e\`,
	"\u2028alert(1)\u00a0&lt;/script&gt;",
	`{{.}} ${alert(1)} \"+alert(1)+\"`,
}

func TestAPostTellsProgramsWhatItIsAndNoTitleBreaksOut(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store, func(in *models.NewUser) { in.Name = `</script><b>"Ann" & co` })
	for _, title := range append(hostile, "Bread") {
		post := modelstest.Post(t, site.Store, ann, func(p *models.Post) {
			p.Title, p.Content, p.Tags = title, "Some words of a sentence. "+title, []string{"a", strings.ReplaceAll(title, ",", "")[:min(8, len(title))]}
		})
		page := site.visitor().open(post.Path()).status(200).page
		address := site.url + post.Path()
		one := func(selector string) *goquery.Selection {
			t.Helper()
			found := page.Find("head " + selector)
			if found.Length() != 1 {
				t.Fatalf("%q: %d of %s", title, found.Length(), selector)
			}
			return found
		}
		meta := func(property string) string { return one(`meta[property="`+property+`"]`).AttrOr("content", "") }
		if got := one("link[rel=canonical]").AttrOr("href", ""); got != address {
			t.Errorf("%q: canonical %s, not %s", title, got, address)
		}
		if meta("og:title") != post.Title || meta("og:description") != post.Excerpt || meta("og:url") != address || meta("og:type") != "article" || meta("og:site_name") == "" ||
			meta("article:published_time") != post.PublishedAt.UTC().Format(time.RFC3339) || meta("article:modified_time") == "" {
			t.Errorf("%q: Open Graph is wrong", title)
		}
		if tags := page.Find(`head meta[property="article:tag"]`); tags.Length() != len(post.Tags) || tags.Last().AttrOr("content", "") != post.Tags[len(post.Tags)-1] {
			t.Errorf("%q: its tags are not all there", title)
		}
		var said struct {
			Type     string `json:"@type"`
			Headline string
			URL      string
			Words    int `json:"wordCount"`
			Keywords []string
			Author   struct{ Name, URL string }
		}
		data := one(`script[type="application/ld+json"]`).Text()
		if err := json.Unmarshal([]byte(data), &said); err != nil {
			t.Fatalf("%q: %v:\n%s", title, err, data)
		}
		if said.Type != "BlogPosting" || said.Headline != post.Title || said.URL != address || said.Words != post.Words || len(said.Keywords) != len(post.Tags) ||
			said.Author.Name != ann.Name || said.Author.URL != site.url+ann.Path() {
			t.Errorf("%q: JSON-LD says %+v", title, said)
		}
		if strings.Contains(data, "<") {
			t.Errorf("%q: a < in %s", title, data)
		}
		page.Find("script").Each(func(_ int, script *goquery.Selection) {
			if script.AttrOr("src", "") == "" && script.AttrOr("type", "") != "application/ld+json" {
				t.Errorf("%q: a script of its own: %s", title, script.Text())
			}
		})
	}
}

func TestWhatNotEveryoneMayReadIsNotToldToPrograms(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	reader := site.signIn(ann)
	for what, set := range map[string]func(*models.Post){
		"a draft":      func(p *models.Post) { p.Status = models.StatusDraft },
		"members only": func(p *models.Post) { p.Visibility = models.VisibilityMembers },
	} {
		page := reader.open(modelstest.Post(t, site.Store, ann, set).Path()).status(200).page
		if page.Find(`[property^="og:"], [property^="article:"], [type="application/ld+json"]`).Length() > 0 {
			t.Errorf("%s is described", what)
		}
	}
}

func TestListsHaveOneAddressEach(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Tags = []string{"bread"} })
	for path, want := range map[string]string{"/": "/", "/?utm_source=x": "/", ann.Path() + "?x": ann.Path(), "/tags/bread?y": "/tags/bread", "/users": ""} {
		if want != "" {
			want = site.url + want
		}
		if got := site.visitor().open(path).status(200).page.Find("link[rel=canonical]").AttrOr("href", ""); got != want {
			t.Errorf("%s: %q, not %q", path, got, want)
		}
	}
}

func TestAPostLeadsToRelatedOnes(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	post := func(title string, tags ...string) *models.Post {
		return modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title, p.Tags = title, tags })
	}
	one, two := post("Bread", "kitchen"), post("Salt", "kitchen")
	alone := post("Wheels", "bicycles")
	site.visitor().open(one.Path()).sees("Related posts", "Salt").follow("Salt")
	if related := site.visitor().open(two.Path()).page.Find("[aria-labelledby=related] a"); related.Length() != 1 || related.Text() != "Bread" {
		t.Errorf("related: %q", related.Text())
	}
	if site.visitor().open(alone.Path()).page.Find("#related").Length() > 0 {
		t.Error("a heading over nothing")
	}
}
