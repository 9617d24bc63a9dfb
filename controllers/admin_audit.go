package controllers

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminAudit is where an admin reads the log.
type AdminAudit struct{ *App }

// auditList is a page of the log with its filter.
type auditList struct {
	Form        map[string]string
	Errors      models.Invalid
	Kinds       []models.AuditKind
	Lines       []auditLine
	First, Next string // the addresses of other pages; empty where there are none
	Filtered    bool
}

// auditLine is a line of the log as a page shows it.
type auditLine struct {
	models.AuditLine
	What     models.Sentence
	Path     string // of the line
	ActorTo  string // the lines about who acted; empty: a visitor, or the server itself
	TargetTo string // what was acted upon, or the lines about it, or the receipt
	NameTo   string // the lines about it, beside the receipt
}

// Control is the control of a name.
func (l *auditList) Control(name string) filterControl {
	control := filterControl{ID: name, Value: l.Form[name]}
	if said, ok := l.Errors[name]; ok {
		control.Error = said
	}
	return control
}

// Index lists the log, the newest first.
func (a AdminAudit) Index(c *gin.Context) error {
	if tidied(c) {
		return nil
	}
	query := c.Request.URL.Query()
	f, err := models.ParseAuditFilter(query, me(c).Location(a.Zone))
	l := &auditList{Form: map[string]string{}, Kinds: models.AuditKinds(), Filtered: !f.IsEmpty()}
	for name, values := range query {
		l.Form[name] = strings.ToValidUTF8(values[0], "�")
	}
	status := http.StatusOK
	if err != nil {
		if !errors.As(err, &l.Errors) {
			return err
		}
		status = http.StatusUnprocessableEntity
	} else if err := a.fill(c, l, f); err != nil {
		return err
	}
	return a.show(c, status, "admin_audit/index", H{"Title": models.Say("Log"), "Place": "admin", "Rail": "log", "List": l, "Errors": l.Errors})
}

func (a AdminAudit) fill(c *gin.Context, l *auditList, f models.AuditFilter) error {
	lines, next, err := a.Store.Audit(c.Request.Context(), me(c), f)
	if err != nil {
		return err
	}
	for _, line := range lines {
		l.Lines = append(l.Lines, newAuditLine(line))
	}
	at := f.Query()
	if f.After != 0 {
		l.First = address("/admin/audit", at)
	}
	if next != 0 {
		at.Set("after", strconv.FormatInt(next, 10))
		l.Next = address("/admin/audit", at)
	}
	return nil
}

// Show opens one line.
func (a AdminAudit) Show(c *gin.Context) error {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	line, err := a.Store.AuditLine(c.Request.Context(), me(c), id)
	if err != nil {
		return err
	}
	userAgent, _ := line.Details["user_agent"].(string)
	session, _ := line.Details["session"].(string)
	return a.show(c, http.StatusOK, "admin_audit/show", H{"Title": models.Say("Line %d of the log", int(line.ID)), "Place": "admin", "Rail": "log",
		"Line": newAuditLine(*line), "UserAgent": userAgent, "Session": session, "Changes": auditChanges(line), "Facts": auditFacts(line), "Seconds": line.At.Format(time.RFC3339)})
}

func newAuditLine(line models.AuditLine) auditLine {
	shown := auditLine{AuditLine: line, What: models.Sentence{Text: line.Kind}, Path: "/admin/audit/" + strconv.FormatInt(line.ID, 10)}
	for _, kind := range models.AuditKinds() {
		if kind.Name == line.Kind {
			shown.What = kind.Say
		}
	}
	if line.Actor != "" {
		shown.ActorTo = "/admin/audit?person=" + line.Actor
	}
	switch {
	case line.Receipt != 0:
		if line.TargetKind == "user" && line.Target != "" {
			shown.NameTo = "/admin/audit?person=" + line.Target
		}
		shown.TargetTo = "/admin/acts/" + strconv.FormatInt(line.Receipt, 10)
	case line.TargetKind == "user" && line.Target != "":
		shown.TargetTo = "/admin/audit?person=" + line.Target
	case line.TargetKind == "post" && line.Kind != "post.delete":
		shown.TargetTo = "/posts/" + strconv.FormatInt(line.TargetID, 10)
	case line.TargetKind == "series":
		shown.TargetTo = "/series/" + strconv.FormatInt(line.TargetID, 10)
	case line.TargetKind == "event":
		shown.TargetTo = "/calendar/" + strconv.FormatInt(line.TargetID, 10)
	case line.TargetKind == "comment":
		shown.TargetTo = "/comments/" + strconv.FormatInt(line.TargetID, 10)
	case line.TargetKind == "file" && line.Kind != "avatar.set":
		shown.TargetTo = "/files/" + strconv.FormatInt(line.TargetID, 10)
	case line.TargetKind == "tag":
		shown.TargetTo = (&models.TagChange{ID: line.TargetID, Tag: line.Target}).Path()
	case line.TargetKind == "order":
		shown.TargetTo = "/orders/" + strconv.FormatInt(line.TargetID, 10)
	case line.TargetKind == "perk" && line.Kind != "perk.delete":
		shown.TargetTo = "/admin/perks/" + strconv.FormatInt(line.TargetID, 10)
	}
	return shown
}

// auditChange is a field as it was and as it became; empty for none.
type auditChange struct{ Name, Before, After string }

// auditChanges are what the line says of before and after, by name.
func auditChanges(line *models.AuditLine) []auditChange {
	before, _ := line.Details["before"].(map[string]any)
	after, _ := line.Details["after"].(map[string]any)
	var names []string
	for _, fields := range []map[string]any{before, after} {
		for name := range fields {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	var changes []auditChange
	for _, name := range names {
		changes = append(changes, auditChange{name, auditValue(before[name]), auditValue(after[name])})
	}
	return changes
}

// auditFacts is what else the line says.
func auditFacts(line *models.AuditLine) []auditChange {
	var facts []auditChange
	for name, value := range line.Details {
		if said := auditValue(value); said != "" && !slices.Contains([]string{"before", "after", "user_agent", "session"}, name) {
			facts = append(facts, auditChange{Name: name, After: said})
		}
	}
	slices.SortFunc(facts, func(a, b auditChange) int { return strings.Compare(a.Name, b.Name) })
	return facts
}

func auditValue(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case []any:
		if len(value) == 0 {
			return ""
		}
	case map[string]any:
		if len(value) == 0 {
			return ""
		}
	}
	encoded, _ := json.Marshal(value) // it was read from JSON
	return string(encoded)
}
