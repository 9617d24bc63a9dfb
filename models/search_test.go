package models_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"postroom/models"
	"postroom/models/modelstest"
)

// library is a site with posts to look for.
type library struct {
	t     *testing.T
	store *models.Store
	sql   *pgx.Conn
	ann   *models.User
}

func newLibrary(t *testing.T) *library {
	address := modelstest.URL(t)
	s := &library{t: t, store: modelstest.Open(t, address), sql: modelstest.SQL(t, address)}
	s.ann = modelstest.User(t, s.store, modelstest.Named("ann"))
	return s
}

// post publishes a post, each later than the one before.
func (s *library) post(title, content string, tags ...string) *models.Post {
	s.t.Helper()
	return modelstest.Post(s.t, s.store, s.ann, func(p *models.Post) { p.Title, p.Content, p.Tags = title, content, tags })
}

func (s *library) exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.sql.Exec(modelstest.Context(s.t), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *library) find(by *models.User, query url.Values) *models.Found {
	s.t.Helper()
	search, err := models.ParseSearch(query, time.UTC)
	if err != nil {
		s.t.Fatal(err)
	}
	found, err := s.store.Search(modelstest.Context(s.t), by, search)
	if err != nil {
		s.t.Fatalf("%.80q: %v", query.Get("q"), err)
	}
	return found
}

// finds wants these titles in this order, joined by blanks.
func (s *library) finds(q, titles string, more ...string) {
	s.t.Helper()
	if got := titlesOf(s.find(nil, modelstest.Values(append([]string{"q", q}, more...)...))); got != titles {
		s.t.Errorf("%q %v finds %q, want %q", q, more, got, titles)
	}
}

func titlesOf(found *models.Found) string {
	var titles []string
	for _, post := range found.Posts {
		titles = append(titles, post.Post.Title)
	}
	return strings.Join(titles, " ")
}

func TestSearchLooksAtTitleTagsAndContentAndPutsTheBetterMatchesFirst(t *testing.T) {
	s := newLibrary(t)
	s.post("Title-harbour", "x")
	s.post("Tag", "x", "harbour life")
	s.post("Often", "The harbour. A harbour! Harbours.")
	s.post("Once", "a harbour")
	s.post("Again", "another harbour")
	s.post("None", "a port")
	s.finds("harbour ", "Title-harbour Tag Often Again Once")
	s.finds("HARBOURS ", "Title-harbour Tag Often Again Once")
}

func TestSearchKnowsQuotesMinusAndOr(t *testing.T) {
	s := newLibrary(t)
	s.post("A", "red wine and white bread")
	s.post("B", "white wine")
	s.post("C", "brown bread")
	for q, titles := range map[string]string{
		`wine `: "B A", `wine bread `: "A", `"white wine"`: "B", `“white wine”`: "B", `"white wine`: "B", `wine -bread`: "B", `-bread wine `: "B",
		`wine -"white bread"`: "B", `wine or brown `: "C B A", `wine OR brown `: "C B A", `white wine or brown bread `: "C B A", `"or" `: "", `wine -`: "B A", `wine or`: "B A",
		`or wine `: "B A", `brown-bread `: "C", `wine or -bread `: "B A",
	} {
		s.finds(q, titles)
	}
	if !s.find(nil, modelstest.Values("q", "-bread")).NoWord || !s.find(nil, modelstest.Values("q", ` - or `)).NoWord || !s.find(nil, modelstest.Values("q", "")).NoWord {
		t.Error("only -words, or nothing, are a search")
	}
}

func TestTheLastWordMayStillBeTyped(t *testing.T) {
	s := newLibrary(t)
	s.post("A", "we went sailing")
	s.post("B", "a sail")
	s.post("Sailcloth", "x")
	s.finds("sailc", "Sailcloth")
	s.finds("sail", "B A Sailcloth")
	s.finds("sai", "Sailcloth B A")
	s.finds("we wen", "A")
	s.exec("select take_in_spellings(100)")
	s.finds("sailin", "B A")
	s.finds("sai ", "")
	s.finds(`"sai"`, "")
}

func TestAccentsAndLanguagesDoNotHideAPost(t *testing.T) {
	s := newLibrary(t)
	s.post("A", "Un café à Malmö, naïve Ångström, Straße, Łódź.")
	s.post("B", "Красный ёж читает книги о море.")
	s.post("C", "東京タワーへ行く。")
	s.post("D", "cafe")
	for q, titles := range map[string]string{
		"cafe ": "D A", "CAFÉ ": "D A", "cafe\u0301 ": "D A", "malmo ": "A", "angstrom ": "A", "strasse ": "A", "lodz ": "A", "книга ": "B", "КНИГУ ": "B", "еж ": "B", "красная ": "B", "моря ": "B",
		"東京 ": "C", "タワー ": "C", "京東 ": "", "東京 タワー ": "C",
	} {
		s.finds(q, titles)
	}
}

