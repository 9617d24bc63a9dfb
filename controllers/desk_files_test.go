package controllers_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"postroom/models/modelstest"
)

// choose sends the form that has the button with a file in its field, as a browser without scripts does.
func (b *browser) choose(button, name, content string, pairs ...string) *browser {
	b.t.Helper()
	pressed := b.page.Find("button").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.TrimSpace(s.Text()) == button }).First()
	form := pressed.Closest("form")
	if pressed.AttrOr("formenctype", form.AttrOr("enctype", "")) != "multipart/form-data" || form.Find("input[type=file]").Length() != 1 {
		b.t.Fatalf("%q on %s sends no file", button, b.at)
	}
	given := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		given[pairs[i]] = pairs[i+1]
	}
	var body bytes.Buffer
	sent := multipart.NewWriter(&body)
	form.Find("input,textarea").Each(func(_ int, s *goquery.Selection) {
		field, kind := s.AttrOr("name", ""), s.AttrOr("type", "")
		if _, checked := s.Attr("checked"); field == "" || kind == "radio" && !checked {
			return
		}
		if kind == "file" {
			part, _ := sent.CreateFormFile(field, name)
			part.Write([]byte(content))
			return
		}
		value := s.AttrOr("value", strings.TrimPrefix(s.Text(), "\n"))
		if own, ok := given[field]; ok {
			value = own
		}
		sent.WriteField(field, value)
	})
	sent.Close()
	to, _ := b.at.Parse(pressed.AttrOr("formaction", form.AttrOr("action", "")))
	request, err := http.NewRequestWithContext(modelstest.Context(b.t), "POST", to.String(), &body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", sent.FormDataContentType())
	request.Header.Set("Origin", b.site.url)
	return b.do(request)
}

func TestAFileIsAddedOnTheDeskWithoutScripts(t *testing.T) {
	site := newSite(t)
	user := modelstest.User(t, site.Store, modelstest.Named("ann"))
	ann := site.signIn(user)
	ann.open("/posts/new").choose("Add the file", "fjord.jpg", photo(t, 1000, 400), "title", "Fog", "content", "Before.", "tags", "sea", "visibility", "members", "alt", "Fog over [the] fjord").status(200).
		sees("“fjord.jpg” stands at the end of the text.", "fjord.jpg")
	if got := ann.page.Find("textarea[name=content]").Text(); strings.TrimSpace(got) != "Before.\n\n![Fog over \\[the\\] fjord](/files/1-fjord.jpg)" {
		t.Errorf("the text is %q", got)
	}
	ann.choose("Add the file", "paper.pdf", "%PDF-1.7\nx").status(200)
	ann.choose("Add the file", "", "").status(422).sees("Choose a file.")
	ann.choose("Add the file", "bad.jpg", photo(t, 40, 40)[:200]).status(422).sees("The image cannot be read")
	ann.submit("Preview").status(200)
	if ann.page.Find("#preview img[srcset][alt='Fog over [the] fjord']").Length() != 1 {
		t.Error("the preview shows no image: ", ann.page.Find("#preview").Text())
	}
	ann.submit("Publish", "file", "/fakepath/late.jpg").status(422).sees("The file is not added yet.")
	ann.submit("Publish", "file", "").status(200).sees("“Fog” is published.")
	if ann.page.Find(".prose img[src='/files/1-fjord.jpg'][width='1000'][height='400'][loading=lazy]").Length() != 1 || ann.page.Find(".prose a[href='/files/2-paper.pdf']").Length() != 1 {
		t.Error(ann.page.Find(".prose").Html())
	}
	if !strings.Contains(ann.text, "sea") || ann.page.Find("#attached").Length() != 0 {
		t.Error("the tags are lost, or files that the text shows stand below it")
	}
	// What the text mentions no more stands below it, and can be deleted and brought back.
	ann.open("/posts/1-fog/edit").sees("fjord.jpg", "paper.pdf").submit("Save", "content", "Nothing.").status(200)
	if got := ann.page.Find("#attached li").Length(); got != 2 {
		t.Errorf("%d files below the text", got)
	}
	ann.open("/files/2/delete").status(200).sees("Delete “paper.pdf”").submit("Delete this file").sees("“paper.pdf” is deleted.")
	if got := ann.page.Find("#attached li").Length(); got != 1 {
		t.Errorf("%d files below the text", got)
	}
	ann.open("/files/2").status(404)
	ann.open("/files/deleted").submit("Undo paper.pdf").sees("“paper.pdf” is back.")
	ann.open("/files/2").status(200)
	site.visitor().open("/files/2").status(403)
	// A session that ended: no word is lost.
	ann.open("/posts/new")
	ann.client.Jar = site.visitor().client.Jar
	ann.choose("Add the file", "x.txt", "x", "title", "Kept", "content", "Every word.").status(401)
	ann.submit("Sign in", "login", "ann", "password", modelstest.Password).status(200).sees("You are signed in again.")
	if got := ann.page.Find("textarea[name=content]").Text(); !strings.Contains(got, "Every word.") {
		t.Errorf("the text is %q", got)
	}
}

