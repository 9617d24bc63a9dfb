// Package sentences finds what the site says: in templates and Go files every sentence that goes through the catalogue,
// and in templates the words that wrongly do not. It serves tests only.
package sentences

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Found is one place where something is said.
type Found struct {
	Key   string // the English sentence; for Raw, the words as they stand
	Args  int    // how many arguments are given; -1 where that cannot be seen
	Raw   bool   // words that no catalogue can know: in a template's own text, or a key put together while running
	Where string // file:line
	pos   int    // in the file, to sort by
}

// Names says which calls carry sentences: for each name of a function, method or template function, the places of its
// keys among the arguments, from 0. What follows the last of them are the sentence's own arguments.
type Names map[string][]int

// printers put words together while the program runs; such words are no key.
var printers = map[string]bool{"Sprintf": true, "Sprint": true, "printf": true, "print": true}

// Find reads the HTML, text and XML templates and the Go files, tests aside, below the folders of site.
func Find(site fs.FS, names Names, folders ...string) ([]Found, error) {
	var found []Found
	for _, folder := range folders {
		if _, err := fs.Stat(site, folder); err != nil {
			return nil, err
		}
		err := fs.WalkDir(site, folder, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata":
				return fs.SkipDir
			case entry.IsDir():
				return nil
			}
			more, err := inFile(site, name, names)
			found = append(found, more...)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("looking for sentences: %w", err)
		}
	}
	return found, nil
}

func inFile(site fs.FS, name string, names Names) ([]Found, error) {
	kind := path.Ext(name)
	isGo := kind == ".go" && !strings.HasSuffix(name, "_test.go")
	isTemplate := kind == ".html" || kind == ".txt" || kind == ".xml"
	if !isGo && !isTemplate {
		return nil, nil
	}
	data, err := fs.ReadFile(site, name)
	if err != nil {
		return nil, err
	}
	if isGo {
		return inGo(site, name, string(data), names)
	}
	return inTemplate(name, string(data), names)
}

func where(name string, line int) string { return fmt.Sprintf("%s:%d", name, line) }
