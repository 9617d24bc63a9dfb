package models_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// receiptOf is the newest receipt, in a line: what was done to whom, and what it was before and after.
func receiptOf(t testing.TB, store *models.Store, by *models.User, receipt int64) string {
	t.Helper()
	act, err := store.Act(modelstest.Context(t), by, receipt)
	if err != nil {
		t.Fatalf("receipt %d: %v", receipt, err)
	}
	lines, _, err := store.ActLines(modelstest.Context(t), by, act, 0, 10)
	if err != nil || len(lines) != 1 || act.Total != 1 || act.State != "done" || act.ByName != by.Username || act.RehearsedAt != nil {
		t.Fatalf("%+v %+v %v", act, lines, err)
	}
	before, _ := json.Marshal(lines[0].Before)
	after, _ := json.Marshal(lines[0].After)
	went, _ := json.Marshal(lines[0].Went)
	return fmt.Sprintf("%s %s %s %s %s", act.Kind, lines[0].Label, before, after, went)
}

// aPerson is a user with all that an admin can change, a post, a draft, a session and a token.
func aPerson(t testing.TB, store *models.Store, conn *pgx.Conn) (*models.User, *models.Post) {
	t.Helper()
	ann := modelstest.User(t, store, modelstest.Named("ann"), func(in *models.NewUser) {
		age := 30
		in.Name, in.Age, in.About, in.Metadata = "Ann Able", &age, "Bakes.", models.Metadata{"city": "Lyon", "shoes": 41}
	})
	post := modelstest.Post(t, store, ann, func(p *models.Post) { p.Tags = models.Tags{"bread"} })
	modelstest.Post(t, store, ann, func(p *models.Post) { p.Status = models.StatusDraft })
	if _, err := store.StartSession(modelstest.Context(t), ann, models.Browser{}, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.CreateToken(modelstest.Context(t), ann, "script", models.ScopeRead); err != nil {
		t.Fatal(err)
	}
	modelstest.Credits(t, conn, "12.5", "id = $1", ann.ID)
	return ann, post
}

func TestEachActOnOneUserHasAReceiptThatTakesItBack(t *testing.T) {
	until := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	name, username, email, about, role, zone, age, no, password := "Ann Baker", "baker", "baker@example.com", "Bakes more.", models.RoleEditor, "Europe/Riga", 31, false, "another long password"
	change := func(change models.UserChange) func(*testing.T, *models.Store, *models.User, *models.User) int64 {
		return func(t *testing.T, store *models.Store, admin, ann *models.User) int64 {
			user, err := store.UpdateUser(modelstest.Context(t), admin, ann.ID, change)
			if err != nil {
				t.Fatal(err)
			}
			return user.Receipt
		}
	}
	act := func(kind string, params models.ActParams) func(*testing.T, *models.Store, *models.User, *models.User) int64 {
		return func(t *testing.T, store *models.Store, admin, ann *models.User) int64 {
			act, err := store.ActOnUser(modelstest.Context(t), admin, ann.ID, kind, params)
			if err != nil || act == nil {
				t.Fatal(act, err)
			}
			return act.ID
		}
	}
	for _, try := range []struct {
		what, receipt string
		do            func(*testing.T, *models.Store, *models.User, *models.User) int64
	}{
		{"a name", `edit ann {"name":"Ann Able"} {"name":"Ann Baker"} {}`, change(models.UserChange{Name: &name})},
		{"all that a form has", `edit baker {"about":"Bakes.","age":30,"email":"ann@example.com","name":"Ann Able","role":"user","time_zone":"","username":"ann"} ` +
			`{"about":"Bakes more.","age":31,"email":"baker@example.com","name":"Ann Baker","role":"editor","time_zone":"Europe/Riga","username":"baker"} {}`,
			change(models.UserChange{Name: &name, Username: &username, Email: &email, About: &about, Role: &role, TimeZone: &zone, Age: &age})},
		{"an age that is forgotten", `edit ann {"age":30} {"age":null} {}`, change(models.UserChange{Age: new(int)})},
		{"metadata", `edit ann {"metadata":{"city":"Lyon"}} {"metadata":{"city":"Riga","n":1}} {}`, change(models.UserChange{Metadata: models.Metadata{"city": "Riga", "shoes": 41, "n": 1}})},
		{"deactivating by a form", `edit ann {"is_active":true} {"is_active":false} {"sessions":1,"tokens":1}`, change(models.UserChange{IsActive: &no})},
		{"a password", `edit ann {} {"password":true} {"sessions":1}`, change(models.UserChange{Password: &password})},
		{"deactivate", `deactivate ann {"is_active":true} {"is_active":false} {"sessions":1,"tokens":1}`, act("deactivate", models.ActParams{})},
		{"suspend", `suspend ann {"suspended_until":null} {"suspended_until":"` + until.Format("2006-01-02T15:04:05") + `+00:00"} {}`, act("suspend", models.ActParams{Until: until, Reason: "spam"})},
		{"set-role", `set-role ann {"role":"user"} {"role":"admin"} {}`, act("set-role", models.ActParams{Role: "admin"})},
		{"set-metadata", `set-metadata ann {"metadata":{"city":"Lyon"}} {"metadata":{"city":"Riga"}} {}`, act("set-metadata", models.ActParams{Field: "city", Value: "Riga"})},
		{"remove-metadata", `remove-metadata ann {"metadata":{"city":"Lyon"}} {"metadata":{}} {}`, act("remove-metadata", models.ActParams{Field: "city"})},
		{"delete", `delete ann `, func(t *testing.T, store *models.Store, admin, ann *models.User) int64 {
			gone, err := store.DeleteUser(modelstest.Context(t), admin, ann.ID)
			if err != nil || gone.Posts != 2 {
				t.Fatal(gone, err)
			}
			return gone.Receipt
		}},
	} {
		t.Run(try.what, func(t *testing.T) {
			t.Parallel()
			store, conn := behind(t)
			admin := modelstest.Admin(t, store)
			ann, _ := aPerson(t, store, conn)
			before := everything(t, conn)
			receipt := try.do(t, store, admin, ann)
			if now := everything(t, conn); now == before || receipt == 0 {
				t.Fatalf("receipt %d: nothing has changed", receipt)
			}
			if got := receiptOf(t, store, admin, receipt); !strings.HasPrefix(got, try.receipt) {
				t.Errorf("the receipt is %s", got)
			}
			var line struct {
				Receipt int64
				Target  string
			}
			if err := conn.QueryRow(modelstest.Context(t), "select receipt, target from audit order by id desc limit 1").Scan(&line.Receipt, &line.Target); err != nil || line.Receipt != receipt || line.Target == "" {
				t.Errorf("the log says %+v %v", line, err)
			}
			undo(t, store, admin, receipt)
			if now := everything(t, conn); now != before {
				t.Error("it is not as it was:", unlike(before, now))
			}
			proven(t, store, try.what)
			for _, table := range []string{"audit", "act_rows"} {
				if table == "act_rows" && try.what == "a password" {
					continue // for the undo; see below
				}
				if n := ask[int](t, conn, "select count(*) from "+table+" x where x::text like '%argon2%'"); n > 0 {
					t.Errorf("%s holds a password", table)
				}
			}
		})
	}
}

func TestAPasswordThatAnAdminSetIsTakenBackAndShownNowhere(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ann, _ := aPerson(t, store, conn)
	password := "another long password"
	user, err := store.UpdateUser(modelstest.Context(t), admin, ann.ID, models.UserChange{Password: &password})
	if err != nil {
		t.Fatal(err)
	}
	token, err := store.StartSession(modelstest.Context(t), ann2(t, store, ann.ID), models.Browser{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	act, err := store.Act(modelstest.Context(t), admin, user.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	back := undo(t, store, admin, act.ID)
	if _, err := store.SignIn(modelstest.Context(t), models.Browser{IP: "192.0.2.9"}, "ann", modelstest.Password); err != nil {
		t.Error("the old password:", err)
	}
	if _, err := store.FindSession(modelstest.Context(t), token, models.Browser{}); !errors.Is(err, models.ErrNotFound) {
		t.Error("a session of the new password goes on:", err)
	}
	for _, act := range []*models.Act{act, back} {
		lines, _, err := store.ActLines(modelstest.Context(t), admin, act, 0, 10)
		if err != nil || lines[0].After["password"] != true {
			t.Errorf("%+v %v", lines, err)
		}
		var file strings.Builder
		if err := store.WriteActCSV(modelstest.Context(t), admin, act, &file, models.Sentence.String); err != nil || strings.Contains(file.String(), "argon2") {
			t.Errorf("%s %v", file.String(), err)
		}
		if shown, _ := json.Marshal(lines); strings.Contains(string(shown), "argon2") {
			t.Errorf("%s", shown)
		}
	}
}

func TestAUserWhomAnAdminMadeIsTakenBackUnlessUsed(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ann, err := store.CreateUser(modelstest.Context(t), admin, models.NewUser{Username: "ann", Email: "ann@example.com", Password: modelstest.Password})
	if err != nil {
		t.Fatal(err)
	}
	if got := receiptOf(t, store, admin, ann.Receipt); !strings.HasPrefix(got, `create ann null {"email":"ann@example.com"`) {
		t.Error(got)
	}
	post := modelstest.Post(t, store, ann)
	if got := inTheWay(t, store, admin, models.UndoOf{Receipt: ann.Receipt}); got != fmt.Sprintf("ann: Has written 1 posts since user %d ann", ann.ID) {
		t.Error(got)
	}
	run(t, conn, "delete from posts where id = $1", post.ID)
	back := undo(t, store, admin, ann.Receipt)
	if n := ask[int](t, conn, "select count(*) from users where id = $1", ann.ID); n != 0 {
		t.Error("the user is there")
	}
	undo(t, store, admin, back.ID)
	if _, err := store.SignIn(modelstest.Context(t), models.Browser{IP: "192.0.2.9"}, "ann", modelstest.Password); err != nil {
		t.Error("the undo of the undo:", err)
	}
	proven(t, store, "making and taking back")
}

func TestWhatAnAdminOrEditorDoesToAnothersPostIsTakenBack(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	editor := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	ann, post := aPerson(t, store, conn)
	draft, title, content := models.StatusDraft, "Rye, quickly", "Other words.\n\n## And more"
	for _, by := range []*models.User{admin, editor} {
		for _, try := range []struct {
			what, receipt string
			do            func() (int64, error)
		}{
			{"unpublishing", `unpublish A post {"status":"published"} {"status":"draft"} {}`, func() (int64, error) {
				p, err := store.UpdatePost(modelstest.Context(t), by, post.ID, models.PostChange{Status: &draft})
				if err != nil {
					return 0, err
				}
				return p.Receipt, nil
			}},
			{"a change of everything", `edit Rye, quickly {"content":"Some words.",`, func() (int64, error) {
				p, err := store.UpdatePost(modelstest.Context(t), by, post.ID, models.PostChange{Title: &title, Content: &content, Tags: []string{"rye", "slow"}})
				if err != nil {
					return 0, err
				}
				return p.Receipt, nil
			}},
			{"deleting", `delete A post `, func() (int64, error) {
				gone, err := store.DeletePost(modelstest.Context(t), by, post.ID)
				return gone.Receipt, err
			}},
		} {
			before := everything(t, conn)
			receipt, err := try.do()
			if err != nil || receipt == 0 {
				t.Fatalf("%s by %s: %d %v", try.what, by.Role, receipt, err)
			}
			if now := everything(t, conn); now == before {
				t.Fatal("nothing has changed")
			}
			who := ask[string](t, conn, "select by_name from acts where id = $1", receipt)
			if who != by.Username {
				t.Errorf("%s: by %s", try.what, who)
			}
			if by == admin {
				if got := receiptOf(t, store, admin, receipt); !strings.HasPrefix(got, try.receipt) {
					t.Error("the receipt is", got)
				}
			}
			if n := ask[int](t, conn, "select count(*) from audit where receipt = $1 and target_kind = 'post' and target_id = $2 and not details::text like '%Some words%'", receipt, post.ID); n != 1 {
				t.Errorf("%s: %d lines in the log", try.what, n)
			}
			if _, err := store.Act(modelstest.Context(t), editor, receipt); !errors.Is(err, models.ErrForbidden) {
				t.Error("an editor reads receipts:", err)
			}
			undo(t, store, admin, receipt)
			if now := everything(t, conn); now != before {
				t.Errorf("%s: it is not as it was: %s", try.what, unlike(before, now))
			}
		}
	}
	proven(t, store, "posts")
	// What is one's own needs no receipt, but for a deletion.
	n := ask[int](t, conn, "select count(*) from acts")
	if p, err := store.UpdatePost(modelstest.Context(t), ann, post.ID, models.PostChange{Title: &title}); err != nil || p.Receipt != 0 {
		t.Error(p, err)
	}
	name := "Ann"
	if user, err := store.UpdateUser(modelstest.Context(t), ann, ann.ID, models.UserChange{Name: &name}); err != nil || user.Receipt != 0 {
		t.Error(user, err)
	}
	if user, err := store.UpdateUser(modelstest.Context(t), admin, admin.ID, models.UserChange{Name: &name}); err != nil || user.Receipt != 0 {
		t.Error(user, err)
	}
	if _, err := store.Leave(modelstest.Context(t), ann, modelstest.Password); err != nil {
		t.Error(err)
	}
	if now := ask[int](t, conn, "select count(*) from acts"); now != n {
		t.Errorf("%d acts", now-n)
	}
}

func TestAnActOnOneThatChangesNothingOrIsRefusedLeavesNoReceipt(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin := modelstest.Admin(t, store)
	ann, _ := aPerson(t, store, conn)
	name, role := ann.Name, models.RoleUser
	if user, err := store.UpdateUser(ctx, admin, ann.ID, models.UserChange{Name: &name, Role: &role}); err != nil || user.Receipt != 0 {
		t.Error(user, err)
	}
	if act, err := store.ActOnUser(ctx, admin, ann.ID, "reactivate", models.ActParams{}); err != nil || act != nil {
		t.Error(act, err)
	}
	says := func(want string, err error) {
		t.Helper()
		var conflict *models.Conflict
		if !errors.As(err, &conflict) || conflict.Say.String() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
	act := func(kind string, id int64) error {
		_, err := store.ActOnUser(ctx, admin, id, kind, models.ActParams{Until: time.Now().Add(time.Hour), Reason: "x", Role: "user"})
		return err
	}
	for _, kind := range []string{"deactivate", "suspend", "set-role", "sign-out", "delete"} {
		says("This is the last admin. Make another user an admin first.", act(kind, admin.ID))
	}
	_, err := store.DeleteUser(ctx, admin, admin.ID)
	says("This is the last admin. Make another user an admin first.", err)
	modelstest.Admin(t, store)
	for _, kind := range []string{"deactivate", "suspend", "set-role", "sign-out", "delete"} {
		says("This is you. Ask another admin.", act(kind, admin.ID))
	}
	if err := act("delete", 99999); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
	var invalid models.Invalid
	if _, err := store.ActOnUser(ctx, admin, ann.ID, "suspend", models.ActParams{}); !errors.As(err, &invalid) || invalid["until"].Text == "" || invalid["reason"].Text == "" {
		t.Error(err)
	}
	if _, err := store.ActOnUser(ctx, ann, admin.ID, "deactivate", models.ActParams{}); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	if n := ask[int](t, conn, "select count(*) from acts"); n != 0 {
		t.Errorf("%d receipts", n)
	}
}

func TestTwoAdminsActOnOneUserAtOnce(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admins := []*models.User{modelstest.Admin(t, store), modelstest.Admin(t, store)}
	for round := range 6 {
		ann := modelstest.User(t, store)
		names := []string{"One", "Two"}
		receipts, errs := make([]int64, 2), make([]error, 2)
		together(2, func(i int) {
			if round%2 == 0 {
				var gone models.Gone
				gone, errs[i] = store.DeleteUser(ctx, admins[i], ann.ID)
				receipts[i] = gone.Receipt
				return
			}
			var user *models.User
			if user, errs[i] = store.UpdateUser(ctx, admins[i], ann.ID, models.UserChange{Name: &names[i]}); errs[i] == nil {
				receipts[i] = user.Receipt
			}
		})
		if round%2 == 0 {
			if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), models.ErrNotFound) || receipts[0] != 0 && receipts[1] != 0 {
				t.Errorf("%v %v %v", errs[0], errs[1], receipts)
			}
			continue
		}
		if errs[0] != nil || errs[1] != nil {
			t.Fatal(errs)
		}
		// The second saw what the first did: its receipt says so, and stands in the way of the first.
		first, second := receipts[0], receipts[1]
		if ask[bool](t, conn, "select before ->> 'name' in ('One', 'Two') from act_rows where act_id = $1", first) {
			first, second = second, first
		}
		if got := inTheWay(t, store, admins[0], models.UndoOf{Receipt: first}); !strings.HasSuffix(got, fmt.Sprintf("The name was changed since act %d", second)) {
			t.Error(got)
		}
		undo(t, store, admins[0], second)
		undo(t, store, admins[1], first)
		if name := ask[string](t, conn, "select name from users where id = $1", ann.ID); name != ann.Username {
			t.Error("the name is", name)
		}
	}
}
