package models_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"postroom/models"
	"postroom/models/modelstest"
)

// browser is a signed-in browser: its token and the id of its session.
func browser(t *testing.T, store *models.Store, user *models.User) (token string, id uuid.UUID) {
	t.Helper()
	user, err := store.User(modelstest.Context(t), user.ID) // as they are now
	if err != nil {
		t.Fatal(err)
	}
	token, err = store.StartSession(modelstest.Context(t), user, models.Browser{IP: "192.0.2.1", UserAgent: "Test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	session, err := store.FindSession(modelstest.Context(t), token, models.Browser{IP: "192.0.2.1"})
	if err != nil || session.User.ID != user.ID {
		t.Fatal(session, err)
	}
	return token, session.ID
}

func isOpen(t *testing.T, store *models.Store, token string) bool {
	t.Helper()
	_, err := store.FindSession(modelstest.Context(t), token, models.Browser{IP: "192.0.2.1"})
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
	return err == nil
}

func TestANewPasswordOrAddressEndsOtherSessionsAndKeepsThisOne(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann, bob := modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	bobs, _ := browser(t, store, bob)
	link, _ := store.CreateLink(ctx, nil, ann.ID)
	this, id := browser(t, store, ann)
	other, _ := browser(t, store, ann)
	if err := store.ChangePassword(ctx, ann, id, "not the password", "a new password"); fields(err)["current_password"].Text == "" || !isOpen(t, store, other) {
		t.Errorf("with a wrong password: %v", err)
	}
	if err := store.ChangePassword(ctx, ann, id, modelstest.Password, "short"); fields(err)["password"].Text == "" {
		t.Errorf("a short one: %v", err)
	}
	if err := store.ChangePassword(ctx, ann, id, modelstest.Password, "a new password"); err != nil {
		t.Fatal(err)
	}
	if !isOpen(t, store, this) || isOpen(t, store, other) || !isOpen(t, store, bobs) {
		t.Error("after a new password the wrong sessions are open")
	}
	if _, err := store.LinkUser(ctx, link); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a one-time link outlives the password: %v", err)
	}
	if _, err := store.SignIn(ctx, models.Browser{}, "ann", modelstest.Password); !errors.Is(err, models.ErrWrongPassword) {
		t.Errorf("the old password: %v", err)
	}
	other, _ = browser(t, store, ann)
	for email, field := range map[string]string{"bob@EXAMPLE.com": "email", "no address": "email", ann.Email: "email", "": "email"} {
		if err := store.ChangeEmail(ctx, ann, id, "a new password", email); fields(err)[field].Text == "" {
			t.Errorf("%q: %v", email, err)
		}
	}
	if err := store.ChangeEmail(ctx, ann, id, "", "ann@example.org"); fields(err)["current_password"].Text == "" {
		t.Errorf("without the password: %v", err)
	}
	if err := store.ChangeEmail(ctx, ann, id, "a new password", "Ann@Example.org"); err != nil {
		t.Fatal(err)
	}
	if !isOpen(t, store, this) || isOpen(t, store, other) {
		t.Error("after a new address the wrong sessions are open")
	}
	if user, err := store.SignIn(ctx, models.Browser{}, "ann@example.ORG", "a new password"); err != nil || user.Email != "Ann@Example.org" {
		t.Error(user, err)
	}
}

func TestWrongPasswordsInTheSettingsAreThrottledAsASignIn(t *testing.T) {
	store, conn := behind(t)
	ann := modelstest.User(t, store, modelstest.Named("ann"))
	if passed := wrong(t, store, conn, "ann", 7); passed != 7 {
		t.Fatal(passed)
	}
	for i := range 5 {
		err := store.ChangePassword(modelstest.Context(t), ann, uuid.Nil, "wrong", "a new password")
		if _, stopped := tooMany(err); stopped != (i >= 3) {
			t.Errorf("try %d: %v", i, err)
		}
	}
	if _, err := store.Leave(modelstest.Context(t), ann, modelstest.Password); err == nil {
		t.Error("a throttled user leaves")
	}
}

func TestADeactivatedUserIsShutOut(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann"))
	post := modelstest.Post(t, store, ann)
	no, yes := false, true
	for _, by := range []string{"the Store", "hand"} {
		session, _ := browser(t, store, ann)
		_, secret, err := store.CreateToken(ctx, ann, by, models.ScopeWrite)
		if err != nil {
			t.Fatal(err)
		}
		link, err := store.CreateLink(ctx, admin, ann.ID)
		if err != nil {
			t.Fatal(err)
		}
		if by == "hand" {
			run(t, conn, `update users set is_active = false where id = $1`, ann.ID)
		} else if _, err := store.UpdateUser(ctx, admin, ann.ID, models.UserChange{IsActive: &no}); err != nil {
			t.Fatal(err)
		}
		if _, err := store.SignIn(ctx, models.Browser{}, "ann", modelstest.Password); !errors.Is(err, models.ErrDeactivated) {
			t.Errorf("%s: signing in: %v", by, err)
		}
		if _, err := store.FindToken(ctx, secret); !errors.Is(err, models.ErrNotFound) || isOpen(t, store, session) {
			t.Errorf("%s: a session or token lives on: %v", by, err)
		}
		if _, err := store.LinkUser(ctx, link); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s: a link lives on: %v", by, err)
		}
		if _, err := store.UseLink(ctx, link, "a new password"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s: a link is used: %v", by, err)
		}
		if _, err := store.PostPage(ctx, nil, post.ID); err != nil {
			t.Errorf("%s: the posts are gone: %v", by, err)
		}
		if _, err := store.UpdateUser(ctx, admin, ann.ID, models.UserChange{IsActive: &yes}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.SignIn(ctx, models.Browser{}, "ann", modelstest.Password); err != nil {
		t.Errorf("after coming back: %v", err)
	}
}

func TestAOneTimeLinkWorksOnceEvenForTwoAtOnce(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store, modelstest.Named("ann"))
	session, _ := browser(t, store, ann)
	first, _ := store.CreateLink(ctx, nil, ann.ID)
	second, err := store.CreateLink(ctx, nil, ann.ID)
	if err != nil || ask[int](t, conn, `select count(*) from links where position($1::bytea in token_hash) > 0 or encode(token_hash, 'escape') = $2`, []byte(second), second) > 0 {
		t.Fatal("the link itself is kept", err)
	}
	if _, err := store.UseLink(ctx, first, "a new password"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an earlier link: %v", err)
	}
	if _, err := store.UseLink(ctx, second, "short"); fields(err)["password"].Text == "" {
		t.Errorf("a short password: %v", err)
	}
	if user, err := store.LinkUser(ctx, second); err != nil || user.ID != ann.ID {
		t.Errorf("looking uses it up: %v", err)
	}
	var used atomic.Int64
	together(3, func(i int) {
		user, err := store.UseLink(ctx, second, "password number "+string(rune('0'+i)))
		if err == nil && user.ID == ann.ID {
			used.Add(1)
		} else if !errors.Is(err, models.ErrNotFound) || user != nil {
			t.Error(user, err)
		}
	})
	if used.Load() != 1 || isOpen(t, store, session) {
		t.Errorf("used %d times, an old session is open: %v", used.Load(), isOpen(t, store, session))
	}
	for _, link := range []string{"", "nonsense", "\x00\xff", second} {
		if _, err := store.LinkUser(ctx, link); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%q: %v", link, err)
		}
	}
	third, _ := store.CreateLink(ctx, nil, ann.ID)
	run(t, conn, `update links set expires_at = now() - interval '1 second'`)
	if _, err := store.UseLink(ctx, third, "a new password"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an expired link: %v", err)
	}
	if _, err := store.CreateLink(ctx, ann, ann.ID); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("a user makes a link: %v", err)
	}
	if _, err := store.CreateLink(ctx, nil, 999); !errors.Is(err, models.ErrConflict) {
		t.Errorf("a link for nobody: %v", err)
	}
}

