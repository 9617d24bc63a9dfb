package demo

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// Person is somebody with an account.
type Person struct {
	Name, About            string
	Age                    int // 0: unknown
	Active                 bool
	Language, Zone, Domain string // Language and Zone are empty where nothing was chosen; Domain is that of the e-mail address
	Metadata               []byte // a JSON object
	Joined, Updated        time.Time
	Seen                   time.Time   // zero: never signed in
	Suspended              *Suspension // nil: not so far

	number        int
	seed          int64
	given, family string // in small Latin letters
	born          int
	theme         string
}

// about are the sentences in which people tell of themselves: %[1]s is somebody of a job, %[2]s a city, %[3]s and %[4]s
// are themes.
var about = map[string][]string{
	"en": {
		"I write about %[3]s, mostly, and about %[4]s when it rains.",
		"%[1]s in %[2]s. Here for %[3]s, staying for the conversation.",
		"From %[2]s. Notes on %[3]s and %[4]s, in no particular order.",
		"By day %[1]s, by night somebody who reads about %[3]s.",
		"Moved to %[2]s for the work and stayed for %[3]s.",
		"I started writing when I ran out of people to tell about %[3]s.",
		"%[2]s. Mostly %[3]s, sometimes %[4]s, always short.",
		"Formerly %[1]s. Slowly learning about %[3]s, and writing down what goes wrong.",
		"If you like %[3]s, say hello. If you do not, say hello anyway.",
	},
	"fr": {"J'écris depuis %[2]s, surtout le dimanche.", "%[2]s. Des carnets, des chemins, un peu de cuisine."},
	"de": {"Schreibt aus %[2]s, meistens abends.", "%[2]s. Notizen vom Wegesrand."},
	"ru": {"Пишу из города %[2]s, в основном по вечерам.", "Записываю, чтобы не забыть."},
	"ja": {"%[2]sに住んでいます。散歩と本が好きです。", "日々のことを少しずつ書いています。"},
}

// Person invents the person of that number.
func (p *Population) Person(i int) Person {
	a := p.authors[i]
	d := newDice()
	d.roll(p.seed, rollPerson, i)
	n := &nations.list[a.nation]
	sex := d.IntN(2)
	given, family := pick(d, n.given[sex]), pick(d, n.family[sex])
	one := Person{number: i, seed: p.seed, given: handle(given.latin), family: handle(family.latin),
		Name: p.name(d, n, sex, given, family), Active: !d.chance(2), Domain: pick(d, words["domains"]),
		Joined: p.at(int64(a.joined)), theme: p.texts.themes[a.themes[0]].name}
	age := 16 + int(74.99*math.Pow((d.Float64()+d.Float64())/2, 1.3))
	one.born = one.Joined.Year() - age
	if !d.chance(18) {
		one.Age = age
	}
	if d.chance(35) {
		one.Language = n.language
	}
	if d.chance(40) {
		one.Zone = n.zone
	}
	one.Updated = one.Joined
	if d.chance(40) {
		one.Updated = one.Joined.Add(time.Duration(d.Int64N(int64(p.End.Sub(one.Joined)))) / time.Second * time.Second)
	}
	city, job := pick(d, n.cities), pick(d, words["jobs"])
	someone := "a " + job
	if strings.ContainsRune("aeiou", rune(job[0])) {
		someone = "an " + job
	}
	if d.chance(45) {
		sentences := about[n.language]
		if len(sentences) == 0 || d.chance(30) {
			sentences = about["en"]
		}
		// The empty last verb takes up what a sentence does not use.
		said := fmt.Sprintf(pick(d, sentences)+"%[5]s", someone, city, p.texts.themes[a.themes[0]].said, p.texts.themes[a.themes[1]].said, "")
		one.About = strings.ToUpper(said[:1]) + said[1:]
		if said[0] >= 0x80 {
			one.About = said
		}
	}
	one.Metadata = p.metadata(d, &one, a, city, job)
	p.state(d, &one, a)
	return one
}

