package language

import (
	"errors"
	"fmt"
	"html/template"
	"math"
	"strings"
	"testing"
	"testing/fstest"
)

func both(t testing.TB) (english, russian *Language) {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.Match("en", ""), c.Match("ru", "")
}

func is(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// refusal is a Sentence as another package would write it.
type refusal struct {
	key  string
	args []any
}

func (r refusal) Sentence() (string, []any) { return r.key, r.args }
func (r refusal) Error() string             { return r.key }

func TestAReaderGetsTheirLanguage(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct{ setting, header, want string }{
		{"", "", "en"},
		{"ru", "en", "ru"},
		{"xx", "ru", "ru"},
		{"", "ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"},
		{"", "en-GB,ru;q=0.9", "en"},
		{"", "en;q=0.5,ru;q=0.9", "ru"},
		{"", "RU", "ru"},
		{"", "fr-CH, ru;q=0.5, *;q=0.1", "ru"},
		{"", "uk-UA,uk;q=0.9,en;q=0.5", "en"},
		{"", "de", "en"},
		{"", "*", "en"},
		{"", "ru;q=0", "en"},
		{"", "%%%;;;,,", "en"},
		{"", strings.Repeat("a-", 5000), "en"},
	} {
		if got := c.Match(try.setting, try.header).Tag; got != try.want {
			t.Errorf("Match(%q, %.40q) is %s, want %s", try.setting, try.header, got, try.want)
		}
	}
}

func TestLanguagesAreListedByTheirOwnNames(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range c.Languages() {
		names = append(names, l.Tag+" "+l.Name+" "+l.Direction)
	}
	is(t, strings.Join(names, ", "), "en English ltr, ru Русский ltr")
}

func TestPluralsFollowTheLanguage(t *testing.T) {
	english, russian := both(t)
	for n, want := range map[int][2]string{
		0:          {"0 days ago", "0 дней назад"},
		1:          {"1 day ago", "1 день назад"},
		2:          {"2 days ago", "2 дня назад"},
		5:          {"5 days ago", "5 дней назад"},
		11:         {"11 days ago", "11 дней назад"},
		21:         {"21 days ago", "21 день назад"},
		112:        {"112 days ago", "112 дней назад"},
		100412:     {"100,412 days ago", "100\u00a0412 дней назад"},
		10_000_001: {"10,000,001 days ago", "10\u00a0000\u00a0001 день назад"},
		-1:         {"−1 day ago", "−1 день назад"},
	} {
		is(t, english.T("%d days ago", n), want[0])
		is(t, russian.T("%d days ago", n), want[1])
	}
	is(t, russian.T("%d days ago", uint8(3)), "3 дня назад")
	is(t, english.T("%d days ago", int64(math.MinInt64)), "−9,223,372,036,854,775,808 days ago")
}

func TestASentenceWithoutTranslationIsSaidInEnglish(t *testing.T) {
	_, russian := both(t)
	is(t, russian.T("Nobody has said this yet."), "Nobody has said this yet.")
	is(t, russian.T("%d of %s", 1200, "many"), "1\u00a0200 of many")
	is(t, russian.T("100%% of %d", 3), "100% of 3")
	is(t, russian.T("100%% sure"), "100% sure")
	is(t, russian.T("100% sure"), "100% sure")
	is(t, russian.T("%q", 1), "%q")
	is(t, russian.T(""), "")
	is(t, russian.T("missing: %s"), "missing: %s")
	is(t, russian.T("%s and %s", "a"), "a и ")
}

func TestArgumentsAreSaidToo(t *testing.T) {
	english, russian := both(t)
	is(t, russian.T("Line %v: %s", 1234, refusal{"%d days ago", []any{3}}), "Line 1234: 3 дня назад")
	is(t, russian.T("%s", []string{"a", "b", "c"}), "a, b и c")
	is(t, russian.T("%s", "never"), "never") // a person's own word stays
	is(t, russian.T("%.1f", 1234.56), "1\u00a0234,6")
	is(t, english.T("%[2]s by %[1]s", "ann", "A post"), "A post by ann")
	is(t, english.T("%s%s", nil, true), "true")
}

func TestSentencesAndErrorsAreSaid(t *testing.T) {
	english, russian := both(t)
	is(t, russian.Say(refusal{"never", nil}), "никогда")
	is(t, russian.Say(fmt.Errorf("import line 3: %w", refusal{"in %d days", []any{2}})), "через 2 дня")
	is(t, russian.Say(errors.New("just now")), "только что")
	is(t, russian.Say("just now"), "только что")
	is(t, english.Say(nil)+english.Say(12), "12")
}

func TestMarkupEscapesOnlyWhatPeopleWrote(t *testing.T) {
	english, _ := both(t)
	is(t, string(english.Markup("<b>%d</b> by %s and %s", 1200, "<i>", template.HTML("<a>"))), "<b>1,200</b> by &lt;i&gt; and <a>")
	is(t, string(english.Markup("<b>100%</b>")), "&lt;b&gt;100%&lt;/b&gt;")
}

func TestAThirdLanguageIsOneNewFile(t *testing.T) {
	folder := fstest.MapFS{}
	for _, name := range []string{"en.json", "ru.json"} {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		folder[name] = &fstest.MapFile{Data: data}
	}
	polish := strings.NewReplacer(`"English"`, `"Polski"`, `"group": ","`, `"group": " ", "groupFrom": 5`).Replace(string(folder["en.json"].Data))
	start := strings.Index(polish, `"sentences"`)
	folder["pl.json"] = &fstest.MapFile{Data: []byte(polish[:start] + `"sentences": {
		"%d of %d users": {"by": "2", "one": "%d z %d użytkownika", "few": "%d z %d użytkowników", "many": "%d z %d użytkowników"},
		"never": "nigdy"}}`)}
	c, err := load(folder)
	if err != nil {
		t.Fatal(err)
	}
	l := c.Match("", "pl-PL")
	is(t, l.T("never"), "nigdy")
	is(t, l.T("%d of %d users", 5, 1), "5 z 1 użytkownika")
	is(t, l.Number(1234)+"; "+l.Number(12345), "1234; 12 345")
	is(t, l.T("just now"), "just now")
	is(t, l.T("%d days ago", 1), "1 day ago") // English words follow the English rule
}

func TestAMalformedFileIsRefusedByName(t *testing.T) {
	data, err := files.ReadFile("en.json")
	if err != nil {
		t.Fatal(err)
	}
	for old, mended := range map[string]string{
		`"ltr"`:                     `"up"`,
		`"December"]`:               `"December", "Smarch"]`,
		`"weekdays": [`:             `"weekdays": ["Sunday",`,
		`"clock": "15:04"`:          `"clock": ""`,
		`"one": "%d day ago"`:       `"single": "%d day ago"`,
		`"one": "%d day ago", `:     ``,
		`"other": "%d days ago"`:    `"other": "%q days ago"`,
		`"other": "%d bytes"`:       `"other": "bytes"`,
		`"name"`:                    `"nmae"`,
		`"sentences": {`:            `"sentences": {"a": "",`,
		`"one": "%d byte", "other"`: `"by": "x", "one": "%d byte", "other"`,
		`"decimal": "."`:            `"decimal": ""`,
	} {
		broken := strings.Replace(string(data), old, mended, 1)
		if broken == string(data) {
			t.Fatalf("%q is not in the file", old)
		}
		if _, err := load(fstest.MapFS{"en.json": {Data: []byte(broken)}}); err == nil || !strings.Contains(err.Error(), "en.json") {
			t.Errorf("with %s: error is %v", mended, err)
		}
	}
	if _, err := load(fstest.MapFS{}); err == nil {
		t.Error("a site without English loads")
	}
}

func BenchmarkT(b *testing.B) {
	_, russian := both(b)
	b.Run("without arguments", func(b *testing.B) {
		for b.Loop() {
			russian.T("just now")
		}
	})
	b.Run("a word", func(b *testing.B) {
		for b.Loop() {
			russian.T("today, %s", "08:14")
		}
	})
	b.Run("a plural", func(b *testing.B) {
		for b.Loop() {
			russian.T("%d days ago", 100412)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	c, err := Load()
	if err != nil {
		b.Fatal(err)
	}
	for name, header := range map[string]string{"plain": "ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "other": "fr-CH,fr;q=0.9,en;q=0.8"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c.Match("", header)
			}
		})
	}
}
