package controllers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestAPostIsWrittenReadChangedAndDeleted(t *testing.T) {
	s := newSite(t)
	ann := modelstest.User(t, s.Store)
	own, reader := s.program(ann, "write"), s.program(nil, "")
	made := own.call("POST", "/api/posts", map[string]any{"title": "Rye", "content": "Some **bold** words <script>alert(1)</script>", "tags": []string{"Bread", "rye, bread"}}).gives(201).
		has("title", "Rye").has("user_id", ann.ID).has("username", ann.Username).has("tags", "[bread rye]").has("status", "published")
	if html := made.values()["content_html"].(string); !strings.Contains(html, "<strong>bold</strong>") || strings.Contains(html, "<script") {
		t.Errorf("content_html is %q", html)
	}
	path := made.head.Get("Location")
	if path != fmt.Sprintf("/api/posts/%v", made.values()["id"]) {
		t.Fatalf("Location is %q", path)
	}
	seen := reader.get(path).gives(200).has("content", "Some **bold** words <script>alert(1)</script>")
	if string(seen.body) != string(made.body) || seen.head.Get("ETag") != made.head.Get("ETag") || seen.head.Get("ETag") == "" {
		t.Errorf("writer and reader see different posts:\n%s\n%s", made.body, seen.body)
	}
	for _, field := range []string{"created_at", "updated_at", "published_at"} {
		if at := seen.values()[field].(string); !strings.HasSuffix(at, "Z") {
			t.Errorf("%s is %s", field, at)
		}
	}
	reader.sent = http.Header{"If-None-Match": {`"other", ` + seen.head.Get("ETag")}}
	if again := reader.get(path).gives(304); len(again.body) > 0 {
		t.Errorf("304 with %s", again.body)
	}
	changed := own.call("PATCH", path, `{"title": "Rye, slowly"}`).gives(200).has("title", "Rye, slowly").has("tags", "[bread rye]")
	if changed.head.Get("ETag") == seen.head.Get("ETag") {
		t.Error("a changed post has its old ETag")
	}
	reader.get(path).gives(200)
	own.call("PUT", path, `{"title": "Oats", "content": "x"}`).gives(200).has("title", "Oats").has("content", "x").has("tags", "[]").has("status", "published")
	own.call("PATCH", path, `{"tags": ["a"], "status": "draft"}`).gives(200).has("tags", "[a]").has("status", "draft")
	own.call("PUT", path, `{"title": "Oats", "content": ""}`).fails(400, "Missing required fields", "content")
	own.call("PUT", path, `{"title": "Oats", "content": "", "status": "draft"}`).gives(200).has("content", "").has("status", "draft")
	own.call("DELETE", path, nil).gives(200).has("message", fmt.Sprintf("Post %v deleted", made.values()["id"]))
	own.call("DELETE", path, nil).fails(404, "Post not found")
	reader.get(path).fails(404, "Post not found")
}

func TestAWrongPostIsRefusedByName(t *testing.T) {
	s := newSite(t)
	own := s.program(modelstest.User(t, s.Store), "write")
	own.call("POST", "/api/posts", `{}`).fails(400, "Missing required fields", "title", "content")
	own.call("POST", "/api/posts", nil).fails(400, "Missing required fields", "title", "content")
	own.call("POST", "/api/posts", `{"title": " ", "content": null}`).fails(400, "Missing required fields", "title", "content")
	own.call("POST", "/api/posts", `{"title": "x", "content": "", "status": "published"}`).fails(400, "Missing required fields", "content")
	own.call("POST", "/api/posts", `{"title": "x", "content": "y", "user_id": 1}`).fails(422, "A field has a wrong value", "user_id")
	for field, value := range map[string]string{"title": `"` + strings.Repeat("x", 101) + `"`, "content": `"a\u0000b"`, "status": `"secret"`, "tags": `"a,b"`} {
		fields := map[string]string{"title": `"x"`, "content": `"y"`}
		fields[field] = value
		var parts []string
		for name, value := range fields {
			parts = append(parts, `"`+name+`": `+value)
		}
		own.call("POST", "/api/posts", "{"+strings.Join(parts, ",")+"}").fails(422, "A field has a wrong value", field)
	}
	own.call("POST", "/api/posts", `{"title": "x", "content": "y", "tags": ["a", 7, null]}`).fails(422, "A field has a wrong value", "tags")
	own.call("POST", "/api/posts", `{"title": 5, "content": [], "tags": {}}`).fails(422, "A field has a wrong value", "title", "content", "tags")
	own.call("POST", "/api/posts", map[string]string{"title": "x", "content": strings.Repeat("x", models.MaxContent+1)}).fails(422, "A field has a wrong value", "content")
}