// at is the time so many seconds after the start.
func (p *Population) at(seconds int64) time.Time {
	return p.Start.Add(time.Duration(seconds) * time.Second)
}

// name is how the person signs.
func (p *Population) name(d *dice, n *nation, sex int, given, family name) string {
	first, last := given.native, family.native
	own := !isASCII(ascii(first)) // another script than Latin
	if own && d.chance(35) {
		first, last, own = given.latin, family.latin, false
	}
	east := n.familyFirst && (own || n.language == "hu" || n.language == "vi")
	switch {
	case d.chance(3):
		return first
	case east && (n.language == "zh" || n.language == "ko"):
		return last + first
	case east:
		return last + " " + first
	case !own && d.chance(4):
		return first + " " + string(pick(d, n.given[sex]).latin[0]) + ". " + last
	case !own && d.chance(4):
		if other := pick(d, n.family[sex]); other.native != family.native {
			return first + " " + last + "-" + other.native
		}
	}
	return first + " " + last
}

// metadata is what the person says in free fields.
func (p *Population) metadata(d *dice, one *Person, a author, city, job string) []byte {
	var fields struct {
		City       string   `json:"city,omitempty"`
		Profession string   `json:"profession,omitempty"`
		Interests  []string `json:"interests,omitempty"`
		Website    string   `json:"website,omitempty"`
		Newsletter *bool    `json:"newsletter,omitempty"`
		Bicycles   int      `json:"bicycles,omitempty"`
	}
	if d.chance(70) {
		fields.City = city
	}
	if d.chance(45) {
		fields.Profession = job
	}
	if d.chance(50) {
		for _, theme := range a.themes[:1+d.IntN(3)] {
			fields.Interests = append(fields.Interests, p.texts.themes[theme].name)
		}
	}
	if d.chance(12) {
		fields.Website = "https://" + one.given + "-" + one.family + ".example"
	}
	if d.chance(30) {
		yes := d.chance(60)
		fields.Newsletter = &yes
	}
	if d.chance(5) {
		fields.Bicycles = 1 + d.IntN(4)
	}
	encoded, err := json.Marshal(fields)
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return encoded
}

// Username is the try-th user name that the person would like: the first few as people choose them, then with numbers, for
// whoever finds them all taken. It has 3 to 50 ASCII letters, digits, - and _.
func (one *Person) Username(try int) string {
	d := newDice()
	d.roll(one.seed, rollHandle, one.number)
	style := (d.IntN(100) + 37*try) % 100
	said := one.given + "-" + one.family
	switch {
	case style < 16:
		said = one.given
	case style < 38:
	case style < 50:
		said = one.given + one.family
	case style < 60:
		said = one.given + "_" + one.family[:1]
	case style < 68:
		said = one.given[:1] + one.family
	case style < 75:
		said = fmt.Sprintf("%s%02d", one.given, one.born%100)
	case style < 83:
		said = pick(d, words["adjectives"]) + "-" + pick(d, words["nouns"])
	case style < 89:
		said = one.given + "_" + pick(d, words["nouns"])
	case style < 93:
		said = one.theme + "-" + one.given
	case style < 97:
		said = capital(one.given) + capital(one.family)
	default:
		said = one.family + "_" + one.given
	}
	if try > 2 || len(said) < 3 {
		// The further the tries go, the more numbers there are to find a free one among.
		d.roll(one.seed, rollHandle, -(one.number<<8 + try))
		said += fmt.Sprint(2 + d.IntN(50<<min(try, 24)))
	}
	if len(said) > 50 {
		said = said[:50]
	}
	return said
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// handle is a name as part of a user name.
func handle(latin string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(latin))
}

func isASCII(s string) bool {
	for _, r := range s {
		if r > 0x7e {
			return false
		}
	}
	return true
}
