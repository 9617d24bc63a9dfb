package controllers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestReadersTalkUnderAPost(t *testing.T) {
	address := modelstest.URL(t)
	site, conn := newSiteOver(t, modelstest.Open(t, address)), modelstest.SQL(t, address)
	site.Listen()
	adminUser := modelstest.Admin(t, site.Store)
	annUser, bobUser := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	post := modelstest.Post(t, site.Store, annUser)
	ann, bob, admin, visitor := site.signIn(annUser), site.signIn(bobUser), site.signIn(adminUser), site.visitor()
	path := post.Path()

	visitor.open(path).open(path).sees("No comments yet", "Sign in to comment").seesNot("Send the comment")
	bob.open(path).submit("Send the comment", "content", " ").status(422).sees("Write something.").seesNot("Report the post a line")
	bob.submit("Send the comment", "content", "Some *fine* <b>words</b>").status(200).sees("Your comment is there.", "1 comment", "Some fine <b>words</b>")
	if bob.at.Path != path || bob.page.Find("#comment-1 .prose em").Text() != "fine" {
		t.Errorf("%s: %s", bob.at, bob.words())
	}
	// The page that was kept in memory for visitors ended with the comment.
	visitor.open(path).sees("1 comment", "Some fine").seesNot("bob@example.com", "Reply", "Hide…", "Delete…")
	if strings.Contains(visitor.text, "bob@") {
		t.Error("the page has an e-mail address")
	}

	// The same form again is the same comment.
	ann.open(path)
	key := ann.page.Find("#write [name=key]").AttrOr("value", "")
	for range 2 {
		ann.post(path+"/comments", "content", "Thanks.", "key", key, "reply", "1").status(200).sees("2 comments")
	}
	// Who goes back to the form and writes other words there loses none.
	ann.post(path+"/comments", "content", "And more.", "key", key, "reply", "1").sees("3 comments", "And more.")
	ann.post("/comments/3/delete").sees("2 comments")
	if site.visitor().open(path).page.Find("#comment-2.reply").Length() != 1 {
		t.Error("the reply is none")
	}
	bob.open(path+"?reply=2").sees("Your reply to ann").submit("Send the reply", "content", strings.Repeat("x", models.MaxComment+1)).status(422).
		sees("The comment is too long", "Your reply to ann").submit("Send the reply", "content", "Welcome.").sees("3 comments")
	if order := bob.page.Find(".talk > li").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("id", "") + s.AttrOr("class", "") }); fmt.Sprint(order) != "[comment-1 comment-2reply comment-4reply]" {
		t.Errorf("%q", order)
	}

	// Changed within a quarter of an hour.
	bob.click("Edit").submit("Save the comment", "content", "").status(422).sees("Write something.").submit("Save the comment", "content", "Better words.").
		sees("Your comment is changed.", "Better words.", "changed").seesNot("fine")
	ann.open("/comments/1/edit").status(403)
	sql(t, conn, "update comments set created_at = created_at - interval '15 minutes' where id = 1")
	bob.post("/comments/1", "content", "Too late.").status(422).sees("A comment can be changed for 15 minutes, and these are over.", "Too late.")

	// Hidden by the post's author, who says why.
	bob.open("/comments/1/hide").status(403)
	ann.open(path).click("Hide…").submit("Hide this comment", "reason", " ").status(422).sees("Give a reason").submit("Hide this comment", "reason", "Too *short*").
		status(200).sees("The comment is hidden.", "by ann", "Too *short*", "2 comments", "Show again")
	visitor.open(path).sees("This comment is hidden.", "2 comments").seesNot("Better words", "Too *short*")
	bob.open(path).sees("Better words", "by ann", "Too *short*").seesNot("Show again")
	admin.open("/admin/audit?person=ann").sees("hid a comment")
	ann.open(path).submit("Show again").sees("The comment is shown again.", "3 comments")

	// Deleted, and brought back.
	ann.open("/comments/1/delete").status(403)
	bob.open("/comments/1/delete").sees("Nothing has changed yet", "Better words").submit("Delete this comment").sees("The comment is deleted.", "This comment is gone.", "2 comments").click("Undo…").
		sees("Better words.").submit("Undo").sees("The comment is back.", "3 comments")
	admin.open("/comments/2").status(200)
	admin.open("/comments/2/delete").submit("Delete this comment").sees("The comment is deleted.", "Receipt").seesNot("Thanks.")
	ann.open("/comments/deleted").sees("And more.").seesNot("Thanks.")
	admin.open("/admin/acts").sees("1 comment deleted", "1 comment hidden", "1 comment shown again")

	// Off: what is there stays.
	ann.open(path+"/edit").submit("Save", "comments", "closed").status(200).sees("Comments on this post are closed.", "2 comments").seesNot("Send the comment")
	bob.post(path+"/comments", "content", "Long words, typed meanwhile.").status(422).sees("Comments on this post are closed.")
	if kept := bob.page.Find("#write textarea").Text(); kept != "Long words, typed meanwhile." {
		t.Errorf("of the words %q are left", kept)
	}
	ann.open(path + "/edit")
	if value := ann.page.Find("[name=comments][checked]").AttrOr("value", ""); value != "closed" {
		t.Errorf("the desk says %q", value)
	}
	ann.submit("Save", "comments", "open").seesNot("are closed")

	// A form whose session has ended is not lost.
	bob.open(path)
	other := site.signIn(bobUser)
	other.open("/settings/sessions").submit("End all others")
	bob.submit("Send the comment", "content", "Long words.").sees("Sign in").submit("Sign in", "login", "bob", "password", modelstest.Password).sees("This was not sent yet", "Long words.").
		submit("Send it now").sees("Your comment is there.", "Long words.")
}

