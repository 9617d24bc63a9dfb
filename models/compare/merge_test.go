package compare

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var marks = Marks{"<<<<<<< mine", "=======", ">>>>>>> theirs"}

func TestWhatOnlyOneChangedIsMergedByItself(t *testing.T) {
	for _, c := range []struct{ base, mine, theirs, want string }{
		{"a\n\nb\n\nc", "A\n\nb\n\nc", "a\n\nb\n\nC", "A\n\nb\n\nC"},
		{"the quick brown fox jumps", "the slow brown fox jumps", "the quick brown fox sleeps", "the slow brown fox sleeps"},
		{"one\ntwo\nthree", "one\ntwo\nthree\nfour", "zero\none\ntwo\nthree", "zero\none\ntwo\nthree\nfour"},
		{"one\ntwo\nthree\n", "one\nthree\n", "one\ntwo\nthree\nfour\n", "one\nthree\nfour\n"},
		{"same", "both did this", "both did this", "both did this"},
		{"猫が好き。毎日歩く。", "犬が好き。毎日歩く。", "猫が好き。毎日走る。", "犬が好き。毎日走る。"},
	} {
		if got := Merge(c.base, c.mine, c.theirs, marks); got.Text != c.want || got.Clash != 0 {
			t.Errorf("%q and %q of %q are %q with %d clashes, not %q", c.mine, c.theirs, c.base, got.Text, got.Clash, c.want)
		}
	}
}

func TestWhatBothChangedStandsBetweenMarks(t *testing.T) {
	for _, c := range []struct{ base, mine, theirs string }{
		{"Bread is good.", "Rye is good.", "Cake is good."},
		{"", "Mine.", "Theirs."},
		{"one", "one\nmine", "one\ntheirs"},
		{"It goes.", "It stays here.", ""},
		{"a fox", "a quick fox", "a slow fox"},
		{"red green", "blue green", "red yellow"},
	} {
		got := Merge(c.base, c.mine, c.theirs, marks)
		if got.Clash != 1 || !strings.Contains(got.Text, marks.Mine+"\n"+c.mine) && c.base != "one" || !strings.Contains(got.Text, marks.Between+"\n"+c.theirs) && c.base != "one" {
			t.Errorf("%q and %q of %q are %q with %d clashes", c.mine, c.theirs, c.base, got.Text, got.Clash)
		}
	}
}

// written is a text, and what somebody made of it with new words of their own.
func written(r *rand.Rand, base []string, who string) (text []string, own map[string]bool, gone map[string]bool) {
	own, gone = map[string]bool{}, map[string]bool{}
	fresh := func() string {
		word := fmt.Sprintf("%s%d", who, len(own))
		own[word] = true
		return word + [...]string{" ", "\n", ", ", ".\n\n", " "}[r.IntN(5)]
	}
	chance := 1 + r.IntN(30)
	for _, word := range base {
		switch {
		case r.IntN(100) >= chance:
			text = append(text, word)
		case r.IntN(3) == 0:
			gone[strings.TrimRight(word, " ,.\n")] = true
		case r.IntN(2) == 0:
			gone[strings.TrimRight(word, " ,.\n")] = true
			text = append(text, fresh())
		default:
			text = append(text, word, fresh())
		}
	}
	if r.IntN(4) == 0 {
		text = append(text, fresh())
	}
	return text, own, gone
}

