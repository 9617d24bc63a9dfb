package controllers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// publishesOnTime lets the site publish what is due until the test ends.
func (s *site) publishesOnTime() {
	ctx, cancel := context.WithCancel(context.Background())
	var program sync.WaitGroup
	program.Go(func() { s.PublishOnTime(ctx) })
	s.t.Cleanup(func() { cancel(); program.Wait() })
}

func TestAMembersPostIsShownToWhoIsSignedIn(t *testing.T) {
	s := newSite(t)
	hears(t, s.Store)
	ann, ben := modelstest.User(t, s.Store), modelstest.User(t, s.Store)
	own := s.signIn(ann)
	own.open("/posts/new").submit("Publish", "title", "Among ourselves", "content", "The key is under the mat.", "visibility", "members").
		status(200).sees("Among ourselves", "members only", "is published")
	path := own.at.Path
	id := strings.SplitN(strings.TrimPrefix(path, "/posts/"), "-", 2)[0]
	for range 3 { // a page that is kept is kept by now
		visitor := s.visitor()
		visitor.open("/").status(200).seesNot("Among ourselves")
		visitor.open(ann.Path()).status(200).seesNot("Among ourselves")
		for _, address := range []string{path, "/posts/" + id} {
			visitor.open(address).status(403).seesNot("Among", "mat").sees("For members", "Sign in to read it")
			if strings.Contains(visitor.text, "among-ourselves") && address != path {
				t.Error("the page tells the title")
			}
		}
		visitor.click("Sign in to read it").submit("Sign in", "login", ben.Username, "password", modelstest.Password).status(200).sees("The key is under the mat.")
		visitor.open("/").sees("Among ourselves", "members only")
		visitor.open(ann.Path()).sees("Among ourselves")
	}
	reader, member := s.program(nil, ""), s.program(ben, "read")
	reader.get("/api/posts/"+id).fails(404, "Post not found")
	member.get("/api/posts/"+id).gives(200).has("visibility", "members")
	if n := len(reader.get("/api/posts").gives(200).rows()); n != 0 {
		t.Errorf("a visitor's list has %d posts", n)
	}
	if n := len(member.get("/api/posts").gives(200).rows()); n != 1 {
		t.Errorf("a member's list has %d posts", n)
	}
	reader.get(userPath(ann)).gives(200).has("post_count", 0)
	// Opened to everyone, it is there at once; closed again, it is gone at once, kept or not.
	for range 2 {
		own.open(path+"/edit").submit("Save", "visibility", "public").status(200)
		for range 3 {
			s.visitor().open(path).status(200).sees("mat")
			s.visitor().open("/").sees("Among ourselves")
		}
		own.open(path+"/edit").submit("Save", "visibility", "members").status(200)
		s.visitor().open(path).status(403).seesNot("mat")
		s.visitor().open("/").seesNot("Among ourselves")
	}
}

func TestAnUnlistedPostIsReadByWhoHasItsAddressAndStandsInNoList(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	own := s.signIn(ann)
	own.open("/posts/new").submit("Publish", "title", "For the jury", "content", "x", "visibility", "unlisted").status(200).sees("For the jury", "unlisted")
	path := own.at.Path
	for name, b := range map[string]*browser{"a visitor": s.visitor(), "a member": s.signIn(modelstest.User(t, s.Store))} {
		b.open(path).status(200).sees("For the jury")
		if b.page.Find(`meta[name=robots][content=noindex]`).Length() != 1 {
			t.Error("robots may list it, for", name)
		}
		for _, list := range []string{"/", ann.Path(), "/authors", "/search?q=jury"} {
			b.open(list)
			b.seesNot("For the jury")
		}
	}
	own.open(ann.Path()).sees("Unlisted", "For the jury")
	own.open("/").seesNot("For the jury")
	s.program(ann, "read").get("/api/posts?visibility=unlisted").gives(200)
	s.program(nil, "").get("/api/posts?visibility=unlisted").fails(403, "Not allowed")
}

