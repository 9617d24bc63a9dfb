package demo

import (
	"math"
	"time"
)

// Suspension is a time in which a person may read and not write.
type Suspension struct {
	Reason      string
	From, Until time.Time // Until may lie after the population's End
}

// reasons are why people are suspended.
var reasons = []string{"The same advertisement in forty comments", "Insults after two warnings", "Somebody else's photographs as one's own", "Links to a shop that does not exist"}

// state says when the person was last seen and whether they were suspended. Who writes was there for the last post, half come
// by every few days, and some who never wrote never signed in either.
func (p *Population) state(d *dice, one *Person, a author) {
	d.roll(p.seed, rollState, one.number)
	length := p.End.Sub(p.Start).Seconds()
	last := math.Max(float64(a.joined), float64(a.last))
	switch {
	case a.last == 0 && d.chance(5):
	case d.chance(45): // a regular
		one.Seen = p.seen(math.Max(last, length-7*day*d.ExpFloat64()))
	default: // who drifted away
		one.Seen = p.seen(last + (length-last)*math.Pow(d.Float64(), 2))
	}
	if one.Active && d.chance(0.3) {
		from := p.at(int64(last + (length-last)*d.Float64())).Truncate(time.Minute)
		one.Suspended = &Suspension{Reason: pick(d, reasons), From: from, Until: from.AddDate(0, 0, 7*(1+d.IntN(26)))}
	}
}

// seen is a moment a little later than a post or a sign-up, and before the End.
func (p *Population) seen(seconds float64) time.Time {
	return p.at(min(int64(seconds)+90, int64(p.End.Sub(p.Start).Seconds())-1))
}
