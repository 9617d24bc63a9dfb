package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// A stencil is what a piece of a page makes of a row, with a gap where each value of the row belongs. The template draws it once for every
// shape of a row, which is what it has and what it has not; a page of 200 rows fills gaps, and executes the template for none of them. That
// holds for pieces that only say the values of their row, or ask whether they are there.
type stencil struct {
	fixed []string // before the first gap, between two, and after the last
	gaps  []gap
}

// gap is the place of a value: of which field of the row, and whether it stands in an address.
type gap struct {
	field   int
	address bool
}

// stencils are those of one page in one language, by piece and shape. A row that no stencil fits has nil.
type stencils struct {
	page *template.Template
	cut  sync.Map
}

type stencilKey struct {
	piece string
	shape uint64
}

// each makes the piece of every row, as if the template were executed with it as .Row, and with the page as .Page.
func (s *stencils) each(piece string, rows, page any) (template.HTML, error) {
	list := reflect.ValueOf(rows)
	out := make([]byte, 0, 512*list.Len())
	for i := range list.Len() {
		row := list.Index(i)
		if made, ok := s.fill(out, piece, row); ok {
			out = made
			continue
		}
		drawn, err := s.draw(piece, row, page)
		if err != nil {
			return "", err
		}
		out = append(out, drawn...)
	}
	return template.HTML(out), nil
}

// draw executes the template.
func (s *stencils) draw(piece string, row reflect.Value, page any) (string, error) {
	var out bytes.Buffer
	err := s.page.ExecuteTemplate(&out, piece, map[string]any{"Row": row.Interface(), "Page": page})
	return out.String(), err
}

// fill appends what the stencil of the row makes of it; ok is false where the template must.
func (s *stencils) fill(out []byte, piece string, row reflect.Value) (made []byte, ok bool) {
	shape, ok := shapeOf(row)
	if !ok {
		return nil, false
	}
	key := stencilKey{piece, shape}
	cut, ok := s.cut.Load(key)
	if !ok {
		cut, _ = s.cut.LoadOrStore(key, s.make(key, row.Type()))
	}
	of := cut.(*stencil)
	if of == nil {
		return nil, false
	}
	for i, gap := range of.gaps {
		out = append(out, of.fixed[i]...)
		field := row.Field(gap.field)
		switch {
		case field.Kind() == reflect.Int64:
			out = strconv.AppendInt(out, field.Int(), 10)
		case field.Type() == typeHTML:
			out = append(out, field.String()...)
		case gap.address && !plainAddress(field.String()):
			return nil, false
		default:
			out = appendEscaped(out, field.String())
		}
	}
	return append(out, of.fixed[len(of.gaps)]...), true
}

var typeHTML = reflect.TypeFor[template.HTML]()

// shapeOf has a bit for each field that is there; ok is false where one is of a kind that has no gap.
func shapeOf(row reflect.Value) (shape uint64, ok bool) {
	for i := range row.NumField() {
		field := row.Field(i)
		if field.IsZero() {
			continue
		}
		switch field.Kind() {
		case reflect.Bool, reflect.String, reflect.Int64:
			shape |= 1 << i
		default:
			return 0, false
		}
	}
	return shape, row.NumField() <= 64
}

// make cuts the stencil of a shape. It is drawn twice, with other marks in place of the values: what is the same both times is fixed.
func (s *stencils) make(key stencilKey, row reflect.Type) *stencil {
	one, err := s.cutFor(key, row, "1")
	if err != nil {
		return nil
	}
	if other, err := s.cutFor(key, row, "23"); err != nil || !reflect.DeepEqual(one, other) {
		return nil
	}
	return one
}

// mark is a value to be found again in what the template makes, by what it has become there: a text escaped for HTML, or for an address.
type mark struct {
	drawn string
	gap   gap
}

const markBegins = "zqx"

func (s *stencils) cutFor(key stencilKey, kind reflect.Type, salt string) (*stencil, error) {
	row := reflect.New(kind).Elem()
	var marks []mark
	for i := range kind.NumField() {
		if key.shape&(1<<i) == 0 {
			continue
		}
		name := markBegins + salt + strconv.Itoa(i)
		switch field := row.Field(i); {
		case field.Kind() == reflect.Bool:
			field.SetBool(true)
		case field.Kind() == reflect.Int64:
			number, _ := strconv.ParseInt("77"+salt+"0000000"+strconv.Itoa(100+i), 10, 64)
			field.SetInt(number)
			marks = append(marks, mark{strconv.FormatInt(number, 10), gap{i, false}})
		case field.Type() == typeHTML: // within an attribute its tags would be dropped
			field.SetString(name + "<i>zq</i>")
			marks = append(marks, mark{name + "<i>zq</i>", gap{i, false}})
		default:
			field.SetString(name + ` <"?=zq`)
			marks = append(marks, mark{name + " &lt;&#34;?=zq", gap{i, false}}, mark{name + "%20%3c%22?=zq", gap{i, true}})
		}
	}
	drawn, err := s.draw(key.piece, row, nil)
	if err != nil {
		return nil, err
	}
	return cut(drawn, marks)
}

// cut takes the marks out of what was drawn. One that became something else stands where no gap can be.
func cut(drawn string, marks []mark) (*stencil, error) {
	made := &stencil{}
	for {
		at, found := len(drawn), mark{}
		for _, m := range marks {
			if i := strings.Index(drawn, m.drawn); i >= 0 && i < at {
				at, found = i, m
			}
		}
		fixed := drawn[:at]
		if strings.Contains(fixed, markBegins) {
			return nil, fmt.Errorf("a value stands where none can be filled in: %s", fixed)
		}
		made.fixed = append(made.fixed, fixed)
		if at == len(drawn) {
			return made, nil
		}
		made.gaps, drawn = append(made.gaps, found.gap), drawn[at+len(found.drawn):]
	}
}

// plainAddress reports whether the text stays as it is in an address, in its path or after it.
func plainAddress(text string) bool {
	for _, b := range []byte(text) {
		if (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && !strings.ContainsRune("-_./?=", rune(b)) {
			return false
		}
	}
	return true
}

// appendEscaped escapes as html/template does, in text and in quoted attributes.
func appendEscaped(out []byte, text string) []byte {
	done := 0
	for i := range len(text) {
		var escaped string
		switch text[i] {
		case 0:
			escaped = "\uFFFD"
		case '"':
			escaped = "&#34;"
		case '&':
			escaped = "&amp;"
		case '\'':
			escaped = "&#39;"
		case '+':
			escaped = "&#43;"
		case '<':
			escaped = "&lt;"
		case '>':
			escaped = "&gt;"
		default:
			continue
		}
		out = append(append(out, text[done:i]...), escaped...)
		done = i + 1
	}
	return append(out, text[done:]...)
}
