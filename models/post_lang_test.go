package models_test

import (
	"errors"
	"strings"
	"testing"

	"postroom/models"
)

func TestALanguageIsKeptAsOthersWriteItAndSaysWhereATextBegins(t *testing.T) {
	for typed, want := range map[string][2]string{
		"": {"", "auto"}, " EN ": {"en", "ltr"}, "pt_br": {"pt-BR", "ltr"}, "zh-hant-tw": {"zh-Hant-TW", "ltr"}, "ar": {"ar", "rtl"}, "he-IL": {"he-IL", "rtl"},
		"fa": {"fa", "rtl"}, "ur": {"ur", "rtl"}, "az-Arab": {"az-Arab", "rtl"}, "sd-Deva": {"sd-Deva", "ltr"}, "de-1996": {"de-1996", "ltr"}, "dv": {"dv", "rtl"},
	} {
		post := &models.Post{Title: "T", Content: "x", Status: models.StatusDraft, Lang: typed}
		if err := post.Validate(); err != nil || post.Lang != want[0] || post.Direction() != want[1] {
			t.Errorf("%q is %q, %s: %v", typed, post.Lang, post.Direction(), err)
		}
	}
	for _, typed := range []string{"english", "e", "xx", "en-", "de DE", `en" onload="x`, "<script>", "und", strings.Repeat("a", 40), "en-" + strings.Repeat("abcdefgh-", 9)} {
		post := &models.Post{Title: "T", Content: "x", Status: models.StatusDraft, Lang: typed}
		var invalid models.Invalid
		if err := post.Validate(); !errors.As(err, &invalid) || invalid["lang"].Text == "" {
			t.Errorf("%q became %q: %v", typed, post.Lang, err)
		}
	}
}
