package commands

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom/models/modelstest"
)

func TestACommandImportsUsers(t *testing.T) {
	t.Parallel()
	url := modelstest.URL(t)
	store := modelstest.Open(t, url)
	modelstest.User(t, store, modelstest.Named("hana"))
	conn := modelstest.SQL(t, url)
	p := terminal(t, "DATABASE_URL="+url)
	folder := t.TempDir()
	file, refused := filepath.Join(folder, "members.csv"), filepath.Join(folder, "refused.csv")
	if err := os.WriteFile(file, []byte("Login;E-Mail;Alter;city;password\nhana;;36;Lyon;x\nnew-one;new-one@example.com;;Riga;x\nal;nowhere;;;\nNEW-ONE;third@example.com;;;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	count := func(sql string) (n int) {
		t.Helper()
		if err := conn.QueryRow(modelstest.Context(t), "select count(*) from "+sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}

	out, says := p.types(t, 0, "import", "users", file, "--rehearse", "--errors", refused)
	has(t, out, "would create 1 and change 1 users, 0 as they are, 0 skipped, 2 refused, of 4 lines in ")
	has(t, says, "reading: ", "rehearsing lines: ", " of 4", "line 4: Login: A user name has 3 to 50 letters, digits, - or _.", "line 5: Login: The same user name as line 3.")
	if n := count("users"); n != 1 {
		t.Errorf("there are %d users", n)
	}
	if written, err := os.ReadFile(refused); err != nil || !strings.HasPrefix(string(written), "reason;Login;E-Mail;Alter;city;password\nLogin: A user name has") || strings.Count(string(written), "\n") != 3 {
		t.Errorf("%q %v", written, err)
	}

	out, says = p.types(t, 0, "import", "users", "--errors="+refused, file)
	has(t, out, "created 1 and changed 1 users, 0 as they are, 0 skipped, 2 refused, of 4 lines in ", "receipt 1: it can be undone for 30 days")
	has(t, says, "committing lines: ")
	if n := count(`users where username = 'hana' and age = 36 and metadata = '{"city": "Lyon"}' or username = 'new-one' and password_hash = ''`); n != 2 {
		t.Errorf("%d of 2 are as the file says", n)
	}
	if n := count(`acts where kind = 'import' and by_id is null and refused = 2`); n != 1 {
		t.Errorf("%d receipts", n)
	}
	out, _ = p.types(t, 0, "import", "users", file)
	has(t, out, "would create 0 and change 0 users, 2 as they are, 0 skipped, 2 refused")

	// From the standard input, with columns matched by hand.
	p.stdin = strings.NewReader("who|where\nhana|Oslo\nnobody-here|Riga\n")
	out, _ = p.types(t, 0, "import", "users", "-", "--columns", "who=username,where=meta.city", "--mode", "update", "--match", "username")
	has(t, out, "created 0 and changed 1 users, 0 as they are, 1 skipped, 0 refused")
	if n := count(`users where metadata = '{"city": "Oslo"}'`); n != 1 {
		t.Error("hana is not in Oslo")
	}

	for file, want := range map[string]string{
		"who|where\nhana|Oslo\n":   "the file has no column",
		"\x89PNG\r\n\x1a\n":        "This is a picture, not a CSV file.",
		"":                         "The file is empty.",
		"name,city\nHana,Lyon\n":   "the file has no column",
		"what,where\nhana,Lyon\n":  "the file has no column",
		"username,email\nhana,x\n": "the file has no column",
	} {
		p.stdin = strings.NewReader(file)
		out, says := p.types(t, 1, "import", "users", "-", "--columns", "missing=username")
		if has(t, says, want); out != "" {
			t.Error(out)
		}
	}
	p.stdin = strings.NewReader("username,email\nx,x\n")
	_, says = p.types(t, 1, "import", "users", "-", "--mode", "all")
	has(t, says, "The mode is both, create or update.")
	_, says = p.types(t, 1, "import", "users", filepath.Join(folder, "nowhere.csv"))
	has(t, says, "no such file")
	_, says = p.types(t, 1, "import", "users", file, "--errors", filepath.Join(folder, "no", "refused.csv"))
	has(t, says, "no such file")
	if n := count(`imports where state not in ('committed', 'failed', 'dropped')`); n != 0 {
		t.Errorf("%d imports are left over", n)
	}
}
