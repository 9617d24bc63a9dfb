package controllers

import (
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIUndo says what of an act to take back: all of it unless it names rows.
type APIUndo struct {
	IDs    given[[]int64] `json:"ids" required:"false"`
	Others given[bool]    `json:"others" required:"false"`
	Reason given[string]  `json:"reason" required:"false"`
}

// APIByReceipt is the input of a call about one receipt.
type APIByReceipt struct {
	Receipt int64 `path:"receipt" minimum:"1"`
}

type receiptReply struct{ Body APIReceipt }

// Undo takes an act back. What stands in the way is named, and nothing has changed.
func (a APIActs) Undo(c *gin.Context, in *struct {
	APIByReceipt
	Body *APIUndo
}) (*receiptReply, error) {
	of := models.UndoOf{Receipt: in.Receipt}
	if b := in.Body; b != nil {
		if b.IDs.wrong || b.IDs.said() && len(b.IDs.value) == 0 {
			return nil, models.Invalid{"ids": models.Say("Tick at least one row.")}
		}
		of.IDs, of.Others, of.Reason = b.IDs.value, b.Others.value, b.Reason.value
	}
	ctx := c.Request.Context()
	back, err := a.Store.Undo(ctx, me(c), of)
	if err == nil {
		back, err = a.Store.AwaitAct(ctx, me(c), back.ID, actPatience)
	}
	if err != nil {
		return nil, err
	}
	return &receiptReply{apiReceipt(back)}, nil
}
