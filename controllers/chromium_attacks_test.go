package controllers_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"

	"postroom/models"
	"postroom/models/modelstest"
)

// attacks are the texts that the tests of Markdown try, read from there.
func (w *window) attacks() (texts []string) {
	w.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../models/markdown_attacks_test.go", nil, 0)
	w.must("read the attacks", err)
	ast.Inspect(file, func(node ast.Node) bool {
		if text, ok := node.(*ast.BasicLit); ok && text.Kind == token.STRING {
			said, err := strconv.Unquote(text.Value)
			w.must("read an attack", err)
			texts = append(texts, strings.ToValidUTF8(strings.ReplaceAll(said, "\x00", ""), ""))
		}
		return true
	})
	texts = append(texts, hostile...)
	if len(texts) < 100 {
		w.Fatalf("only %d attacks", len(texts))
	}
	return texts
}

// nothingRuns posts each attack as title, text, tag, author's name, event and its place, language of code, footnote and title of a link. Whatever runs, or
// is only refused by the browser, is heard and fails the test.
func nothingRuns(w *window) {
	ctx := modelstest.Context(w)
	texts := w.attacks()
	var author *models.User
	editor := modelstest.User(w, w.Store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	posted := map[string]int{}
	for i, text := range texts {
		if i%4 == 0 {
			name := strings.Join(strings.Fields(text), " ")
			author = modelstest.User(w, w.Store, func(in *models.NewUser) {
				if in.Name = name[:min(len(name), 50)]; strings.ContainsFunc(in.Name, func(r rune) bool { return r < ' ' || r > '~' }) || in.Name == "" {
					in.Name = "Ann"
				}
			})
		}
		line := strings.Join(strings.Fields(text), " ")
		post := &models.Post{Title: "T", Status: models.StatusPublished, Content: text + "\n\n~~~" + strings.ReplaceAll(line, "~", "") + "\n" + text + "\n~~~\n\n[a](https://a.example \"" +
			line + "\") [^1]\n\n[^1]: " + text + "\n\n## " + line + "\n\n|a|\n|-|\n|" + line + "|\n"}
		for field, set := range map[string]func(*models.Post){
			"title": func(p *models.Post) { p.Title = line },
			"tag":   func(p *models.Post) { p.Tags = models.ParseTags(line) },
			"lang":  func(p *models.Post) { p.Lang = line },
			"text":  func(*models.Post) {},
		} {
			with := *post
			set(&with)
			var invalid models.Invalid
			if err := with.Validate(); errors.As(err, &invalid) {
				continue // refused
			}
			posted[field]++
			set(post)
		}
		w.must("post "+text, w.Store.CreatePost(ctx, author, post))
		var invalid models.Invalid
		if err := w.Store.CreateComment(ctx, author, &models.Comment{PostID: post.ID, Content: text}); errors.As(err, &invalid) {
			w.Logf("%q is refused as a comment: %v", text, err)
		} else {
			w.must("comment "+text, err)
			posted["comment"]++
		}
		event := &models.CalendarEvent{Title: line, Place: line, Description: text, Date: "2099-01-01", Zone: "UTC"}
		if err := w.Store.CreateCalendarEvent(ctx, editor, event); errors.As(err, &invalid) {
			w.Logf("%q is refused as an event: %v", line, err)
		} else {
			w.must("enter the event "+line, err)
			posted["event"]++
			if i%4 == 0 {
				w.open(event.Path())
			}
		}
		w.open(post.Path())
		if i%4 == 0 {
			w.open(author.Path())
		}
		for _, said := range w.heard() {
			w.Errorf("%q: %s", text, said)
		}
	}
	if posted["text"] < 100 || posted["comment"] < 100 || posted["event"] < 60 || posted["title"] < 60 || posted["tag"] < 20 {
		w.Errorf("too few came through: %v", posted)
	}
	for _, path := range []string{"/", "/tags", "/users", "/calendar", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E"} {
		w.open(path)
	}
}
