package models_test

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// suspend suspends the user behind the Store's back.
func suspend(t testing.TB, conn *pgx.Conn, user *models.User, until time.Time, reason string) {
	t.Helper()
	run(t, conn, "insert into suspensions (user_id, reason, created_at, until) values ($1, $2, least(now(), $3::timestamptz - interval '1 hour'), $3)", user.ID, reason, until)
}

// writings are all things that a user can write, by what they are called.
func writings(store *models.Store, user *models.User, post, other *models.Post) map[string]func(context.Context) error {
	words, empty := "other words", 0
	return map[string]func(context.Context) error{
		"a new post": func(ctx context.Context) error {
			return store.CreatePost(ctx, user, &models.Post{Title: "x", Content: "y", Status: models.StatusPublished})
		},
		"a new draft": func(ctx context.Context) error {
			return store.CreatePost(ctx, user, &models.Post{Title: "x", Content: "y", Status: models.StatusDraft})
		},
		"a change of a post": func(ctx context.Context) error {
			_, err := store.UpdatePost(ctx, user, post.ID, models.PostChange{Title: &words})
			return err
		},
		"a deletion of a post": func(ctx context.Context) error { _, err := store.DeletePost(ctx, user, post.ID); return err },
		"a change of another's post": func(ctx context.Context) error {
			_, err := store.UpdatePost(ctx, user, other.ID, models.PostChange{Title: &words})
			return err
		},
		"a deletion of another's post": func(ctx context.Context) error { _, err := store.DeletePost(ctx, user, other.ID); return err },
		"one's own name": func(ctx context.Context) error {
			_, err := store.UpdateUser(ctx, user, user.ID, models.UserChange{Name: &words})
			return err
		},
		"one's own age": func(ctx context.Context) error {
			_, err := store.UpdateUser(ctx, user, user.ID, models.UserChange{Name: &words, Age: &empty})
			return err
		},
	}
}

