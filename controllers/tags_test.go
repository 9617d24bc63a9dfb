package controllers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func withTags(title string, tags ...string) func(*models.Post) {
	return func(p *models.Post) { p.Title, p.Tags = title, tags }
}

func TestReadersFindPostsByTheirTags(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	post := modelstest.Post(t, site.Store, ann, withTags("Rye", "bread", "tcp/ip"))
	modelstest.Post(t, site.Store, ann, withTags("For members", "bread", "inside"), func(p *models.Post) { p.Visibility = models.VisibilityMembers })
	modelstest.Post(t, site.Store, ann, withTags("Secret", "bread", "hidden"), func(p *models.Post) { p.Visibility = models.VisibilityUnlisted })
	visitor, member := site.visitor(), site.signIn(ann)

	visitor.open("/").sees("Tags").click("tcp/ip").status(200).sees("Rye").sees("1 post")
	visitor.open(post.Path()).click("bread").status(200).sees("1 post").sees("Rye").seesNot("For members")
	member.open("/tags/bread").sees("2 posts").sees("For members").seesNot("Secret")
	visitor.open("/tags").status(200).sees("bread").seesNot("inside").seesNot("hidden")
	member.open("/tags").sees("inside").seesNot("hidden")
	visitor.open("/tags").submit("Find", "q", "TCP").sees("tcp/ip").seesNot("bread").click("Clear").sees("bread")
	visitor.open("/tags?q=zzz").status(200).sees("No tag begins so")

	// The right address, and none.
	if visitor.open("/tags/BREAD"); visitor.at.Path != "/tags/bread" {
		t.Errorf("BREAD leads to %s", visitor.at)
	}
	visitor.open("/tags/nobody").status(404).sees("No posts with this tag")
	visitor.open("/tags/inside").status(404).sees("they are for members")
	visitor.open("/tags/a,b").status(404)
	visitor.open("/tags/" + strings.Repeat("x", 41)).status(404)
	visitor.open("/tags/%00").status(404)
	visitor.open("/tags/bread?after=x").status(422)
}

func TestATagPageIsKeptForVisitorsAndNeverStale(t *testing.T) {
	site := newSite(t)
	site.Store.Listen()
	ann := modelstest.User(t, site.Store)
	post := modelstest.Post(t, site.Store, ann, withTags("Rye", "bread"))
	visitor := site.visitor()
	for range 3 {
		visitor.open("/tags/bread").sees("1 post")
	}
	modelstest.Post(t, site.Store, ann, withTags("Wheat", "bread"))
	visitor.open("/tags/bread").sees("2 posts").sees("Wheat")
	if _, err := site.Store.UpdatePost(modelstest.Context(t), ann, post.ID, models.PostChange{Tags: []string{"rye"}}); err != nil {
		t.Fatal(err)
	}
	visitor.open("/tags/bread").sees("1 post").seesNot("Rye")
	visitor.open("/tags").sees("rye")
}

func TestATagIsPagedByKey(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	for i := range 45 {
		modelstest.Post(t, site.Store, ann, withTags(fmt.Sprintf("Post %02d.", i), "all", fmt.Sprintf("tag-%03d", i)))
	}
	visitor := site.visitor().open("/tags/all").sees("45 posts").sees("Post 44.").seesNot("Post 24.")
	visitor.click("Older posts →").sees("Post 24.").click("Older posts →").sees("Post 00.").seesNot("Older posts").click("← Newest").sees("Post 44.")
}

func TestNothingInATagRuns(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	for i, tag := range []string{"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "javascript:alert(1)", "%2e%2e/x?y#z", "😀", "…", "a&b", "שלום"} {
		modelstest.Post(t, site.Store, ann, withTags(fmt.Sprintf("Post %d.", i), tag))
		visitor := site.visitor()
		for _, page := range []string{"/", "/tags", "/users/" + ann.Username} {
			visitor.open(page).status(200)
			if visitor.page.Find("main script, main img").Length() > 0 {
				t.Errorf("%s of %q has more than text", page, tag)
			}
		}
		visitor.open("/tags").click(models.TagOf(tag)).status(200).sees(fmt.Sprintf("Post %d.", i))
		if got := visitor.page.Find("h1").Text(); got != models.TagOf(tag) {
			t.Errorf("the page of %q is headed %q", tag, got)
		}
	}
}

func TestProgramsReadTags(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	modelstest.Post(t, site.Store, ann, withTags("Rye", "bread", "rye"))
	modelstest.Post(t, site.Store, ann, withTags("Inside", "bread"), func(p *models.Post) { p.Visibility = models.VisibilityMembers })
	visitor, member := site.visitor(), site.signIn(ann)
	if visitor.open("/api/tags?limit=1").status(200); visitor.text != `[{"tag":"bread","posts":1}]`+"\n" || !strings.Contains(visitor.head.Get("Link"), `after=1-bread`) {
		t.Errorf("%s %v", visitor.text, visitor.head)
	}
	if visitor.open("/api/tags?q=RY").status(200); visitor.text != `[{"tag":"rye","posts":1}]`+"\n" {
		t.Error(visitor.text)
	}
	if member.open("/api/tags?limit=1"); member.text != `[{"tag":"bread","posts":2}]`+"\n" {
		t.Error(member.text)
	}
	visitor.open("/api/tags?after=x").status(http.StatusUnprocessableEntity)
	if visitor.open("/api/posts?tag=Bread"); strings.Count(visitor.text, `"title"`) != 1 || !strings.Contains(visitor.text, "Rye") {
		t.Error(visitor.text)
	}
	if member.open("/api/posts?tag=bread"); strings.Count(member.text, `"title"`) != 2 {
		t.Error(member.text)
	}
	if visitor.open("/api/posts?tag=a,b").status(200); strings.TrimSpace(visitor.text) != "[]" {
		t.Error(visitor.text)
	}
	if visitor.open(fmt.Sprintf("/api/posts?tag=bread&user_id=%d", ann.ID)); strings.Count(visitor.text, `"title"`) != 1 {
		t.Error(visitor.text)
	}
}
