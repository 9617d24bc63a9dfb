package models_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom/models"
)

// hostile are texts, as long as asked for, each made to keep a reader of Markdown or of HTML busy, or to fill its memory.
var hostile = map[string]func(size int) string{
	"opening brackets":     repeat("["),
	"images begun":         repeat("!["),
	"brackets in brackets": repeat("[[]"),
	"links begun":          repeat("[a]("),
	"links begun further":  repeat("[a](b"),
	"links begun in <>":    repeat("[a](<b"),
	"stars":                repeat("*a "),
	"stars and lines":      repeat("*a_ "),
	"strikes":              repeat("~~a "),
	"both ways":            repeat("a_b*"),
	"within words":         repeat("a**b"),
	"comments begun":       repeat("a <!-- "),
	"instructions begun":   repeat("a <?"),
	"CDATA begun":          repeat("a <![CDATA["),
	"tags begun":           repeat("a <b c='"),
	"addresses":            repeat("http://a"),
	"e-mail addresses":     repeat("a@b."),
	"carets":               repeat("[^"),
	"quotes":               repeat(">"),
	"quotes with spaces":   repeat("> "),
	"numbers":              repeat("1. "),
	"quotes, ever deeper":  deeper(func(i int) string { return strings.Repeat(">", i) + "a" }),
	"lists, ever deeper":   deeper(func(i int) string { return strings.Repeat("  ", i) + "- a" }),
	"code, ever longer":    deeper(func(i int) string { return strings.Repeat("`", i) + " " }),
	"headings":             repeat("# a\n"),
	"underlined headings":  repeat("a\n=\n"),
	"items":                repeat("- a\n"),
	"tasks":                repeat("- [ ] a\n"),
	"fences":               repeat("```\n"),
	"definitions":          repeat("[a]: b\n"),
	"many footnotes":       deeper(func(i int) string { return fmt.Sprintf("[^%d]: x\n[^%d]", i, i) }),
	"small tables":         repeat("|a|\n|-|\n"),
	"one footnote":         func(n int) string { return "[^1]: x\n\n" + strings.Repeat("[^1]", n/4) },
	"a wide table": func(n int) string {
		return strings.Repeat("|", n/4) + "\n" + strings.Repeat("|-", n/4) + "|\n" + strings.Repeat("|\n", n/8)
	},
	"short rows": func(n int) string {
		return strings.Repeat("a|", 2000) + "\n" + strings.Repeat("-|", 2000) + "\n" + strings.Repeat("|\n", n/4)
	},
	"one long address": func(n int) string { return "[a]: /" + strings.Repeat("b", n/2) + "\n\n" + strings.Repeat("[a]", n/6) },
	"nested emphasis":  func(n int) string { return strings.Repeat("*a **b ", n/15) + strings.Repeat("c* d**", n/15) },
	"nested links":     func(n int) string { return strings.Repeat("[", n/6) + "a" + strings.Repeat("](b)", n/6) },
	"nested images":    func(n int) string { return strings.Repeat("![", n/6) + "a" + strings.Repeat("](b)", n/6) },
	"<div>":            repeat("<div>"),
	"<b>":              repeat("<b>"),
	"<b><i><p>":        repeat("<b><i><p>"),
	"<a><p>":           repeat("<a><p>"),
	"<table>":          repeat("<table>"),
	"cells":            repeat("<table><tr><td>"),
	"attributes": func(n int) string {
		return "<p " + deeper(func(i int) string { return fmt.Sprintf("a%d", i) })(n) + ">"
	},
	"reopened":          func(n int) string { return "<p>" + unclosed(300) + strings.Repeat("x<p>", n/5) },
	"reopened in items": func(n int) string { return "<div>" + unclosed(300) + "\n\n" + strings.Repeat("- x\n", n/5) },
	"reopened in lines": func(n int) string { return unclosed(300) + "\n\n" + strings.Repeat("x\n\n", n/4) },
}

func repeat(part string) func(int) string {
	return func(size int) string { return strings.Repeat(part, size/len(part)) }
}

func deeper(line func(int) string) func(int) string {
	return func(size int) string {
		var b strings.Builder
		for i := 1; b.Len() < size; i++ {
			b.WriteString(line(i) + "\n")
		}
		return b.String()[:size]
	}
}

func unclosed(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<b lang=a%d>", i)
	}
	return b.String()
}

func TestNoTextKeepsTheReaderBusy(t *testing.T) {
	// A quarter of what a post may hold, which takes each a quarter of the time: where the time grew with the square, it
	// would be a minute.
	size, limit := models.MaxContent/4, 10*time.Second
	for _, name := range slices.Sorted(maps.Keys(hostile)) {
		began := time.Now()
		made, err := models.Render(hostile[name](size))
		took := time.Since(began)
		var invalid models.Invalid
		if err != nil && !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
		t.Logf("%-22s %6d ms, %6d KB of HTML, %v", name, took.Milliseconds(), len(made.HTML)>>10, err)
		if took > limit {
			t.Errorf("%s took %v", name, took)
		}
	}
}
