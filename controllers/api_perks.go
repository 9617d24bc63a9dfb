package controllers

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIPerks is where programs see what credits buy.
type APIPerks struct{ *App }

// APIPerk is a perk that can be ordered now.
type APIPerk struct {
	ID          int64           `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Tags        []string        `json:"tags" nullable:"false"`
	Prices      []string        `json:"prices" nullable:"false"`
	Details     models.Metadata `json:"details"`
	Stock       *int            `json:"stock" nullable:"true"`
	ActiveFrom  *time.Time      `json:"active_from" nullable:"true"`
	ActiveTo    *time.Time      `json:"active_to" nullable:"true"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
}

func apiPerk(p *models.Perk) APIPerk {
	perk := APIPerk{ID: p.ID, Name: p.Name, Description: p.Description, Tags: p.Tags, Details: p.Details, Stock: p.Stock, ActiveFrom: utc(p.From), ActiveTo: utc(p.To),
		CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC()}
	for _, price := range p.Prices {
		perk.Prices = append(perk.Prices, price.StringFixed(2))
	}
	return perk
}

type perksReply struct {
	Link string    `header:"Link"`
	Body []APIPerk `nullable:"false"`
}

// Index lists what can be ordered now, the newest first.
func (p APIPerks) Index(c *gin.Context, in *struct {
	Limit    int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	After    string `query:"after"`
	Tag      string `query:"tag"`
	Category string `query:"category"`
}) (*perksReply, error) {
	list, _, err := perkList(c, in.Limit)
	if err != nil {
		return nil, err
	}
	perks, more, err := p.Store.Perks(c.Request.Context(), me(c), list)
	if err != nil {
		return nil, err
	}
	reply := &perksReply{Body: make([]APIPerk, len(perks))}
	for i, perk := range perks {
		reply.Body[i] = apiPerk(perk)
	}
	if more {
		reply.Link = nextPage(c, strconv.FormatInt(perks[len(perks)-1].ID, 10))
	}
	return reply, nil
}
