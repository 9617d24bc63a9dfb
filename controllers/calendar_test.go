package controllers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func (s *site) editor() *models.User {
	return modelstest.User(s.t, s.Store, func(in *models.NewUser) { in.Role = models.RoleEditor })
}

func TestEditorsEnterEventsAndEveryoneSeesThem(t *testing.T) {
	s := newSite(t)
	hears(t, s.Store)
	editor := s.editor()
	e, visitor := s.signIn(editor), s.visitor()
	year := time.Now().Year() + 1
	date := func(day string) string { return fmt.Sprintf("%d-%s", year, day) }
	visitor.open("/calendar").sees("Nothing is coming up").seesNot("Enter an event")
	visitor.open("/").seesNot("Coming up").click("Calendar").status(200)
	e.open("/calendar").click("Enter an event").submit("Enter the event", "title", "", "date", "soon", "zone", "Mars").status(422).
		sees("Give the event a title.", "A day looks like 2026-11-21.", "There is no time zone of this name.")
	e.submit("Enter the event", "title", "Baking <b>", "place", "Kitchen & co", "date", date("06-15"), "time", "18:30", "end_time", "17:00", "zone", "Europe/Berlin").status(422).sees("This ends before it begins.")
	e.submit("Enter the event", "end_time", "20:00", "description", "Bring flour.\n\nAnd <i>salt</i>.").status(200).sees("The event “Baking <b>” is entered.", "18:30–20:00", "Kitchen & co", "Europe/Berlin", "And <i>salt</i>.")
	path := e.at.Path
	if e.page.Find("h1 b, .prose i").Length() > 0 || e.page.Find("time").AttrOr("datetime", "") != date("06-15T18:30:00+02:00") {
		t.Error(e.text)
	}
	for range 3 { // kept or not
		visitor.open("/calendar").sees(fmt.Sprint(year), "Baking <b>", "15 June, 18:30–20:00", "Kitchen & co").click("Baking <b>").seesNot("Edit", "By your clock")
		visitor.open("/").sees("Coming up", "Baking <b> 15 June")
	}
	if visitor.open("/calendar/" + strings.Split(strings.TrimPrefix(path, "/calendar/"), "-")[0]); visitor.at.Path != path {
		t.Errorf("without its words it is %s", visitor.at)
	}
	far := modelstest.User(t, s.Store)
	if _, err := s.UpdateUser(modelstest.Context(t), far, far.ID, models.UserChange{TimeZone: new("America/New_York")}); err != nil {
		t.Fatal(err)
	}
	s.signIn(far).open(path).sees("By your clock", "12:30").seesNot("Delete…")
	for _, try := range []string{"/calendar", path, path + "/delete"} {
		s.signIn(far).post(try, "title", "Mine", "date", date("01-01"), "zone", "UTC").status(403)
	}
	// Two tabs.
	other := s.signIn(editor)
	e.open(path + "/edit")
	other.open(path+"/edit").submit("Save the event", "title", "By the other tab", "time", "", "end_time", "", "end_date", date("06-17")).status(200).sees("is saved", "15 June", " – ", "17 June").seesNot("Time zone")
	visitor.open("/calendar").sees("By the other tab").seesNot("Baking")
	e.submit("Save the event", "title", "By this tab").status(422).sees("The event was changed meanwhile.", "What the event is now", "By the other tab")
	if typed := e.page.Find("[name=title]").AttrOr("value", ""); typed != "By this tab" {
		t.Errorf("what was typed is now %q", typed)
	}
	e.submit("Save the event").status(200).sees("“By this tab” is saved", "18:30–20:00")
	// Nothing is lost, and all of it is in the log, with receipts that admins undo.
	admin := s.signIn(modelstest.Admin(t, s.Store))
	e.click("Delete…").sees("Delete the event “By this tab”").submit("Delete this event").status(200).sees("is deleted. An admin can bring it back from receipt")
	visitor.open(e.at.Path).seesNot("By this tab")
	visitor.open("/").seesNot("Coming up")
	visitor.open(path).status(404)
	admin.open("/admin/acts").sees("1 event deleted", "1 event changed")
	admin.open("/admin/acts/3").sees("1 event deleted", "By this tab").submit("Undo").status(200).sees("Taken back for 1 event")
	visitor.open("/calendar").sees("By this tab")
	admin.open("/admin/acts/2").sees("1 event changed", "Begins at", "18:30", "Last day", "By the other tab")
	admin.open("/admin/audit").sees("entered an event", "edited a user, a post or an event", "deleted users, posts, series, comments, files or events")
	admin.open("/calendar/new").submit("Enter the event", "title", "Last year", "date", fmt.Sprintf("%d-01-01", year-2), "zone", "UTC").status(200)
	admin.open(admin.at.Path+"/edit").submit("Save the event", "place", "Here").sees("is saved").click("Receipt 5").sees("1 event changed", "Where", "Here").submit("Undo").sees("Taken back for 1 event")
	admin.open("/admin/acts/5").click("Last year").status(200).seesNot("Here")
	visitor.open("/calendar").seesNot("Last year").click("Past events").sees("Last year")
	visitor.header.Set("Accept-Language", "ru")
	visitor.open("/calendar").sees("Календарь", "15 июня")
}

