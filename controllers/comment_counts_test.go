package controllers_test

import (
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestListsOfPostsSayHowManyCommentsReadersFind(t *testing.T) {
	site := newSite(t)
	ann, bob := modelstest.User(t, site.Store, modelstest.Named("ann")), modelstest.User(t, site.Store)
	talked, quiet := site.otter(ann, "Otters", "An otter.", "public", "river"), site.otter(ann, "More otters", "An otter.", "public", "river")
	series := &models.Series{Title: "Rivers"}
	if err := site.CreateSeries(modelstest.Context(t), ann, series, []int64{talked.ID, quiet.ID}); err != nil {
		t.Fatal(err)
	}
	pages := []string{"/", "/tags/river", "/users/ann", series.Path(), "/search?q=otter"}
	said := func(language string) (all []string) {
		reader := site.visitor()
		reader.header.Set("Accept-Language", language)
		for _, page := range pages {
			links := reader.open(page).page.Find(".byline a[href$='#comments']")
			if path, _ := links.Attr("href"); links.Length() > 1 || links.Length() == 1 && path != talked.Path()+"#comments" {
				t.Errorf("%s: %d links to comments, the first to %s", page, links.Length(), path)
			}
			all = append(all, links.Text())
		}
		return all
	}
	count := 0
	for _, want := range []struct {
		comments         int
		english, russian string
	}{{0, "", ""}, {1, "1 comment", "1 комментарий"}, {3, "3 comments", "3 комментария"}, {5, "5 comments", "5 комментариев"}} {
		for ; count < want.comments; count++ {
			modelstest.Comment(t, site.Store, bob, talked, "Words.")
		}
		if count == 5 { // what is not shown is not counted
			hidden := modelstest.Comment(t, site.Store, bob, talked, "Rude words.")
			if _, err := site.HideComment(modelstest.Context(t), ann, hidden.ID, "Rude"); err != nil {
				t.Fatal(err)
			}
		}
		for language, words := range map[string]string{"en": want.english, "ru": want.russian} {
			if got := strings.Join(said(language), ", "); got != strings.Join([]string{words, words, words, words, words}, ", ") {
				t.Errorf("the lists say %s", got)
			}
		}
	}
}
