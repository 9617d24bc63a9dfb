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
