package controllers

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom/models"
)

// rowsAnAnswer is how many rows of a rehearsal or a receipt an answer lists; next says where the others begin.
const rowsAnAnswer = 1000

// APIRehearsal is what an act would do. What does not apply is absent.
type APIRehearsal struct {
	Rehearsal string `json:"rehearsal"`
	State     string `json:"state" enum:"rehearsing,rehearsed,failed"`
	Total     int    `json:"total"`
	Done      int    `json:"done"`
	Count     int    `json:"count"`
	Same      int    `json:"same"`
	APIGone
	Changes []APIActChange  `json:"changes" nullable:"false"`
	Refused []APIActRefused `json:"refused" nullable:"false"`
	Next    int64           `json:"next,omitempty"`
	Receipt int64           `json:"receipt,omitempty"`
}

// APIGone is what goes along with the rows of an act.
type APIGone struct {
	Posts    int64  `json:"posts,omitempty"`
	Drafts   int64  `json:"drafts,omitempty"`
	Sessions int64  `json:"sessions,omitempty"`
	Tokens   int64  `json:"tokens,omitempty"`
	Credits  string `json:"credits,omitempty"`
	Refunded string `json:"refunded,omitempty"`
	Waiting  int64  `json:"waiting,omitempty"`
}

// APIActRow names a row of an act: a user, a post with its author, or an order with who placed it.
type APIActRow struct {
	ID          int64  `json:"id"`
	Username    string `json:"username,omitempty"`
	Title       string `json:"title,omitempty"`
	ProductName string `json:"product_name,omitempty"`
}

// APIActChange is a row that would change. Where it would be gone there is no after.
type APIActChange struct {
	APIActRow
	Before map[string]any `json:"before,omitempty"`
	After  map[string]any `json:"after,omitempty"`
	Posts  int64          `json:"posts,omitempty"`
	Drafts int64          `json:"drafts,omitempty"`
}

// APIActRefused is a row that is left alone, or cannot be taken back.
type APIActRefused struct {
	APIActRow
	Reason  string `json:"reason"`
	Receipt int64  `json:"receipt,omitempty"`
	UserID  int64  `json:"user_id,omitempty"`
}

// APIReceipt is an act that was done.
type APIReceipt struct {
	Receipt      int64          `json:"receipt"`
	Act          string         `json:"act"`
	Target       string         `json:"target" enum:"user,post,order"`
	State        string         `json:"state" enum:"running,done"`
	Count        int64          `json:"count"`
	RefusedCount int64          `json:"refused_count"`
	By           string         `json:"by,omitempty"`
	At           time.Time      `json:"at"`
	Reason       string         `json:"reason,omitempty"`
	Filter       *string        `json:"filter,omitempty"`
	Params       map[string]any `json:"params,omitempty"`
	Undoes       int64          `json:"undoes,omitempty"`
	UndoUntil    time.Time      `json:"undo_until"`
	APIGone
}

// APIReceiptPage is a receipt with rows that it touched.
type APIReceiptPage struct {
	APIReceipt
	Changes []APITouched    `json:"changes" nullable:"false"`
	Refused []APIActRefused `json:"refused" nullable:"false"`
	Next    int64           `json:"next,omitempty"`
}

// APITouched is a row that an act touched.
type APITouched struct {
	APIActChange
	Transfer string `json:"transfer,omitempty"`
	UndoneBy int64  `json:"undone_by,omitempty"`
	InTheWay string `json:"in_the_way,omitempty"`
}

func apiReceipt(act *models.Act) APIReceipt {
	return APIReceipt{Receipt: act.ID, Act: act.Kind, Target: act.TargetKind, State: act.State, Count: act.Total, RefusedCount: act.Refused, By: act.ByName,
		At: act.At.UTC(), Reason: act.Reason, Filter: act.Filter, Params: act.Params, Undoes: act.Undoes, UndoUntil: act.UndoUntil.UTC(), APIGone: apiGone(act.Counts)}
}

