package controllers_test

import (
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAPostSaysItsLanguageWhereverItsWordsStand(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	b := site.signIn(ann)
	b.open("/posts/new").submit("Publish", "title", "Bread", "content", "Words.", "lang", "klingon").status(422).sees("A language is written as en, pt-BR or zh-Hant.")
	if b.page.Find("#lang").AttrOr("value", "") != "klingon" {
		t.Error("what was typed is gone")
	}
	b.open("/posts/new").submit("Preview", "title", "خبز", "content", "خبز وملح.", "lang", "ar").status(200)
	if b.page.Find(`.notyet .prose[lang=ar][dir=rtl]`).Length() != 1 {
		t.Error("the preview of a new post")
	}
	b.submit("Publish", "lang", "AR").status(200)
	path := b.at.Path
	for address, selectors := range map[string][]string{
		path:       {`h1[lang=ar][dir=rtl]`, `.prose[lang=ar][dir=rtl]`, `html[lang=en][dir=ltr]`},
		"/":        {`.title[lang=ar][dir=rtl]`, `.excerpt[lang=ar][dir=rtl]`},
		ann.Path(): {`.title[lang=ar][dir=rtl]`},
	} {
		page := site.visitor().open(address).status(200).page
		for _, selector := range selectors {
			if page.Find(selector).Length() != 1 {
				t.Errorf("%s: %d of %s", address, page.Find(selector).Length(), selector)
			}
		}
	}
	b.open(path + "/edit").submit("Preview").status(200)
	if b.page.Find(`.notyet .prose[lang=ar][dir=rtl]`).Length() != 1 {
		t.Error("the preview of a post that is there")
	}
	if b.open(path+"/edit").page.Find("#lang").AttrOr("value", "") != "ar" {
		t.Error("the desk has forgotten the language")
	}
	// A page without the field leaves the language as it is.
	b.open(path + "/edit")
	b.post(path, "title", "Other", "content", "x", "status", "published", "revision", b.page.Find("[name=revision]").AttrOr("value", ""),
		"saw", b.page.Find("[name=saw]").AttrOr("value", "")).status(200)
	if post, err := site.Store.EditablePost(modelstest.Context(t), ann, 1); err != nil || post.Lang != "ar" || post.Title != "Other" {
		t.Errorf("%+v, %v", post, err)
	}
	b.open("/posts/1/edit").submit("Save", "lang", "").status(200)
	if page := site.visitor().open("/").page; page.Find(".title[lang]").Length() > 0 || page.Find(".title[dir=auto]").Length() != 1 {
		t.Error("a language that nobody says")
	}
}

func TestATextThatCannotBePreviewedIsNotLost(t *testing.T) {
	site := newSite(t)
	ann := site.signIn(modelstest.User(t, site.Store))
	deep := strings.Repeat("<ul><li>", 600) + "words"
	ann.open("/posts/new").submit("Preview", "title", "T", "content", deep).status(422).sees("nested too deep")
	if !strings.Contains(ann.page.Find("#content").Text(), deep) {
		t.Error("the text is gone")
	}
}

func TestALongPostIsReadWithEase(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	first := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = "The first" })
	post := modelstest.Post(t, site.Store, ann, func(p *models.Post) {
		p.Title = "The second"
		p.Content = "## One\n\n" + strings.Repeat("word ", 238*3) + "[^1]\n\n## Two\n\n### Two and a half\n\n```go\nreturn 1\n```\n\n## Three\n\n" +
			strings.Repeat("|a", 30) + "|\n" + strings.Repeat("|-", 30) + "|\n\n[^1]: A note."
	})
	last := modelstest.Post(t, site.Store, ann, func(p *models.Post) { p.Title = "The third" })
	page := site.visitor().open(post.Path()).status(200).sees("3 minutes to read", "Contents").page
	for selector, want := range map[string]int{
		`.contents a[href^="#post-"]`: 4, `.prose a.anchor[href^="#post-"]`: 4, `.prose pre[tabindex="0"] code .k`: 1, `.prose .scroll[tabindex="0"] table`: 1,
		`.prose a.footnote-ref`: 1, `.prose a.footnote-backref`: 1, `a[rel=prev][href="` + first.Path() + `"]`: 1, `a[rel=next][href="` + last.Path() + `"]`: 1,
	} {
		if got := page.Find(selector).Length(); got != want {
			t.Errorf("%d of %s, not %d", got, selector, want)
		}
	}
	for _, link := range page.Find(`a[href^="#"]`).EachIter() {
		if id := strings.TrimPrefix(link.AttrOr("href", ""), "#"); page.Find(`[id="`+id+`"]`).Length() != 1 {
			t.Errorf("%q leads nowhere", id)
		}
	}
	if short := site.visitor().open(first.Path()).page; short.Find(".contents").Length() > 0 {
		t.Error("a short post has a list of contents")
	}
}
