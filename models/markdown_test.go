package models_test

import (
	"strings"
	"testing"

	"postroom/models"
)

// readable are pieces of Markdown as people write them, with what must be on the page, and what must not.
var readable = []struct {
	name, source string
	has, not     []string
}{
	{"a table with aligned cells", "| a | b |\n|:--|--:|\n| 1 | `x \\| y` |", []string{"<table>", `<th align="left">a`, `<td align="right"><code>x | y</code>`, `class="scroll"`}, nil},
	{"two rows without a heading line are words", "a | b\nc | d", []string{"a | b"}, []string{"<table"}},
	{"tasks have labels and cannot be ticked", "- [ ] one\n- [x] two", []string{`<label><input type="checkbox" disabled=""/> one</label>`, `checked=""`}, nil},
	{"a task above a list in it", "- [ ] one\n  - [x] two", []string{"one\n</label><ul>", "two</label>"}, nil},
	{"strikethrough", "~~gone~~", []string{"<del>gone</del>"}, nil},
	{"footnotes lead there and back", "Said.[^1]\n\n[^1]: Where.", []string{`href="#post-fn:1"`, `id="post-fn:1"`, `href="#post-fnref:1"`, `id="post-fnref:1"`, `role="doc-noteref"`}, nil},
	{"bare links", "See https://go.dev/doc and www.example.com.", []string{`href="https://go.dev/doc"`, `href="http://www.example.com"`}, nil},
	{"links say nofollow", "[x](https://a.example)", []string{`rel="nofollow"`}, nil},
	{"links within the site", "[x](/users/ann)", []string{`<a href="/users/ann">x</a>`}, []string{"nofollow"}},
	{"code keeps its language", "```go\nfunc a() {}\n```", []string{`<pre tabindex="0"><code class="language-go"><span class="k">func</span> <span class="f">a</span>() {}`}, nil},
	{"code of a language that nobody named stays plain", "```\nfunc a() {}\n```\n\n```klingon\nfunc a() {}\n```", []string{"<code>func a() {}", `<code class="language-klingon">func a() {}`}, []string{"<span"}},
	{"a heading leads to itself", "## A *b*", []string{`<h2 id="post-a-b"><a class="anchor" href="#post-a-b">A <em>b</em></a></h2>`}, nil},
	{"a heading that leads elsewhere leads to itself besides", "## A [b](/users) \"c\"", []string{`<a href="/users">b</a> &#34;c&#34;<a class="anchor" href="#post-a-b-c" title="A b &#34;c&#34;"></a></h2>`}, nil},
	{"a heading that opens something only opens it", "<details><summary><h3>A</h3></summary>b</details>", []string{`<h3 id="post-a">A</h3>`}, nil},
	{"a link cannot look like a heading", `<a class="anchor" href="https://evil.example">x</a>`, []string{`<a href="https://evil.example" rel="nofollow">`}, []string{"anchor"}},
	{"code is not read", "`<b>` and\n\n    <i>", []string{"<code>&lt;b&gt;</code>", "&lt;i&gt;"}, []string{"<b>", "<i>"}},
	{"the first heading is one below the title", "# A\n\n## B\n\n###### F", []string{"<h2", "<h3", "<h6"}, []string{"<h1"}},
	{"headings without a first one stay", "## A\n\n### B", []string{"<h2", "<h3"}, []string{"<h4"}},
	{"equal headings have names of their own", "## A\n\n## A\n\n## A-1\n\n## A", []string{`id="post-a"`, `id="post-a-1"`, `id="post-a-1-1"`, `id="post-a-2"`}, nil},
	{"headings of any script", "## Что нового?\n\n## 你好 world\n\n[x](#что-нового)", []string{`id="post-что-нового"`, `id="post-你好-world"`, `href="#post-%D1%87`}, nil},
	{"links to headings as on GitHub", "[x](#whats-new-v20) [y](#Whats-New-v20)\n\n## What's New? (v2.0)", []string{`<a href="#post-whats-new-v20">x</a> <a href="#post-whats-new-v20">y</a>`}, nil},
	{"links to old anchors", "[x](#old) [top](#readme-top)\n\n<a name=\"old\"></a><a id=\"readme-top\"></a>", []string{`href="#post-old"`, `id="post-old"`, `href="#post-readme-top"`}, []string{"name="}},
	{"a link to nowhere is words", "See [there](#nowhere), [here](docs/x.md), [it](../y).", []string{"<p>See there, here, it.</p>"}, []string{"<a"}},
	{"an image becomes a link", `![A cat](https://a.example/cat.png "t")`, []string{`<a href="https://a.example/cat.png" class="image" rel="nofollow">A cat</a>`}, []string{"<img"}},
	{"an image without words has its name", "![](https://a.example/cat.png)", []string{">cat.png</a>"}, nil},
	{"a relative image becomes its words", "![A cat](cat.png)", []string{"<p>A cat</p>"}, []string{"<a", "<img"}},
	{"a badge is one link", "[![build](https://a.example/b.svg)](https://ci.example)", []string{`<p><a href="https://ci.example" rel="nofollow">build</a></p>`}, []string{"b.svg"}},
	{"a heading of an image alone", "# ![](logo.png)\n\nx", []string{"<p></p>"}, []string{"<h2"}},
	{"a README's head", "<p align=\"center\">\n  <img src=\"https://a.example/l.png\" width=\"200\" alt=\"Logo\"><br>\n  <b>Fast</b>\n</p>\n\n# Name", []string{`>Logo</a><br/>`, "<b>Fast</b>", "Name</a></h2>"}, []string{"width"}},
	{"details", "<details open>\n<summary>More</summary>\n\n- a\n\n</details>", []string{`<details open="">`, "<summary>More</summary>", "<li>a</li>"}, nil},
	{"keys and small print", "<kbd>Ctrl</kbd> H<sub>2</sub>O x<sup>2</sup>", []string{"<kbd>Ctrl</kbd>", "<sub>2</sub>", "<sup>2</sup>"}, nil},
	{"comments are not shown", "a <!-- b --> c", []string{"<p>a  c</p>"}, []string{"b"}},
	{"line breaks", "a  \nb\\\nc", []string{"a<br/>\nb<br/>\nc"}, nil},
	{"escapes and entities", `\*a\* &copy; &amp;lt;`, []string{"*a* © &amp;lt;"}, []string{"<em>"}},
	{"emphasis", "*a* __b__ ***c*** snake_case_name", []string{"<em>a</em>", "<strong>b</strong>", "snake_case_name"}, nil},
	{"quotes and numbered lists", "> a\n\n3. b\n4. c", []string{"<blockquote>", `<ol start="3">`}, nil},
	{"a mail address", "<ann@example.com>", []string{`href="mailto:ann@example.com"`}, nil},
	{"from right to left", `<p dir="rtl" lang="ar">سلام</p>`, []string{`dir="rtl"`, `lang="ar"`}, nil},
	{"nothing", "", nil, []string{"<"}},
}

