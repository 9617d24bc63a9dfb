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

// called is who has, or had, a name; empty: nobody.
func called(t testing.TB, store *models.Store, name string) string {
	t.Helper()
	user, err := store.UserOfName(modelstest.Context(t), name)
	if errors.Is(err, models.ErrNotFound) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return user.Username
}

func isCalled(t testing.TB, store *models.Store, want map[string]string) {
	t.Helper()
	for name, user := range want {
		if got := called(t, store, name); got != user {
			t.Errorf("%s is %q, not %q", name, got, user)
		}
	}
}

func rename(t testing.TB, store *models.Store, by, user *models.User, name string) (receipt int64) {
	t.Helper()
	changed, err := store.UpdateUser(modelstest.Context(t), by, user.ID, models.UserChange{Username: &name})
	if err != nil {
		t.Fatal(err)
	}
	return changed.Receipt
}

func TestAnOldUserNameLeadsToItsUserAndIsKeptFor90Days(t *testing.T) {
	o := newOffice(t)
	store, conn, ctx := o.Store, o.sql, modelstest.Context(t)
	ann, bob := modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	post := modelstest.Post(t, store, bob, func(p *models.Post) { p.Content = "As @Ann says." })
	isTold(t, store, ann, bob.Name+" mentions you in “"+post.Title+"”")
	rename(t, store, ann, ann, "anna")
	isCalled(t, store, map[string]string{"ANN": "anna", "anna": "anna", "an": ""})
	if _, err := store.UserByName(ctx, "ann"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("ann is a user still: %v", err)
	}

	// Nobody else can have the name, whichever way they come.
	taken := func(err error, say string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("ann can be had: %v", err)
		}
	}
	_, err := store.SignUp(ctx, models.Browser{}, models.NewUser{Username: "Ann", Email: "ann2@example.com", Password: modelstest.Password})
	taken(err, "This user name is taken. Ann-ann is free.")
	_, err = store.CreateUser(ctx, o.admin, models.NewUser{Username: "ann", Email: "ann2@example.com"})
	taken(err, "This user name is taken.")
	_, err = store.UpdateUser(ctx, bob, bob.ID, models.UserChange{Username: new("aNn")})
	taken(err, "This user name is taken.")
	if state, constraint, _ := refused(t, conn, "insert into users (username, name, email) values ('Ann', 'A', 'x@example.com')"); state != "23505" || constraint != "users_username_key" {
		t.Errorf("refused as %s %s", state, constraint)
	}
	i := o.rehearse("username,email,name\nann,new@example.com,New\nann,bob@example.com,\nann,ann@example.com,\nbeth,beth@example.com,Beth\n", matched(models.MatchEmail))
	same(t, o.refused(i), []string{"2 username [ann] anna had this user name. It is kept for 90 days.", "3 username [ann] anna had this user name. It is kept for 90 days."})
	if figures(o.commit(i)) != "1 1 0 0 2" {
		t.Error(figures(i))
	}
	isCalled(t, store, map[string]string{"ann": "ann", "anna": "ann"}) // it is anna's own to take back

	// What is said of either name leads to the present one, and tells its user.
	said := modelstest.Post(t, store, bob, func(p *models.Post) { p.Title, p.Content = "Oats", "As @Anna and @ann say." })
	link := `<a href="/users/ann" class="mention">`
	if !strings.Contains(said.ContentHTML, link+"@Anna</a> and "+link+"@ann</a>") {
		t.Errorf("it is shown as %s", said.ContentHTML)
	}
	isTold(t, store, ann, bob.Name+" mentions you in “Oats”", bob.Name+" mentions you in “"+post.Title+"”")

	// After 90 days it is anybody's; until somebody takes it, it leads on.
	run(t, conn, "update user_names set at = now() - interval '91 days'")
	isCalled(t, store, map[string]string{"anna": "ann"})
	rename(t, store, bob, bob, "Anna")
	isCalled(t, store, map[string]string{"anna": "Anna", "bob": "Anna", "ann": "ann"})

	// Of those who change often, the last five are kept.
	for n := range 6 {
		rename(t, store, ann, ann, fmt.Sprint("ann-", n))
	}
	isCalled(t, store, map[string]string{"ann": "ann-5", "ann-0": "ann-5"})
	modelstest.User(t, store, modelstest.Named("ann"), func(in *models.NewUser) { in.Email = "third@example.com" })
	_, err = store.CreateUser(ctx, o.admin, models.NewUser{Username: "ann-0", Email: "ann2@example.com"})
	taken(err, "This user name is taken.")

	// An undo of another name is a change back; a deletion takes the names along, and its undo those that are free.
	receipt := rename(t, store, o.admin, bob, "robert")
	if _, err := store.Undo(ctx, o.admin, models.UndoOf{Receipt: receipt}); err != nil {
		t.Fatal(err)
	}
	isCalled(t, store, map[string]string{"anna": "Anna", "robert": "Anna"})
	gone, err := store.DeleteUser(ctx, o.admin, ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	isCalled(t, store, map[string]string{"ann-0": "", "ann-5": ""})
	stranger := modelstest.User(t, store, modelstest.Named("ann-0"))
	modelstest.User(t, store, modelstest.Named("ann-1"))
	rename(t, store, stranger, stranger, "stranger")
	if _, err := store.Undo(ctx, o.admin, models.UndoOf{Receipt: gone.Receipt}); err != nil {
		t.Fatal(err)
	}
	isCalled(t, store, map[string]string{"ann-5": "ann-5", "ann-4": "ann-5", "ann-0": "stranger", "ann-1": "ann-1"})
}

// Who asks for a name in the moment in which it is given up waits, and does not get it.
func TestANameThatIsGivenUpNowIsKeptAtOnce(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, store, modelstest.Named("ann"))
	tx, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "update users set username = 'anna' where id = $1", ann.ID); err != nil {
		t.Fatal(err)
	}
	asked := make(chan error)
	go func() {
		_, err := store.CreateUser(ctx, nil, models.NewUser{Username: "ann", Email: "other@example.com"})
		asked <- err
	}()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		var waits bool
		if err := tx.QueryRow(ctx, "select exists (select from pg_locks where not granted)").Scan(&waits); err != nil {
			t.Fatal(err)
		}
		if waits {
			break
		}
		if time.Now().After(end) {
			t.Fatal("nobody waits")
		}
	}
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-asked; !errors.Is(err, models.ErrConflict) {
		t.Errorf("asked for it, one gets %v", err)
	}
	isCalled(t, store, map[string]string{"ann": "anna"})
}
