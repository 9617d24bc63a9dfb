package controllers

import (
	"slices"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminOrderActs is where an admin fulfils or cancels one order at once. Many begin in AdminRehearsals.
type AdminOrderActs struct{ *App }

// Create does the act, and says where its receipt is.
func (a AdminOrderActs) Create(c *gin.Context) error {
	values, err := a.orderPage(c)
	if err != nil {
		return err
	}
	kind := c.PostForm("act")
	if !slices.ContainsFunc(models.ActKinds("order"), func(known models.ActKind) bool { return known.Name == kind }) {
		return models.Invalid{"act": models.Say("There is no such act.")}
	}
	order := values["Order"].(*models.Order)
	act, err := a.Store.ActOnOrder(c.Request.Context(), me(c), order.ID, kind, c.PostForm("note"))
	said := models.Say("Order %d is fulfilled.", int(order.ID))
	if kind == "cancel" {
		said = orderCancelled(order)
	}
	if err == nil && act == nil {
		return a.redirect(c, order.Path(), models.Say("Order %d is like that already. Nothing was changed.", int(order.ID)))
	}
	receipt := int64(0)
	if act != nil {
		receipt = act.ID
	}
	return a.turned(c, values, err, said, receipt)
}
