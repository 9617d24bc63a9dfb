package templates

import (
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/google/uuid"
)

// Field is one labelled control of a form, with what was typed and what is wrong with it. A page builds it step by step:
//
//	{{template "field" (field $ "email" (t "E-mail") | hint (t "Never shown.") | kind "email")}}
type Field struct {
	ID, Name, Label, Hint, Value, Kind, Auto string
	Error                                    any
	Required, Short                          bool
	Rows                                     int
}

// newField takes the value and the error from the page's Form and Errors. On a page of several forms the name has the
// form's before it, as in "profile name".
func newField(page map[string]any, name, label string) *Field {
	f := &Field{ID: ControlID(name), Name: name, Label: label, Kind: "text"}
	if _, bare, ok := strings.Cut(name, " "); ok {
		f.Name = bare
	}
	if form, ok := page["Form"].(map[string]string); ok {
		f.Value = form[name]
	}
	if errors := reflect.ValueOf(page["Errors"]); errors.Kind() == reflect.Map {
		if said := errors.MapIndex(reflect.ValueOf(name)); said.IsValid() {
			f.Error = said.Interface()
		}
	}
	return f
}

func hint(text string, f *Field) *Field  { f.Hint = text; return f }
func value(text string, f *Field) *Field { f.Value = text; return f }
func kind(kind string, f *Field) *Field  { f.Kind = kind; return f }
func auto(auto string, f *Field) *Field  { f.Auto = auto; return f }
func fieldID(id string, f *Field) *Field { f.ID = id; return f }
func required(f *Field) *Field           { f.Required = true; return f }
func short(f *Field) *Field              { f.Short = true; return f }
func rows(n int, f *Field) *Field        { f.Rows = n; return f }

// key makes the form another one whenever it is shown anew, and the same one where it is sent again.
func key(page map[string]any) string {
	if form, _ := page["Form"].(map[string]string); form["key"] != "" {
		return form["key"]
	}
	return uuid.NewString()
}

// ControlID is the id of the control of a field.
func ControlID(name string) string { return strings.ReplaceAll(name, " ", "-") }

// DescribedBy names the elements that say more about the control.
func (f *Field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != nil {
		ids = append(ids, f.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// problem is a line of the list over a form with errors: what is wrong, and where.
type problem struct {
	ID  string // of the control; empty: the form as a whole
	Say any
}

// problems lists the page's errors in the order of their fields.
func problems(errors any) []problem {
	var list []problem
	said := reflect.ValueOf(errors)
	if said.Kind() != reflect.Map {
		return nil
	}
	for _, key := range said.MapKeys() {
		list = append(list, problem{ControlID(strings.TrimSpace(key.String())), said.MapIndex(key).Interface()})
	}
	sort.Slice(list, func(i, j int) bool {
		if a, b := place(list[i].ID), place(list[j].ID); a != b {
			return a < b
		}
		return list[i].ID < list[j].ID
	})
	return list
}

// order is how fields follow each other on the forms.
var order = strings.Fields("name username login email about age time_zone language metadata role current_password password title content tags scope description prices category rating details stock from to amount quantity note reason")

// place is where the field of a control stands on its form.
func place(id string) int {
	if n := slices.Index(order, id[strings.LastIndexByte(id, '-')+1:]); n >= 0 {
		return n
	}
	return len(order)
}
