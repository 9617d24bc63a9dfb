package controllers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

type (
	apiRow struct {
		ID                      int64
		Username, Title, Reason string
		Before, After           map[string]any
		Posts, Drafts, Receipt  int64
		UndoneBy                int64  `json:"undone_by"`
		UserID                  int64  `json:"user_id"`
		InTheWay                string `json:"in_the_way"`
		Was, Is                 map[string]any
	}
	apiActAnswer struct {
		Rehearsal, State, Act, By, Credits string
		Total, Count, Same, Receipt, Next  int64
		RefusedCount                       int64 `json:"refused_count"`
		Undoes, Posts, Drafts              int64
		Changes, Refused                   []apiRow
		InTheWay                           []apiRow `json:"in_the_way"`
		Difference                         struct{ Came, Left, Changed []apiRow }
	}
)

func (p *program) act(body map[string]any, status int) (a apiActAnswer) {
	p.t.Helper()
	p.call("POST", "/api/admin/acts", body).gives(status).into(&a)
	return a
}

func TestAProgramRehearsesCommitsAndUndoesADeletion(t *testing.T) {
	site, _, conn := adminSite(t)
	populate(t, conn)
	admin := modelstest.Admin(t, site.Store)
	p := site.program(admin, models.ScopeAdmin)
	sql(t, conn, "update users set role = 'admin' where username = 'member-1'")
	modelstest.Credits(t, conn, "7", "username = 'member-1'")
	modelstest.Credits(t, conn, "12.5", "username = 'member-11'")
	n := ask[int64](t, conn, "select count(*) - 1 from users where username like 'member-1%'")
	posts := ask[int64](t, conn, "select count(*) from posts p join users u on u.id = p.user_id where username like 'member-1_' and status = 'published'")
	drafts := ask[int64](t, conn, "select count(*) from posts p join users u on u.id = p.user_id where username like 'member-1_' and status = 'draft'")

	r := p.act(map[string]any{"act": "delete", "filter": "q=member-1", "rehearse": true}, 200)
	if r.State != "rehearsed" || r.Count != n || r.Total != n+1 || len(r.Changes) != int(n) || len(r.Refused) != 1 || r.Posts != posts || r.Drafts != drafts || r.Credits != "12.50" {
		t.Fatalf("%+v", r)
	}
	if first := r.Changes[0]; first.Username != "member-10" || first.Before["email"] != "member-10@example.com" || first.Before["credits"] != "0.00" || first.After != nil {
		t.Errorf("%+v", first)
	}
	if first := r.Refused[0]; first.Username != "member-1" || first.Reason != "An admin. A bulk deletion never takes admins; change the role first." {
		t.Errorf("%+v", first)
	}
	if left := ask[int64](t, conn, "select count(*) from users where username like 'member-1%'"); left != n+1 {
		t.Fatalf("the rehearsal left %d", left)
	}

	done := p.act(map[string]any{"rehearsal": r.Rehearsal, "reason": "Gone for years"}, 201)
	if done.Receipt == 0 || done.Count != n || done.State != "done" || done.RefusedCount != 1 {
		t.Fatalf("%+v", done)
	}
	if again := p.act(map[string]any{"rehearsal": r.Rehearsal}, 201); again.Receipt != done.Receipt {
		t.Errorf("committed again: %+v", again)
	}
	if left := ask[int64](t, conn, "select count(*) from users where username like 'member-1%'"); left != 1 {
		t.Fatalf("%d are left", left)
	}

	// One row, then all, where another has taken a name, then the others.
	receipt := fmt.Sprintf("/api/admin/acts/%d", done.Receipt)
	var back apiActAnswer
	p.call("POST", receipt+"/undo", map[string]any{"ids": []int64{r.Changes[0].ID}}).gives(201).into(&back)
	if back.Act != "undo" || back.Count != 1 || back.Undoes != done.Receipt {
		t.Errorf("%+v", back)
	}
	taker := modelstest.User(t, site.Store, modelstest.Named("member-12"), func(in *models.NewUser) { in.Email = "dana@example.com" })
	var way apiActAnswer
	refused := p.call("POST", receipt+"/undo", nil)
	refused.fails(409, "Something newer stands in the way. Nothing was changed.")
	refused.into(&way)
	if len(way.InTheWay) != 1 || way.InTheWay[0].Username != "member-12" || way.InTheWay[0].UserID != taker.ID || !regexp.MustCompile(`^The user name member-12 was taken \d{4}-\d\d-\d\dT[\d:]+Z$`).MatchString(way.InTheWay[0].Reason) {
		t.Errorf("%+v", way)
	}
	var read apiActAnswer
	p.get(receipt).gives(200).into(&read)
	if read.By != admin.Username || len(read.Changes) != int(n) || read.Changes[0].UndoneBy != back.Receipt || !strings.HasPrefix(read.Changes[2].InTheWay, "The user name member-12") || len(read.Refused) != 1 {
		t.Errorf("%+v", read)
	}
	p.call("POST", receipt+"/undo", map[string]any{"others": true}).gives(201).into(&back)
	if back.Count != n-2 || back.RefusedCount != 1 {
		t.Errorf("%+v", back)
	}
	if there := ask[int64](t, conn, "select count(*) from users where username like 'member-1%'"); there != n+1 {
		t.Errorf("%d of %d are back", there, n+1)
	}
	var list []apiActAnswer
	page := p.get("/api/admin/acts?limit=2").gives(200)
	page.into(&list)
	if len(list) != 2 || list[0].Receipt != back.Receipt || !strings.Contains(page.head.Get("Link"), "after=2") {
		t.Errorf("%+v %s", list, page.head.Get("Link"))
	}
	if page = p.get("/api/admin/acts?limit=2&after=2").gives(200); page.head.Get("Link") != "" {
		t.Error(page.head.Get("Link"))
	}
	if off, err := site.Check(modelstest.Context(t)); err != nil || len(off) > 0 {
		t.Error(off, err)
	}
}