func TestTheCalendarIsAFileForCalendarPrograms(t *testing.T) {
	s := newSite(t)
	hears(t, s.Store)
	editor := s.editor()
	b := s.visitor()
	b.open("/calendar.ics").status(200)
	if kind := b.head.Get("Content-Type"); kind != "text/calendar; charset=utf-8" || !strings.Contains(b.text, "BEGIN:VTIMEZONE\r\n") {
		t.Errorf("%s\n%s", kind, b.text)
	}
	year := time.Now().Year() + 1
	events := []*models.CalendarEvent{
		{Title: "Semi; comma, back\\slash, 'quote' " + strings.Repeat("Ж", 60), Place: "BEGIN:VEVENT", Description: "One,\n\ntwo;\r\nEND:VEVENT\tx\x0b", Date: fmt.Sprintf("%d-07-01", year), Time: "18:30", EndDate: fmt.Sprintf("%d-07-02", year), EndTime: "01:00", Zone: "Europe/Berlin"},
		{Title: "Whole days", Date: fmt.Sprintf("%d-12-31", year), EndDate: fmt.Sprintf("%d-01-01", year+1), Zone: "Asia/Tokyo"},
		{Title: "A moment", Date: fmt.Sprintf("%d-01-15", year), Time: "08:00", Zone: "America/New_York"},
	}
	for _, event := range events {
		if err := s.CreateCalendarEvent(modelstest.Context(t), editor, event); err != nil {
			t.Fatal(err)
		}
	}
	b.open("/calendar.ics").status(200)
	text := b.text
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n\x0b") || line == "" {
			t.Errorf("the line %q has %d bytes", line, len(line))
		}
	}
	whole := strings.ReplaceAll(text, "\r\n ", "")
	for _, line := range []string{"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "SUMMARY:Semi\\; comma\\, back\\\\slash\\, 'quote' " + strings.Repeat("Ж", 60) + "\r\n", "LOCATION:BEGIN:VEVENT\r\n", "DESCRIPTION:One\\,\\n\\ntwo\\;\\nEND:VEVENT\tx\r\n",
		fmt.Sprintf("DTSTART:%d0701T163000Z\r\nDTEND:%d0701T230000Z\r\n", year, year), fmt.Sprintf("DTSTART;VALUE=DATE:%d1231\r\nDTEND;VALUE=DATE:%d0102\r\nTRANSP:TRANSPARENT\r\n", year, year+1),
		fmt.Sprintf("DTSTART:%d0115T130000Z\r\nSUMMARY:A moment\r\n", year), "URL:" + s.url + events[2].Path() + "\r\n", "SEQUENCE:0\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n"} {
		if !strings.Contains(whole, line) {
			t.Errorf("the file has no %q:\n%s", line, whole)
		}
	}
	if n := strings.Count(whole, "\r\nBEGIN:VEVENT\r\n"); n != 3 {
		t.Errorf("%d events", n)
	}
	// Who has it already is told so; a change is there at once, under the same name.
	etag := b.head.Get("ETag")
	b.header.Set("If-None-Match", etag)
	b.open("/calendar.ics").status(304)
	if _, err := s.UpdateCalendarEvent(modelstest.Context(t), editor, events[2].ID, models.CalendarChange{Title: new("Later")}); err != nil {
		t.Fatal(err)
	}
	b.open("/calendar.ics").status(200)
	if !strings.Contains(b.text, "SEQUENCE:1\r\n") || !strings.Contains(b.text, "SUMMARY:Later\r\n") || uids(b.text) != uids(text) || len(uids(text)) < 100 {
		t.Error(b.text)
	}
	b.open(fmt.Sprintf("/calendar/%d/event.ics", events[2].ID)).status(200)
	if strings.Count(b.text, "BEGIN:VEVENT") != 1 || !strings.Contains(b.text, "SUMMARY:Later\r\n") {
		t.Error(b.text)
	}
}

