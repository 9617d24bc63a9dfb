package demo

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed texts/*.txt
var textFiles embed.FS

//go:embed titles.txt
var titlesFile string

// The kinds of blocks. Two lists are never neighbours, since Markdown would read them as one; of quotes and notes a post
// has one at most, of headings each only once.
const (
	kindOpen = iota
	kindBody
	kindClose
	kindHeading
	kindList
	kindTable
	kindCode
	kindQuote
	kindNote
	kinds
)

var kindNames = [kinds]string{"open", "body", "close", "heading", "list", "table", "code", "quote", "note"}

// theme is what somebody writes about.
type theme struct {
	name, language string
	said           string // as it stands in a sentence
	tags, titles   []string
	things, dos    []string
	blocks         [kinds][][]int // of each kind the texts, and of each text its variants
}

// texts is all that posts are put together from.
type texts struct {
	blocks    []string // Markdown, each a whole number of blocks that can stand beside any other
	themes    []theme
	common    weighted       // themes in English; numbers as in themes
	native    map[string]int // by language the theme written in it
	thingLike []string       // patterns of titles
	doLike    []string
}

var loadTexts = sync.OnceValues(func() (*texts, error) {
	all := &texts{native: map[string]int{}}
	for line := range strings.Lines(titlesFile) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "#"):
		case strings.Contains(line, "{do}"), strings.Contains(line, "{Do}"):
			all.doLike = append(all.doLike, line)
		default:
			all.thingLike = append(all.thingLike, line)
		}
	}
	files, err := textFiles.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	var native []theme
	for _, file := range files {
		text, err := textFiles.ReadFile("texts/" + file.Name())
		if err != nil {
			return nil, err
		}
		one, err := all.read(strings.TrimSuffix(file.Name(), ".txt"), string(text))
		if err != nil {
			return nil, err
		}
		if one.language != "" {
			native = append(native, one)
			continue
		}
		all.themes = append(all.themes, one)
		all.common.add(1 / float64(2+len(all.themes)*7%15)) // some are talked about more, whatever their letter
	}
	for _, one := range native {
		all.native[one.language] = len(all.themes)
		all.themes = append(all.themes, one)
	}
	return all, nil
})

// read reads a file of texts: lines of lists, then blocks, each below a line that names its kind.
func (all *texts) read(name, text string) (theme, error) {
	one := theme{name: name}
	head, rest, _ := strings.Cut(text, "%% ")
	for line := range strings.Lines(head) {
		field, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch field {
		case "said":
			one.said = value
		case "lang":
			one.language = value
		case "tags":
			one.tags = strings.Split(value, ", ")
		case "things":
			one.things = strings.Split(value, "; ")
		case "dos":
			one.dos = strings.Split(value, "; ")
		case "titles":
			one.titles = strings.Split(value, "; ")
		default:
			return one, fmt.Errorf("texts/%s.txt: %q", name, line)
		}
	}
	for _, block := range strings.Split(rest, "\n%% ") {
		word, body, _ := strings.Cut(block, "\n")
		kind := slices.Index(kindNames[:], strings.TrimSpace(word))
		if kind < 0 {
			return one, fmt.Errorf("texts/%s.txt: no kind %q", name, word)
		}
		if body = strings.TrimSpace(body); kind != kindHeading {
			one.blocks[kind] = append(one.blocks[kind], all.add(body))
			continue
		}
		for line := range strings.Lines(body) {
			one.blocks[kind] = append(one.blocks[kind], all.add("## "+strings.TrimSpace(line)))
		}
	}
	return one, nil
}

// add keeps the variants of a text and returns their numbers.
func (all *texts) add(text string) (numbers []int) {
	var seen []string
	for turn := range 6 {
		variant := vary(text, turn)
		if slices.Contains(seen, variant) {
			continue
		}
		seen = append(seen, variant)
		numbers = append(numbers, len(all.blocks))
		all.blocks = append(all.blocks, variant)
	}
	return numbers
}

// vary takes one of each {this|that}, another at each turn.
func vary(text string, turn int) string {
	var b strings.Builder
	for place := 0; ; place++ {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		choices, after, _ := strings.Cut(rest, "}")
		options := strings.Split(choices, "|")
		b.WriteString(options[(turn+place*(turn/len(options)))%len(options)])
		text = after
	}
}

// Blocks is the Markdown that all posts are put together from, by number.
func (p *Population) Blocks() []string { return p.texts.blocks }
