package controllers_test

import (
	"fmt"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAuthorsPutPostsInAnOrderAndReadersFollowIt(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	var posts []*models.Post
	for i := range 4 {
		posts = append(posts, modelstest.Post(t, site.Store, ann, withTags(fmt.Sprintf("Part-%c", 'A'+i))))
	}
	a, visitor := site.signIn(ann), site.visitor()
	a.open("/series").sees("No series yet").click("Begin the first one").submit("Begin the series", "title", "").status(422).sees("Give the series a title.").
		submit("Begin the series", "title", "Rye <b>", "address", site.url+posts[0].Path()+" "+fmt.Sprint(posts[1].ID)).status(200).sees("is begun")
	path := a.at.Path
	a.open(path+"/edit").submit("Save the series", "add", fmt.Sprint(posts[2].ID), fmt.Sprintf("place-%d", posts[0].ID), "2").sees("is saved")
	order := func(want string) {
		t.Helper()
		visitor.open(path).status(200)
		var got []string
		for _, title := range visitor.page.Find("ol.lines .title a").EachIter() {
			got = append(got, title.Text())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("the order is %q, want %q", got, want)
		}
	}
	order("Part-B Part-A Part-C")
	visitor.click("Part-A").sees("Part 2 of 3 in").sees("Previous part").sees("Next part")
	visitor.click("Rye <b>").status(200)
	if visitor.at.Path != path || visitor.page.Find("h1 b").Length() > 0 {
		t.Errorf("%s", visitor.at)
	}
	if visitor.open("/series/" + strings.TrimPrefix(strings.Split(path, "-")[0], "/series/") + "-wrong"); visitor.at.Path != path {
		t.Errorf("the wrong slug leads to %s", visitor.at)
	}
	a.open(path+"/edit").submit("Save the series", "remove", fmt.Sprint(posts[1].ID), "state", "closed").sees("is saved").sees("closed: no more posts come")
	order("Part-A Part-C")
	a.open(path+"/edit").submit("Save the series", "add", fmt.Sprint(posts[3].ID)).status(422).sees("The series is closed")
	for _, wrong := range []string{"x", "/posts/", "0", "99999999999999999999"} {
		a.open(path+"/edit").submit("Save the series", "address", wrong).status(422).sees("This is no address of a post.")
	}
	a.open(path+"/edit").submit("Save the series", fmt.Sprintf("place-%d", posts[0].ID), "first").status(422).sees("A place is a whole number.")

	// Two tabs.
	other := site.signIn(ann)
	a.open(path + "/edit")
	other.open(path+"/edit").submit("Save the series", "title", "By the other tab").sees("is saved")
	a.submit("Save the series", "title", "By this tab").status(422).sees("The series was changed meanwhile.", "What the series is now", "By the other tab")
	if typed := a.page.Find("[name=title]").AttrOr("value", ""); typed != "By this tab" {
		t.Errorf("what was typed is now %q", typed)
	}
	a.submit("Save the series").status(200).sees("“By this tab” is saved")

	stranger := site.signIn(modelstest.User(t, site.Store))
	stranger.open(a.at.Path).status(200).seesNot("Edit")
	stranger.open(a.at.Path + "/edit").status(403)
	stranger.post(a.at.Path + "/delete").status(403)
	a.click("Delete…").sees("Its 2 posts stay").submit("Delete this series").status(200).sees("is deleted. Its posts stay.")
	visitor.open(path).status(404)
	visitor.open(posts[0].Path()).status(200).seesNot("Part 1 of")
	admin := site.signIn(modelstest.Admin(t, site.Store))
	admin.open("/admin/acts").status(200).sees("1 series deleted")
	admin.open("/admin/acts/1").status(200).sees("By this tab")
}

func TestProgramsReadAndWriteSeries(t *testing.T) {
	site := newSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	one, two := modelstest.Post(t, site.Store, ann).ID, modelstest.Post(t, site.Store, ann).ID
	asAnn, asBob, visitor := site.program(ann, "write"), site.program(bob, "write"), site.program(nil, "")
	made := asAnn.call("POST", "/api/series", fmt.Sprintf(`{"title":"Rye","posts":[%d,%d]}`, two, one)).gives(201)
	said(made, fmt.Sprintf(`"posts":[%d,%d],"version":1`, two, one))
	path := made.head.Get("Location")
	said(visitor.call("GET", path, nil).gives(200), `"username":"ann"`)
	said(visitor.call("GET", "/api/series?user_id="+fmt.Sprint(ann.ID), nil).gives(200), `"title":"Rye"`)
	said(asAnn.call("PATCH", path, fmt.Sprintf(`{"posts":[%d],"is_active":false,"version":1}`, one)).gives(200), fmt.Sprintf(`"is_active":false,"posts":[%d],"version":2`, one))
	asAnn.call("PATCH", path, `{"title":"Old","version":1}`).gives(409)
	asAnn.call("PATCH", path, fmt.Sprintf(`{"posts":[%d,%d]}`, one, two)).gives(422)
	said(asAnn.call("PUT", path, `{"title":"Whole"}`).gives(200), `"title":"Whole"`)
	asAnn.call("PUT", path, `{"description":"x"}`).gives(400)
	asBob.call("PATCH", path, `{"title":"Mine"}`).gives(403)
	asBob.call("DELETE", path, nil).gives(403)
	visitor.call("POST", "/api/series", `{"title":"x"}`).gives(401)
	said(asAnn.call("DELETE", path, nil).gives(200), `deleted"`)
	visitor.call("GET", path, nil).fails(404, "Series not found")
	visitor.call("GET", "/api/series?after=x", nil).gives(422)
}

func TestWordsForASeriesThatIsGoneMeanwhileStayInTheForm(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	b := site.signIn(ann)
	b.open("/series/new").submit("Begin the series", "title", "Rye")
	path := b.at.Path
	b.open(path + "/edit")
	site.signIn(ann).open(path + "/delete").submit("Delete this series")
	b.submit("Save the series", "title", "Rye bread", "description", "Words that took an hour.").status(409).sees("This series is gone")
	b.submit("Begin the series").status(200).sees("is begun", "Rye bread", "Words that took an hour.")
	b.post("/series/77").status(404)
}
