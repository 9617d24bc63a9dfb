package controllers_test

import (
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestEachSaveIsARevisionWithAuthorAndTime(t *testing.T) {
	site := newSite(t)
	owner := modelstest.User(t, site.Store, modelstest.Named("ann"))
	editor := modelstest.User(t, site.Store, modelstest.Named("edd"), func(in *models.NewUser) { in.Role = models.RoleEditor })
	ann, ed := site.signIn(owner), site.signIn(editor)
	ann.open("/posts/new").submit("Save draft", "title", "Bread", "content", "Flour and water.", "tags", "bread").status(200)
	path := strings.TrimSuffix(ann.at.Path, "-bread")
	ann.open(path + "/edit").submit("Publish").status(200) // a save that changes no word is no revision
	ed.open(path+"/edit").submit("Save", "content", "Flour, salt and water.", "title", "Good bread").status(200)
	ann.open(path).click("Revisions").status(200).sees("newest", "edd", "ann")
	if rows := ann.page.Find("tbody tr"); rows.Length() != 2 || !strings.Contains(rows.Eq(0).Text(), "edd") || !strings.Contains(rows.Eq(1).Text(), "ann") {
		t.Fatalf("the revisions are %s", ann.words())
	}
	ann.click("What changed").status(200)
	if got := ann.page.Find(".diff ins").Text(); got != "Good b"+", salt" && !strings.Contains(got, ", salt") {
		t.Errorf("added is %q", got)
	}
	if got := ann.page.Find(".diff").Eq(1).Find("del").Text(); got != "" {
		t.Errorf("taken away is %q", got)
	}
	ann.open(path+"/revisions/1").status(200).sees("Flour and water.", "Revision 1 of “Good bread”").submit("Compare", "with", "2").status(200)
	ann.open(path + "/revisions/2?with=1").status(200)
	site.signIn(modelstest.User(t, site.Store)).open(path + "/revisions").status(403)

	// Restore: it is a revision itself.
	ann.open(path+"/revisions/1").submit("Restore revision 1").status(200).sees("“Bread” says again what it said in revision 1. That is revision 3.", "Flour and water.")
	ann.open(path + "/revisions/2").status(200).sees("Flour, salt and water.")
	// Whoever restores while somebody else saves is told first.
	ann.open(path + "/revisions/2")
	ed.open(path+"/edit").submit("Save", "content", "Flour, yeast and water.").status(200)
	ann.submit("Restore revision 2").status(200).sees("Nothing was restored: revision 4 was saved meanwhile.", "yeast")
	ann.submit("Restore revision 2").status(200).sees("That is revision 5.")
	ed.open(path + "/revisions/4").sees("Flour, yeast and water.")
}

func TestTwoTabsAreMergedAndNothingIsLost(t *testing.T) {
	site := newSite(t)
	owner := modelstest.User(t, site.Store, modelstest.Named("ann"))
	post := modelstest.Post(t, site.Store, owner, func(p *models.Post) {
		p.Title, p.Content, p.Tags = "Bread", "First paragraph here.\n\nSecond paragraph here.\n\nThird paragraph here.", models.Tags{"bread", "old"}
	})
	one, two, three := site.signIn(owner), site.signIn(owner), site.signIn(owner)
	for _, tab := range []*browser{one, two, three} {
		tab.open(post.Path() + "/edit")
	}
	one.submit("Save", "content", "First passage here.\n\nSecond paragraph here.\n\nThird paragraph here.", "tags", "bread, old, one").status(200)
	two.submit("Save", "content", "First paragraph here.\r\n\r\nSecond paragraph here.\r\n\r\nThird one here.", "tags", "bread, two", "title", "Rye bread").status(409).
		sees("Two versions of “Bread”", "You saved this post in another window", "No words were changed by both.", "Your version", "Saved meanwhile by ann")
	if ins := two.page.Find(".versions ins").Text(); !strings.Contains(ins, "passage") || !strings.Contains(ins, "one") {
		t.Errorf("what differs is not marked: %q", ins)
	}
	merged := "First passage here.\n\nSecond paragraph here.\n\nThird one here."
	if got := strings.TrimPrefix(two.page.Find("textarea").Text(), "\n"); got != merged {
		t.Errorf("merged is %q", got)
	}
	// Meanwhile a third tab saves as well.
	three.submit("Save", "content", "First paragraph here.\n\nSecond and a half here.\n\nThird paragraph here.").status(409)
	three.submit("Save the merged post").status(200)
	two.submit("Save the merged post").status(409)
	two.submit("Save the merged post").status(200).sees("First passage here.", "Second and a half here.", "Third one here.", "Rye bread", "one", "two").seesNot("old")
	two.open(post.Path() + "/revisions").sees("4")
	// The same form sent twice is one save.
	again := site.signIn(owner).open(post.Path() + "/edit")
	twin := site.signIn(owner).open(post.Path() + "/edit")
	again.submit("Save", "content", "All new.").status(200)
	twin.submit("Save", "content", "All new.").status(200)
}

func TestWhatBothChangedIsMarkedAndIsNotSavedWithTheMarks(t *testing.T) {
	site := newSite(t)
	owner := modelstest.User(t, site.Store, modelstest.Named("ann"))
	editor := modelstest.User(t, site.Store, modelstest.Named("edd"), func(in *models.NewUser) { in.Role = models.RoleEditor })
	post := modelstest.Post(t, site.Store, owner, func(p *models.Post) { p.Title, p.Content = "Bread", "Same before.\n\nRye is good.\n\nSame after." })
	ann, ed := site.signIn(owner), site.signIn(editor)
	ann.open(post.Path() + "/edit")
	ed.open(post.Path()+"/edit").submit("Save", "content", "Same before.\n\nWheat is good.\n\nSame after.", "title", "Wheat").status(200)
	ann.submit("Save", "content", "Same before.\n\nSpelt is good.\n\nSame after.", "title", "Spelt").status(409).
		sees("edd saved this post while you were writing: revision 2.", "1 place was changed by both", "Both changed the title. Yours stands here; the other is “Wheat”.",
			"<<<<<<< Your version Spelt is good. ======= Wheat is good. >>>>>>> Saved meanwhile by edd")
	ann.submit("Save the merged post").status(422).sees("1 place still has both versions.", "Spelt is good.", "Wheat is good.")
	ann.submit("Save").status(422).sees("1 place still has both versions.")
	ann.submit("Save", "content", "Same before.\n\nSpelt and wheat are good.\n\nSame after.").status(200).sees("Spelt and wheat are good.")
	// Who writes about marks may have such a line.
	ann.open(post.Path()+"/edit").submit("Save", "content", "Git says:\n\n<<<<<<< Your version\n").status(200)
	ann.open(post.Path()+"/edit").submit("Save", "content", "Same before.\n\nSpelt and wheat are good.\n\nSame after.").status(200)
	// A form that does not say what it was made from overwrites nothing.
	ann.post(post.Path(), "title", "Mine", "content", "Mine.", "status", "published").status(409).sees("Spelt and wheat are good.", "Mine.")
	// The preview of what was merged goes on from the newer revision.
	ann.open(post.Path() + "/edit")
	ed.open(post.Path()+"/edit").submit("Save", "content", "Ed was here.\n\nSpelt and wheat are good.\n\nSame after.").status(200)
	ann.submit("Save", "content", "Same before.\n\nSpelt and wheat are good.\n\nAnn was here.").status(409).submit("Preview").status(200).
		submit("Save").status(200).sees("Ed was here.", "Ann was here.")
}
