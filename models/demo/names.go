package demo

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed names.txt
var namesFile string

//go:embed words.txt
var wordsFile string

// name is a name as its bearer writes it, and in Latin letters.
type name struct{ native, latin string }

// nation is where names go together.
type nation struct {
	language    string
	ahead       int64 // seconds ahead of UTC
	zone        string
	familyFirst bool
	cities      []string
	given       [2][]name // women's and men's
	family      [2][]name
}

var nations = func() (all struct {
	weighted
	list []nation
}) {
	for number, line := range strings.Split(strings.TrimSpace(namesFile), "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		switch kind {
		case "#":
		case "f":
			all.list[len(all.list)-1].given[0] = readNames(rest, 0)
		case "m":
			all.list[len(all.list)-1].given[1] = readNames(rest, 0)
		case "family":
			for sex := range 2 {
				all.list[len(all.list)-1].family[sex] = readNames(rest, 1-sex)
			}
		default:
			head, cities, _ := strings.Cut(rest, ": ")
			fields := strings.Fields(head)
			weight, err := strconv.ParseFloat(fields[0], 64)
			ahead, err2 := strconv.ParseFloat(fields[1], 64)
			if err != nil || err2 != nil {
				panic(fmt.Sprintf("names.txt:%d: %s", number+1, line))
			}
			all.add(weight)
			all.list = append(all.list, nation{language: kind, ahead: int64(ahead * 3600), zone: fields[2],
				familyFirst: len(fields) > 3, cities: strings.Split(cities, ", ")})
		}
	}
	return all
}()

// readNames reads native=latin; of a name with two forms it takes the one of that number.
func readNames(line string, form int) (names []name) {
	for _, word := range strings.Fields(line) {
		native, latin, given := strings.Cut(word, "=")
		native = ofForm(native, form)
		if latin = ofForm(latin, form); !given {
			latin = ascii(native)
		}
		names = append(names, name{native, latin})
	}
	return names
}

func ofForm(word string, form int) string {
	if forms := strings.Split(word, "/"); len(forms) > 1 {
		return forms[form]
	}
	return word
}

var foreign = strings.NewReplacer("ł", "l", "Ł", "L", "ø", "o", "Ø", "O", "đ", "d", "Đ", "D", "ß", "ss", "æ", "ae", "Æ", "Ae", "ı", "i")

// ascii writes a Latin name without its accents.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(foreign.Replace(s)))
}

// words are the lists of words.txt.
var words = func() map[string][]string {
	lists := map[string][]string{}
	for line := range strings.Lines(wordsFile) {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		separator := " "
		if strings.Contains(rest, ", ") {
			separator = ", "
		}
		lists[kind] = strings.Split(rest, separator)
	}
	return lists
}()
