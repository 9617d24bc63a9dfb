package controllers

import "postroom/models"

// withCalendar adds what fields say of events.
func withCalendar(words map[string]word) map[string]word {
	words["Event.id"] = word{models.Say("Its number."), 3, nil}
	words["Event.title"] = word{models.Say("What takes place; at most 100 characters."), "Baking together", nil}
	words["place"] = word{models.Say("Where; at most 200 characters."), "The kitchen", map[string]any{"maxLength": 200}}
	words["date"] = word{models.Say("The first day, by the clocks of the zone."), "2026-11-21", nil}
	words["time"] = word{models.Say("When it begins; absent or empty: all day."), "18:30", nil}
	words["end_date"] = word{models.Say("The last day; absent or empty: the same."), "2026-11-22", nil}
	words["end_time"] = word{models.Say("When it ends; absent or empty: that is not said."), "01:00", nil}
	words["zone"] = word{models.Say("The time zone."), "Europe/Berlin", nil}
	words["starts_at"] = word{models.Say("The moment at which it begins; of a whole day, its midnight in the zone."), "2026-11-21T17:30:00Z", nil}
	words["ends_at"] = word{models.Say("The moment at which it ends; absent where that is not said."), "2026-11-22T00:00:00Z", nil}
	words["Event.url"] = word{models.Say("The address of its page."), "https://example.com/calendar/3-baking-together", nil}
	for _, schema := range []string{"Event", "NewEvent", "EventChange", "EventReplacement"} {
		words[schema+".title"] = word{models.Say("What takes place; at most 100 characters."), "Baking together", map[string]any{"maxLength": 100}}
		words[schema+".description"] = word{models.Say("What it is about; at most 2,000 characters."), "Bring flour.", map[string]any{"maxLength": 2000}}
	}
	words["?past"] = word{models.Say("true: the events that are over, the last one first."), nil, nil}
	return words
}
