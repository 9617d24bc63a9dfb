package controllers_test

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// places are the addresses of a sitemap, or of its index, without the site's own.
func (b *browser) places(path string) (places map[string]string) {
	b.t.Helper()
	b.open(path).status(200)
	if kind := b.head.Get("Content-Type"); kind != "application/xml; charset=utf-8" || b.head.Get("Content-Disposition") != "" {
		b.t.Errorf("%s is %q", path, kind)
	}
	b.lint(b.text)
	type place struct {
		Loc     string `xml:"loc"`
		Lastmod string `xml:"lastmod"`
	}
	var read struct {
		URLs []place `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 url"`
		Maps []place `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemap"`
	}
	if err := xml.Unmarshal([]byte(b.text), &read); err != nil {
		b.t.Fatalf("%s: %v\n%s", path, err, b.text)
	}
	places = map[string]string{}
	for _, p := range append(read.URLs, read.Maps...) {
		local, ok := strings.CutPrefix(p.Loc, b.site.url)
		if !ok || places[local] != "" {
			b.t.Errorf("%s has %q", path, p.Loc)
		}
		places[local] = p.Lastmod
	}
	return places
}

func TestTheMapOfTheSiteHasAllThatVisitorsMayReadInParts(t *testing.T) {
	address := modelstest.URL(t)
	s := newSiteOver(t, modelstest.Open(t, address))
	ann, quiet := modelstest.User(t, s.Store, modelstest.Named("ann")), modelstest.User(t, s.Store, modelstest.Named("quiet"))
	var shown []string
	for i, set := range []func(*models.Post){
		func(p *models.Post) { p.Title, p.Tags = "Хлеб & соль", models.Tags{"tcp/ip", "a&b"} },
		func(p *models.Post) { p.Visibility, p.Tags = models.VisibilityMembers, models.Tags{"inner"} },
		func(p *models.Post) { p.Visibility = models.VisibilityUnlisted },
		func(p *models.Post) { p.Status = models.StatusDraft },
		func(p *models.Post) { p.PublishAt = new(time.Now().Add(time.Hour)) },
		func(p *models.Post) { p.Title = "Last" },
	} {
		author := ann
		if i > 0 && i < 5 {
			author = quiet
		}
		post := modelstest.Post(t, s.Store, author, set)
		if author == ann {
			shown = append(shown, post.Path())
		}
	}
	series, inner := &models.Series{Title: "Rye"}, &models.Series{Title: "Inner"}
	for series, post := range map[*models.Series]int64{series: 1, inner: 2} {
		if err := s.CreateSeries(modelstest.Context(t), map[int64]*models.User{1: ann, 2: quiet}[post], series, []int64{post}); err != nil {
			t.Fatal(err)
		}
	}
	// A part has a range of ids: there may be gaps of any size.
	conn := modelstest.SQL(t, address)
	for _, id := range []int64{50_000, 50_001, 150_001, 150_002, 7_000_000_000} {
		if _, err := conn.Exec(modelstest.Context(t), "insert into posts (id, user_id, title, content, status, published_at) values ($1, $2, 'Far', 'x', 'published', now())", id, ann.ID); err != nil {
			t.Fatal(err)
		}
	}
	b := s.visitor()
	index := b.places("/sitemap.xml")
	if b.head.Get("ETag") == "" || len(index) != 8 {
		t.Errorf("the index has %v", index)
	}
	all := map[string]string{}
	for part := range index {
		for path, changed := range b.places(part) {
			if _, twice := all[path]; twice {
				t.Errorf("%s is there twice", path)
			}
			all[path] = changed
		}
	}
	for _, path := range []string{"/", "/users", "/tags", "/calendar", "/about", "/posts/1-%D1%85%D0%BB%D0%B5%D0%B1-%D1%81%D0%BE%D0%BB%D1%8C", shown[1], "/users/ann", "/tags/tcp%2Fip", "/tags/a&b", series.Path(),
		"/posts/50000-far", "/posts/50001-far", "/posts/150001-far", "/posts/150002-far", "/posts/7000000000-far"} {
		changed, ok := all[path]
		if _, err := time.Parse(time.RFC3339, changed); !ok || strings.HasPrefix(path, "/posts/") && err != nil {
			t.Errorf("%s: %v, changed %q", path, ok, changed)
		}
		b.open(path).status(200)
		delete(all, path)
	}
	if len(all) > 0 {
		t.Errorf("these should not be there: %v", all)
	}
	// A part is sent in pieces and has what there is now.
	if n := len(b.places("/sitemap.xml?part=posts-4")); n != 2 {
		t.Errorf("part 4 has %d", n)
	}
	for _, none := range []string{"posts-3", "posts-0", "posts-01", "posts-9999999999999999", "posts", "nothing-1", "", "users-2"} {
		b.open("/sitemap.xml?part=" + none).status(404)
	}
	if _, err := conn.Exec(modelstest.Context(t), `insert into posts (id, user_id, title, content, status, published_at)
		select n, $1, repeat('Ж', 100), 'x', 'published', now() from generate_series(200001, 202500) n`, ann.ID); err != nil {
		t.Fatal(err)
	}
	if n := len(b.places("/sitemap.xml?part=posts-5")); n != 2500 || len(b.text) < 500_000 {
		t.Errorf("part 5 has %d in %d bytes", n, len(b.text))
	}
	robots := b.open("/robots.txt").status(200).text
	for _, line := range []string{"User-agent: *\n", "Disallow: /admin\n", "Sitemap: " + s.url + "/sitemap.xml\n"} {
		if !strings.Contains(robots, line) {
			t.Errorf("robots.txt has no %q:\n%s", line, robots)
		}
	}
	if kind := b.head.Get("Content-Type"); kind != "text/plain; charset=utf-8" {
		t.Error(kind)
	}
}
