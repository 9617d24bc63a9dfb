package controllers

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
	"postroom/templates"
)

// AdminRehearsals is where an act on users, posts or orders is tried before it is done. A form sends
//
//	target  "user", "post" or "order"; user unless given
//	act     what to do, see models.ActKinds
//	set     "all": all that match filter; else the ids
//	filter  the query of the list's filter
//	ids     once for each ticked row
//	until, reason, role, field, value, amount, note
//	        what the act needs besides; where one of those it needs is not sent at all, a page asks for it
//
// templates/shared/act_bar.html is such a form.
type AdminRehearsals struct{ *App }

const (
	// linesAPage is how many rows of a rehearsal or a receipt a page lists.
	linesAPage = 25
	// rehearsalPatience is how long the answer waits for a short rehearsal. A longer one goes on by itself.
	rehearsalPatience = 3 * time.Second
)

// Index leads who loads the address of a form again to the list.
func (a AdminRehearsals) Index(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, "/admin/users")
	return nil
}

// Create begins a rehearsal of what was chosen in a list. What the act needs besides is asked for first.
func (a AdminRehearsals) Create(c *gin.Context) error {
	in, asked, err := a.newRehearsal(c)
	if err != nil {
		return err
	}
	wrong := models.Invalid{}
	if knownFilter(wrong, in.TargetKind, in.Filter); len(wrong) > 0 {
		return wrong
	}
	if asked {
		rehearsal, err := a.Store.Rehearse(c.Request.Context(), me(c), in)
		if err == nil {
			if _, err := a.Store.AwaitRehearsal(c.Request.Context(), me(c), rehearsal.Key, rehearsalPatience); err != nil {
				return err
			}
			return a.redirect(c, "/admin/rehearsals/"+rehearsal.Key.String(), models.Sentence{})
		}
		switch {
		case !errors.As(err, &wrong), wrong["filter"].Text != "", wrong["act"].Text != "":
			return err
		case wrong["ids"].Text != "":
			return a.notTicked(c, in.TargetKind, wrong["ids"])
		}
	}
	if in.Filter == nil && len(in.IDs) == 0 {
		return a.notTicked(c, in.TargetKind, models.Say("Tick at least one row."))
	}
	needs := []string{}
	for _, kind := range models.ActKinds(in.TargetKind) {
		if kind.Name == in.Kind {
			needs = kind.Needs
		}
	}
	values := H{"Title": actSays(in.TargetKind, in.Kind).verb, "Place": "admin", "Rail": railOf(in.TargetKind), "Act": in.Kind, "Needs": needs, "Form": typed(c),
		"Hidden": keptFields(c.Request.PostForm), "Back": a.backOf(in.TargetKind, in.Filter, in.IDs), "Count": len(in.IDs), "All": in.Filter != nil}
	if len(wrong) > 0 {
		return a.again(c, wrong, "admin_rehearsals/new", values)
	}
	if values["Form"].(map[string]string)["until"] == "" {
		values["Form"].(map[string]string)["until"] = time.Now().In(me(c).Location(a.Zone)).AddDate(0, 0, 7).Format(localMinute)
	}
	return a.show(c, http.StatusOK, "admin_rehearsals/new", values)
}

// notTicked leads back to the list: nothing, or too much, was ticked there.
func (a AdminRehearsals) notTicked(c *gin.Context, target string, said models.Sentence) error {
	query, err := url.ParseQuery(c.PostForm("filter"))
	if err != nil {
		return models.Invalid{"filter": said}
	}
	filter := query.Encode()
	return a.redirect(c, a.backOf(target, &filter, nil), said)
}

// localMinute is how a browser writes a moment in a form.
const localMinute = "2006-01-02T15:04"

// newRehearsal reads what was chosen: an act, and the ticked rows or all that match. asked is false where the act needs to be
// told more, and the form does not say it.
func (a AdminRehearsals) newRehearsal(c *gin.Context) (in models.NewRehearsal, asked bool, err error) {
	zone := me(c).Location(a.Zone)
	in = models.NewRehearsal{TargetKind: c.DefaultPostForm("target", "user"), Kind: c.PostForm("act"), Zone: zone}
	i := slices.IndexFunc(models.ActKinds(in.TargetKind), func(kind models.ActKind) bool { return kind.Name == in.Kind })
	if i < 0 {
		return in, false, models.Invalid{"act": models.Say("There is no such act.")}
	}
	if c.PostForm("set") == "all" {
		filter := c.PostForm("filter")
		in.Filter = &filter
	} else {
		for _, typed := range c.PostFormArray("ids") {
			id, err := strconv.ParseInt(typed, 10, 64)
			if err != nil {
				return in, false, models.Invalid{"ids": models.Say("Tick at least one row.")}
			}
			in.IDs = append(in.IDs, id)
		}
	}
	asked = true
	for _, need := range models.ActKinds(in.TargetKind)[i].Needs {
		_, said := c.GetPostForm(need)
		asked = asked && said
	}
	in.Params = models.ActParams{Reason: c.PostForm("reason"), Role: c.PostForm("role"), Field: c.PostForm("field"), Value: strings.TrimSpace(c.PostForm("value")),
		Amount: c.PostForm("amount"), Note: c.PostForm("note")}
	in.Params.Until, _ = parseMoment(c.PostForm("until"), zone)
	return in, asked, nil
}