func apiGone(counts models.Counts) APIGone {
	gone := APIGone{Posts: counts.Count("posts"), Drafts: counts.Count("drafts"), Sessions: counts.Count("sessions"), Tokens: counts.Count("tokens"), Credits: counts.Credits(), Waiting: counts.Count("waiting")}
	if refunded := counts.Refunded(); refunded.IsPositive() {
		gone.Refunded = refunded.StringFixed(2)
	}
	return gone
}

func apiActRow(target string, id int64, label, name string) APIActRow {
	switch target {
	case "post":
		return APIActRow{ID: id, Username: name, Title: label}
	case "order":
		return APIActRow{ID: id, Username: name, ProductName: label}
	}
	return APIActRow{ID: id, Username: label}
}

func apiActChange(target string, line *models.ActLine) APIActChange {
	return APIActChange{apiActRow(target, line.ID, line.Label, line.Name), apiAmounts(line.Before), apiAmounts(line.After), line.Went["posts"], line.Went["drafts"]}
}

// apiAmounts writes the credits among the fields as every call says them.
func apiAmounts(fields map[string]any) map[string]any {
	for _, name := range []string{"credits", "total"} {
		if credits, ok := fields[name].(float64); ok {
			fields[name] = strconv.FormatFloat(credits, 'f', 2, 64)
		}
	}
	return fields
}

// apiWhy is a sentence with its moments as programs read them.
func apiWhy(s models.Sentence) string {
	args := slices.Clone(s.Args)
	for i, arg := range args {
		if at, ok := arg.(time.Time); ok {
			args[i] = at.UTC().Format(time.RFC3339)
		}
	}
	return models.Sentence{Text: s.Text, Args: args}.String()
}

func apiTouched(target string, line *models.ActLine) APITouched {
	touched := APITouched{APIActChange: apiActChange(target, line), Transfer: line.Transfer, InTheWay: apiWhy(line.Why)}
	if !line.Again {
		touched.UndoneBy = line.UndoneBy
	}
	return touched
}

func apiRefused(target string, lines []models.ActLine) []APIActRefused {
	list := make([]APIActRefused, len(lines))
	for i, line := range lines {
		list[i] = apiInTheWay(target, models.Obstacle{ID: line.ID, Label: line.Label, Name: line.Name, Why: line.Why, See: line.See})
	}
	return list
}

// apiInTheWay names what stands in the way, and its receipt or its user.
func apiInTheWay(target string, row models.Obstacle) APIActRefused {
	refused := APIActRefused{APIActRow: apiActRow(target, row.ID, row.Label, row.Name), Reason: apiWhy(row.Why)}
	kind, id, _ := strings.Cut(row.See, " ")
	number, _ := strconv.ParseInt(id, 10, 64) // it was written by us
	switch kind {
	case "act":
		refused.Receipt = number
	case "user":
		refused.UserID = number
	}
	return refused
}

// rowPage reads the rows after one of an id.
type rowPage func(after int64) (lines []models.ActLine, more bool, err error)

// bothLists reads two lists in the order of ids as one, from after on: next is the id after which both go on, 0 at the end.
func bothLists(after int64, first, second rowPage) (a, b []models.ActLine, next int64, err error) {
	a, more, err := first(after)
	if err != nil {
		return nil, nil, 0, err
	}
	if more {
		next = a[len(a)-1].ID
	}
	if b, more, err = second(after); err != nil {
		return nil, nil, 0, err
	}
	if last := len(b) - 1; more && (next == 0 || b[last].ID < next) {
		next = b[last].ID
	}
	if next != 0 {
		beyond := func(line models.ActLine) bool { return line.ID > next }
		a, b = slices.DeleteFunc(a, beyond), slices.DeleteFunc(b, beyond)
	}
	return a, b, next, nil
}
