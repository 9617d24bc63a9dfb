package controllers

import (
	"encoding/json"
	"html/template"
	"strings"
	"time"

	"golang.org/x/text/language"

	"postroom/models"
	"postroom/templates"
)

// postHead is what the page of a post says to programs: those that show a link to it, and those that search.
func (a *App) postHead(post *models.Post) (H, error) {
	address := a.url(post.Path())
	if !post.IsPublished() || post.Visibility == models.VisibilityMembers {
		return H{"Canonical": address, "OpenGraph": template.HTML(""), "Linked": nil}, nil
	}
	linked, err := a.linkedData(post, address)
	return H{"Canonical": address, "OpenGraph": a.openGraph(post, address), "Linked": linked}, err
}

// openGraph are the properties of a page, as ogp.me says them.
func (a *App) openGraph(post *models.Post, address string) template.HTML {
	said := []string{"og:type", "article", "og:title", post.Title, "og:url", address, "og:site_name", a.SiteName}
	if post.Excerpt != "" {
		said = append(said, "og:description", post.Excerpt)
	}
	if locale := locale(post.Lang); locale != "" {
		said = append(said, "og:locale", locale)
	}
	said = append(said, "article:published_time", moment(post.Date()), "article:modified_time", moment(changed(post)))
	for _, author := range append([]*models.User{post.User}, post.Authors...) {
		said = append(said, "article:author", a.url(author.Path()))
	}
	for _, tag := range post.Tags {
		said = append(said, "article:tag", tag)
	}
	return templates.Properties(said...)
}

// linkedData describes the post in the words of schema.org. What JSON makes of the signs of HTML cannot end the element it stands in.
func (a *App) linkedData(post *models.Post, address string) (template.JS, error) {
	data := H{
		"@context": "https://schema.org", "@type": "BlogPosting", "@id": address, "url": address, "mainEntityOfPage": address,
		"headline": post.Title, "datePublished": moment(post.Date()), "dateModified": moment(changed(post)), "wordCount": post.Words,
		"author":    a.linkedAuthors(post),
		"publisher": H{"@type": "Organization", "name": a.SiteName, "url": a.url("/")},
	}
	if post.Excerpt != "" {
		data["description"] = post.Excerpt
	}
	if post.Lang != "" {
		data["inLanguage"] = post.Lang
	}
	if len(post.Tags) > 0 {
		data["keywords"] = []string(post.Tags)
	}
	said, err := json.Marshal(data)
	return template.JS(said), err
}

// linkedAuthors are who wrote the post: one, or a list of them.
func (a *App) linkedAuthors(post *models.Post) any {
	all := []H{}
	for _, author := range append([]*models.User{post.User}, post.Authors...) {
		all = append(all, H{"@type": "Person", "name": author.Name, "url": a.url(author.Path())})
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}

// changed is when the post was last changed, or published where that came later.
func changed(post *models.Post) time.Time {
	if post.UpdatedAt.Before(post.Date()) {
		return post.Date()
	}
	return post.UpdatedAt
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// locale is a language with its country, as Open Graph wants it; empty where it is not said, or belongs to no country.
func locale(lang string) string {
	tag, err := language.Parse(lang)
	if lang == "" || err != nil {
		return ""
	}
	base, _ := tag.Base()
	region, _ := tag.Region()
	if !region.IsCountry() {
		return ""
	}
	return strings.ToLower(base.String()) + "_" + region.String()
}
