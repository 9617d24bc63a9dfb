package controllers

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom/models"
	"postroom/templates"
)

// userColumn is a column of the list of users. What is most or newest comes first when a list is first sorted by it.
type userColumn struct {
	name         string // as in the address
	head, by     models.Sentence
	number, down bool
	cell         func(*models.User, templates.When) userCell
}

// userCell is what stands in a column for one user. The words are made here: a page has a thousand cells, and a template takes
// ten times as long for a call as for a value.
type userCell struct {
	Text, Href, ISO   string
	Class             string // num or long
	Soft, Badge, Warn bool
	Name              bool // not to be translated
}

// userColumns are all columns in the order in which they are offered. A field of users' own is a column besides.
var userColumns = []userColumn{
	{"name", models.Say("Name"), models.Say("by name"), false, false, nil}, // the head of the row
	{"post_count", models.Say("Posts"), models.Say("by number of posts"), true, true, postsCell},
	{"last_post_at", models.Say("Last post"), models.Say("by last post"), false, true, lastPostCell},
	{"last_seen_at", models.Say("Last seen"), models.Say("by last visit"), false, true, lastSeenCell},
	{"state", models.Say("State"), models.Say("by state"), false, false, stateCell},
	{"role", models.Say("Role"), models.Say("by role"), false, false, roleCell},
	{"email", models.Say("E-mail"), models.Say("by e-mail"), false, false, emailCell},
	{"age", models.Say("Age"), models.Say("by age"), true, true, ageCell},
	{"credits", models.Say("Credits"), models.Say("by credits"), true, true, creditsCell},
	{"created_at", models.Say("Joined"), models.Say("by date of joining"), false, true, joinedCell},
	{"contacted_at", models.Say("Contacted"), models.Say("by last contact"), false, true, contactedCell},
	{"id", models.Say("Number"), models.Say("by number"), true, false, idCell},
}

// findColumn is the column of a name: one of the list's, or a field of users' own.
func findColumn(name string) userColumn {
	if at := slices.IndexFunc(userColumns, func(c userColumn) bool { return c.name == name }); at >= 0 {
		return userColumns[at]
	}
	field := strings.TrimPrefix(name, "meta.")
	return userColumn{name: name, head: models.Sentence{Text: "%s", Args: []any{field}}, cell: func(u *models.User, _ templates.When) userCell {
		cell := userCell{Class: "long", Name: true}
		switch value := u.Metadata[field].(type) {
		case nil:
		case string:
			cell.Text = value
		default:
			encoded, _ := json.Marshal(value) // it was read from JSON
			cell.Text = string(encoded)
		}
		return cell
	}}
}

func postsCell(u *models.User, when templates.When) userCell {
	if u.PostCount == 0 {
		return userCell{Text: "0", Class: "num"}
	}
	return userCell{Text: when.T("%d", u.PostCount), Href: u.Path(), Class: "num"}
}

func lastPostCell(u *models.User, when templates.When) userCell {
	return momentCell(u.LastPostAt, when)
}

func lastSeenCell(u *models.User, when templates.When) userCell {
	return momentCell(u.LastSeenAt, when)
}

func contactedCell(u *models.User, when templates.When) userCell {
	return momentCell(u.ContactedAt, when)
}

func stateCell(u *models.User, when templates.When) userCell {
	switch u.State() {
	case models.StateDeactivated:
		return userCell{Text: when.T("deactivated"), Badge: true}
	case models.StateSuspended:
		return userCell{Text: when.T("suspended until %s", when.Day(*u.SuspendedUntil)), Badge: true, Warn: true}
	}
	return userCell{Text: when.T("active"), Soft: true}
}

func roleCell(u *models.User, when templates.When) userCell {
	return userCell{Text: when.Say(roleWords[u.Role]), Soft: u.Role == models.RoleUser}
}

func emailCell(u *models.User, _ templates.When) userCell {
	return userCell{Text: u.Email, Class: "long", Name: true}
}

func ageCell(u *models.User, _ templates.When) userCell {
	if u.Age == nil {
		return userCell{Class: "num"}
	}
	return userCell{Text: strconv.Itoa(*u.Age), Class: "num"}
}

func creditsCell(u *models.User, when templates.When) userCell {
	return userCell{Text: when.Decimal(u.Credits.InexactFloat64(), 2), Class: "num"}
}

func idCell(u *models.User, _ templates.When) userCell {
	return userCell{Text: strconv.FormatInt(u.ID, 10), Class: "num"}
}

func joinedCell(u *models.User, when templates.When) userCell {
	return userCell{Text: when.Day(u.CreatedAt), ISO: when.ISO(u.CreatedAt)}
}

func momentCell(at *time.Time, when templates.When) userCell {
	if at == nil {
		return userCell{Text: when.T("never"), Soft: true}
	}
	return userCell{Text: when.At(*at), ISO: when.ISO(*at)}
}

// columnChoice is a column as the form offers it.
type columnChoice struct {
	Name  string
	Say   models.Sentence
	Shown bool
}

// columnChoices are the columns that can be chosen, and the fields of users' own that are shown, as they are typed.
func columnChoices(f models.UserFilter) (choices []columnChoice, fields string) {
	shown := f.ShownColumns()
	for _, column := range userColumns[1:] {
		choices = append(choices, columnChoice{column.name, column.head, slices.Contains(shown, column.name)})
	}
	var own []string
	for _, name := range shown {
		if strings.HasPrefix(name, "meta.") {
			own = append(own, name)
		}
	}
	return choices, strings.Join(own, ", ")
}
