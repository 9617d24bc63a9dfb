package models_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestACommitRefusesWhereUsersHaveChangedSince(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"hana", "kofi", "mai"} {
		o.user(name, func(in *models.NewUser) { in.Metadata = models.Metadata{"city": "Lyon"} })
	}
	i := o.rehearse("username,email,city\nhana,hana@example.com,Oslo\nkofi,kofi@example.com,Rome\nmai,mai@example.com,Lyon\nnew-one,new@example.com,Kyoto\nother,other@example.com,Quito\n")
	if figures(i) != "2 2 1 0 0" {
		t.Fatal(figures(i))
	}
	run(t, o.sql, `update users set metadata = '{"city": "Oslo"}' where username = 'hana'`)
	run(t, o.sql, `update users set metadata = '{"city": "Turin"}' where username = 'mai'`)
	run(t, o.sql, `delete from users where username = 'kofi'`)
	o.user("new-one", func(in *models.NewUser) { in.Email = "else@example.com" })
	before := o.everyone()
	if err := o.CommitImport(modelstest.Context(t), o.admin, i.ID, 0); err != nil {
		t.Fatal(err)
	}
	i = o.await(i, models.ImportRehearsed)
	if o.everyone() != before || o.count("from acts") != 0 || o.count("from audit where kind = 'act.import'") != 0 {
		t.Error("something was written")
	}
	if i.Difference == nil || fmt.Sprint(*i.Difference) != "{4 [{2 hana change same} {3 kofi change create} {4 mai same change} {5 new-one create change}]}" {
		t.Errorf("%+v", i.Difference)
	}
	same(t, o.changes(i), []string{"4 mai city: Turin → Lyon", "5 new-one email: else@example.com → new@example.com", "5 new-one city: none → Kyoto"})
	if figures(i) != "2 2 1 0 0" {
		t.Error(figures(i))
	}
	i = o.commit(i)
	if i.Difference != nil || figures(i) != "2 2 1 0 0" {
		t.Errorf("%+v", i)
	}
	o.check()
}

func TestWhatTheFileDoesNotTouchMayChangeBeforeTheCommit(t *testing.T) {
	o := newOffice(t)
	o.user("hana", func(in *models.NewUser) { in.Metadata = models.Metadata{"city": "Lyon", "club": "A"} })
	i := o.rehearse("username,city\nhana,Oslo\n")
	run(t, o.sql, `update users set name = 'Hana S', age = 30, metadata = metadata || '{"club": "B"}' where username = 'hana'`)
	i = o.commit(i)
	if got := ask[string](t, o.sql, `select concat_ws('|', name, age, metadata) from users where username = 'hana'`); got != `Hana S|30|{"city": "Oslo", "club": "B"}` {
		t.Error(got)
	}
	if i.Difference != nil {
		t.Errorf("%+v", i.Difference)
	}
}

func TestAnotherAdminMayCommitButNotDemoteThemselves(t *testing.T) {
	o := newOffice(t)
	o.user("deputy", func(in *models.NewUser) { in.Role = models.RoleAdmin })
	deputy, err := o.UserByName(modelstest.Context(t), "deputy")
	if err != nil {
		t.Fatal(err)
	}
	i := o.rehearse("username,role\ndeputy,user\n")
	if err := o.CommitImport(modelstest.Context(t), deputy, i.ID, 0); err != nil {
		t.Fatal(err)
	}
	i = o.await(i, models.ImportRehearsed)
	same(t, o.refused(i), []string{"2 role [user] This is you. Ask another admin."})
	if err := o.CommitImport(modelstest.Context(t), deputy, i.ID, 0); !errors.Is(err, models.ErrConflict) || !strings.HasPrefix(err.Error(), "There is nothing to do") {
		t.Error(err)
	}
}

func TestAnImportIsCommittedOnce(t *testing.T) {
	o := newOffice(t)
	second := modelstest.Open(t, o.url)
	i := o.rehearse("username,email\n" + members(3000))
	var wait sync.WaitGroup
	taken := make(chan error, 20)
	for n := range 20 {
		store := []*models.Store{o.Store, second}[n%2]
		wait.Go(func() { taken <- store.CommitImport(modelstest.Context(t), o.admin, i.ID, 0) })
	}
	wait.Wait()
	close(taken)
	committed := 0
	for err := range taken {
		switch {
		case err == nil:
			committed++
		case !errors.Is(err, models.ErrConflict):
			t.Error(err)
		}
	}
	o.await(i, models.ImportCommitted)
	if committed != 1 || o.count("from acts") != 1 || o.count("from users") != 3001 {
		t.Error(committed, o.count("from acts"), o.count("from users"))
	}
}

