package controllers_test

import (
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAStaleFormTakesNoPublishedPostBackSilently(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title, p.Content, p.Status = "Bread", "Flour.", models.StatusDraft })
	one, two := site.signIn(ann), site.signIn(ann)
	one.open(post.Path() + "/edit")
	two.open(post.Path() + "/edit")
	one.submit("Publish").status(200)
	two.submit("Save draft").status(409).sees("The settings of this post were changed while you were writing.", "Your version: draft", "Saved meanwhile: published", "Flour.").
		seesNot("Who reads it", "Appears", "Written with", "Language of the post")
	if now, err := site.Store.EditablePost(modelstest.Context(t), ann, post.ID); err != nil || !now.IsPublished() {
		t.Fatal("it is taken back silently", err)
	}
	// What was typed is what is chosen, until somebody chooses the other.
	two.submit("Save the merged post").status(200).sees("“Bread” is saved as a draft.")
	one.open(post.Path() + "/edit")
	two.open(post.Path() + "/edit")
	one.submit("Publish").status(200)
	two.submit("Save draft", "content", "Rye.").status(409)
	two.submit("Save the merged post", "status", "published").status(200).sees("Rye.", "“Bread” is published.")
	// Who sends the same form twice, or changes what nobody else did, is asked nothing.
	one.open(post.Path() + "/edit")
	two.open(post.Path() + "/edit")
	one.submit("Save", "visibility", "members").status(200)
	two.submit("Save", "visibility", "members").status(200)
	one.open(post.Path() + "/edit")
	two.open(post.Path() + "/edit")
	one.submit("Save", "content", "Rye and salt.").status(200)
	two.submit("Save", "visibility", "public", "content", "Rye and salt.").status(200)
}

func TestEachSettingThatTwoSetIsShownInWordsAndChosen(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"), func(in *models.NewUser) { in.TimeZone = "Europe/Paris" })
	for _, name := range []string{"bob", "cem"} {
		modelstest.User(t, site.Store, modelstest.Named(name))
	}
	post := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title, p.Content, p.Status = "Bread", "Flour.", models.StatusDraft })
	one, two := site.signIn(ann), site.signIn(ann)
	one.open(post.Path() + "/edit")
	two.open(post.Path() + "/edit")
	next := time.Now().Year() + 1
	at := time.Date(next, 5, 1, 9, 30, 0, 0, time.UTC).Format("2006-01-02T15:04")
	one.submit("Publish", "visibility", "members", "publish_at", at, "authors", "bob", "lang", "fr").status(200)
	two.submit("Save draft", "visibility", "unlisted", "authors", "cem", "lang", "de").status(409).
		sees("You saved this post in another window", // the language is of the text
			"Your version: draft", "Saved meanwhile: scheduled", "Your version: Unlisted", "Saved meanwhile: Members", "Your version: when it is published", "09:30 Europe/Paris",
			"Your version: cem", "Saved meanwhile: bob", "Your version: Deutsch", "Saved meanwhile: Français")
	// A third save in between is met by the same page, also after a preview.
	one.open(post.Path()+"/edit").submit("Take back to the drafts", "visibility", "public").status(200)
	two.submit("Save the merged post", "visibility", "members").status(409).sees("Your version: Members", "Saved meanwhile: Everyone").submit("Preview").status(200).
		submit("Save draft").status(200)
	now, err := site.Store.EditablePost(modelstest.Context(t), ann, post.ID)
	if err != nil || !now.IsDraft() || now.Visibility != models.VisibilityMembers || now.AuthorList() != "cem" || now.Lang != "de" || now.PublishAt != nil {
		t.Errorf("%+v %v", now, err)
	}
	// All that the other one set is as easily chosen.
	one.open(post.Path() + "/edit")
	two.open(post.Path() + "/edit")
	one.submit("Publish", "visibility", "public", "publish_at", at, "authors", "", "lang", "fr").status(200)
	two.submit("Save draft", "visibility", "unlisted").status(409)
	values := []string{}
	for _, name := range []string{"status", "visibility", "publish_at", "authors", "lang"} {
		choices := two.page.Find("form [name='" + name + "'][type=radio]")
		if choices.Length() != 2 {
			t.Fatalf("%d choices of %s", choices.Length(), name)
		}
		values = append(values, name, choices.Eq(1).AttrOr("value", "?"))
	}
	two.submit("Save the merged post", values...).status(200).sees("will appear on")
	now, err = site.Store.EditablePost(modelstest.Context(t), ann, post.ID)
	if err != nil || !now.IsScheduled() || now.Visibility != models.VisibilityPublic || now.AuthorList() != "" || now.Lang != "fr" || now.PublishAt == nil {
		t.Errorf("%+v %v", now, err)
	}
	// A co-author who left is not brought back by an older form, nor does a form that says nothing of what it showed overwrite anything.
	one.open(post.Path()+"/edit").submit("Take back to the drafts", "authors", "bob").status(200)
	two.open(post.Path() + "/edit")
	bob, err := site.Store.UserByName(modelstest.Context(t), "bob")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := site.Store.LeavePost(modelstest.Context(t), bob, post.ID); err != nil {
		t.Fatal(err)
	}
	two.submit("Save draft").status(409).sees("Your version: bob", "Saved meanwhile: nobody else")
	two.post(post.Path(), "title", "Bread", "content", "Flour.", "revision", two.page.Find("[name=revision]").AttrOr("value", ""), "status", "published").status(409)
}
