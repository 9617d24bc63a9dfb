package controllers_test

import (
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAnOrderAndItsTransfersLeadToEachOther(t *testing.T) {
	site, _, admin, ann, perk := shop(t)
	if _, _, err := site.PlaceOrder(modelstest.Context(t), ann, models.NewOrder{PerkID: perk.ID, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	b := site.signIn(ann)
	b.open("/orders/1").click("5.00 credits").sees("What order", "Order Order 1").click("Order 1").sees("Print copy")
	if b.at.Path != "/orders/1" {
		t.Error(b.at)
	}
	b.submit("Cancel order 1").click("paid back").sees("What refund", "Order Order 1").click("takes back an earlier transfer").sees("What order").click("Order 1").sees("cancelled")
	chief := site.signIn(admin)
	chief.open("/orders/1").click("5.00 credits").sees("What order", "By ann").click("Order 1").sees("Ordered by")
	chief.click("paid back").sees("What refund", "Order Order 1").seesNot("Take credits back")
	if chief.at.Path[:17] != "/admin/transfers/" {
		t.Error(chief.at)
	}
}
