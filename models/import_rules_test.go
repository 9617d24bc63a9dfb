package models_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// hostileCells are values that somebody might put into any cell.
var hostileCells = []string{
	"ann", "Ann-Lee_9", "ab", "a", "-_-", strings.Repeat("a", 50), strings.Repeat("a", 51), "änn", "ann lee", "ann\n", "ann.lee", "admin", "ADMIN", "PostRoom", "posts", "ａｎｎ", "ann\u200b",
	"ann@example.com", "ANN@EXAMPLE.COM", "a@b", "@b", "a@", "a@b@c", "a.b@c.d", ".a@b", "a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c", `"a b"@c`, "<a@b>", "Ann <a@b>", "a@[127.0.0.1]", "a b@c", "a@b c",
	"ä@b.de", "a@bücher.de", "a@b\u00a0", "a\u00ad@b", "a(x)@b", "a,b@c", "a;b@c", "a:b@c", `a\@b`, "!#$%&'*+-/=?^_`{|}~@x", strings.Repeat("a", 250) + "@x.org", strings.Repeat("a", 249) + "@x.org", strings.Repeat("ä", 255) + "@x", "a@b\x7f",
	"Ann Lee", "Анна", "李", "🚲", "-", "...", "\u3164", "\u2800\u115f", "\u200b", "\u200d\u200d", "\u0301", "a\u0301", "\ufeff", "Ann\ufeff", "Ann\u202eeeL", "\u2066", "Ann\tLee", "Ann\u0085Lee", "Ann\u2028Lee",
	"a\u00a0b", "\u1680x", strings.Repeat("x", 100), strings.Repeat("x", 101), strings.Repeat("ж", 100), strings.Repeat("ж", 101), "  x   y  ", "x\r\ny", "\x01", "x\x1f", "x\u009f", "\ue000", "\U0001f468\u200d\U0001f469", "\U000e0041", "१२", "½",
	"0", "1", "007", "150", "151", "999", "1000", "-1", "+5", " 42 ", "4 2", "1e2", "0x10", "12.0", "１２", "00000000000000000000000009", "99999999999999999999", "000",
	"user", "Editor", "ADMIN ", "root", "user;admin", "\u00a0editor",
	"{}", `{"a":1}`, `{"a": {"b": [1,2]}}`, `[1]`, `"x"`, "null", "{", `{"a":1e999}`, `{"a":` + strings.Repeat("9", 400) + `}`, `{"a":"\u0000"}`, `{"a":"\ud800"}`, `{"":1}`, `{"` + strings.Repeat("n", 51) + `":1}`,
	`{"` + strings.Repeat("ж", 50) + `":1}`, `{"a\nb":1}`, `{"a":1,"a":2}`, `{"x":` + strings.Repeat("[", 11) + strings.Repeat("]", 11) + `}`, `{"x":` + strings.Repeat("[", 10) + strings.Repeat("]", 10) + `}`, `{"x":"` + strings.Repeat("<", 2725) + `"}`,
	`{"x":"` + strings.Repeat("<", 2740) + `"}`, `{"x":"` + strings.Repeat("y", 16_370) + `"}`, `{"x":"` + strings.Repeat("y", 16_390) + `"}`, fieldsJSON(50), fieldsJSON(51), `{"x":null}`, `{"x":true}`, "{'a':1}",
	"", " ", "\u00a0", "null", "NULL", "'; drop table users; --", "%s", `\`, "\"", "''", "$1", "@username",
}

func fieldsJSON(n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(`"%c%c":1`, 'a'+i/26, 'a'+i%26)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// What SQL says of a value must be what the rule in Go says of it, and where SQL refuses, the rule must have a sentence.
func TestTheRulesInSQLAreThoseInGo(t *testing.T) {
	o := newOffice(t)
	for _, field := range models.ImportFields {
		var file strings.Builder
		file.WriteString("username,email,name,age,role,metadata\n")
		for n, value := range hostileCells {
			cells := map[string]string{"username": fmt.Sprintf("u-%d", n), "email": fmt.Sprintf("u-%d@example.com", n)}
			cells[field] = value
			for i, name := range models.ImportFields {
				if i > 0 {
					file.WriteByte(',')
				}
				file.WriteString(`"` + strings.ReplaceAll(cells[name], `"`, `""`) + `"`)
			}
			file.WriteByte('\n')
		}
		i := o.rehearse(file.String())
		planned, err := o.sql.Query(modelstest.Context(t), `select p.line, p.act, p.wrong, p.username, p.name, p.email, p.age, p.role, p.metadata::text, p.reason from import_plans p where import_id = $1 order by line`, i.ID)
		if err != nil {
			t.Fatal(err)
		}
		var line int64
		var act string
		var wrong int
		var username, name, email, role, metadata, reason *string
		var age *int
		n := 0
		if _, err := pgx.ForEachRow(planned, []any{&line, &act, &wrong, &username, &name, &email, &age, &role, &metadata, &reason}, func() error {
			value := hostileCells[n]
			n++
			v, made := models.RuledField(field, value, n-1)
			if refused := act == "refuse" && wrong != 0; refused != (len(v) > 0) {
				t.Errorf("%s %.60q: SQL refuses: %v (%d %v), Go: %v", field, value, act == "refuse", wrong, reason, v)
				return nil
			}
			if act != "create" {
				return nil
			}
			got := map[string]string{"username": *username, "email": *email, "name": *name, "role": *role, "age": "0"}
			if age != nil {
				got["age"] = strconv.Itoa(*age)
			}
			if field != "metadata" && got[field] != made {
				t.Errorf("%s %.60q becomes %q in SQL, and %q in Go", field, value, got[field], made)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n != len(hostileCells) {
			t.Fatalf("%d lines of %d", n, len(hostileCells))
		}
		for _, l := range o.lines(i, "refuse") {
			for _, p := range l.Problems {
				if p.Say.Text == "" || p.Say.Text == "Cannot be imported." {
					t.Errorf("%s, line %d: nothing is said of %+v", field, l.Line, p)
				}
			}
		}
	}
	// Whatever was not refused the database takes.
	i := o.rehearse("username,email,name\n" + strings.Repeat("x,y\n", 3))
	if i.Refused != 3 {
		t.Error(i)
	}
}
