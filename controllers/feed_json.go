package controllers

import (
	"bytes"
	"encoding/json"
	"time"
)

// The fields of JSON Feed 1.1 (jsonfeed.org) that a feed has.
type (
	jsonFeedRoot struct {
		Version string          `json:"version"`
		Title   string          `json:"title"`
		Page    string          `json:"home_page_url"`
		Self    string          `json:"feed_url"`
		Next    string          `json:"next_url,omitempty"`
		Items   []jsonFeedEntry `json:"items"`
	}
	jsonFeedEntry struct {
		ID        string           `json:"id"`
		Page      string           `json:"url"`
		Title     string           `json:"title"`
		HTML      string           `json:"content_html"`
		Published time.Time        `json:"date_published"`
		Modified  time.Time        `json:"date_modified"`
		Authors   []jsonFeedAuthor `json:"authors"`
		Tags      []string         `json:"tags,omitempty"`
		Lang      string           `json:"language,omitempty"`
		Files     []jsonFeedFile   `json:"attachments,omitempty"`
	}
	jsonFeedFile struct {
		Page string `json:"url"`
		Type string `json:"mime_type"`
		Name string `json:"title"`
		Size int64  `json:"size_in_bytes"`
	}
	jsonFeedAuthor struct {
		Name string `json:"name"`
		Page string `json:"url"`
	}
)

// jsonFeed writes a feed as JSON Feed.
func jsonFeed(f *feed) ([]byte, error) {
	root := jsonFeedRoot{Version: "https://jsonfeed.org/version/1.1", Title: f.Title, Page: f.Page, Self: f.Self, Next: f.Next, Items: []jsonFeedEntry{}}
	for _, e := range f.Entries {
		item := jsonFeedEntry{ID: "urn:uuid:" + e.ID, Page: e.Page, Title: e.Title, HTML: e.HTML, Published: e.Published.UTC(), Modified: e.Updated.UTC(), Tags: e.Tags, Lang: e.Lang}
		for _, author := range e.Authors {
			item.Authors = append(item.Authors, jsonFeedAuthor(author))
		}
		for _, file := range e.Files {
			item.Files = append(item.Files, jsonFeedFile(file))
		}
		root.Items = append(root.Items, item)
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(root)
	return body.Bytes(), err
}
