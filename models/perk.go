package models

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Perk is something that credits buy.
type Perk struct {
	ID                   int64
	Name, Description    string
	Tags                 []string
	Prices               []decimal.Decimal // of one piece when 1, 2, 3 … are ordered; the last holds for more
	Details              Metadata          // category, rating, and whatever else
	Stock                *int              // nil: without end
	From, To             *time.Time        // when it can be ordered; nil: always until then, or without end
	CreatedAt, UpdatedAt time.Time
}

// The bounds of a perk.
const (
	maxPerkName        = 100
	maxPerkDescription = 2000
	maxPriceSteps      = 20
	maxCategory        = 40
	maxStock           = 1_000_000
)

// Ref is how the perk is named in its address: its id, then its name.
func (p *Perk) Ref() string {
	if slug := Slug(p.Name); slug != "" {
		return strconv.FormatInt(p.ID, 10) + "-" + slug
	}
	return strconv.FormatInt(p.ID, 10)
}

// Path is the address of the perk's page.
func (p *Perk) Path() string { return "/perks/" + p.Ref() }

// Price is that of one piece when so many are ordered.
func (p *Perk) Price(quantity int) decimal.Decimal {
	return p.Prices[max(1, min(quantity, len(p.Prices)))-1]
}

// LowestPrice is that of one piece when enough are ordered.
func (p *Perk) LowestPrice() decimal.Decimal { return decimal.Min(p.Prices[0], p.Prices[1:]...) }

// IsOffered reports whether it can be ordered now, were it in stock.
func (p *Perk) IsOffered(now time.Time) bool {
	return (p.From == nil || !now.Before(*p.From)) && (p.To == nil || now.Before(*p.To))
}

// IsAhead reports whether it can be ordered later on.
func (p *Perk) IsAhead(now time.Time) bool { return p.From != nil && now.Before(*p.From) }

// Number is the id as it stands in addresses.
func (p *Perk) Number() string { return strconv.FormatInt(p.ID, 10) }

// Paragraphs are the paragraphs of the description.
func (p *Perk) Paragraphs() []string {
	return slices.DeleteFunc(strings.Split(p.Description, "\n\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// Left is how many are in stock; 0 also where that has no end.
func (p *Perk) Left() int {
	if p.Stock == nil {
		return 0
	}
	return *p.Stock
}

// IsGone reports whether nothing is left of it.
func (p *Perk) IsGone() bool { return p.Stock != nil && *p.Stock == 0 }

// Category is what kind of thing it is; empty for none.
func (p *Perk) Category() string {
	category, _ := p.Details["category"].(string)
	return category
}

// Rating is a number from 0 to 5 as it was written; empty for none.
func (p *Perk) Rating() string {
	rating, _ := p.Details["rating"].(json.Number)
	return rating.String()
}

// Stars is the rating as a number; 0 for none.
func (p *Perk) Stars() float64 {
	rating, _ := p.Details["rating"].(json.Number)
	stars, _ := rating.Float64()
	return stars
}

// Detail is a name with a value.
type Detail struct{ Name, Value string }

// More are the details besides category and rating, by name.
func (p *Perk) More() []Detail {
	var more []Detail
	for name, value := range p.Details {
		if name == "category" || name == "rating" {
			continue
		}
		said, ok := value.(string)
		if !ok {
			encoded, _ := json.Marshal(value) // it was read from JSON
			said = string(encoded)
		}
		more = append(more, Detail{name, said})
	}
	slices.SortFunc(more, func(a, b Detail) int { return strings.Compare(a.Name, b.Name) })
	return more
}

// PriceStep is the price of one piece from a quantity on.
type PriceStep struct {
	From  int
	Price decimal.Decimal
	Last  bool // it holds for more, too
}

// Steps are the prices where they change.
func (p *Perk) Steps() []PriceStep {
	var steps []PriceStep
	for i, price := range p.Prices {
		if i == 0 || !price.Equal(p.Prices[i-1]) {
			steps = append(steps, PriceStep{From: i + 1, Price: price})
		}
	}
	steps[len(steps)-1].Last = true
	return steps
}

// PriceList is the prices in one line, for a form to say which ones its reader saw.
func (p *Perk) PriceList() string {
	said := make([]string, len(p.Prices))
	for i, price := range p.Prices {
		said[i] = price.StringFixed(2)
	}
	return strings.Join(said, " ")
}

// Version changes with each save of the perk, and not with its stock.
func (p *Perk) Version() string { return strconv.FormatInt(p.UpdatedAt.UnixMicro(), 10) }

// logged are the fields that the log keeps.
func (p *Perk) logged() map[string]any {
	fields := map[string]any{"name": p.Name, "description": p.Description, "tags": slices.Clone(p.Tags), "prices": p.PriceList(), "details": p.Details}
	if p.Stock != nil {
		fields["stock"] = *p.Stock
	}
	if p.From != nil {
		fields["from"] = p.From.UTC().Format(time.RFC3339)
	}
	if p.To != nil {
		fields["to"] = p.To.UTC().Format(time.RFC3339)
	}
	return fields
}
