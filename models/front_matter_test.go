package models_test

import (
	"strings"
	"testing"

	"postroom/models"
)

func TestFrontMatterIsNotShown(t *testing.T) {
	for source, want := range map[string]string{
		"---\ntitle: \"A: b\"\ndate: 2025-10-08 16:11:34 -0700\ntags:\n  - go\n  - web\n---\n\nThe text.": "The text.",
		"---\n\nAfter a rule.":          "After a rule.",
		"Before\n---\ntitle: x\n---\n":  "title: x",
		"---\nnot settings\n---\nText.": "not settings",
	} {
		made, err := models.Render(source)
		if err != nil || !strings.Contains(made.HTML, want) {
			t.Errorf("%q becomes %q, %v", source, made.HTML, err)
		}
		if strings.Contains(made.HTML, "2025-10-08") {
			t.Errorf("%q shows its settings", source)
		}
	}
}
