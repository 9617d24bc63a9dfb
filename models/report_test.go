package models_test

import (
	"errors"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAReaderReportsAPostOnceUntilItIsSettled(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	post := modelstest.Post(t, store, ann)
	draft := modelstest.Post(t, store, ann, func(p *models.Post) { p.Status = models.StatusDraft })
	for said, why := range map[string]string{"  ": "Say in a line", strings.Repeat("é", 301): "301 characters, and 300", "a\u202eb": "cannot be shown"} {
		var invalid models.Invalid
		if err := store.ReportPost(ctx, bob, post.ID, said); !errors.As(err, &invalid) || !strings.Contains(invalid["line"].String(), why) {
			t.Errorf("%q: %v", said, err)
		}
	}
	for what, c := range map[string]struct {
		by   *models.User
		post int64
		want error
	}{"a visitor": {nil, post.ID, models.ErrForbidden}, "the author": {ann, post.ID, models.ErrConflict}, "a draft": {admin, draft.ID, models.ErrNotFound},
		"no post": {bob, 999, models.ErrNotFound}} {
		if err := store.ReportPost(ctx, c.by, c.post, "wrong"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if at, err := store.ReportedAt(ctx, bob, post.ID); err != nil || at != nil {
		t.Error(at, err)
	}
	if err := store.ReportPost(ctx, bob, post.ID, " It is \n spam. "); err != nil {
		t.Fatal(err)
	}
	if at, err := store.ReportedAt(ctx, bob, post.ID); err != nil || at == nil {
		t.Error(at, err)
	}
	if err := store.ReportPost(ctx, bob, post.ID, "again"); !errors.Is(err, models.ErrConflict) {
		t.Error("twice:", err)
	}
	if err := store.ReportPost(ctx, admin, post.ID, "I think so too."); err != nil {
		t.Error("somebody else:", err)
	}
	if _, err := store.SettleReports(ctx, ann, post.ID, 0); !errors.Is(err, models.ErrForbidden) {
		t.Error("a user settles:", err)
	}
	open, err := store.OpenReports(ctx, admin, []int64{post.ID, 77})
	if err != nil || len(open) != 2 || open[0].Line != "It is spam." || open[0].By.Username != "bob" || open[0].ClosedAt != nil || open[0].Title != post.Title {
		t.Fatal(open, err)
	}
	if n, err := store.SettleReports(ctx, admin, post.ID, open[0].ID); err != nil || n != 1 {
		t.Error(n, err)
	}
	if n, err := store.SettleReports(ctx, admin, post.ID, open[0].ID); err != nil || n != 0 {
		t.Error("the second admin:", n, err)
	}
	if err := store.ReportPost(ctx, bob, post.ID, "still spam"); err != nil {
		t.Error("after it was settled:", err)
	}
	if n, err := store.SettleReports(ctx, admin, post.ID, 0); err != nil || n != 2 {
		t.Error(n, err)
	}
	settled, err := store.SettledReports(ctx, admin, 2)
	if err != nil || len(settled) != 2 || settled[0].ClosedBy != admin.Name || settled[0].ClosedAt == nil {
		t.Error(settled, err)
	}
	if n, err := store.ReportedPosts(ctx); err != nil || n != 0 {
		t.Error(n, err)
	}
	if got := ask[string](t, conn, `select string_agg(concat_ws('|', kind, actor, target, coalesce(details ->> 'line', details ->> 'lines')), E'\n' order by id) from audit where kind like 'report%'`); got !=
		"report.create|bob|"+post.Title+"|It is spam.\nreport.create|"+admin.Username+"|"+post.Title+"|I think so too.\nreport.settle|"+admin.Username+"|"+post.Title+`|["It is spam."]`+
			"\nreport.create|bob|"+post.Title+"|still spam\nreport.settle|"+admin.Username+"|"+post.Title+`|["I think so too.", "still spam"]` {
		t.Error(got)
	}
}

func TestTwoWindowsMakeOneReport(t *testing.T) {
	store, conn := behind(t)
	post := modelstest.Post(t, store, modelstest.User(t, store))
	bob := modelstest.User(t, store)
	errs := make(chan error)
	for range 8 {
		go func() { errs <- store.ReportPost(modelstest.Context(t), bob, post.ID, "spam") }()
	}
	made := 0
	for range 8 {
		if err := <-errs; err == nil {
			made++
		} else if !errors.Is(err, models.ErrConflict) {
			t.Error(err)
		}
	}
	if n := ask[int](t, conn, "select count(*) from reports"); made != 1 || n != 1 {
		t.Error(made, n)
	}
}

func TestReportingIsThrottledAndNotForTheSuspended(t *testing.T) {
	store, conn := behind(t)
	bob, carl := modelstest.User(t, store), modelstest.User(t, store)
	ann := modelstest.User(t, store)
	run(t, conn, `insert into posts (user_id, title, content, status, published_at) select $1, 'T', 'c', 'published', now() from generate_series(1, 22)`, ann.ID)
	run(t, conn, `update users set suspended_until = now() + interval '1 day' where id = $1`, carl.ID)
	if err := store.ReportPost(modelstest.Context(t), carl, 1, "spam"); !errors.Is(err, models.ErrForbidden) {
		t.Error("suspended:", err)
	}
	for id := range int64(20) {
		if err := store.ReportPost(modelstest.Context(t), bob, id+1, "spam"); err != nil {
			t.Fatal(id, err)
		}
	}
	if _, stopped := tooMany(store.ReportPost(modelstest.Context(t), bob, 21, "spam")); !stopped {
		t.Error("a 21st report in an hour")
	}
}

func TestReportsComeBackWithTheirPostAndTheirReader(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	post, other := modelstest.Post(t, store, ann), modelstest.Post(t, store, ann)
	for _, p := range []*models.Post{post, other} {
		if err := store.ReportPost(ctx, bob, p.ID, "spam"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.SettleReports(ctx, admin, other.ID, 0); err != nil {
		t.Fatal(err)
	}
	const all = `select coalesce(string_agg(r::text, ' ' order by id), '') from reports r`
	before := ask[string](t, conn, all)
	for _, c := range []struct {
		target string
		ids    []int64
		left   string
	}{{"post", []int64{post.ID, other.ID}, ""}, {"user", []int64{ann.ID}, ""}, {"user", []int64{bob.ID, ann.ID}, ""}} {
		act := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{TargetKind: c.target, Kind: "delete", IDs: c.ids}))
		if got := ask[string](t, conn, all); got != c.left {
			t.Errorf("%s: %s is left", c.target, got)
		}
		undo(t, store, admin, act.ID)
		if got := ask[string](t, conn, all); got != before {
			t.Errorf("%s:\n%s\nnot\n%s", c.target, got, before)
		}
	}
	// A reader who goes leaves the report, and is named by it again.
	act := commit(t, store, admin, rehearse(t, store, admin, models.NewRehearsal{TargetKind: "user", Kind: "delete", IDs: []int64{bob.ID}}))
	if n := ask[int](t, conn, "select count(*) from reports where by_id is null"); n != 2 {
		t.Error(n, "reports without a reader")
	}
	undo(t, store, admin, act.ID)
	if got := ask[string](t, conn, all); got != before {
		t.Errorf("%s\nnot\n%s", got, before)
	}
}