// parseMoment reads a moment as a form or a program writes it; a day is its first moment.
func parseMoment(text string, zone *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if at, err := time.ParseInLocation(localMinute, text, zone); err == nil {
		return at, nil
	}
	return time.ParseInLocation(time.DateOnly, text, zone)
}

// keptFields are the fields that the next form must carry along: what was chosen in the list.
func keptFields(form url.Values) (hidden []pair) {
	for _, name := range []string{"target", "act", "set", "filter", "ids"} {
		for _, value := range form[name] {
			hidden = append(hidden, pair{name, value})
		}
	}
	return hidden
}

// Show shows a rehearsal: what would happen, and who is refused.
func (a AdminRehearsals) Show(c *gin.Context) error {
	r, err := a.rehearsal(c)
	if err != nil {
		return err
	}
	values, err := a.rehearsalPage(c, r)
	if err != nil {
		return err
	}
	return a.show(c, http.StatusOK, "admin_rehearsals/show", values)
}

// File is the whole list as CSV.
func (a AdminRehearsals) File(c *gin.Context) error {
	r, err := a.rehearsal(c)
	if err != nil {
		return err
	}
	lang := a.language(c)
	return a.download(c, "rehearsal.csv", "text/csv", func(ctx context.Context, w io.Writer) error {
		return a.Store.WriteRehearsalCSV(ctx, me(c), r, w, func(s models.Sentence) string { return lang.Say(s) })
	})
}

func (a AdminRehearsals) rehearsal(c *gin.Context) (*models.Rehearsal, error) {
	key, err := uuid.Parse(c.Param("key"))
	if err != nil {
		return nil, models.ErrNotFound
	}
	return a.Store.Rehearsal(c.Request.Context(), me(c), key)
}

// rehearsalPage are the values of a rehearsal's page.
func (a *App) rehearsalPage(c *gin.Context, r *models.Rehearsal) (H, error) {
	ctx := c.Request.Context()
	after, refusedAfter := pageAfter(c, "after"), pageAfter(c, "refused_after")
	when := templates.When{Language: a.language(c), Zone: me(c).Location(a.Zone), Now: time.Now()}
	lines, more, err := a.Store.RehearsalLines(ctx, me(c), r, after, linesAPage)
	if err != nil {
		return nil, err
	}
	refused, moreRefused, err := a.Store.RehearsalRefusals(ctx, me(c), r, refusedAfter, linesAPage)
	if err != nil {
		return nil, err
	}
	words := actSays(r.TargetKind, r.Kind)
	path := "/admin/rehearsals/" + r.Key.String()
	values := H{"Title": words.title(int64(r.Changes), int64(r.Total)), "Place": "admin", "Rail": railOf(r.TargetKind), "R": r, "Path": path,
		"Button": words.button(int64(r.Changes)), "Set": a.setWords(c, r.TargetKind, r.Filter, r.Total), "Back": a.backOf(r.TargetKind, r.Filter, nil),
		"Facts": append(paramFacts(r.Params, when), allFact(r.Params, int64(r.Changes), when)...), "Danger": actKind(r.TargetKind, r.Kind).Danger, "Final": actKind(r.TargetKind, r.Kind).Final, "Delete": r.Kind == "delete", "Target": r.TargetKind,
		"Lines": actLines(r.TargetKind, lines, when), "RefusedLines": actLines(r.TargetKind, refused, when), "UndoUntil": r.At.Add(models.UndoLife),
		"Next": nextLines(path, "after", more, lines), "First": after != 0 || refusedAfter != 0, "NextRefused": nextLines(path, "refused_after", moreRefused, refused),
		"Form": typed(c), "Difference": r.Difference, "Came": []actLine(nil), "Left": []actLine(nil), "Changed": []actLine(nil)}
	if one := slices.Concat(lines, refused); r.Filter == nil && r.Total == 1 && len(one) == 1 {
		values["Set"], values["Back"] = models.Say("%s", nameOf(r.TargetKind, one[0])), targetPath(r.TargetKind, one[0].ID)
	}
	if d := r.Difference; d != nil {
		values["Came"], values["Left"], values["Changed"] = differingLines(r.TargetKind, d.Came, when), differingLines(r.TargetKind, d.Left, when), differingLines(r.TargetKind, d.Changed, when)
	}
	return values, nil
}

// nameOf is what people call the row.
func nameOf(target string, line models.ActLine) string {
	if target != "user" {
		return line.Label
	}
	return cmp.Or(line.Name, line.Label)
}

// pageAfter is the id after which a list of rows goes on; 0: from its beginning.
func pageAfter(c *gin.Context, name string) int64 {
	id, err := strconv.ParseInt(c.Query(name), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// nextLines is the address of the next rows; empty where these are the last.
func nextLines(path, name string, more bool, lines []models.ActLine) string {
	if !more {
		return ""
	}
	return path + "?" + name + "=" + formatNumber(lines[len(lines)-1].ID)
}

func formatNumber(n int64) string { return strconv.FormatInt(n, 10) }
