package models

import "golang.org/x/text/language"

// maxLang is how long a language tag may be, in bytes.
const maxLang = 35

var sayLang = Say("A language is written as en, pt-BR or zh-Hant.")

// tidyLang makes a language tag as others write it: en, pt-BR, zh-Hant (BCP 47). What is no language is not ok.
func tidyLang(typed string) (lang string, ok bool) {
	typed = line(typed)
	if typed == "" {
		return "", true
	}
	if len(typed) > maxLang {
		return "", false
	}
	tag, err := language.Parse(typed)
	if err != nil || tag == language.Und || len(tag.String()) > maxLang {
		return "", false
	}
	return tag.String(), true
}

// Direction is where the text begins, as in HTML's dir: as the language is written, else as its first letters are.
func (p *Post) Direction() string {
	if p.Lang == "" {
		return "auto"
	}
	tag, err := language.Parse(p.Lang)
	if err != nil {
		return "auto"
	}
	switch script, _ := tag.Script(); script.String() {
	case "Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi":
		return "rtl"
	}
	return "ltr"
}
