package models_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"postroom/models"
)

// proseElements are all that may stand in a post's HTML, with their attributes; lang and dir may stand on each.
var proseElements = func() map[string][]string {
	elements := map[string][]string{"a": {"href", "id", "class", "role", "rel", "title"}, "abbr": {"title"}, "dfn": {"title"},
		"code": {"class"}, "details": {"open"}, "div": {"class", "role", "tabindex", "id"}, "h2": {"id"}, "h3": {"id"}, "h4": {"id"}, "h5": {"id"}, "h6": {"id"},
		"input": {"type", "checked", "disabled"}, "li": {"id"}, "ol": {"start"}, "p": {"id"}, "pre": {"tabindex"}, "section": {"class", "role"}, "span": {"class"}, "sup": {"id"},
		"td": {"align", "colspan", "rowspan"}, "th": {"align", "colspan", "rowspan", "scope"}}
	for _, name := range strings.Fields(`b bdi blockquote br caption cite dd del dl dt em figcaption figure hr i ins kbd label mark
		q rp rt ruby s samp small strong sub summary table tbody tfoot thead tr ul var`) {
		elements[name] = nil
	}
	return elements
}()

// unsafe lists what a page must not hold of the HTML made from a text.
func unsafe(t testing.TB, made string) (found []string) {
	t.Helper()
	say := func(parts ...string) { found = append(found, strings.Join(parts, " ")) }
	nodes, err := html.ParseFragment(strings.NewReader(made), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		say(err.Error())
	}
	ids := map[string]bool{}
	var walk func(*html.Node)
	walk = func(node *html.Node) {
		attributes, known := proseElements[node.Data]
		switch {
		case node.Type == html.CommentNode, node.Type == html.DoctypeNode, node.Namespace != "", node.Type == html.ElementNode && !known:
			say("<" + node.Data + ">")
		case node.DataAtom == atom.Input && !(hasAttribute(node, "type", "checkbox") && hasAttribute(node, "disabled", "")):
			say("an input that can be used")
		}
		for _, a := range node.Attr {
			if a.Namespace != "" || !slices.Contains(attributes, a.Key) && a.Key != "lang" && a.Key != "dir" {
				say("attribute", a.Key, "of", node.Data)
			}
			switch a.Key {
			case "href":
				if !leadsSomewhereSafe(a.Val) {
					say("href", a.Val)
				}
			case "id":
				if !strings.HasPrefix(a.Val, "post-") || ids[a.Val] {
					say("id", a.Val)
				}
				ids[a.Val] = true
			case "class":
				if !slices.Contains([]string{"footnotes", "footnote-ref", "footnote-backref", "scroll", "image"}, a.Val) && !strings.HasPrefix(a.Val, "language-") &&
					!(node.DataAtom == atom.Span && len(a.Val) == 1) && !(a.Val == "anchor" && leadsToItsHeading(node)) {
					say("class", a.Val)
				}
			}
		}
		for child := node.FirstChild; child != nil; child = child.NextSibling {
			walk(child)
		}
	}
	for _, node := range nodes {
		walk(node)
	}
	return found
}

// leadsToItsHeading reports whether what does not look like a link leads no further than to where it stands.
func leadsToItsHeading(link *html.Node) bool {
	for up := link.Parent; up != nil; up = up.Parent {
		for _, a := range up.Attr {
			if a.Key == "id" && hasAttribute(link, "href", (&url.URL{Fragment: a.Val}).String()) {
				return true
			}
		}
	}
	return false
}

func hasAttribute(node *html.Node, key, value string) bool {
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == key && a.Val == value })
}

func leadsSomewhereSafe(href string) bool {
	if strings.ContainsAny(href, "\\\t\r\n\x00") || strings.HasPrefix(href, "//") || strings.HasPrefix(href, " ") {
		return false
	}
	address, err := url.Parse(href)
	switch {
	case err != nil:
		return false
	case strings.HasPrefix(href, "#"):
		return strings.HasPrefix(href, "#post-")
	case address.Scheme == "":
		return strings.HasPrefix(href, "/")
	}
	return slices.Contains([]string{"http", "https", "mailto"}, strings.ToLower(address.Scheme))
}

func TestNothingInATextCanActLoadOrDressUpAsThePage(t *testing.T) {
	for _, text := range attacks {
		for _, source := range []string{text, "words " + text + " words", "> - " + text, "- [ ] a\n  - " + text, text + "\n\n" + text, "|a|\n|-|\n|" + text + "|", "[x]: " + text + "\n[x]"} {
			made, err := models.Render(source)
			if err != nil {
				t.Errorf("%q: %v", source, err)
			}
			for _, found := range unsafe(t, made.HTML) {
				t.Errorf("%q makes %s:\n%s", source, found, made.HTML)
			}
			for _, heading := range made.Headings {
				if !strings.HasPrefix(heading.ID, "post-") || !strings.Contains(made.HTML, `id="`+heading.ID+`"`) {
					t.Errorf("%q has a heading %q that is not on the page", source, heading.ID)
				}
			}
		}
	}
}

func TestWhatFollowsAnElementThatSwallowsIsKept(t *testing.T) {
	for _, name := range strings.Fields("title textarea style xmp iframe noembed noframes script plaintext noscript object frame frameset math svg template select") {
		made, err := models.Render("The <" + name + "> element\n\nand what comes after it.\n\n<" + name + ">\n\nThe end.")
		if err != nil || !strings.Contains(made.HTML, "after it") || !strings.Contains(made.HTML, "The end") {
			t.Errorf("%s: %q, %v", name, made.HTML, err)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, text := range attacks {
		f.Add(text)
	}
	for _, example := range readable {
		f.Add(example.source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		first, err := models.Render(source)
		if err != nil {
			return
		}
		for _, found := range unsafe(t, first.HTML) {
			t.Errorf("%q makes %s:\n%s", source, found, first.HTML)
		}
		if again, err := models.Render(source); err != nil || again.HTML != first.HTML || again.Excerpt != first.Excerpt {
			t.Errorf("%q is not the same a second time: %v", source, err)
		}
		if strings.Count(first.Excerpt, "")-1 > 300 {
			t.Errorf("%q has a long excerpt", source)
		}
	})
}
