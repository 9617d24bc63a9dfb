package models_test

import (
	"fmt"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestUsersAreMatchedByUserNameOrAddress(t *testing.T) {
	o := newOffice(t)
	o.user("pavel", func(in *models.NewUser) { in.Name = "Pavel" })
	o.user("olga", func(in *models.NewUser) { in.Name = "Olga" })
	file := "username,email,name\n" +
		"PAVEL,,Pavel Petrov\n" + // by user name, whatever its case
		",Olga@Example.com,Olga Ivanova\n" + // by address
		"pavel,olga@example.com,Who\n" + // by both, and they differ
		"new-one,new@example.com,New\n" +
		",,Nobody\n"
	i := o.rehearse(file, matched(models.MatchEither))
	if figures(i) != "1 2 0 0 2" {
		t.Error(figures(i))
	}
	same(t, o.changes(i), []string{"2 pavel username: pavel → PAVEL", "2 pavel name: Pavel → Pavel Petrov", "3 olga email: olga@example.com → Olga@Example.com", "3 olga name: Olga → Olga Ivanova"})
	same(t, o.refused(i), []string{"4 email [olga@example.com] The user name is of pavel, the address of olga. Match by one of the two.",
		"6  [] Has neither a user name nor an e-mail address."})

	i = o.rehearse(file, matched(models.MatchEmail))
	same(t, o.refused(i), []string{"2 email [] Give an e-mail address.", "4 username [pavel] pavel has this user name already.", "6  [] Has neither a user name nor an e-mail address."})
	i = o.rehearse(file, matched(models.MatchUsername))
	same(t, o.refused(i), []string{"3 username [] Choose a user name.", "4 email [olga@example.com] olga has this address already.", "6  [] Has neither a user name nor an e-mail address."})

	// A new address for who is known by the user name, a new user name for who is known by the address.
	i = o.commit(o.rehearse("username,email\npavel,pavel@new.example\nolga-i,olga@example.com\n"))
	if figures(i) != "0 2 0 0 0" || o.count("from users where (username, email) in (('pavel', 'pavel@new.example'), ('olga-i', 'olga@example.com'))") != 2 {
		t.Error(figures(i), o.everyone())
	}
}

func TestAnImportCreatesOrUpdatesOrPassesOver(t *testing.T) {
	o := newOffice(t)
	o.user("ann")
	file := "username,email,name\nann,ann@example.com,Ann Lee\nbob,bob@example.com,Bob\nbob,nobody@,x\nann,@@,x\n"
	for _, try := range []struct{ mode, want string }{{"", "1 1 0 0 2"}, {models.ImportBoth, "1 1 0 0 2"}, {models.ImportCreate, "1 0 0 2 1"}, {models.ImportUpdate, "0 1 0 2 1"}} {
		if i := o.rehearse(file, mode(try.mode)); figures(i) != try.want {
			t.Errorf("%s: %s %q", try.mode, figures(i), o.refused(i))
		}
	}
	i := o.commit(o.rehearse(file, mode(models.ImportCreate)))
	if i.Passed != 2 || ask[string](t, o.sql, `select string_agg(name, ' ' order by id) from users where username in ('ann', 'bob')`) != "ann Bob" {
		t.Error(figures(i), o.everyone())
	}
	_, err := o.StageImport(modelstest.Context(t), o.admin, models.NewImport{Mode: "all", Match: "id"}, strings.NewReader(file))
	if err == nil || !strings.HasPrefix(err.Error(), "match: Users are matched") {
		t.Error(err)
	}
}

func TestASecondLineForTheSameUserIsRefused(t *testing.T) {
	o := newOffice(t)
	o.user("lena", func(in *models.NewUser) { in.Email = "lena@hof.example" })
	i := o.rehearse("username,email,name\n" +
		"lena,,Lena\n" +
		",LENA@HOF.EXAMPLE,Lena H\n" +
		"new-one,new@example.com,\n" +
		"NEW-ONE,other@example.com,\n" +
		"third,New@Example.com,\n" +
		"bad,bad@,\n" +
		"bad,bad@example.com,\n")
	same(t, o.refused(i), []string{"3  [] The same user as line 2.", "5 username [NEW-ONE] The same user name as line 4.", "6 email [New@Example.com] The same address as line 4.",
		"7 email [bad@] An e-mail address looks like name@example.com."})
	o.commit(i)
	// Two that would swap their names cannot both be right at every moment.
	o.user("one")
	o.user("two")
	i = o.rehearse("username,email\none,two@example.com\ntwo,one@example.com\n", matched(models.MatchEmail))
	same(t, o.refused(i), []string{"2 username [one] one has this user name already.", "3 username [two] two has this user name already."})
}

func TestNobodyDemotesOneselfOrTheLastAdmin(t *testing.T) {
	o := newOffice(t)
	i := o.rehearse("username,email,role,name\nchief,chief@example.com,user,\n")
	same(t, o.refused(i), []string{"2 role [user] This is you. Ask another admin."})
	i = o.rehearse("username,email,name\nchief,other@example.com,\n")
	same(t, o.refused(i), []string{"2 email [other@example.com] Change your own address in the settings: they ask for your password."})
	i = o.commit(o.rehearse("username,name\nchief,The Chief\n"))
	if figures(i) != "0 1 0 0 0" {
		t.Error(figures(i))
	}

	// A command on the server is nobody; the last admin stays all the same.
	o.user("deputy", func(in *models.NewUser) { in.Role = models.RoleAdmin })
	run(t, o.sql, `insert into tokens (user_id, name, token_hash, scope) select id, 'x', sha256(username::bytea), 'admin' from users where username in ('chief', 'deputy')`)
	o.admin = nil
	i = o.rehearse("username,role\nchief,user\ndeputy,user\n")
	same(t, o.refused(i), []string{"3 role [user] This is the last admin. Make another user an admin first."})
	o.commit(i)
	if got := ask[string](t, o.sql, `select string_agg(username || ' ' || role || ' ' || (select count(*) from tokens t where t.user_id = u.id), ', ' order by id) from users u`); got != "chief user 0, deputy admin 1" {
		t.Error(got)
	}
}

func TestAnEmptyCellLeavesWhatIsThere(t *testing.T) {
	o := newOffice(t)
	age := 40
	o.user("ann", func(in *models.NewUser) {
		in.Name, in.Age, in.Role, in.Metadata = "Ann", &age, models.RoleEditor, models.Metadata{"city": "Lyon", "n": 5, "list": []any{1, "x"}}
	})
	i := o.rehearse("username,email,name,age,role,city,n,metadata,meta.list\nann,,,,,,5,,\"[1, \"\"x\"\"]\"\n")
	if figures(i) != "0 0 1 0 0" {
		t.Error(figures(i), o.changes(i), o.refused(i))
	}
	o.commit(o.rehearse("username,metadata,n\nann,\"{\"\"club\"\": {\"\"since\"\": 2019}, \"\"n\"\": null}\",6\n"))
	if got := ask[string](t, o.sql, `select metadata::text from users where username = 'ann'`); got != `{"n": "6", "city": "Lyon", "club": {"since": 2019}, "list": [1, "x"]}` {
		t.Error(got)
	}
}

func TestAnExportIsImportedUnchanged(t *testing.T) {
	o := newOffice(t)
	age := 33
	for n, name := range []string{"=1+1", "'=x", "-Dash", "@at", `Quote "Q"`, "Comma, C", "'plain'", "Ünï🚲"} {
		o.user(fmt.Sprintf("user-x%d", n), func(in *models.NewUser) {
			in.Name, in.Age, in.Metadata = name, &age, models.Metadata{"note": name + "\nsecond line", "n": n, "deep": map[string]any{"list": []any{1, nil, "'=x"}}, "flag": true}
		})
	}
	for _, query := range []string{"", "columns=username,meta.note,meta.n,meta.flag,name", "columns=email,metadata,state,about,name,role,age", "mark=true"} {
		file := exported(t, o.Store, "users", "csv", query)
		i := o.rehearse(file)
		if figures(i) != "0 0 9 0 0" {
			t.Errorf("%s: %s\n%q\n%q\n%s", query, figures(i), o.changes(i), o.refused(i), file)
		}
	}
	// And into another site, where nobody of them is.
	file := exported(t, o.Store, "users", "csv", "")
	other := newOffice(t)
	i := other.commit(other.rehearse(file))
	if figures(i) != "8 0 1 0 0" {
		t.Error(figures(i), other.refused(i))
	}
	const all = `select string_agg(concat_ws('|', username, name, email, age, role, metadata), E'\n' order by username) from users`
	if a, b := ask[string](t, o.sql, all), ask[string](t, other.sql, all); a != b {
		t.Errorf("%s\nbecame\n%s", a, b)
	}
}

func TestRefusedLinesComeBackToBeMended(t *testing.T) {
	o := newOffice(t)
	o.user("ann", func(in *models.NewUser) { in.Name = "Ann" })
	file := "\ufeffusername;email;name;note\r\n" +
		"ann;ann@example.com;Ann;\r\n" +
		"b;b@;\"Bo;b\";'=1\r\n" +
		"short;one\r\n" +
		"long;long@example.com;Long;x;y;z\r\n" +
		"open;\"open@example.com;Open;x\r\n" +
		"last;last@example.com;Last;\r\n" +
		"last;l@example.com;Last;two\r\n"
	i := o.rehearse(file)
	if figures(i) != "1 0 1 0 5" {
		t.Fatal(figures(i))
	}
	back := o.errorsOf(i)
	if want := "\ufeffreason;username;email;name;note\r\n" +
		"username: A user name has 3 to 50 letters, digits, - or _. email: An e-mail address looks like name@example.com.;b;b@;\"Bo;b\";'=1\r\n" +
		"Has 2 cells, the heading has 4.;short;one\r\n" +
		"Has 6 cells, the heading has 4.;long;long@example.com;Long;x;y;z\r\n" +
		"A quote is opened and not closed.;\"open;\"\"open@example.com;Open;x\"\r\n" +
		"username: The same user name as line 7.;last;l@example.com;Last;two\r\n"; back != want {
		t.Errorf("got\n%s\nwant\n%s", back, want)
	}
	o.commit(i)
	if back != o.errorsOf(i) {
		t.Error("after the commit they are others")
	}
	// Unmended, they are refused again but for the one whose rival is a user now.
	again := o.rehearse(back)
	if figures(again) != "0 1 0 0 4" {
		t.Error(figures(again), o.refused(again))
	}
	if twice := o.errorsOf(again); strings.Count(twice, "reason") != 1 || !strings.Contains(twice, "Has 3 cells, the heading has 5.;short;one\r\n") {
		t.Error(twice)
	}
	mended := strings.NewReplacer(";b;b@;", ";bob;bob@example.com;", ";short;one", ";short;short@example.com;;", ";x;y;z", ";x", "\"open;\"\"open@example.com;Open;x\"", "open;open@example.com;Open;x",
		";last;", ";latest;").Replace(back)
	i = o.commit(o.rehearse(mended))
	if figures(i) != "5 0 0 0 0" || ask[string](t, o.sql, `select metadata ->> 'note' from users where username = 'bob'`) != "=1" {
		t.Error(figures(i), o.refused(i))
	}
}
