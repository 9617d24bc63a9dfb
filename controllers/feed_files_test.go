package controllers_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAFeedNamesTheFilesThatGoWithAPost(t *testing.T) {
	site := newSite(t)
	ctx := modelstest.Context(t)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	add := func(post *models.Post, name, content string) *models.File {
		file, err := site.AddFile(ctx, ann, models.NewFile{Name: name, PostID: post.ID}, strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	sound, paper := "ID3\x04\x00\x00\x00\x00\x00\x00"+strings.Repeat("\x00", 90), "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
	secret := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title, p.Visibility = "Secret", models.VisibilityMembers })
	add(secret, "secret.pdf", paper)
	post := modelstest.Post(t, site.Store, ann)
	episode, notes := add(post, `Episode "1" & <b>.mp3`, sound), add(post, "Заметки.pdf", paper)
	shown, beside := add(post, "fog.png", dot(t)), add(post, "map.png", dot(t))
	if _, err := site.UpdatePost(ctx, ann, post.ID, models.PostChange{Content: new(shown.Markdown() + "\n\n" + episode.Markdown())}); err != nil {
		t.Fatal(err)
	}

	var want []string
	for _, file := range []*models.File{episode, notes, beside} {
		want = append(want, fmt.Sprintln(file.Type, file.Size, file.Name))
	}
	visitor := site.visitor()
	for _, b := range []*browser{visitor, site.signIn(ann)} {
		entries := b.feed("/users/ann/feed.xml").Entries
		var atom []string
		for _, link := range entries[0].Links {
			if link.Rel == "enclosure" {
				atom = append(atom, fmt.Sprintln(link.Type, link.Length, link.Title))
				visitor.open(strings.TrimPrefix(link.Href, site.url)).status(200)
				if !strings.HasPrefix(link.Href, site.url+"/files/") || int64(len(visitor.text)) != link.Length {
					t.Errorf("%s has %d bytes, and not %d", link.Href, len(visitor.text), link.Length)
				}
			}
		}
		var feed struct {
			Items []struct {
				Attachments []struct {
					URL, Title string
					Type       string `json:"mime_type"`
					Size       int64  `json:"size_in_bytes"`
				}
			}
		}
		if err := json.Unmarshal([]byte(b.open("/feed.json").status(200).text), &feed); err != nil {
			t.Fatal(err)
		}
		var asJSON []string
		for _, file := range feed.Items[0].Attachments {
			asJSON = append(asJSON, fmt.Sprintln(file.Type, file.Size, file.Title))
			visitor.open(strings.TrimPrefix(file.URL, site.url)).status(200)
		}
		if !slices.Equal(atom, want) || !slices.Equal(asJSON, want) || len(entries) != 1 || strings.Contains(b.text, "ecret") {
			t.Errorf("the files are %q and %q, not %q\n%s", atom, asJSON, want, b.text)
		}
	}
	b := site.visitor()
	if post := modelstest.Post(t, site.Store, ann); strings.Contains(b.open("/feed.json").text, "attachments\":[]") || !strings.Contains(b.text, post.Title) {
		t.Errorf("without files it says %s", b.text)
	}
}