func uids(file string) (all string) {
	for line := range strings.Lines(file) {
		if strings.HasPrefix(line, "UID:") {
			all += line
		}
	}
	return all
}

func TestProgramsReadAndWriteEvents(t *testing.T) {
	s := newSite(t)
	asEditor, asUser, visitor := s.program(s.editor(), "write"), s.program(modelstest.User(t, s.Store), "write"), s.program(nil, "")
	made := asEditor.call("POST", "/api/calendar", `{"title":"Market","date":"2035-06-01","time":"09:00","end_time":"12:00","zone":"Europe/Berlin","place":"Square"}`).gives(201)
	said(made, `"date":"2035-06-01","time":"09:00","end_time":"12:00","zone":"Europe/Berlin","starts_at":"2035-06-01T07:00:00Z","ends_at":"2035-06-01T10:00:00Z","url":"`+s.url+`/calendar/1-market","version":1`)
	path := made.head.Get("Location")
	said(visitor.call("GET", path, nil).gives(200), `"title":"Market","place":"Square"`)
	said(visitor.call("GET", "/api/calendar", nil).gives(200), `"title":"Market"`)
	if n := len(visitor.call("GET", "/api/calendar?past=true", nil).gives(200).rows()); n != 0 {
		t.Errorf("%d events are over", n)
	}
	changed := asEditor.call("PATCH", path, `{"time":"","end_time":null,"version":1}`).gives(200)
	said(changed, `"date":"2035-06-01","zone"`)
	said(changed, `"ends_at":"2035-06-01T22:00:00Z"`)
	if changed.head.Get("Receipt") != "1" {
		t.Errorf("the receipt is %q", changed.head.Get("Receipt"))
	}
	asEditor.call("PATCH", path, `{"title":"Old","version":1}`).gives(409)
	asEditor.call("PATCH", path, `{"zone":"Mars"}`).gives(422)
	asEditor.call("PATCH", path, `{"colour":"red"}`).gives(422)
	asEditor.call("PUT", path, `{"title":"Fair","date":"2035-06-02"}`).gives(400)
	said(asEditor.call("PUT", path, `{"title":"Fair","date":"2035-06-02","zone":"UTC"}`).gives(200), `"title":"Fair","date":"2035-06-02","zone":"UTC"`)
	asUser.call("PATCH", path, `{"title":"Mine"}`).gives(403)
	asUser.call("POST", "/api/calendar", `{"title":"x","date":"2035-06-01","zone":"UTC"}`).gives(403)
	visitor.call("POST", "/api/calendar", `{"title":"x","date":"2035-06-01","zone":"UTC"}`).gives(401)
	for range 2 {
		asEditor.call("POST", "/api/calendar", `{"title":"More","date":"2036-06-01","zone":"UTC"}`).gives(201)
	}
	first := visitor.call("GET", "/api/calendar?limit=2", nil).gives(200)
	next := strings.TrimPrefix(strings.Split(first.head.Get("Link"), ">")[0], "<"+s.url)
	if n := len(visitor.call("GET", strings.TrimPrefix(next, "<"), nil).gives(200).rows()); n != 1 {
		t.Errorf("the next page, %s, has %d", next, n)
	}
	said(asEditor.call("DELETE", path, nil).gives(200), `"Event 1 deleted"`)
	visitor.call("GET", path, nil).fails(404, "Event not found")
	visitor.call("GET", "/api/calendar/x", nil).fails(404, "Event not found")
	visitor.call("GET", "/api/calendar?after=x", nil).gives(422)
}
