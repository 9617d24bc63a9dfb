package controllers

import (
	"postroom/models"
	"postroom/templates"
)

// actWords are what the pages say of an act. Each is made of numbers of rows.
type actWords struct {
	verb   models.Sentence                   // in the list of acts
	title  func(n, of int64) models.Sentence // of the rehearsal
	button func(n int64) models.Sentence
	done   func(n int64) models.Sentence // the head of the receipt
	now    models.Sentence               // what a row is since then
}

// actSays finds the words of an act on users, posts or orders.
func actSays(target, kind string) actWords {
	if words, ok := wordsOfActs[target+" "+kind]; ok {
		return words
	}
	return wordsOfActs[target+" edit"]
}

var wordsOfActs = map[string]actWords{
	"user deactivate": {models.Say("Deactivate"),
		func(n, of int64) models.Sentence { return models.Say("Deactivate %d of %d users", n, of) },
		func(n int64) models.Sentence { return models.Say("Deactivate these %d users", n) },
		func(n int64) models.Sentence { return models.Say("%d users deactivated", n) }, models.Say("deactivated")},
	"user reactivate": {models.Say("Reactivate"),
		func(n, of int64) models.Sentence { return models.Say("Reactivate %d of %d users", n, of) },
		func(n int64) models.Sentence { return models.Say("Reactivate these %d users", n) },
		func(n int64) models.Sentence { return models.Say("%d users reactivated", n) }, models.Say("active")},
	"user suspend": {models.Say("Suspend…"),
		func(n, of int64) models.Sentence { return models.Say("Suspend %d of %d users", n, of) },
		func(n int64) models.Sentence { return models.Say("Suspend these %d users", n) },
		func(n int64) models.Sentence { return models.Say("%d users suspended", n) }, models.Say("suspended")},
	"user set-role": {models.Say("Give a role…"),
		func(n, of int64) models.Sentence { return models.Say("Give a role to %d of %d users", n, of) },
		func(n int64) models.Sentence { return models.Say("Give these %d users the role", n) },
		func(n int64) models.Sentence { return models.Say("%d users have another role", n) }, models.Say("changed")},
	"user set-metadata": {models.Say("Set a field…"),
		func(n, of int64) models.Sentence { return models.Say("Set a field of %d of %d users", n, of) },
		func(n int64) models.Sentence { return models.Say("Set the field of these %d users", n) },
		func(n int64) models.Sentence { return models.Say("A field set for %d users", n) }, models.Say("changed")},
	"user remove-metadata": {models.Say("Remove a field…"),
		func(n, of int64) models.Sentence { return models.Say("Remove a field of %d of %d users", n, of) },
		func(n int64) models.Sentence { return models.Say("Remove the field of these %d users", n) },
		func(n int64) models.Sentence { return models.Say("A field removed from %d users", n) }, models.Say("changed")},
	"user sign-out": {models.Say("Sign out everywhere"),
		func(n, of int64) models.Sentence { return models.Say("Sign out %d of %d users", n, of) },
		func(n int64) models.Sentence { return models.Say("Sign these %d users out", n) },
		func(n int64) models.Sentence { return models.Say("%d users signed out", n) }, models.Say("signed out")},
	"user grant": {models.Say("Grant credits…"),
		func(n, of int64) models.Sentence { return models.Say("Grant credits to %d of %d users", n, of) },
		func(n int64) models.Sentence { return models.Say("Grant these %d users credits", n) },
		func(n int64) models.Sentence { return models.Say("%d users were granted credits", n) }, models.Say("granted")},
	"user delete": {models.Say("Delete"),
		func(n, of int64) models.Sentence { return models.Say("Delete %d of %d users", n, of) },
		func(n int64) models.Sentence { return models.Say("Delete these %d users", n) },
		func(n int64) models.Sentence { return models.Say("%d users deleted", n) }, models.Say("deleted")},
	"post unpublish": {models.Say("Unpublish"),
		func(n, of int64) models.Sentence { return models.Say("Unpublish %d of %d posts", n, of) },
		func(n int64) models.Sentence { return models.Say("Unpublish these %d posts", n) },
		func(n int64) models.Sentence { return models.Say("%d posts unpublished", n) }, models.Say("draft")},
	"post restore": {models.Say("Publish again"),
		func(n, of int64) models.Sentence { return models.Say("Publish %d of %d posts again", n, of) },
		func(n int64) models.Sentence { return models.Say("Publish these %d posts again", n) },
		func(n int64) models.Sentence { return models.Say("%d posts published again", n) }, models.Say("published")},
	"post delete": {models.Say("Delete"),
		func(n, of int64) models.Sentence { return models.Say("Delete %d of %d posts", n, of) },
		func(n int64) models.Sentence { return models.Say("Delete these %d posts", n) },
		func(n int64) models.Sentence { return models.Say("%d posts deleted", n) }, models.Say("deleted")},
	"order fulfil": {models.Say("Fulfil"),
		func(n, of int64) models.Sentence { return models.Say("Fulfil %d of %d orders", n, of) },
		func(n int64) models.Sentence { return models.Say("Fulfil these %d orders", n) },
		func(n int64) models.Sentence { return models.Say("%d orders fulfilled", n) }, models.Say("fulfilled")},
	"order cancel": {models.Say("Cancel, and pay back"),
		func(n, of int64) models.Sentence { return models.Say("Cancel %d of %d orders", n, of) },
		func(n int64) models.Sentence { return models.Say("Cancel these %d orders", n) },
		func(n int64) models.Sentence { return models.Say("%d orders cancelled", n) }, models.Say("cancelled, and stays so")},
	"series delete":   {done: func(n int64) models.Sentence { return models.Say("%d series deleted", n) }, now: models.Say("deleted")},
	"series undo":     {done: func(n int64) models.Sentence { return models.Say("Taken back for %d series", n) }, now: models.Say("as before")},
	"comment hide":    {done: func(n int64) models.Sentence { return models.Say("%d comments hidden", n) }, now: models.Say("hidden")},
	"comment show":    {done: func(n int64) models.Sentence { return models.Say("%d comments shown again", n) }, now: models.Say("shown")},
	"comment approve": {done: func(n int64) models.Sentence { return models.Say("%d comments approved", n) }, now: models.Say("shown")},
	"comment delete":  {done: func(n int64) models.Sentence { return models.Say("%d comments deleted", n) }, now: models.Say("deleted")},
	"event edit":      {done: func(n int64) models.Sentence { return models.Say("%d events changed", n) }, now: models.Say("changed")},
	"event delete":    {done: func(n int64) models.Sentence { return models.Say("%d events deleted", n) }, now: models.Say("deleted")},
	"event undo":      {done: func(n int64) models.Sentence { return models.Say("Taken back for %d events", n) }, now: models.Say("as before")},
	"comment undo":    {done: func(n int64) models.Sentence { return models.Say("Taken back for %d comments", n) }, now: models.Say("as before")},
	"user edit":       {done: func(n int64) models.Sentence { return models.Say("%d users changed", n) }, now: models.Say("changed")},
	"post edit":       {done: func(n int64) models.Sentence { return models.Say("%d posts changed", n) }, now: models.Say("changed")},
	"user create":     {done: func(n int64) models.Sentence { return models.Say("%d users made", n) }, now: models.Say("there")},
	"user import":     {done: func(n int64) models.Sentence { return models.Say("%d users imported", n) }, now: models.Say("there")},
	"post import":     {done: func(n int64) models.Sentence { return models.Say("%d posts imported", n) }, now: models.Say("there")},
	"user undo":       {done: func(n int64) models.Sentence { return models.Say("Taken back for %d users", n) }, now: models.Say("as before")},
	"post undo":       {done: func(n int64) models.Sentence { return models.Say("Taken back for %d posts", n) }, now: models.Say("as before")},
	"order undo":      {done: func(n int64) models.Sentence { return models.Say("Taken back for %d orders", n) }, now: models.Say("as before")},
	"file delete":     {done: func(n int64) models.Sentence { return models.Say("%d files deleted", n) }, now: models.Say("deleted")},
	"file undo":       {done: func(n int64) models.Sentence { return models.Say("Taken back for %d files", n) }, now: models.Say("as before")},
}

