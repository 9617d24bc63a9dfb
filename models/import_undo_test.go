package models_test

import (
	"fmt"
	"strings"
	"testing"

	"postroom/models"
)

func TestACommittedImportIsTakenBackFromItsReceipt(t *testing.T) {
	o := newOffice(t)
	o.user("hana", func(in *models.NewUser) { in.Metadata = models.Metadata{"city": "Lyon", "keep": true} })
	o.user("kofi")
	before := everything(t, o.sql)
	var file strings.Builder
	file.WriteString("username,email,name,age,role,city,club\nhana,hana.sato@example.com,Hana Sato,41,editor,Oslo,chess\nkofi,,,,,,rowing\n")
	for i := range 1500 { // so many that taking them back is a job
		fmt.Fprintf(&file, "member-%d,member-%d@example.com,Member,30,,Riga,\n", i, i)
	}
	i := o.commit(o.rehearse(file.String()))
	after := everything(t, o.sql)
	back := undo(t, o.Store, o.admin, i.ActID)
	if now := everything(t, o.sql); now != before || back.Total != 1502 {
		t.Errorf("%+v: %s", back, unlike(before, now))
	}
	again := undo(t, o.Store, o.admin, back.ID)
	if now := everything(t, o.sql); now != after {
		t.Errorf("done again: %s", unlike(after, now))
	}
	// One row of it alone.
	kofi := ask[int64](t, o.sql, `select id from users where username = 'kofi'`)
	undo(t, o.Store, o.admin, again.ID, kofi)
	if got := ask[string](t, o.sql, `select string_agg(username || ' ' || metadata::text, ', ' order by username) from users where username in ('hana', 'kofi')`); got !=
		`hana {"city": "Oslo", "club": "chess", "keep": true}, kofi {}` {
		t.Error(got)
	}
	o.check()
}
