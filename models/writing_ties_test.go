package models_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// bound are the posts of a user with what binds them to others, without ids.
func (s *folder) bound(by *models.User) string {
	s.t.Helper()
	return ask[string](s.t, s.sql, `select coalesce(string_agg(concat_ws(' ', p.title, case when p.comments_closed then 'closed' end,
			(select '[' || concat_ws(' ', z.title, k.position, nullif(z.description, ''), case when not z.is_active then 'closed' end) || ']' from series_posts k join series z on z.id = k.series_id where k.post_id = p.id),
			(select 'with ' || string_agg(u.username, ' ' order by a.position) from post_authors a join users u on u.id = a.user_id where a.post_id = p.id)), ', ' order by p.id), '') from posts p where p.user_id = $1`, by.ID)
}

// unpacked is all text of an archive.
func unpacked(t *testing.T, archive []byte) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range r.File {
		in, err := f.Open()
		if err == nil {
			fmt.Fprintf(&b, "%s %s\n", f.Name, f.Modified)
			_, err = io.Copy(&b, in)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestWhatBindsPostsToOthersIsExportedWithoutLoss brings series, co-authors and closed comments to another site: the archive that it exports
// is the same, byte by byte.
func TestWhatBindsPostsToOthersIsExportedWithoutLoss(t *testing.T) {
	s := newFolder(t)
	ctx := modelstest.Context(t)
	other := newFolder(t)
	for _, site := range []*folder{s, other} {
		for _, name := range []string{"bob", "carl"} {
			modelstest.User(t, site.Store, modelstest.Named(name))
		}
		run(t, site.sql, "update users set time_zone = 'Europe/Berlin'")
	}
	ids := map[string]int64{}
	for i, title := range []string{"A", "B", "C", "D", "E", "F", "G"} {
		ids[title] = modelstest.Post(t, s.Store, s.ann, func(p *models.Post) {
			p.Title, p.CommentsClosed = title, title == "B"
			if title == "C" {
				p.Status = models.StatusDraft
			}
			if title == "A" || title == "F" {
				p.Authors = []*models.User{{Username: "carl"}, {Username: "bob"}}
			}
		}).ID
		run(t, s.sql, `update posts set created_at = d.at, published_at = case when published_at is not null then d.at end, updated_at = '2021-01-01 10:11:12.345678Z'
			from (values ('2020-01-01Z'::timestamptz + $2 * interval '1 day')) d(at) where id = $1`, ids[title], i)
	}
	for _, series := range []struct {
		models.Series
		posts []int64
		open  bool
	}{
		{models.Series{Title: `"Rye": slowly`, Description: "One\n\n- two: `three`"}, []int64{ids["C"], ids["A"], ids["B"]}, true},
		{models.Series{Title: `"Rye": slowly`, Description: "The other"}, []int64{ids["E"], ids["D"]}, false},
	} {
		if err := s.CreateSeries(ctx, s.ann, &series.Series, series.posts); err != nil {
			t.Fatal(err)
		}
		if _, err := s.UpdateSeries(ctx, s.ann, series.ID, models.SeriesChange{IsActive: &series.open}); err != nil {
			t.Fatal(err)
		}
	}
	// What an editor put into a series of theirs is not the author's to take along.
	editor := modelstest.User(t, s.Store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	if err := s.CreateSeries(ctx, editor, &models.Series{Title: "The best"}, []int64{ids["G"]}); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(s.bound(s.ann), " [The best 1]", "", 1)
	ann, err := s.User(ctx, s.ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	archive := s.exported(ann)
	w := other.stage(other.ann, archive)
	if got := strings.Join(other.found(w, "create"), "\n"); w.Created != 7 || !strings.Contains(got, `A, published | It stands in the series “"Rye": slowly”. | With carl, bob as co-authors.`) || strings.Contains(got, "Not taken over") {
		t.Fatalf("%+v\n%s", w, got)
	}
	if n := ask[int](t, other.sql, "select count(*)::int from series"); n != 0 {
		t.Error("the rehearsal began a series")
	}
	w = other.commit(other.ann, w)
	if got := other.bound(other.ann); got != want {
		t.Errorf("%s\nis\n%s", want, got)
	}
	there, err := other.User(ctx, other.ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	if again := other.exported(there); !bytes.Equal(again, archive) {
		t.Errorf("%s\nis\n%s", unpacked(t, archive), unpacked(t, again))
	}
	// Who became a co-author hears of it once.
	if got := ask[string](t, other.sql, "select string_agg(u.username || ' ' || n.kind || ' ' || p.title, ', ' order by u.id) from notices n join users u on u.id = n.user_id join posts p on p.id = n.post_id"); got != "bob author F, carl author F" {
		t.Error(got)
	}
	if got := ask[string](t, other.sql, "select string_agg(kind, ' ' order by id) from audit where target_kind = 'series'"); got != "series.create series.create" {
		t.Error(got)
	}
	// The undo takes along what the import made, and its own undo brings it back; and so again.
	receipt, err := other.UndoWriting(ctx, other.ann, w.ID, false)
	if err != nil || ask[int](t, other.sql, "select count(*)::int from series") != 0 {
		t.Fatal(err, "series are left")
	}
	admin := modelstest.Admin(t, other.Store)
	for _, want := range []string{want, "", want} {
		act, err := other.Undo(ctx, admin, models.UndoOf{Receipt: receipt})
		if err != nil {
			t.Fatal(err)
		}
		receipt = act.ID
		if got := other.bound(other.ann); got != want || want == "" && ask[int](t, other.sql, "select count(*)::int from series") != 0 {
			t.Errorf("%s\nis\n%s", want, got)
		}
	}
	if report, err := other.Check(ctx); err != nil || len(report) > 0 {
		t.Error(report, err)
	}
}

// TestOnlyWhatTheRulesAllowIsBound rehearses files whose series are closed or full, and whose authors nobody knows, or too many.
func TestOnlyWhatTheRulesAllowIsBound(t *testing.T) {
	s := newFolder(t)
	ctx := modelstest.Context(t)
	var many []string
	for i := range 12 {
		many = append(many, modelstest.User(t, s.Store, modelstest.Named(fmt.Sprintf("u%02d", i))).Username)
	}
	run(t, s.sql, "update users set is_active = false where username = 'u00'")
	for _, name := range []string{"ann", "u01"} { // what they were called before leads to them
		run(t, s.sql, "update users set username = 'once-' || username where username = $1", name)
		run(t, s.sql, "update users set username = $1 where username = 'once-' || $1", name)
	}
	kept := modelstest.Post(t, s.Store, s.ann, func(p *models.Post) { p.Title = "Kept" })
	for _, title := range []string{"Closed", "Full", "Open"} {
		series := &models.Series{Title: title}
		if err := s.CreateSeries(ctx, s.ann, series, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.UpdateSeries(ctx, s.ann, series.ID, models.SeriesChange{IsActive: new(title != "Closed")}); err != nil {
			t.Fatal(err)
		}
	}
	run(t, s.sql, "insert into series_posts (series_id, post_id, position) select (select id from series where title = 'Open'), $1, 2", kept.ID)
	run(t, s.sql, `with made as (insert into posts (user_id, title, content) select $1, 'Filler', n::text from generate_series(1, 500) n returning id)
		insert into series_posts (series_id, post_id, position) select (select id from series where title = 'Full'), id, 1 from made`, s.ann.ID)
	text := func(name, front string) file {
		return file{name: name, text: "---\ntitle: " + name + "\ndate: 2014-05-06\n" + front + "\n---\nText of " + name + ", and @u01"}
	}
	w := s.stage(s.ann, packed(t, text("1.md", "series: Closed"), text("2.md", "series: [Full]"), text("3.md", "series: [Open, Another]\npart: 1\ncomments: false"), text("4.md", "series: Open\nseries_order: x\ncomments: [a]"),
		text("5.md", "series: Open\npart: 3\nauthors: [ann, once-ann, Once-u01, '@u01', Jane Doe, nobody, U00, u01]"), text("6.md", "authors: "+strings.Join(many[1:], ", ")), text("7.md", "series: {a: b}\nauthors: {a: b}"),
		text("8.md", "series: "+strings.Repeat("x", 101))))
	if got, want := strings.Join(s.found(w, "create"), "\n"), `1.md: 1.md, published | It stays out of the series “Closed”, which is closed.
2.md: 2.md, published | It stays out of the series “Full”: 500 posts are the most.
3.md: 3.md, published | A post stands in one series. Left out: Another | It stands in the series “Open”.
4.md: 4.md, published | Not taken over: series_order | Not taken over: comments | It stands in the series “Open”.
5.md: 5.md, published | It stands in the series “Open”. | With u01 as co-authors. | Left out of the authors, for no user has this name: Jane Doe, nobody | Left out of the authors, for they are deactivated: u00
6.md: 6.md, published | With u01, u02, u03, u04, u05, u06, u07, u08, u09, u10 as co-authors. | Left out of the authors, for 10 others are the most: u11
7.md: 7.md, published | Not taken over: series | Not taken over: authors
8.md: 8.md, published | Not taken over: series | The title is too long: 101 characters, and 100 are the most.`; got != want {
		t.Errorf("%s\nis not\n%s", got, want)
	}
	// Who is gone by the commit is no co-author: it is rehearsed again, and does nothing.
	run(t, s.sql, "delete from users where username = 'u05'")
	if err := s.CommitWriting(ctx, s.ann, w.ID); err != nil {
		t.Fatal(err)
	}
	if w = s.settle(s.ann, w.ID); !w.Differs || w.State != models.ImportRehearsed || !strings.Contains(s.found(w, "create")[5], "u10, u11 as") {
		t.Fatalf("%+v %q", w, s.found(w, "create"))
	}
	s.commit(s.ann, w)
	if got := ask[string](t, s.sql, `select string_agg(p.title, ' ' order by k.position) from series_posts k join posts p on p.id = k.post_id join series z on z.id = k.series_id where z.title = 'Open'`); got != "3.md Kept 5.md 4.md" {
		t.Error(got)
	}
	// What was written elsewhere names its users by links, and rings no bell: only who became an author is told.
	if got := ask[string](t, s.sql, `select count(*) filter (where content_html like '%<a href="/users/u01" class="mention"%') || ' of ' || count(*) || ', ' || (select count(*) from notices where kind <> 'author') from posts where title like '%.md'`); got != "8 of 8, 0" {
		t.Error(got)
	}
}

// TestTwoImportsOfOneSeriesMakeIt commits two parts of an archive at once; the undo of the one leaves the series to the other.
func TestTwoImportsOfOneSeriesMakeIt(t *testing.T) {
	s := newFolder(t)
	ctx := modelstest.Context(t)
	var both []*models.Writing
	for i := range 2 {
		var files []file
		for n := range 3 {
			part := 2*n + i + 1
			files = append(files, file{name: fmt.Sprintf("%d.md", part), text: fmt.Sprintf("---\ntitle: Part %d\ndate: 2020-01-0%[1]d\nseries: Rye\npart: %[1]d\n---\nText", part)})
		}
		both = append(both, s.stage(s.ann, packed(t, files...)))
	}
	var wait sync.WaitGroup
	for _, w := range both {
		wait.Go(func() {
			if err := s.CommitWriting(ctx, s.ann, w.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for i := range both {
		if both[i] = s.settle(s.ann, both[i].ID); both[i].State != models.ImportCommitted {
			t.Fatalf("%+v", both[i])
		}
	}
	posts := func() string {
		return ask[string](t, s.sql, `select coalesce(string_agg(z.title || ' ' || p.title, ', ' order by k.position), '') || (select ' ' || count(*) from series) from series_posts k join posts p on p.id = k.post_id join series z on z.id = k.series_id`)
	}
	if got := posts(); got != "Rye Part 1, Rye Part 2, Rye Part 3, Rye Part 4, Rye Part 5, Rye Part 6 1" {
		t.Error(got)
	}
	first, second := both[0], both[1]
	if first.ActID > second.ActID {
		first, second = second, first
	}
	for _, undo := range []struct {
		w    *models.Writing
		left int
	}{{first, 1}, {second, 1}} { // the series was made with the first, whose undo left it
		if _, err := s.UndoWriting(ctx, s.ann, undo.w.ID, false); err != nil {
			t.Fatal(err)
		}
		if got := ask[int](t, s.sql, "select count(*)::int from series"); got != undo.left {
			t.Errorf("%d series are left: %s", got, posts())
		}
	}
	admin := modelstest.Admin(t, s.Store)
	receipt := ask[int64](t, s.sql, "select max(id) from acts")
	if _, err := s.Undo(ctx, admin, models.UndoOf{Receipt: receipt}); err != nil || strings.Count(posts(), "Rye") != 3 {
		t.Error(err, posts())
	}
}
