// Package compare finds what differs between two texts, and merges two texts that were made from a third. Its cost is bounded
// whatever the texts: it grows with their length, never with its square.
package compare

import (
	"slices"
	"sort"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// change says that old[from:to] became new[at:end]. All else is the same.
type change struct{ from, to, at, end int }

// changes are the differences of two lists, in order, with at least one item that is the same between any two.
func changes(old, new []string) (list []change) {
	from, at := 0, 0
	within := func(to, end int) {
		for _, d := range lcs.DiffLines(old[from:to], new[at:end]) {
			list = add(list, change{from + d.Start, from + d.End, at + d.ReplStart, at + d.ReplEnd})
		}
	}
	for _, anchor := range anchors(old, new) {
		within(anchor[0], anchor[1])
		from, at = anchor[0]+1, anchor[1]+1
	}
	within(len(old), len(new))
	return list
}

// add appends a change, joined to the last one where nothing stands between the two.
func add(list []change, c change) []change {
	if n := len(list) - 1; n >= 0 && list[n].to == c.from && list[n].end == c.at {
		list[n].to, list[n].end = c.to, c.end
		return list
	}
	return append(list, c)
}

// anchors are places of items that each list has once, in an order that both share: the longest such row (Bram Cohen's
// patience diff). They keep the search between them short, and what is marked close to what a person would mark.
func anchors(old, new []string) (row [][2]int) {
	type count struct{ old, new, where int }
	counts := make(map[string]*count, len(old))
	for i, item := range old {
		c := counts[item]
		if c == nil {
			c = &count{}
			counts[item] = c
		}
		c.old, c.where = c.old+1, i
	}
	for _, item := range new {
		if c := counts[item]; c != nil {
			c.new++
		}
	}
	// The longest row that increases in both: piles, each item pointing back to the top of the pile before.
	type card struct{ old, new, before int }
	var cards []card
	var piles []int // the card on top of each
	for at, item := range new {
		c := counts[item]
		if c == nil || c.old != 1 || c.new != 1 {
			continue
		}
		pile := sort.Search(len(piles), func(i int) bool { return cards[piles[i]].old > c.where })
		before := -1
		if pile > 0 {
			before = piles[pile-1]
		}
		cards = append(cards, card{c.where, at, before})
		if pile == len(piles) {
			piles = append(piles, 0)
		}
		piles[pile] = len(cards) - 1
	}
	if len(piles) == 0 {
		return nil
	}
	for i := piles[len(piles)-1]; i >= 0; i = cards[i].before {
		row = append(row, [2]int{cards[i].old, cards[i].new})
	}
	slices.Reverse(row)
	return row
}