func TestASuspendedUserReadsAndDoesNotWrite(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post, other := modelstest.Post(t, store, ann), modelstest.Post(t, store, modelstest.User(t, store))
	until := time.Now().Add(time.Hour).Truncate(time.Microsecond)
	suspend(t, conn, ann, until, "advertising")
	before := everything(t, conn)
	for what, write := range writings(store, ann, post, other) {
		var suspended *models.Suspended
		err := write(ctx)
		if !errors.As(err, &suspended) || !errors.Is(err, models.ErrForbidden) || !suspended.Until.Equal(until) || suspended.Reason != "advertising" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if now := everything(t, conn); now != before {
		t.Error("something was written:", unlike(before, now))
	}
	// Signing in and reading go on, and so does how one reads: language, time zone, password.
	if _, err := store.SignIn(ctx, models.Browser{IP: "192.0.2.1"}, ann.Username, modelstest.Password); err != nil {
		t.Error("signing in:", err)
	}
	token, err := store.StartSession(ctx, ann, models.Browser{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	session, err := store.FindSession(ctx, token, models.Browser{})
	if err != nil || !session.User.IsSuspended() || session.User.SuspendedFor != "advertising" {
		t.Errorf("%+v %v", session, err)
	}
	if _, err := store.PostPage(ctx, ann, other.ID); err != nil {
		t.Error("reading:", err)
	}
	russian, zone := "ru", "Europe/Paris"
	if _, err := store.UpdateUser(ctx, ann, ann.ID, models.UserChange{Language: &russian, TimeZone: &zone, Name: &ann.Name}); err != nil {
		t.Error("language and time zone:", err)
	}
	if err := store.ChangePassword(ctx, ann, session.ID, modelstest.Password, "another long password"); err != nil {
		t.Error("the password:", err)
	}
}

func TestASuspensionEndsByItself(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post, other := modelstest.Post(t, store, ann), modelstest.Post(t, store, modelstest.User(t, store))
	suspend(t, conn, ann, time.Now().Add(-time.Millisecond), "advertising")
	if user, err := store.User(modelstest.Context(t), ann.ID); err != nil || user.IsSuspended() || user.SuspendedUntil == nil {
		t.Errorf("%+v %v", user, err)
	}
	writing := writings(store, ann, post, other)
	for _, what := range []string{"a new post", "a new draft", "a change of a post", "a change of another's post", "one's own name", "one's own age", "a deletion of a post", "a deletion of another's post"} {
		if err := writing[what](modelstest.Context(t)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestASuspensionThatCommitsFirstWins(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post, other := modelstest.Post(t, store, ann), modelstest.Post(t, store, modelstest.User(t, store))
	for what, write := range writings(store, ann, post, other) {
		run(t, conn, "delete from suspensions")
		tx, err := conn.Begin(modelstest.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(modelstest.Context(t), "insert into suspensions (user_id, reason, until) values ($1, 'now', now() + interval '1 hour')", ann.ID); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- write(modelstest.Context(t)) }()
		select {
		case err := <-done:
			t.Errorf("%s did not wait: %v", what, err)
		case <-time.After(100 * time.Millisecond):
		}
		if err := tx.Commit(modelstest.Context(t)); err != nil {
			t.Fatal(err)
		}
		var suspended *models.Suspended
		if err := <-done; !errors.As(err, &suspended) || suspended.Reason != "now" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestASuspendedAdminDoesNothingToOthers(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	modelstest.Admin(t, store)
	ruth, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	post := modelstest.Post(t, store, ann)
	rehearsal := rehearse(t, store, ruth, models.NewRehearsal{Kind: "deactivate", IDs: []int64{ann.ID}})
	other := "Ann B."
	done, err := store.UpdateUser(ctx, ruth, ann.ID, models.UserChange{Name: &other})
	if err != nil {
		t.Fatal(err)
	}
	imported, err := store.StageImport(ctx, ruth, models.NewImport{Name: "one.csv", Size: -1}, strings.NewReader("username,email\nbob,bob@example.com\n"))
	if err == nil {
		imported, err = store.AwaitImport(ctx, ruth, imported.ID, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	suspend(t, conn, ruth, time.Now().Add(time.Hour), "a holiday")
	before := everything(t, conn)
	name, role := "Other", models.RoleEditor
	_, changed := store.UpdateUser(ctx, ruth, ann.ID, models.UserChange{Name: &name})
	_, given := store.UpdateUser(ctx, ruth, ann.ID, models.UserChange{Role: &role})
	_, linked := store.CreateLink(ctx, ruth, ann.ID)
	_, made := store.CreateUser(ctx, ruth, models.NewUser{Username: "new", Email: "new@example.com"})
	_, deleted := store.DeleteUser(ctx, ruth, ann.ID)
	_, unpublished := store.DeletePost(ctx, ruth, post.ID)
	_, signedOut := store.ActOnUser(ctx, ruth, ann.ID, "deactivate", models.ActParams{})
	_, committed := store.Commit(ctx, ruth, rehearsal.Key, "")
	_, undone := store.Undo(ctx, ruth, models.UndoOf{Receipt: done.Receipt})
	_, links := store.ExportLinks(ctx, ruth, models.LinkExport{Link: func(token string) string { return token }}, io.Discard)
	for what, err := range map[string]error{"a name": changed, "a role": given, "a link": linked, "a contact": store.CreateContact(ctx, ruth, ann.ID, "Hello"), "a new user": made,
		"a deletion": deleted, "another's post": unpublished, "an act": signedOut, "a commit": committed, "an undo": undone, "links": links,
		"a filter": store.SaveFilter(ctx, ruth, "quiet", url.Values{}), "an import": store.CommitImport(ctx, ruth, imported.ID, 0)} {
		var suspended *models.Suspended
		if !errors.As(err, &suspended) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if now := everything(t, conn); now != before {
		t.Error("something was done:", unlike(before, now))
	}
	// And who is no admin any more acts as one no longer, whatever the request still believes.
	run(t, conn, "delete from suspensions")
	run(t, conn, "update users set role = 'user' where id = $1", ruth.ID)
	if _, err := store.UpdateUser(ctx, ruth, ann.ID, models.UserChange{Name: &name}); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
}

func TestTwoPostsOfOneUserAtOnceDoNotWaitForEachOtherForever(t *testing.T) {
	store, _ := behind(t)
	ann, ed := modelstest.User(t, store), modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post, own := modelstest.Post(t, store, ann), modelstest.Post(t, store, ed)
	done := make(chan error)
	began := time.Now()
	for n := range 24 {
		go func() {
			title := "x"
			var err error
			switch n % 3 {
			case 0:
				err = store.CreatePost(modelstest.Context(t), ann, &models.Post{Title: "x", Content: "y", Status: models.StatusPublished})
			case 1:
				_, err = store.UpdatePost(modelstest.Context(t), ed, post.ID, models.PostChange{Title: &title})
			case 2:
				_, err = store.UpdatePost(modelstest.Context(t), ed, own.ID, models.PostChange{Title: &title})
			}
			done <- err
		}()
	}
	for range 24 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Error("it took", took)
	}
}

func TestADeactivatedUserWritesNothingEvenWhileTheRequestIsUnderWay(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post, other := modelstest.Post(t, store, ann), modelstest.Post(t, store, modelstest.User(t, store))
	run(t, conn, "update users set is_active = false where id = $1", ann.ID)
	before := everything(t, conn)
	for what, write := range writings(store, ann, post, other) {
		if err := write(modelstest.Context(t)); !errors.Is(err, models.ErrForbidden) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if now := everything(t, conn); now != before {
		t.Error("something was written:", unlike(before, now))
	}
}
