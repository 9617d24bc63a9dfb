package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
)

// Transfers is where credits are given, and each transfer has its receipt.
type Transfers struct{ *App }

// Index leads who loads the address of the form again to the page of credits.
func (t Transfers) Index(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, "/credits")
	return nil
}

// Create gives credits to a user, or to the author of a post. The same form sent twice is one transfer, with one receipt.
func (t Transfers) Create(c *gin.Context) error {
	ctx := c.Request.Context()
	in := models.NewThanks{ToName: c.PostForm("to"), Note: c.PostForm("note"), Key: c.PostForm("key")}
	var moved *models.Moved
	var err error
	if number := c.PostForm("post"); number != "" {
		if in.PostID, err = refID(number); err != nil {
			return err
		}
	}
	if in.Amount, err = models.ParseAmount(c.PostForm("amount")); err == nil {
		moved, err = t.Store.Thank(ctx, me(c), in)
	}
	if err != nil {
		var post *models.Post
		if in.PostID != 0 {
			var problem error
			if post, problem = t.Store.ReadPost(ctx, me(c), in.PostID); problem != nil {
				return problem
			}
		}
		form := typed(c)
		err = transferProblem(err, form)
		return t.again(c, err, "transfers/new", H{"Title": models.Say("Give credits"), "Place": "credits", "Form": form, "Post": post})
	}
	return t.redirect(c, "/transfers/"+moved.ID.String(), models.Say("%.2f credits are given.", moved.Amount.InexactFloat64()))
}

// transferProblem puts what the ledger refuses beside the field that it is about. A key that was used gets a fresh one, so that
// the same form can be sent as another transfer.
func transferProblem(err error, form map[string]string) error {
	var invalid models.Invalid
	switch {
	case errors.Is(err, models.ErrInsufficient):
		return models.Invalid{"amount": models.ErrInsufficient.Say}
	case errors.Is(err, models.ErrNoTarget) && form["post"] != "":
		return models.Invalid{"": models.Say("Target user not found")}
	case errors.Is(err, models.ErrNoTarget):
		return models.Invalid{"to": models.Say("Target user not found")}
	case errors.As(err, &invalid) && invalid["key"].Text != "":
		delete(form, "key")
		return models.Invalid{"": invalid["key"]}
	}
	return err
}

// Show shows the receipt of a transfer to its two sides.
func (t Transfers) Show(c *gin.Context) error {
	transfer, err := t.transfer(c)
	if err != nil {
		return err
	}
	return t.show(c, http.StatusOK, "transfers/show", H{"Title": models.Say("Transfer"), "Place": "credits", "T": transfer, "Kind": transferKind(transfer.Kind), "Admin": false, "Base": "/transfers/"})
}

func (a *App) transfer(c *gin.Context) (*models.Transfer, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil || id.String() != c.Param("id") {
		return nil, models.ErrNotFound
	}
	return a.Store.Transfer(c.Request.Context(), me(c), id)
}

// transferKind is a kind of transfers in words.
func transferKind(kind string) models.Sentence {
	switch kind {
	case models.TransferThanks:
		return models.Say("thanks")
	case models.TransferGrant:
		return models.Say("grant")
	case models.TransferAllowance:
		return models.Say("allowance")
	case models.TransferOrder:
		return models.Say("order")
	case models.TransferRefund:
		return models.Say("refund")
	case models.TransferReversal:
		return models.Say("reversal")
	case models.TransferClosing:
		return models.Say("account closed")
	}
	return models.Say("account reopened")
}
