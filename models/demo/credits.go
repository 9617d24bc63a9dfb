package demo

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// House stands for the account that credits come from and go back to, where a person's number is expected.
const House = -1

// Move is credits that move from one account to another.
type Move struct {
	Kind     string // grant, thanks, order, refund or reversal
	From, To int    // numbers of people, or House
	Amount   int64  // in hundredths
	Note     string
	Post     int // the number of the post that is thanked for; -1: none
	Reverses int // the number of the move that is taken or paid back; -1: none
	At       time.Time
}

// Order is what a person ordered.
type Order struct {
	Person, Perk, Quantity int
	Note                   string
	Payment, Refund        int // numbers of moves; a Refund of -1: none
	At                     time.Time
	Fulfilled              time.Time // zero: not so far
}

// Perk is something to order.
type Perk struct {
	Name, Description, Category string
	Tags                        []string
	Prices                      []int64 // of one piece, in hundredths, by how many are ordered
	Rating                      string
	Stock                       int // 0: without end
}

// Perks are what every demo has to offer.
func Perks() []Perk {
	return []Perk{
		{"Print copy", "Any post of yours, on laid paper, folded and sent by post.", "Print", []string{"paper", "post"}, []int64{500, 450, 400}, "4.6", 480},
		{"Featured slot", "Your post at the head of the front page for a day.", "Place", []string{"front page"}, []int64{2500}, "4.1", 60},
		{"Bound year", "All that you wrote in a year, sewn and bound in linen.", "Print", []string{"paper", "book"}, []int64{6000, 5500}, "4.9", 90},
		{"Letterpress bookmark", "Your name in six-point Caslon.", "Print", []string{"paper"}, []int64{150, 120, 100}, "4.4", 900},
		{"Proofreading", "Somebody patient reads your next post before it appears.", "Help", []string{"help", "words"}, []int64{1200}, "4.7", 0},
		{"Enamel pin", "Six pigeonholes, one of them open.", "Things", []string{"metal"}, []int64{350, 300}, "4.3", 240},
	}
}

// People who take part in the exchange are few: a site of any size can be looked at, and none waits for them.
const (
	spenders     = 400
	mostThanks   = 1200
	mostOrders   = 260
	houseGiven   = "Welcome"
	reversedNote = "Given twice"
)

var (
	givenFor    = []string{"For the spring issue", "Competition, second prize", "For reading forty reports", "Bug found, thank you", "Anniversary", "For translating the help"}
	thankedWith = []string{"", "", "", "For the recipe", "This kept me up, in a good way", "The best on the subject", "From another cyclist", "Made my week", "For the drawings", "Merci", "Danke!", "Спасибо", "ありがとう",
		"I tried it and it works", "For your patience in the answers", "More of this"}
	orderNotes = []string{"", "", "", "Please fold it once", "A present", "No hurry", "To the new address", "Signed, if that can be"}
)

// attempt is what somebody would like to do, if the balance allows it when the time comes.
type attempt struct {
	move    Move
	order   *Order
	refunds *attempt // the order that is cancelled
	done    int      // the number of the move; -1: it was not done
}

// Credits invents who was given credits, who thanked whom for what, and who ordered: in order of time, and never more than there is.
func (p *Population) Credits() (moves []Move, orders []Order) {
	d := newDice()
	d.roll(p.seed, rollCredits, 0)
	people := p.spenders(d)
	if len(people) < 2 {
		return nil, nil
	}
	attempts := p.grants(d, people)
	attempts = append(attempts, p.thanks(d, people)...)
	attempts = append(attempts, p.orders(d, people)...)
	for i, a := range attempts { // a few of what is given is taken back
		if a.move.Kind == "grant" && i%97 == 96 {
			attempts = append(attempts, &attempt{refunds: a, done: -1, move: Move{Kind: "reversal", From: a.move.To, To: House, Amount: a.move.Amount, Note: reversedNote, Post: -1, At: a.move.At.Add(3 * time.Minute)}})
		}
	}
	slices.SortStableFunc(attempts, func(a, b *attempt) int { return cmp.Compare(a.move.At.UnixMicro(), b.move.At.UnixMicro()) })
	balances := map[int]int64{}
	for _, a := range attempts {
		m := a.move
		if m.From != House && balances[m.From] < m.Amount || a.refunds != nil && a.refunds.done < 0 || !m.At.Before(p.End) {
			continue
		}
		m.Reverses = -1
		if a.refunds != nil {
			m.Reverses = a.refunds.done
			m.Note = cmp.Or(m.Note, moves[m.Reverses].Note)
		}
		balances[m.From] -= m.Amount
		balances[m.To] += m.Amount
		a.done = len(moves)
		moves = append(moves, m)
		switch {
		case a.order != nil:
			o := *a.order
			o.Payment, o.Refund = a.done, -1
			orders = append(orders, o)
		case m.Kind == "refund":
			i := slices.IndexFunc(orders, func(o Order) bool { return o.Payment == m.Reverses })
			orders[i].Refund = a.done
		}
	}
	for i := range orders {
		if o := &orders[i]; o.Refund >= 0 || !o.Fulfilled.Before(p.End) {
			o.Fulfilled = time.Time{}
		}
	}
	return moves, orders
}