func TestAProgramIsToldWhatHasChangedSinceTheRehearsal(t *testing.T) {
	site, _, conn := adminSite(t)
	p := site.program(modelstest.Admin(t, site.Store), models.ScopeAdmin)
	for _, name := range []string{"aa-one", "aa-two", "aa-three", "bb-four"} {
		modelstest.User(t, site.Store, modelstest.Named(name))
	}
	r := p.act(map[string]any{"act": "set-role", "role": "editor", "filter": "q=aa-", "rehearse": true}, 200)
	if len(r.Changes) != 3 || r.Changes[0].Before["role"] != "user" || r.Changes[0].After["role"] != "editor" {
		t.Fatalf("%+v", r)
	}
	sql(t, conn, "update users set username = 'aa-four' where username = 'bb-four'")
	sql(t, conn, "update users set username = 'bb-one', name = 'x', email = 'x@x' where username = 'aa-one'")
	sql(t, conn, "update users set role = 'editor' where username = 'aa-two'")
	var d apiActAnswer
	refused := p.call("POST", "/api/admin/acts", map[string]any{"rehearsal": r.Rehearsal})
	refused.fails(409, "The set has changed since the rehearsal. Nothing was changed.")
	refused.into(&d)
	if len(d.Difference.Came) != 1 || d.Difference.Came[0].Username != "aa-four" || len(d.Difference.Left) != 1 || d.Difference.Left[0].Username != "bb-one" ||
		len(d.Difference.Changed) != 1 || d.Difference.Changed[0].Was["role"] != "user" || d.Difference.Changed[0].Is["role"] != "editor" {
		t.Errorf("%s", refused.body)
	}
	if n := ask[int](t, conn, "select count(*) from users where role = 'editor'"); n != 1 {
		t.Errorf("%d are editors", n)
	}
	p.get("/api/admin/rehearsals/" + d.Rehearsal).gives(200).into(&r)
	if r.State != "rehearsed" || r.Count != 2 || r.Same != 1 {
		t.Errorf("%+v", r)
	}
	if done := p.act(map[string]any{"rehearsal": d.Rehearsal}, 201); done.Count != 2 {
		t.Errorf("%+v", done)
	}
}

func TestAProgramActsOnPosts(t *testing.T) {
	site, _, conn := adminSite(t)
	p := site.program(modelstest.Admin(t, site.Store), models.ScopeAdmin)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	for _, title := range []string{"Rye", "Wheat"} {
		modelstest.Post(t, site.Store, ann, func(in *models.Post) { in.Title = title })
	}
	states := func() string {
		return ask[string](t, conn, "select coalesce(string_agg(title || ' ' || status, ', ' order by title), 'none') from posts")
	}
	for _, try := range []struct{ act, then string }{{"unpublish", "Rye draft, Wheat draft"}, {"restore", "Rye published, Wheat published"}, {"delete", "none"}} {
		before := states()
		r := p.act(map[string]any{"act": try.act, "target": "post", "filter": "author=ann", "rehearse": true}, 200)
		if r.Count != 2 || r.Changes[0].Title != "Rye" || r.Changes[0].Username != "ann" || states() != before {
			t.Fatalf("%+v", r)
		}
		done := p.act(map[string]any{"rehearsal": r.Rehearsal}, 201)
		if got := states(); got != try.then {
			t.Errorf("%s: %s", try.act, got)
		}
		if try.act == "restore" {
			continue
		}
		p.call("POST", fmt.Sprintf("/api/admin/acts/%d/undo", done.Receipt), nil).gives(201)
		if got := states(); got != before {
			t.Errorf("%s undone: %s", try.act, got)
		}
		p.act(map[string]any{"rehearsal": p.act(map[string]any{"act": try.act, "target": "post", "filter": "", "rehearse": true}, 200).Rehearsal}, 201)
	}
}