func TestSearchFiltersByAuthorTagAndDay(t *testing.T) {
	s := newLibrary(t)
	bob := modelstest.User(t, s.store, modelstest.Named("bob"))
	s.post("A", "otter", "river", "two words")
	s.post("B", "otter", "rivers")
	modelstest.Post(t, s.store, bob, func(p *models.Post) { p.Title, p.Content, p.Tags = "C", "otter", []string{"river"} })
	for i, title := range []string{"A", "B", "C"} {
		s.exec("update posts set published_at = $2 where title = $1", title, time.Date(2026, 11, 20+i, 23, 30, 0, 0, time.UTC))
	}
	s.finds("otter ", "C B A")
	s.finds("otter ", "C", "author", "BOB")
	s.finds("otter ", "B A", "author", "ann")
	s.finds("otter ", "", "author", "nobody")
	s.finds("otter ", "C A", "tag", "River")
	s.finds("otter ", "A", "tag", "two words")
	s.finds("otter ", "A", "tag", "river", "author", "ann")
	s.finds("otter ", "C B", "from", "2026-11-21")
	s.finds("otter ", "B A", "to", "2026-11-21")
	s.finds("otter ", "B", "from", "2026-11-21", "to", "2026-11-21")
	moscow := time.FixedZone("", 3*3600)
	search, _ := models.ParseSearch(modelstest.Values("q", "otter ", "from", "2026-11-22", "to", "2026-11-22"), moscow)
	if found, err := s.store.Search(modelstest.Context(t), nil, search); err != nil || titlesOf(found) != "B" {
		t.Errorf("in Moscow: %v, %v", titlesOf(found), err)
	}
	for _, query := range []url.Values{modelstest.Values("from", "yesterday"), modelstest.Values("author", "no one"), modelstest.Values("tag", "a,b"), modelstest.Values("after", "x"), modelstest.Values("limit", "0"),
		modelstest.Values("after", "9-1-1"), modelstest.Values("after", "2-")} {
		if _, err := models.ParseSearch(query, time.UTC); len(fields(err)) != 1 {
			t.Errorf("%v: %v", query, err)
		}
	}
}

func TestAPostIsFoundByEachOfItsAuthors(t *testing.T) {
	s := newLibrary(t)
	bob := modelstest.User(t, s.store, modelstest.Named("bob"))
	post := s.post("A", "otter")
	s.finds("otter ", "", "author", "bob")
	s.exec("insert into post_authors (post_id, user_id, position) values ($1, $2, 1)", post.ID, bob.ID)
	s.finds("otter ", "A", "author", "bob")
	s.finds("otter ", "A", "author", "ann")
	s.right()
	s.exec("update posts set content = 'otters'")
	s.finds("otter ", "A", "author", "bob")
	s.exec("delete from post_authors")
	s.finds("otter ", "", "author", "bob")
	s.right()
}

func TestTheSearchIsPagedByKeyWhilePostsComeAndGo(t *testing.T) {
	s := newLibrary(t)
	s.exec(`insert into posts (user_id, title, content, tags, status, published_at) select $1, case when n % 4 = 0 then 'otter' else 'Post' end || ' ' || n,
		case n % 3 when 0 then 'otter otter otter' when 1 then 'otter' else 'ottering' end, case when n % 5 = 0 then array['otter'] else '{}' end, 'published', '2026-01-01'::timestamptz + n % 7 * interval '1 day'
		from generate_series(1, 100) n`, s.ann.ID)
	seen := map[int64]bool{}
	after := ""
	for page := 0; ; page++ {
		found := s.find(nil, modelstest.Values("q", "otter", "limit", "7", "after", after))
		for _, post := range found.Posts {
			if seen[post.Post.ID] {
				t.Errorf("%s stands on two pages", post.Post.Title)
			}
			seen[post.Post.ID] = true
		}
		if after = found.Next; after == "" {
			break
		}
		s.exec(`insert into posts (user_id, title, content, status, published_at) values ($1, 'New otter', 'x', 'published', now())`, s.ann.ID)
		s.exec(`delete from posts where id = $1`, found.Posts[3].Post.ID)
	}
	if len(seen) != 100 {
		t.Errorf("%d posts were seen", len(seen))
	}
}

