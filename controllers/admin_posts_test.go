package controllers_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"postroom/models"
	"postroom/models/modelstest"
)

// postsListed are the ids of the posts on the page, in their order.
func (b *browser) postsListed() (ids []int64) {
	b.page.Find(".data [name=ids]").Each(func(_ int, box *goquery.Selection) {
		id, err := strconv.ParseInt(box.AttrOr("value", ""), 10, 64)
		if err != nil {
			b.t.Error(err)
		}
		ids = append(ids, id)
	})
	return ids
}

func TestEveryPostIsListedWithAuthorStateAndDates(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"), func(in *models.NewUser) { in.Name = "Ann Lee" })
	modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = "Rye, slowly" })
	modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title, p.Status = "Not yet", models.StatusDraft })
	sql(t, conn, "update posts set created_at = '2026-01-02 10:00', updated_at = '2026-01-04 10:00'")
	sql(t, conn, "update posts set published_at = '2026-01-03 10:00' where published_at is not null")
	ruth.open("/admin").click("Posts").status(200)
	ruth.open("/admin/posts").sees("Posts, by date begun · 2", "All posts 2", "Published 1", "Drafts 1", "Reported 0",
		"Rye, slowlyAnn Lee annpublished3 Jan 20262 Jan 20264 Jan 2026", "Not yetAnn Lee anndraftnever2 Jan 2026")
	ruth.click("Ann Lee").status(200).sees("ann@example.com")
	ruth.open("/admin/posts").submit("Filter", "q", "RYE", "status", "published", "published_from", "2026-01-03").status(200).
		sees("Posts: “RYE”, published only, published from 3 Jan 2026, by date begun · 1 of 2", "Clear")
	if got := ruth.at.RequestURI(); got != "/admin/posts?published_from=2026-01-03&q=RYE&status=published" {
		t.Error("the filter is not in the address:", got)
	}
	ruth.click("Export").status(200).sees("Export 1 post as CSV")
	ruth.open("/admin/posts?q=nothing").status(200).sees("No posts match")
}

func TestPostsAreSortedPagedAndCountedInTheAddress(t *testing.T) {
	_, ruth, conn := adminSite(t)
	populate(t, conn)
	for column, order := range map[string]string{"Title": `lower(title collate "und-x-icu") collate "und-x-icu"`, "Author": `(select lower(username) collate "C" from users where id = user_id)`,
		"Published": "coalesce(published_at, '-infinity')", "Begun": "created_at", "Changed": "updated_at"} {
		ruth.open("/admin/posts?limit=10&q=post")
		for range 2 {
			head := ruth.page.Find("thead a").FilterFunction(func(_ int, a *goquery.Selection) bool { return a.Text() == column })
			ruth.open(head.AttrOr("href", "")).status(200)
			direction := strings.TrimSuffix(ruth.page.Find("thead th[aria-sort]").AttrOr("aria-sort", ""), "ending")
			want := idsOf(t, conn, fmt.Sprintf("select id from posts order by %s %s, id %[2]s", order, direction))
			got := ruth.postsListed()
			for pages := 0; ruth.page.Find("a[rel=next]").Length() > 0 && pages < 50; pages++ {
				got = append(got, ruth.click("Next →").status(200).postsListed()...)
			}
			if !slices.Equal(got, want) || ruth.at.Query().Get("limit") != "10" || ruth.at.Query().Get("q") != "post" {
				t.Errorf("%s %s: %v\nnot %v", column, direction, got, want)
			}
			ruth.click("← First")
		}
	}
	ruth.open("/admin/posts").click("100").status(200)
	if got := len(ruth.postsListed()); got != 100 || ruth.at.Query().Get("limit") != "100" {
		t.Error(got, "rows of a hundred")
	}
}

func TestASenselessFilterOfPostsIsSaidBesideItsField(t *testing.T) {
	_, ruth, _ := adminSite(t)
	for query, said := range map[string]string{"author=no+one": "#author-error", "status=lost": "#status-error", "published_from=soon": "#published_from-error",
		"created_to=x": "#created_to-error", "tag=a,b": "#tag-error", "sort=content": "#sort", "limit=7000": "#limit", "after=x": "#after", "reported=maybe": "#reported"} {
		ruth.open("/admin/posts?" + query).status(422).sees("Nothing is listed")
		if ruth.page.Find(said).Text() == "" {
			t.Errorf("%s: nothing is said at %s", query, said)
		}
	}
}

