package language

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	textlanguage "golang.org/x/text/language"
)

// file is what a language file holds.
type file struct {
	Name      string `json:"name"`      // in the language itself
	Direction string `json:"direction"` // ltr or rtl
	Numbers   struct {
		Group     string `json:"group"` // between groups of three digits
		Decimal   string `json:"decimal"`
		Minus     string `json:"minus"`
		GroupFrom int    `json:"groupFrom"` // how many digits a number has before it is grouped; 4 if left out
	} `json:"numbers"`
	Dates struct {
		Months      []string `json:"months"`      // as they stand in a date, in Russian the genitive
		ShortMonths []string `json:"shortMonths"` // as they stand in a date
		MonthLabels []string `json:"monthLabels"` // short, standing alone
		Weekdays    []string `json:"weekdays"`    // from Sunday
		Date        string   `json:"date"`        // layouts are written as for time.Format
		LongDate    string   `json:"longDate"`
		DayMonth    string   `json:"dayMonth"`
		PlainDay    string   `json:"plainDay"`
		DateTime    string   `json:"dateTime"`
		Clock       string   `json:"clock"`
	} `json:"dates"`
	Sentences map[string]entry `json:"sentences"`
}

// entry is a translation: one text, or a text for each plural form. Where the form hangs on another number than the
// first, "by" says which argument, from 1.
type entry struct {
	text  string
	forms map[string]string
}

func (e *entry) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		return json.Unmarshal(data, &e.forms)
	}
	return json.Unmarshal(data, &e.text)
}

func readLanguage(folder fs.FS, name string) (*Language, error) {
	data, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, err
	}
	var f file
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return nil, err
	}
	tag, err := textlanguage.Parse(strings.TrimSuffix(name, ".json"))
	if err != nil {
		return nil, err
	}
	if f.Name == "" || (f.Direction != "ltr" && f.Direction != "rtl") {
		return nil, errors.New(`"name" is needed, and a "direction" of ltr or rtl`)
	}
	l := &Language{Tag: tag.String(), Name: f.Name, Direction: f.Direction, tag: tag, messages: make(map[string]*message, len(f.Sentences))}
	l.numbers = numbers{group: f.Numbers.Group, decimal: f.Numbers.Decimal, minus: f.Numbers.Minus, groupFrom: f.Numbers.GroupFrom}
	if l.numbers.groupFrom == 0 {
		l.numbers.groupFrom = 4
	}
	if l.numbers.decimal == "" || l.numbers.minus == "" {
		return nil, errors.New(`"numbers" needs "decimal" and "minus"`)
	}
	if l.dates, err = readDates(f); err != nil {
		return nil, err
	}
	return l, l.readSentences(f.Sentences)
}

func readDates(f file) (dates, error) {
	d := f.Dates
	for what, words := range map[string][]string{"months": d.Months, "shortMonths": d.ShortMonths, "monthLabels": d.MonthLabels} {
		if len(words) != 12 {
			return dates{}, fmt.Errorf("%q has %d words, and 12 are needed", what, len(words))
		}
	}
	if len(d.Weekdays) != 7 {
		return dates{}, fmt.Errorf(`"weekdays" has %d words, and 7 are needed`, len(d.Weekdays))
	}
	for what, layout := range map[string]string{"date": d.Date, "longDate": d.LongDate, "dayMonth": d.DayMonth, "plainDay": d.PlainDay, "dateTime": d.DateTime, "clock": d.Clock} {
		if layout == "" {
			return dates{}, fmt.Errorf("the layout %q is missing", what)
		}
	}
	return dates{
		months: d.Months, shortMonths: d.ShortMonths, monthLabels: d.MonthLabels, weekdays: d.Weekdays,
		date: compileLayout(d.Date), longDate: compileLayout(d.LongDate), dayMonth: compileLayout(d.DayMonth), plainDay: compileLayout(d.PlainDay),
		dateTime: compileLayout(d.DateTime), clock: compileLayout(d.Clock),
	}, nil
}

func (l *Language) readSentences(entries map[string]entry) error {
	needed := l.integerForms()
	for key, e := range entries {
		m, err := compileEntry(e, needed)
		if err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
		l.messages[key] = m
	}
	return nil
}

var formNames = map[string]plural.Form{"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other}

// integerForms are the plural forms that whole numbers take in this language, by trying.
func (l *Language) integerForms() map[plural.Form]bool {
	forms := map[plural.Form]bool{}
	for i := range 200 {
		forms[l.form(int64(i))] = true
	}
	return forms
}

func compileEntry(e entry, needed map[plural.Form]bool) (*message, error) {
	if e.forms == nil {
		if e.text == "" {
			return nil, errors.New("the translation is empty")
		}
		return compile(e.text)
	}
	m := &message{by: -1}
	for name, text := range e.forms {
		if name == "by" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return nil, fmt.Errorf(`"by" must be the number of an argument, not %q`, text)
			}
			m.by = n - 1
			continue
		}
		form, ok := formNames[name]
		if !ok {
			return nil, fmt.Errorf("no plural form is called %q", name)
		}
		compiled, err := compile(text)
		if err != nil {
			return nil, err
		}
		if text == "" || compiled.forms[plural.Other] == nil {
			return nil, fmt.Errorf("the plural form %q names no number", name)
		}
		m.forms[form] = compiled.forms[plural.Other]
	}
	for form := range needed {
		if m.forms[form] == nil {
			return nil, fmt.Errorf("a plural form is missing: %d are needed", len(needed))
		}
	}
	m.plural = true
	return m, nil
}
