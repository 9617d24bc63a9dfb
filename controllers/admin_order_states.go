package controllers

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/shopspring/decimal"

	"postroom/models"
)

// AdminOrderStates is where admins fulfil and cancel orders, one or many.
type AdminOrderStates struct{ *App }

// Index leads who loads the address of the form again to the list.
func (o AdminOrderStates) Index(c *gin.Context) error {
	c.Redirect(http.StatusSeeOther, "/admin/orders")
	return nil
}

// Create brings the ticked orders into a state. Before any is cancelled, it asks.
func (o AdminOrderStates) Create(c *gin.Context) error {
	ids, err := tickedOrders(c)
	if err != nil {
		return err
	}
	ctx, by, note := c.Request.Context(), me(c), c.PostForm("note")
	switch state := c.PostForm("state"); {
	case len(ids) == 0:
		return o.redirect(c, "/admin/orders", models.Say("Tick at least one order."))
	case state == models.OrderFulfilled:
		turned, err := o.Store.FulfilOrders(ctx, by, ids, note)
		if err != nil {
			return err
		}
		return o.done(c, ids, turned, models.Say("%d orders are fulfilled.", len(turned.Done)), models.Say("%d orders are fulfilled. Left as they were: %d.", len(turned.Done), len(turned.Refused)))
	case state == models.OrderCancelled && c.PostForm("sure") != "yes":
		return o.ask(c, ids, nil)
	case state == models.OrderCancelled:
		turned, err := o.Store.CancelOrders(ctx, by, ids, note)
		if err != nil {
			return o.ask(c, ids, err)
		}
		paid := turned.Refunded.InexactFloat64()
		return o.done(c, ids, turned, models.Say("%d orders are cancelled, and %.2f credits paid back.", len(turned.Done), paid),
			models.Say("%d orders are cancelled, and %.2f credits paid back. Left as they were: %d.", len(turned.Done), paid, len(turned.Refused)))
	}
	return models.ErrNotFound
}

func tickedOrders(c *gin.Context) ([]int64, error) {
	var ids []int64
	for _, typed := range c.PostFormArray("ids") {
		id, err := strconv.ParseInt(typed, 10, 64)
		if err != nil || id < 1 {
			return nil, models.ErrNotFound
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// ask shows what would be cancelled, with what is wrong where something is.
func (o AdminOrderStates) ask(c *gin.Context, ids []int64, failed error) error {
	filter := models.OrderFilter{IDs: ids, Limit: 100}
	orders, _, err := o.Store.Orders(c.Request.Context(), me(c), filter)
	if err != nil {
		return err
	}
	var open []*models.Order
	total := decimal.Zero
	for _, order := range orders {
		if me(c).CanCancel(order) {
			open = append(open, order)
			total = total.Add(order.Total)
		}
	}
	values := H{"Title": models.Say("Cancel %d orders", len(open)), "Place": "admin", "Rail": "orders", "Orders": open, "Total": total, "Left": len(ids) - len(open), "Form": typed(c)}
	if failed != nil {
		return o.again(c, failed, "admin_order_states/new", values)
	}
	if len(open) == 0 {
		return o.redirect(c, "/admin/orders", models.Say("What is cancelled already stays as it is."))
	}
	return o.show(c, http.StatusOK, "admin_order_states/new", values)
}

// done leads to the one order, or to the list.
func (o AdminOrderStates) done(c *gin.Context, ids []int64, turned *models.OrdersTurned, all, some models.Sentence) error {
	said, to := all, "/admin/orders"
	if len(turned.Refused) > 0 {
		said = some
	}
	if len(ids) == 1 {
		to = fmt.Sprintf("/orders/%d", ids[0])
	}
	return o.redirect(c, to, said)
}
