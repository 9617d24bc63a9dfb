package controllers

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"postroom/models"
	"postroom/templates/language"
)

// importPage is an import as its page shows it.
type importPage struct {
	*models.Import
	Path       string
	Step       int    // 1 to 4: upload, match, rehearse, commit; 0: it has ended without
	Written    string // how the file was read
	Again      string // the address where it can be uploaded to be read in another way
	Matching   bool   // its columns wait to be matched
	Columns    []importColumn
	Uses       []importUse // what a column can become
	Own, Left  []models.ImportColumn
	Fields     []models.ImportColumn
	Parts      []importPart // of its lines
	Difference []importDifference
	Links      int64 // how many of whom it made have no password yet
}

// importColumn is a column of the file while it is matched.
type importColumn struct {
	models.ImportColumn
	Number  int
	Sample  string
	Control string // the name of what is wrong with it
}

// importUse is something that a column can become.
type importUse struct {
	Name string
	Say  models.Sentence
}

// importPart is the lines that the rehearsal treats alike.
type importPart struct {
	Act   string
	Count int64
	Lines []models.ImportLine
	All   string // the address of all of them; empty: they are here
}

type importDifference struct {
	models.ImportDifferenceLine
	Then, Now models.Sentence
}

// importLine is an import in the list.
type importLine struct {
	models.Import
	Path  string
	State models.Sentence
}

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

func importLines(imports []models.Import) []importLine {
	lines := make([]importLine, len(imports))
	for n, i := range imports {
		lines[n] = importLine{i, importPath(i.ID), importState(&i)}
	}
	return lines
}

// importShown is how many lines of each part the page of an import shows.
const importShown = 10

func (m AdminImports) page(ctx context.Context, lang *language.Language, i *models.Import, match bool) (*importPage, error) {
	p := &importPage{Import: i, Path: importPath(i.ID), Step: importStep(i), Written: importWritten(lang, i), Again: importAgain(i), Uses: importUses,
		Matching: match || i.State == models.ImportStaged}
	if match {
		p.Step = 2
	}
	for n, column := range i.Columns {
		p.Columns = append(p.Columns, importColumn{ImportColumn: column, Number: n + 1, Control: "column " + strconv.Itoa(n+1)})
		switch column.Use {
		case models.UseNone:
			p.Left = append(p.Left, column)
		case models.UseOwn:
			p.Own = append(p.Own, column)
		default:
			p.Fields = append(p.Fields, column)
		}
	}
	if d := i.Difference; d != nil {
		for _, line := range d.Lines[:min(len(d.Lines), importShown)] {
			p.Difference = append(p.Difference, importDifference{line, importActs[line.Was], importActs[line.Is]})
		}
	}
	switch {
	case p.Matching:
		return p, m.addSamples(ctx, p)
	case i.State == models.ImportRehearsing, i.State == models.ImportRehearsed, i.State == models.ImportCommitting, i.State == models.ImportCommitted:
		return p, m.addParts(ctx, p)
	}
	return p, nil
}

func importStep(i *models.Import) int {
	switch i.State {
	case models.ImportStaging:
		return 1
	case models.ImportStaged:
		return 2
	case models.ImportRehearsing, models.ImportRehearsed:
		return 3
	case models.ImportCommitting, models.ImportCommitted:
		return 4
	}
	return 0
}

// addSamples adds a few cells of each column.
func (m AdminImports) addSamples(ctx context.Context, p *importPage) error {
	samples, err := m.Store.ImportSample(ctx, p.Import)
	for n := range samples {
		p.Columns[n].Sample = strings.Join(samples[n], " · ")
	}
	return err
}

// addParts adds the first lines of each part, the refused ones first.
func (m AdminImports) addParts(ctx context.Context, p *importPage) (err error) {
	for _, part := range []importPart{{Act: "refuse", Count: p.Refused}, {Act: "change", Count: p.Changed}, {Act: "create", Count: p.Created}} {
		if part.Count == 0 || !p.HasLines() || p.State == models.ImportCommitted && part.Act != "refuse" {
			continue
		}
		var more bool
		if part.Lines, more, err = m.Store.ImportLines(ctx, p.Import, part.Act, 0, importShown); err != nil {
			return err
		}
		if more {
			part.All = p.Path + "/lines?act=" + part.Act
		}
		p.Parts = append(p.Parts, part)
	}
	if p.State == models.ImportCommitted {
		p.Links, err = m.Store.CountLinks(ctx, nil, models.LinkExport{Import: p.ID})
	}
	return err
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

// matchByHand notes what was chosen for a column.
func matchByHand(column *models.ImportColumn, use, own string) {
	if use == "" || use == column.Use && (use != models.UseOwn || own == column.Own) {
		return
	}
	column.Use, column.Own, column.Why = use, "", ""
	if use == models.UseOwn {
		column.Own = own
	}
}