func TestTheRowsOfALargeRehearsalAreReadPageByPage(t *testing.T) {
	site, _, conn := adminSite(t)
	p := site.program(modelstest.Admin(t, site.Store), models.ScopeAdmin)
	sql(t, conn, "insert into users (username, name, email, role) select 'many-' || i, 'x', i || '@x', case when i % 2 = 0 then 'admin' else 'user' end from generate_series(1, 2500) i")
	r := p.act(map[string]any{"act": "delete", "filter": "q=many-", "rehearse": true}, 200)
	seen := map[int64]bool{}
	key, pages := r.Rehearsal, 0
	for ; ; pages++ {
		for _, row := range append(r.Changes, r.Refused...) {
			if seen[row.ID] {
				t.Fatalf("%d twice", row.ID)
			}
			seen[row.ID] = true
		}
		if r.Next == 0 {
			break
		}
		next := r.Next
		r = apiActAnswer{}
		p.get(fmt.Sprintf("/api/admin/rehearsals/%s?after=%d", key, next)).gives(200).into(&r)
	}
	if len(seen) != 2500 || pages != 1 || r.Count != 1250 {
		t.Errorf("%d rows on %d pages of %d", len(seen), pages+1, r.Count)
	}
	done := p.act(map[string]any{"rehearsal": key}, 201)
	if done.Count != 1250 || done.State != "done" {
		t.Errorf("%+v", done)
	}
}

