package controllers

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"postroom/models"
	"postroom/templates/language"
)

var importUses = []importUse{
	{"username", models.Say("User name")}, {"email", models.Say("E-mail")}, {"name", models.Say("Name")}, {"age", models.Say("Age")}, {"role", models.Say("Role")},
	{"metadata", models.Say("Own fields, as JSON")}, {models.UseOwn, models.Say("An own field")}, {models.UseNone, models.Say("Left out")},
}

// importActs says what a line would do.
var importActs = map[string]models.Sentence{"create": models.Say("create"), "change": models.Say("change"), "same": models.Say("same as now"),
	"pass": models.Say("passed over"), "refuse": models.Say("refuse")}

// importTitle is the heading of an import.
func importTitle(i *models.Import) models.Sentence {
	if i.Name == "" {
		return models.Say("Import %d", i.ID)
	}
	return models.Say("Import %d: %s", i.ID, i.Name)
}

// importState says where an import stands.
func importState(i *models.Import) models.Sentence {
	switch i.State {
	case models.ImportStaging:
		return models.Say("being read")
	case models.ImportStaged:
		return models.Say("waits for its columns to be matched")
	case models.ImportRehearsing:
		return models.Say("being rehearsed")
	case models.ImportRehearsed:
		return models.Say("rehearsed, not committed")
	case models.ImportCommitting:
		return models.Say("being committed")
	case models.ImportCommitted:
		return models.Say("committed")
	case models.ImportDropped:
		return models.Say("thrown away")
	}
	return models.Say("failed")
}

// importWritten says how the file was read, as a sentence.
func importWritten(lang *language.Language, i *models.Import) string {
	var words []string
	for _, said := range i.FormatWords() {
		if said.Text != "" {
			words = append(words, lang.Say(said))
		}
	}
	if len(words) == 0 {
		return ""
	}
	text := strings.Join(words, ", ") + "."
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// importAgain is where a file can be uploaded with what was recognised, to be corrected.
func importAgain(i *models.Import) string {
	at := url.Values{}
	for _, part := range []struct {
		name    string
		choices []models.ImportChoice
		value   string
	}{{"separator", models.ImportSeparators, i.Format.Separator}, {"quote", models.ImportQuotes, i.Format.Quote}, {"encoding", models.ImportEncodings, string(i.Format.Encoding)}} {
		for _, choice := range part.choices {
			if choice.Value == part.value {
				at.Set(part.name, choice.Name)
			}
		}
	}
	return address("/admin/imports", at) + "#written"
}

// importWays is one of the ways in which a file can be written, with what is chosen.
type importWays struct {
	ID      string
	Label   models.Sentence
	Choices []models.ImportChoice
	Chosen  string
}

func importChoices(query url.Values) []importWays {
	return []importWays{
		{"separator", models.Say("Between cells"), models.ImportSeparators, query.Get("separator")},
		{"quote", models.Say("Quotes"), models.ImportQuotes, query.Get("quote")},
		{"encoding", models.Say("Encoding"), models.ImportEncodings, query.Get("encoding")},
	}
}
