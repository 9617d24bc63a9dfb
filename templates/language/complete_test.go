package language

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/feature/plural"

	"postroom/templates/language/sentences"
)

// spoken names every function, method and template function whose argument is a sentence, and which argument. A new one
// is entered here, so that its sentences are found.
var spoken = sentences.Names{
	"t": {0}, "T": {0}, "Say": {0}, "Markup": {0}, "markup": {0},
	"redirect": {2},    // the flash after a POST
	"either":   {1, 2}, // in this package
}

func TestEverySentenceIsSaidInEveryLanguage(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults(t, c, os.DirFS("../..")) {
		t.Error(fault)
	}
}

// faults lists all that is wrong between what the site says and what the language files hold.
func faults(t *testing.T, c *Catalogue, site fs.FS) (faults []string) {
	t.Helper()
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }

	var said []sentences.Found
	for _, place := range []struct{ folder, kind string }{{"templates", ".html"}, {"controllers", ".go"}, {"models", ".go"}} {
		found, err := sentences.Find(site, spoken, place.folder)
		if err != nil {
			fault("%v", err)
		}
		if !speaks(found, place.kind) && holds(t, site, place.folder, place.kind) {
			fault("not one sentence is found in the %s files of %s: does the search still know its names?", place.kind, place.folder)
		}
		said = append(said, found...)
	}
	if len(said) == 0 {
		fault("not one sentence is found")
	}

	used := map[string]bool{}
	for _, s := range said {
		if s.Raw {
			fault("%s: %q does not go through the catalogue", s.Where, s.Key)
			continue
		}
		key, err := split(s.Key)
		if err != nil {
			fault("%s: %q: %v", s.Where, s.Key, err)
			continue
		}
		if needed := arguments(key); s.Args >= 0 && s.Args != needed {
			fault("%s: %q has %d arguments, and %d are needed", s.Where, s.Key, s.Args, needed)
		}
		if used[s.Key] {
			continue
		}
		used[s.Key] = true
		for _, l := range c.Languages() {
			if l != c.english && l.messages[s.Key] == nil {
				fault("%s: %s.json lacks %q", s.Where, l.Tag, s.Key)
			}
		}
	}
	for _, l := range c.Languages() {
		for key, m := range l.messages {
			if !used[key] && (l != c.english || !translated(c, key)) {
				fault("%s.json: nobody says %q", l.Tag, key)
			}
			if m.plural && !c.english.messages[key].plural {
				fault("en.json lacks the plurals of %q", key)
			}
			if why := unlike(key, m); why != "" {
				fault("%s.json: %q: %s", l.Tag, key, why)
			}
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// translated tells English words that stand in en.json from those that English only has because others translate them.
func translated(c *Catalogue, key string) bool {
	return slices.ContainsFunc(c.Languages(), func(l *Language) bool { return l != c.english && l.messages[key] != nil })
}

func speaks(found []sentences.Found, kind string) bool {
	return slices.ContainsFunc(found, func(s sentences.Found) bool {
		name, _, _ := strings.Cut(s.Where, ":")
		return !s.Raw && path.Ext(name) == kind
	})
}

func holds(t *testing.T, site fs.FS, folder, kind string) bool {
	t.Helper()
	files, err := fs.Glob(site, folder+"/*"+kind)
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := fs.Glob(site, folder+"/*/*"+kind)
	if err != nil {
		t.Fatal(err)
	}
	return len(files)+len(deeper) > 0
}

// arguments counts what a text asks for.
func arguments(parts []part) (n int) {
	for _, p := range parts {
		if p.verb != 0 {
			n = max(n, p.arg+1)
		}
	}
	return n
}

var tags = regexp.MustCompile(`<[^>]*>`)

// unlike says why a translation cannot stand in its key's place: it asks for other arguments, or has other tags.
func unlike(key string, m *message) string {
	parts, err := split(key)
	if err != nil {
		return err.Error()
	}
	if m.by >= arguments(parts) {
		return `"by" counts further than the arguments`
	}
	forms := m.forms
	if m.plain != "" {
		forms[plural.Other] = []part{{text: m.plain}}
	}
	for _, form := range forms {
		if form == nil {
			continue
		}
		if got, want := signature(form), signature(parts); got != want {
			return fmt.Sprintf("its verbs are [%s], and [%s] are needed", got, want)
		}
		if got, want := markup(form), markup(parts); !slices.Equal(got, want) {
			return fmt.Sprintf("its tags are %q, and %q are needed", got, want)
		}
	}
	return ""
}

// signature lists the arguments that a message names, each with its verb: "0s 1d".
func signature(parts []part) string {
	var seen [10]string
	for _, p := range parts {
		if p.verb != 0 {
			seen[p.arg] = fmt.Sprintf("%d%c", p.arg, p.verb)
		}
	}
	return strings.Join(strings.Fields(strings.Join(seen[:], " ")), " ")
}

func markup(parts []part) []string {
	var text strings.Builder
	for _, p := range parts {
		text.WriteString(p.text)
		if p.verb != 0 {
			fmt.Fprintf(&text, "%%%d", p.arg)
		}
	}
	found := tags.FindAllString(text.String(), -1)
	slices.Sort(found)
	return found
}

func TestEachFaultIsFound(t *testing.T) {
	english, err := files.ReadFile("en.json")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(english), `"sentences"`)
	for name, try := range map[string]struct{ page, english, russian, want string }{
		"nothing":             {`{{t "Go <b>%s</b>" .X}} {{t "%d posts" 3}}`, ``, ``, ``},
		"no translation":      {`{{t "Hello"}}`, ``, ``, `templates/a/b.html:1: ru.json lacks "Hello"`},
		"a dead key":          {``, ``, `, "Bye": "Пока"`, `ru.json: nobody says "Bye"`},
		"a dead plural":       {``, `, "%d men": {"one": "%d man", "other": "%d men"}`, ``, `en.json: nobody says "%d men"`},
		"no English plural":   {`{{t "%d users" 1}}`, ``, `, "%d users": {"one": "%d", "few": "%d", "many": "%d"}`, `en.json lacks the plurals of "%d users"`},
		"too few arguments":   {`{{t "By %s"}}`, ``, `, "By %s": "Автор: %s"`, `templates/a/b.html:1: "By %s" has 0 arguments, and 1 are needed`},
		"a lost verb":         {`{{t "By %s" 1}}`, ``, `, "By %s": "Автор"`, `ru.json: "By %s": its verbs are [], and [0s] are needed`},
		"another verb":        {`{{t "%s %d" 1 2}}`, ``, `, "%s %d": "%d %s"`, `ru.json: "%s %d": its verbs are [0d 1s], and [0s 1d] are needed`},
		"a lost tag":          {`{{t "<b>A</b>"}}`, ``, `, "<b>A</b>": "<b>A"`, `ru.json: "<b>A</b>": its tags are ["<b>"], and ["</b>" "<b>"] are needed`},
		"by no argument":      {`{{t "%d men" 1}}`, `, "%d men": {"by": "2", "one": "%d man", "other": "%d men"}`, `, "%d men": "людей: %d"`, `en.json: "%d men": "by" counts further than the arguments`},
		"an unknown verb":     {`{{t "%q"}}`, ``, ``, `templates/a/b.html:1: "%q": only`},
		"words in a template": {`<p>Hello`, ``, ``, `templates/a/b.html:1: "Hello" does not go through the catalogue`},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := load(fstest.MapFS{
				"en.json": {Data: []byte(head + `"sentences": {"%d posts": {"one": "%d post", "other": "%d posts"}` + try.english + `}}`)},
				"ru.json": {Data: []byte(head + `"sentences": {"%d posts": {"one": "%d запись", "few": "%d записи", "many": "%d записей"}, "Go <b>%s</b>": "<b>%[1]s</b>!"` + try.russian + `}}`)},
			})
			if err != nil {
				t.Fatal(err)
			}
			got := faults(t, c, fstest.MapFS{
				"templates/a/b.html": {Data: []byte(try.page)},
				"controllers/c.go":   {Data: []byte(`package c; var x = l.T("%d posts", n)`)},
				"models/m.go":        {Data: []byte(`package m; var x = Say("Go <b>%s</b>", "on")`)},
			})
			// An empty page and one of raw words are faults as well: the search must find something in each folder.
			got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "not one sentence is found in the .html") })
			if strings.HasPrefix(strings.Join(got, "\n"), try.want) && (try.want != "") == (len(got) > 0) {
				return
			}
			t.Errorf("got %q, want %q", got, try.want)
		})
	}
}

func TestFindingNothingIsAFault(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	folder := &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	got := faults(t, c, fstest.MapFS{"templates": folder, "controllers": folder, "models": folder})
	if !slices.Contains(got, "not one sentence is found") {
		t.Errorf("got %q", got)
	}
	got = faults(t, c, fstest.MapFS{"templates/a/b.html": {Data: []byte("<hr>")}, "controllers": folder, "models": folder})
	if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "the .html files of templates") }) {
		t.Errorf("got %q", got)
	}
}

// A sentence written twice would be read in silence, and the first translation lost.
func TestNoSentenceStandsTwiceInAFile(t *testing.T) {
	names, err := fs.Glob(files, "*.json")
	if err != nil || len(names) < 2 {
		t.Fatal(names, err)
	}
	entries := regexp.MustCompile(`(?m)^    ("(?:[^"\\]|\\.)*"):`)
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, match := range entries.FindAllSubmatch(data, -1) {
			key := string(match[1])
			if seen[key] {
				t.Errorf("%s: %s stands twice", name, key)
			}
			seen[key] = true
		}
		if len(seen) < 20 {
			t.Errorf("%s: only %d entries are seen", name, len(seen))
		}
	}
}
