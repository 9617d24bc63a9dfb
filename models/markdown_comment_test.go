package models_test

import (
	"strings"
	"testing"

	"postroom/models"
)

func TestACommentHasAPartOfMarkdown(t *testing.T) {
	for source, want := range map[string]string{
		"# No heading":                      "<p># No heading</p>\n",
		"No heading\n===":                   "<p>No heading\n===</p>\n",
		"a | b\n--|--\n1 | 2":               "<p>a | b\n--|--\n1 | 2</p>\n",
		"*one* **two** ~~three~~ `four`":    "<p><em>one</em> <strong>two</strong> <del>three</del> <code>four</code></p>\n",
		"> quoted":                          "<blockquote>\n<p>quoted</p>\n</blockquote>\n",
		"1. a\n2. b":                        "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n",
		"[words](https://example.com/a)":    `<p><a href="https://example.com/a" rel="nofollow">words</a></p>` + "\n",
		"[here](/posts/1)":                  `<p><a href="/posts/1" rel="nofollow">here</a></p>` + "\n",
		"https://example.com/a":             `<p><a href="https://example.com/a" rel="nofollow">https://example.com/a</a></p>` + "\n",
		"![a cat](https://example.com/c.g)": `<p><a href="https://example.com/c.g" class="image" rel="nofollow">a cat</a></p>` + "\n",
		"<b>no</b> <script>x</script>":      "<p>&lt;b&gt;no&lt;/b&gt; &lt;script&gt;x&lt;/script&gt;</p>\n",
		"[x](javascript:alert(1))":          "<p> x </p>\n",
	} {
		if got, err := models.RenderComment(source); err != nil || got != want {
			t.Errorf("%q: %q, want %q (%v)", source, got, want, err)
		}
	}
	for _, text := range attacks {
		made, err := models.RenderComment(text)
		if found := unsafe(t, made); err != nil || len(found) > 0 {
			t.Errorf("%q makes %q: %q %v", text, made, found, err)
		}
	}
	if got, err := models.RenderComment(strings.Repeat("> ", 5000) + "x"); err != nil || strings.Count(got, "<blockquote>") > 100 {
		t.Errorf("nested %d deep: %v", strings.Count(got, "<blockquote>"), err)
	}
}
