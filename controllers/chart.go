package controllers

import (
	"math"
	"strconv"
	"time"

	"postroom/models"
	"postroom/templates"
)

// chart is what happened day by day, as two strips over one time axis. It is drawn in units of its own: a day is 1 wide,
// and the height from nothing to the top of the scale is 100, downwards, as SVG counts.
type chart struct {
	SignUps, Posts strip
	Months         []monthLabel
	Days           []chartDay // newest first
	Width          int
	Grid           string // the path behind the lines
	Base           string // the path of zero
	Zone           string
}

// chartDay is a line of the table of the figures, in words.
type chartDay struct{ Date, SignUps, Posts string }

// strip is the drawing of one series.
type strip struct {
	Total, Most, Today int64
	MostOn             time.Time // the first day that had the most
	Top, Half          int64     // the values at the scale
	Area, Line         string    // paths of the days that are over
	Now                string    // the path of today, which is not over
}

// monthLabel is where a month begins, in hundredths of the width.
type monthLabel struct {
	At    string
	Begin time.Time
}

func newChart(days []models.Day, when templates.When) chart {
	width := len(days)
	right := strconv.Itoa(width)
	c := chart{Days: make([]chartDay, width), Width: width, Zone: when.Zone.String(), Base: "M0 100H" + right}
	grid := []byte("M0 0H" + right + "M0 50H" + right)
	signUps, posts := make([]int64, width), make([]int64, width)
	for i, day := range days {
		signUps[i], posts[i] = day.SignUps, day.Posts
		c.Days[width-1-i] = chartDay{when.Day(day.Date), when.T("%d", day.SignUps), when.T("%d", day.Posts)}
		if day.Date.Day() != 1 {
			continue
		}
		grid = append(grid, 'M')
		grid = strconv.AppendInt(grid, int64(i), 10)
		grid = append(grid, " 0V100"...)
		c.Months = append(c.Months, monthLabel{strconv.FormatFloat(100*float64(i)/float64(width), 'f', 1, 64) + "%", day.Date})
	}
	c.Grid = string(grid)
	c.SignUps, c.Posts = newStrip(signUps, days), newStrip(posts, days)
	return c
}

func newStrip(values []int64, days []models.Day) strip {
	s := strip{}
	for i, n := range values {
		s.Total += n
		if n > s.Most {
			s.Most, s.MostOn = n, days[i].Date
		}
	}
	s.Top = scaleTop(s.Most)
	s.Half = s.Top / 2
	last := len(values) - 1
	if last < 0 {
		return s
	}
	s.Today = values[last]
	height := func(n int64) float64 { return 100 - 100*float64(max(n, 0))/float64(s.Top) }
	line := make([]byte, 0, 12*len(values))
	number := func(letter byte, x float64) {
		line = append(line, letter)
		line = strconv.AppendFloat(line, math.Round(10*x)/10, 'f', -1, 64)
	}
	before := 100.0 // the height of the day before
	for i, n := range values[:last] {
		y := height(n)
		if i == 0 {
			number('M', 0)
			number(' ', y)
		} else if y != before { // equal days are one piece of line
			number('H', float64(i))
			number('V', y)
		}
		before = y
	}
	if last > 0 {
		number('H', float64(last))
	}
	s.Line = string(line)
	if s.Line != "" {
		s.Area = s.Line + "V100H0Z"
	}
	line = line[:0]
	number('M', float64(last))
	number(' ', before)
	number('V', height(s.Today))
	number('H', float64(last+1))
	s.Now = string(line)
	return s
}

// scaleTop is the smallest round number, with a whole half, that is not below most.
func scaleTop(most int64) int64 {
	for base := int64(1); base < math.MaxInt64/100; base *= 10 {
		for _, times := range [...]int64{2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 30} {
			if times*base >= most {
				return times * base
			}
		}
	}
	return most + most%2
}