func TestOnlyOwnersEditorsAndAdminsChangeAPostAndSeeADraft(t *testing.T) {
	s := newSite(t)
	ann, ben, admin := modelstest.User(t, s.Store), modelstest.User(t, s.Store), modelstest.Admin(t, s.Store)
	editor := modelstest.User(t, s.Store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post := modelstest.Post(t, s.Store, ann)
	draft := modelstest.Post(t, s.Store, ann, func(p *models.Post) { p.Status = models.StatusDraft })
	for _, who := range []*program{s.program(ben, "write"), s.program(admin, "write")} {
		who.call("PATCH", postPath(post), `{"title": "mine"}`).fails(403, "Not allowed")
		who.call("PUT", postPath(post), `{"title": "mine", "content": "x"}`).fails(403, "Not allowed")
		who.call("DELETE", postPath(post), nil).fails(403, "Not allowed")
		who.get(postPath(draft)).fails(404, "Post not found")
		who.call("PATCH", postPath(draft), `{"title": "mine"}`).fails(404, "Post not found")
		who.get(fmt.Sprintf("/api/posts?status=draft&user_id=%d", ann.ID)).fails(403, "Not allowed")
	}
	s.program(nil, "").get(postPath(draft)).fails(404, "Post not found")
	for i, who := range []*program{s.program(ann, "write"), s.program(editor, "write"), s.program(admin, "admin")} {
		who.call("PATCH", postPath(post), fmt.Sprintf(`{"title": "Title %d"}`, i)).gives(200).has("user_id", ann.ID)
		who.get(postPath(draft)).gives(200).has("status", "draft").has("published_at", nil)
		if n := len(who.get(fmt.Sprintf("/api/posts?status=draft&user_id=%d", ann.ID)).gives(200).rows()); n != 1 {
			t.Errorf("%d drafts", n)
		}
		if n := len(who.get(userPath(ann) + "/posts?status=draft").gives(200).rows()); n != 1 {
			t.Errorf("%d drafts", n)
		}
	}
	if n := len(s.program(ann, "read").get("/api/posts?status=draft").rows()); n != 1 {
		t.Errorf("ann has %d drafts", n)
	}
	if n := len(s.program(ben, "read").get("/api/posts?status=draft").rows()); n != 0 {
		t.Errorf("ben has %d drafts", n)
	}
	s.program(nil, "").get("/api/posts?status=draft").fails(403, "Not allowed")
	s.program(admin, "admin").call("DELETE", postPath(post), nil).gives(200)
}

func TestPostsAreListedPageByPageNewestFirst(t *testing.T) {
	s := newSite(t)
	ann, ben := modelstest.User(t, s.Store), modelstest.User(t, s.Store)
	for i := range 23 {
		modelstest.Post(t, s.Store, []*models.User{ann, ben}[i%2], func(p *models.Post) { p.Title = fmt.Sprintf("Post %02d", i) })
	}
	modelstest.Post(t, s.Store, ann, func(p *models.Post) { p.Status = models.StatusDraft })
	reader := s.program(nil, "")
	first := reader.get("/api/posts").gives(200)
	if rows := first.rows(); len(rows) != 20 || rows[0]["title"] != "Post 22" || rows[0]["content"] == "" || rows[0]["username"] != ann.Username {
		t.Errorf("%d posts, the first %v", len(rows), rows[0])
	}
	if rest := reader.get(first.next()).gives(200); len(rest.rows()) != 3 || rest.next() != "" {
		t.Errorf("the second page has %d posts", len(rest.rows()))
	}
	var titles []string
	for path := userPath(ben) + "/posts?limit=4"; path != ""; {
		page := reader.get(path).gives(200)
		for _, row := range page.rows() {
			titles = append(titles, row["title"].(string))
		}
		path = page.next()
	}
	if len(titles) != 11 || titles[0] != "Post 21" || titles[10] != "Post 01" {
		t.Errorf("ben's posts are %v", titles)
	}
	if n := len(reader.get(fmt.Sprintf("/api/posts?user_id=%d", ben.ID)).rows()); n != 11 {
		t.Errorf("%d posts", n)
	}
	if n := len(reader.get("/api/users/" + fmt.Sprint(modelstest.User(t, s.Store).ID) + "/posts").gives(200).rows()); n != 0 {
		t.Errorf("%d posts", n)
	}
	reader.get("/api/users/987654/posts").fails(404, "User not found")
	for _, query := range []string{"limit=0", "limit=101", "limit=x", "after=x", "after=1-%00", "user_id=x", "user_id=-1", "user_id=99999999999999999999", "status=all", "status=%00"} {
		name, _, _ := strings.Cut(query, "=")
		reader.get("/api/posts?"+query).fails(422, "A field has a wrong value", name)
	}
}

func TestTheFiguresAreRight(t *testing.T) {
	s := newSite(t)
	admin := modelstest.Admin(t, s.Store)
	age := 30
	ann := modelstest.User(t, s.Store, func(in *models.NewUser) { in.Age = &age })
	ben := modelstest.User(t, s.Store)
	for range 2 {
		modelstest.Post(t, s.Store, ann)
	}
	modelstest.Post(t, s.Store, ben, func(p *models.Post) { p.Status = models.StatusDraft })
	chief, own, reader := s.program(admin, "admin"), s.program(ann, "read"), s.program(nil, "")

	rows := chief.get("/api/stats/users").gives(200).rows()
	if len(rows) != 3 || len(rows[0]) != 4 || fmt.Sprint(rows[0]["id"], rows[0]["username"], rows[0]["post_count"]) != fmt.Sprint(ann.ID, ann.Username, 2) || rows[0]["last_post_at"] == nil {
		t.Errorf("rows are %v", rows)
	}
	if last, there := rows[2]["last_post_at"]; !there || last != nil || fmt.Sprint(rows[2]["post_count"]) != "0" {
		t.Errorf("who never posted is %v", rows[2])
	}
	if rows := chief.get("/api/stats/users?sort=-post_count&posts=some").rows(); len(rows) != 1 {
		t.Errorf("rows are %v", rows)
	}
	if page := chief.get("/api/stats/users?limit=2"); len(chief.get(page.next()).rows()) != 1 {
		t.Errorf("the second page follows %q", page.next())
	}
	top := reader.get("/api/stats/top-users").gives(200).values()["top_users"].([]any)
	if len(top) != 1 || fmt.Sprint(top[0].(map[string]any)["post_count"]) != "2" {
		t.Errorf("top_users are %v", top)
	}
	chief.get("/api/stats/site").gives(200).has("total_users", 3).has("total_posts", 2).has("avg_age", 30)
	if at, _ := chief.get("/api/stats/site").values()["last_registration"].(string); !strings.HasSuffix(at, "Z") {
		t.Errorf("last_registration is %q", at)
	}
	own.get(userPath(ann)+"/stats").gives(200).has("post_count", 2)
	chief.get(userPath(ben)+"/stats").gives(200).has("post_count", 0).has("last_post_at", nil)
	own.get(userPath(ben)+"/stats").fails(403, "Not allowed")
	own.get("/api/users/987654/stats").fails(404, "User not found")
	reader.get(userPath(ann)+"/stats").fails(401, "A valid token is needed")
	for _, path := range []string{"/api/stats/users", "/api/stats/site"} {
		reader.get(path).fails(401, "A valid token is needed")
		own.get(path).fails(403, "Not allowed", "token")
		s.program(admin, "write").get(path).fails(403, "Not allowed", "token")
	}
}

func TestAnEmptySiteHasEmptyLists(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/api/users", "/api/posts"} {
		if a := s.program(nil, "").get(path).gives(200); strings.TrimSpace(string(a.body)) != "[]" {
			t.Errorf("%s gives %s", path, a.body)
		}
	}
	if a := s.program(nil, "").get("/api/stats/top-users"); strings.TrimSpace(string(a.body)) != `{"top_users":[]}` {
		t.Errorf("top users are %s", a.body)
	}
}
