package controllers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
	"postroom/templates"
)

// AdminActs is where what was rehearsed is done, and where the receipts are.
type AdminActs struct{ *App }

// receiptsAPage is how many receipts a page lists.
const receiptsAPage = 50

// receiptLine is a receipt as the list shows it.
type receiptLine struct {
	*models.Act
	What models.Sentence
	Path string
}

// Index lists the receipts, the newest first.
func (a AdminActs) Index(c *gin.Context) error {
	before := pageAfter(c, "before")
	acts, more, err := a.Store.Acts(c.Request.Context(), me(c), before, receiptsAPage)
	if err != nil {
		return err
	}
	next := ""
	if more {
		next = "/admin/acts?before=" + formatNumber(acts[len(acts)-1].ID)
	}
	return a.show(c, http.StatusOK, "admin_acts/index", H{"Title": models.Say("Receipts"), "Place": "admin", "Rail": "log", "Acts": receiptLines(acts), "Next": next, "First": before != 0})
}

func receiptLines(acts []*models.Act) []receiptLine {
	lines := make([]receiptLine, len(acts))
	for i, act := range acts {
		lines[i] = receiptLine{act, actSays(act.TargetKind, act.Kind).done(act.Total), receiptPath(act.ID)}
	}
	return lines
}

// Create does what was rehearsed. Where the set has changed it does nothing, and the new rehearsal shows the difference.
func (a AdminActs) Create(c *gin.Context) error {
	key, err := uuid.Parse(c.PostForm("rehearsal"))
	if err != nil {
		return models.ErrNotFound
	}
	ctx := c.Request.Context()
	act, err := a.Store.Commit(ctx, me(c), key, c.PostForm("reason"))
	var changed *models.SetChanged
	var invalid models.Invalid
	switch {
	case err == nil:
		return a.redirect(c, receiptPath(act.ID), models.Sentence{})
	case errors.As(err, &changed):
		if _, err := a.Store.AwaitRehearsal(ctx, me(c), changed.Rehearsal.Key, rehearsalPatience); err != nil {
			return err
		}
		return a.redirect(c, "/admin/rehearsals/"+changed.Rehearsal.Key.String(), models.Sentence{})
	case errors.As(err, &invalid):
		r, problem := a.Store.Rehearsal(ctx, me(c), key)
		if problem != nil {
			return problem
		}
		values, problem := a.rehearsalPage(c, r)
		if problem != nil {
			return problem
		}
		return a.again(c, err, "admin_rehearsals/show", values)
	}
	return err
}

// Show shows a receipt.
func (a AdminActs) Show(c *gin.Context) error {
	act, err := a.act(c)
	if err != nil {
		return err
	}
	values, err := a.receipt(c, act)
	if err != nil {
		return err
	}
	return a.show(c, http.StatusOK, "admin_acts/show", values)
}

// File is the list of who was touched, as CSV.
func (a AdminActs) File(c *gin.Context) error {
	act, err := a.act(c)
	if err != nil {
		return err
	}
	lang := a.language(c)
	return a.download(c, "receipt-"+formatNumber(act.ID)+".csv", "text/csv", func(ctx context.Context, w io.Writer) error {
		return a.Store.WriteActCSV(ctx, me(c), act, w, func(s models.Sentence) string { return lang.Say(s) })
	})
}

// act is the one that the address names.
func (a *App) act(c *gin.Context) (*models.Act, error) {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return nil, err
	}
	return a.Store.Act(c.Request.Context(), me(c), id)
}

func receiptPath(id int64) string { return "/admin/acts/" + formatNumber(id) }

// receipt are the values of a receipt's page.
func (a *App) receipt(c *gin.Context, act *models.Act) (H, error) {
	ctx, by := c.Request.Context(), me(c)
	after, refusedAfter := pageAfter(c, "after"), pageAfter(c, "refused_after")
	when := templates.When{Language: a.language(c), Zone: by.Location(a.Zone), Now: time.Now()}
	lines, more, err := a.Store.ActLines(ctx, by, act, after, linesAPage)
	if err != nil {
		return nil, err
	}
	refused, moreRefused, err := a.Store.Refusals(ctx, by, act, refusedAfter, linesAPage)
	if err != nil {
		return nil, err
	}
	outlook, err := a.Store.Outlook(ctx, by, act)
	if err != nil {
		return nil, err
	}
	words := actSays(act.TargetKind, act.Kind)
	path := receiptPath(act.ID)
	values := H{"Title": words.done(act.Total), "Place": "admin", "Rail": "log", "Act": act, "Path": path, "Now": words.now, "Outlook": outlook, "CanUndo": act.CanUndo(when.Now) && act.State == "done",
		"Facts": append(paramFacts(actParams(act), when), allFact(actParams(act), act.Total, when)...), "Lines": actLines(act.TargetKind, lines, when), "RefusedLines": actLines(act.TargetKind, refused, when),
		"Next": nextLines(path, "after", more, lines), "First": after != 0 || refusedAfter != 0, "NextRefused": nextLines(path, "refused_after", moreRefused, refused),
		"Set": models.Sentence{}, "SetTo": "", "Undoes": "", "Way": []actLine(nil), "Delete": act.Kind == "delete", "Went": wentWords(act), "Target": act.TargetKind}
	if act.RehearsedAt != nil {
		values["Set"] = a.setWords(c, act.TargetKind, act.Filter, int(max(act.Goal, act.Total)+act.Refused))
		if act.Filter != nil {
			values["SetTo"] = a.backOf(act.TargetKind, act.Filter, nil)
		}
	}
	if act.Undoes != 0 {
		values["Undoes"] = receiptPath(act.Undoes)
	}
	return values, nil
}

// actParams are the parameters of an act, as far as they are those of a rehearsal.
func actParams(act *models.Act) (p models.ActParams) {
	encoded, err := json.Marshal(act.Params)
	if err != nil || json.Unmarshal(encoded, &p) != nil {
		return models.ActParams{}
	}
	return p
}
