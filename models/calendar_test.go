package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func isEditor(in *models.NewUser) { in.Role = models.RoleEditor }

func TestEventsHaveADateATimeAndAZone(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	editor, user := modelstest.User(t, store, isEditor), modelstest.User(t, store)
	event := func(set ...func(*models.CalendarEvent)) *models.CalendarEvent {
		e := &models.CalendarEvent{Title: "  Baking  together ", Place: "Kitchen", Date: "2027-06-01", Time: "18:30:00", Zone: "Europe/Berlin"}
		for _, set := range set {
			set(e)
		}
		return e
	}
	made := event()
	if err := store.CreateCalendarEvent(ctx, editor, made); err != nil || made.Title != "Baking together" || made.Time != "18:30" || made.Version != 1 {
		t.Fatal(made, err)
	}
	if got := made.Starts().UTC().Format(time.RFC3339); got != "2027-06-01T16:30:00Z" || !made.StartsAt.Equal(made.Starts()) || made.OverAt.UTC().Format(time.RFC3339) != "2027-06-01T22:00:00Z" {
		t.Errorf("it begins %s, and is over %s", got, made.OverAt)
	}
	for _, by := range []*models.User{nil, user} {
		if err := store.CreateCalendarEvent(ctx, by, event()); !errors.Is(err, models.ErrForbidden) {
			t.Error(err)
		}
		if _, err := store.UpdateCalendarEvent(ctx, by, made.ID, models.CalendarChange{}); !errors.Is(err, models.ErrForbidden) {
			t.Error(err)
		}
		if _, err := store.DeleteCalendarEvent(ctx, by, made.ID); !errors.Is(err, models.ErrForbidden) {
			t.Error(err)
		}
	}
	for name, wrong := range map[string]func(*models.CalendarEvent){
		"no title": func(e *models.CalendarEvent) { e.Title = "\u200b" }, "a long title": func(e *models.CalendarEvent) { e.Title = strings.Repeat("x", 101) },
		"a title with marks of direction": func(e *models.CalendarEvent) { e.Title = "a\u202eb" }, "a long place": func(e *models.CalendarEvent) { e.Place = strings.Repeat("ж", 201) },
		"a zero": func(e *models.CalendarEvent) { e.Description = "a\x00" }, "a long description": func(e *models.CalendarEvent) { e.Description = strings.Repeat("x", 2001) },
		"no date": func(e *models.CalendarEvent) { e.Date = "" }, "a day that is none": func(e *models.CalendarEvent) { e.Date = "2027-02-29" }, "long ago": func(e *models.CalendarEvent) { e.Date = "0001-01-01" },
		"another time": func(e *models.CalendarEvent) { e.Time = "25:00" }, "no zone": func(e *models.CalendarEvent) { e.Zone = "" }, "another zone": func(e *models.CalendarEvent) { e.Zone = "Mars/Olympus" },
		"this machine's zone": func(e *models.CalendarEvent) { e.Zone = "Local" }, "a path": func(e *models.CalendarEvent) { e.Zone = "../../etc/passwd" },
		"a time that does not come": func(e *models.CalendarEvent) { e.Date, e.Time = "2027-03-28", "02:30" }, "an end that does not come": func(e *models.CalendarEvent) { e.Date, e.Time, e.EndTime = "2027-03-28", "01:30", "02:30" },
		"an end before": func(e *models.CalendarEvent) { e.EndTime = "18:00" }, "an end the day before": func(e *models.CalendarEvent) { e.EndDate, e.EndTime = "2027-05-31", "20:00" },
		"an end's day without its time": func(e *models.CalendarEvent) { e.EndDate = "2027-06-02" }, "only the end's time": func(e *models.CalendarEvent) { e.Time, e.EndTime = "", "18:00" },
		"whole days the wrong way": func(e *models.CalendarEvent) { e.Time, e.EndDate = "", "2027-05-30" },
	} {
		e := event(wrong)
		if err := store.CreateCalendarEvent(ctx, editor, e); len(fields(err)) != 1 || e.ID != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The database has the last word.
	for sql, constraint := range map[string]string{
		"update calendar_events set title = ''":                                 "calendar_title_given",
		"update calendar_events set event_date = '0001-01-01'":                  "calendar_dates",
		"update calendar_events set event_date = 'infinity'":                    "calendar_dates",
		"update calendar_events set event_time = '24:00'":                       "calendar_times",
		"update calendar_events set event_time = null, end_time = '20:00'":      "calendar_end_timed",
		"update calendar_events set end_date = '2027-06-02', end_time = null":   "calendar_end_timed",
		"update calendar_events set end_date = '2027-05-02', event_time = null": "calendar_end_later",
		"update calendar_events set end_time = '18:00'":                         "calendar_end_later",
	} {
		_, got, err := refused(t, conn, sql)
		var invalid models.Invalid
		if got != constraint || !errors.As(models.Explain(err), &invalid) {
			t.Errorf("%s: %s, %v", sql, got, err)
		}
	}
	// What comes twice is meant the first time; whole days and nights count.
	for _, span := range []struct {
		set                func(*models.CalendarEvent)
		starts, ends, over string
	}{
		{func(e *models.CalendarEvent) { e.Date, e.Time = "2027-10-31", "02:30" }, "2027-10-31T00:30:00Z", "", "2027-10-31T23:00:00Z"},
		{func(e *models.CalendarEvent) { e.EndTime = "20:00" }, "2027-06-01T16:30:00Z", "2027-06-01T18:00:00Z", "2027-06-01T18:00:00Z"},
		{func(e *models.CalendarEvent) { e.EndDate, e.EndTime = "2027-06-02", "01:00" }, "2027-06-01T16:30:00Z", "2027-06-01T23:00:00Z", "2027-06-01T23:00:00Z"},
		{func(e *models.CalendarEvent) { e.Time, e.EndDate = "", "2027-06-03" }, "2027-05-31T22:00:00Z", "2027-06-02T22:00:00Z", "2027-06-03T22:00:00Z"},
		{func(e *models.CalendarEvent) { e.Time, e.Zone, e.EndDate = "", "UTC", "2027-06-01" }, "2027-06-01T00:00:00Z", "2027-06-01T00:00:00Z", "2027-06-02T00:00:00Z"},
	} {
		e := event(span.set)
		if err := store.CreateCalendarEvent(ctx, editor, e); err != nil {
			t.Error(err)
			continue
		}
		ends := ""
		if at, ok := e.Ends(); ok {
			ends = at.UTC().Format(time.RFC3339)
		}
		if starts, over := e.Starts().UTC().Format(time.RFC3339), e.OverAt.UTC().Format(time.RFC3339); starts != span.starts || ends != span.ends || over != span.over {
			t.Errorf("%+v is from %s to %s, and over %s", e, starts, ends, over)
		}
	}
	run(t, conn, `insert into suspensions (user_id, reason, until) values ($1, 'x', now() + interval '1 day')`, editor.ID)
	var suspended *models.Suspended
	if err := store.CreateCalendarEvent(ctx, editor, event()); !errors.As(err, &suspended) {
		t.Error(err)
	}
	run(t, conn, `update suspensions set ended_at = now(); update users set role = 'user' where id = `+fmt.Sprint(editor.ID))
	if err := store.CreateCalendarEvent(ctx, editor, event()); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("an editor by an older session: %v", err)
	}
}

