// Package templates is the window: how pages look and speak. It knows nothing of where their values come from.
package templates

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"time"

	"postroom/templates/language"
)

//go:embed */*.html
var files embed.FS

// Set is all pages in all languages. Each is parsed when it is first asked for.
type Set struct {
	languages *language.Catalogue
	more      map[string]any
	pages     sync.Map // language and page → *template.Template
	parse     sync.Mutex
}

// New makes the set; functions are those that a page may call besides the set's own.
func New(languages *language.Catalogue, functions map[string]any) (*Set, error) {
	return &Set{languages: languages, more: functions}, nil
}

// Render writes the page of a name such as "posts/show" in a language.
func (s *Set) Render(w io.Writer, lang *language.Language, page string, values any) error {
	return s.render(w, lang, page, "layout", values)
}

// RenderContent writes the page without the layout around it.
func (s *Set) RenderContent(w io.Writer, lang *language.Language, page string, values any) error {
	return s.render(w, lang, page, "content", values)
}

// RenderFrame writes what stands around every page alone: its top and its foot.
func (s *Set) RenderFrame(top, foot io.Writer, lang *language.Language, page string, values any) error {
	if err := s.render(top, lang, page, "masthead", values); err != nil {
		return err
	}
	return s.render(foot, lang, page, "foot", values)
}

func (s *Set) render(w io.Writer, lang *language.Language, page, part string, values any) error {
	key := lang.Tag + " " + page
	parsed, ok := s.pages.Load(key)
	if !ok {
		s.parse.Lock()
		defer s.parse.Unlock()
		made, err := s.make(lang, page)
		if err != nil {
			return err
		}
		s.pages.Store(key, made)
		parsed = made
	}
	return parsed.(*template.Template).ExecuteTemplate(w, part, values)
}

// Pages lists the names of all pages.
func Pages() []string {
	var pages []string
	names, _ := fs.Glob(files, "*/*.html")
	for _, name := range names {
		if !strings.HasPrefix(name, "layouts/") && !strings.HasPrefix(name, "shared/") {
			pages = append(pages, strings.TrimSuffix(name, ".html"))
		}
	}
	return pages
}

// make parses a page with the layout and the shared pieces: a set of its own for each page, since every page defines
// "content".
func (s *Set) make(lang *language.Language, page string) (*template.Template, error) {
	if _, err := fs.Stat(files, page+".html"); err != nil {
		return nil, fmt.Errorf("no page %q", page)
	}
	t := template.New(page).Option("missingkey=error").Funcs(functions(lang)).Funcs(s.more)
	for _, pattern := range []string{"layouts/*.html", "shared/*.html", page + ".html"} {
		if _, err := t.ParseFS(files, pattern); err != nil {
			return nil, err
		}
	}
	say := map[string]func(string) string{"t": func(key string) string { return lang.T(key) }}
	if path, ok := s.more["static"].(func(string) string); ok {
		say["static"] = path
	}
	for _, piece := range t.Templates() {
		if piece.Tree != nil {
			fix(piece.Tree.Root, say)
		}
	}
	return t, nil
}

// functions are what every page can call.
func functions(lang *language.Language) template.FuncMap {
	return template.FuncMap{
		"t":       lang.T,
		"say":     lang.Say,
		"markup":  lang.Markup,
		"bytes":   lang.Bytes,
		"number":  func(n any) string { return lang.T("%d", n) },
		"decimal": func(x float64, digits int) string { return lang.Decimal(x, digits) },
		"credits": func(n interface{ InexactFloat64() float64 }) string { return lang.Decimal(n.InexactFloat64(), 2) },
		"list":    func(words []string) string { return strings.Join(words, ", ") },
		"html":    func(s string) template.HTML { return template.HTML(s) }, // only for what Render made: it is sanitised
		"dict":    dict,
		"field":   newField, "hint": hint, "value": value, "kind": kind, "auto": auto, "id": fieldID, "required": required, "short": short, "rows": rows,
		"key":      key,
		"problems": problems, "controlID": ControlID, "minutes": func(p interface{ Minutes() int }) int { return p.Minutes() },
		"tongue":  tongue,
		"tagPath": func(tag string) string { return "/tags/" + url.PathEscape(tag) },
		"add":     func(a, b int) int { return a + b },
	}
}

// When says dates and times in the reader's language and zone.
type When struct {
	*language.Language
	Zone *time.Location
	Now  time.Time
}

// ISO is the moment for machines.
func (w When) ISO(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Day is a short date.
func (w When) Day(t time.Time) string { return w.Date(t, w.Zone) }

// Long is a date in full.
func (w When) Long(t time.Time) string { return w.LongDate(t, w.Zone) }

// At is how a list says when: today, yesterday, or the date.
func (w When) At(t time.Time) string { return w.Moment(t, w.Now, w.Zone) }

// DayHead is the head of a day in a list: Today, Yesterday, the day of the week, or the date.
func (w When) DayHead(t time.Time) string {
	switch w.daysAgo(t) {
	case 0:
		return w.T("Today")
	case 1:
		return w.T("Yesterday")
	case 2, 3, 4, 5, 6:
		return w.Weekday(t, w.Zone)
	}
	return w.Day(t)
}

// DayRest is what DayHead leaves unsaid.
func (w When) DayRest(t time.Time) string {
	switch w.daysAgo(t) {
	case 0, 1:
		return w.DayMonth(t, w.Zone)
	case 2, 3, 4, 5, 6:
		return w.DayOnly(t)
	}
	return w.Weekday(t, w.Zone)
}

// DayOnly is a day without weekday and year: 21 November.
func (w When) DayOnly(t time.Time) string { return w.PlainDay(t, w.Zone) }

func (w When) daysAgo(t time.Time) int {
	return int(w.midnight(w.Now).Sub(w.midnight(t)).Hours()+12) / 24
}

// ISODay is the day for machines.
func (w When) ISODay(t time.Time) string { return t.In(w.Zone).Format(time.DateOnly) }

func (w When) midnight(t time.Time) time.Time {
	t = t.In(w.Zone)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, w.Zone)
}

// AtOrNever is At, or "never" for none.
func (w When) AtOrNever(t *time.Time) string {
	if t == nil {
		return w.Moment(time.Time{}, w.Now, w.Zone)
	}
	return w.At(*t)
}

// Exactly is a date with its hour.
func (w When) Exactly(t time.Time) string { return w.DateTime(t, w.Zone) }

// Since is how far t lies back.
func (w When) Since(t time.Time) string { return w.Ago(t, w.Now) }

// dict makes a map of pairs of names and values, for a shared piece that needs several.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: a name without a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}