func TestTheSetUpLinkMakesOneFirstAdmin(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	first, _ := store.CreateSetupLink(ctx)
	second, err := store.CreateSetupLink(ctx)
	if err != nil || first == "" || second == "" {
		t.Fatal(first, second, err)
	}
	if _, err := store.SetUp(ctx, first, models.NewUser{Username: "ann", Email: "ann@example.com"}); fields(err)["password"].Text == "" {
		t.Errorf("an admin without a password: %v", err)
	}
	if _, err := store.UseLink(ctx, first, "a new password"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a set-up link sets a password: %v", err)
	}
	var made atomic.Int64
	together(4, func(i int) {
		name := "first-" + string(rune('a'+i))
		user, err := store.SetUp(ctx, []string{first, second}[i%2], models.NewUser{Username: name, Email: name + "@example.com", Password: modelstest.Password, Role: models.RoleUser})
		if err == nil && user.IsAdmin() {
			made.Add(1)
		} else if !errors.Is(err, models.ErrNotFound) {
			t.Error(err)
		}
	})
	if n := ask[int](t, conn, countAdmins); made.Load() != 1 || n != 1 || ask[int](t, conn, `select count(*) from links`) != 0 {
		t.Errorf("%d made, %d admins", made.Load(), n)
	}
	if link, err := store.CreateSetupLink(ctx); err != nil || link != "" {
		t.Errorf("a set-up link beside an admin: %q, %v", link, err)
	}
}

func TestFourProgramsEnsureOneAdmin(t *testing.T) {
	address := modelstest.URL(t)
	conn := modelstest.SQL(t, address)
	stores := []*models.Store{modelstest.Open(t, address), modelstest.Open(t, address), modelstest.Open(t, address), modelstest.Open(t, address)}
	in := models.NewUser{Username: "ruth", Email: "ruth@example.com", Password: modelstest.Password}
	if made, err := stores[0].EnsureAdmin(modelstest.Context(t), models.NewUser{Username: "ruth", Email: "ruth@example.com"}); made || fields(err)["password"].Text == "" {
		t.Errorf("without a password: %v, %v", made, err)
	}
	var made atomic.Int64
	together(4, func(i int) {
		if is, err := stores[i].EnsureAdmin(modelstest.Context(t), in); err != nil {
			t.Error(err)
		} else if is {
			made.Add(1)
		}
	})
	if n := ask[int](t, conn, countAdmins); made.Load() != 1 || n != 1 {
		t.Errorf("%d made, %d admins", made.Load(), n)
	}
}

func TestWhoWasLetInBeforeAChangeGetsNoSessionAfterIt(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	for name, change := range map[string]models.UserChange{"a new password": {Password: new("another good one")}, "deactivated": {IsActive: new(false)}} {
		admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
		let, err := store.SignIn(ctx, models.Browser{}, ann.Username, modelstest.Password)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.UpdateUser(ctx, admin, ann.ID, change); err != nil {
			t.Fatal(err)
		}
		if _, err := store.StartSession(ctx, let, models.Browser{}, nil); !errors.Is(err, models.ErrWrongPassword) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
