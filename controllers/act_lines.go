package controllers

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"postroom/models"
	"postroom/templates"
)

// actLine is a row of a rehearsal or a receipt as a page shows it.
type actLine struct {
	models.ActLine
	To      string // the page of the row, while it is there
	Fields  []changedField
	Posts   int64
	Drafts  int64
	Credits string
	Say     models.Sentence // why it is refused, or cannot be taken back
	SeeTo   string          // the page of what stands in the way
	SeeSay  models.Sentence
}

func actLines(target string, lines []models.ActLine, when templates.When) []actLine {
	list := make([]actLine, len(lines))
	for i, line := range lines {
		l := actLine{ActLine: line, Posts: line.Went["posts"], Drafts: line.Went["drafts"], Say: inZone(line.Why, when.Zone)}
		if n, ok := line.Before["credits"].(float64); ok && n > 0 && line.After == nil {
			l.Credits = when.Decimal(n, 2)
		}
		if n, ok := line.Before["total"].(float64); ok && target == "order" {
			l.Credits = when.Decimal(n, 2)
		}
		if line.Op != "delete" {
			l.Fields = changedFields(line.Before, line.After, when)
		}
		if line.There {
			l.To = targetPath(target, line.ID)
		}
		l.SeeTo, l.SeeSay = seePath(line.See, line.SeeName)
		list[i] = l
	}
	return list
}

func targetPath(target string, id int64) string {
	switch target {
	case "post":
		return "/posts/" + formatNumber(id)
	case "order":
		return "/orders/" + formatNumber(id)
	case "file":
		return "/files/" + formatNumber(id)
	case "series":
		return "/series/" + formatNumber(id)
	case "event":
		return "/calendar/" + formatNumber(id)
	case "comment":
		return "/comments/" + formatNumber(id)
	}
	return "/admin/users/" + formatNumber(id)
}

// seePath is where to find what stands in the way, and what it is called.
func seePath(see, name string) (string, models.Sentence) {
	kind, id, _ := strings.Cut(see, " ")
	switch kind {
	case "act":
		return "/admin/acts/" + id, models.Say("receipt %s", id)
	case "user":
		return "/admin/users/" + id, models.Say("%s", name)
	case "transfer":
		return "/admin/transfers/" + id, models.Say("the transfer")
	}
	return "", models.Sentence{}
}

// inZone puts the moments of a sentence into the reader's zone.
func inZone(s models.Sentence, zone *time.Location) models.Sentence {
	args := slices.Clone(s.Args)
	for i, arg := range args {
		if at, ok := arg.(time.Time); ok {
			args[i] = at.In(zone)
		}
	}
	return models.Sentence{Text: s.Text, Args: args}
}

// differingLines are the rows of a difference, with what is not the same.
func differingLines(target string, rows []models.DifferingRow, when templates.When) []actLine {
	list := make([]actLine, len(rows))
	for i, row := range rows {
		list[i] = actLine{ActLine: models.ActLine{ID: row.ID, Label: row.Label, Name: row.Name}, To: targetPath(target, row.ID)}
		gone := row.Is == nil && row.Was != nil
		if gone {
			list[i].To = ""
		}
		if row.Why != "" {
			list[i].Say = models.Sentence{Text: row.Why, Args: row.Args}
		} else if gone {
			list[i].Say = models.Say("It is gone.")
		} else {
			list[i].Fields = changedFields(row.Was, row.Is, when)
			for _, count := range []struct {
				key string
				say models.Sentence
			}{{"post_count", models.Say("Posts")}, {"drafts", models.Say("Drafts")}, {"credits", models.Say("Credits")}} {
				if was, is := jsonText(row.Was[count.key]), jsonText(row.Is[count.key]); was != is {
					list[i].Fields = append(list[i].Fields, changedField{count.say, was, is, true, true})
				}
			}
		}
	}
	return list
}

// fieldText is the value of a field in words.
func fieldText(key string, value any, when templates.When) string {
	switch value := value.(type) {
	case float64:
		if key == "credits" {
			return when.Decimal(value, 2)
		}
	case nil:
		return ""
	case bool:
		if key == "password" {
			return when.T("changed")
		}
		if key == "comments_closed" && value {
			return when.T("Closed")
		} else if key == "comments_closed" {
			return when.T("Open")
		}
		if value {
			return when.T("active")
		}
		return when.T("deactivated")
	case []any:
		words := make([]string, len(value))
		for i, word := range value {
			words[i] = jsonText(word)
		}
		return strings.Join(words, ", ")
	case string:
		switch key {
		case "suspended_until", "publish_at", "published_at":
			if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
				return when.Exactly(at)
			}
		case "role":
			return when.Say(roleWords[value])
		case "status":
			switch value {
			case models.StatusDraft:
				return when.T("draft")
			case models.StatusScheduled:
				return when.T("scheduled")
			}
			return when.T("published")
		case "visibility":
			switch value {
			case models.VisibilityMembers:
				return when.T("members only")
			case models.VisibilityUnlisted:
				return when.T("unlisted")
			}
			return when.T("everyone")
		case "state":
			return when.Say(orderSays(value))
		case "event_time", "end_time":
			return strings.TrimSuffix(value, ":00")
		case "content", "about", "description":
			return shortened(value)
		}
		return value
	}
	return jsonText(value)
}

// shortened is the beginning of a long text.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return text
}

// jsonText is a value of JSON as people read it: a text without quotation marks.
func jsonText(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	encoded, err := json.Marshal(value)
	if err != nil || value == nil {
		return ""
	}
	return string(encoded)
}

func sortedKeys(a, b map[string]any) []string {
	keys := maps.Clone(a)
	if keys == nil {
		keys = map[string]any{}
	}
	maps.Copy(keys, b)
	return slices.Sorted(maps.Keys(keys))
}
