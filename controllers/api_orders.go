package controllers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"postroom/models"
)

// APIOrders is where programs order perks.
type APIOrders struct{ *App }

// APIOrder is a number of pieces of a perk that a user paid for.
type APIOrder struct {
	ID          int64     `json:"id"`
	UserID      int64     `json:"user_id"`
	PerkID      int64     `json:"perk_id,omitempty"`
	ProductName string    `json:"product_name"`
	Quantity    int       `json:"quantity"`
	Price       string    `json:"price"`
	Total       string    `json:"total"`
	OrderDate   time.Time `json:"order_date"`
	State       string    `json:"state"`
	Note        string    `json:"note"`
	Transfer    string    `json:"transfer"`
}

func apiOrder(o *models.Order) APIOrder {
	return APIOrder{ID: o.ID, UserID: o.UserID, PerkID: o.PerkID, ProductName: o.Product, Quantity: o.Quantity, Price: o.Price.StringFixed(2), Total: o.Total.StringFixed(2),
		OrderDate: o.At.UTC(), State: o.State, Note: o.Note, Transfer: o.TransferID.String()}
}

// APINewOrder is what a program orders.
type APINewOrder struct {
	PerkID   given[int64]  `json:"perk_id" required:"false"`
	Quantity given[int]    `json:"quantity" required:"false"`
	Note     given[string] `json:"note" required:"false"`
}

type orderReply struct {
	Status   int
	Location string `header:"Location"`
	Body     APIOrder
}

type ordersReply struct {
	Link string     `header:"Link"`
	Body []APIOrder `nullable:"false"`
}

// Index lists orders, the newest first: one's own, and for admins those of anyone who is asked for.
func (o APIOrders) Index(c *gin.Context, in *query) (*ordersReply, error) {
	in.orElse("limit", apiLimit)
	filter, err := models.ParseOrderFilter(in.values, me(c).Location(o.Zone))
	if err != nil {
		return nil, err
	}
	if filter.UserID == 0 && filter.User == "" {
		filter.UserID = me(c).ID
	}
	orders, next, err := o.Store.Orders(c.Request.Context(), me(c), filter)
	if err != nil {
		return nil, err
	}
	reply := &ordersReply{Body: make([]APIOrder, len(orders))}
	for i, order := range orders {
		reply.Body[i] = apiOrder(order)
	}
	if next != "" {
		reply.Link = nextPage(c, next)
	}
	return reply, nil
}

// Show reads an order of the caller's own; admins read any.
func (o APIOrders) Show(c *gin.Context, in *APIByID) (*orderReply, error) {
	order, _, err := o.Store.Order(c.Request.Context(), me(c), in.ID)
	if err != nil {
		return nil, err
	}
	return &orderReply{Status: http.StatusOK, Body: apiOrder(order)}, nil
}

// Create places an order. With the same key it is placed once.
func (o APIOrders) Create(c *gin.Context, in *struct {
	Key  string `header:"Idempotency-Key"`
	Body APINewOrder
}) (*orderReply, error) {
	b := &in.Body
	if !b.PerkID.there || b.PerkID.null {
		return nil, missingFields{"perk_id"}
	}
	if !b.Quantity.there || b.Quantity.null {
		b.Quantity.value = 1
	}
	invalid := models.Invalid{}
	for field, wrong := range map[string]bool{"perk_id": b.PerkID.wrong, "quantity": b.Quantity.wrong, "note": b.Note.wrong} {
		if wrong {
			invalid[field] = plain("This cannot be used.")
		}
	}
	if err := invalid.Or(); err != nil {
		return nil, err
	}
	order, _, err := o.Store.PlaceOrder(c.Request.Context(), me(c), models.NewOrder{PerkID: b.PerkID.value, Quantity: b.Quantity.value, Note: b.Note.value, Key: in.Key})
	if err != nil {
		return nil, err
	}
	return &orderReply{Status: http.StatusCreated, Location: "/api/orders/" + strconv.FormatInt(order.ID, 10), Body: apiOrder(order)}, nil
}

// orderFilters describe what orders are filtered by.
func orderFilters() []*huma.Param {
	one, most := 1.0, 100.0
	params := []*huma.Param{{Name: "limit", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &one, Maximum: &most, Default: 20}},
		{Name: "state", In: "query", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{models.OrderOrdered, models.OrderFulfilled, models.OrderCancelled}}}}
	for _, name := range []string{"user_id", "perk"} {
		params = append(params, &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &one}})
	}
	for _, name := range []string{"user", "from", "to", "after"} {
		params = append(params, &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeString}})
	}
	return params
}