func TestEventsToComeAreListedFromTheNextAndPastOnesFromTheLast(t *testing.T) {
	store, _ := behind(t)
	ctx := modelstest.Context(t)
	editor := modelstest.User(t, store, isEditor)
	today := time.Now().UTC()
	for _, days := range []int{3, -5, 1, -400, 0, -1, 2} {
		day := today.AddDate(0, 0, days).Format(time.DateOnly)
		if err := store.CreateCalendarEvent(ctx, editor, &models.CalendarEvent{Title: fmt.Sprint("Day ", days), Date: day, Zone: "UTC"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, list := range []struct {
		past bool
		want string
	}{{false, "Day 0, Day 1, Day 2, Day 3"}, {true, "Day -1, Day -5, Day -400"}} {
		var titles []string
		ask, pages := models.CalendarList{Past: list.past, Limit: 2}, 0
		for more := true; more; pages++ {
			var events []*models.CalendarEvent
			var err error
			if events, more, err = store.CalendarEvents(ctx, ask); err != nil || len(events) == 0 || pages > 5 {
				t.Fatal(events, err)
			}
			for _, e := range events {
				titles = append(titles, e.Title)
				ask.After = e.Key()
			}
		}
		if got := strings.Join(titles, ", "); got != list.want || pages != 2 {
			t.Errorf("%v: %s on %d pages", list.past, got, pages)
		}
	}
	file, err := store.CalendarFile(ctx)
	if err != nil || len(file) != 6 || file[0].Title != "Day -5" || file[5].Title != "Day 3" {
		t.Errorf("the file has %v, %v", file, err)
	}
}

func TestWhatIsDoneToEventsIsLoggedAndCanBeUndone(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	editor, admin := modelstest.User(t, store, isEditor), modelstest.Admin(t, store)
	event := &models.CalendarEvent{Title: "Market", Place: "Square", Date: "2027-06-01", Time: "09:00", EndTime: "12:00", Zone: "Europe/Berlin"}
	if err := store.CreateCalendarEvent(ctx, editor, event); err != nil {
		t.Fatal(err)
	}
	changed, err := store.UpdateCalendarEvent(ctx, editor, event.ID, models.CalendarChange{Title: new("Fair"), Time: new(""), EndTime: new(""), Version: 1})
	if err != nil || changed.Receipt == 0 || changed.Version != 2 || changed.Title != "Fair" || changed.Place != "Square" || !changed.AllDay() {
		t.Fatal(changed, err)
	}
	if _, err := store.UpdateCalendarEvent(ctx, editor, event.ID, models.CalendarChange{Title: new("Late"), Version: 1}); !errors.Is(err, models.ErrStaleEvent) {
		t.Error(err)
	}
	if same, err := store.UpdateCalendarEvent(ctx, editor, event.ID, models.CalendarChange{Title: new("Fair")}); err != nil || same.Receipt != 0 {
		t.Errorf("nothing changed, with the receipt %d, %v", same.Receipt, err)
	}
	if _, err := store.UpdateCalendarEvent(ctx, editor, 999, models.CalendarChange{}); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
	// A change is taken back, unless something newer stands in the way.
	undo, err := store.Undo(ctx, admin, models.UndoOf{Receipt: changed.Receipt})
	if err != nil {
		t.Fatal(err)
	}
	if back, err := store.CalendarEvent(ctx, event.ID); err != nil || back.Title != "Market" || back.Time != "09:00" || back.EndTime != "12:00" || back.StartsAt != event.StartsAt || back.Version == changed.Version {
		t.Error(back, err)
	}
	if _, err := store.UpdateCalendarEvent(ctx, editor, event.ID, models.CalendarChange{Title: new("Again")}); err != nil {
		t.Error(err)
	}
	var way *models.InTheWay
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: undo.ID}); !errors.As(err, &way) {
		t.Error(err)
	}
	before, err := store.CalendarEvent(ctx, event.ID)
	if err != nil {
		t.Fatal(err)
	}
	gone, err := store.DeleteCalendarEvent(ctx, editor, event.ID)
	if err != nil || gone.Receipt == 0 {
		t.Fatal(err)
	}
	if _, err := store.CalendarEvent(ctx, event.ID); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
	if _, err := store.DeleteCalendarEvent(ctx, editor, event.ID); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
	// It comes back as it was, also when who entered it is gone.
	if _, err := store.DeleteUser(ctx, admin, editor.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Undo(ctx, admin, models.UndoOf{Receipt: gone.Receipt}); err != nil {
		t.Fatal(err)
	}
	after, err := store.CalendarEvent(ctx, event.ID)
	if err != nil || *after != *before {
		t.Errorf("%+v came back as %+v, %v", before, after, err)
	}
	if kinds := ask[string](t, conn, `select string_agg(kind, ' ' order by id) from audit where target_kind = 'event'`); kinds != "event.create act.edit act.undo act.edit act.delete act.undo" {
		t.Errorf("the log has %s", kinds)
	}
	if target := ask[string](t, conn, `select target from audit where kind = 'act.delete' and target_kind = 'event'`); target != "Again" {
		t.Error(target)
	}
}
