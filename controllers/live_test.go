package controllers_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom/controllers"
	"postroom/models/modelstest"
)

// stream is an open GET /live.
type stream struct {
	t        testing.TB
	response *http.Response
	lines    chan string
	close    context.CancelFunc
}

// follow opens the stream of a browser. pairs are headers.
func (b *browser) follow(pairs ...string) *stream {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	request, err := http.NewRequestWithContext(ctx, "GET", b.site.url+"/live", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		request.Header.Set(pairs[i], pairs[i+1])
	}
	client := *b.client
	client.Timeout = 0
	response, err := client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	s := &stream{b.t, response, make(chan string, 100), cancel}
	b.t.Cleanup(cancel)
	go func() {
		defer close(s.lines)
		defer response.Body.Close()
		scanner := bufio.NewScanner(response.Body)
		scanner.Buffer(nil, 4<<20)
		for scanner.Scan() {
			s.lines <- scanner.Text()
		}
	}()
	return s
}

// line is the next line; ok is false at the end of the stream.
func (s *stream) line() (line string, ok bool) {
	s.t.Helper()
	select {
	case line, ok = <-s.lines:
		return line, ok
	case <-time.After(20 * time.Second):
		s.t.Fatal("the stream is silent")
		return "", false
	}
}

// until reads up to a line that begins so, and gives all of them.
func (s *stream) until(begin string) (lines []string) {
	s.t.Helper()
	for {
		line, ok := s.line()
		if !ok {
			s.t.Fatalf("the stream ends before %q: %q", begin, lines)
		}
		if lines = append(lines, line); strings.HasPrefix(line, begin) {
			return lines
		}
	}
}

// hears reads until the mark comes, and gives the kinds and refs before it, and the last id.
func (s *stream) hears(mark int64) (events []string, id string) {
	s.t.Helper()
	for {
		line, ok := s.line()
		if !ok {
			s.t.Fatalf("the stream ends: %q", events)
		}
		if value, found := strings.CutPrefix(line, "id: "); found {
			id = value
		}
		value, found := strings.CutPrefix(line, "data: ")
		if !found {
			continue
		}
		var data struct {
			Kind string
			Ref  int64
		}
		if err := json.Unmarshal([]byte(value), &data); err != nil {
			s.t.Fatalf("%q: %v", value, err)
		}
		if data.Kind == "mark" && data.Ref == mark {
			return events, id
		}
		if data.Kind != "mark" && data.Kind != "audit" {
			events = append(events, fmt.Sprintf("%s:%d", data.Kind, data.Ref))
		}
	}
}

// liveSite is a site whose events a test can add to.
func liveSite(t testing.TB, set ...func(*controllers.Config)) (*site, func(kind string, ref, audience any)) {
	t.Helper()
	address := modelstest.URL(t)
	site := newSiteOver(t, modelstest.Open(t, address), set...)
	site.listening()
	conn := modelstest.SQL(t, address)
	return site, func(kind string, ref, audience any) {
		t.Helper()
		if _, err := conn.Exec(modelstest.Context(t), `select tell($1, $2, $3)`, kind, ref, audience); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *site) listening() {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, ok := s.Generation(); ok {
			return
		}
		if time.Now().After(end) {
			s.t.Fatal("the site does not listen")
		}
	}
}

func TestAStreamTellsWhatItsUserMaySee(t *testing.T) {
	site, tell := liveSite(t)
	ann := modelstest.User(t, site.Store)
	users, admins := site.signIn(ann).follow(), site.signIn(modelstest.Admin(t, site.Store)).follow()
	for _, s := range []*stream{users, admins} {
		h := s.response.Header
		if s.response.StatusCode != 200 || h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" ||
			h.Get("X-Accel-Buffering") != "no" || h.Get("Content-Encoding") != "" {
			t.Errorf("%d %v", s.response.StatusCode, h)
		}
		begin := s.until(": ")
		if !strings.HasPrefix(begin[0], "retry: ") || begin[len(begin)-1] != ": live" || !slices.ContainsFunc(begin, func(l string) bool { return strings.HasPrefix(l, "id: ") }) {
			t.Errorf("it begins with %q", begin)
		}
	}
	post := modelstest.Post(t, site.Store, ann)
	modelstest.User(t, site.Store)
	tell("import", 31, 0)
	tell("act", 4, ann.ID)
	tell("mark", 1, nil)
	if got, _ := users.hears(1); !slices.Equal(slices.Compact(got), []string{fmt.Sprintf("post:%d", post.ID), "act:4"}) {
		t.Errorf("a user hears %q", got)
	}
	if got, _ := admins.hears(1); !slices.Contains(got, "import:31") || slices.Contains(got, "act:4") || !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "user:") }) {
		t.Errorf("an admin hears %q", got)
	}
}

func TestVisitorsHaveNoStream(t *testing.T) {
	site, _ := liveSite(t)
	if b := site.visitor().open("/live"); b.code != http.StatusUnauthorized || b.head.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", b.code, b.head)
	}
	if n := site.Followers(); n != 0 {
		t.Errorf("%d follow", n)
	}
}

