package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// perkMoment is how a form writes when a perk begins and ends.
const perkMoment = "2006-01-02T15:04"

// Form is the perk as an admin types it; moments are those of the zone.
func (p *Perk) Form(zone *time.Location) map[string]string {
	form := map[string]string{"name": p.Name, "description": p.Description, "tags": strings.Join(p.Tags, ", "), "prices": strings.ReplaceAll(p.PriceList(), " ", "\n"),
		"category": p.Category(), "rating": p.Rating(), "version": p.Version()}
	if p.Stock != nil {
		form["stock"] = strconv.Itoa(*p.Stock)
	}
	form["stock_was"] = form["stock"]
	for name, at := range map[string]*time.Time{"from": p.From, "to": p.To} {
		if at != nil {
			form[name] = at.In(zone).Format(perkMoment)
		}
	}
	var lines []string
	for _, detail := range p.More() {
		if said, ok := p.Details[detail.Name].(string); ok && (strings.ContainsAny(said, "\r\n") || strings.TrimSpace(said) != said || readJSON(said) != nil) {
			encoded, _ := json.Marshal(said) // a text that would be read as something else
			detail.Value = string(encoded)
		}
		lines = append(lines, detail.Name+": "+detail.Value)
	}
	form["details"] = strings.Join(lines, "\n")
	return form
}

// ParsePerk reads a perk as an admin typed it; moments are those of the zone. What is wrong with it is Invalid.
func ParsePerk(form map[string]string, zone *time.Location) (*Perk, error) {
	v := Invalid{}
	p := &Perk{Name: line(form["name"]), Description: tidyText(form["description"]), Tags: ParseTags(form["tags"])}
	switch n := utf8.RuneCountInString(p.Name); {
	case blank(p.Name):
		v["name"] = Say("Give the perk a name.")
	case n > maxPerkName || !printable(p.Name):
		v["name"] = Say("At most %d characters.", maxPerkName)
	}
	if !text(p.Description) || utf8.RuneCountInString(p.Description) > maxPerkDescription {
		v["description"] = Say("At most %d characters.", maxPerkDescription)
	}
	validTags(v, p.Tags)
	p.Prices = parsePrices(v, form["prices"])
	p.Details = parseDetails(v, form)
	p.Stock = wholeNumber(v, "stock", strings.TrimSpace(form["stock"]), 0, maxStock)
	p.From, p.To = parsePerkMoment(v, form, "from", zone), parsePerkMoment(v, form, "to", zone)
	if p.From != nil && p.To != nil && !p.From.Before(*p.To) {
		v["to"] = Say("This ends before it begins.")
	}
	return p, v.Or()
}

// parsePrices reads a price a line.
func parsePrices(v Invalid, typed string) []decimal.Decimal {
	var prices []decimal.Decimal
	for typed := range strings.Lines(typed) {
		if typed = strings.TrimSpace(typed); typed == "" {
			continue
		}
		price, err := ParseAmount(typed)
		var invalid Invalid
		switch {
		case errors.As(err, &invalid):
			v["prices"] = invalid["amount"]
		case price.GreaterThan(maxPrice):
			v["prices"] = Say("A price is at most %s.", maxPrice.String())
		case len(prices) == maxPriceSteps:
			v["prices"] = Say("At most %d prices.", maxPriceSteps)
		}
		if v["prices"].Text != "" {
			return nil
		}
		prices = append(prices, price)
	}
	if prices == nil {
		v["prices"] = Say("Give a price.")
	}
	return prices
}

// maxPrice is what numeric(10,2) holds.
var maxPrice = decimal.RequireFromString("99999999.99")

// The bounds of the details of a perk.
const (
	maxDetails     = 20
	maxDetailName  = 50
	maxDetailValue = 500
)

var sayDetails = Say("A detail looks like “paper: linen”, one a line.")

// parseDetails reads category, rating, and a line for each detail besides, such as "paper: linen". A value that is JSON is kept
// as that.
func parseDetails(v Invalid, form map[string]string) Metadata {
	details := Metadata{}
	if category := line(form["category"]); category != "" {
		if utf8.RuneCountInString(category) > maxCategory || !printable(category) {
			v["category"] = Say("At most %d characters.", maxCategory)
		}
		details["category"] = category
	}
	if rating := strings.TrimSpace(form["rating"]); rating != "" {
		n, err := strconv.ParseFloat(rating, 64)
		if err != nil || !(n >= 0 && n <= 5) || len(rating) > 4 || strings.Trim(rating, "0123456789.") != "" {
			v["rating"] = Say("A rating is a number from 0 to 5, such as 4.5.")
			n = 0
		}
		details["rating"] = json.Number(strconv.FormatFloat(n, 'f', -1, 64))
	}
	for typed := range strings.Lines(form["details"]) {
		if typed = strings.TrimSpace(typed); typed == "" {
			continue
		}
		name, value, ok := strings.Cut(typed, ":")
		name, value = line(name), strings.TrimSpace(value)
		_, twice := details[name]
		switch {
		case !ok || name == "" || value == "" || !text(typed):
			v["details"] = sayDetails
		case utf8.RuneCountInString(name) > maxDetailName || utf8.RuneCountInString(value) > maxDetailValue:
			v["details"] = Say("A name has at most %d characters, a value %d.", maxDetailName, maxDetailValue)
		case twice || name == "category" || name == "rating":
			v["details"] = Say("“%s” is there twice.", name)
		case len(details) >= maxDetails+2:
			v["details"] = Say("At most %d details.", maxDetails)
		}
		if v["details"].Text != "" {
			break
		}
		details[name] = value
		if read := readJSON(value); read != nil {
			details[name] = read
		}
	}
	if encoded, err := json.Marshal(details); err != nil || bytes.Contains(encoded, []byte(`\u0000`)) {
		v["details"] = sayDetails
	}
	return details
}

// readJSON reads a value that is JSON; nil where it is none, or a number beyond all bounds.
func readJSON(typed string) (value any) {
	decoder := json.NewDecoder(strings.NewReader(typed))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return nil
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil
	}
	if n, ok := value.(json.Number); ok {
		if x, err := n.Float64(); err != nil || math.IsInf(x, 0) {
			return nil
		}
	}
	return value
}

func parsePerkMoment(v Invalid, form map[string]string, name string, zone *time.Location) *time.Time {
	typed := strings.TrimSpace(form[name])
	if typed == "" {
		return nil
	}
	at, err := time.ParseInLocation(perkMoment, typed, zone)
	if err != nil || at.Year() < 1 || at.Year() > 9999 {
		v[name] = Say("A moment looks like 2026-11-21T08:00.")
		return nil
	}
	return &at
}
