package commands

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAUserIsCreatedOnTheCommandLine(t *testing.T) {
	t.Parallel()
	url := modelstest.EmptyURL(t) // a database that no site has ever used gets its tables
	p := terminal(t, "DATABASE_URL="+url)
	p.stdin = strings.NewReader("correct horse battery\nmore\n")
	out, _ := p.types(t, 0, "user", "create", "--username", "ann", "--email", "ann@example.com", "--name", "Ann Example", "--admin", "--password-stdin")
	has(t, out, "admin ann")
	store := modelstest.Open(t, url)
	ann, err := store.SignIn(modelstest.Context(t), models.Browser{IP: "192.0.2.1"}, "ann@example.com", "correct horse battery")
	if err != nil || ann.Role != models.RoleAdmin || ann.Name != "Ann Example" {
		t.Fatal(ann, err)
	}

	p.stdin = strings.NewReader("short")
	out, says := p.types(t, 1, "user", "create", "--username", "ann", "--email", "nowhere", "--password-stdin")
	has(t, says, "--username: This user name is taken", "--email: An e-mail address", "password: The password is too short")
	if out != "" || len(linesOf(says)) != 1 {
		t.Error(out, says)
	}
	_, says = p.types(t, 1, "user", "create", "--username", "bob", "--email", "bob@example.com", "--password-stdin")
	has(t, says, "no password")
}

func TestALinkLetsAUserInAgain(t *testing.T) {
	t.Parallel()
	url := modelstest.URL(t)
	store := modelstest.Open(t, url)
	ann := modelstest.User(t, store, modelstest.Named("ann"))
	p := terminal(t, "DATABASE_URL="+url, "BASE_URL=https://example.com")
	out, _ := p.types(t, 0, "user", "link", "ann")
	token, found := strings.CutPrefix(strings.TrimSpace(out), "https://example.com/link?token=")
	if user, err := store.LinkUser(modelstest.Context(t), token); !found || err != nil || user.ID != ann.ID {
		t.Fatal(out, err)
	}
	_, says := p.types(t, 1, "user", "link", "nobody")
	has(t, says, `there is no user "nobody"`)
}

func TestATokenIsAloneOnStdout(t *testing.T) {
	t.Parallel()
	url := modelstest.URL(t)
	store := modelstest.Open(t, url)
	modelstest.User(t, store, modelstest.Named("ann"))
	p := terminal(t, "DATABASE_URL="+url)
	out, says := p.types(t, 0, "token", "--scope", "write", "create", "ann", "--name", "my program")
	token, err := store.FindToken(modelstest.Context(t), strings.TrimSpace(out))
	if err != nil || token.User.Username != "ann" || token.Scope != models.ScopeWrite || says != "" || len(linesOf(out)) != 1 {
		t.Fatal(out, says, err)
	}
	_, says = p.types(t, 1, "token", "create", "ann", "--name", "my program")
	has(t, says, "--name: You have a token of this name already.")
	_, says = p.types(t, 1, "token", "create", "ann", "--name", "other", "--scope", "admin")
	has(t, says, "--scope: Only an admin's token")
	_, says = p.types(t, 1, "token", "create", "bob", "--name", "x")
	has(t, says, `there is no user "bob"`)
}

func TestCheckSaysWhatIsOff(t *testing.T) {
	t.Parallel()
	url := modelstest.URL(t)
	store := modelstest.Open(t, url)
	modelstest.Post(t, store, modelstest.User(t, store, modelstest.Named("ann")))
	p := terminal(t, "DATABASE_URL="+url)
	p.types(t, 0, "check")
	if _, err := modelstest.SQL(t, url).Exec(modelstest.Context(t), "update users set post_count = 7"); err != nil {
		t.Fatal(err)
	}
	out, says := p.types(t, 1, "check")
	has(t, out, "ann", "keeps 7 posts, and has 1")
	has(t, says, "1 figure is off")
}

func TestDemoFillsASite(t *testing.T) {
	t.Parallel()
	url := modelstest.URL(t)
	store := modelstest.Open(t, url)
	modelstest.User(t, store, modelstest.Named("ann"))
	out, says := terminal(t, "DATABASE_URL="+url).types(t, 0, "demo", "--users", "20", "--posts", "50", "--seed", "7")
	has(t, out, "added 20 users and 50 posts", "password")
	has(t, says, " of ")
	stats, err := store.SiteStats(modelstest.Context(t))
	if err != nil || stats.Users != 21 {
		t.Fatal(stats, err)
	}
	terminal(t, "DATABASE_URL="+url).types(t, 0, "check")
}

func TestMigrateTellsWhatHasRun(t *testing.T) {
	t.Parallel()
	p := terminal(t, "DATABASE_URL="+modelstest.EmptyURL(t))
	out, _ := p.types(t, 0, "migrate", "--status")
	has(t, out, "not yet", "0001 users and posts")
	out, _ = p.types(t, 0, "migrate")
	has(t, out, "ran 0001 users and posts")
	out, _ = p.types(t, 0, "--status", "migrate")
	if strings.Contains(out, "not yet") || !strings.Contains(out, "0001 users and posts") {
		t.Error(out)
	}
}

