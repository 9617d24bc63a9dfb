package compare

import (
	"slices"
	"strings"
)

// Marks are the lines that stand around two versions of the same lines, of which a person has to choose.
type Marks struct{ Mine, Between, Theirs string }

// Merged is two texts in one.
type Merged struct {
	Text  string
	Clash int // how many places have both versions, between marks
}

// Merge makes one text of two that were both made from base. What only one of them changed is as that one has it; where both
// changed the same words, both versions stand between marks. So no word that either wrote is lost.
func Merge(base, mine, theirs string, marks Marks) (m Merged) {
	switch {
	case mine == theirs || theirs == base:
		return Merged{Text: mine}
	case mine == base:
		return Merged{Text: theirs}
	}
	b, x, y := lines(base), lines(mine), lines(theirs)
	var text strings.Builder
	at := 0
	for _, r := range regions(b, changes(b, x), changes(b, y), false) {
		text.WriteString(strings.Join(b[at:r.from], ""))
		at = r.to
		was, my, their := strings.Join(b[r.from:r.to], ""), strings.Join(x[r.mine[0]:r.mine[1]], ""), strings.Join(y[r.theirs[0]:r.theirs[1]], "")
		if merged, ok := r.pick(was, my, their); ok {
			text.WriteString(merged)
			continue
		}
		if merged, ok := mergeWords(was, my, their); ok {
			text.WriteString(merged)
			continue
		}
		m.Clash++
		text.WriteString(marks.Mine + "\n" + my + marks.Between + "\n" + their + marks.Theirs + "\n")
	}
	text.WriteString(strings.Join(b[at:], ""))
	m.Text = text.String()
	if !strings.HasSuffix(mine, "\n") && !strings.HasSuffix(theirs, "\n") {
		m.Text = strings.TrimSuffix(m.Text, "\n")
	}
	return m
}

// mergeWords merges lines that both changed, word by word; it fails where both changed the same words, or ones side by side.
func mergeWords(base, mine, theirs string) (string, bool) {
	b, x, y := words(base), words(mine), words(theirs)
	var text strings.Builder
	at := 0
	for _, r := range regions(b, changes(b, x), changes(b, y), true) {
		text.WriteString(strings.Join(b[at:r.from], ""))
		at = r.to
		merged, ok := r.pick(strings.Join(b[r.from:r.to], ""), strings.Join(x[r.mine[0]:r.mine[1]], ""), strings.Join(y[r.theirs[0]:r.theirs[1]], ""))
		if !ok {
			return "", false
		}
		text.WriteString(merged)
	}
	text.WriteString(strings.Join(b[at:], ""))
	return text.String(), true
}

// region is base[from:to], which at least one of the two changed, and what stands in its place in either.
type region struct {
	from, to     int
	mine, theirs [2]int
}

// pick takes the version of the one who changed the region, or of both where they are the same.
func (r *region) pick(base, mine, theirs string) (string, bool) {
	switch {
	case mine == theirs || theirs == base:
		return mine, true
	case mine == base:
		return theirs, true
	}
	return "", false
}

// regions lays two lists of changes of the same base over each other. Changes of both that overlap or touch are one region; with
// apart, also those with no whole word between them.
func regions(base []string, mine, theirs []change, apart bool) (list []region) {
	type step struct {
		change
		theirs bool
	}
	var steps []step
	for _, c := range mine {
		steps = append(steps, step{c, false})
	}
	for _, c := range theirs {
		steps = append(steps, step{c, true})
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.from - b.from })
	var drift [2]int // how far mine and theirs have moved against base behind the last change of each
	ends := func(r *region) {
		r.mine[1], r.theirs[1] = r.to+drift[0], r.to+drift[1]
	}
	last, sides := -1, [2]bool{}
	for _, s := range steps {
		side := 0
		if s.theirs {
			side = 1
		}
		joins := false
		if last >= 0 {
			r := &list[last]
			joins = s.from <= r.to || apart && sides[1-side] && !slices.ContainsFunc(base[r.to:s.from], isWord)
		}
		if !joins {
			list = append(list, region{from: s.from, to: s.to, mine: [2]int{s.from + drift[0]}, theirs: [2]int{s.from + drift[1]}})
			last++
			sides = [2]bool{}
		}
		sides[side] = true
		r := &list[last]
		r.to = max(r.to, s.to)
		drift[side] = s.end - s.to
		ends(r)
	}
	return list
}
