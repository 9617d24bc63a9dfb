package templates

import (
	"html/template"
	"strings"
)

// Pieces that a page has many of are put together here: a template asks a function for each value and each place where one stands, which
// takes longer than all the rest of a page.

// UserLink is the link to a user by name.
func UserLink(username, name string) template.HTML {
	return fill(`<a href="/users/%s">%s</a>`, username, name)
}

// CommentLink is the link to a comment that says when it was written.
func CommentLink(path, iso, at string) template.HTML {
	return fill(`<a href="%s"><time datetime="%s">%s</time></a>`, path, iso, at)
}

// Properties are what the head of a page says to programs, by pairs of names and contents.
func Properties(pairs ...string) template.HTML {
	return fill(strings.Repeat(`<meta property="%s" content="%s">`+"\n", len(pairs)/2), pairs...)
}

// fill puts texts in the place of each %s. They are escaped for HTML, for what a reader sees and for attributes in quotes; an address
// must be a path of the site.
func fill(markup string, texts ...string) template.HTML {
	var out strings.Builder
	for _, text := range texts {
		before, after, _ := strings.Cut(markup, "%s")
		out.WriteString(before)
		out.WriteString(template.HTMLEscapeString(text))
		markup = after
	}
	out.WriteString(markup)
	return template.HTML(out.String())
}
