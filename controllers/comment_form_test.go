package controllers_test

import (
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestEveryAuthorOfAPostIsMarkedInItsComments(t *testing.T) {
	site := newSite(t)
	ann, bob, cem := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob")), modelstest.User(t, site.Store)
	post := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Authors = []*models.User{bob} })
	for _, user := range []*models.User{ann, bob, cem} {
		modelstest.Comment(t, site.Store, user, post, "Words.")
	}
	marked := site.visitor().open(post.Path()).page.Find(".talk .byline")
	for i, want := range []bool{true, true, false} {
		if got := strings.Contains(marked.Eq(i).Text(), "the post’s author"); got != want {
			t.Errorf("comment %d is marked as the author's: %v", i+1, got)
		}
	}
}