func TestAPostIsScheduledInTheZoneOfItsAuthor(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	berlin, _ := time.LoadLocation("Europe/Berlin")
	if _, err := s.UpdateUser(modelstest.Context(t), ann, ann.ID, models.UserChange{TimeZone: new("Europe/Berlin")}); err != nil {
		t.Fatal(err)
	}
	own := s.signIn(ann)
	// The last Sunday of next March: 02:30 does not come.
	year := time.Now().Year() + 1
	last := time.Date(year, 3, 31, 0, 0, 0, 0, time.UTC)
	last = last.AddDate(0, 0, -int(last.Weekday()))
	gap := last.Format(time.DateOnly) + "T02:30"
	own.open("/posts/new").sees("Europe/Berlin").
		submit("Publish", "title", "Spring", "content", "kept words", "publish_at", gap, "visibility", "members").status(422).
		sees("02:30 does not come on "+last.Format(time.DateOnly), "Europe/Berlin", "kept words")
	if own.page.Find("#publish_at").AttrOr("value", "") != gap || own.page.Find("#publish_at").AttrOr("aria-invalid", "") != "true" ||
		own.page.Find("input[name=visibility][checked]").AttrOr("value", "") != "members" {
		t.Error("what was typed is lost")
	}
	own.submit("Publish", "publish_at", "2020-01-01T10:00").status(422).sees("This moment is past")
	own.submit("Publish", "publish_at", last.Format(time.DateOnly)+"T03:30", "visibility", "public").status(200).
		sees("“Spring” will appear on", "Europe/Berlin", "scheduled", "Appears", "03:30")
	path := own.at.Path
	at := time.Date(year, last.Month(), last.Day(), 3, 30, 0, 0, berlin)
	id := strings.SplitN(strings.TrimPrefix(path, "/posts/"), "-", 2)[0]
	s.program(ann, "read").get("/api/posts/"+id).gives(200).has("status", "scheduled").has("publish_at", at.UTC().Format(time.RFC3339)).has("published_at", nil)
	if typed := own.open(path+"/edit").page.Find("#publish_at").AttrOr("value", ""); typed != last.Format(time.DateOnly)+"T03:30" {
		t.Errorf("the form shows %s", typed)
	}
	own.open(ann.Path()).sees("Scheduled", "Spring", "03:30")
	own.open("/").seesNot("Spring")
	s.visitor().open(path).status(404).seesNot("kept words")
	s.signIn(modelstest.User(t, s.Store)).open(path).status(404)
	// An editor elsewhere sees and means the author's clocks.
	editor := s.signIn(modelstest.User(t, s.Store, func(in *models.NewUser) { in.Role = models.RoleEditor }))
	editor.open(path).status(200).sees("03:30", "Europe/Berlin")
	editor.open(path+"/edit").submit("Save", "title", "Spring, at last").status(200)
	s.program(ann, "read").get("/api/posts/"+id).has("publish_at", at.UTC().Format(time.RFC3339)).has("title", "Spring, at last")
	// The clocks go back: of two the first is meant, and the page says so.
	autumn := time.Date(year, 10, 31, 0, 0, 0, 0, time.UTC)
	autumn = autumn.AddDate(0, 0, -int(autumn.Weekday()))
	own.open(own.open("/posts/"+id).at.Path+"/edit").submit("Save", "publish_at", autumn.Format(time.DateOnly)+"T02:30").status(200).sees("twice", "the first is meant")
	s.program(ann, "read").get("/api/posts/"+id).has("publish_at", time.Date(year, 10, autumn.Day(), 0, 30, 0, 0, time.UTC).Format(time.RFC3339))
	own.open(own.at.Path + "/edit").submit("Take back to the drafts").status(200).sees("saved as a draft")
	own.open(own.at.Path+"/edit").submit("Publish", "publish_at", "").status(200).sees("is published")
	s.visitor().open("/").sees("Spring, at last")
}

func TestAScheduledPostAppearsOnEveryPageOfEveryProgramByItself(t *testing.T) {
	address := modelstest.URL(t)
	here, there := newSiteOver(t, modelstest.Open(t, address)), newSiteOver(t, modelstest.Open(t, address))
	hears(t, here.Store)
	hears(t, there.Store)
	here.publishesOnTime()
	there.publishesOnTime()
	ann := modelstest.User(t, here.Store)
	at := time.Now().Add(1500 * time.Millisecond)
	own := here.program(ann, "write")
	made := own.call("POST", "/api/posts", map[string]any{"title": "On the dot", "content": "x", "publish_at": at.Format(time.RFC3339Nano)}).gives(201).has("status", "scheduled")
	path := made.head.Get("Location")
	for _, s := range []*site{here, there} {
		for range 3 { // the visitors' page is kept
			s.visitor().open("/").seesNot("On the dot")
		}
		s.program(nil, "").get(path).fails(404, "Post not found")
	}
	before := made.head.Get("ETag")
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if b := there.visitor().open("/"); strings.Contains(b.words(), "On the dot") {
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("it does not appear")
		}
	}
	if time.Now().Before(at) {
		t.Error("too early")
	}
	for _, s := range []*site{here, there} {
		s.visitor().open(ann.Path()).sees("On the dot")
		shown := s.program(nil, "").get(path).gives(200).has("status", "published").has("publish_at", nil)
		if shown.head.Get("ETag") == before || shown.values()["published_at"] != at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano) {
			t.Errorf("%s, %s", shown.body, shown.head.Get("ETag"))
		}
		s.program(nil, "").get(userPath(ann)).has("post_count", 1)
	}
}

