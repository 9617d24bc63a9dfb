package controllers

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/shopspring/decimal"

	"postroom/models"
)

// AdminCirculation is where admins see how credits go round.
type AdminCirculation struct{ *App }

// circulationStrip is a series of the chart.
type circulationStrip struct {
	strip
	ID     string
	Name   models.Sentence
	Title  models.Sentence
	All    decimal.Decimal // of the twelve months
	Peak   decimal.Decimal // of the month that had the most
	PeakOn time.Time
	This   decimal.Decimal // of this month so far
}

// Show shows what was given, received, spent and is held, by month, and who gave and received most.
func (p AdminCirculation) Show(c *gin.Context) error {
	month, err := circulationMonth(c.Query("month"))
	if err != nil {
		return err
	}
	circulation, err := p.Store.Circulation(c.Request.Context(), me(c), month)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(circulation.Zone)
	if err != nil {
		return err
	}
	width := strconv.Itoa(len(circulation.Months))
	chart := H{"Width": len(circulation.Months), "Grid": "M0 0H" + width + "M0 50H" + width, "Base": "M0 100H" + width, "Strips": circulationStrips(circulation), "Labels": circulationLabels(circulation)}
	newest := slices.Clone(circulation.Months)
	slices.Reverse(newest)
	return p.show(c, http.StatusOK, "admin_circulation/show", H{"Title": models.Say("Circulation of credits"), "Place": "admin", "Rail": "grants",
		"C": circulation, "SiteZone": zone, "Chart": chart, "Newest": newest})
}

// circulationMonth reads a month such as 2026-11; nothing is all time.
func circulationMonth(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	month, err := time.Parse("2006-01", text)
	if err != nil {
		return month, models.Invalid{"month": models.Say("A month looks like 2026-11.")}
	}
	return month, nil
}

func circulationStrips(c *models.Circulation) []circulationStrip {
	strips := []circulationStrip{
		{ID: "given", Name: models.Say("Given"), Title: models.Say("Credits given by the house, by month")},
		{ID: "thanks", Name: models.Say("Received"), Title: models.Say("Credits received as thanks, by month")},
		{ID: "spent", Name: models.Say("Spent"), Title: models.Say("Credits spent on orders, by month")},
		{ID: "held", Name: models.Say("Held"), Title: models.Say("Credits held at the end of each month")},
	}
	days := make([]models.Day, len(c.Months))
	for i, month := range c.Months {
		days[i].Date = month.Month
	}
	for i := range strips {
		s := &strips[i]
		whole := make([]int64, len(c.Months))
		for j, month := range c.Months {
			amount := []decimal.Decimal{month.Given(), month.Thanks, month.Spent, month.Held}[i]
			s.All, s.This = s.All.Add(amount), amount
			if amount.GreaterThan(s.Peak) {
				s.Peak, s.PeakOn = amount, month.Month
			}
			whole[j] = amount.Round(0).IntPart()
		}
		s.strip = newStrip(whole, days)
		if s.ID == "held" {
			s.All = c.Held
		}
	}
	return strips
}

// circulationLabels are the names of every third month, the last one among them.
func circulationLabels(c *models.Circulation) (labels []monthLabel) {
	for i := 2; i < len(c.Months); i += 3 {
		labels = append(labels, monthLabel{strconv.FormatFloat(100*float64(i)/float64(len(c.Months)), 'f', 1, 64) + "%", c.Months[i].Month})
	}
	return labels
}
