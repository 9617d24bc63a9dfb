package controllers

import (
	"maps"
	"slices"
	"strings"
	"time"

	"postroom/models"
	"postroom/templates/language"
)

// filterTitle says in words whom a list shows and in what order.
func filterTitle(f models.UserFilter, lang *language.Language, zone *time.Location) string {
	parts := filterWords(f, lang, zone)
	title := lang.T("Users")
	for i, part := range parts {
		if i == 0 {
			title += ": "
		} else {
			title += ", "
		}
		title += lang.Say(part)
	}
	sorted := strings.TrimPrefix(f.Sort, "-")
	for _, column := range userColumns {
		if column.sort == sorted {
			return title + ", " + lang.Say(column.by)
		}
	}
	return title
}

var roleWords = map[string]models.Sentence{models.RoleUser: models.Say("user"), models.RoleEditor: models.Say("editor"), models.RoleAdmin: models.Say("admin")}

func filterWords(f models.UserFilter, lang *language.Language, zone *time.Location) (words []models.Sentence) {
	add := func(said models.Sentence) { words = append(words, said) }
	if f.Text != "" {
		add(models.Say("“%s”", f.Text))
	}
	if f.Role != "" {
		add(models.Say("role %s", roleWords[f.Role]))
	}
	if f.Active != nil && *f.Active {
		add(models.Say("active only"))
	} else if f.Active != nil {
		add(models.Say("deactivated only"))
	}
	switch {
	case f.AgeMin != nil && f.AgeMax != nil:
		add(models.Say("aged %d to %d", *f.AgeMin, *f.AgeMax))
	case f.AgeMin != nil && *f.AgeMin == 0:
		add(models.Say("of a known age"))
	case f.AgeMin != nil:
		add(models.Say("aged %d or more", *f.AgeMin))
	case f.AgeMax != nil:
		add(models.Say("aged %d or less", *f.AgeMax))
	}
	switch f.Posts {
	case "none":
		add(models.Say("without posts"))
	case "some":
		add(models.Say("with posts"))
	}
	day := func(text string) string {
		t, _ := time.ParseInLocation(time.DateOnly, text, zone)
		return lang.Date(t, zone)
	}
	if f.LastPostFrom != "" {
		add(models.Say("last post from %s", day(f.LastPostFrom)))
	}
	if f.LastPostTo != "" {
		add(models.Say("last post until %s", day(f.LastPostTo)))
	}
	if f.RegisteredFrom != "" {
		add(models.Say("joined from %s", day(f.RegisteredFrom)))
	}
	if f.RegisteredTo != "" {
		add(models.Say("joined until %s", day(f.RegisteredTo)))
	}
	for _, field := range slices.Sorted(maps.Keys(f.Metadata)) {
		add(models.Say("%s = %s", field, f.Metadata[field]))
	}
	return words
}
