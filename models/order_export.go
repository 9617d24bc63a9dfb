package models

import (
	"context"
	"io"
	"strings"
)

var orderExport = []exportColumn{
	{name: "id", expression: "o.id", kind: exportNumber},
	{name: "user_id", expression: "o.user_id", kind: exportNumber},
	{name: "username", expression: "u.username"},
	{name: "perk_id", expression: "o.perk_id", kind: exportNumber},
	{name: "product_name", expression: "o.product_name"},
	{name: "quantity", expression: "o.quantity", kind: exportNumber},
	{name: "price", expression: "o.price", kind: exportDecimal},
	{name: "total", expression: "o.total", kind: exportDecimal},
	{name: "order_date", expression: "o.order_date", kind: exportMoment},
	{name: "state", expression: "o.state"},
	{name: "state_at", expression: "(select max(at) from order_states where order_id = o.id)", kind: exportMoment},
	{name: "state_by", expression: "(select by_name from order_states where order_id = o.id order by id desc limit 1)"},
	{name: "note", expression: "o.metadata ->> 'note'"},
	{name: "transfer_id", expression: "o.transfer_id"},
}

// ExportOrders writes the orders that match as CSV, the newest first, as Export writes users and posts.
func (s *Store) ExportOrders(ctx context.Context, by *User, f OrderFilter, w io.Writer) (rows int64, err error) {
	if !by.IsAdmin() {
		return 0, ErrForbidden
	}
	where, args := f.where()
	from := "orders o join users u on u.id = o.user_id where " + where
	expressions := make([]string, len(orderExport))
	for i, column := range orderExport {
		expressions[i] = column.expression
	}
	return s.stream(ctx, stream{from: from, args: args, columns: orderExport, question: "select " + strings.Join(expressions, ", ") + " from " + from + " order by o.order_date desc, o.id desc",
		bound: args, format: ExportCSV, log: entry{kind: kindExportOrders, by: by, details: map[string]any{"filter": f.Query().Encode()}}}, w)
}