func members(n int) string {
	var file strings.Builder
	for i := range n {
		fmt.Fprintf(&file, "member-%d,member-%d@example.com\n", i, i)
	}
	return file.String()
}

func TestARestartInTheMiddleLeavesNothingHalfDone(t *testing.T) {
	o := newOffice(t)
	const lines = 60_000
	i := o.upload("username,email\n"+members(lines), byHand)
	for _, step := range []struct {
		begin           func(*models.Store) error
		during, done    string
		usersWhileUnder int
	}{
		{func(s *models.Store) error {
			return s.RehearseImport(modelstest.Context(t), o.admin, i.ID, i.Columns, "", "")
		}, models.ImportRehearsing, models.ImportRehearsed, 1},
		{func(s *models.Store) error { return s.CommitImport(modelstest.Context(t), o.admin, i.ID, 0) }, models.ImportCommitting, models.ImportCommitted, 1},
	} {
		program, err := models.Open(modelstest.Context(t), models.Options{URL: o.url})
		if err != nil {
			t.Fatal(err)
		}
		if err := step.begin(program); err != nil {
			t.Fatal(err)
		}
		for {
			now, err := o.Import(modelstest.Context(t), o.admin, i.ID)
			if err != nil || now.State != step.during {
				t.Fatalf("%+v %v", now, err)
			}
			if now.Done > 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		program.Close() // as when it is stopped
		now, err := o.Import(modelstest.Context(t), o.admin, i.ID)
		if err != nil || now.State != step.during || now.Done >= lines {
			t.Fatalf("%s: %+v %v", step.during, now, err)
		}
		if n := o.count("from users"); n != step.usersWhileUnder {
			t.Errorf("%s: %d users in the middle", step.during, n)
		}
		// Another program takes it up; two that sweep at once do it once.
		other := modelstest.Open(t, o.url)
		for _, store := range []*models.Store{other, o.Store} {
			if err := store.Sweep(modelstest.Context(t)); err != nil {
				t.Fatal(err)
			}
		}
		o.await(i, step.done)
	}
	i, err := o.Import(modelstest.Context(t), o.admin, i.ID)
	if err != nil || figures(i) != fmt.Sprint(lines, " 0 0 0 0") || o.count("from users") != lines+1 || o.count("from act_rows") != lines || o.count("from acts") != 1 {
		t.Errorf("%+v %v %d %d", i, err, o.count("from users"), o.count("from act_rows"))
	}
	o.check()
}

func TestAnUploadWhoseProgramDiedIsOver(t *testing.T) {
	o := newOffice(t)
	// One goes on in another program; of one the program is gone.
	reader, writer := io.Pipe()
	alive := make(chan *models.Import, 1)
	go func() {
		i, err := o.StageImport(modelstest.Context(t), o.admin, models.NewImport{Name: "alive.csv", Size: -1}, reader)
		if err != nil {
			t.Error(err)
		}
		alive <- i
	}()
	io.WriteString(writer, "username,email\n")
	run(t, o.sql, `insert into imports (name, bytes) values ('dead.csv', 12345)`)
	run(t, o.sql, `insert into import_lines (import_id, line, cells) select id, 2, '{a,b}' from imports where name = 'dead.csv'`)
	before5s(t, "the upload has begun", func() bool { return o.count("from imports where name = 'alive.csv'") == 1 })
	other := modelstest.Open(t, o.url)
	if err := other.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	before5s(t, "the dead one fails", func() bool {
		return o.count("from imports where name = 'dead.csv' and state = 'failed' and not kept") == 1
	})
	if o.count("from import_lines") != 0 {
		t.Error("its lines are still there")
	}
	io.WriteString(writer, "new-one,new@example.com\n")
	writer.Close()
	if i := o.await(<-alive, models.ImportRehearsed); figures(i) != "1 0 0 0 0" {
		t.Error(figures(i))
	}
}

func TestLinesThatPostgreSQLHasLostEndTheImport(t *testing.T) {
	o := newOffice(t)
	for _, lost := range []string{"import_lines, import_plans", "import_plans"} {
		i := o.rehearse("username,email\nnew-one,new@example.com\n")
		run(t, o.sql, `truncate `+lost) // as after a crash: the tables are unlogged
		if err := o.CommitImport(modelstest.Context(t), o.admin, i.ID, 0); err != nil {
			t.Fatal(err)
		}
		if i = o.await(i, models.ImportFailed); !strings.HasPrefix(i.Failure.String(), "The database was restarted") {
			t.Error(i.Failure)
		}
	}
	i := o.upload("username,email\nnew-one,new@example.com\n", byHand)
	run(t, o.sql, `truncate import_lines`)
	if err := o.RehearseImport(modelstest.Context(t), o.admin, i.ID, i.Columns, "", ""); err != nil {
		t.Fatal(err)
	}
	o.await(i, models.ImportFailed)
	if o.count("from users") != 1 {
		t.Error("something was imported")
	}
}

func TestAnImportIsThrownAwayInAnyStateButTheLast(t *testing.T) {
	o := newOffice(t)
	ctx := modelstest.Context(t)
	gone := func(i *models.Import) {
		t.Helper()
		if err := o.DropImport(ctx, o.admin, i.ID); err != nil {
			t.Fatal(err)
		}
		before5s(t, "its lines go", func() bool {
			return o.count(fmt.Sprintf("from imports where id = %d and state = 'dropped' and not kept", i.ID)) == 1
		})
	}
	gone(o.upload("username,email\n"+members(10), byHand))
	gone(o.rehearse("username,email\n" + members(10)))
	gone(o.upload("username,email\n" + members(60_000))) // while it is rehearsed

	reader, writer := io.Pipe()
	done := make(chan *models.Import, 1)
	go func() {
		i, err := o.StageImport(ctx, o.admin, models.NewImport{Name: "slow.csv", Size: -1}, reader)
		if err != nil {
			t.Error(err)
		}
		done <- i
	}()
	io.WriteString(writer, "username,email\n")
	before5s(t, "it has begun", func() bool { return o.count("from imports where name = 'slow.csv'") == 1 })
	slow := &models.Import{ID: int64(ask[int](t, o.sql, `select id::int from imports where name = 'slow.csv'`))}
	if err := o.DropImport(ctx, o.admin, slow.ID); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			if _, err := io.WriteString(writer, members(100)); err != nil {
				return
			}
		}
	}()
	if i := <-done; i == nil || i.State != models.ImportDropped {
		t.Errorf("%+v", i)
	}
	reader.Close()
	gone(slow)
	if o.count("from import_lines") != 0 || o.count("from import_plans") != 0 {
		t.Error("lines are left")
	}

	i := o.commit(o.rehearse("username,email\nnew-one,new@example.com\n"))
	if err := o.DropImport(ctx, o.admin, i.ID); !errors.Is(err, models.ErrConflict) {
		t.Error(err)
	}
	for _, err := range []error{o.CommitImport(ctx, o.admin, slow.ID, 0), o.RehearseImport(ctx, o.admin, i.ID, i.Columns, "", "")} {
		if !errors.Is(err, models.ErrConflict) {
			t.Error(err)
		}
	}
	if err := o.DropImport(ctx, o.admin, 999); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
}

