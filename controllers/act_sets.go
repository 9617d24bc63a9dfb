package controllers

import (
	"net/url"

	"github.com/gin-gonic/gin"
	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/templates"
)

// setWords says which rows an act is about: the filter in words, or how many were ticked.
func (a *App) setWords(c *gin.Context, target string, filter *string, total int) models.Sentence {
	if filter == nil && target == "post" {
		return models.Say("%d ticked posts", total)
	}
	if filter == nil {
		return models.Say("%d ticked users", total)
	}
	query, err := url.ParseQuery(*filter)
	if err != nil {
		return models.Say("%s", *filter)
	}
	zone, lang := me(c).Location(a.Zone), a.language(c)
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
	list := "/admin/users"
	if target == "post" {
		list = "/admin/posts"
	}
	switch {
	case filter != nil && *filter != "":
		return list + "?" + *filter
	case filter == nil && len(ids) == 1:
		return targetPath(target, ids[0])
	}
	return list
}

func railOf(target string) string {
	if target == "post" {
		return "posts"
	}
	return "users"
}

func isDanger(target, name string) bool {
	for _, kind := range models.ActKinds(target) {
		if kind.Name == name {
			return kind.Danger
		}
	}
	return false
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