// wentWords tell what went along with a deletion, or came back with its undo.
func wentWords(act *models.Act) (said []models.Sentence) {
	if act.Kind != "delete" && (act.Kind != "undo" || act.Params["kind"] != "delete") {
		return nil
	}
	for _, what := range []struct {
		name string
		say  func(n int64) models.Sentence
	}{
		{"posts", func(n int64) models.Sentence { return models.Say("%d posts", n) }},
		{"drafts", func(n int64) models.Sentence { return models.Say("%d drafts", n) }},
		{"comments", func(n int64) models.Sentence { return models.Say("%d comments", n) }},
		{"files", func(n int64) models.Sentence { return models.Say("%d files", n) }},
	} {
		if n := act.Counts.Count(what.name); n > 0 {
			said = append(said, what.say(n))
		}
	}
	if lost := act.Counts.Credits(); lost != "" {
		said = append(said, models.Say("%s credits", lost))
	}
	return said
}

// changedField is a field of a row, as it was and as it is.
type changedField struct {
	Name     models.Sentence
	Was, Is  string
	WasThere bool // else there was none
	IsThere  bool
}

var fieldWords = map[string]models.Sentence{"name": models.Say("Name"), "username": models.Say("User name"), "email": models.Say("E-mail"), "role": models.Say("Role"),
	"is_active": models.Say("State"), "suspended_until": models.Say("Suspended until"), "age": models.Say("Age"), "about": models.Say("About"), "title": models.Say("Title"),
	"credits": models.Say("Credits"), "state": models.Say("State"), "content": models.Say("Text"), "tags": models.Say("Tags"), "status": models.Say("State"), "visibility": models.Say("Who reads it"), "publish_at": models.Say("Appears"), "published_at": models.Say("Published"), "password": models.Say("Password"), "language": models.Say("Language"), "time_zone": models.Say("Time zone"), "comments_closed": models.Say("Comments"),
	"place": models.Say("Where"), "description": models.Say("About the event"), "event_date": models.Say("First day"), "event_time": models.Say("Begins at"), "end_date": models.Say("Last day"), "end_time": models.Say("Ends at"), "zone": models.Say("Time zone")}

