package controllers

import (
	"maps"
	"slices"
	"strings"
	"time"

	"postroom/models"
	"postroom/templates/language"
)

var roleWords = map[string]models.Sentence{models.RoleUser: models.Say("user"), models.RoleEditor: models.Say("editor"), models.RoleAdmin: models.Say("admin")}

// whoWords are the first words on whom a list shows, by state and role.
var whoWords = map[[2]string]models.Sentence{
	{"", ""}: models.Say("Users"), {"", models.RoleUser}: models.Say("Ordinary users"), {"", models.RoleEditor}: models.Say("Editors"), {"", models.RoleAdmin}: models.Say("Admins"),
	{models.StateActive, ""}: models.Say("Active users"), {models.StateActive, models.RoleUser}: models.Say("Active ordinary users"),
	{models.StateActive, models.RoleEditor}: models.Say("Active editors"), {models.StateActive, models.RoleAdmin}: models.Say("Active admins"),
	{models.StateSuspended, ""}: models.Say("Suspended users"), {models.StateSuspended, models.RoleUser}: models.Say("Suspended ordinary users"),
	{models.StateSuspended, models.RoleEditor}: models.Say("Suspended editors"), {models.StateSuspended, models.RoleAdmin}: models.Say("Suspended admins"),
	{models.StateDeactivated, ""}: models.Say("Deactivated users"), {models.StateDeactivated, models.RoleUser}: models.Say("Deactivated ordinary users"),
	{models.StateDeactivated, models.RoleEditor}: models.Say("Deactivated editors"), {models.StateDeactivated, models.RoleAdmin}: models.Say("Deactivated admins"),
}

// filterTitle says in words whom a list shows and in what order, such as “Active users of 25 and older in Lyon, by last post”.
// Of a filter without an order it says whom alone.
func filterTitle(f models.UserFilter, lang *language.Language, zone *time.Location) string {
	title := lang.Say(whoWords[[2]string{f.State, f.Role}])
	for _, said := range whoClosely(f) {
		title += " " + lang.Say(said)
	}
	title = whoDid(f, lang, title)
	for _, said := range whatBesides(f, func(day string) string {
		t, _ := time.ParseInLocation(time.DateOnly, day, zone) // it was read once
		return lang.Date(t, zone)
	}) {
		title += ", " + lang.Say(said)
	}
	if f.Sort == "" {
		return title
	}
	return title + ", " + lang.Say(findColumn(strings.TrimPrefix(f.Sort, "-")).by)
}

// whoClosely is what follows the first words without a comma.
func whoClosely(f models.UserFilter) (words []models.Sentence) {
	add := func(said models.Sentence) { words = append(words, said) }
	switch low, high := f.AgeMin, f.AgeMax; {
	case low != nil && high != nil && *low == *high:
		add(models.Say("of %d years", *low))
	case low != nil && high != nil:
		add(models.Say("of %d to %d years", *low, *high))
	case low != nil && *low == 0:
		add(models.Say("of a known age"))
	case low != nil:
		add(models.Say("of %d and older", *low))
	case high != nil:
		add(models.Say("of %d and younger", *high))
	}
	if city, ok := f.Metadata["city"]; ok {
		add(models.Say("in %s", city))
	}
	if f.Text != "" {
		add(models.Say("with “%s” in a name or the e-mail address", f.Text))
	}
	switch low, high := f.PostsMin, f.PostsMax; {
	case low != nil && high != nil:
		add(models.Say("with %d to %d posts", *low, *high))
	case low != nil:
		add(models.Say("with %d posts or more", *low))
	case high != nil:
		add(models.Say("with %d posts or fewer", *high))
	}
	return words
}

// whoDid adds what these users did or did not. Languages differ in the comma before it.
func whoDid(f models.UserFilter, lang *language.Language, title string) string {
	if f.Posts == "none" {
		title = lang.T("%s who never posted", title)
	}
	if f.Posts == "some" {
		title = lang.T("%s who have posted", title)
	}
	if f.Quiet {
		title = lang.T("%s who have gone quiet", title)
	}
	if f.Back {
		title = lang.T("%s who are back again", title)
	}
	if f.NeverSignedIn {
		title = lang.T("%s who never signed in", title)
	}
	return title
}

// whatBesides is what follows behind commas.
func whatBesides(f models.UserFilter, date func(string) string) (words []models.Sentence) {
	add := func(is bool, said models.Sentence) {
		if is {
			words = append(words, said)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(f.Metadata)) {
		add(field != "city", models.Say("%s = %s", field, f.Metadata[field]))
	}
	add(f.MetaContains != "", models.Say("fields contain %s", f.MetaContains))
	days := func(first, last string, since, until, between func(first, last string) models.Sentence) {
		switch {
		case first != "" && last != "":
			add(true, between(date(first), date(last)))
		case first != "":
			add(true, since(date(first), ""))
		case last != "":
			add(true, until("", date(last)))
		}
	}
	days(f.RegisteredFrom, f.RegisteredTo,
		func(first, _ string) models.Sentence { return models.Say("joined since %s", first) },
		func(_, last string) models.Sentence { return models.Say("joined until %s", last) },
		func(first, last string) models.Sentence { return models.Say("joined from %s to %s", first, last) })
	days(f.LastPostFrom, f.LastPostTo,
		func(first, _ string) models.Sentence { return models.Say("last post since %s", first) },
		func(_, last string) models.Sentence { return models.Say("last post until %s", last) },
		func(first, last string) models.Sentence { return models.Say("last post from %s to %s", first, last) })
	days(f.LastSeenFrom, f.LastSeenTo,
		func(first, _ string) models.Sentence { return models.Say("last seen since %s", first) },
		func(_, last string) models.Sentence { return models.Say("last seen until %s", last) },
		func(first, last string) models.Sentence { return models.Say("last seen from %s to %s", first, last) })
	return words
}
