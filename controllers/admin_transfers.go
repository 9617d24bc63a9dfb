package controllers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/shopspring/decimal"

	"postroom/models"
)

// AdminTransfers is where admins look at a transfer, and take it back.
type AdminTransfers struct{ *App }

// Show shows a transfer, what was taken back of it, and the form that takes it back.
func (t AdminTransfers) Show(c *gin.Context) error {
	transfer, err := t.transfer(c)
	if err != nil {
		return err
	}
	return t.show(c, http.StatusOK, "admin_transfers/show", adminTransferPage(transfer, map[string]string{"amount": transfer.Left().StringFixed(2)}))
}

func adminTransferPage(transfer *models.Transfer, form map[string]string) H {
	return H{"Title": models.Say("Transfer"), "Place": "admin", "Rail": "grants", "T": transfer, "Kind": transferKind(transfer.Kind), "Admin": true, "Base": "/admin/transfers/", "Form": form}
}

// AdminReversals is where a transfer is taken back.
type AdminReversals struct{ *App }

// Create takes a transfer back, whole or partly.
func (r AdminReversals) Create(c *gin.Context) error {
	transfer, err := r.transfer(c)
	if err != nil {
		return err
	}
	in := models.NewReversal{Transfer: transfer.ID, InPart: c.PostForm("in_part") == "true", Reason: c.PostForm("reason"), Key: c.PostForm("key")}
	var moved *models.Moved
	if in.Amount, err = typedAmount(c.PostForm("amount")); err == nil {
		moved, err = r.Store.Reverse(c.Request.Context(), me(c), in)
	}
	if err != nil {
		form := typed(c)
		if errors.Is(err, models.ErrInsufficient) && !transfer.IsReversible() {
			err = models.Invalid{"": models.ErrInsufficient.Say} // the page has no form any more
		}
		return r.again(c, transferProblem(err, form), "admin_transfers/show", adminTransferPage(transfer, form))
	}
	return r.redirect(c, "/admin/transfers/"+transfer.ID.String(), models.Say("%.2f credits are taken back.", moved.Amount.InexactFloat64()))
}

// typedAmount reads an amount; nothing typed is all of it.
func typedAmount(text string) (decimal.Decimal, error) {
	if text == "" {
		return decimal.Zero, nil
	}
	return models.ParseAmount(text)
}
