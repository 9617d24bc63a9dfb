package models

import (
	"strings"

	"postroom/models/csv"
)

// ImportChoice is a way in which a file can be written, by the name under which a form or a program chooses it.
type ImportChoice struct {
	Name  string
	Say   Sentence
	Value string // as the format has it
}

// What can be said of a file instead of having it recognised.
var (
	ImportSeparators = []ImportChoice{{"comma", Say("commas"), ","}, {"semicolon", Say("semicolons"), ";"}, {"tab", Say("tabs"), "\t"}, {"bar", Say("vertical bars"), "|"}}
	ImportQuotes     = []ImportChoice{{"double", Say("double quotes"), `"`}, {"single", Say("single quotes"), "'"}}
	ImportEncodings  = []ImportChoice{{"utf-8", Sentence{Text: "UTF-8"}, string(csv.UTF8)}, {"windows-1252", Sentence{Text: "Windows-1252"}, string(csv.Windows1252)},
		{"utf-16le", Sentence{Text: "UTF-16LE"}, string(csv.UTF16LE)}, {"utf-16be", Sentence{Text: "UTF-16BE"}, string(csv.UTF16BE)}}
)

// ParseImportFormat reads what is said of how a file is written; empty is to be recognised.
func ParseImportFormat(separator, quote, encoding string) (csv.Format, error) {
	v := Invalid{}
	choose := func(field, name string, choices []ImportChoice) string {
		var names []string
		for _, choice := range choices {
			if strings.EqualFold(choice.Name, name) {
				return choice.Value
			}
			names = append(names, choice.Name)
		}
		if name != "" {
			v[field] = Say("Choose one of: %s.", strings.Join(names, ", "))
		}
		return ""
	}
	f := csv.Format{Separator: choose("separator", separator, ImportSeparators), Quote: choose("quote", quote, ImportQuotes),
		Encoding: csv.Encoding(choose("encoding", encoding, ImportEncodings))}
	return f, v.Or()
}
