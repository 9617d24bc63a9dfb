package models

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// demoSpelled is about how many posts of a demo are noted for their spellings.
const demoSpelled = 20_000

// demoWords makes what posts are found by, as search_vector does, from parts that PostgreSQL has read once: the pieces of the texts, and
// each word of a title. To let it read a million posts would take longer than all the rest. postroom check compares.
type demoWords struct {
	words  []string              // by number
	common []bool                // stop words, by number: no text comes back to these
	place  []int32               // in the order of the words, by number
	number map[string]int32      // of the words
	blocks [][]demoWord          // of the pieces
	known  map[string][]demoWord // of what stands between two blanks of titles and tags

	// Of the post at hand, and used again for the next.
	at    []int32 // by number: where the word stands in list, if it is that word
	list  []demoWord
	head  []int // how often the first of them stand in title and tags
	often []demoWord
	marks []string
}

type demoWord struct {
	number    int32
	positions []uint16
}

// demoLine is what is kept of a post until its words are written.
type demoLine struct {
	id, author int64
	title      string
	tags       []string
	blocks     []int
	published  time.Time
	members    bool
}

// readBlocks reads the pieces of the texts.
func (w *demoWords) readBlocks(ctx context.Context, tx pgx.Tx, blocks []string) error {
	*w = demoWords{number: map[string]int32{}, blocks: make([][]demoWord, len(blocks)), known: map[string][]demoWord{}}
	return w.read(ctx, tx, "search_body(t)", blocks, func(n int, word demoWord) { w.blocks[n] = append(w.blocks[n], word) })
}

// learn reads the words of titles and tags that are not known yet.
func (w *demoWords) learn(ctx context.Context, tx pgx.Tx, posts []demoLine) error {
	var unknown []string
	note := func(text string) {
		for part := range strings.FieldsSeq(text) {
			if _, ok := w.known[part]; !ok {
				w.known[part] = nil
				unknown = append(unknown, part)
			}
		}
	}
	for i := range posts {
		note(posts[i].title)
		for _, tag := range posts[i].tags {
			note(tag)
		}
	}
	return w.read(ctx, tx, "to_tsvector('postroom', search_text(t))", unknown, func(n int, word demoWord) { w.known[unknown[n]] = append(w.known[unknown[n]], word) })
}

// read lets PostgreSQL read the texts, and hands over each word with the number of its text.
func (w *demoWords) read(ctx context.Context, tx pgx.Tx, vector string, texts []string, take func(int, demoWord)) error {
	rows, err := tx.Query(ctx, `select n::int - 1, v.lexeme, v.positions, ts_lexize('english_stem', v.lexeme) = '{}' or ts_lexize('russian_stem', v.lexeme) = '{}'
		from unnest($1::text[]) with ordinality x(t, n), unnest(`+vector+`) v`, texts)
	if err != nil {
		return err
	}
	var text int
	var word string
	var positions []int16
	var common bool
	_, err = pgx.ForEachRow(rows, []any{&text, &word, &positions, &common}, func() error {
		n, ok := w.number[word]
		if !ok {
			n = int32(len(w.words))
			w.number[word], w.words, w.common, w.at = n, append(w.words, word), append(w.common, common), append(w.at, 0)
		}
		list := make([]uint16, len(positions))
		for i, p := range positions {
			list[i] = uint16(p)
		}
		take(text, demoWord{n, list})
		return nil
	})
	order := make([]int32, len(w.words))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(w.words[a], w.words[b]) })
	w.place = make([]int32, len(order))
	for place, n := range order {
		w.place[n] = int32(place)
	}
	return err
}

// append adds the words of the post in the binary format of the type tsvector: sorted, each with its positions.
func (w *demoWords) append(b copyBuffer, post *demoLine) copyBuffer {
	w.list, w.head, w.marks = w.list[:0], w.head[:0], append(w.marks[:0], "@"+strconv.FormatInt(post.author, 10))
	shift := w.addText(post.title, "=", 0)
	for _, tag := range post.tags {
		shift = w.addText(tag, "+", shift)
		w.marks = append(w.marks, "#"+tag)
	}
	for _, word := range w.list {
		w.head = append(w.head, len(word.positions))
	}
	for _, n := range post.blocks {
		shift = w.add(w.blocks[n], shift)
	}
	w.comesBack()
	slices.Sort(w.marks)
	w.marks = slices.Compact(w.marks)
	slices.SortFunc(w.list, func(a, b demoWord) int { return int(w.place[a.number] - w.place[b.number]) })
	start, marks := len(b), w.marks
	b = b.size(0).size(len(w.list) + len(marks))
	for _, word := range w.list {
		text := w.words[word.number]
		for ; len(marks) > 0 && marks[0] < text; marks = marks[1:] {
			b = append(append(b, marks[0]...), 0, 0, 0)
		}
		b = append(append(b, text...), 0)
		b = binary.BigEndian.AppendUint16(b, uint16(len(word.positions)))
		for _, p := range word.positions {
			b = binary.BigEndian.AppendUint16(b, p)
		}
	}
	for _, mark := range marks {
		b = append(append(b, mark...), 0, 0, 0)
	}
	return b.sized(start)
}

// addText adds the words of a text whose parts are known, and their marks.
func (w *demoWords) addText(text, mark string, shift uint16) uint16 {
	for part := range strings.FieldsSeq(text) {
		for _, word := range w.known[part] {
			w.marks = append(w.marks, mark+w.words[word.number])
		}
		shift = w.add(w.known[part], shift)
	}
	return shift
}

// add adds words behind those that are there, and returns the last position.
func (w *demoWords) add(words []demoWord, shift uint16) uint16 {
	last := shift
	for _, word := range words {
		i := int(w.at[word.number])
		if i >= len(w.list) || w.list[i].number != word.number {
			i = len(w.list)
			w.at[word.number] = int32(i)
			if i < cap(w.list) { // the positions of an earlier post make room for these
				w.list = w.list[:i+1]
				w.list[i] = demoWord{word.number, w.list[i].positions[:0]}
			} else {
				w.list = append(w.list, demoWord{number: word.number})
			}
		}
		for _, p := range word.positions {
			w.list[i].positions = append(w.list[i].positions, shift+p)
			last = max(last, shift+p)
		}
	}
	return last
}

// comesBack marks the words that the text comes back to.
func (w *demoWords) comesBack() {
	w.often = w.often[:0]
	for i, word := range w.list {
		if i < len(w.head) {
			word.positions = word.positions[w.head[i]:]
		}
		if len(word.positions) > 2 && !w.common[word.number] {
			w.often = append(w.often, word)
		}
	}
	slices.SortFunc(w.often, func(a, b demoWord) int {
		return cmp.Or(len(b.positions)-len(a.positions), int(w.place[a.number]-w.place[b.number]))
	})
	for _, word := range w.often[:min(8, len(w.often))] {
		w.marks = append(w.marks, "~"+w.words[word.number])
	}
}
