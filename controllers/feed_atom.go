package controllers

import (
	"encoding/xml"
	"time"
)

// The elements of RFC 4287 that a feed has.
type (
	atomRoot struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string      `xml:"id"`
		Title   atomText    `xml:"title"`
		Updated string      `xml:"updated"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomEntry struct {
		Lang       string         `xml:"xml:lang,attr,omitempty"`
		ID         string         `xml:"id"`
		Title      atomText       `xml:"title"`
		Links      []atomLink     `xml:"link"`
		Published  string         `xml:"published"`
		Updated    string         `xml:"updated"`
		Authors    []atomPerson   `xml:"author"`
		Categories []atomCategory `xml:"category"`
		Content    atomText       `xml:"content"`
		Answers    *atomAnswers
	}
	// RFC 4685
	atomAnswers struct {
		XMLName xml.Name `xml:"http://purl.org/syndication/thread/1.0 in-reply-to"`
		Ref     string   `xml:"ref,attr"`
		Type    string   `xml:"type,attr"`
		Href    string   `xml:"href,attr"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`

		Title  string `xml:"title,attr,omitempty"`
		Length int64  `xml:"length,attr,omitempty"` // bytes
	}
	atomPerson struct {
		Name string `xml:"name"`
		URI  string `xml:"uri"`
	}
	atomCategory struct {
		Term string `xml:"term,attr"`
	}
)

// atomFeed writes a feed as Atom. What XML cannot hold becomes U+FFFD.
func atomFeed(f *feed) ([]byte, error) {
	root := atomRoot{ID: "urn:uuid:" + f.ID, Title: atomText{"text", f.Title}, Updated: atomMoment(f.Updated),
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: f.Self}, {Rel: "alternate", Type: "text/html", Href: f.Page}}}
	if f.Next != "" {
		root.Links = append(root.Links, atomLink{Rel: "next", Type: "application/atom+xml", Href: f.Next}) // RFC 5005
	}
	for _, e := range f.Entries {
		entry := atomEntry{Lang: e.Lang, ID: "urn:uuid:" + e.ID, Title: atomText{"text", e.Title}, Links: []atomLink{{Rel: "alternate", Type: "text/html", Href: e.Page}},
			Published: atomMoment(e.Published), Updated: atomMoment(e.Updated), Content: atomText{"html", e.HTML}}
		for _, file := range e.Files {
			entry.Links = append(entry.Links, atomLink{"enclosure", file.Type, file.Page, file.Name, file.Size})
		}
		if e.Answers != "" {
			entry.Answers = &atomAnswers{Ref: "urn:uuid:" + e.Answers, Type: "text/html", Href: e.AnswersPage}
		}
		for _, author := range e.Authors {
			entry.Authors = append(entry.Authors, atomPerson{author.Name, author.Page})
		}
		for _, tag := range e.Tags {
			entry.Categories = append(entry.Categories, atomCategory{tag})
		}
		root.Entries = append(root.Entries, entry)
	}
	body, err := xml.Marshal(root)
	return append([]byte(xml.Header), body...), err
}

func atomMoment(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
