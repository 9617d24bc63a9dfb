package controllers_test

import (
	"fmt"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

var private = []string{"email", "age", "credits", "metadata", "is_active", "role", "password", "password_hash"}

func TestEveryoneReadsAUserAndOnlyTheUserAndAdminsWhatIsPrivate(t *testing.T) {
	s := newSite(t)
	ann, ben, admin := modelstest.User(t, s.Store), modelstest.User(t, s.Store), modelstest.Admin(t, s.Store)
	modelstest.Post(t, s.Store, ann)
	for _, reader := range []*program{s.program(nil, ""), s.program(ben, "read"), s.program(admin, "read"), s.program(admin, "write")} {
		reader.get(userPath(ann)).gives(200).has("id", ann.ID).has("username", ann.Username).has("name", ann.Username).has("post_count", 1).lacks(private...)
		for _, row := range reader.get("/api/users").gives(200).rows() {
			if _, there := row["email"]; there && row["username"] == ann.Username {
				t.Errorf("the list shows %v", row)
			}
		}
	}
	for _, reader := range []*program{s.program(ann, "write"), s.program(admin, "admin")} {
		reader.get(userPath(ann)).gives(200).has("email", ann.Email).has("age", nil).has("credits", "0.00").has("is_active", true).has("role", "user").
			lacks("password", "password_hash")
	}
	at := s.program(nil, "").get(userPath(ann)).values()["created_at"].(string)
	if !strings.HasSuffix(at, "Z") {
		t.Errorf("created_at is %s: not in UTC", at)
	}
	ben2 := s.program(ben, "write").get("/api/users?limit=100").rows()
	for _, row := range ben2 {
		if _, there := row["email"]; there != (row["username"] == ben.Username) {
			t.Errorf("ben reads %v", row)
		}
	}
}

func TestAnAdminMakesAUser(t *testing.T) {
	s := newSite(t)
	admin := s.program(modelstest.Admin(t, s.Store), models.ScopeAdmin)
	made := admin.call("POST", "/api/users", `{"username": "Mai", "email": "mai@example.com", "age": 34, "metadata": {"city": "Lyon", "number": 12345678901234567890}, "about": "Bread."}`).
		gives(201).has("username", "Mai").has("name", "Mai").has("email", "mai@example.com").has("age", 34).has("role", "user").has("about", "Bread.").has("last_post_at", nil)
	if !strings.Contains(string(made.body), `"number":12345678901234567890`) {
		t.Errorf("a long number changed: %s", made.body)
	}
	path := made.head.Get("Location")
	if path != fmt.Sprintf("/api/users/%v", made.values()["id"]) || admin.get(path).gives(200).values()["username"] != "Mai" {
		t.Errorf("Location is %q", path)
	}
	if _, err := s.SignIn(modelstest.Context(t), models.Browser{IP: "192.0.2.1"}, "Mai", ""); err == nil {
		t.Error("one signs in without any password")
	}
	admin.call("POST", "/api/users", `{"username": "ole", "email": "ole@example.com", "password": "a long password", "role": "editor", "name": "Ole"}`).gives(201).has("role", "editor").has("name", "Ole")
	if _, err := s.SignIn(modelstest.Context(t), models.Browser{IP: "192.0.2.1"}, "ole", "a long password"); err != nil {
		t.Error(err)
	}

	admin.call("POST", "/api/users", `{}`).fails(400, "Missing required fields", "username", "email")
	admin.call("POST", "/api/users", ``).fails(400, "Missing required fields", "username", "email")
	admin.call("POST", "/api/users", `{"username": "", "email": " ", "name": "x"}`).fails(400, "Missing required fields", "username", "email")
	admin.call("POST", "/api/users", `{"username": null, "email": "x@example.com"}`).fails(400, "Missing required fields", "username")
	admin.call("POST", "/api/users", `{"username": "mAI", "email": "other@example.com"}`).fails(409, "Resource already exists", "username")
	admin.call("POST", "/api/users", `{"username": "other", "email": "MAI@example.com"}`).fails(409, "Resource already exists", "email")
	for field, value := range map[string]string{"age": `"34"`, "metadata": `[]`, "role": `"king"`, "name": `7`, "password": `"short"`, "color": `"red"`, "Email": `"y@example.com"`} {
		admin.call("POST", "/api/users", `{"username": "free", "email": "free@example.com", "`+field+`": `+value+`}`).fails(422, "A field has a wrong value", field)
	}
	for field, value := range map[string]string{"username": `"a b"`, "email": `"nowhere"`} {
		other := map[string]string{"username": `"free"`, "email": `"free@example.com"`}
		other[field] = value
		admin.call("POST", "/api/users", `{"username": `+other["username"]+`, "email": `+other["email"]+`}`).fails(422, "A field has a wrong value", field)
	}
}

func TestAUserIsReplacedAndChanged(t *testing.T) {
	s := newSite(t)
	ann, admin := modelstest.User(t, s.Store), modelstest.Admin(t, s.Store)
	own, chief := s.program(ann, "write"), s.program(admin, "admin")
	own.call("PATCH", userPath(ann), `{"name": "Ann B", "age": 40, "about": "I write.", "metadata": {"city": "Lyon"}}`).gives(200).
		has("name", "Ann B").has("age", 40).has("about", "I write.").has("metadata", "map[city:Lyon]").has("email", ann.Email)
	own.call("PATCH", userPath(ann), `{}`).gives(200).has("name", "Ann B")
	own.call("PATCH", userPath(ann), `{"age": null}`).gives(200).has("age", nil).has("about", "I write.")
	own.call("PATCH", userPath(ann), `{"age": 5, "about": null, "metadata": null}`).gives(200).has("about", "").has("metadata", "map[]").has("age", 5)
	own.call("PATCH", userPath(ann), `{"email": "ann@example.net"}`).fails(422, "A field has a wrong value", "email")
	chief.call("PATCH", userPath(ann), `{"email": "ann@example.net"}`).gives(200).has("email", "ann@example.net")

	own.call("PUT", userPath(ann), `{"username": "ann", "email": "ann@example.net"}`).gives(200).has("username", "ann").has("name", "ann").has("email", "ann@example.net").
		has("age", nil).has("about", "").has("metadata", "map[]").has("role", "user").has("is_active", true)
	own.call("PUT", userPath(ann), `{"name": "Ann", "age": 3}`).fails(400, "Missing required fields", "username", "email")

	for _, age := range []string{"0", "-1", "151", "1.5", "1e30", `"x"`, "true"} {
		own.call("PATCH", userPath(ann), `{"age": `+age+`}`).fails(422, "A field has a wrong value", "age")
	}
	own.call("PATCH", userPath(ann), `{"name": null}`).fails(422, "A field has a wrong value", "name")
	own.call("PATCH", userPath(ann), `{"id": 7}`).fails(422, "A field has a wrong value", "id")
	own.call("PATCH", userPath(ann), `{"credits": "100.00"}`).fails(422, "A field has a wrong value", "credits")
	own.call("PATCH", userPath(ann), `{"password": "a new password"}`).fails(422, "A field has a wrong value", "password")
	own.call("PATCH", userPath(ann), `{"role": "admin"}`).fails(403, "Not allowed")
	own.call("PATCH", userPath(ann), `{"is_active": false}`).fails(403, "Not allowed")
	own.call("PATCH", userPath(ann), fmt.Sprintf(`{"username": %q}`, admin.Username)).fails(409, "Resource already exists", "username")
	own.call("PATCH", userPath(admin), `{"name": "x"}`).fails(403, "Not allowed")

	chief.call("PATCH", userPath(ann), `{"is_active": null}`).fails(422, "A field has a wrong value", "is_active")
	chief.call("PATCH", userPath(admin), `{"role": "user"}`).fails(409, "This is you. Ask another admin.")
	chief.call("PATCH", userPath(ann), `{"role": "editor", "password": "a new password"}`).gives(200).has("role", "editor")
	chief.call("PATCH", userPath(ann), `{"is_active": false}`).gives(200).has("is_active", false)
	own.get(userPath(ann)).fails(401, "A valid token is needed")
	s.program(nil, "").get(userPath(ann)).gives(200)
}

func TestAUserIsDeletedOnce(t *testing.T) {
	s := newSite(t)
	ann, ben, admin := modelstest.User(t, s.Store), modelstest.User(t, s.Store), modelstest.Admin(t, s.Store)
	s.program(ann, "read").call("DELETE", userPath(ann), nil).fails(403, "Not allowed", "token")
	s.program(ann, "write").call("DELETE", userPath(ben), nil).fails(403, "Not allowed")
	s.program(ann, "write").call("DELETE", userPath(ann), nil).gives(200).has("message", fmt.Sprintf("User %d deleted", ann.ID))
	chief := s.program(admin, "admin")
	chief.call("DELETE", userPath(ann), nil).fails(404, "User not found")
	chief.call("DELETE", userPath(ben), nil).gives(200)
	chief.call("DELETE", userPath(admin), nil).fails(409, models.SayLastAdmin.String())
}

func TestUsersAreListedPageByPage(t *testing.T) {
	s := newSite(t)
	admin := modelstest.Admin(t, s.Store)
	for i := range 24 {
		age := 20 + i
		modelstest.User(t, s.Store, func(in *models.NewUser) {
			in.Username, in.Email, in.Age, in.Metadata = fmt.Sprintf("page-%02d", i), fmt.Sprintf("secret%d@hidden.example", i), &age, models.Metadata{"city": []string{"Lyon", "Rome"}[i%2]}
		})
	}
	all := s.program(nil, "")
	if n := len(all.get("/api/users").rows()); n != 20 {
		t.Errorf("a page has %d users unless asked otherwise", n)
	}
	seen := map[any]bool{}
	pages := 0
	for path := "/api/users?limit=10&sort=username&posts=none"; path != ""; pages++ {
		page := all.get(path).gives(200)
		for _, row := range page.rows() {
			seen[row["id"]] = true
		}
		if path = page.next(); path != "" && (!strings.Contains(path, "sort=username") || !strings.Contains(path, "posts=none")) {
			t.Fatalf("the next page forgets its filter: %s", path)
		}
	}
	if pages != 3 || len(seen) != 25 {
		t.Errorf("%d users on %d pages", len(seen), pages)
	}
	if n := len(all.get("/api/users?q=hidden.example").gives(200).rows()); n != 0 {
		t.Errorf("a visitor finds %d users by e-mail", n)
	}
	for _, query := range []string{"active=true", "role=admin", "age_min=3", "age_max=9", "meta.city=Lyon", "sort=email", "sort=-age", "sort=active"} {
		name, _, _ := strings.Cut(query, "=")
		all.get("/api/users?"+query).fails(403, "Not allowed", name)
	}
	chief := s.program(admin, "admin")
	for query, want := range map[string]int{"q=hidden.example": 24, "age_min=30&age_max=33": 4, "meta.city=Lyon": 12, "role=admin": 1, "active=false": 0, "sort=-age&limit=5": 5, "q=%25": 0} {
		if n := len(chief.get("/api/users?limit=100&" + query).gives(200).rows()); n != want && !strings.Contains(query, "limit") {
			t.Errorf("%s: %d users, want %d", query, n, want)
		}
	}
	if got := chief.get("/api/users?sort=-age").rows()[0]["age"]; fmt.Sprint(got) != "43" {
		t.Errorf("the oldest is %v", got)
	}
}

func TestSenselessParametersAreRefusedByName(t *testing.T) {
	s := newSite(t)
	chief := s.program(modelstest.Admin(t, s.Store), "admin")
	for _, list := range []string{"/api/users?", "/api/stats/users?"} {
		for _, query := range []string{"limit=0", "limit=101", "limit=-1", "limit=x", "limit=99999999999999999999", "sort=id%3Bdrop%20table%20users", "sort=password_hash", "after=x", "after=1~2%00",
			"q=%00", "q=" + strings.Repeat("x", 300), "active=perhaps", "role=king", "age_min=-5", "posts=many", "registered_from=yesterday", "meta.%00=x", "meta.=x"} {
			name, _, _ := strings.Cut(query, "=")
			chief.get(list+query).fails(422, "A field has a wrong value", strings.ReplaceAll(name, "%00", "\x00"))
		}
	}
	s.program(nil, "").get("/api/users?sort=id;drop").fails(422, "A field has a wrong value", "query")
	s.program(nil, "").get("/api/users?q=%zz").fails(422, "A field has a wrong value", "query")
	for _, id := range []string{"0", "-1", "x", "1.5", "99999999999999999999", "9223372036854775807", "1%00", "1'%20or%201=1", "%F0%9F%92%A5"} {
		s.program(nil, "").get("/api/users/"+id).fails(404, "User not found")
		s.program(nil, "").get("/api/users/"+id+"/posts").fails(404, "User not found")
		s.program(nil, "").get("/api/posts/"+id).fails(404, "Post not found")
		chief.call("DELETE", "/api/users/"+id, nil).fails(404, "User not found")
		chief.call("PATCH", "/api/posts/"+id, `{}`).fails(404, "Post not found")
	}
}
