package controllers

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"time"

	"postroom/models"
	"postroom/templates"
)

// preset is a filter over the list: one that every site needs, or one that an admin has saved.
type preset struct {
	Say     models.Sentence
	Href    string
	Count   int64 // -1: not counted
	Current bool
	query   url.Values
}

// presetFilters are the ones that are there from the start.
func presetFilters(when templates.When) []preset {
	week := when.ISODay(when.Now.In(when.Zone).AddDate(0, 0, -6))
	return []preset{
		{Say: models.Say("Everyone"), query: url.Values{}},
		{Say: models.Say("Never posted"), query: url.Values{"posts": {"none"}}},
		{Say: models.Say("New this week"), query: url.Values{"registered_from": {week}, "sort": {"-created_at"}}},
		{Say: models.Say("Gone quiet"), query: url.Values{"quiet": {"true"}, "sort": {"-last_post_at"}}},
		{Say: models.Say("Back again"), query: url.Values{"back": {"true"}, "sort": {"-last_post_at"}}},
		{Say: models.Say("Never signed in"), query: url.Values{"signed_in": {"never"}, "sort": {"-created_at"}}},
		{Say: models.Say("Suspended"), query: url.Values{"state": {"suspended"}}},
	}
}

// presets are the filters over the list, with the one that is shown marked. follows: for a page that is open and follows.
func (a *App) presets(ctx context.Context, shown url.Values, when templates.When, follows bool) (list []preset, err error) {
	list = presetFilters(when)
	now := func(filters []models.UserFilter) ([]int64, error) { return a.Store.CountEach(ctx, filters) }
	later := func(filters []models.UserFilter, was []int64) ([]int64, error) {
		ctx, cancel := context.WithTimeout(a.streaming, patience)
		defer cancel()
		counts, err := a.Store.CountEach(ctx, filters)
		if err == nil && !slices.Equal(counts, was) {
			err = a.Store.TellAdmins(ctx, "counts") // for the page that was given the old ones
		}
		return counts, err
	}
	life := presetLife
	if follows {
		life = presetLifeLive
	}
	counts, err := a.counts.take(list[1:], when, life, now, later)
	if err != nil {
		return nil, err
	}
	for i := range counts {
		list[i+1].Count = counts[i]
	}
	list[0].Count = -1
	saved, err := a.Store.SavedFilters(ctx)
	if err != nil {
		return nil, err
	}
	for _, filter := range saved {
		if query, err := url.ParseQuery(filter.Query); err == nil {
			list = append(list, preset{Say: models.Sentence{Text: "%s", Args: []any{filter.Name}}, query: query, Count: -1})
		}
	}
	conditions := bareQuery(shown).Encode()
	for i := range list {
		list[i].Href = address("/admin/users", list[i].query)
		list[i].Current = bareQuery(list[i].query).Encode() == conditions
	}
	return list, nil
}

// bareQuery is the filter of a query, without order, length and columns.
func bareQuery(query url.Values) url.Values {
	bare := url.Values{}
	for name, values := range query {
		if name != "sort" && name != "limit" && name != "columns" {
			bare[name] = values
		}
	}
	return bare
}

// presetCounts are how many users match each of the presets. They are counted by reading all users once, and so kept for a
// minute; who asks later gets what was counted last, while it is counted anew behind the page. A page that follows and looks
// again gets what is.
type presetCounts struct {
	mu    sync.Mutex
	zones map[string]*zoneCounts
}

type zoneCounts struct {
	at     time.Time
	counts []int64
	busy   bool
}

const (
	presetLife     = time.Minute
	presetLifeLive = time.Second
	maxZones       = 50
)

// take returns the counts in the zone. It waits for them where there are none yet, or none that a page that follows may show.
func (p *presetCounts) take(list []preset, when templates.When, life time.Duration, now func([]models.UserFilter) ([]int64, error),
	later func(filters []models.UserFilter, was []int64) ([]int64, error)) ([]int64, error) {
	filters := make([]models.UserFilter, len(list))
	for i := range list {
		var err error
		if filters[i], err = models.ParseUserFilter(list[i].query, when.Zone); err != nil {
			return nil, err
		}
	}
	zone := when.Zone.String()
	p.mu.Lock()
	if kept := p.zones[zone]; kept != nil && (life == presetLife || when.Now.Sub(kept.at) <= life) {
		defer p.mu.Unlock()
		if !kept.busy && when.Now.Sub(kept.at) > life {
			kept.busy = true
			go func() {
				counts, err := later(filters, kept.counts)
				if err != nil {
					counts = nil
				}
				p.put(zone, when.Now, counts)
			}()
		}
		return kept.counts, nil
	}
	p.mu.Unlock()
	counts, err := now(filters)
	if err == nil {
		p.put(zone, when.Now, counts)
	}
	return counts, err
}

// put keeps counts. Without any, the next who asks has to wait for them.
func (p *presetCounts) put(zone string, at time.Time, counts []int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if counts == nil {
		delete(p.zones, zone)
		return
	}
	if p.zones == nil || len(p.zones) >= maxZones {
		p.zones = map[string]*zoneCounts{}
	}
	p.zones[zone] = &zoneCounts{at: at, counts: counts}
}
