package controllers_test

import (
	"strings"
	"testing"

	"postroom/models/modelstest"
)

func TestVisitorSignsUpWritesAndIsRead(t *testing.T) {
	site := newSite(t)
	ann := site.visitor()
	ann.open("/").status(200).sees("Nothing here yet").click("Sign up").status(200)
	ann.submit("Sign up", "username", "ann", "email", "ann@example.com", "password", "a long enough one").status(200).
		sees("You are signed in as ann.").click("Write your first post").status(200)
	ann.submit("Publish", "title", "").status(422).sees("Give the post a title.", "Write something, or save it as a draft.")
	ann.submit("Publish", "title", "Hello", "content", "Some **bold** words.", "tags", "Bread, SALT").status(200).
		sees("“Hello” is published.", "Some bold words.", "bread", "salt")
	reader := site.visitor()
	reader.open("/").sees("Hello", "Some bold words.", "ann").click("Hello").status(200).sees("Some bold words.")
	if got := reader.page.Find(".prose strong").Text(); got != "bold" {
		t.Errorf("the strong words are %q", got)
	}
}

func TestADraftDoesNotExistForOthers(t *testing.T) {
	site := newSite(t)
	owner, other := modelstest.User(t, site.Store), modelstest.User(t, site.Store)
	ann := site.signIn(owner)
	ann.open("/posts/new").submit("Save draft", "title", "Not yet", "content", "").status(200).sees("Nobody else can see it.", "Not yet")
	path := ann.at.Path
	site.visitor().open(path).status(404)
	bob := site.signIn(other)
	bob.open(path).status(404)
	bob.open(path + "/edit").status(404)
	bob.post(path, "title", "Mine now", "content", "x", "status", "published").status(409).sees("This post is gone, or not yours to change any more.").seesNot("Not yet")
	bob.post(path + "/delete").status(404)
	ann.open(path+"/edit").submit("Publish", "content", "Now it is.").status(200)
	bob.open(path).status(200).sees("Now it is.")
	bob.open(path + "/edit").status(403)
	bob.post(path, "title", "Mine now", "content", "x", "status", "published").status(409)
	ann.open(path+"/delete").sees("Delete “Not yet”", "For 30 days you can bring it back.").submit("Delete this post").status(200).sees("“Not yet” is deleted.")
	bob.open(path).status(404)
}

func TestAWrongSlugIsRedirected(t *testing.T) {
	site := newSite(t)
	post := modelstest.Post(t, site.Store, modelstest.User(t, site.Store))
	b := site.visitor().open("/posts/" + strings.Split(post.Ref(), "-")[0] + "-wrong").status(200)
	if b.at.Path != post.Path() {
		t.Errorf("at %s, not %s", b.at.Path, post.Path())
	}
}

func TestAPreviewKeepsNothingAndLosesNothing(t *testing.T) {
	site := newSite(t)
	ann := site.signIn(modelstest.User(t, site.Store))
	ann.open("/posts/new").submit("Preview", "title", "T", "content", "# Head\n\n*x*", "tags", "a").status(200)
	if ann.page.Find(".notyet .prose em").Text() != "x" {
		t.Error("no preview")
	}
	ann.submit("Publish").status(200).sees("“T” is published.")
}
