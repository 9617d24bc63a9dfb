package commands

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// gather takes what is ours from the environment and from the file, where the environment has not got it.
func gather(environ []string, dotenv string) (map[string]string, error) {
	known := knownNames()
	values, err := readDotenv(dotenv)
	if err != nil {
		return nil, err
	}
	var bad badSettings
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if foreign(name) {
			delete(values, name)
		} else if !known[name] {
			bad = append(bad, fmt.Sprintf("%s in %s is no setting%s", name, dotenv, didYouMean(name, known, len(name)/3)))
		}
	}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if known[name] {
			values[name] = value
			continue
		}
		// An environment is full of names that are not for us. One that is a slip of the finger away from ours is.
		if strings.Contains(name, "_") && len(name) >= 6 {
			if guess := didYouMean(name, known, 1); guess != "" {
				bad = append(bad, name+" is no setting"+guess)
			}
		}
	}
	if bad != nil {
		return nil, bad
	}
	maps.DeleteFunc(values, func(_, value string) bool { return value == "" })
	return values, nil
}

func knownNames() map[string]bool {
	known := map[string]bool{}
	for _, name := range names("env") {
		known[name] = true
	}
	for _, name := range names("secret") {
		known[name+"_FILE"] = true
	}
	return known
}

// foreign reports whether a line of .env is for Compose or for the image of PostgreSQL, which read the same file.
func foreign(name string) bool {
	if name == "POSTGRES_BIN" || name == "POSTGRES_MIRROR" {
		return false
	}
	return strings.HasPrefix(name, "COMPOSE_") || strings.HasPrefix(name, "DOCKER_") || strings.HasPrefix(name, "POSTGRES_")
}

// readDotenv reads NAME=value lines. A file that is not there is an empty one.
func readDotenv(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	values, err := godotenv.UnmarshalBytes(content)
	if err == nil {
		return values, nil
	}
	// The parser's own error repeats the rest of the file, secrets and all.
	for i, line := range bytes.Split(content, []byte("\n")) {
		line = bytes.TrimSpace(line)
		told := len(line) > 0 && line[0] != '#'
		if _, err := godotenv.UnmarshalBytes(line); told && (err != nil || !bytes.Contains(line, []byte("="))) {
			return nil, fmt.Errorf("%s, line %d: it should be NAME=value", path, i+1)
		}
	}
	return nil, fmt.Errorf("%s cannot be read: it should have lines of NAME=value", path)
}

// didYouMean names the setting that is nearest, if it is within so many slips.
func didYouMean(name string, known map[string]bool, most int) string {
	best, distance := "", most+1
	for _, candidate := range slices.Sorted(maps.Keys(known)) {
		if d := slips(strings.ToUpper(name), candidate); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// slips counts the letters to change, add, drop or swap with their neighbour between two words.
func slips(a, b string) int {
	before, above := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := above[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above = above, row
	}
	return above[len(b)]
}
