package controllers_test

import (
	"net/url"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func (s *site) otter(by *models.User, title, content, visibility string, tags ...string) *models.Post {
	s.t.Helper()
	return modelstest.Post(s.t, s.Store, by, func(p *models.Post) { p.Title, p.Content, p.Visibility, p.Tags = title, content, visibility, tags })
}

func TestAReaderLooksForPosts(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store, modelstest.Named("ann"))
	s.otter(ann, "Otters & <b>rivers</b>", "A wet `<script>alert(1)</script>` otter.", "public", "river")
	s.otter(ann, "Inside", "An otter for members.", "members")
	s.otter(ann, "Unlisted", "An otter by address.", "unlisted")
	visitor := s.visitor()
	visitor.open("/").click("Search").sees("All words have to be there").submit("Search", "q", "otter").sees("Otters & <b>rivers</b>", "A wet <script>alert(1)</script> otter.").seesNot("Inside", "Unlisted")
	if !strings.Contains(visitor.text, "<mark>Otters</mark> &amp; &lt;b&gt;rivers&lt;/b&gt;") || !strings.Contains(visitor.text, "<mark>otter</mark>.") || strings.Contains(visitor.text, "<script>alert") {
		t.Errorf("marked: %s", visitor.text)
	}
	visitor.submit("Search", "author", "ann", "tag", "river", "from", "2020-01-01").sees("rivers")
	visitor.submit("Search", "tag", "lake").sees("Nothing found", "without author, tag and date")
	visitor.open("/search?q=otter&from=yesterday").status(422).sees("A day looks like 2026-11-21.")
	visitor.open("/search?q=-otter").status(200).sees("Give at least one word to look for.")
	visitor.open("/search?q=ottre&tag=river").sees("Did you mean").click("otter").sees("rivers")
	if visitor.at.Query().Get("tag") != "river" {
		t.Errorf("the suggestion leads to %s", visitor.at)
	}
	s.signIn(modelstest.User(t, s.Store)).open("/search?q=otter").sees("rivers", "Inside").seesNot("Unlisted")
	for _, q := range []string{strings.Repeat("otter ", 1500), strings.Repeat(`"`, 9000), "&|!<->:*", "a\x00b", "\xff", `<script>alert(1)</script>"`} {
		if visitor.open("/search?q=" + url.QueryEscape(q)).status(200); strings.Contains(visitor.text, "<script>alert") {
			t.Errorf("%.20q comes back as it is", q)
		}
	}
}

func TestASearchIsPagedByLinks(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	for range 45 {
		s.otter(ann, "Otter", "x", "public")
	}
	page := s.visitor().open("/search?q=otter&author=" + ann.Username)
	total := strings.Count(page.text, "<mark>Otter</mark>")
	for range 2 {
		total += strings.Count(page.click("More posts →").text, "<mark>Otter</mark>")
	}
	if page.seesNot("More posts"); total != 45 {
		t.Errorf("%d posts on three pages", total)
	}
	page.click("← Best matches").sees("More posts").seesNot("Best matches")
}

func TestTheAPILooksForPosts(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store, modelstest.Named("ann"))
	for _, visibility := range []string{"public", "members", "unlisted"} {
		s.otter(ann, "Otter "+visibility, "1 < 2 otters", visibility, "wet")
	}
	titles := func(rows []map[string]any) (all string) {
		for _, row := range rows {
			all += row["title"].(string) + "; "
		}
		return all
	}
	visitor, user := s.program(nil, ""), s.program(ann, "read")
	rows := visitor.get("/api/search?q=otter").gives(200).rows()
	if titles(rows) != "Otter public; " || rows[0]["title_html"] != "<mark>Otter</mark> public" || rows[0]["excerpt_html"] != "1 &lt; 2 <mark>otters</mark>" || rows[0]["username"] != "ann" {
		t.Errorf("found %v", rows)
	}
	first := user.get("/api/search?q=otter&limit=1&tag=wet&author=ann").gives(200)
	if titles(first.rows()) != "Otter members; " || titles(user.get(first.next()).gives(200).rows()) != "Otter public; " {
		t.Errorf("found %s, then at %s", first.body, first.next())
	}
	none := visitor.get("/api/search?q=ottre").gives(200)
	if string(none.body) != "[]\n" && string(none.body) != "[]" || none.head.Get("Link") != `</api/search?q=otter>; rel="alternate"; title="did you mean"` {
		t.Errorf("%q, Link %q", none.body, none.head.Get("Link"))
	}
	visitor.get("/api/search").gives(200)
	visitor.get("/api/search?q=" + strings.Repeat("%22a", 3000)).gives(200)
	visitor.get("/api/search?q=otter&from=yesterday").gives(422)
	visitor.get("/api/search?q=otter&limit=101").gives(422)
}
