package controllers_test

import (
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestWordsForAPostThatIsGoneMeanwhileStayInTheForm(t *testing.T) {
	const said, words = "This post is gone, or not yours to change any more.", "Words that took an hour."
	for _, session := range []string{"lives", "ended"} {
		for _, button := range []string{"Save", "Preview"} {
			site := newSite(t)
			ann, ben := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store)
			own, ctx := modelstest.Post(t, site.Store, ann), modelstest.Context(t)
			shared := modelstest.Post(t, site.Store, ben)
			if _, err := site.Store.UpdatePost(ctx, ben, shared.ID, models.PostChange{Authors: []string{"ann"}}); err != nil {
				t.Fatal(err)
			}
			for _, post := range []*models.Post{own, shared} {
				b := site.signIn(ann).open(post.Path() + "/edit")
				if post == own {
					if _, err := site.Store.DeletePost(ctx, ann, post.ID); err != nil {
						t.Fatal(err)
					}
				} else if _, err := site.Store.LeavePost(ctx, ann, post.ID); err != nil {
					t.Fatal(err)
				}
				if session == "ended" {
					site.endSessions(ann)
				}
				b.submit(button, "title", "Mine", "content", words)
				if session == "ended" {
					b.status(401).submit("Sign in", "login", "ann", "password", modelstest.Password)
				}
				b.status(409).sees(said)
				if got := strings.TrimSpace(b.page.Find("textarea").Text()); got != words || b.page.Find("#title").AttrOr("value", "") != "Mine" {
					t.Errorf("session %s, %s: the form has %q", session, button, got)
				}
				b.submit("Publish").status(200).sees("“Mine” is published.", words)
			}
		}
	}
}

func TestThePageOfAPostThatIsGoneIsStillNotFoundWithoutWords(t *testing.T) {
	site := newSite(t)
	b := site.signIn(modelstest.User(t, site.Store))
	b.open("/posts/77/edit").status(404)
	b.post("/posts/77").status(404)
}
