package controllers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"postroom/models"
)

// Orders is where users order perks, and see what they ordered.
type Orders struct{ *App }

// Index lists one's own orders.
func (o Orders) Index(c *gin.Context) error {
	if tidied(c) {
		return nil
	}
	ctx, by := c.Request.Context(), me(c)
	query := c.Request.URL.Query()
	for name := range query {
		if name != "after" {
			query.Del(name)
		}
	}
	filter, err := models.ParseOrderFilter(query, by.Location(o.Zone))
	if err != nil {
		return err
	}
	filter.UserID = by.ID
	orders, next, err := o.Store.Orders(ctx, by, filter)
	if err != nil {
		return err
	}
	count, err := o.Store.UserOrders(ctx, by, by.ID)
	if err != nil {
		return err
	}
	values := H{"Title": models.Say("Your orders"), "Place": "orders", "Orders": orders, "Count": count, "First": filter.After.ID == 0, "Next": next}
	return o.show(c, http.StatusOK, "orders/index", values)
}

// Create places an order. The same form sent twice is one order.
func (o Orders) Create(c *gin.Context) error {
	perkID, err := pathID(c.PostForm("perk_id"))
	if err != nil {
		return err
	}
	order, replayed, err := o.Store.PlaceOrder(c.Request.Context(), me(c), models.NewOrder{PerkID: perkID, Quantity: quantity(c.PostForm("quantity")), Note: c.PostForm("note"),
		Key: c.PostForm("key"), Prices: c.PostForm("prices")})
	if err != nil {
		perk, problem := o.Store.Perk(c.Request.Context(), me(c), perkID)
		if problem != nil {
			return problem
		}
		form := typed(c)
		var invalid models.Invalid
		if form["key"] == "" {
			form["key"] = uuid.NewString()
		}
		if errors.As(err, &invalid) && invalid["key"].Text != "" {
			// Back in the browser, and sent again with another quantity: a second order, if it is meant.
			form["key"] = uuid.NewString()
			err = models.Invalid{"": models.Say("This form has placed an order already. To order once more, send it again.")}
		}
		values, problem := o.perkPage(c, perk, form)
		if problem != nil {
			return problem
		}
		return o.again(c, err, "perks/show", values)
	}
	said := models.Say("Ordered: %s × %d, for %.2f credits.", order.Product, order.Quantity, order.Total.InexactFloat64())
	if replayed {
		said = models.Say("This order was placed already. Nothing more was moved.")
	}
	return o.redirect(c, order.Path(), said)
}

// quantity reads how many pieces; 0, which nobody can order, for what is no number.
func quantity(typed string) int {
	typed = strings.TrimSpace(typed)
	n, err := strconv.Atoi(typed)
	if err != nil || strings.Trim(typed, "0123456789") != "" {
		return 0
	}
	return n
}

// Show shows an order to who placed it, and to admins.
func (o Orders) Show(c *gin.Context) error {
	values, err := o.orderPage(c)
	if err != nil {
		return err
	}
	return o.show(c, http.StatusOK, "orders/show", values)
}

// Back leads who loads the address of a form again to the order.
func (o Orders) Back(c *gin.Context) error {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/orders/"+strconv.FormatInt(id, 10))
	return nil
}

func (a *App) orderPage(c *gin.Context) (H, error) {
	id, err := pathID(c.Param("id"))
	if err != nil {
		return nil, err
	}
	by := me(c)
	order, states, err := a.Store.Order(c.Request.Context(), by, id)
	if err != nil {
		return nil, err
	}
	shown := make([]orderState, len(states))
	for i, state := range states {
		shown[i] = orderState{state, orderSays(state.State)}
	}
	transfers := "/transfers/"
	if by.ID != order.UserID {
		transfers = "/admin/transfers/"
	}
	return H{"Title": models.Say("Order %d", int(order.ID)), "Place": "orders", "Order": order, "State": orderSays(order.State), "States": shown, "Own": by.ID == order.UserID,
		"MayCancel": by.CanCancel(order), "MayFulfil": by.IsAdmin() && order.State == models.OrderOrdered, "Form": map[string]string{}, "Transfers": transfers}, nil
}

// orderState is a state of an order with its words.
type orderState struct {
	models.OrderState
	Say models.Sentence
}

// orderSays is a state in words.
func orderSays(state string) models.Sentence {
	switch state {
	case models.OrderFulfilled:
		return models.Say("fulfilled")
	case models.OrderCancelled:
		return models.Say("cancelled")
	}
	return models.Say("ordered")
}

// Cancel cancels an order and pays it back.
func (o Orders) Cancel(c *gin.Context) error {
	values, err := o.orderPage(c)
	if err != nil {
		return err
	}
	order := values["Order"].(*models.Order)
	if me(c).ID != order.UserID {
		return models.ErrNotFound // admins act by AdminOrderActs
	}
	order, err = o.Store.CancelOrder(c.Request.Context(), me(c), order.ID, c.PostForm("note"))
	return o.turned(c, values, err, orderCancelled(order), 0)
}

// turned answers a form that brings an order into another state. What cannot be done any more is no fault of the form's.
func (a *App) turned(c *gin.Context, values H, err error, said models.Sentence, receipt int64) error {
	path := values["Order"].(*models.Order).Path()
	var conflict *models.Conflict
	if errors.As(err, &conflict) && conflict.Say.Text != "" {
		return a.redirect(c, path, conflict.Say)
	}
	if err != nil {
		values["Form"] = typed(c)
		return a.again(c, err, "orders/show", values)
	}
	return a.acted(c, path, said, receipt)
}

func orderCancelled(order *models.Order) models.Sentence {
	if order == nil {
		return models.Sentence{}
	}
	return models.Say("Order %d is cancelled. %.2f credits are paid back.", int(order.ID), order.Total.InexactFloat64())
}
