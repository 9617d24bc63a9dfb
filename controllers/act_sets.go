package controllers

import (
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/templates"
	"postroom/templates/language"
)

// setWords says which rows an act is about: the filter in words, or how many were ticked.
func (a *App) setWords(c *gin.Context, target string, filter *string, total int) models.Sentence {
	switch {
	case filter == nil && target == "post":
		return models.Say("%d ticked posts", total)
	case filter == nil && target == "order":
		return models.Say("%d ticked orders", total)
	case filter == nil:
		return models.Say("%d ticked users", total)
	}
	query, err := url.ParseQuery(*filter)
	if err != nil {
		return models.Say("%s", *filter)
	}
	zone, lang := me(c).Location(a.Zone), a.language(c)
	if target == "order" {
		f, _ := models.ParseOrderFilter(query, zone)
		return models.Say("%s", ordersTitle(f, lang, zone))
	}
	if target == "post" { // the order makes no difference to the set
		f, _ := models.ParsePostFilter(query, zone) // what is wrong with it, the rehearsal has said
		f.Sort = ""
		return models.Say("%s", postsTitle(f, lang, zone))
	}
	f, _ := models.ParseUserFilter(query, zone)
	f.Sort = ""
	return models.Say("%s", filterTitle(f, lang, zone))
}

// backOf is the list that an act was chosen in, or the page of the one row that it is about.
func (a *App) backOf(target string, filter *string, ids []int64) string {
	list := "/admin/" + railOf(target)
	switch {
	case filter != nil && *filter != "":
		return list + "?" + *filter
	case filter == nil && len(ids) == 1:
		return targetPath(target, ids[0])
	}
	return list
}

func railOf(target string) string {
	switch target {
	case "post":
		return "posts"
	case "order":
		return "orders"
	}
	return "users"
}

// ordersTitle is what a filter of orders says.
func ordersTitle(f models.OrderFilter, lang *language.Language, zone *time.Location) string {
	var parts []string
	add := func(said models.Sentence) { parts = append(parts, lang.Say(said)) }
	if f.State != "" {
		add(orderSays(f.State))
	}
	if f.User != "" {
		add(models.Say("of %s", f.User))
	}
	if f.UserID != 0 {
		add(models.Say("of user %d", f.UserID))
	}
	if f.PerkID != 0 {
		add(models.Say("of perk %d", f.PerkID))
	}
	day := func(text string) string {
		at, _ := time.ParseInLocation(time.DateOnly, text, zone)
		return lang.Date(at, zone)
	}
	if f.From != "" {
		add(models.Say("from %s", day(f.From)))
	}
	if f.To != "" {
		add(models.Say("until %s", day(f.To)))
	}
	if parts == nil {
		return lang.T("All orders")
	}
	return lang.T("Orders") + ": " + strings.Join(parts, ", ")
}

// actKind is the act of a name; one that is in no list has no name.
func actKind(target, name string) (found models.ActKind) {
	for _, kind := range models.ActKinds(target) {
		if kind.Name == name {
			return kind
		}
	}
	return found
}

// fact is a name with a value.
type fact struct {
	Name  models.Sentence
	Value string
}

// amountText is so many times an amount.
func amountText(amount string, times int64, when templates.When) string {
	each, _ := decimal.NewFromString(amount) // it was checked
	return when.Decimal(each.Mul(decimal.NewFromInt(times)).InexactFloat64(), 2)
}

// allFact is what an act on so many users gives all in all.
func allFact(p models.ActParams, users int64, when templates.When) (facts []fact) {
	if p.Amount != "" && users > 0 {
		facts = append(facts, fact{models.Say("Credits, all in all"), amountText(p.Amount, users, when)})
	}
	return facts
}

// paramFacts tells the parameters of an act.
func paramFacts(p models.ActParams, when templates.When) (facts []fact) {
	if !p.Until.IsZero() {
		facts = append(facts, fact{models.Say("Suspended until"), when.Exactly(p.Until)})
	}
	if p.Reason != "" {
		facts = append(facts, fact{models.Say("Reason, for the user"), p.Reason})
	}
	if p.Role != "" {
		facts = append(facts, fact{models.Say("Role"), when.Say(roleWords[p.Role])})
	}
	if p.Field != "" {
		facts = append(facts, fact{models.Say("Field"), p.Field})
	}
	if p.Amount != "" {
		facts = append(facts, fact{models.Say("Credits, to each"), amountText(p.Amount, 1, when)})
	}
	if p.Note != "" {
		facts = append(facts, fact{models.Say("Note, for the users"), p.Note})
	}
	if p.Value != nil {
		facts = append(facts, fact{models.Say("Value"), jsonText(p.Value)})
	}
	return facts
}
