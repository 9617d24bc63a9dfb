package controllers

import (
	"bytes"
	"io"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// address makes a path of the site a whole address, in signs that every program reads.
func (a *App) address(path string) string {
	whole, err := url.Parse(a.url(path))
	if err != nil {
		return a.url(path)
	}
	return whole.String()
}

// linking are the attributes that hold an address, by element.
var linking = map[string][]string{"a": {"href"}, "img": {"src", "srcset"}, "source": {"src", "srcset"}, "video": {"src", "poster"}, "audio": {"src"}, "blockquote": {"cite"}, "q": {"cite"}, "del": {"cite"}, "ins": {"cite"}}

// wholeLinks makes the addresses in the HTML of a page whole ones, for who reads it elsewhere. All else stays as it is.
func wholeLinks(text, page string) (string, error) {
	base, err := url.Parse(page)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	out.Grow(len(text) + len(text)/8)
	tokens := html.NewTokenizer(strings.NewReader(text))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if tokens.Err() != io.EOF {
				return "", tokens.Err()
			}
			return out.String(), nil
		case html.StartTagToken, html.SelfClosingTagToken:
			raw := bytes.Clone(tokens.Raw()) // reading the attributes changes it
			token := tokens.Token()
			if wholeAttributes(&token, base) {
				out.WriteString(token.String())
			} else {
				out.Write(raw)
			}
		default:
			out.Write(tokens.Raw())
		}
	}
}

// wholeAttributes reports whether it changed one.
func wholeAttributes(token *html.Token, base *url.URL) (changed bool) {
	names := linking[token.Data]
	for i, attribute := range token.Attr {
		if !slices.Contains(names, attribute.Key) {
			continue
		}
		whole := wholeAddress(attribute.Val, base)
		if attribute.Key == "srcset" {
			whole = wholeSet(attribute.Val, base)
		}
		if whole != attribute.Val {
			token.Attr[i].Val, changed = whole, true
		}
	}
	return changed
}

func wholeAddress(address string, base *url.URL) string {
	to, err := base.Parse(strings.TrimSpace(address))
	if err != nil {
		return address
	}
	return to.String()
}

// wholeSet does so for addresses with widths behind them, and commas between.
func wholeSet(set string, base *url.URL) string {
	parts := strings.Split(set, ",")
	for i, part := range parts {
		if address, width, ok := strings.Cut(strings.TrimSpace(part), " "); ok || address != "" {
			parts[i] = strings.TrimSpace(wholeAddress(address, base) + " " + width)
		}
	}
	return strings.Join(parts, ", ")
}
