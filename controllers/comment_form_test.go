package controllers_test

import (
	"fmt"
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

func TestWhoMayNotWriteFindsNoFormForCommentsAndIsToldWhy(t *testing.T) {
	site, _, conn := adminSite(t)
	ann := modelstest.User(t, site.Store)
	post := modelstest.Post(t, site.Store, modelstest.User(t, site.Store))
	modelstest.Comment(t, site.Store, ann, post, "Mine.")
	hers := site.signIn(ann)
	hers.open(post.Path()).sees("Send the comment", "Reply", "Edit", "Delete…")
	const told = "You cannot comment until 21 Nov 2099, 14:30. The reason: Advertising, again"
	sql(t, conn, "insert into suspensions (user_id, reason, until) values ($1, 'Advertising, again', '2099-11-21 14:30+00')", ann.ID)
	hers.submit("Send the comment", "content", "Long words, typed meanwhile.").status(403).sees("You are suspended until 21 Nov 2099, 14:30").seesNot(told)
	if kept := hers.page.Find("#write textarea").Text(); kept != "Long words, typed meanwhile." {
		t.Errorf("of the words %q are left", kept)
	}
	hers.open(post.Path()).sees(told, "Mine.").seesNot("Send the comment", "Reply", "Delete…")
	site.visitor().open(post.Path()).sees("Sign in to comment").seesNot("You cannot comment")
	sql(t, conn, "update posts set comments_closed = true")
	hers.open(post.Path()).sees("Comments on this post are closed.").seesNot(told)
}

func TestAnAnswerToAnAnswerNamesItsWriter(t *testing.T) {
	site := newSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	post := modelstest.Post(t, site.Store, modelstest.User(t, site.Store))
	first := modelstest.Comment(t, site.Store, bob, post, "Mine took two days.")
	reply := modelstest.Comment(t, site.Store, bob, post, "Or three.", first)
	hers := site.signIn(ann)
	typed := func(c *models.Comment) string {
		return hers.open(fmt.Sprintf("%s?reply=%d", post.Path(), c.ID)).sees("Your reply to bob").page.Find("#write textarea").Text()
	}
	if words := strings.TrimPrefix(typed(first), "\n"); words != "" {
		t.Errorf("the answer to a comment begins with %q", words)
	}
	if words := strings.TrimPrefix(typed(reply), "\n"); words != "@bob " {
		t.Errorf("the answer to an answer begins with %q", words)
	}
	hers.submit("Send the reply", "content", "@bob "+strings.Repeat("x", models.MaxComment)).status(422)
	if words := hers.page.Find("#write textarea").Text(); !strings.HasSuffix(words, "@bob "+strings.Repeat("x", models.MaxComment)) || strings.Count(words, "@bob") != 1 {
		t.Errorf("of what was typed is left %.20q", words)
	}
	hers.submit("Send the reply", "content", "@bob Which flour?").sees("@bob Which flour?")
	if path, _ := hers.page.Find(".talk .mention").Attr("href"); path != "/users/bob" {
		t.Errorf("the name leads to %q", path)
	}
	site.signIn(bob).open("/notices").sees("@bob Which flour?")
	hers.open(fmt.Sprintf("%s?reply=%d", post.Path(), reply.ID+1)) // one's own
	if words := strings.TrimSpace(hers.page.Find("#write textarea").Text()); words != "" {
		t.Errorf("the answer to oneself begins with %q", words)
	}
}