func TestAProgramsActsAreRefusedWithAReason(t *testing.T) {
	site, _, conn := adminSite(t)
	admin := modelstest.Admin(t, site.Store)
	ann := modelstest.User(t, site.Store, modelstest.Named("ann"))
	p := site.program(admin, models.ScopeAdmin)
	ids := []int64{ann.ID}
	for name, try := range map[string]struct {
		body     any
		status   int
		sentence string
		fields   []string
	}{
		"nothing":                  {map[string]any{}, 400, "Missing required fields", []string{"act", "ids"}},
		"no rows":                  {map[string]any{"act": "delete", "rehearse": true}, 400, "Missing required fields", []string{"ids"}},
		"no rehearsal":             {map[string]any{"act": "delete", "ids": ids}, 422, "A field has a wrong value", []string{"rehearse"}},
		"an empty list":            {map[string]any{"act": "delete", "ids": []int64{}, "rehearse": true}, 422, "A field has a wrong value", []string{"ids"}},
		"a list of words":          {map[string]any{"act": "delete", "ids": []string{"ann"}, "rehearse": true}, 422, "A field has a wrong value", []string{"ids"}},
		"ids beyond all bounds":    {`{"act": "delete", "ids": [99999999999999999999], "rehearse": true}`, 422, "A field has a wrong value", []string{"ids"}},
		"ids and a filter":         {map[string]any{"act": "delete", "ids": ids, "filter": "", "rehearse": true}, 422, "A field has a wrong value", []string{"ids"}},
		"no such act":              {map[string]any{"act": "dance", "ids": ids, "rehearse": true}, 422, "A field has a wrong value", []string{"act"}},
		"no such target":           {map[string]any{"act": "delete", "target": "tag", "ids": ids, "rehearse": true}, 422, "A field has a wrong value", []string{"act"}},
		"a misspelt filter":        {map[string]any{"act": "delete", "filter": "actve=true", "rehearse": true}, 422, "A field has a wrong value", []string{"filter"}},
		"a user's filter of posts": {map[string]any{"act": "delete", "target": "post", "filter": "role=user", "rehearse": true}, 422, "A field has a wrong value", []string{"filter"}},
		"a filter that is null":    {map[string]any{"act": "delete", "filter": nil, "rehearse": true}, 400, "Missing required fields", []string{"ids"}},
		"a filter that says two":   {map[string]any{"act": "delete", "filter": "active=true&active=false", "rehearse": true}, 422, "A field has a wrong value", []string{"filter"}},
		"a number below all":       {map[string]any{"act": "delete", "ids": []int64{-1, 7}, "rehearse": true}, 422, "A field has a wrong value", []string{"ids"}},
		"a page of a list":         {map[string]any{"act": "delete", "filter": "q=a&limit=10", "rehearse": true}, 422, "A field has a wrong value", []string{"filter"}},
		"no filter at all":         {map[string]any{"act": "delete", "filter": "%zz", "rehearse": true}, 422, "A field has a wrong value", []string{"filter"}},
		"a senseless filter":       {map[string]any{"act": "delete", "filter": "age_min=old", "rehearse": true}, 422, "A field has a wrong value", []string{"age_min"}},
		"a suspension's end":       {map[string]any{"act": "suspend", "ids": ids, "until": "soon", "reason": "x", "rehearse": true}, 422, "A field has a wrong value", []string{"until"}},
		"a suspension's past":      {map[string]any{"act": "suspend", "ids": ids, "until": "2020-01-01", "rehearse": true}, 422, "A field has a wrong value", []string{"until", "reason"}},
		"a role":                   {map[string]any{"act": "set-role", "ids": ids, "role": "king", "rehearse": true}, 422, "A field has a wrong value", []string{"role"}},
		"a field without a name":   {map[string]any{"act": "set-metadata", "ids": ids, "value": 1, "rehearse": true}, 422, "A field has a wrong value", []string{"field"}},
		"an unknown field":         {map[string]any{"act": "delete", "ids": ids, "rehearse": true, "force": true}, 422, "A field has a wrong value", []string{"force"}},
		"another act":              {map[string]any{"act": "delete", "rehearsal": "8a1d9bb0-0000-4000-8000-000000000000"}, 422, "A field has a wrong value", []string{"rehearsal"}},
		"an unknown rehearsal":     {map[string]any{"rehearsal": "8a1d9bb0-0000-4000-8000-000000000000"}, 404, "Not found", nil},
		"no key":                   {map[string]any{"rehearsal": "x"}, 404, "Not found", nil},
	} {
		t.Run(name, func(t *testing.T) {
			p.call("POST", "/api/admin/acts", try.body).fails(try.status, try.sentence, try.fields...)
		})
	}
	if n := ask[int](t, conn, "select count(*) from rehearsals"); n != 0 {
		t.Errorf("%d rehearsals", n)
	}

	// null is as good as nothing.
	p.call("POST", "/api/admin/acts", `{"act": "delete", "ids": null, "filter": null, "rehearse": true}`).fails(400, "Missing required fields", "ids")
	p.call("POST", "/api/admin/acts", `{"rehearsal": null}`).fails(400, "Missing required fields", "act", "ids")

	// A field may be anything that JSON can say.
	r := p.act(map[string]any{"act": "set-metadata", "ids": ids, "field": "cities", "value": []any{"Lyon", 3}, "rehearse": true}, 200)
	p.act(map[string]any{"rehearsal": r.Rehearsal}, 201)
	if got := ask[string](t, conn, "select metadata::text from users where username = 'ann'"); got != `{"cities": ["Lyon", 3]}` {
		t.Error(got)
	}
	r = p.act(map[string]any{"act": "set-metadata", "ids": ids, "field": "cities", "value": []any{"Lyon", 3}, "rehearse": true}, 200)
	p.call("POST", "/api/admin/acts", map[string]any{"rehearsal": r.Rehearsal}).fails(409, "Nothing would change.")
	r = p.act(map[string]any{"act": "suspend", "ids": ids, "until": "2030-01-01", "reason": "Spam", "rehearse": true}, 200)
	if r.Count != 1 || r.Changes[0].After["suspended_until"] == nil {
		t.Errorf("%+v", r)
	}

	// Another admin's rehearsal is not there, and who is no admin, or no longer, does nothing.
	other := site.program(modelstest.Admin(t, site.Store), models.ScopeAdmin)
	other.get("/api/admin/rehearsals/"+r.Rehearsal).fails(404, "Not found")
	other.call("POST", "/api/admin/acts", map[string]any{"rehearsal": r.Rehearsal}).fails(404, "Not found")
	body := map[string]any{"rehearsal": r.Rehearsal}
	site.program(admin, models.ScopeWrite).call("POST", "/api/admin/acts", body).gives(403)
	site.program(ann, models.ScopeWrite).call("POST", "/api/admin/acts", body).gives(403)
	site.program(ann, models.ScopeWrite).call("POST", "/api/admin/acts/1/undo", nil).gives(403)
	site.program(nil, "").call("POST", "/api/admin/acts", body).gives(401)
	for _, path := range []string{"/api/admin/acts/0", "/api/admin/acts/x", "/api/admin/acts/999", "/api/admin/rehearsals/x"} {
		p.get(path).fails(http.StatusNotFound, "Not found")
	}
	p.call("POST", "/api/admin/acts/999/undo", nil).fails(404, "Not found")
	p.call("POST", "/api/admin/acts/1/undo", map[string]any{"ids": []int64{999}}).fails(404, "Not found")
	p.call("POST", "/api/admin/acts/1/undo", map[string]any{"ids": []int64{}}).fails(422, "A field has a wrong value", "ids")
}

// into reads what came back.
func (a *answer) into(values any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, values); err != nil {
		a.t.Fatalf("%s: %v: %s", a.asked, err, a.body)
	}
}
