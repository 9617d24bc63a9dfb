package demo

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Post is a post: Blocks, joined by empty lines, are its text.
type Post struct {
	Author    int // the person's number
	Title     string
	Tags      []string
	Blocks    []int
	Members   bool      // for who is signed in
	Unlisted  bool      // for who has the address
	Published time.Time // zero: a draft
	Appears   time.Time // when a draft will appear by itself; zero: it does not
	Created   time.Time
	Updated   time.Time
}

// Writer invents posts one after the other. It is for one goroutine.
type Writer struct {
	p    *Population
	d    *dice
	used [kinds][]int // texts of the kind that the post has already
}

// Writer returns a new writer.
func (p *Population) Writer() *Writer { return &Writer{p: p, d: newDice()} }

// Post invents the post of that number into post, whose slices it uses again. Posts are numbered in order of their dates.
func (w *Writer) Post(i int, post *Post) {
	p, d := w.p, w.d
	d.roll(p.seed, rollPost, i)
	at := p.at(int64(p.written[i] >> 32))
	post.Author = int(p.written[i] & 0xffffffff)
	a := p.authors[post.Author]
	th := &p.texts.themes[a.themes[w.favourite()]]
	if a.native > 0 && d.chance(30) {
		th = &p.texts.themes[a.native]
	}
	joined := p.at(int64(a.joined))
	post.Created = at.Add(-time.Duration(d.IntN(5400)) * time.Second)
	if post.Created.Before(joined) {
		post.Created = joined.Add(time.Second)
	}
	post.Published, post.Updated = at, at
	if d.chance(15) {
		post.Updated = at.Add(time.Duration(d.IntN(20*day)) * time.Second)
		if !post.Updated.Before(p.End) {
			post.Updated = at
		}
	}
	if d.chance(2) {
		post.Published = time.Time{}
	}
	post.Title = w.title(th, at)
	w.tag(post, th)
	w.compose(post, th, a)
	w.state(post)
}

// state says who may read the post, and whether a draft will appear by itself.
func (w *Writer) state(post *Post) {
	post.Appears, post.Members, post.Unlisted = time.Time{}, false, false
	switch {
	case !post.Published.IsZero():
		post.Members = w.d.chance(2)
		post.Unlisted = !post.Members && w.d.chance(0.5)
	case w.d.chance(10):
		post.Appears = w.p.End.Add(time.Duration(2*24+w.d.IntN(60*24)) * time.Hour)
	}
}

func (w *Writer) favourite() int {
	switch roll := w.d.IntN(100); {
	case roll < 60:
		return 0
	case roll < 88:
		return 1
	}
	return 2
}

// months and seasons are named in the languages whose titles use them.
var months = map[string][]string{
	"":   strings.Fields("January February March April May June July August September October November December"),
	"fr": strings.Fields("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
	"de": strings.Fields("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
}

var seasons = [12]string{"Winter", "Winter", "Spring", "Spring", "Spring", "Summer", "Summer", "Summer", "Autumn", "Autumn", "Autumn", "Winter"}

// title fills a pattern.
func (w *Writer) title(th *theme, at time.Time) string {
	d := w.d
	patterns, subjects := th.titles, th.things
	if len(patterns) == 0 {
		patterns = w.p.texts.thingLike
		if d.chance(35) {
			patterns, subjects = w.p.texts.doLike, th.dos
		}
	}
	pattern, subject := pick(d, patterns), pick(d, subjects)
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		var slot string
		slot, pattern, _ = strings.Cut(rest, "}")
		switch slot {
		case "thing", "do":
			b.WriteString(subject)
		case "Thing", "Do":
			r, size := utf8.DecodeRuneInString(subject)
			b.WriteRune(unicode.ToUpper(r))
			b.WriteString(subject[size:])
		case "month":
			if names := months[th.language]; names != nil {
				b.WriteString(names[at.Month()-1])
			}
		case "Season":
			b.WriteString(seasons[at.Month()-1])
		case "year":
			b.WriteString(strconv.Itoa(at.Year()))
		}
	}
}

// everyday are tags that go with any theme.
var everyday = []string{"notes", "essay", "weekend", "questions", "first-post", "long-read"}

// tag gives up to five tags, the first ones of the theme more often.
func (w *Writer) tag(post *Post, th *theme) {
	post.Tags = post.Tags[:0]
	for i, tag := range th.tags {
		if w.d.chance(62 - 13*float64(i)) {
			post.Tags = append(post.Tags, tag)
		}
	}
	if w.d.chance(15) {
		post.Tags = append(post.Tags, everyday[min(w.d.IntN(len(everyday)), w.d.IntN(len(everyday)))])
	}
}

// compose chooses the blocks: most posts are a page, some are long and have headings.
func (w *Writer) compose(post *Post, th *theme, a author) {
	d := w.d
	for kind := range w.used {
		w.used[kind] = w.used[kind][:0]
	}
	post.Blocks = post.Blocks[:0]
	bodies, extras, heads := 1, 0, 0
	switch roll := d.IntN(100); {
	case roll < 34:
		extras = d.IntN(2) * d.IntN(2)
	case roll < 68:
		bodies, extras = 2, d.IntN(2)
	case roll < 90:
		bodies, extras, heads = 3, 1+d.IntN(2), d.IntN(2)*2
	case roll < 98:
		bodies, extras, heads = 4+d.IntN(2), 2, 2
	default:
		bodies, extras, heads = 6+d.IntN(2), 4, 3
	}
	w.put(post, th, kindOpen)
	w.section(post, th, bodies, extras, heads)
	if other := &w.p.texts.themes[a.themes[1]]; bodies >= 6 && th.language == "" && other != th {
		w.forget()
		w.section(post, other, bodies-2, 3, 3)
	}
	if d.chance(70) {
		w.put(post, th, kindClose)
	}
}

// section puts paragraphs, and behind some of them a list, a table or the like; headings divide it.
func (w *Writer) section(post *Post, th *theme, bodies, extras, heads int) {
	for i := range bodies {
		if heads > 0 && i*heads%bodies < heads {
			w.put(post, th, kindHeading)
		}
		w.put(post, th, kindBody)
		if extras > 0 && w.d.IntN(bodies-i) < extras {
			extras--
			w.put(post, th, kindList+w.d.IntN(kinds-kindList))
		}
	}
}

// put adds a text of the kind that the post does not have yet, where there is one.
func (w *Writer) put(post *Post, th *theme, kind int) {
	texts := th.blocks[kind]
	used := &w.used[kind]
	if len(texts) == len(*used) || (kind == kindQuote || kind == kindNote) && len(*used) > 0 {
		return
	}
	n := w.d.IntN(len(texts))
	for again := true; again; {
		again = false
		for _, other := range *used {
			if other == n {
				n, again = (n+1)%len(texts), true
				break
			}
		}
	}
	*used = append(*used, n)
	post.Blocks = append(post.Blocks, pick(w.d, texts[n]))
}

// forget makes the texts of another theme fresh; quote and note stay used.
func (w *Writer) forget() {
	for kind := kindOpen; kind < kindQuote; kind++ {
		w.used[kind] = w.used[kind][:0]
	}
}
