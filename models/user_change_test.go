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

func TestOneChangesOneselfAndAnAdminChangesOthers(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	ann, bob, admin := modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob")), modelstest.Admin(t, store)
	editor := modelstest.User(t, store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	name, role, no := "New name", models.RoleEditor, false
	for _, try := range []struct {
		what   string
		by     *models.User
		change models.UserChange
		want   error
	}{
		{"a visitor, a name", nil, models.UserChange{Name: &name}, models.ErrForbidden},
		{"another, a name", bob, models.UserChange{Name: &name}, models.ErrForbidden},
		{"an editor, a name", editor, models.UserChange{Name: &name}, models.ErrForbidden},
		{"oneself, a role", ann, models.UserChange{Role: &role}, models.ErrForbidden},
		{"oneself, deactivation", ann, models.UserChange{IsActive: &no}, models.ErrForbidden},
		{"oneself, a name", ann, models.UserChange{Name: &name}, nil},
		{"an admin, a name", admin, models.UserChange{Name: &name}, nil},
		{"an admin, a role", admin, models.UserChange{Role: &role}, nil},
		{"nothing at all", ann, models.UserChange{}, nil},
	} {
		if _, err := store.UpdateUser(ctx, try.by, ann.ID, try.change); !errors.Is(err, try.want) {
			t.Errorf("%s: %v", try.what, err)
		}
	}
	for what, err := range map[string]error{
		"a user who is not there": func() error { _, err := store.UpdateUser(ctx, bob, 999, models.UserChange{Name: &name}); return err }(),
		"the same, by an admin":   func() error { _, err := store.UpdateUser(ctx, admin, 999, models.UserChange{Name: &name}); return err }(),
		"deleting nobody":         func() error { _, err := store.DeleteUser(ctx, admin, 999); return err }(),
		"deleting nobody, by bob": func() error { _, err := store.DeleteUser(ctx, bob, 999); return err }(),
	} {
		if !errors.Is(err, models.ErrNotFound) || err.Error() != "User not found" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := store.DeleteUser(ctx, bob, ann.ID); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("deleting another: %v", err)
	}
	if _, err := store.DeleteUser(ctx, nil, ann.ID); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("a visitor deletes: %v", err)
	}
	if _, err := store.CreateUser(ctx, editor, models.NewUser{Username: "eve", Email: "eve@example.com"}); !errors.Is(err, models.ErrForbidden) {
		t.Errorf("an editor makes a user: %v", err)
	}
	if user, err := store.CreateUser(ctx, admin, models.NewUser{Username: "eve", Email: "eve@example.com"}); err != nil || user.Role != models.RoleUser || user.Name != "eve" {
		t.Errorf("an admin makes a user: %v, %v", user, err)
	}
	if _, err := store.SignIn(ctx, models.Browser{}, "eve", ""); !errors.Is(err, models.ErrWrongPassword) {
		t.Errorf("without a password: %v", err)
	}
	if posts, err := store.Leave(ctx, bob, "not the password"); posts != 0 || fields(err)["current_password"].Text == "" {
		t.Errorf("leaving with a wrong password: %v", err)
	}
	if _, err := store.Leave(ctx, bob, modelstest.Password); err != nil {
		t.Errorf("leaving: %v", err)
	}
	if _, err := store.UserByName(ctx, "bob"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("who left is there: %v", err)
	}
}

