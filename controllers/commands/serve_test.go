package commands

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models/modelstest"
)

func get(t *testing.T, address string) (status int, body string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

func TestWithoutAnAdminTheStartPrintsALinkToMakeOne(t *testing.T) {
	t.Parallel()
	s := terminal(t, "DATABASE_URL="+modelstest.EmptyURL(t), "PORT=0").serves(t)
	soon(t, time.Second, "the second line", func() bool { return len(linesOf(s.out.String())) == 2 })
	link := s.out.String()[strings.LastIndex(s.out.String(), "http://"):]
	if !strings.HasPrefix(link, s.address+"/setup?token=") {
		t.Fatal(s.out.String())
	}
	if status, _ := get(t, strings.TrimSpace(link)); status != http.StatusOK {
		t.Fatalf("the link answers %d", status)
	}
	if s.err.String() != "" && strings.Contains(s.err.String(), "WARN") {
		t.Error("the first start is not quiet:", s.err.String())
	}
	s.ends(t, 0)
}

func TestTheFirstAdminMayComeFromSettings(t *testing.T) {
	t.Parallel()
	url := modelstest.EmptyURL(t)
	admin := []string{"DATABASE_URL=" + url, "PORT=0", "ADMIN_USERNAME=ann", "ADMIN_EMAIL=ann@example.com"}
	p := terminal(t, append(admin, "ADMIN_PASSWORD=short")...)
	_, err := p.types(t, 1, "serve")
	has(t, err, "ADMIN_PASSWORD: The password is too short")
	s := terminal(t, append(admin, "ADMIN_PASSWORD=correct horse battery")...).serves(t)
	s.ends(t, 0)
	if got := linesOf(s.out.String()); len(got) != 1 {
		t.Errorf("with an admin there is one line: %q", got)
	}
	if strings.Contains(s.err.String(), "correct horse") {
		t.Error("the password is in the log")
	}
}

func TestAPortInUseIsOneLineAndLeavesNothing(t *testing.T) {
	t.Parallel()
	address := freePort(t)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(address)
	data := filepath.Join(folder(t), "data")
	out, says := terminal(t, "PORT="+port, "DATA_DIR="+data).types(t, 1)
	if out != "" || says != "postroom: port "+port+" is in use: set PORT or LISTEN_ADDR\n" {
		t.Errorf("%s%s", out, says)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Error("a data folder was made")
	}
	_, says = terminal(t, "LISTEN_ADDR=192.0.2.1:1", "DATA_DIR="+data).types(t, 1)
	has(t, says, "192.0.2.1:1", "LISTEN_ADDR")
}

func TestMigrateOffSaysWhatIsMissingAndServes(t *testing.T) {
	t.Parallel()
	s := terminal(t, "DATABASE_URL="+modelstest.EmptyURL(t), "PORT=0", "MIGRATE=off").serves(t)
	has(t, s.err.String(), "WARN", "postroom migrate", "0001 users and posts", "0002")
	if status, _ := get(t, s.address+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz answers %d", status)
	}
	// Nobody should be sent here before the schema is there; once another program has made it, this one is ready.
	if status, _ := get(t, s.address+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("readyz answers %d", status)
	}
	s.ends(t, 0)
}

func TestTheStartWaitsForADatabaseThatIsNotUpYet(t *testing.T) {
	t.Parallel()
	config, err := pgx.ParseConfig(modelstest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	address := freePort(t)
	s := terminal(t, "DATABASE_URL=postgres://"+config.User+"@"+address+"/"+config.Database+"?sslmode=disable", "PORT=0").begins(t)
	soon(t, 5*time.Second, "the site waits", func() bool { return strings.Contains(s.err.String(), "waiting for the database") })
	forward(t, address, filepath.Join(config.Host, ".s.PGSQL.5432"))
	s.ready(t)
	s.ends(t, 0)
}

func TestTheWaitHasAnEnd(t *testing.T) {
	t.Parallel()
	p := terminal(t, "DATABASE_URL=postgres://u:hush@"+freePort(t)+"/d", "PORT=0")
	p.patience = 300 * time.Millisecond
	began := time.Now()
	out, err := p.types(t, 1, "serve")
	if took := time.Since(began); took > 5*time.Second || out != "" || strings.Contains(err, "hush") {
		t.Errorf("%v %s%s", took, out, err)
	}
	last := linesOf(err)[len(linesOf(err))-1]
	has(t, last, "postroom: the database does not answer at 127.0.0.1:", "connection refused")
}

func TestAStartThatIsInterruptedEndsWell(t *testing.T) {
	t.Parallel()
	s := terminal(t, "DATABASE_URL=postgres://u@"+freePort(t)+"/d", "PORT=0").begins(t)
	soon(t, 5*time.Second, "the site waits", func() bool { return strings.Contains(s.err.String(), "waiting") })
	s.ends(t, 0)
}

func TestFourProgramsStartAtOnceOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	url := modelstest.EmptyURL(t)
	var sites []*site
	for range 4 {
		sites = append(sites, terminal(t, "DATABASE_URL="+url, "PORT=0", "DB_MAX_CONNS=4").begins(t))
	}
	for _, s := range sites {
		s.ready(t)
	}
	for _, s := range sites {
		if status, _ := get(t, s.address+"/readyz"); status != http.StatusOK {
			t.Errorf("%s answers %d", s.address, status)
		}
		s.ends(t, 0)
	}
}

func TestTheSecondStartRunsNoDDL(t *testing.T) {
	t.Parallel()
	url := modelstest.EmptyURL(t)
	p := terminal(t, "DATABASE_URL="+url, "PORT=0")
	p.types(t, 0, "migrate")
	ctx := modelstest.Context(t)
	if _, err := modelstest.SQL(t, url).Exec(ctx, `create table public.ddl (tag text);
		create function public.saw_ddl() returns event_trigger language plpgsql as $$ begin insert into public.ddl values (tg_tag); end $$;
		create event trigger saw_ddl on ddl_command_end execute function public.saw_ddl();
		create event trigger saw_drop on sql_drop execute function public.saw_ddl()`); err != nil {
		t.Fatal(err)
	}
	out, _ := p.types(t, 0, "migrate")
	has(t, out, "nothing to do")
	terminal(t, p.environ...).serves(t).ends(t, 0)
	rows, err := modelstest.SQL(t, url).Query(ctx, "select tag from ddl")
	if err != nil {
		t.Fatal(err)
	}
	if tags, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(tags) != 0 {
		t.Errorf("the second time: %v, %v", tags, err)
	}
}

func TestStoppingLetsARequestFinish(t *testing.T) {
	t.Parallel()
	s := terminal(t, "DATABASE_URL="+modelstest.URL(t), "PORT=0").serves(t)
	request := slowPost(t, s.address)
	request.sends(t, "login=nobody")
	s.stop()
	soon(t, 5*time.Second, "the site takes no more requests", func() bool { return !reachable(s.address) })
	request.sends(t, "&password=some+password")
	if answer := request.answer(t); !strings.HasPrefix(answer, "HTTP/1.1 ") || strings.HasPrefix(answer, "HTTP/1.1 5") {
		t.Errorf("the request under way got %q", answer)
	}
	s.exits(t, 0)
}

func TestStoppingCutsOffARequestThatNeverEnds(t *testing.T) {
	t.Parallel()
	p := terminal(t, "DATABASE_URL="+modelstest.URL(t), "PORT=0")
	p.drain = 200 * time.Millisecond
	s := p.serves(t)
	slowPost(t, s.address).sends(t, "login=nobody")
	s.ends(t, 0)
	has(t, s.err.String(), "requests are cut off")
}

func TestStoppingEndsPagesThatFollowAtOnce(t *testing.T) {
	t.Parallel()
	s := terminal(t, "DATABASE_URL="+modelstest.URL(t), "PORT=0", "ADMIN_USERNAME=ann", "ADMIN_EMAIL=ann@example.com", "ADMIN_PASSWORD=correct horse battery").serves(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	signedIn, err := client.PostForm(s.address+"/signin", modelstest.Values("login", "ann", "password", "correct horse battery"))
	if err != nil {
		t.Fatal(err)
	}
	signedIn.Body.Close()
	stream, err := client.Get(s.address + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if _, err := stream.Body.Read(make([]byte, 1)); err != nil || stream.StatusCode != http.StatusOK {
		t.Fatal(stream.StatusCode, err)
	}
	began := time.Now()
	s.ends(t, 0)
	if took := time.Since(began); took > 2*time.Second || strings.Contains(s.err.String(), "cut off") {
		t.Errorf("it takes %v: %s", took, s.err.String())
	}
}

func reachable(address string) bool {
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(strings.Replace(address, "localhost", "127.0.0.1", 1), "http://"), time.Second)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// slow is a POST whose body comes in pieces.
type slow struct{ net.Conn }

func slowPost(t *testing.T, address string) slow {
	t.Helper()
	host := strings.TrimPrefix(strings.Replace(address, "localhost", "127.0.0.1", 1), "http://")
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := slow{conn}
	s.sends(t, "POST /signin HTTP/1.1\r\nHost: "+host+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 35\r\nConnection: close\r\n\r\n")
	return s
}

func (s slow) sends(t *testing.T, text string) {
	t.Helper()
	if _, err := s.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // so that it is under way
}

// answer is the first line of the answer.
func (s slow) answer(t *testing.T) string {
	t.Helper()
	s.SetReadDeadline(time.Now().Add(10 * time.Second))
	content, _ := io.ReadAll(s)
	line, _, _ := strings.Cut(string(content), "\r\n")
	return line
}
