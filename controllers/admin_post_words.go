package controllers

import (
	"strings"
	"time"

	"postroom/models"
	"postroom/templates/language"
)

// postSorts say in words by what posts are sorted.
var postSorts = map[string]models.Sentence{
	"title":        models.Say("by title"),
	"author":       models.Say("by author"),
	"created_at":   models.Say("by date begun"),
	"published_at": models.Say("by date published"),
	"updated_at":   models.Say("by last change"),
}

// postsTitle says in words which posts a list shows and in what order.
func postsTitle(f models.PostFilter, lang *language.Language, zone *time.Location) string {
	title := lang.T("Posts")
	for i, part := range postWords(f, lang, zone) {
		if i == 0 {
			title += ": "
		} else {
			title += ", "
		}
		title += lang.Say(part)
	}
	if by, ok := postSorts[strings.TrimPrefix(f.Sort, "-")]; ok {
		title += ", " + lang.Say(by)
	}
	return title
}

func postWords(f models.PostFilter, lang *language.Language, zone *time.Location) (words []models.Sentence) {
	add := func(said models.Sentence) { words = append(words, said) }
	switch {
	case f.IsShort():
		add(models.Say("with a word that begins “%s”", f.Text))
	case f.Text != "":
		add(models.Say("“%s”", f.Text))
	}
	if f.Author != "" {
		add(models.Say("written by %s", f.Author))
	}
	switch f.Status {
	case models.StatusDraft:
		add(models.Say("drafts only"))
	case models.StatusPublished:
		add(models.Say("published only"))
	case models.StatusScheduled:
		add(models.Say("scheduled only"))
	}
	switch f.Visibility {
	case models.VisibilityPublic:
		add(models.Say("for everyone"))
	case models.VisibilityMembers:
		add(models.Say("for members only"))
	case models.VisibilityUnlisted:
		add(models.Say("unlisted ones"))
	}
	if f.Tag != "" {
		add(models.Say("tagged “%s”", f.Tag))
	}
	if f.Reported {
		add(models.Say("with open reports"))
	}
	day := func(text string) string {
		t, _ := time.ParseInLocation(time.DateOnly, text, zone)
		return lang.Date(t, zone)
	}
	if f.CreatedFrom != "" {
		add(models.Say("begun from %s", day(f.CreatedFrom)))
	}
	if f.CreatedTo != "" {
		add(models.Say("begun until %s", day(f.CreatedTo)))
	}
	if f.PublishedFrom != "" {
		add(models.Say("published from %s", day(f.PublishedFrom)))
	}
	if f.PublishedTo != "" {
		add(models.Say("published until %s", day(f.PublishedTo)))
	}
	return words
}