func TestACommandDoesNotChangeADatabaseThatIsBehind(t *testing.T) {
	t.Parallel()
	url := modelstest.URL(t)
	if _, err := modelstest.SQL(t, url).Exec(modelstest.Context(t), "delete from migrations where version > 1"); err != nil {
		t.Fatal(err)
	}
	_, says := terminal(t, "DATABASE_URL="+url).types(t, 1, "check")
	has(t, says, "behind", "postroom migrate", "0002")
	_, says = terminal(t, "MIGRATE=off", "DATABASE_URL="+modelstest.EmptyURL(t)).types(t, 1, "check")
	has(t, says, "behind", "0001")
}

func TestHealthcheckAsksTheSite(t *testing.T) {
	t.Parallel()
	address := freePort(t)
	p := terminal(t, "LISTEN_ADDR="+address, "DATABASE_URL="+modelstest.URL(t))
	_, says := p.types(t, 1, "healthcheck")
	has(t, says, "not ready", address)
	s := terminal(t, p.environ...).serves(t)
	out, _ := p.types(t, 0, "healthcheck")
	has(t, out, "ready")
	s.ends(t, 0)
}

func TestACommandRunsAnIdleFolderAndJoinsOneInUse(t *testing.T) {
	t.Parallel()
	data := filepath.Join(folder(t), "data")
	private := []string{"DATA_DIR=" + data, "PORT=0", "POSTGRES_BIN=" + os.Getenv("POSTGRES_BIN")}
	running := func() bool {
		_, err := os.Stat(filepath.Join(data, "pgdata", "postmaster.pid"))
		return err == nil
	}
	p := terminal(t, private...)
	p.stdin = strings.NewReader("correct horse battery")
	p.types(t, 0, "user", "create", "--username", "ann", "--email", "ann@example.com", "--admin", "--password-stdin")
	if running() {
		t.Fatal("PostgreSQL runs on after the command")
	}
	began := time.Now()
	s := terminal(t, private...).serves(t)
	t.Logf("warm start: %v", time.Since(began).Round(time.Millisecond))
	out, _ := p.types(t, 0, "token", "create", "ann", "--name", "x")
	if !strings.HasPrefix(out, "postroom_") || !running() {
		t.Fatal(out)
	}
	second := terminal(t, private...).serves(t)
	second.ends(t, 0)
	if !running() {
		t.Fatal("a guest stopped PostgreSQL")
	}
	s.ends(t, 0)
	if running() {
		t.Fatal("PostgreSQL runs on after the site")
	}
}

func TestUsersAreExportedOnTheCommandLine(t *testing.T) {
	t.Parallel()
	url := modelstest.URL(t)
	store := modelstest.Open(t, url)
	ann := modelstest.User(t, store, modelstest.Named("ann"))
	modelstest.User(t, store, modelstest.Named("-bob"))
	p := terminal(t, "DATABASE_URL="+url)
	out, says := p.types(t, 0, "export", "users", "--columns", "username,credits")
	if out != "username,credits\nann,0.00\n'-bob,0.00\n" || says != "" {
		t.Errorf("%q %q", out, says)
	}
	out, _ = p.types(t, 0, "export", "--format", "jsonl", "users", "--filter", "q=ann&active=true", "--columns=username,age")
	if out != `{"username":"ann","age":null}`+"\n" {
		t.Errorf("%q", out)
	}
	modelstest.Post(t, store, ann, func(p *models.Post) { p.Title, p.Tags = "=1+1", []string{"a", "b"} })
	if out, _ = p.types(t, 0, "export", "posts", "--filter", "author=ann", "--columns", "username,title,tags"); out != "username,title,tags\nann,'=1+1,\"a, b\"\n" {
		t.Errorf("%q", out)
	}
	_, says = p.types(t, 1, "export", "posts", "--filter", "status=lost")
	has(t, says, "A post is published, scheduled or a draft.")
	_, says = p.types(t, 1, "export", "users", "--filter", "active=maybe", "--columns", "password_hash")
	has(t, says, "active: Active is true or false.", "--columns: There is no column")
}

func TestLinksForManyAreMadeOnTheCommandLine(t *testing.T) {
	t.Parallel()
	url := modelstest.URL(t)
	store := modelstest.Open(t, url)
	modelstest.User(t, store, modelstest.Named("ann"))
	bob := modelstest.User(t, store, modelstest.Named("bob"), func(in *models.NewUser) { in.Password = "" })
	p := terminal(t, "DATABASE_URL="+url, "BASE_URL=https://example.com")
	out, _ := p.types(t, 0, "export", "links")
	lines := linesOf(out)
	if len(lines) != 2 || lines[0] != "username,email,name,link,ends_at" {
		t.Fatal(out)
	}
	cells := strings.Split(lines[1], ",")
	token, found := strings.CutPrefix(cells[3], "https://example.com/link?token=")
	if user, err := store.LinkUser(modelstest.Context(t), token); !found || err != nil || user.ID != bob.ID {
		t.Fatal(out, err)
	}
	if out, _ = p.types(t, 0, "export", "links", "--all", "--filter", "q=ann"); len(linesOf(out)) != 2 || !strings.HasPrefix(linesOf(out)[1], "ann,") {
		t.Error(out)
	}
}