func TestNoSearchIsAnError(t *testing.T) {
	s := newLibrary(t)
	s.post("A", "wine 'n' cheese")
	for _, q := range []string{strings.Repeat("wine ", 2000), strings.Repeat("a", 10<<10), strings.Repeat(`"`, 10<<10), strings.Repeat("-", 10<<10), strings.Repeat("or ", 3000), strings.Repeat("ж", 9000),
		"&|!<->:*()", "wine & | ! <-> :* ()", `wine' \ "`, "wine\x00cheese", "\x00", "\xff\xfe", "'", "\\", `"wine' -"`, "!wine", "wine:*", "wine:A", "((((", "wine<2>cheese", "%", "$1", "-- ; drop table posts",
		"\u202ewine", "😀", "\u0301\u0301", "İ ı", "٣", "ﷺ", "a" + strings.Repeat("\u0301", 3000), "or", "-or", `"or"`, `""`, "''", "or or or", "- -", "wine -", strings.Repeat("wine or ", 50), strings.Repeat("-wine ", 50) + "cheese"} {
		found := s.find(nil, url.Values{"q": {q}})
		if len(q) > 9000 && strings.HasPrefix(q, "wine") && (!found.Cut || titlesOf(found) != "A") {
			t.Errorf("of a long search %+v", found)
		}
	}
}

func TestTheWordsThatWereFoundAreMarkedAndNothingElse(t *testing.T) {
	s := newLibrary(t)
	s.post("Otters & <b>rivers</b>", strings.Repeat("Before it there is much. ", 40)+"An **ot**ter, a Café, [link](http://otter.example/river) & <script>otter</script> \u0001 &lt;mark&gt; "+strings.Repeat("After it as well. ", 40))
	found := s.find(nil, modelstest.Values("q", "otter cafe"))
	if len(found.Posts) != 1 {
		t.Fatalf("%d posts", len(found.Posts))
	}
	marks := func(parts []models.Part) (text, marked string) {
		for _, part := range parts {
			text += part.Text
			if part.Marked {
				marked += part.Text + " "
			}
		}
		return text, marked
	}
	if text, marked := marks(found.Posts[0].Title); text != "Otters & <b>rivers</b>" || marked != "Otters " {
		t.Errorf("title %q, marked %q", text, marked)
	}
	text, marked := marks(found.Posts[0].Excerpt)
	if !strings.HasPrefix(marked, "otter Café ") || !strings.HasPrefix(text, "… ") || !strings.HasSuffix(text, " …") || len(text) > 300 || !strings.Contains(text, "An otter, a Café, link") {
		t.Errorf("excerpt %q, marked %q", text, marked)
	}
	s.post("B", "рассказ о книгах")
	if _, marked := marks(s.find(nil, modelstest.Values("q", "книга ")).Posts[0].Excerpt); marked != "книгах " {
		t.Errorf("marked %q", marked)
	}
}

func TestAMistypedWordIsForgivenByWhatTheReaderMayFind(t *testing.T) {
	s := newLibrary(t)
	s.post("Bicycles", "Mending a bicycle by ear. Книга о велосипедах.")
	secret := s.post("Secret", "The zeppelin was here.")
	members := s.post("Inside", "A trampoline for members.")
	s.exec("select take_in_spellings(100)")
	s.exec("update posts set visibility = 'members' where id = $1", members.ID)
	s.exec("update posts set status = 'draft' where id = $1", secret.ID)
	meant := func(by *models.User, q, want string) {
		t.Helper()
		if got := s.find(by, modelstest.Values("q", q)).Meant; got != want {
			t.Errorf("%q: meant %q, want %q", q, got, want)
		}
	}
	meant(nil, "bycicle", "bicycle")
	meant(nil, "mendng a bicycel ", "mending a bicycle")
	meant(nil, "велосипидах", "велосипедах")
	meant(nil, "bicycle nothinglikeit ", "")
	meant(nil, `mendng -"by ear"`, "")
	meant(nil, "bicicle or xyzzyxyzzy", "bicycle or xyzzyxyzzy")
	meant(nil, "zepelin", "")
	meant(s.ann, "zepelin", "")
	meant(nil, "trampolin", "")
	meant(s.ann, "tramploine", "trampoline")
	modelstest.Post(t, s.store, s.ann, func(p *models.Post) { p.Title, p.Content, p.Status = "Draft", "A kaleidoscope", "draft" })
	meant(s.ann, "kaleidoscop ", "")
	s.post("New", "A submarine") // taken in when somebody mistypes it
	meant(nil, "submarin e ", "")
	meant(nil, "submraine", "submarine")
}
