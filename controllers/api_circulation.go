package controllers

import (
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APICirculation is where programs read how credits go round.
type APICirculation struct{ *App }

// APICirculated is what went round in a time, without what was reversed or paid back.
type APICirculated struct {
	Granted   string `json:"granted"`
	Allowance string `json:"allowance"`
	Received  string `json:"received"`
	Spent     string `json:"spent"`
	Gone      string `json:"gone"`
	Held      string `json:"held"`
}

// APICirculationMonth is a month of the circulation.
type APICirculationMonth struct {
	Month string `json:"month"`
	APICirculated
}

// APICirculator is a user with what they gave or received. Who is gone has no number.
type APICirculator struct {
	UserID   int64  `json:"user_id,omitempty"`
	Username string `json:"username,omitempty"`
	Amount   string `json:"amount"`
}

// APICirculationPage is the circulation of credits.
type APICirculationPage struct {
	At       time.Time `json:"at"`
	TimeZone string    `json:"time_zone"`
	APICirculated
	Months       []APICirculationMonth `json:"months" nullable:"false"`
	TopGivers    []APICirculator       `json:"top_givers" nullable:"false"`
	TopReceivers []APICirculator       `json:"top_receivers" nullable:"false"`
}

type circulationReply struct{ Body APICirculationPage }

// Show reads the circulation; the lists are of a month, or of all time.
func (a APICirculation) Show(c *gin.Context, in *struct {
	Month string `query:"month"`
}) (*circulationReply, error) {
	month, err := circulationMonth(in.Month)
	if err != nil {
		return nil, err
	}
	found, err := a.Store.Circulation(c.Request.Context(), me(c), month)
	if err != nil {
		return nil, err
	}
	page := APICirculationPage{At: found.At.UTC(), TimeZone: found.Zone, APICirculated: apiCirculated(&found.Total, found.Held.StringFixed(2)),
		Months: make([]APICirculationMonth, len(found.Months)), TopGivers: apiCirculators(found.Givers), TopReceivers: apiCirculators(found.Receivers)}
	for i := range found.Months {
		m := &found.Months[i]
		page.Months[i] = APICirculationMonth{m.Month.Format("2006-01"), apiCirculated(&m.Circulated, m.Held.StringFixed(2))}
	}
	return &circulationReply{page}, nil
}

func apiCirculated(c *models.Circulated, held string) APICirculated {
	return APICirculated{c.Granted.StringFixed(2), c.Allowance.StringFixed(2), c.Thanks.StringFixed(2), c.Spent.StringFixed(2), c.Gone.StringFixed(2), held}
}

func apiCirculators(list []models.Circulator) []APICirculator {
	rows := make([]APICirculator, len(list))
	for i, one := range list {
		rows[i] = APICirculator{one.User.ID, one.User.Username, one.Amount.StringFixed(2)}
	}
	return rows
}