func TestCommentsOfNewUsersWaitInAQueue(t *testing.T) {
	site := newSite(t)
	annUser, bobUser := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store, modelstest.Named("bob"))
	post := modelstest.Post(t, site.Store, annUser)
	ann, bob, admin := site.signIn(annUser), site.signIn(bobUser), site.signIn(modelstest.Admin(t, site.Store))
	editor := site.signIn(modelstest.User(t, site.Store, func(in *models.NewUser) { in.Role = models.RoleEditor }))
	admin.open("/admin/settings").submit("Save the number", "held", "many").status(422).sees("A number from 0 to 100.").submit("Save the number", "held", "2").sees("The first 2 comments of each user wait")
	for _, words := range []string{"one", "two", "three"} {
		bob.open(post.Path()).submit("Send the comment", "content", "Waits "+words).sees("only you see it", "waits for approval", "Waits "+words)
	}
	ann.open(post.Path()).sees("No comments yet").seesNot("Waits one")
	ann.open("/admin/comments").status(403)
	ann.post("/admin/comments/1/approve").status(403)
	ann.post("/admin/comments/1/reject").status(403)
	editor.open("/admin/comments").sees("Waits one", "Waits two", "first 2 comments").seesNot("Statistics")
	admin.open("/admin/comments").sees("Waits three", "Statistics").submit("Approve the comment").sees("The comment is approved", "Receipt", "Waits two").seesNot("Waits one")
	editor.submit("Approve the comment").sees("Somebody else has approved it meanwhile.").submit("Reject the comment").sees("The comment is rejected", "Waits three").seesNot("Waits two")
	editor.post("/admin/comments/2/approve").sees("The comment is gone.")
	site.visitor().open(post.Path()).sees("1 comment", "Waits one").seesNot("Waits three")
	// What is approved is what was read.
	editor.open("/admin/comments")
	bob.open("/comments/3/edit").submit("Save the comment", "content", "Quite other words.")
	editor.submit("Approve the comment").sees("Its author changed the comment meanwhile. Read it again.", "Quite other words.")
	site.visitor().open(post.Path()).sees("1 comment").seesNot("Quite other words.")
	bob.open("/comments/deleted").sees("Nothing is deleted")
	bob.post("/comments/2/restore").status(409)
}

func TestTheCommentsOfAPostHavePages(t *testing.T) {
	address := modelstest.URL(t)
	site := newSiteOver(t, modelstest.Open(t, address))
	ann := modelstest.User(t, site.Store)
	post := modelstest.Post(t, site.Store, ann)
	sql(t, modelstest.SQL(t, address), `insert into comments (post_id, user_id, content, content_html) select $1, $2, 'w', '<p>Words ' || n || '.</p>' from generate_series(1, 55) n`, post.ID, ann.ID)
	b := site.visitor()
	b.open(post.Path()).sees("55 comments", "Words 50.").seesNot("Words 51.").click("Further comments →").sees("Words 51.", "Words 55.").seesNot("Words 50.").click("← First comments").sees("Words 1.")
	b.open("/comments/53").status(200).sees("Words 53.").seesNot("Words 50.")
	if b.at.Path != post.Path() || b.page.Find("#comment-53").Length() != 1 {
		t.Errorf("%s", b.at)
	}
}
