package models_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAStatementRunsOnAndKnowsTheBalanceOfAnyDate(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store, modelstest.Named("ann")), modelstest.User(t, store, modelstest.Named("bob"))
	post := modelstest.Post(t, store, bob)
	var moments []time.Time
	for i := range 5 {
		moved, err := store.Grant(ctx, admin, models.NewGrant{To: ann.ID, Amount: amount(fmt.Sprint(10 * (i + 1))), Note: fmt.Sprintf("=%d", i)})
		if err != nil {
			t.Fatal(err)
		}
		moments = append(moments, moved.At)
	}
	if _, err := store.Thank(ctx, ann, models.NewThanks{PostID: post.ID, Amount: amount("7.50"), Note: "Rye"}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"0.00", "10.00", "30.00", "60.00", "100.00"} {
		if b, err := store.Balance(ctx, ann, ann.ID, moments[i]); err != nil || b.StringFixed(2) != want {
			t.Errorf("before grant %d: %s, %v", i, b, err)
		}
	}
	of := models.StatementOf{UserID: ann.ID, Limit: 4}
	first, err := store.Statement(ctx, ann, of)
	if err != nil || len(first.Lines) != 4 || !first.More || first.Closing.StringFixed(2) != "142.50" || !first.Opening.IsZero() || first.Earlier != nil || first.Later != nil {
		t.Fatalf("%+v, %v", first, err)
	}
	top := first.Lines[0]
	if top.Amount.StringFixed(2) != "-7.50" || top.Balance.StringFixed(2) != "142.50" || top.With.Username != "bob" || top.Post == nil || top.Post.ID != post.ID || top.Note != "Rye" || top.Kind != models.TransferThanks {
		t.Errorf("%+v", top)
	}
	of.After = first.Lines[3].Key()
	second, err := store.Statement(ctx, admin, of)
	if err != nil || len(second.Lines) != 2 || second.More || second.Lines[1].Balance.StringFixed(2) != "10.00" || !second.Lines[1].With.House {
		t.Errorf("%+v, %v", second, err)
	}
	// A time between: what was there before, and afterwards.
	of = models.StatementOf{UserID: ann.ID, Limit: 10, From: moments[1], To: moments[3]}
	if st, err := store.Statement(ctx, ann, of); err != nil || len(st.Lines) != 2 || st.Opening.StringFixed(2) != "10.00" || st.Closing.StringFixed(2) != "60.00" ||
		!st.Earlier.Equal(moments[0]) || !st.Later.Equal(moments[3]) {
		t.Errorf("%+v, %v", st, err)
	}
	thanks, err := store.Statement(ctx, bob, models.StatementOf{UserID: bob.ID, Limit: 10, Thanks: true})
	if err != nil || len(thanks.Lines) != 1 || thanks.Lines[0].With.Username != "ann" || thanks.Lines[0].Note != "Rye" {
		t.Errorf("%+v, %v", thanks, err)
	}
	var file bytes.Buffer
	if err := store.ExportStatement(ctx, ann, models.StatementOf{UserID: ann.ID}, &file); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(file.String()), "\n")
	if len(lines) != 7 || lines[0] != "at,transfer,kind,with,note,post_id,amount,balance" || !strings.HasSuffix(lines[1], ",grant,house,'=0,,10.00,10.00") ||
		!strings.HasSuffix(lines[6], fmt.Sprintf(",thanks,bob,Rye,%d,-7.50,142.50", post.ID)) {
		t.Error(file.String())
	}
	for _, look := range []func(*models.User) error{
		func(by *models.User) error { _, err := store.Statement(ctx, by, of); return err },
		func(by *models.User) error { _, err := store.Balance(ctx, by, ann.ID, time.Now()); return err },
		func(by *models.User) error { return store.ExportStatement(ctx, by, of, &file) },
	} {
		if err := look(bob); !errors.Is(err, models.ErrForbidden) {
			t.Errorf("for another user: %v", err)
		}
		if err := look(nil); !errors.Is(err, models.ErrForbidden) {
			t.Errorf("for a visitor: %v", err)
		}
	}
	if n := ask[int](t, conn, `select count(*) from audit where kind = 'export.statement'`); n != 0 {
		t.Errorf("%d lines of the log for one's own", n)
	}
}

// The account of somebody with a million entries. Behind the proofs' backs, which would take minutes.
func TestALongStatementOpensAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("a million entries")
	}
	store, conn := behind(t)
	ann := modelstest.User(t, store)
	run(t, conn, `set session_replication_role = replica`)
	run(t, conn, `insert into accounts (user_id) values ($1)`, ann.ID)
	run(t, conn, `insert into transfers (id, kind, amount, at) select md5(i::text)::uuid, 'grant', 1, timestamptz '2024-01-01' + i * interval '1 minute' from generate_series(0, 999) i`)
	indexes := ask[string](t, conn, `select string_agg(indexdef, ';') from pg_indexes where tablename = 'entries' and indexname in ('entries_account', 'entries_transfer')`)
	run(t, conn, `drop index entries_account, entries_transfer`)
	run(t, conn, `insert into entries (transfer_id, account_id, amount, balance, at)
		select md5((i % 1000)::text)::uuid, (select id from accounts where user_id = $1), 1, i, timestamptz '2024-01-01' + i * interval '1 minute' from generate_series(1, 1000000) i`, ann.ID)
	run(t, conn, indexes)
	run(t, conn, `update users set credits = 1000000 where id = $1`, ann.ID)
	run(t, conn, `reset session_replication_role`)
	run(t, conn, `analyze entries, transfers, accounts`)
	month := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	place, _ := models.ParsePostKey(fmt.Sprintf("%d-%d", time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), 1))
	for _, of := range []models.StatementOf{{}, {From: month, To: month.AddDate(0, 1, 0)}, {After: place}, {Thanks: false, To: month}} {
		of.UserID, of.Limit = ann.ID, 100
		best := time.Hour
		for range 3 {
			began := time.Now()
			st, err := store.Statement(modelstest.Context(t), ann, of)
			if err != nil || len(st.Lines) != 100 {
				t.Fatal(err)
			}
			best = min(best, time.Since(began))
		}
		t.Logf("%+v: %v", of, best)
		if best > 50*time.Millisecond {
			t.Errorf("%+v takes %v", of, best)
		}
	}
}
