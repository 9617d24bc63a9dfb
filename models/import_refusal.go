package models

import (
	"slices"
	"strconv"
	"strings"

	"postroom/models/csv"
)

// ImportProblem is one thing that is wrong with a line.
type ImportProblem struct {
	Column string // as the heading has it, or the field that has no column; empty: the whole line
	Cell   string // what stands there, cut where it is long
	Say    Sentence
}

// refusedLine is a line that is refused, as the tables have it.
type refusedLine struct {
	line          int64
	cells         []string
	problem       *string
	problemColumn *int
	wrong         int
	reason        *string
	other         *int64
	named         []string
	metadata      Metadata
}

// problems says all that is wrong with the line. What a rule refuses, the rule itself says.
func (r *refusedLine) problems(i *Import) []ImportProblem {
	if r.problem != nil {
		return []ImportProblem{r.unread(i)}
	}
	if r.reason != nil {
		field, say := r.reasonWords()
		return []ImportProblem{r.of(i, field, say)}
	}
	var list []ImportProblem
	for bit, field := range ImportFields {
		if r.wrong&(1<<bit) != 0 {
			list = append(list, r.of(i, field, r.broken(i, field)))
		}
	}
	return list
}

// unread says why a line could not be cut into cells.
func (r *refusedLine) unread(i *Import) ImportProblem {
	p := ImportProblem{}
	if n := *r.problemColumn; n > 0 && n <= len(i.Columns) {
		p.Column = i.Columns[n-1].Name
		if n <= len(r.cells) && csv.Problem(*r.problem) != csv.Long {
			p.Cell = glimpse(r.cells[n-1])
		}
	}
	switch csv.Problem(*r.problem) {
	case csv.Ragged:
		p.Say = Say("Has %d cells, the heading has %d.", len(r.cells), len(i.Columns))
	case csv.Unclosed:
		p.Say = Say("A quote is opened and not closed.")
	case csv.Stray:
		p.Say = Say("Something stands behind a closed quote.")
	case csv.Zero:
		p.Say = Say("Contains a NUL byte, which text cannot hold.")
	case csv.Unreadable:
		p.Say = Say("Contains bytes that are no characters in %s.", string(i.Format.Encoding))
	default:
		p.Say = Say("Longer than %d KB.", csv.MaxCell>>10)
	}
	return p
}

// reasonWords say why the line cannot stand beside others, and in which field that shows.
func (r *refusedLine) reasonWords() (field string, say Sentence) {
	name := func(n int) string {
		if n < len(r.named) {
			return r.named[n]
		}
		return ""
	}
	line := int64(0)
	if r.other != nil {
		line = *r.other
	}
	switch *r.reason {
	case refusedTwoUsers:
		return "email", Say("The user name is of %s, the address of %s. Match by one of the two.", name(0), name(1))
	case refusedUsernameTaken:
		return "username", Say("%s has this user name already.", name(0))
	case refusedUsernameKept:
		return "username", Say("%s had this user name. It is kept for 90 days.", name(0))
	case refusedEmailTaken:
		return "email", Say("%s has this address already.", name(0))
	case refusedYourRole:
		return "role", SayYourself
	case refusedYourEmail:
		return "email", sayOwnEmail
	case refusedLastAdmin:
		return "role", SayLastAdmin
	case refusedSameUser:
		return "", Say("The same user as line %d.", line)
	case refusedSameUsername:
		return "username", Say("The same user name as line %d.", line)
	case refusedSameEmail:
		return "email", Say("The same address as line %d.", line)
	case refusedNoKey:
		return "", Say("Has neither a user name nor an e-mail address.")
	}
	return "", Say("Cannot be imported.")
}

// of puts the sentence beside the field's column.
func (r *refusedLine) of(i *Import, field string, say Sentence) ImportProblem {
	p := ImportProblem{Column: field, Say: say}
	if n := i.column(field); n > 0 {
		p.Column, p.Cell = i.Columns[n-1].Name, glimpse(r.cell(n))
	}
	return p
}

// column is the place of the column that fills a field, from 1; 0: none does.
func (i *Import) column(field string) int {
	return 1 + slices.IndexFunc(i.Columns, func(c ImportColumn) bool { return c.Use == field })
}

func (r *refusedLine) cell(n int) string {
	if n < 1 || n > len(r.cells) {
		return ""
	}
	return r.cells[n-1]
}

// broken is what the rule of the field says of the cell.
func (r *refusedLine) broken(i *Import, field string) Sentence {
	cell := strings.TrimSpace(r.cell(i.column(field)))
	v := Invalid{}
	switch field {
	case "username":
		validUsername(v, cell)
	case "email":
		validEmail(v, cell)
	case "name":
		validName(v, line(cell))
	case "age":
		age, ok := importedAge(cell)
		if !ok {
			age = -1
		}
		validAge(v, &age)
	case "role":
		validRole(v, strings.ToLower(cell))
	case "metadata":
		validMetadata(v, r.metadata)
		if len(v) == 0 {
			return Say("This is no JSON object, such as {\"city\": \"Lyon\"}.")
		}
	}
	if say, ok := v[field]; ok {
		return say
	}
	return Say("Cannot be imported.")
}

// importedAge reads an age as ageForm has it.
func importedAge(cell string) (int, bool) {
	digits := strings.TrimLeft(cell, "0")
	if digits == "" && cell != "" {
		digits = "0"
	}
	age, err := strconv.Atoi(digits)
	return age, err == nil && len(digits) <= 3 && !strings.ContainsAny(digits, "+-")
}

// cellShown is how much of a cell a page shows.
const cellShown = 120

func glimpse(cell string) string {
	if len(cell) <= cellShown {
		return cell
	}
	if runes := []rune(cell[:min(len(cell), 4*cellShown)]); len(runes) > cellShown {
		return string(runes[:cellShown]) + "…"
	}
	return cell
}
