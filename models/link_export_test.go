package models_test

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func linkExport(t *testing.T, query string, all bool) models.LinkExport {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	f, err := models.ParseUserFilter(values, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return models.LinkExport{Users: f, All: all, Link: func(token string) string { return "https://example.com/link?token=" + token }}
}

func TestOneTimeLinksAreMadeForTheUsersOfAFilter(t *testing.T) {
	store, conn := crowd(t) // nobody of it has a password
	ctx := modelstest.Context(t)
	admin, has := modelstest.Admin(t, store), modelstest.User(t, store)
	old, err := store.CreateLink(ctx, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	n, err := store.ExportLinks(ctx, admin, linkExport(t, "sort=name&limit=10", false), &file)
	if err != nil || n != 11 {
		t.Fatal(n, err) // but c_d is deactivated
	}
	head, rows := cells(t, file.String())
	if strings.Join(head, " ") != "username email name link ends_at" || len(rows) != 11 {
		t.Fatal(head, rows)
	}
	for _, row := range rows {
		token, ours := strings.CutPrefix(row[3], "https://example.com/link?token=")
		user, err := store.LinkUser(ctx, token)
		if err != nil || !ours || user.Username != row[0] || user.Email != row[1] || user.Name != row[2] {
			t.Error(row, user, err)
		}
		if ends, err := time.Parse(time.RFC3339, row[4]); err != nil || time.Until(ends) < models.LinkLife-time.Minute || time.Until(ends) > models.LinkLife {
			t.Error(row[4], err)
		}
		if row[0] == "ann" && token == old {
			t.Error("the same link")
		}
	}
	if _, err := store.LinkUser(ctx, old); !errors.Is(err, models.ErrNoLink) {
		t.Error("the earlier link did not end:", err)
	}
	token := strings.TrimPrefix(rows[0][3], "https://example.com/link?token=")
	if ask[bool](t, conn, "select exists (select from links where encode(token_hash, 'escape') like '%' || $1 || '%')", token) || ask[int64](t, conn, "select count(*) from links") != 11 {
		t.Error("the table has tokens, or the wrong number of links")
	}
	if got := ask[string](t, conn, "select concat_ws('|', actor, details ->> 'rows', details ->> 'all', details ->> 'filter') from audit where kind = 'export.links'"); got != admin.Username+"|11|false|" {
		t.Error(got)
	}
	if got := ask[int64](t, conn, "select count(*) from audit where kind = 'link.create' and actor_id = $1", admin.ID); got != 11 {
		t.Error(got, "lines for 11 links")
	}
	if ask[bool](t, conn, "select exists (select from audit where details::text like '%' || $1 || '%')", token) {
		t.Error("a token is in the log")
	}

	if _, err := store.UseLink(ctx, token, modelstest.Password); err != nil {
		t.Fatal(err)
	}
	if user, err := store.SignIn(ctx, models.Browser{IP: "192.0.2.1"}, rows[0][0], modelstest.Password); err != nil || user.Username != rows[0][0] {
		t.Error(user, err)
	}
	for query, want := range map[string]int64{"": 10, "q=zed": 8, "active=false": 0} {
		if n, err := store.CountLinks(ctx, admin, linkExport(t, query, false)); err != nil || n != want {
			t.Errorf("%q: %d, not %d (%v)", query, n, want, err)
		}
	}
	file.Reset()
	if n, err := store.ExportLinks(ctx, admin, linkExport(t, "", true), &file); err != nil || n != 12 || !strings.Contains(file.String(), has.Username) || strings.Contains(file.String(), admin.Username) {
		t.Error(n, err, file.String()) // everyone who is active, but not who asks
	}
	if _, err := store.ExportLinks(ctx, has, linkExport(t, "", true), &file); !errors.Is(err, models.ErrForbidden) {
		t.Error(err)
	}
}

func TestLinksForManyAreMadeInPieces(t *testing.T) {
	store, conn := behind(t)
	makeUsers(t, conn, 4500)
	run(t, conn, "update users set is_active = true")
	began := time.Now()
	var file bytes.Buffer
	n, err := store.ExportLinks(modelstest.Context(t), nil, linkExport(t, "", false), &file)
	if err != nil || n != 4500 {
		t.Fatal(n, err)
	}
	t.Log(time.Since(began))
	_, rows := cells(t, file.String())
	seen := map[string]bool{}
	for _, row := range rows {
		seen[row[0]+row[3]] = true
	}
	if len(seen) != 4500 || ask[int64](t, conn, "select count(distinct user_id) from links") != 4500 || ask[int64](t, conn, "select count(*) from audit where kind = 'export.links'") != 1 {
		t.Error(len(seen))
	}
}