// spenders are active people, spread over all of them.
func (p *Population) spenders(d *dice) (people []int) {
	n := min(spenders, p.Users())
	for i := range n {
		number := i*(p.Users()/n) + d.IntN(p.Users()/n)
		if p.Person(number).Active {
			people = append(people, number)
		}
	}
	return people
}

// later is a moment after another one, more likely soon; it may be after the End.
func later(d *dice, from time.Time, typical time.Duration) time.Time {
	return from.Add(time.Minute + time.Duration(d.ExpFloat64()*float64(typical))).Truncate(time.Second)
}

func (p *Population) joined(number int) time.Time { return p.at(int64(p.authors[number].joined)) }

func (p *Population) grants(d *dice, people []int) (list []*attempt) {
	give := func(to int, amount int64, note string, at time.Time) {
		list = append(list, &attempt{done: -1, move: Move{Kind: "grant", From: House, To: to, Amount: amount, Note: note, Post: -1, At: at}})
	}
	for _, number := range people {
		give(number, pick(d, []int64{2500, 5000, 5000, 10000}), houseGiven, later(d, p.joined(number), time.Hour))
		if d.chance(25) {
			give(number, pick(d, []int64{500, 1000, 2000, 7500}), pick(d, givenFor), later(d, p.joined(number), 200*24*time.Hour))
		}
	}
	return list
}

// thanks go to posts, more of them to the newer ones, some weeks after they appeared.
func (p *Population) thanks(d *dice, people []int) (list []*attempt) {
	var post Post
	w := p.Writer()
	for range min(mostThanks, 3*len(people), 2*p.Posts()) {
		number := p.Posts() - 1 - int(float64(p.Posts())*d.Float64()*d.Float64())
		from := pick(d, people)
		amount := pick(d, []int64{50, 100, 100, 200, 200, 250, 300, 500, 500, 1000, 1250, 2000})
		note, wait := pick(d, thankedWith), d.ExpFloat64()
		w.Post(number, &post)
		at := post.Published
		if joined := p.joined(from); at.Before(joined) {
			at = joined
		}
		if post.Published.IsZero() || post.Unlisted || post.Author == from || !p.Person(post.Author).Active {
			continue
		}
		list = append(list, &attempt{done: -1, move: Move{Kind: "thanks", From: from, To: post.Author, Amount: amount, Note: note, Post: number, At: at.Add(time.Hour + time.Duration(wait*float64(15*24*time.Hour))).Truncate(time.Second)}})
	}
	return list
}

// orders are fulfilled some days later; one in twelve is cancelled before that.
func (p *Population) orders(d *dice, people []int) (list []*attempt) {
	perks := Perks()
	left := make([]int, len(perks))
	for i, perk := range perks {
		left[i] = cmp.Or(perk.Stock, 1<<30)
	}
	for range min(mostOrders, len(people)) {
		from := pick(d, people)
		o := &Order{Person: from, Perk: d.IntN(len(perks)), Quantity: 1, Note: pick(d, orderNotes)}
		prices := perks[o.Perk].Prices
		if len(prices) > 1 && d.chance(40) {
			o.Quantity = 1 + d.IntN(4)
		}
		o.At = later(d, p.joined(from), 150*24*time.Hour)
		if d.chance(15) { // lately: some of these wait still
			if lately := p.End.Add(-time.Duration(d.IntN(9*day)) * time.Second); lately.After(p.joined(from)) {
				o.At = lately
			}
		}
		o.Fulfilled = later(d, o.At, 6*24*time.Hour)
		if left[o.Perk] -= o.Quantity; left[o.Perk] < 0 {
			continue
		}
		amount := prices[min(o.Quantity, len(prices))-1] * int64(o.Quantity)
		placed := &attempt{done: -1, order: o, move: Move{Kind: "order", From: from, To: House, Amount: amount, Note: fmt.Sprintf("%s × %d", perks[o.Perk].Name, o.Quantity), Post: -1, At: o.At}}
		list = append(list, placed)
		if d.chance(8) {
			list = append(list, &attempt{refunds: placed, done: -1, move: Move{Kind: "refund", From: House, To: from, Amount: amount, Post: -1, At: later(d, o.At, 24*time.Hour)}})
		}
	}
	return list
}
