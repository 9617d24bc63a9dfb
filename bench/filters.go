package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// userFilter is a filter of the list of users, as its page takes it and as somebody would write it in SQL.
type userFilter struct{ query, where string }

// userFilters are one of each kind; where it depends how many match, one that finds few and one that finds many.
func userFilters(now time.Time) []userFilter {
	day := func(days int) string { return now.AddDate(0, 0, -days).Format(time.DateOnly) }
	return []userFilter{
		{"", "true"},
		{"q=anna", person("anna")}, {"q=a", person("a")}, {"q=xyzzy", person("xyzzy")},
		{"role=user", "role = 'user'"}, {"role=editor", "role = 'editor'"}, {"role=admin", "role = 'admin'"},
		{"state=active", "is_active and coalesce(suspended_until <= now(), true)"},
		{"state=suspended", "is_active and suspended_until > now()"},
		{"state=deactivated", "not is_active"},
		{"age_min=25", "age >= 25"}, {"age_min=30&age_max=31", "age between 30 and 31"}, {"age_max=14", "age <= 14"},
		{"posts=none", "post_count = 0"}, {"posts=some", "post_count > 0"}, {"posts_min=50", "post_count >= 50"}, {"posts_min=3&posts_max=4", "post_count between 3 and 4"},
		{"registered_from=" + day(7), "created_at >= '" + day(7) + "'"}, {"registered_to=" + day(365), "created_at < '" + day(364) + "'"},
		{"last_post_from=" + day(30), "last_post_at >= '" + day(30) + "'"}, {"last_post_to=" + day(365), "last_post_at < '" + day(364) + "'"},
		{"last_seen_from=" + day(3), "last_seen_at >= '" + day(3) + "'"}, {"last_seen_to=" + day(365), "last_seen_at < '" + day(364) + "'"},
		{"signed_in=never", "last_seen_at is null"},
		{"quiet=true", "post_count >= 3 and last_post_at < now() - greatest(interval '30 days', interval '3 seconds' * median_gap)"},
		{"back=true", "back_at > now() - interval '30 days'"},
		{"meta.city=Lyon", "metadata ->> 'city' = 'Lyon'"}, {"meta.city=Nowhere", "metadata ->> 'city' = 'Nowhere'"},
		{`meta_contains={"interests":["bicycles"]}`, `metadata @> '{"interests":["bicycles"]}'`},
		{"state=active&age_min=25&meta.city=Lyon", "is_active and age >= 25 and metadata ->> 'city' = 'Lyon'"},
	}
}

func person(part string) string {
	return fmt.Sprintf("(name ilike '%%%s%%' or username ilike '%%%[1]s%%' or email ilike '%%%[1]s%%')", part)
}

// userSorts are the columns to sort by, with what they are in SQL.
var userSorts = [][2]string{{"id", "id"}, {"name", `name collate "und-x-icu"`}, {"username", "lower(username)"}, {"email", "lower(email)"}, {"role", "role"},
	{"state", "case when not is_active then 0 when suspended_until > now() then 1 else 2 end"}, {"age", "coalesce(age, 0)"}, {"post_count", "post_count"},
	{"last_post_at", "coalesce(last_post_at, '-infinity')"}, {"last_seen_at", "coalesce(last_seen_at, '-infinity')"},
	{"contacted_at", "coalesce(contacted_at, '-infinity')"}, {"credits", "credits"}, {"created_at", "created_at"}}

const firstPage = 50 * time.Millisecond // what a first page may take

// filters measures the first page of the list of users for each filter in each order, and whether later pages cost more.
func (b *bench) filters() error {
	p := b.large
	if err := p.open(); err != nil {
		return err
	}
	defer p.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	list := userFilters(time.Now())

	fmt.Printf("\n%d users, %d posts: the first page of `/admin/users`, and the same rows with their count in psql, medians in ms\n\n", b.users, b.posts)
	fmt.Println("| filter, who posted most first | page | psql | to reach |\n|---|---|---|---|")
	for _, f := range list {
		if err := p.besidePsql(ctx, f.query, f.where, "post_count desc, id desc", f.query); err != nil {
			return err
		}
	}
	fmt.Println("\n| order, of everyone | page | psql | to reach |\n|---|---|---|---|")
	for _, sort := range userSorts {
		for _, down := range []string{"", "-"} {
			direction := map[string]string{"": "asc", "-": "desc"}[down]
			if err := p.besidePsql(ctx, down+sort[0], "true", sort[1]+" "+direction+", id "+direction, "sort="+down+sort[0]); err != nil {
				return err
			}
		}
	}
	if err := p.everyPair(list); err != nil {
		return err
	}
	return p.laterPages(b.rounds)
}

func usersPage(query string) string {
	values := url.Values{}
	for _, pair := range strings.Split(query, "&") {
		if name, value, said := strings.Cut(pair, "="); said {
			values.Set(name, value)
		}
	}
	return "/admin/users?" + values.Encode()
}

// besidePsql prints one row.
func (p *place) besidePsql(ctx context.Context, name, where, order, query string) error {
	page, err := p.medianOf(usersPage(query), 15)
	if err != nil {
		return err
	}
	bare, err := p.psql(ctx, 15, "select id, username, name, email, role, is_active, age, post_count, last_post_at, created_at, metadata, credits, suspended_until, "+
		"last_seen_at, contacted_at from users where "+where+" order by "+order+" limit 26", "select count(*) from users where "+where)
	if err != nil {
		return err
	}
	if name == "" {
		name = "everyone"
	}
	fmt.Printf("| `%s` | %.1f | %.1f | %.0f |\n", name, ms(page), ms(bare), ms(firstPage))
	return nil
}

// everyPair measures each filter in each order, and names the slowest of those that take too long.
func (p *place) everyPair(list []userFilter) error {
	type pair struct {
		query string
		took  time.Duration
	}
	var all []pair
	for _, f := range list {
		for _, sort := range userSorts {
			for _, down := range []string{"", "-"} {
				query := strings.TrimPrefix(f.query+"&sort="+down+sort[0], "&")
				took, err := p.medianOf(usersPage(query), 5)
				if err != nil {
					return err
				}
				all = append(all, pair{query, took})
			}
		}
	}
	slices.SortFunc(all, func(a, b pair) int { return cmp.Compare(b.took, a.took) })
	late := slices.IndexFunc(all, func(one pair) bool { return one.took <= firstPage })
	if late < 0 {
		late = len(all)
	}
	fmt.Printf("\n| each filter in each order: %d first pages | measured | to reach |\n|---|---|---|\n", len(all))
	fmt.Printf("| the median, and 95 of 100 | %.1f and %.1f ms | %.0f ms |\n", ms(all[len(all)/2].took), ms(all[len(all)*5/100].took), ms(firstPage))
	fmt.Printf("| above %.0f ms | %d | 0 |\n", ms(firstPage), late)
	for _, one := range all[:20] {
		fmt.Printf("| `%s` | %.1f ms | %.0f ms |\n", one.query, ms(one.took), ms(firstPage))
	}
	return nil
}