func TestAnAdminUnpublishesPublishesAndDeletesPostsAndTakesItBack(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	var posts []*models.Post
	for i := range 5 {
		posts = append(posts, modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = fmt.Sprintf("Post %d", i) }))
	}
	published := func() int {
		return ask[int](t, conn, "select count(*) from posts where status = 'published'")
	}
	ruth.open("/admin/posts?author=ann").sees("on all 5 that match").
		submit("Rehearse", "act", "unpublish", "set", "all").status(200).sees("Unpublish 5 of 5 posts", "← Posts: written by ann")
	if published() != 5 {
		t.Fatal("a rehearsal changes something")
	}
	ruth.submit("Unpublish these 5 posts").status(200).sees("Receipt 1", "5 posts unpublished")
	site.visitor().open(posts[0].Path()).status(404)
	ruth.open("/admin/posts?status=draft").submit("Rehearse", "act", "restore", "set", "all").submit("Publish these 5 posts again").status(200).sees("5 posts published again")
	site.visitor().open(posts[0].Path()).status(200)
	id := strconv.FormatInt(posts[2].ID, 10)
	before := ask[string](t, conn, "select to_jsonb(p)::text from posts p where id = "+id)
	ruth.post("/admin/rehearsals", "target", "post", "act", "delete", "set", "ticked", "ids", id).status(200).submit("Delete 1 post").status(200).sees("1 post deleted")
	receipt := ruth.at.Path
	site.visitor().open(posts[2].Path()).status(404)
	ruth.open("/admin/posts").seesNot("Post 2")
	ruth.open(receipt).submit("Undo").status(200).sees("Taken back for 1 post")
	if now := ask[string](t, conn, "select to_jsonb(p)::text from posts p where id = "+id); now != before {
		t.Errorf("%s\nnot\n%s", now, before)
	}
	ruth.open("/admin/posts").sees("Post 2")
}

func TestReportsAreAQueueThatAdminsSettle(t *testing.T) {
	site, ruth, conn := adminSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	post := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = "Buy now" })
	other := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = "Fine" })
	reader := site.signIn(bob)
	site.signIn(ann).open(post.Path()).seesNot("Report")
	site.visitor().open(post.Path()).seesNot("Report")
	reader.open(post.Path()).sees("Report this post").submit("Report the post", "line", " ").status(422).sees("Say in a line what is wrong.")
	reader.submit("Report the post", "line", "It is <b>spam</b>.").status(200).sees("The post is reported.", "You reported this post today").seesNot("What is wrong with it?")
	reader.post(post.Path()+"/reports", "line", "again").status(422).sees("You have reported this post already.", "You reported this post today")
	reader.post("/posts/999/reports", "line", "x").status(404)
	if err := site.ReportPost(modelstest.Context(t), modelstest.Admin(t, site.Store), post.ID, "Spam indeed."); err != nil {
		t.Fatal(err)
	}
	if err := site.ReportPost(modelstest.Context(t), bob, other.ID, "I do not like it."); err != nil {
		t.Fatal(err)
	}
	ruth.open("/admin/posts").sees("Reported 2", "2 open", "3 open reports").click("Reported 2").status(200).
		sees("Posts: with open reports, by date begun · 2 of 2", "Buy now · bob: It is <b>spam</b>. Settle Settle all 2")
	ruth.open("/admin/posts?reported=true&q=fine").submit("Settle").status(200).sees("1 report settled.", "No open reports", "Settled last", "Fine · bob: I do not like it. Settled by ruth.")
	if !strings.Contains(ruth.at.RequestURI(), "q=fine") {
		t.Error("the list is lost:", ruth.at)
	}
	ruth.open("/admin/posts?reported=true").submit("Settle all 2").status(200).sees("2 reports settled.", "Reported 0")
	ruth.post(fmt.Sprintf("/admin/posts/%d/settlements", post.ID), "back", "//evil.example").status(200).sees("Another admin was quicker")
	ruth.post("/admin/posts/999/settlements").status(404)
	ruth.post(fmt.Sprintf("/admin/posts/%d/settlements", post.ID), "report", "x").status(404)
	reader.post(fmt.Sprintf("/admin/posts/%d/settlements", post.ID)).status(403)
	if got := ask[string](t, conn, "select string_agg(kind || ' ' || actor || ' ' || target, '; ' order by id) from audit where kind like 'report%' and actor in ('bob', 'ruth')"); got !=
		"report.create bob Buy now; report.create bob Fine; report.settle ruth Fine; report.settle ruth Buy now" {
		t.Error(got)
	}
	if n := ask[int](t, conn, "select count(*) from events where kind = 'report' and audience = 0"); n < 4 {
		t.Error(n, "events")
	}
}