func TestOldImportsAreSweptAway(t *testing.T) {
	o := newOffice(t)
	staged := o.upload("username,email\nx-y,x@example.com\n", byHand)
	rehearsed := o.rehearse("username,email\nx-y,x@example.com\n")
	committed := o.commit(o.rehearse("username,email\nx-y,x@example.com\nbad,\n"))
	fresh := o.rehearse("username,email\nnew-one,new@example.com\n")
	run(t, o.sql, `update imports set at = now() - interval '8 days' where id <> $1`, fresh.ID)
	if err := o.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	before5s(t, "the lines go", func() bool { return o.count("from import_lines") == 1 && o.count("from import_plans") == 1 })
	for i, want := range map[*models.Import]string{staged: "failed Nobody went on with it for a week. Nothing was imported.",
		rehearsed: "failed Nobody went on with it for a week. Nothing was imported.", committed: "committed ", fresh: "rehearsed "} {
		now, err := o.Import(modelstest.Context(t), o.admin, i.ID)
		if err != nil || now.State+" "+now.Failure.String() != want || now.Kept != (i == fresh) {
			t.Errorf("%+v %v", now, err)
		}
	}
}

func TestAFailureInsideIsInTheLogAndEndsTheImport(t *testing.T) {
	o := newOffice(t)
	i := o.rehearse("username,email\nnew-one,new@example.com\n")
	run(t, o.sql, `alter table users add constraint users_strange check (username <> 'new-one')`)
	if err := o.CommitImport(modelstest.Context(t), o.admin, i.ID, 0); err != nil {
		t.Fatal(err)
	}
	if i = o.await(i, models.ImportFailed); !strings.HasPrefix(i.Failure.String(), "This is our mistake") {
		t.Error(i.Failure)
	}
	if o.count("from users") != 1 || o.count("from acts") != 0 {
		t.Error("something was imported")
	}
}