func TestAPortraitIsSquareAndSeenByAll(t *testing.T) {
	site := newSite(t)
	user := modelstest.User(t, site.Store, modelstest.Named("ann"))
	ann, visitor := site.signIn(user), site.visitor()
	post := modelstest.Post(t, site.Store, modelstest.User(t, site.Store))
	modelstest.Comment(t, site.Store, user, post, "Mine.")
	faces := func(page string) *goquery.Selection { return visitor.open(page).page.Find(".talk .by img") }
	ann.open("/settings").choose("Save the portrait", "", "").status(422).sees("Choose a file.")
	ann.open("/settings").choose("Save the portrait", "me.txt", "words").status(422).sees("A portrait is a JPEG, PNG, GIF or WebP image.")
	for i, side := range []int{700, 300} {
		ann.open("/settings").choose("Save the portrait", "me.jpg", photo(t, side, 400)).status(200).sees("Your portrait is saved.")
		src, there := visitor.open("/users/ann").page.Find("img.portrait").Attr("src")
		if !there {
			t.Fatal("no portrait on the page")
		}
		visitor.open(src).status(200)
		if w, h := pixels(t, visitor.text); w != 256 || h != 256 {
			t.Errorf("%d: %d × %d pixels", i, w, h)
		}
		small := strings.Replace(src, "256", "96", 1)
		if w, h := pixels(t, visitor.open(small).text); w != 96 || h != 96 {
			t.Errorf("%d: %d × %d pixels", i, w, h)
		}
		face, _ := goquery.OuterHtml(faces(post.Path()))
		if want := fmt.Sprintf(`<img class="portrait" src="%s" width="24" height="24" alt="" loading="lazy"/>`, small); face != want {
			t.Errorf("beside the comment stands %s, not %s", face, want)
		}
	}
	ann.open("/settings").submit("Remove the portrait").sees("Your portrait is removed.")
	if visitor.open("/users/ann").page.Find("img.portrait").Length() != 0 {
		t.Error("the portrait is still there")
	}
	if faces(post.Path()).Length() != 0 {
		t.Error("the portrait is still beside the comment")
	}
	admin := site.signIn(modelstest.Admin(t, site.Store))
	admin.open("/admin/settings").submit("Save the room", "room", "lots").status(422).sees("A whole number of MB")
	admin.open("/admin/settings").submit("Save the room", "room", "0").sees("The files of each user may take 0 MB.")
	ann.open("/settings").choose("Save the portrait", "me.jpg", photo(t, 40, 40)).status(413).sees("There is no room for it")
	admin.open("/admin/audit").sees("chose a portrait", "removed a portrait", "decided on the room for files")
}

func pixels(t testing.TB, content string) (w, h int) {
	t.Helper()
	config, err := jpeg.DecodeConfig(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return config.Width, config.Height
}