// fieldOrder is the order in which changed fields are told; what is not there is not told, for it follows from the others.
var changeOrder = []string{"name", "username", "email", "role", "is_active", "suspended_until", "age", "about", "language", "time_zone", "password", "title", "status", "visibility", "publish_at", "published_at", "state", "tags", "comments_closed", "credits", "place", "event_date", "event_time", "end_date", "end_time", "zone", "description", "content"}

// changedFields tells what is not the same in before and after.
func changedFields(before, after map[string]any, when templates.When) (fields []changedField) {
	for _, key := range changeOrder {
		was, wasThere := before[key]
		is, isThere := after[key]
		if !wasThere && !isThere || key == "credits" && wasThere != isThere { // who goes has none, which is said elsewhere
			continue
		}
		field := changedField{Name: fieldWords[key], Was: fieldText(key, was, when), Is: fieldText(key, is, when)}
		field.WasThere, field.IsThere = field.Was != "", field.Is != ""
		if field.Was != field.Is || key == "content" { // of a long text only the beginning is told
			fields = append(fields, field)
		}
	}
	was, _ := before["metadata"].(map[string]any)
	is, _ := after["metadata"].(map[string]any)
	for _, name := range sortedKeys(was, is) {
		field := changedField{Name: models.Say("%s", name)}
		if value, ok := was[name]; ok {
			field.Was, field.WasThere = jsonText(value), true
		}
		if value, ok := is[name]; ok {
			field.Is, field.IsThere = jsonText(value), true
		}
		if field.Was != field.Is || field.WasThere != field.IsThere {
			fields = append(fields, field)
		}
	}
	return fields
}
