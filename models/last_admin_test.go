package models_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

const countAdmins = `select count(*) from users where role = 'admin' and is_active`

func lastAdmin(err error) bool {
	var conflict *models.Conflict
	return errors.As(err, &conflict) && conflict.Say.Text == models.SayLastAdmin.Text
}

func TestTheLastAdminStaysWhoeverTries(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	modelstest.User(t, store)
	run(t, conn, `insert into users (username, name, email, role, is_active) values ('away', 'x', 'away@x', 'admin', false)`) // does not count
	for _, sql := range []string{
		`delete from users where id = 1`, `delete from users`, `delete from users where role = 'admin'`, `update users set role = 'editor'`,
		`update users set role = 'user' where id = 1`, `update users set is_active = false`, `update users set role = 'user', is_active = false where id = 1`,
		`update users set role = case id when 1 then 'user' when 2 then 'editor' else role end`,
	} {
		if _, _, err := refused(t, conn, sql); !lastAdmin(models.Explain(err)) {
			t.Errorf("%s: %v", sql, err)
		}
	}
	ctx := modelstest.Context(t)
	if _, err := store.DeleteUser(ctx, admin, admin.ID); !lastAdmin(err) {
		t.Error("the last admin leaves:", err)
	}
	if _, err := store.Leave(ctx, admin, modelstest.Password); !lastAdmin(err) {
		t.Error("the last admin leaves with the password:", err)
	}
	role, no := models.RoleUser, false
	var conflict *models.Conflict
	if _, err := store.UpdateUser(ctx, admin, admin.ID, models.UserChange{Role: &role}); !errors.As(err, &conflict) || conflict.Say.Text != models.SayYourself.Text {
		t.Error("an admin's own role:", err)
	}
	stranger := &models.User{ID: 999, Role: models.RoleAdmin} // an admin who is gone meanwhile
	if _, err := store.UpdateUser(ctx, stranger, admin.ID, models.UserChange{Role: &role}); !errors.Is(err, models.ErrForbidden) {
		t.Error("demoting the last admin:", err)
	}
	if _, err := store.UpdateUser(ctx, stranger, admin.ID, models.UserChange{IsActive: &no}); !errors.Is(err, models.ErrForbidden) {
		t.Error("deactivating the last admin:", err)
	}
	if n := ask[int](t, conn, countAdmins); n != 1 {
		t.Errorf("%d admins", n)
	}
	// Where another takes over in the same statement, it may be done; and what does not touch the role always may.
	run(t, conn, `update users set name = 'Still', post_count = post_count where id = 1`)
	run(t, conn, `update users set role = case id when 1 then 'user' when 2 then 'admin' else role end`)
	run(t, conn, `delete from users where id = 1`)
}

func TestOfTwoAdminsWhoRemoveEachOtherOneStays(t *testing.T) {
	address := modelstest.URL(t)
	conn := modelstest.SQL(t, address)
	stores := []*models.Store{modelstest.Open(t, address), modelstest.Open(t, address)}
	role, no := models.RoleUser, false
	ctx := modelstest.Context(t)
	for round := range 9 {
		admins := []*models.User{modelstest.Admin(t, stores[0]), modelstest.Admin(t, stores[0])}
		run(t, conn, `delete from users where id < $1`, admins[0].ID)
		errs := make([]error, 2)
		together(2, func(i int) {
			other := admins[1-i].ID
			switch round % 3 {
			case 0:
				_, errs[i] = stores[i].DeleteUser(ctx, admins[i], other)
			case 1:
				_, errs[i] = stores[i].UpdateUser(ctx, admins[i], other, models.UserChange{Role: &role})
			case 2:
				_, errs[i] = stores[i].UpdateUser(ctx, admins[i], other, models.UserChange{IsActive: &no})
			}
		})
		if n := ask[int](t, conn, countAdmins); n != 1 {
			t.Errorf("round %d: %d admins are left", round, n)
		}
		// Who comes second is refused as the last admin's remover, or is no admin any more.
		if err := errors.Join(errs...); (errs[0] == nil) == (errs[1] == nil) || !lastAdmin(err) && !errors.Is(err, models.ErrForbidden) {
			t.Errorf("round %d: %v and %v", round, errs[0], errs[1])
		}
	}
}

func TestOneAdminStaysUnderEveryIsolationLevel(t *testing.T) {
	_, conn := behind(t)
	second := modelstest.SQL(t, conn.Config().ConnString())
	for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead, pgx.Serializable} {
		run(t, conn, `alter table transfers disable trigger keep_transfers; alter table entries disable trigger keep_entries; truncate users cascade`)
		run(t, conn, `insert into users (id, username, name, email, role) values (1, 'one', 'x', 'one@x', 'admin'), (2, 'two', 'x', 'two@x', 'admin')`)
		ctx := modelstest.Context(t)
		begin := func(conn *pgx.Conn) pgx.Tx {
			tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: level})
			if err != nil {
				t.Fatal(err)
			}
			var n int
			if err := tx.QueryRow(ctx, countAdmins).Scan(&n); err != nil || n != 2 {
				t.Fatal(n, err)
			}
			return tx
		}
		// Both see two admins before either demotes one.
		a, b := begin(conn), begin(second)
		finish := func(tx pgx.Tx, id int) error {
			if _, err := tx.Exec(ctx, `update users set role = 'user' where id = $1`, id); err != nil {
				tx.Rollback(context.Background())
				return err
			}
			return tx.Commit(ctx)
		}
		errA, errB := finish(a, 1), finish(b, 2)
		if errA != nil || errB == nil {
			t.Errorf("%s: %v and %v", level, errA, errB)
		}
		if n := ask[int](t, conn, countAdmins); n != 1 {
			t.Errorf("%s: %d admins are left", level, n)
		}
	}
}

func TestAdminsWhoPublishDoNotWaitForEachOther(t *testing.T) {
	store, conn := behind(t)
	one, two := modelstest.Admin(t, store), modelstest.Admin(t, store)
	ctx := modelstest.Context(t)
	tx, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, `insert into posts (user_id, title, content, status, published_at) values ($1, 'T', 'c', 'published', now())`, one.ID); err != nil {
		t.Fatal(err)
	}
	modelstest.Post(t, store, two) // while the other's transaction is open
}
