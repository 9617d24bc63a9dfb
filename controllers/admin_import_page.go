package controllers

import (
	"context"
	"strconv"
	"strings"

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
