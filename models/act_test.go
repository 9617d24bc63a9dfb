package models_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// rehearse rehearses an act on users and waits for the end.
func rehearse(t testing.TB, store *models.Store, by *models.User, in models.NewRehearsal) *models.Rehearsal {
	t.Helper()
	if in.TargetKind == "" {
		in.TargetKind = "user"
	}
	ctx := modelstest.Context(t)
	r, err := store.Rehearse(ctx, by, in)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = store.AwaitRehearsal(ctx, by, r.Key, 50*time.Second); err != nil || r.State != "done" {
		t.Fatalf("the rehearsal is %s: %v", r.State, err)
	}
	return r
}

// commit commits a rehearsal and waits for the end.
func commit(t testing.TB, store *models.Store, by *models.User, r *models.Rehearsal) *models.Act {
	t.Helper()
	ctx := modelstest.Context(t)
	act, err := store.Commit(ctx, by, r.Key, "tidying up")
	if err != nil {
		t.Fatal(err)
	}
	return done(t, store, by, act)
}

func done(t testing.TB, store *models.Store, by *models.User, act *models.Act) *models.Act {
	t.Helper()
	const patience = 5 * time.Minute // for thousands of rows, with the race detector, beside other tests
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	act, err := store.AwaitAct(ctx, by, act.ID, patience)
	if err != nil || act.State != "done" {
		t.Fatalf("act %d is %s: %v", act.ID, act.State, err)
	}
	return act
}

func undo(t testing.TB, store *models.Store, by *models.User, receipt int64, ids ...int64) *models.Act {
	t.Helper()
	act, err := store.Undo(modelstest.Context(t), by, models.UndoOf{Receipt: receipt, IDs: ids})
	if err != nil {
		var way *models.InTheWay
		errors.As(err, &way)
		t.Fatalf("undoing %d: %v %+v", receipt, err, way)
	}
	return done(t, store, by, act)
}

// everything is all rows of the tables that an act on users may touch, as text.
func everything(t testing.TB, conn *pgx.Conn) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"users", "posts", "suspensions", "contacts"} {
		rows, err := conn.Query(modelstest.Context(t), "select (to_jsonb(t) - array['updated_at', 'revision', 'saved_at', 'saved_by_id'])::text from "+table+" t order by id")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s:\n%s\n", table, strings.Join(lines, "\n"))
	}
	return all.String()
}

// unlike is where two texts of many lines first differ.
func unlike(a, b string) string {
	before, after := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(before), len(after)) {
		if before[i] != after[i] {
			return before[i] + "\n" + after[i]
		}
	}
	return fmt.Sprintf("%d and %d lines", len(before), len(after))
}

// people are users of all sorts, with posts, drafts, sessions and a suspension.
func people(t testing.TB, store *models.Store, conn *pgx.Conn, admin *models.User) (ids []int64) {
	t.Helper()
	for i := range 6 {
		user := modelstest.User(t, store, func(in *models.NewUser) {
			in.Metadata = models.Metadata{"city": []string{"Lyon", "Riga"}[i%2], "n": i}
		})
		for j := range i {
			modelstest.Post(t, store, user, func(p *models.Post) {
				p.Title, p.Tags = fmt.Sprintf("Post %d of %d", j, i), models.Tags{"one", "two"}
				if j == 2 {
					p.Status = models.StatusDraft
				}
			})
		}
		if _, err := store.StartSession(modelstest.Context(t), user, models.Browser{IP: "192.0.2.1"}, nil); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, user.ID)
	}
	run(t, conn, `insert into suspensions (user_id, by_id, reason, until) values ($1, $2, 'spam', '2099-01-01')`, ids[1], admin.ID)
	run(t, conn, `insert into contacts (user_id, by_id, line) select id, $2, 'wrote' from unnest($1::bigint[]) id`, ids[2:4], admin.ID)
	run(t, conn, `update users set is_active = false where id = $1`, ids[3])
	return ids
}

