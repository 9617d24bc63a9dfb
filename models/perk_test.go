package models_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

// perkForm is a form that is right, with other values for some fields.
func perkForm(pairs ...string) map[string]string {
	form := map[string]string{"name": "Print copy", "description": "Any post, on paper.", "tags": "Paper, print", "prices": "5\n4.50\n4", "category": "Print", "rating": "4.5", "stock": "10"}
	for i := 0; i+1 < len(pairs); i += 2 {
		form[pairs[i]] = pairs[i+1]
	}
	return form
}

func perk(t testing.TB, store *models.Store, admin *models.User, pairs ...string) *models.Perk {
	t.Helper()
	p, err := models.ParsePerk(perkForm(pairs...), time.UTC)
	if err == nil {
		err = store.CreatePerk(modelstest.Context(t), admin, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnAdminKeepsACatalogue(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	made := perk(t, store, admin, "details", "paper: linen\nspecs: {\"pages\": 12}\nlong number: 12345678901234567890", "from", "2020-01-01T08:00", "to", "2099-12-31T20:00")
	p, err := store.Perk(ctx, ann, made.ID)
	if err != nil || p.Name != "Print copy" || strings.Join(p.Tags, " ") != "paper print" || p.PriceList() != "5.00 4.50 4.00" || p.Category() != "Print" || p.Rating() != "4.5" || *p.Stock != 10 {
		t.Fatalf("%+v, %v", p, err)
	}
	if active := ask[string](t, conn, "select active::text from perks"); active != `["2020-01-01 08:00:00+00","2099-12-31 20:00:00+00")` {
		t.Error(active)
	}
	if long := ask[string](t, conn, "select details ->> 'long number' from perks where details @> '{\"specs\": {\"pages\": 12}, \"paper\": \"linen\"}'"); long != "12345678901234567890" {
		t.Error(long)
	}
	for quantity, want := range map[int]string{1: "5", 2: "4.5", 3: "4", 1000: "4"} {
		if p.Price(quantity).String() != want {
			t.Errorf("the price of one of %d is %s", quantity, p.Price(quantity))
		}
	}
	// What the form says of it is read as it was.
	again, err := models.ParsePerk(p.Form(time.UTC), time.UTC)
	if err != nil || again.PriceList() != p.PriceList() || len(again.Details) != len(p.Details) || !again.From.Equal(*p.From) || again.More()[1] != p.More()[1] {
		t.Errorf("%+v, %v", again, err)
	}
	perk(t, store, admin, "name", "Featured", "tags", "front page", "category", "Slots", "stock", "", "rating", "")
	perk(t, store, admin, "name", "Past", "to", "2020-01-01T00:00")
	perk(t, store, admin, "name", "Ahead", "from", "2099-01-01T00:00")
	for list, want := range map[models.PerkList]string{{Limit: 9}: "Featured, Print copy", {Tag: "print", Limit: 9}: "Print copy", {Tag: "prin", Limit: 9}: "",
		{Category: "Slots", Limit: 9}: "Featured", {Limit: 1}: "Featured", {Limit: 1, After: made.ID + 1}: "Print copy"} {
		perks, more, err := store.Perks(ctx, ann, list)
		var names []string
		for _, p := range perks {
			names = append(names, p.Name)
		}
		if err != nil || strings.Join(names, ", ") != want || more != (list == models.PerkList{Limit: 1}) {
			t.Errorf("%+v: %v %v %v", list, names, more, err)
		}
	}
	if _, _, err := store.Perks(ctx, ann, models.PerkList{All: true, Limit: 9}); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	if all, _, err := store.Perks(ctx, admin, models.PerkList{All: true, Limit: 9}); err != nil || len(all) != 4 {
		t.Error(all, err)
	}
	if categories, tags, err := store.PerkWords(ctx); err != nil || strings.Join(categories, ",") != "Print,Slots" || strings.Join(tags, ",") != "front page,paper,print" {
		t.Error(categories, tags, err)
	}
	if _, err := store.Perk(ctx, ann, made.ID+2); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a perk that is past: %v", err)
	}
	if err := store.CreatePerk(ctx, ann, p); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	if n := ask[int](t, conn, "select count(*) from audit where kind = 'perk.create' and actor = $1", admin.Username); n != 4 {
		t.Errorf("the log has %d lines", n)
	}
}

func TestAPerkIsRefusedWithASentenceAtEachField(t *testing.T) {
	for field, values := range map[string][]string{
		"name":        {"", " \u2800 ", strings.Repeat("x", 101), "a\u202eb"},
		"description": {strings.Repeat("x", 2001), "a\x00b"},
		"tags":        {"a,b,c,d,e,f,g,h,i,j,k", strings.Repeat("x", 41)},
		"prices":      {"", "0", "-1", "NaN", "free", "4,50", "1e3", "0.001", "5\n0", "100000000", "123.456789012345", strings.Repeat("1\n", 21), "Infinity"},
		"category":    {strings.Repeat("x", 41)},
		"rating":      {"5.1", "-1", "NaN", "good", "1e0", "4.55555"},
		"details":     {"paper", ": linen", "a:", "a: 1\na: 2", "rating: 9", strings.Repeat("x", 51) + ": y", "x: " + strings.Repeat("y", 501), `x: "a\u0000"`},
		"stock":       {"-1", "1.5", "many", "1000000000", "NaN"},
		"from":        {"tomorrow", "2026-13-01T00:00"},
		"to":          {"2026-01-01"},
	} {
		for _, value := range values {
			var invalid models.Invalid
			if _, err := models.ParsePerk(perkForm(field, value), time.UTC); !errors.As(err, &invalid) || len(invalid) != 1 || invalid[field].Text == "" {
				t.Errorf("%s %q: %v", field, value, err)
			}
		}
	}
	var invalid models.Invalid
	if _, err := models.ParsePerk(perkForm("from", "2026-01-02T00:00", "to", "2026-01-02T00:00"), time.UTC); !errors.As(err, &invalid) || invalid["to"].Text == "" {
		t.Error(err)
	}
	// And the database has the last word.
	_, conn := behind(t)
	for _, values := range []string{"'x', '{}'", "'x', '{0}'", "'x', '{1,null}'", "'x', '{NaN}'", "'x', '{{1},{2}}'", "' ', '{1}'", "'x', null"} {
		if state, _, err := refused(t, conn, "insert into perks (name, prices) values ("+values+")"); state != "23514" && state != "23502" {
			t.Errorf("%s: %s %v", values, state, err)
		}
	}
	for _, rest := range []string{"details = '[]'", `details = '{"rating": 6}'`, `details = '{"rating": "good"}'`, `details = '{"category": 1}'`, "stock = -1", "active = 'empty'"} {
		run(t, conn, "insert into perks (name, prices) values ('x', '{1}')")
		if state, _, err := refused(t, conn, "update perks set "+rest); state != "23514" {
			t.Errorf("%s: %s %v", rest, state, err)
		}
	}
}

func TestAPerkIsChangedWithoutUndoingWhatOthersDid(t *testing.T) {
	store, conn := behind(t)
	ctx := modelstest.Context(t)
	admin, ann := modelstest.Admin(t, store), modelstest.User(t, store)
	grant(t, conn, ann, "100")
	p := perk(t, store, admin)
	opened := p.Form(time.UTC)
	if _, _, err := store.PlaceOrder(ctx, ann, models.NewOrder{PerkID: p.ID, Quantity: 3}); err != nil {
		t.Fatal(err)
	}
	save := func(form map[string]string) (*models.Perk, error) {
		t.Helper()
		typed, err := models.ParsePerk(form, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return store.UpdatePerk(ctx, admin, p.ID, typed, form["version"], form["stock_was"])
	}
	opened["name"] = "Print copy, signed"
	now, err := save(opened)
	if err != nil || *now.Stock != 7 || now.Name != "Print copy, signed" || ask[int](t, conn, "select stock from perks") != 7 {
		t.Fatalf("a stock that the form left alone: %+v, %v", now, err)
	}
	var invalid models.Invalid
	if _, err := save(opened); !errors.As(err, &invalid) || invalid[""].Text == "" {
		t.Errorf("a form that is out of date: %v", err)
	}
	late := now.Form(time.UTC)
	late["stock"], late["stock_was"] = "20", "10"
	if _, err := save(late); !errors.As(err, &invalid) || invalid["stock"].Text == "" {
		t.Errorf("a stock that others changed: %v", err)
	}
	late["stock_was"] = "7"
	if now, err = save(late); err != nil || *now.Stock != 20 {
		t.Error(now, err)
	}
	if _, err := store.UpdatePerk(ctx, ann, p.ID, p, now.Version(), "20"); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
	if _, err := store.UpdatePerk(ctx, admin, 999, p, "", ""); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
	if lines := ask[string](t, conn, "select string_agg(details -> 'before' ->> 'stock' || '>' || (details -> 'after' ->> 'stock'), ' ') from audit where kind = 'perk.update'"); lines != "7>20" {
		t.Error(lines)
	}
	gone, err := store.DeletePerk(ctx, admin, p.ID)
	if err != nil || gone.Name != "Print copy, signed" {
		t.Fatal(gone, err)
	}
	if product := ask[string](t, conn, "select product_name from orders where perk_id is null"); product != "Print copy" {
		t.Error(product)
	}
	if _, err := store.DeletePerk(ctx, admin, p.ID); !errors.Is(err, models.ErrNotFound) {
		t.Error(err)
	}
	proven(t, store, "changing perks")
}
