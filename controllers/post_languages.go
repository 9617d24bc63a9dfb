package controllers

import "github.com/gin-gonic/gin"

// postLanguage is a language that the desk offers for a post, by its own name. Any other is typed.
type postLanguage struct{ Tag, Name string }

var postLanguages = []postLanguage{
	{"ar", "العربية"}, {"bn", "বাংলা"}, {"cs", "Čeština"}, {"de", "Deutsch"}, {"el", "Ελληνικά"}, {"en", "English"}, {"es", "Español"}, {"fa", "فارسی"},
	{"fi", "Suomi"}, {"fr", "Français"}, {"he", "עברית"}, {"hi", "हिन्दी"}, {"hu", "Magyar"}, {"id", "Indonesia"}, {"it", "Italiano"}, {"ja", "日本語"},
	{"ko", "한국어"}, {"nl", "Nederlands"}, {"pl", "Polski"}, {"pt", "Português"}, {"pt-BR", "Português (Brasil)"}, {"ro", "Română"}, {"ru", "Русский"},
	{"sv", "Svenska"}, {"tr", "Türkçe"}, {"uk", "Українська"}, {"ur", "اردو"}, {"vi", "Tiếng Việt"}, {"zh-Hans", "简体中文"}, {"zh-Hant", "繁體中文"},
}

// postLang is the language that the form says; nil where the form has no such field, and the post keeps its own.
func postLang(c *gin.Context) *string {
	if lang, there := c.GetPostForm("lang"); there {
		return &lang
	}
	return nil
}
