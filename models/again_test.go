package models_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// refuses makes the server refuse the first transfers that come, as it does where two transactions are in each other's way. The
// refusal comes when the entries are written; a sequence counts the tries, for it does not go back with them.
func refuses(t *testing.T, conn *pgx.Conn, state string, tries int) {
	t.Helper()
	run(t, conn, `create sequence if not exists tries`)
	run(t, conn, `alter sequence tries restart`)
	run(t, conn, fmt.Sprintf(`create or replace function refuse() returns trigger language plpgsql security definer as $$
	begin
		if nextval('tries') <= %d then
			raise exception 'in the way of another' using errcode = '%s';
		end if;
		return null;
	end $$`, tries, state))
	run(t, conn, `create or replace trigger refuse after insert on entries for each statement execute function refuse()`)
}

func TestWhatIsRefusedForTheSakeOfOrderIsTriedAgain(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann, bob := modelstest.Admin(t, store), modelstest.User(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	p := perk(t, store, admin, "prices", "5", "stock", "5")
	doors := map[string]func(key string) error{
		"thanks": func(key string) error {
			_, err := store.Thank(ctx, ann, models.NewThanks{To: bob.ID, Amount: amount("1"), Key: key})
			return err
		},
		"a grant": func(key string) error {
			_, err := store.Grant(ctx, admin, models.NewGrant{To: bob.ID, Amount: amount("1"), Key: key})
			return err
		},
		"an order": func(key string) error {
			_, _, err := store.PlaceOrder(ctx, ann, models.NewOrder{PerkID: p.ID, Quantity: 1, Key: key})
			return err
		},
	}
	moved := func() string {
		return ask[string](t, conn, `select concat_ws(' ', (select count(*) from transfers), (select count(*) from entries), (select count(*) from orders), (select count(*) from audit),
			(select string_agg(credits::text, ',' order by id) from users), (select stock from perks))`)
	}
	for what, move := range doors {
		for _, state := range []string{"40001", "40P01"} {
			before := moved()
			refuses(t, conn, state, 4)
			if err := move(what + state); err != nil || ask[int](t, conn, `select last_value from tries`) != 5 {
				t.Errorf("%s, %s: %v", what, state, err)
			}
			if before == moved() {
				t.Errorf("%s, %s: nothing was moved", what, state)
			}
			before = moved()
			refuses(t, conn, state, 1000)
			err := move(what + state + " again and again")
			if !errors.Is(err, models.ErrBusy) || !errors.Is(err, models.ErrUnavailable) || ask[int](t, conn, `select last_value from tries`) != 5 {
				t.Errorf("%s, %s: after %d tries: %v", what, state, ask[int](t, conn, `select last_value from tries`), err)
			}
			if now := moved(); now != before {
				t.Errorf("%s, %s: half was moved: %s, then %s", what, state, before, now)
			}
			refuses(t, conn, state, 0)
			// What was refused for good can be sent again with its key.
			if err := move(what + state + " again and again"); err != nil {
				t.Errorf("%s, %s: sent again: %v", what, state, err)
			}
		}
	}
	run(t, conn, `drop trigger refuse on entries`)
	proven(t, store, "refusals")
}

func TestThePausesBetweenTriesAreNeverTheSame(t *testing.T) {
	store, conn := behind(t)
	ann, bob := modelstest.User(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	refuses(t, conn, "40001", 1000)
	pauses := map[time.Duration]bool{}
	for range 5 {
		began := time.Now()
		if _, err := store.Thank(modelstest.Context(t), ann, models.NewThanks{To: bob.ID, Amount: amount("1")}); !errors.Is(err, models.ErrUnavailable) {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("five tries took %s", took)
		} else {
			pauses[took.Truncate(time.Millisecond)] = true
		}
	}
	if len(pauses) < 2 {
		t.Errorf("five tries always took %v", pauses)
	}
	ctx, cancel := context.WithCancel(modelstest.Context(t))
	cancel()
	if _, err := store.Thank(ctx, ann, models.NewThanks{To: bob.ID, Amount: amount("1")}); err == nil {
		t.Error("who went away was waited for")
	}
}