func TestLastEventIDCatchesUp(t *testing.T) {
	site, tell := liveSite(t)
	admin := site.signIn(modelstest.Admin(t, site.Store))
	first := admin.follow()
	first.until(": live")
	tell("import", 1, 0)
	tell("mark", 1, nil)
	_, id := first.hears(1)
	first.close()
	tell("import", 2, 0)
	tell("import", 3, 0)
	tell("act", 9, 999)
	tell("mark", 2, nil)
	again := admin.follow("Last-Event-ID", id)
	if got, _ := again.hears(2); !slices.Equal(got, []string{"import:2", "import:3"}) {
		t.Errorf("missed: %q", got)
	}
	for _, id := range []string{"1", "nonsense", "0-1:1:"} {
		if got := admin.follow("Last-Event-ID", id).until(": "); !slices.Contains(got, "event: reset") {
			t.Errorf("after %q: %q", id, got)
		}
	}
	// A page that was made before says from where on it has to catch up.
	admin.open("/admin")
	from := admin.page.Find("[data-from]").AttrOr("data-from", "")
	tell("import", 4, 0)
	tell("mark", 3, nil)
	if got, _ := admin.follow("Last-Event-ID", from).hears(3); !slices.Contains(got, "import:4") {
		t.Errorf("since the page was made: %q", got)
	}
}

func TestAStreamEndsWithTheSession(t *testing.T) {
	site, tell := liveSite(t)
	ann, bob := modelstest.User(t, site.Store), modelstest.User(t, site.Store)
	anns, bobs := site.signIn(ann), site.signIn(bob)
	goes, stays := anns.follow(), bobs.follow()
	goes.until(": live")
	stays.until(": live")
	anns.post("/signout").status(200)
	for {
		if _, ok := goes.line(); !ok {
			break
		}
	}
	tell("mark", 1, nil)
	stays.hears(1)
}

func TestTooManyStreamsAreRefused(t *testing.T) {
	site, _ := liveSite(t)
	ann := site.signIn(modelstest.User(t, site.Store))
	var open []*stream
	for range 20 {
		s := ann.follow()
		s.until(": live")
		open = append(open, s)
	}
	refused := ann.follow()
	if refused.response.StatusCode != http.StatusTooManyRequests || refused.response.Header.Get("Retry-After") == "" {
		t.Error(refused.response.StatusCode)
	}
	refused.until("You follow at 20 places already.")
	open[3].close()
	for end := time.Now().Add(5 * time.Second); site.Followers() > 19 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	ann.follow().until(": live")
}

func TestStreamsEndAtOnceWhenTheSiteStops(t *testing.T) {
	site, _ := liveSite(t)
	ann := site.signIn(modelstest.User(t, site.Store))
	s := ann.follow()
	s.until(": live")
	began := time.Now()
	site.App.Drain()
	if _, err := io.Copy(io.Discard, s.response.Body); err == nil {
		for _, ok := s.line(); ok; _, ok = s.line() {
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := site.server.Config.Shutdown(ctx); err != nil || time.Since(began) > 2*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestAReaderWhoTakesNothingIsCutOffAndHoldsNobodyUp(t *testing.T) {
	site, tell := liveSite(t)
	admin := site.signIn(modelstest.Admin(t, site.Store))
	reads := admin.follow()
	reads.until(": live")
	conn, err := net.Dial("tcp", strings.TrimPrefix(site.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.(*net.TCPConn).SetReadBuffer(4096)
	at, _ := url.Parse(site.url)
	cookie := admin.client.Jar.Cookies(at)[0]
	fmt.Fprintf(conn, "GET /live HTTP/1.1\r\nHost: %s\r\nCookie: %s=%s\r\n\r\n", at.Host, cookie.Name, cookie.Value)
	for end := time.Now().Add(5 * time.Second); site.Followers() < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not follow")
		}
	}
	large := strings.Repeat("x", 1<<20)
	var slowest time.Duration
	for n := int64(0); site.Followers() > 1; n++ {
		if n == 300 {
			t.Fatal("it follows still")
		}
		began := time.Now()
		tell(large, n, 0)
		slowest = max(slowest, time.Since(began))
		tell("mark", n, 0)
		reads.until(`data: {"id":`) // who reads hears each
	}
	if slowest > 2*time.Second {
		t.Errorf("a writer waits %v", slowest)
	}
}

func TestALiveRefreshTakesNoFlash(t *testing.T) {
	site := newSite(t)
	ann := site.signIn(modelstest.Admin(t, site.Store))
	ann.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ann.open("/posts/new").submit("Publish", "title", "Bread", "content", "Salt").status(303)
	ann.header.Set("X-Live", "1")
	ann.open("/admin").seesNot("is published")
	ann.header.Del("X-Live")
	ann.open("/admin").sees("is published")
}
