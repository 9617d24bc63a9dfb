package controllers_test

import (
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// endSessions ends all sessions of the user, as another device or their end would.
func (s *site) endSessions(user *models.User) {
	s.t.Helper()
	other := s.signIn(user)
	other.open("/settings").submit("End all others").status(200)
	other.post("/signout").status(200)
}

func TestWhatIsPostedAfterTheSessionEndedComesBackInItsForm(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, site.Store, ann)
	b := site.signIn(ann)
	const words = "Words <b>of</b> \"mine\"\n\n  and more & ünï\n"
	for _, form := range []struct{ page, button, title string }{
		{"/posts/new", "Publish", "New"}, {"/posts/new", "Preview", "Looked at"}, {post.Path() + "/edit", "Save", "Changed"}, {post.Path() + "/edit", "Preview", "Changed again"},
	} {
		b.open(form.page)
		site.endSessions(ann)
		b.submit(form.button, "title", form.title, "content", words, "tags", "a, b").status(401).sees("Your session had ended.", "Sign in")
		// A wrong password loses nothing.
		b.submit("Sign in", "login", "ann", "password", "wrong").status(422).sees("The name or the password is wrong.")
		b.submit("Sign in", "login", "ann", "password", modelstest.Password).status(200).sees("You are signed in again. This is not saved yet.")
		if b.at.Path != form.page && b.at.Path != "/posts/1/edit" {
			t.Errorf("%s leads to %s", form.page, b.at)
		}
		if got := strings.TrimPrefix(b.page.Find("textarea").Text(), "\n"); strings.ReplaceAll(got, "\r\n", "\n") != words || b.page.Find("#title").AttrOr("value", "") != form.title || b.page.Find("#tags").AttrOr("value", "") != "a, b" {
			t.Errorf("%s came back as %q %s", form.page, got, b.words())
		}
		held := b.at.RequestURI()
		button := "Save"
		if form.page == "/posts/new" {
			button = "Publish"
		}
		b.submit("Preview").status(200).submit(button).status(200).sees("“"+form.title+"” is published.", "Words of \"mine\"")
		b.open(held).status(200).seesNot("This is not saved yet.") // it is, and no copy is left
	}
	b.open("/held").sees("Nothing of yours waits to be sent.")
}

func TestEveryFormSentAfterTheSessionEndedCanBeSentAgain(t *testing.T) {
	site := newSite(t)
	ann, ben := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store)
	post := modelstest.Post(t, site.Store, ben)
	b := site.signIn(ann).open(post.Path())
	site.endSessions(ann)
	b.submit("Report the post", "line", "It is not his own.").status(401)
	b.submit("Sign in", "login", "ann", "password", modelstest.Password).status(200).sees("This was not sent yet", "It is not his own.")
	if _, err := site.ReportedAt(modelstest.Context(t), ann, post.ID); err != nil {
		t.Fatal(err)
	}
	b.submit("Send it now").status(200)
	b.open(post.Path()).sees("You reported this post")
	b.open("/held").sees("Nothing of yours waits to be sent.")
	// Or it is discarded.
	b.open("/settings")
	site.endSessions(ann)
	b.post("/settings/profile", "name", "Ann B.").status(401)
	b.submit("Sign in", "login", "ann", "password", modelstest.Password).sees("Ann B.").submit("Discard it").status(200).sees("It is discarded.")
	// A password is never carried, nor kept.
	b.open("/settings")
	site.endSessions(ann)
	b.post("/settings/password", "current_password", "a secret one", "password", "another secret").status(200).seesNot("secret")
	if strings.Contains(b.text, "secret") {
		t.Error("the page carries a password")
	}
}

func TestNobodyGetsTheWordsOfSomebodyElseBySigningIn(t *testing.T) {
	site := newSite(t)
	ann, ben := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("ben"))
	b := site.signIn(ann).open("/posts/new")
	site.endSessions(ann)
	b.submit("Publish", "title", "Private", "content", "Only Ann's words.").status(401)
	b.submit("Sign in", "login", "ben", "password", modelstest.Password).status(200).
		sees("What ann wrote in this browser before is kept for ann, for a day.").seesNot("Only Ann's words.")
	b.open("/held").sees("Nothing of yours waits to be sent.")
	b.post("/signout")
	b.open("/signin").submit("Sign in", "login", "ann", "password", modelstest.Password).status(200).sees("Something you wrote waits to be sent.").click("Look at it").
		sees("This is not saved yet.", "Only Ann's words.").submit("Publish").status(200).sees("“Private” is published.")
	// Whose words these are is known from the session alone: nobody can leave something for somebody else.
	_ = ben
	visitor := site.visitor()
	visitor.post("/signin", "login", "ben", "password", modelstest.Password, "held_path", "https://elsewhere.example/x", "held:title", "x").status(200)
	visitor.open("/held").sees("Nothing of yours waits to be sent.")
}

func TestWhoSignedInInAnotherWindowNeedsNoPasswordHere(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	b := site.signIn(ann).open("/posts/new")
	site.endSessions(ann)
	b.submit("Publish", "title", "Kept", "content", "Words.").status(401)
	b.submit("I am signed in in another window").status(401).sees("You are not signed in in this browser.")
	page := b.page
	b.open("/signin").submit("Sign in", "login", "ann", "password", modelstest.Password).status(200)
	b.page = page
	b.submit("I am signed in in another window").status(200).sees("This is not saved yet.", "Words.")
}
