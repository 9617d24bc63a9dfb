package controllers

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom/models"
)

// APINewAct asks for a rehearsal of an act on the rows of ids or of a filter, or by the key of a rehearsal for the act.
type APINewAct struct {
	Rehearse  given[bool]    `json:"rehearse" required:"false"`
	Act       given[string]  `json:"act" required:"false"`
	Target    given[string]  `json:"target" required:"false"`
	IDs       given[[]int64] `json:"ids" required:"false"`
	Filter    given[string]  `json:"filter" required:"false"`
	Role      given[string]  `json:"role" required:"false"`
	Field     given[string]  `json:"field" required:"false"`
	Value     given[any]     `json:"value" required:"false"`
	Amount    given[string]  `json:"amount" required:"false"`
	Note      given[string]  `json:"note" required:"false"`
	Until     given[string]  `json:"until" required:"false"`
	Reason    given[string]  `json:"reason" required:"false"`
	Rehearsal given[string]  `json:"rehearsal" required:"false"`
}

// rehearsal is what the body asks for. An act is never done without one: who forgets "rehearse" has changed nothing.
func (b *APINewAct) rehearsal(zone *time.Location) (in models.NewRehearsal, err error) {
	var missing missingFields
	missing.lack("act", isEmpty(b.Act))
	missing.lack("ids", !b.IDs.said() && !b.Filter.said())
	v := models.Invalid{}
	switch {
	case missing != nil:
		return in, missing
	case !b.Rehearse.value:
		v["rehearse"] = plain("Rehearse first: send true here, then the key of the rehearsal.")
	case b.IDs.said() && b.Filter.said():
		v["ids"] = plain("Give ids or a filter, not both.")
	case b.IDs.wrong:
		v["ids"] = plain("This is a list of whole numbers.")
	}
	in = models.NewRehearsal{TargetKind: "user", Kind: b.Act.value, IDs: b.IDs.value, Zone: zone,
		Params: models.ActParams{Reason: b.Reason.value, Role: b.Role.value, Field: b.Field.value, Value: b.Value.value, Amount: b.Amount.value, Note: b.Note.value}}
	if b.Filter.said() {
		in.Filter = &b.Filter.value
	}
	if b.Target.said() {
		in.TargetKind = b.Target.value
	}
	if b.Until.said() {
		if in.Params.Until, err = parseMoment(b.Until.value, zone); err != nil {
			v["until"] = plain("This is a moment, such as 2026-12-01T09:00:00Z, or a day.")
		}
	}
	knownFilter(v, in.TargetKind, in.Filter)
	return in, v.Or()
}

// knownFilter refuses a filter with a name that no list knows: passed over, it would make the act one on everybody.
func knownFilter(v models.Invalid, target string, filter *string) {
	if filter == nil || len(models.ActKinds(target)) == 0 {
		return
	}
	query, err := url.ParseQuery(*filter)
	if err != nil {
		return // the workshop says so
	}
	known := map[string]bool{}
	params := exportFilters(target+"s", models.ExportLines)
	if target == "order" {
		params = orderFilters()
	}
	for _, param := range params { // an act has neither pages nor columns
		known[param.Name] = !slices.Contains([]string{"columns", "after", "limit"}, param.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !known[name] && !(target == "user" && strings.HasPrefix(name, "meta.")) {
			v["filter"] = models.Say("There is no filter of the name %s.", strconv.Quote(name))
		} else if len(query[name]) > 1 {
			v["filter"] = models.Say("The filter says %s more than once.", name)
		}
	}
}
