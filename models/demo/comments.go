package demo

import (
	"cmp"
	"slices"
	"time"
)

// Comment is what a person says about a post.
type Comment struct {
	Post, Person int // numbers
	Answers      int // the number of the comment that it answers; -1: none
	Content      string
	Hidden       string // why the post's author hid it; empty: it is shown
	At           time.Time
}

const mostComments = 2000

var (
	remarks = []string{
		"I read this twice. The second time I had a pencil in my hand.", "Thank you, this is just what I was looking for.", "Mine came out *nothing* like this, and I was happy all the same.",
		"We did it the other way round for thirty years. I will try yours on Sunday.", "The part about patience should hang on a wall somewhere.",
		"A small correction: in our town it was always done on a Thursday.", "Has anybody tried this in winter?", "I sent it to my sister, who disagrees with every word and wants to know more.",
		"> Begin with what you have.\n\nI wish somebody had told me that ten years ago.", "Two questions:\n\n- Does it keep until the next day?\n- What does one do with the rest?",
		"Beautifully put.", "It took me an afternoon and most of my good temper, but it worked.", "I was there too. You have left out the rain.", "More of this, please do.",
		"The drawing on the back of an envelope made it clear at once.", "Danke, das hat mir sehr geholfen.", "Спасибо, попробую в выходные.", "Merci, c’est exactement ce qu’il me fallait.", "これを待っていました。",
		"You can leave out the third step. Nobody notices, and **nobody** has ever complained.", "Is there a list of the sources somewhere?",
	}
	answers = []string{
		"Good point. I have added a line about it.", "Thank you. It does keep, if nobody finds it first.", "I had forgotten the rain!", "Let me know how it goes.", "In winter I begin a day earlier.",
		"There is a list, on paper. I will type it up.", "That made my evening.", "I am not sure any more myself. Who else knows?", "Yes, that works too.", "You are right, and I was wrong.",
	}
	hiddenFor = []string{"Advertising", "Off the subject", "Unkind to another reader"}
)

// Comments invents who commented on which post, and who answered: in order of time, an answer after what it answers.
func (p *Population) Comments() []Comment {
	d := newDice()
	d.roll(p.seed, rollComments, 0)
	people := p.spenders(d)
	if len(people) < 2 {
		return nil
	}
	var post Post
	var list []Comment
	w := p.Writer()
	for range min(mostComments/2, p.Posts()) {
		number := p.Posts() - 1 - int(float64(p.Posts())*d.Float64()*d.Float64())
		w.Post(number, &post)
		if post.Published.IsZero() || post.Unlisted || !p.Person(post.Author).Active {
			continue
		}
		at := post.Published
		for range 1 + d.IntN(3) {
			from := pick(d, people)
			at = later(d, latest(at, p.joined(from)), 30*time.Hour)
			if from == post.Author || !at.Before(p.End) {
				continue
			}
			one := Comment{Post: number, Person: from, Answers: -1, Content: pick(d, remarks), At: at}
			if d.chance(1) {
				one.Hidden = pick(d, hiddenFor)
			}
			list = append(list, one)
			if answered := later(d, at, 9*time.Hour); one.Hidden == "" && d.chance(45) && answered.Before(p.End) {
				list = append(list, Comment{Post: number, Person: post.Author, Answers: len(list) - 1, Content: pick(d, answers), At: answered})
			}
		}
	}
	return inTime(list)
}

// inTime puts comments into the order of time, and has answers know their place in it.
func inTime(list []Comment) []Comment {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(list[a].At.Unix(), list[b].At.Unix()) })
	place := make([]int, len(list))
	sorted := make([]Comment, len(list))
	for now, was := range order {
		place[was], sorted[now] = now, list[was]
	}
	for i := range sorted {
		if c := &sorted[i]; c.Answers >= 0 {
			c.Answers = place[c.Answers]
		}
	}
	return sorted
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