func TestNoWordOfEitherIsLostInAMerge(t *testing.T) {
	clean := 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 5))
		var base []string
		for i := range r.IntN(60) {
			base = append(base, fmt.Sprintf("b%d", i)+[...]string{" ", "\n", ", ", ".\n\n", " ", " "}[r.IntN(6)])
		}
		mine, myWords, iDropped := written(r, base, "m")
		theirs, theirWords, theyDropped := written(r, base, "t")
		got := Merge(strings.Join(base, ""), strings.Join(mine, ""), strings.Join(theirs, ""), marks)
		if got.Clash == 0 {
			clean++
		}
		there := map[string]bool{}
		for _, word := range words(got.Text) {
			there[word] = true
		}
		lost := func(list map[string]bool) (lost []string) {
			for word := range list {
				if !there[word] {
					lost = append(lost, word)
				}
			}
			return lost
		}
		kept := map[string]bool{}
		for _, word := range base {
			if word = strings.TrimRight(word, " ,.\n"); !iDropped[word] && !theyDropped[word] {
				kept[word] = true
			}
		}
		for _, list := range []map[string]bool{myWords, theirWords, kept} {
			if lost := lost(list); lost != nil {
				t.Fatalf("seed %d loses %v\nbase %q\nmine %q\ntheirs %q\nmerged %q", seed, lost, base, mine, theirs, got.Text)
			}
		}
		for _, text := range [][]string{mine, theirs} {
			text := strings.Join(text, "")
			if one := Merge(strings.Join(base, ""), text, strings.Join(base, ""), marks); one.Text != text || one.Clash != 0 {
				t.Fatalf("seed %d: what one changed alone is %q, not %q", seed, one.Text, text)
			}
		}
	}
	t.Logf("%d of 4000 merged by themselves", clean)
}

func TestAComparisonHoldsBothTexts(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 7))
		var base []string
		for i := range r.IntN(80) {
			base = append(base, fmt.Sprintf("b%d", i%7)+[...]string{" ", "\n", ", ", ".\n\n"}[r.IntN(4)])
		}
		now, _, _ := written(r, base, "m")
		old, new := strings.Join(base, ""), strings.Join(now, "")
		var was, is strings.Builder
		for _, piece := range Words(old, new) {
			if !piece.New {
				was.WriteString(piece.Text)
			}
			if !piece.Old {
				is.WriteString(piece.Text)
			}
		}
		if was.String() != old || is.String() != new {
			t.Fatalf("seed %d: %q and %q read %q and %q", seed, old, new, was.String(), is.String())
		}
	}
}

func TestTheLongestTextsAreComparedInTime(t *testing.T) {
	const size = 400 << 10
	r := rand.New(rand.NewPCG(1, 1))
	random := func(words int, ends string) string {
		var b strings.Builder
		for b.Len() < size {
			fmt.Fprintf(&b, "w%d%c", r.IntN(words), ends[r.IntN(len(ends))])
		}
		return b.String()[:size]
	}
	for name, texts := range map[string][3]string{
		"one letter":            {strings.Repeat("a", size), strings.Repeat("b", size), strings.Repeat("c", size)},
		"one word":              {strings.Repeat("a ", size/2), strings.Repeat("a ", size/2-999) + "b", "b " + strings.Repeat("a ", size/2-5000)},
		"empty lines":           {strings.Repeat("\n", size), strings.Repeat("\n", size-7777), strings.Repeat("\n", size/2) + "x"},
		"two words":             {random(2, " "), random(2, " "), random(2, " ")},
		"many words":            {random(5000, " "), random(5000, " "), random(5000, " ")},
		"many lines":            {random(5000, " \n"), random(5000, " \n"), random(5000, " \n")},
		"two words a line":      {random(2, "\n"), random(2, "\n"), random(2, "\n")},
		"each word once":        {random(1<<40, " "), random(1<<40, " "), random(1<<40, "\n")},
		"signs":                 {strings.Repeat("*_", size/2), strings.Repeat("_*", size/2), strings.Repeat("*", size)},
		"the same, turned":      {random(3, " \n"), random(3, "\n "), random(4, " \n")},
		"characters of Chinese": {strings.Repeat("的一是不", size/12), strings.Repeat("一的不是", size/12), strings.Repeat("是不的一", size/12)},
	} {
		start := time.Now()
		Texts(texts[0], texts[1])
		compared := time.Since(start)
		start = time.Now()
		Merge(texts[0], texts[1], texts[2], marks)
		merged := time.Since(start)
		t.Logf("%s: compared in %v, merged in %v", name, compared, merged)
		if compared > 3*time.Second || merged > 6*time.Second {
			t.Errorf("%s: compared in %v, merged in %v", name, compared, merged)
		}
	}
}
