package controllers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"postroom/models"
)

// AdminOrders is where admins see what was ordered.
type AdminOrders struct{ *App }

// orderList is a page of the orders with their filter.
type orderList struct {
	Form              map[string]string
	Errors            models.Invalid
	States            []orderChoice
	Perks             []*models.Perk
	Orders            []orderLine
	Count             models.OrderCount
	First, Next, File string // addresses; empty where there is none
	Query             string // of the filter, for acts
	Filtered          bool
}

type orderChoice struct {
	Name string
	Say  models.Sentence
}

type orderLine struct {
	*models.Order
	Say models.Sentence
}

// Control is the control of a name.
func (l *orderList) Control(name string) filterControl {
	control := filterControl{ID: name, Value: l.Form[name]}
	if said, ok := l.Errors[name]; ok {
		control.Error = said
	}
	return control
}

// perksInFilter is how many perks the filter offers by name.
const perksInFilter = 100

// Index lists the orders, the newest first.
func (o AdminOrders) Index(c *gin.Context) error {
	if tidied(c) {
		return nil
	}
	query := c.Request.URL.Query()
	filter, err := models.ParseOrderFilter(query, me(c).Location(o.Zone))
	l := &orderList{Form: map[string]string{}, Filtered: !filter.IsEmpty()}
	for name, values := range query {
		l.Form[name] = strings.ToValidUTF8(values[0], "�")
	}
	for _, state := range models.OrderStates() {
		l.States = append(l.States, orderChoice{state, orderSays(state)})
	}
	status := http.StatusOK
	if err != nil {
		if !errors.As(err, &l.Errors) {
			return err
		}
		status = http.StatusUnprocessableEntity
	} else if err := o.fill(c, l, filter); err != nil {
		return err
	}
	if err := o.perks(c, l, filter); err != nil {
		return err
	}
	return o.show(c, status, "admin_orders/index", H{"Title": models.Say("Orders"), "Place": "admin", "Rail": "orders", "List": l, "Errors": l.Errors})
}

func (o AdminOrders) fill(c *gin.Context, l *orderList, filter models.OrderFilter) (err error) {
	ctx := c.Request.Context()
	orders, next, err := o.Store.Orders(ctx, me(c), filter)
	if err != nil {
		return err
	}
	for _, order := range orders {
		l.Orders = append(l.Orders, orderLine{order, orderSays(order.State)})
	}
	at := filter.Query()
	l.File = address("/admin/orders.csv", at)
	all := filter.Query()
	all.Del("limit") // of a page
	l.Query = all.Encode()
	if filter.After.ID != 0 {
		l.First = address("/admin/orders", at)
	}
	if next != "" {
		at.Set("after", next)
		l.Next = address("/admin/orders", at)
	}
	l.Count, err = o.Store.CountOrders(ctx, me(c), filter)
	return err
}

// perks are those that the filter offers, and the one that it names.
func (o AdminOrders) perks(c *gin.Context, l *orderList, filter models.OrderFilter) (err error) {
	ctx := c.Request.Context()
	if l.Perks, _, err = o.Store.Perks(ctx, me(c), models.PerkList{All: true, Limit: perksInFilter}); err != nil || filter.PerkID == 0 ||
		slices.ContainsFunc(l.Perks, func(p *models.Perk) bool { return p.ID == filter.PerkID }) {
		return err
	}
	perk, err := o.Store.Perk(ctx, me(c), filter.PerkID)
	if err == nil {
		l.Perks = append(l.Perks, perk)
	} else if errors.Is(err, models.ErrNotFound) {
		err = nil // nothing was ordered of it, or it is gone
	}
	return err
}

// File is the orders as CSV.
func (o AdminOrders) File(c *gin.Context) error {
	filter, err := models.ParseOrderFilter(c.Request.URL.Query(), me(c).Location(o.Zone))
	if err != nil {
		return err
	}
	name := "orders-" + time.Now().In(me(c).Location(o.Zone)).Format(time.DateOnly) + ".csv"
	return o.download(c, name, exportKinds[models.ExportCSV], func(ctx context.Context, w io.Writer) error {
		_, err := o.Store.ExportOrders(ctx, me(c), filter, w)
		return err
	})
}
