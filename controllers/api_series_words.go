package controllers

import "postroom/models"

var (
	sayAPISeriesPosts  = models.Say("The numbers of the posts, in order; not in lists. Those of one's own, each in one series at most.")
	sayAPISeriesAbout  = models.Say("What it is about; at most 2,000 characters.")
	sayAPISeriesActive = models.Say("False where it is closed: it takes no more posts.")
)

// withSeries adds what fields say of series.
func withSeries(words map[string]word) map[string]word {
	words["Series.user_id"] = word{models.Say("The number of whose it is."), 1, nil}
	words["Series.username"] = word{models.Say("The user name of whose it is."), "mai", nil}
	words["version"] = word{models.Say("Counts the saves. Given with a change: the one that the change began from; 409 where it is another by now."), 3, nil}
	for _, schema := range []string{"Series", "NewSeries", "SeriesChange", "SeriesReplacement"} {
		words[schema+".posts"] = word{sayAPISeriesPosts, []int64{12, 7}, map[string]any{"maxItems": 500}}
		words[schema+".description"] = word{sayAPISeriesAbout, "Bread, from the beginning.", map[string]any{"maxLength": 2000}}
		words[schema+".is_active"] = word{sayAPISeriesActive, true, nil}
	}
	return words
}
