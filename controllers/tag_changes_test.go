package controllers_test

import (
	"fmt"
	"strings"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestEditorsRenameAndMergeTags(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	ed := modelstest.User(t, site.Store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	post := modelstest.Post(t, site.Store, ann, withTags("Rye", "breads/dark"))
	modelstest.Post(t, site.Store, ann, withTags("Wheat", "bread", "breads/dark"))
	modelstest.Post(t, site.Store, ann, withTags("Spelt", "bread"))
	visitor, author, e := site.visitor(), site.signIn(ann), site.signIn(ed)
	author.open("/tags/breads%2Fdark").status(200).seesNot("Rename or merge")
	author.open("/tags/breads%2Fdark/edit").status(403)
	author.post("/tags/breads%2Fdark", "name", "x", "merges", "false").status(403)

	e.open("/tags/breads%2Fdark").click("Rename or merge…").status(200).sees("2 posts and drafts have this tag.")
	for name, sentence := range map[string]string{"": "Give the tag a name.", "a,b": "A comma ends a tag", strings.Repeat("x", 41): "at most 40 characters", "BREADS/dark": "This is the tag itself.",
		"\u202e": "Give the tag a name.", "x\x00y": "at most 40 characters"} {
		e.open("/tags/breads%2Fdark/edit").submit("See what would change", "name", name).status(422).sees(sentence)
	}
	e.open("/tags/breads%2Fdark/edit").submit("See what would change", "name", "<script>alert(1)</script>").status(200).sees("Rename “breads/dark” to “<script>alert(1)</script>”", "nothing has changed yet")
	if e.page.Find("main script").Length() > 0 {
		t.Error("a name runs")
	}
	e.open("/tags/breads%2Fdark/edit").submit("See what would change", "name", " #Bread ").status(200).
		sees("nothing has changed yet", "Merge “breads/dark” with “bread”", "Have both", "who types the old tag gets the new one")
	visitor.open("/tags/breads%2Fdark").status(200).sees("2 posts")
	// Another tab, and nothing is done that was not rehearsed so.
	e.post("/tags/breads%2Fdark", "name", "bread", "merges", "false").status(409).sees("This has changed since the rehearsal.")
	e.submit("Merge, and change 2 posts").status(200).sees("“breads/dark” merged with “bread”", "Had both", "Undo until")
	receipt := e.at.EscapedPath()
	e.post("/tags/breads%2Fdark", "name", "bread", "merges", "true").status(200)
	if e.at.EscapedPath() != receipt {
		t.Errorf("sent twice it leads to %s", e.at)
	}
	e.post("/tags/breads%2Fdark", "name", "rolls", "merges", "false").status(409).sees("was renamed meanwhile: it is “bread” now.")
	if visitor.open("/tags/breads%2Fdark").status(200).sees("3 posts"); visitor.at.Path != "/tags/bread" {
		t.Errorf("the old address leads to %s", visitor.at)
	}
	if e.open("/tags/breads%2Fdark/edit").status(200); e.at.Path != "/tags/bread/edit" {
		t.Errorf("its form is at %s", e.at)
	}
	e.click("breads/dark → bread").status(200)
	author.open("/posts/new").submit("Publish", "title", "Late", "content", "c", "tags", "Breads/Dark, late").status(200)
	author.open("/tags/bread").sees("4 posts", "Late")
	author.open(receipt).status(403)
	author.post(receipt + "/undo").status(403)
	visitor.open(post.Path()).seesNot("breads/dark")

	admin := site.signIn(modelstest.Admin(t, site.Store))
	admin.open("/admin/audit").sees("merged a tag with another").click("breads/dark").status(200)
	e.open(receipt).submit("Undo").status(200).sees("Taken back", "Have the old tag again", "2 posts")
	e.post(receipt + "/undo").status(200).sees("2 posts")
	if visitor.open("/tags/breads%2Fdark").status(200).sees("2 posts", "Rye", "Wheat"); visitor.at.EscapedPath() != "/tags/breads%2Fdark" {
		t.Errorf("taken back it leads to %s", visitor.at)
	}
	visitor.open("/tags/bread").sees("3 posts", "Late", "Wheat", "Spelt")
	admin.open("/admin/audit").sees("took a change of a tag back")
	e.open("/tags/other/changes/1").status(404)
}

func TestProgramsOfEditorsRenameTags(t *testing.T) {
	site := newSite(t)
	ann := modelstest.User(t, site.Store)
	ed := modelstest.User(t, site.Store, func(in *models.NewUser) { in.Role = models.RoleEditor })
	modelstest.Post(t, site.Store, ann, withTags("Rye", "tcp/ip"))
	program, asAnn, reader, visitor := site.program(ed, "write"), site.program(ann, "write"), site.program(ed, "read"), site.program(nil, "")
	visitor.call("PATCH", "/api/tags/tcp%2Fip", `{"name":"net"}`).gives(401)
	asAnn.call("PATCH", "/api/tags/tcp%2Fip", `{"name":"net"}`).gives(403)
	reader.call("PATCH", "/api/tags/tcp%2Fip", `{"name":"net"}`).gives(403)
	program.call("PATCH", "/api/tags/tcp%2Fip", `{}`).gives(400)
	program.call("PATCH", "/api/tags/tcp%2Fip", `{"name":"a,b"}`).gives(422)
	program.call("PATCH", "/api/tags/nobody", `{"name":"net"}`).fails(404, "Tag not found")
	said(program.call("PATCH", "/api/tags/tcp%2Fip", `{"name":"Net"}`).gives(200), `"tag":"tcp/ip","into":"net","merges":false,"state":"done","goal":1,"changed":1,"had_both":0,"back":0,"by":"`+ed.Username+`"`)
	said(visitor.call("GET", "/api/tags", nil).gives(200), `[{"tag":"net","posts":1}]`)
	said(asAnn.call("POST", "/api/posts", `{"title":"Two","content":"c","tags":["tcp/ip"]}`).gives(201), `"tags":["net"]`)
	program.call("PATCH", "/api/tags/tcp%2Fip", `{"name":"other"}`).fails(409, "“tcp/ip” was renamed meanwhile: it is “net” now.")
	id := 1
	said(program.call("GET", fmt.Sprintf("/api/tags/changes/%d", id), nil).gives(200), `"state":"done"`)
	asAnn.call("GET", fmt.Sprintf("/api/tags/changes/%d", id), nil).gives(403)
	program.call("GET", "/api/tags/changes/99", nil).fails(404, "Change not found")
	said(program.call("POST", fmt.Sprintf("/api/tags/changes/%d/undo", id), nil).gives(201), `"state":"undone"`)
	said(visitor.call("GET", "/api/tags", nil).gives(200), `{"tag":"tcp/ip","posts":1}`)
}
