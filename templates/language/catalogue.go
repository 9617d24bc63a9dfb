// Package language puts the site's words into the reader's language. The English sentence is the key, so that the code
// and the templates read as the page does. A language is one JSON file beside this one, named by its tag: copy ru.json,
// translate it, and the test of this package says what is missing. en.json holds only what English inflects.
package language

import (
	"embed"
	"fmt"
	"io/fs"
	"sort"
	"strings"

	textlanguage "golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Catalogue holds every language of the site. It is not changed after Load, so many requests may read it at once.
type Catalogue struct {
	english   *Language
	languages []*Language
	byTag     map[string]*Language
	matcher   textlanguage.Matcher
	matched   []*Language // in the matcher's order
}

// Load reads the embedded language files. A malformed file is an error: it names the file and the sentence.
func Load() (*Catalogue, error) { return load(files) }

func load(folder fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(folder, "*.json")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{byTag: map[string]*Language{}}
	for _, name := range names {
		l, err := readLanguage(folder, name)
		if err != nil {
			return nil, fmt.Errorf("language file %s: %w", name, err)
		}
		c.byTag[l.Tag] = l
		c.languages = append(c.languages, l)
	}
	if c.english = c.byTag["en"]; c.english == nil {
		return nil, fmt.Errorf("language files: en.json is missing")
	}
	if err := c.lendEnglish(); err != nil {
		return nil, err
	}
	sort.Slice(c.languages, func(i, j int) bool { return c.languages[i].Name < c.languages[j].Name })
	c.prepareMatch()
	return c, nil
}

// lendEnglish compiles as English each sentence that only a translation names, so that English readers do not pay for
// compiling it on every page.
func (c *Catalogue) lendEnglish() error {
	for _, l := range c.languages {
		l.english = c.english
		for key := range l.messages {
			if c.english.messages[key] != nil {
				continue
			}
			m, err := compile(key)
			if err != nil {
				return fmt.Errorf("language file %s.json: the key %q: %w", l.Tag, key, err)
			}
			c.english.messages[key] = m
		}
	}
	return nil
}

func (c *Catalogue) prepareMatch() {
	c.matched = []*Language{c.english} // the first is the answer when nothing matches
	for _, l := range c.languages {
		if l != c.english {
			c.matched = append(c.matched, l)
		}
	}
	var tags []textlanguage.Tag
	for _, l := range c.matched {
		tags = append(tags, l.tag)
	}
	c.matcher = textlanguage.NewMatcher(tags)
}

// Languages lists every language, sorted by its own name, for a choice in the settings.
func (c *Catalogue) Languages() []*Language { return c.languages }

// English is the language the site is written in, for logs, commands and API answers.
func (c *Catalogue) English() *Language { return c.english }

// Match picks the language for a reader: the user's setting (a Tag, or empty for none) if there is such a language,
// else the first in the browser's Accept-Language that the site speaks, else English.
func (c *Catalogue) Match(userSetting, acceptLanguage string) *Language {
	if l := c.byTag[userSetting]; l != nil {
		return l
	}
	if l := c.byTag[firstTag(acceptLanguage)]; l != nil {
		return l
	}
	wanted, _, err := textlanguage.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return c.english
	}
	for _, tag := range wanted {
		// Only the same language counts: to offer Russian for Ukrainian, as the matcher alone would, is not wanted.
		if _, i, sure := c.matcher.Match(tag); sure >= textlanguage.High {
			return c.matched[i]
		}
	}
	return c.english
}

// firstTag is the plain language that begins a header such as "ru-RU,ru;q=0.9", as nearly every browser sends it. It is
// empty where a weight could make another one come first; the full parser then decides.
func firstTag(acceptLanguage string) string {
	first, _, _ := strings.Cut(acceptLanguage, ",")
	if strings.Contains(first, ";") {
		return ""
	}
	tag, _, _ := strings.Cut(strings.TrimSpace(first), "-")
	return tag
}
