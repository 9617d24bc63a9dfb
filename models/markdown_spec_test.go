package models_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"postroom/models"
)

// TestTheExamplesOfTheSpecificationAreSafeAndWhole renders the examples of CommonMark's specification, which goldmark carries.
func TestTheExamplesOfTheSpecificationAreSafeAndWhole(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "_test", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct {
		Example  int
		Markdown string
	}
	if err := json.Unmarshal(file, &examples); err != nil {
		t.Fatal(err)
	}
	if len(examples) < 600 {
		t.Fatalf("only %d examples", len(examples))
	}
	for _, example := range examples {
		made, err := models.Render(example.Markdown)
		if err != nil {
			t.Errorf("example %d: %v", example.Example, err)
		}
		for _, found := range unsafe(t, made.HTML) {
			t.Errorf("example %d makes %s:\n%s", example.Example, found, made.HTML)
		}
	}
}
