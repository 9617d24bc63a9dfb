package templates

import (
	"html/template"
	"reflect"
	"strings"
	"testing"

	"postroom/templates/language"
)

// commentRow has what the piece "comment" asks of a row.
type commentRow struct {
	ID                 int64
	Gone, Hidden       bool
	Reply, Goes        bool
	To, Name, Username string
	ByAuthor           bool
	ISO, At, Edited    string
	HTML               template.HTML
	More               *int
}

const hostile = `<b>"A" & 'B'</b> + zqx1 {{.}} %20` + "\x00"

func TestAStencilMakesOfEveryCommentWhatTheTemplateMakes(t *testing.T) {
	languages, err := language.Load()
	if err != nil {
		t.Fatal(err)
	}
	text := func(string) string { return "" }
	set, err := New(languages, map[string]any{"static": text, "browser": text, "portrait": text})
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range languages.Languages() {
		page, err := set.make(lang, "posts/show")
		if err != nil {
			t.Fatal(err)
		}
		s := &stencils{page: page}
		for shape := range 1 << 7 {
			is := func(bit int) bool { return shape&(1<<bit) != 0 }
			row := commentRow{ID: int64(7 + shape), Gone: is(0), Hidden: is(1), Reply: is(2), Goes: is(3), ByAuthor: is(4), Name: hostile, Username: "ann-1.b_C",
				ISO: "2026-01-02T03:04:05Z", At: "today, 08:14", HTML: "<p>One & <em>two</em> + zqx</p>"}
			if is(5) {
				row.To = hostile
			}
			if is(6) {
				row.Edited = "yesterday, <22:40>"
			}
			want, err := s.draw("comment", reflect.ValueOf(row), nil)
			if err != nil || !strings.Contains(want, "<li ") {
				t.Fatal(want, err)
			}
			if got, ok := s.fill(nil, "comment", reflect.ValueOf(row)); !ok || string(got) != want {
				t.Fatalf("%s, %+v: filled in %t:\n%s\nwant\n%s", lang.Tag, row, ok, got, want)
			}
		}
		odd := commentRow{ID: 1, Name: "Ann", Username: `a b?"<&`, HTML: "x"}
		if _, ok := s.fill(nil, "comment", reflect.ValueOf(odd)); ok {
			t.Fatal("a user name that changes in an address was filled in")
		}
		want, err := s.draw("comment", reflect.ValueOf(odd), nil)
		if got, err2 := s.each("comment", []commentRow{odd}, nil); err != nil || err2 != nil || string(got) != want {
			t.Fatal(got, want, err, err2)
		}
	}
}

func TestAPieceThatDoesMoreThanSayItsValuesHasNoStencil(t *testing.T) {
	type row struct {
		ID   int64
		Name string
		HTML template.HTML
		More *int
	}
	one := 1
	for _, c := range []struct {
		piece string
		row   row
		want  bool
	}{
		{`<p id="a{{.Row.ID}}" title="{{.Row.Name}}">{{.Row.Name}} {{.Row.HTML}}</p>`, row{ID: 1, Name: "a'b", HTML: "<b>x</b>"}, true},
		{`<a href="/x/{{.Row.Name}}?n={{.Row.ID}}">`, row{ID: 1, Name: "ann"}, true},
		{`<a href="/x?n={{.Row.Name}}">`, row{Name: "ann"}, false}, // escaped otherwise than in a path
		{`<a href={{.Row.Name}}>`, row{Name: "ann"}, false},
		{`<script>var x = {{.Row.Name}}</script>`, row{Name: "ann"}, false},
		{`<p title="{{.Row.HTML}}">`, row{HTML: "<b>x</b>"}, false},
		{`{{len .Row.Name}}`, row{Name: "ann"}, false},
		{`{{printf "%q" .Row.Name}}`, row{Name: "ann"}, false},
		{`{{.Page.Title}}{{.Row.Name}}`, row{Name: "ann"}, false}, // a stencil is for all pages
		{`{{.Row.Name}}{{with .Row.More}}{{.}}{{end}}`, row{Name: "ann", More: &one}, false},
	} {
		page := template.Must(template.New("piece").Option("missingkey=error").Parse(c.piece))
		s := &stencils{page: page}
		got, ok := s.fill(nil, "piece", reflect.ValueOf(c.row))
		if ok != c.want {
			t.Errorf("%s: filled in %t: %s", c.piece, ok, got)
		}
		whole := map[string]string{"Title": "T"}
		want, err := s.draw("piece", reflect.ValueOf(c.row), whole)
		if each, err2 := s.each("piece", []row{c.row}, whole); err != nil || err2 != nil || string(each) != want {
			t.Errorf("%s: %s, want %s (%v, %v)", c.piece, each, want, err, err2)
		}
	}
}
