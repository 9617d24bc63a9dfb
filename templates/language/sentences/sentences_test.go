package sentences

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var names = Names{"t": {0}, "T": {0}, "Say": {0}, "redirect": {2}, "either": {1, 2}}

func find(t *testing.T, name, source string) []string {
	t.Helper()
	found, err := Find(fstest.MapFS{name: {Data: []byte(source)}}, names, "site")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range found {
		kind := "says"
		if f.Raw {
			kind = "raw"
		}
		lines = append(lines, fmt.Sprintf("%s %s %q %d", strings.TrimPrefix(f.Where, name+":"), kind, f.Key, f.Args))
	}
	return lines
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSentencesInTemplatesAreFound(t *testing.T) {
	same(t, find(t, "site/page.html", `{{define "content"}}
<h1>{{t "Sign up"}}</h1> {{t "%d posts" .N}} {{.N | t "%d users"}} {{"Drafts" | t}}
{{if .Me}}{{$.L.T "Write"}}{{else if t "Asked"}}{{else}}{{.L.T ("Read")}}{{end}}
{{template "field" dict "Label" (t "User name") "Hint" (t "From %d to %d letters." 3 50)}}
{{range .Posts}}{{with $x := t "Thanks"}}{{$x}}{{end}}{{else}}{{t `+"`No posts yet.`"+`}}{{end}}
<a title="{{t "Older"}}">{{(.A.B 1).T "Chained"}}</a>{{t .Label}}{{.T}}
{{- /* t "not said" */ -}}
{{end}}{{t (printf "%s ago" .X)}}`),
		`2 says "Sign up" 0`, `2 says "%d posts" 1`, `2 says "%d users" 1`, `2 says "Drafts" 0`,
		`3 says "Write" 0`, `3 says "Asked" 0`, `3 says "Read" 0`,
		`4 says "User name" 0`, `4 says "From %d to %d letters." 2`,
		`5 says "Thanks" 0`, `5 says "No posts yet." 0`,
		`6 says "Older" 0`, `6 says "Chained" 0`,
		`8 raw "%s ago" -1`)
}

func TestSentencesInGoAreFound(t *testing.T) {
	same(t, find(t, "site/posts.go", `package site

const untitled = "Give the post " + "a title."

func f(l *Language) error {
	Say("Two " +
		"lines %s", x)
	v["title"] = models.Say(untitled)
	l.T("%d of %d", list...)
	return p.redirect(c, post.Path(), "Post saved by %s.", Say("someone"))
	either(ahead, "soon", ("lately"), n)
	l.T(key); Say(err); other("not said"); T(); list[0]("not said")
	Say("Hello " + name); Say(fmt.Sprintf("%s is taken.", name)); Say(a + b)
}`),
		`6 says "Two lines %s" 1`,
		`8 says "Give the post a title." 0`,
		`9 says "%d of %d" -1`,
		`10 says "Post saved by %s." 1`, `10 says "someone" 0`,
		`11 says "soon" 1`, `11 says "lately" 1`,
		`13 raw "Hello " -1`, `13 raw "%s is taken." -1`)
	same(t, find(t, "site/posts_test.go", `package site; var x = Say("only tried")`))
}

func TestWordsOutsideTheCatalogueAreFound(t *testing.T) {
	same(t, find(t, "site/page.html", `<!doctype html><!-- a remark --><title>{{.Title}} · Home</title>
<style>p { color: red }</style><script>let a = "b"</script>
<p class="lead" id="x">Hello {{.Name}}, welcome</p> · 12 &middot; &times; {{.Body}}
<a href="/a" {{if .Here}}aria-current="page"{{end}} aria-label="Go on" title="{{.T}}">{{t "On"}}</a>
<img alt="A cat"><img alt=""><input placeholder="Name" value="typed"><input type="submit" value="Send">
<span translate="no">Postroom <b title="Mark">P</b><i translate="yes">Yes</i></span> <br>
<option {{if .S}}selected{{end}} value="a">{{if .X}}Open{{else}}{{t "Shut"}}{{end}}</option>
<meta name="description" content="About us"><meta name="viewport" content="width=device-width">
</div>
{{define "more"}}
tail{{end}}`),
		`1 raw "… · Home" -1`,
		`3 raw "Hello …, welcome" -1`,
		`4 raw "Go on" -1`, `4 says "On" 0`,
		`5 raw "A cat" -1`, `5 raw "Name" -1`, `5 raw "Send" -1`,
		`6 raw "Yes" -1`,
		`7 raw "Open…" -1`, `7 says "Shut" 0`,
		`8 raw "About us" -1`,
		`11 raw "tail" -1`)
	same(t, find(t, "site/feed.xml", `<rss>words{{t "Newest"}}</rss>`), `1 says "Newest" 0`)
}

func TestWhatCannotBeReadIsAnError(t *testing.T) {
	for name, source := range map[string]string{"site/a.html": "{{if}}", "site/a.go": "package"} {
		if _, err := Find(fstest.MapFS{name: {Data: []byte(source)}}, names, "site"); err == nil {
			t.Errorf("%s is read in silence", name)
		}
	}
	if _, err := Find(fstest.MapFS{}, names, "site"); err == nil {
		t.Error("a folder that is not there is read in silence")
	}
}
