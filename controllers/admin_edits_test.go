package controllers_test

import (
	"strconv"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAnAdminEditsOneUserByName(t *testing.T) {
	site := newSite(t)
	named := func(username, name string) *models.User {
		return modelstest.User(t, site.Store, modelstest.Named(username), func(in *models.NewUser) { in.Name = name })
	}
	mai, other := named("mai", "Mai Nguyễn"), named("mai-two", "mai nguyễn")
	named("hana", "Hana Sato")
	b := site.signIn(modelstest.Admin(t, site.Store))
	age := func(id int64) int {
		user, err := site.Store.User(modelstest.Context(t), id)
		if err != nil {
			t.Fatal(err)
		}
		if user.Age == nil {
			return 0
		}
		return *user.Age
	}
	b.open("/admin/users").click("Quick edit").submit("Save the new value", "find", "  hana SATO ", "field", "age", "value", "36").sees("Hana Sato is saved.")
	// Two have the name: the page asks which, and keeps what was typed.
	b.open("/admin/edits/new").submit("Save the new value", "find", "MAI NGUYỄN", "field", "age", "value", "41").status(422).sees("2 users have this name. Say which one.").sees("mai-two@example.com")
	if age(mai.ID) != 0 || age(other.ID) != 0 {
		t.Error("one of two was changed without asking")
	}
	if value := b.page.Find("input[name=value]").AttrOr("value", ""); value != "41" {
		t.Errorf("the value is %q", value)
	}
	b.submit("Save the new value", "user", strconv.FormatInt(other.ID, 10)).sees("mai nguyễn is saved.")
	if age(mai.ID) != 0 || age(other.ID) != 41 {
		t.Errorf("ages %d and %d", age(mai.ID), age(other.ID))
	}
	b.open("/admin/edits/new").submit("Save the new value", "find", "mai", "field", "email", "value", "nothing").status(422).sees("An e-mail address looks like")
	b.submit("Save the new value", "find", "mai", "field", "username", "value", "hana").status(422).sees("This user name is taken.")
	b.submit("Save the new value", "find", "mai", "field", "age", "value", "-3").status(422).sees("An age is a whole number")
	b.submit("Save the new value", "find", "nobody at all", "field", "age", "value", "3").status(422).sees("Nobody has this name")
	b.submit("Save the new value", "find", "", "field", "age", "value", "3").status(422).sees("Give a name or a user name.")
	b.post("/admin/edits", "find", "mai", "field", "password_hash", "value", "x").status(422).sees("Choose a field.")
}

func TestAnAdminNotesThatTheyWroteToAUser(t *testing.T) {
	site := newSite(t)
	boss := modelstest.Admin(t, site.Store)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	b := site.signIn(boss)
	page := "/admin/users/" + strconv.FormatInt(ann.ID, 10)
	b.open(page).sees("No admin has noted").submit("Note the contact", "line", "").status(422).sees("Write a line about it.")
	b.submit("Note the contact", "line", "Asked whether all is <well>.").sees("It is noted that you wrote to ann.").sees("Asked whether all is <well>.").sees(boss.Name)
	b.open("/admin/audit?person=ann&kind=contact.create").sees("noted a contact")
	user, err := site.Store.User(modelstest.Context(t), ann.ID)
	if err != nil || user.ContactedAt == nil {
		t.Errorf("contacted at %v, %v", user.ContactedAt, err)
	}
	site.signIn(ann).post(page+"/contacts", "line", "x").status(403)
	b.post("/admin/users/999999/contacts", "line", "x").status(404)
}