func TestTheAPISaysWhoReadsAPostAndWhen(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	own := s.program(ann, "write")
	ahead := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	made := own.call("POST", "/api/posts", map[string]any{"title": "T", "content": "c", "visibility": "members", "lang": "de", "publish_at": ahead.Format(time.RFC3339)}).
		gives(201).has("visibility", "members").has("lang", "de").has("status", "scheduled").has("publish_at", ahead.Format(time.RFC3339))
	path := made.head.Get("Location")
	own.call("PUT", path, `{"title": "U", "content": "c"}`).gives(200).has("visibility", "members").has("lang", "de").has("status", "scheduled")
	own.call("PATCH", path, map[string]any{"publish_at": ahead.Add(time.Hour).In(time.FixedZone("", 3600)).Format(time.RFC3339)}).gives(200).
		has("publish_at", ahead.Add(time.Hour).Format(time.RFC3339))
	if n := len(own.get("/api/posts?status=scheduled").gives(200).rows()); n != 1 {
		t.Errorf("%d scheduled posts of one's own", n)
	}
	s.program(nil, "").get(fmt.Sprintf("/api/posts?status=scheduled&user_id=%d", ann.ID)).fails(403, "Not allowed")
	own.call("PATCH", path, `{"publish_at": null}`).fails(422, "A field has a wrong value", "publish_at")
	own.call("PATCH", path, `{"status": "draft", "publish_at": null, "lang": "", "visibility": "unlisted"}`).gives(200).has("status", "draft").has("publish_at", nil).has("lang", "").has("visibility", "unlisted")
	own.call("PATCH", path, `{"status": "published"}`).gives(200).has("status", "published").has("visibility", "unlisted")
	for field, value := range map[string]string{"publish_at": `"2026-11-21T18:30"`, "visibility": `"friends"`, "lang": `"not a language"`, "status": `"secret"`} {
		own.call("PATCH", path, `{"`+field+`": `+value+`}`).fails(422, "A field has a wrong value", field)
	}
	own.call("PATCH", path, `{"status": "draft"}`).gives(200)
	own.call("PATCH", path, `{"status": "published", "publish_at": "2020-01-01T00:00:00Z"}`).fails(422, "A field has a wrong value", "publish_at")
}

func TestAdminsFindPostsByStateAndReaders(t *testing.T) {
	s := newSite(t)
	ann, admin := modelstest.User(t, s.Store), modelstest.Admin(t, s.Store)
	for title, set := range map[string]func(*models.Post){
		"Open": func(p *models.Post) {}, "Inside": func(p *models.Post) { p.Visibility = models.VisibilityMembers },
		"Aside": func(p *models.Post) { p.Visibility = models.VisibilityUnlisted }, "Begun": func(p *models.Post) { p.Status = models.StatusDraft },
		"Ahead": func(p *models.Post) { p.PublishAt = new(time.Now().Add(time.Hour)) },
	} {
		modelstest.Post(t, s.Store, ann, func(p *models.Post) { p.Title = title; set(p) })
	}
	b := s.signIn(admin)
	for query, want := range map[string]string{"": "Open Inside Aside Begun Ahead", "status=published": "Open Inside Aside", "status=scheduled": "Ahead", "status=draft": "Begun",
		"visibility=members": "Inside", "visibility=unlisted": "Aside", "status=published&visibility=public": "Open"} {
		b.open("/admin/posts?" + query).status(200)
		table := b.page.Find("#posts tbody").Text()
		for title := range strings.FieldsSeq("Open Inside Aside Begun Ahead") {
			if strings.Contains(table, title) != strings.Contains(want, title) {
				t.Errorf("?%s: %s", query, title)
			}
		}
		if n := b.page.Find("#posts tbody tr").Length(); n != len(strings.Fields(want)) {
			t.Errorf("?%s: %d rows", query, n)
		}
	}
	b.open("/admin/posts").sees("Scheduled 1", "All posts 5", "Published 3", "members only", "unlisted")
	b.open("/admin/posts?status=" + url.QueryEscape("gone")).status(422).sees("published, scheduled or a draft")
	b.open(fmt.Sprintf("/admin/users/%d", ann.ID)).status(200).sees("3 published, 1 draft, 1 scheduled")
	s.signIn(ann).open("/settings").status(200).sees("And 1 scheduled post.")
	csv := b.open("/admin/exports/posts.csv?columns=title,visibility,status&status=scheduled").status(http.StatusOK)
	if csv.text != "title,visibility,status\nAhead,public,scheduled\n" {
		t.Errorf("%q", csv.text)
	}
}
