package models_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAnExportOfPostsHasWhatTheTableHas(t *testing.T) {
	store, conn := shelf(t)
	run(t, conn, `update posts set content = E'one, "two"\n=three' where id = 1`)
	head, rows := cells(t, exported(t, store, "posts", "csv", ""))
	if want := "id user_id username title content tags status created_at updated_at published_at visibility publish_at lang"; strings.Join(head, " ") != want {
		t.Fatal(head)
	}
	for i, want := range []string{
		"1|1|ann|Ёлка in winter|one, \"two\"\n=three|winter, tree|published|2026-01-01T10:00:00Z|2026-01-09T10:00:00Z|2026-01-02T10:00:00Z|public||",
		"2|2|Bob|100% of_it|b||published|2026-01-02T23:30:00Z|2026-01-03T10:00:00Z|2026-01-02T23:30:00Z|public||",
		`3|2|Bob|back\slash|c|winter|draft|2026-01-03T10:00:00Z|2026-01-03T10:00:00Z||public||`,
	} {
		if got := strings.Join(rows[i], "|"); got != want {
			t.Errorf("%s\nnot\n%s", got, want)
		}
	}
	if len(rows) != 10 {
		t.Error(len(rows), "rows")
	}
	if got := exported(t, store, "posts", "csv", "columns=title,reports&author=bob&status=published&sort=-title"); got != "title,reports\nZed 5,0\nZed 3,0\nZed 1,0\n100% of_it,1\n" {
		t.Errorf("%q", got)
	}
	if got := exported(t, store, "posts", "jsonl", "columns=id,title,tags,words,published_at,reports&tag=winter"); got !=
		`{"id":1,"title":"Ёлка in winter","tags":["winter", "tree"],"words":0,"published_at":"2026-01-02T10:00:00Z","reports":0}`+"\n"+
			`{"id":3,"title":"back\\slash","tags":["winter"],"words":0,"published_at":null,"reports":0}`+"\n" {
		t.Error(got)
	}
}

func TestAFormulaInAPostIsMadeHarmless(t *testing.T) {
	store, conn := shelf(t)
	run(t, conn, `update posts set title = '=1+1', content = '@sum', tags = '{-a,b}' where id = 1`)
	if got := exported(t, store, "posts", "csv", "columns=title,content,tags&limit="+"&q=1%2B1"); got != "title,content,tags\n'=1+1,'@sum,\"'-a, b\"\n" {
		t.Errorf("%q", got)
	}
}

func TestAnExportOfPostsIsOnePictureAndEndsWithItsReader(t *testing.T) {
	store, conn := shelf(t)
	run(t, conn, `insert into posts (user_id, title, content) select 1, 'Many', repeat('text ', 200) from generate_series(1, 20000)`)
	admin := modelstest.Admin(t, store)
	e, err := models.ParseExport("posts", "csv", url.Values{"status": {"draft"}}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	var pid int64
	var file bytes.Buffer
	w := &watching{first: func() {
		if got := ask[string](t, conn, `select concat_ws('|', kind, actor, details ->> 'rows', details ->> 'filter') from audit order by id desc limit 1`); got !=
			fmt.Sprintf("export.posts|%s|20002|sort=id&status=draft", admin.Username) {
			t.Error(got)
		}
		run(t, conn, "update posts set title = 'after'")
		run(t, conn, "delete from posts where id % 3 = 0")
	}}
	if rows, err := store.Export(modelstest.Context(t), admin, e, io.MultiWriter(w, &file)); err != nil || rows != 20002 || strings.Contains(file.String(), "after") {
		t.Error(rows, err, "the file has seen what changed meanwhile")
	}
	gone := errors.New("gone")
	stop := &watching{stop: gone, first: func() {
		pid = ask[int64](t, conn, `select pid from pg_stat_activity where state = 'active' and query like 'select id, user_id%'`)
	}}
	if rows, err := store.Export(modelstest.Context(t), admin, e, stop); !errors.Is(err, gone) || rows > 2000 {
		t.Error(rows, err)
	}
	await(t, conn, fmt.Sprintf("select not exists (select from pg_stat_activity where pid = %d)", pid))
	for query, field := range map[string]string{"columns=password_hash": "columns", "columns=meta.x": "columns", "limit=5": "limit", "status=lost": "status"} {
		values, _ := url.ParseQuery(query)
		_, err := models.ParseExport("posts", "csv", values, time.UTC)
		var invalid models.Invalid
		if !errors.As(err, &invalid) || invalid[field].Text == "" {
			t.Error(query, err)
		}
	}
}