func TestEveryActIsRehearsedCommittedAndUndone(t *testing.T) {
	store, conn := behind(t)
	admin := modelstest.Admin(t, store)
	ids := people(t, store, conn, admin)
	until := time.Now().Add(72 * time.Hour).UTC().Truncate(time.Second)
	for _, try := range []struct {
		act     string
		params  models.ActParams
		changes int
		holds   string // of those who were changed
		stays   bool   // it cannot be undone
	}{
		{"sign-out", models.ActParams{}, 5, "not exists (select from sessions where user_id = users.id)", true},
		{"deactivate", models.ActParams{}, 5, "not is_active", false},
		{"reactivate", models.ActParams{}, 2, "is_active and suspended_until is null", false},
		{"suspend", models.ActParams{Until: until, Reason: "Be kind"}, 6, "suspended_until > now()", false},
		{"set-role", models.ActParams{Role: "editor"}, 6, "role = 'editor'", false},
		{"set-metadata", models.ActParams{Field: "city", Value: "Lyon"}, 3, "metadata ->> 'city' = 'Lyon' and metadata ? 'n'", false},
		{"set-metadata", models.ActParams{Field: "note", Value: map[string]any{"a": []any{1, "b", nil}}}, 6, `metadata -> 'note' = '{"a": [1, "b", null]}'`, false},
		{"remove-metadata", models.ActParams{Field: "n"}, 6, "not metadata ? 'n'", false},
		{"delete", models.ActParams{}, 6, "", false},
	} {
		t.Run(try.act, func(t *testing.T) {
			before := everything(t, conn)
			r := rehearse(t, store, admin, models.NewRehearsal{Kind: try.act, Params: try.params, IDs: ids})
			if r.Changes != try.changes || r.Refused != 0 || r.Same() != 6-try.changes {
				t.Fatalf("%d would change, %d be refused, %d stay the same", r.Changes, r.Refused, r.Same())
			}
			if now := everything(t, conn); now != before {
				t.Fatalf("the rehearsal changed something:\n%s", unlike(before, now))
			}
			act := commit(t, store, admin, r)
			if act.Total != int64(try.changes) || act.Refused != 0 || act.Kind != try.act || act.ByID != admin.ID {
				t.Errorf("the receipt says %+v", act)
			}
			touched := ask[int](t, conn, "select count(*) from act_rows where act_id = $1", act.ID)
			held := 0
			if try.holds != "" {
				held = ask[int](t, conn, "select count(*) from act_rows r join users on id = target_id where act_id = $1 and "+try.holds, act.ID)
			} else {
				held = 6 - ask[int](t, conn, "select count(*) from users where id = any($1)", ids)
			}
			if touched != try.changes || held != try.changes {
				t.Errorf("%d rows on the receipt, %d are so", touched, held)
			}
			proven(t, store, try.act)
			if try.stays {
				if _, err := store.Undo(modelstest.Context(t), admin, models.UndoOf{Receipt: act.ID}); !errors.Is(err, models.ErrConflict) {
					t.Errorf("the undo: %v", err)
				}
				return
			}
			after := everything(t, conn)
			back := undo(t, store, admin, act.ID)
			if now := everything(t, conn); now != before {
				t.Fatalf("the undo does not bring back:\n%s", unlike(before, now))
			}
			if back.Total != act.Total || back.Undoes != act.ID {
				t.Errorf("the receipt of the undo says %+v", back)
			}
			proven(t, store, "the undo of "+try.act)
			again := undo(t, store, admin, back.ID)
			if now := everything(t, conn); now != after {
				t.Fatalf("the undo of the undo differs:\n%s", unlike(after, now))
			}
			undo(t, store, admin, again.ID)
			if now := everything(t, conn); now != before {
				t.Fatalf("the undo of the undo of the undo differs:\n%s", unlike(before, now))
			}
			proven(t, store, "the third undo of "+try.act)
		})
	}
}
