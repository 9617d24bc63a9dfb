package templates

import "html/template"

// tongue are the attributes of an element that holds words of a post: where they begin, and in which language they are.
func tongue(direction, lang string) template.HTMLAttr {
	if lang == "" {
		return template.HTMLAttr(`dir="` + template.HTMLEscapeString(direction) + `"`)
	}
	return template.HTMLAttr(`dir="` + template.HTMLEscapeString(direction) + `" lang="` + template.HTMLEscapeString(lang) + `"`)
}