func TestAnAdminsChangeIsCheckedAsAUsersOwn(t *testing.T) {
	store := modelstest.Store(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann"))
	modelstest.User(t, store, modelstest.Named("bob"))
	say := func(s string) *string { return &s }
	age := func(n int) *int { return &n }
	for field, changes := range map[string][]models.UserChange{
		"username": {{Username: say("")}, {Username: say("a b")}, {Username: say("BOB")}, {Username: say("root")}},
		"name":     {{Name: say("")}, {Name: say(" \u200b ")}, {Name: say(strings.Repeat("n", 101))}},
		"email":    {{Email: say("")}, {Email: say("x")}, {Email: say("BOB@example.com")}},
		"role":     {{Role: say("root")}, {Role: say("")}},
		"age":      {{Age: age(-1)}, {Age: age(151)}},
		"password": {{Password: say("")}, {Password: say("short")}},
		"metadata": {{Metadata: models.Metadata{strings.Repeat("f", 51): 1}}, {Metadata: manyFields(51)}},
	} {
		for _, change := range changes {
			if _, err := store.UpdateUser(ctx, admin, ann.ID, change); fields(err)[field].Text == "" || len(fields(err)) != 1 {
				t.Errorf("%s %+v: %v", field, change, err)
			}
		}
	}
	session, _ := browser(t, store, ann)
	user, err := store.UpdateUser(ctx, admin, ann.ID, models.UserChange{Username: say(" Anna "), Name: say(" Anna  Lee "), Age: age(44), About: say("a\r\nb "), Metadata: manyFields(50), Password: say("another password")})
	if err != nil || user.Username != "Anna" || user.Name != "Anna Lee" || *user.Age != 44 || user.About != "a\nb" || len(user.Metadata) != 50 {
		t.Errorf("%+v, %v", user, err)
	}
	if isOpen(t, store, session) {
		t.Error("a session outlives a new password")
	}
	if _, err := store.SignIn(ctx, models.Browser{}, "ANNA", "another password"); err != nil {
		t.Error(err)
	}
	boss := models.RoleAdmin
	if _, err := store.UpdateUser(ctx, admin, ann.ID, models.UserChange{Role: &boss}); err != nil {
		t.Fatal(err)
	}
	second, _ := store.User(ctx, ann.ID)
	_, secret, err := store.CreateToken(ctx, second, "all", models.ScopeAdmin)
	if err != nil {
		t.Fatal(err)
	}
	plain := models.RoleUser
	if _, err := store.UpdateUser(ctx, admin, ann.ID, models.UserChange{Role: &plain}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.FindToken(ctx, secret); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an admin's token outlives the role: %v", err)
	}
}

func manyFields(n int) models.Metadata {
	many := models.Metadata{}
	for i := range n {
		many[fmt.Sprint("f", i)] = i
	}
	return many
}

func TestTheMostActiveAndTheTilesAreRight(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	makeUsers(t, conn, 20)
	run(t, conn, `insert into posts (user_id, title, content, status, published_at) select u, 'T', 'c', 'published', now() - p * interval '1 hour' from generate_series(1, 15) u, generate_series(1, u / 2) p`)
	run(t, conn, `insert into posts (user_id, title, content) select 20, 'T', 'c' from generate_series(1, 30)`)
	top, err := store.TopUsers(ctx, 10)
	if err != nil || len(top) != 10 || top[0].ID != 15 || top[1].ID != 14 || top[9].ID != 6 || top[0].PostCount != 7 {
		t.Errorf("%+v, %v", top, err)
	}
	stats, err := store.SiteStats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	average := ask[float64](t, conn, `select avg(age)::float8 from users`)
	if stats.Users != 20 || stats.Posts != 56 || stats.Drafts != 30 || stats.Active != ask[int64](t, conn, `select count(*) from users where is_active`) ||
		*stats.AvgAge-average > 1e-9 || average-*stats.AvgAge > 1e-9 || stats.Newest.ID != 1 {
		t.Errorf("%+v, the average age is %v", stats, average)
	}
	totals, err := store.PostTotals(ctx, 20)
	if err != nil || totals.Published != 0 || totals.Drafts != 30 || totals.All() != 30 {
		t.Errorf("%+v, %v", totals, err)
	}
	zones, err := store.TimeZones(ctx)
	if err != nil || len(zones) < 300 {
		t.Fatalf("%d time zones, %v", len(zones), err)
	}
	for _, name := range zones {
		if zone, err := time.LoadLocation(name); err != nil {
			t.Error(err)
		} else if _, err := store.Days(ctx, 2, time.Date(2011, 12, 31, 12, 0, 0, 0, zone), zone); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
