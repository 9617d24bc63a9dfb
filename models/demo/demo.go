// Package demo invents a population: people with names, habits and posts, the same ones for the same seed. It knows nothing
// of the database; package models loads what is invented here.
package demo

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// years is how far back the population reaches.
const years = 3

// Population is people and posts that are invented on demand, each by number, so that a million of them need no memory.
type Population struct {
	Start, End time.Time // every date lies in between; End is the midnight, UTC, at which today began
	seed       int64
	texts      *texts
	authors    []author
	written    []uint64 // one for each post in order of time: seconds since Start, then the author's number
}

// author is what has to be known of a person before the posts can be dealt out.
type author struct {
	joined int32 // seconds since Start
	nation uint8
	themes [3]uint8 // what they write about, the favourite first
	native uint8    // the theme in their own language; 0: none
	last   int32    // seconds until the last post; 0: none
}

// New invents a population. Whoever calls with the same seed, numbers and day gets the same one.
func New(seed int64, users, posts int, today time.Time) (*Population, error) {
	texts, err := loadTexts()
	if err != nil {
		return nil, err
	}
	end := today.UTC().Truncate(24 * time.Hour)
	p := &Population{Start: end.AddDate(-years, 0, 0), End: end, seed: seed, texts: texts, authors: make([]author, users)}
	d := newDice()
	joined := p.joiningTimes(d)
	for i := range p.authors {
		d.roll(seed, rollAuthor, i)
		a := &p.authors[i]
		a.joined = joined[i]
		a.nation = uint8(nations.pick(d))
		for j := range a.themes {
			for again := true; again; again = slices.Contains(a.themes[:j], a.themes[j]) {
				a.themes[j] = uint8(texts.common.pick(d))
			}
		}
		a.native = uint8(texts.native[nations.list[a.nation].language])
	}
	if users > 0 {
		p.write(d, posts)
	}
	for _, w := range p.written { // in order of time
		p.authors[w&0xffffffff].last = int32(w >> 32)
	}
	return p, nil
}

// Users is how many people there are.
func (p *Population) Users() int { return len(p.authors) }

// Posts is how many posts there are.
func (p *Population) Posts() int { return len(p.written) }

// Batches deals all posts out into lists of about that many, each in order of dates, so that all posts of an author are in
// one and the same.
func (p *Population) Batches(size int) [][]int32 {
	of := make([]int32, len(p.authors)) // how many posts each author has, then the author's batch
	for _, w := range p.written {
		of[w&0xffffffff]++
	}
	var ends []int // where each batch ends
	var all, begin int
	for i, n := range of {
		all += int(n)
		of[i] = int32(len(ends))
		if all-begin >= size {
			ends, begin = append(ends, all), all
		}
	}
	if all > begin {
		ends = append(ends, all)
	}
	batches, order := make([][]int32, len(ends)), make([]int32, all)
	begin = 0
	for i, end := range ends {
		batches[i], begin = order[begin:begin:end], end
	}
	for number, w := range p.written {
		batch := &batches[of[w&0xffffffff]]
		*batch = append(*batch, int32(number))
	}
	return batches
}

// Dice streams: each kind of decision has its own, so that none disturbs another.
const (
	rollDays = iota
	rollAuthor
	rollShare
	rollTimes
	rollPerson
	rollHandle
	rollPost
	rollState
	rollCredits
	rollComments
)

// dice is a source of chance that can be put back to the beginning of any of its streams.
type dice struct {
	pcg *rand.PCG
	*rand.Rand
}

func newDice() *dice {
	pcg := rand.NewPCG(0, 0)
	return &dice{pcg, rand.New(pcg)}
}

func (d *dice) roll(seed int64, kind, i int) {
	d.pcg.Seed(mix(uint64(seed)+uint64(kind)*0x9e3779b97f4a7c15), mix(uint64(i)+1))
}

// mix is the finalizer of SplitMix64: neighbouring numbers come out far apart.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// chance is true in so many of a hundred cases.
func (d *dice) chance(percent float64) bool { return d.Float64()*100 < percent }

func pick[T any](d *dice, from []T) T { return from[d.IntN(len(from))] }

// weighted picks numbers, some more often than others.
type weighted struct{ sums []float64 }

func (w *weighted) add(weight float64) {
	if len(w.sums) > 0 {
		weight += w.sums[len(w.sums)-1]
	}
	w.sums = append(w.sums, weight)
}