func TestMarkdownReadsAsPeopleWriteIt(t *testing.T) {
	for _, example := range readable {
		made, err := models.Render(example.source)
		if err != nil {
			t.Errorf("%s: %v", example.name, err)
		}
		for _, part := range example.has {
			if !strings.Contains(made.HTML, part) {
				t.Errorf("%s: %q is missing:\n%s", example.name, part, made.HTML)
			}
		}
		for _, part := range example.not {
			if strings.Contains(made.HTML, part) {
				t.Errorf("%s: %q is there:\n%s", example.name, part, made.HTML)
			}
		}
		if found := unsafe(t, made.HTML); len(found) > 0 {
			t.Errorf("%s: %v", example.name, found)
		}
	}
}

func TestContentsWordsAndExcerptOfAText(t *testing.T) {
	made, err := models.Render("# Title\n\n[![x](https://a.example/b.svg)](https://a.example)\n\nThe first sentence is long enough to stand in a list.[^1]\n\n" +
		"## Part *one*\n\n```\ncode here\n```\n\n#### Deep\n\n" + strings.Repeat("word ", 200) + "\n\n[^1]: A footnote that is not in the excerpt at all.")
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Headings) != 2 || made.Headings[0] != (models.Heading{ID: "post-title", Text: "Title", Level: 2}) || made.Headings[1].Text != "Part one" || made.Headings[1].Level != 3 {
		t.Errorf("headings %+v", made.Headings)
	}
	if !strings.HasPrefix(made.Excerpt, "The first sentence is long enough to stand in a list. word word") || !strings.HasSuffix(made.Excerpt, "…") || len(made.Excerpt) > 290 {
		t.Errorf("excerpt %q", made.Excerpt)
	}
	if made.Words < 200 || made.Words > 250 {
		t.Errorf("%d words", made.Words)
	}
	if one := (&models.Post{Words: 119}).Minutes(); one != 1 {
		t.Errorf("119 words take %d minutes", one)
	}
	if three := (&models.Post{Words: 238 * 3}).Minutes(); three != 3 {
		t.Errorf("714 words take %d minutes", three)
	}
}
