package models_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// TestAnotherProgramGoesOnWithAnImport breaks imports off at each step, as a program that ends does, and lets another one sweep.
func TestAnotherProgramGoesOnWithAnImport(t *testing.T) {
	s := newFolder(t)
	other := modelstest.Open(t, s.url)
	var files []file
	for i := range 120 {
		files = append(files, file{name: fmt.Sprintf("%d.md", i), text: fmt.Sprintf("---\ntitle: Number %d\ndate: 2020-01-01\n---\nText", i)})
	}
	archive := packed(t, files...)
	sweep := func(id int64) *models.Writing {
		t.Helper()
		if err := other.Sweep(modelstest.Context(t)); err != nil {
			t.Fatal(err)
		}
		return s.settle(s.ann, id)
	}
	w := s.stage(s.ann, archive)
	run(t, s.sql, "delete from writing_files where position >= 50")
	run(t, s.sql, "update writings set state = 'rehearsing', done = 50, created = 0")
	if w = sweep(w.ID); w.State != models.ImportRehearsed || w.Created != 120 || w.Done != 120 {
		t.Fatalf("%+v", w)
	}
	run(t, s.sql, "update writings set state = 'committing'")
	if w = sweep(w.ID); w.State != models.ImportCommitted || ask[int](t, s.sql, "select count(*)::int from posts") != 120 || ask[int](t, s.sql, "select count(*)::int from acts") != 1 {
		t.Fatalf("%+v", w)
	}
	// What PostgreSQL lost in a crash ends the import, and nothing else.
	for _, lost := range []string{"writing_files", "writing_pieces, writing_files"} {
		bob := modelstest.User(t, s.Store)
		w := s.stage(bob, archive)
		run(t, s.sql, "truncate "+lost)
		run(t, s.sql, "update writings set state = 'committing' where id = $1", w.ID)
		if w, err := s.Writing(modelstest.Context(t), bob, w.ID); err != nil || w.State != models.ImportCommitting {
			t.Fatal(w, err)
		}
		if err := other.Sweep(modelstest.Context(t)); err != nil {
			t.Fatal(err)
		}
		if w := s.settle(bob, w.ID); w.State != models.ImportFailed || !strings.HasPrefix(w.Failure.String(), "The database was restarted") {
			t.Errorf("%+v", w)
		}
	}
	// Who asked for it was suspended meanwhile.
	eve := modelstest.User(t, s.Store, modelstest.Named("eve"))
	late := s.stage(eve, archive)
	run(t, s.sql, "insert into suspensions (user_id, reason, until) values ($1, 'Spam', now() + interval '1 day')", eve.ID)
	if err := s.CommitWriting(modelstest.Context(t), eve, late.ID); err == nil {
		t.Error("who is suspended commits")
	}
	run(t, s.sql, "update writings set state = 'committing' where id = $1", late.ID)
	if err := other.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if w := s.settle(eve, late.ID); w.State != models.ImportFailed || !strings.HasPrefix(w.Failure.String(), "Who asked for it may no longer do so.") {
		t.Errorf("%+v", w)
	}
	// An upload that breaks off says so; of one whose program has gone the next sweep finds it.
	sent := false
	broken, err := s.StageWriting(modelstest.Context(t), s.ann, models.NewWriting{Next: func() (string, io.Reader, error) {
		if sent {
			return "", nil, io.EOF
		}
		sent = true
		return "a.zip", io.MultiReader(strings.NewReader("PK\x03\x04"+strings.Repeat("x", 600_000)), goneAway{}), nil
	}})
	if err == nil || broken == nil || broken.State != models.ImportFailed || !strings.HasPrefix(broken.Failure.String(), "The upload broke off.") {
		t.Errorf("%+v %v", broken, err)
	}
	run(t, s.sql, "insert into writings (user_id, name, touched_at) values ($1, 'gone.zip', now() - interval '10 minutes')", s.ann.ID)
	run(t, s.sql, "update writings set at = now() - interval '2 days' where state = 'rehearsed'")
	if err := other.Sweep(modelstest.Context(t)); err != nil {
		t.Fatal(err)
	}
	before5s(t, "nothing waits any more", func() bool {
		return ask[int](t, s.sql, "select count(*)::int from writings where state not in ('failed', 'committed') or state = 'failed' and kept") == 0 &&
			ask[int](t, s.sql, "select count(*)::int from writing_pieces") == 0
	})
}

// goneAway is a sender that goes away.
type goneAway struct{}

func (goneAway) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