func (w *weighted) pick(d *dice) int {
	i, _ := slices.BinarySearch(w.sums, d.Float64()*w.sums[len(w.sums)-1])
	return min(i, len(w.sums)-1)
}

const day = 24 * 60 * 60

// weekdays is how much happens on each, Sunday first.
var weekdays = [7]float64{1.05, 1.1, 1.05, 1, 0.95, 0.75, 0.8}

// hours is how much happens in each hour of the local day.
var hours = func() (w weighted) {
	for _, weight := range []float64{1.5, 0.7, 0.4, 0.2, 0.2, 0.6, 2, 4, 5, 5, 5, 5, 5.5, 5, 4.5, 4.5, 5, 5.5, 6, 7, 8, 8, 6, 3} {
		w.add(weight)
	}
	return w
}()

// joiningTimes says when the people signed up, the first one first: more of them each month, fewer on Fridays and Saturdays,
// and on a few days, when somebody had written about the site, many.
func (p *Population) joiningTimes(d *dice) []int32 {
	d.roll(p.seed, rollDays, 0)
	var days weighted
	n := int(p.End.Sub(p.Start).Hours() / 24)
	for i := range n {
		weight := (0.3 + float64(i)/float64(n)) * weekdays[p.Start.AddDate(0, 0, i).Weekday()] * (0.7 + 0.6*d.Float64())
		if d.chance(1) {
			weight *= 2 + 2*d.Float64()
		}
		days.add(weight)
	}
	times := make([]int32, len(p.authors))
	for i := range times {
		times[i] = int32(days.pick(d)*day + hours.pick(d)*3600 + d.IntN(3600))
	}
	slices.Sort(times)
	return times
}

// write deals out the posts: three in ten people never write, most write little, a few write a great deal, and some stop.
func (p *Population) write(d *dice, posts int) {
	length := float64(p.End.Sub(p.Start) / time.Second)
	shares := make([]float64, len(p.authors))
	var all, writers float64
	for i, a := range p.authors {
		d.roll(p.seed, rollShare, i)
		if d.chance(30) {
			continue
		}
		// Pareto's law with exponent 1, cut off where one person would write some eighty times as much as the average one.
		share := 1/(1-d.Float64()*(1-1.0/350)) - 0.9
		shares[i] = share * (0.1 + 0.9*(length-float64(a.joined))/length)
		all += shares[i]
		writers++
	}
	if writers == 0 {
		shares[0], all, writers = 1, 1, 1
	}
	// One post for each who writes, as far as there are enough, and the rest by shares.
	each := min(1, float64(posts)/writers)
	rest := float64(posts) - each*writers
	p.written = make([]uint64, 0, posts)
	var due float64
	for i, share := range shares {
		if share == 0 {
			continue
		}
		due += each + rest*share/all
		d.roll(p.seed, rollTimes, i)
		until := p.lastDay(d, i)
		for len(p.written) < min(posts, int(due+1e-6)) {
			p.written = append(p.written, uint64(p.writingTime(d, i, until))<<32|uint64(i))
		}
	}
	for last := len(p.authors) - 1; len(p.written) < posts; last = (last + len(p.authors) - 1) % len(p.authors) {
		if shares[last] > 0 { // what rounding left over
			p.written = append(p.written, uint64(p.writingTime(d, last, int32(length)))<<32|uint64(last))
		}
	}
	slices.Sort(p.written)
}

// lastDay is the second at which the author writes no more; half of them go on to this day.
func (p *Population) lastDay(d *dice, i int) int32 {
	end := int32(p.End.Sub(p.Start) / time.Second)
	if d.chance(50) {
		return end
	}
	joined := p.authors[i].joined
	return joined + int32(float64(end-joined)*math.Pow(d.Float64(), 0.7))
}

// writingTime is a second between the author's sign-up and until, on a likely day and at a likely hour where they live.
func (p *Population) writingTime(d *dice, i int, until int32) uint32 {
	a := p.authors[i]
	span := int64(max(1, until-a.joined))
	var at int64
	for range 4 {
		at = (int64(a.joined) + d.Int64N(span)) / day
		if d.Float64()*1.1 < weekdays[(int64(p.Start.Weekday())+at)%7] {
			break
		}
	}
	local := int64(hours.pick(d)*3600 + d.IntN(3600))
	at = at*day + ((local-nations.list[a.nation].ahead)%day+day)%day
	end := int64(p.End.Sub(p.Start)/time.Second) - 1
	if at <= int64(a.joined) {
		at = int64(a.joined) + 120 + d.Int64N(4*3600)
	}
	return uint32(min(at, end))
}
