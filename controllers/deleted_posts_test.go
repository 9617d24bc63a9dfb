package controllers_test

import (
	"fmt"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

func TestOnesOwnDeletionIsUndoneByAButton(t *testing.T) {
	site := newSite(t)
	owner := modelstest.User(t, site.Store, modelstest.Named("ann"))
	admin := modelstest.Admin(t, site.Store)
	post := modelstest.Post(t, site.Store, owner, func(p *models.Post) { p.Title = "Bread" })
	ann := site.signIn(owner)
	ann.open("/users/ann").seesNot("Posts that you deleted")
	ann.open(post.Path()+"/delete").sees("It goes with its address. For 30 days you can bring it back.").submit("Delete this post").status(200).
		sees("“Bread” is deleted.", "Posts that you deleted")
	ann.open(post.Path()).status(404)
	twin := site.signIn(owner).open("/posts/deleted").sees("Bread")
	site.signIn(modelstest.User(t, site.Store)).open("/users/ann").seesNot("Posts that you deleted").open("/posts/deleted").sees("Nothing is deleted")
	ann.open("/users/ann").click("Posts that you deleted").status(200).submit("Undo Bread").status(200).sees("“Bread” is back, as it was.")
	twin.submit("Undo Bread").status(200).sees("Bread")
	ann.open("/posts/deleted").sees("Nothing is deleted")
	// What an admin deleted is the admin's decision.
	site.signIn(admin).open(post.Path() + "/delete").submit("Delete this post").status(200).sees("Receipt")
	ann.open("/posts/deleted").sees("Nothing is deleted")
	ann.post(fmt.Sprintf("/posts/%d/restore", post.ID)).status(409).sees("You did not delete this post by yourself. An admin can bring it back.")
	ann.post("/posts/999/restore").status(404)
}

func TestAProgramBringsBackWhatItDeleted(t *testing.T) {
	site := newSite(t)
	owner := modelstest.User(t, site.Store)
	post := modelstest.Post(t, site.Store, owner, func(p *models.Post) { p.Title = "Bread" })
	path := fmt.Sprintf("/api/posts/%d", post.ID)
	program := site.program(owner, "write")
	if receipt := program.call("DELETE", path, nil).gives(200).head.Get("Receipt"); receipt == "" {
		t.Error("no receipt")
	}
	program.get(path).gives(404)
	site.program(modelstest.User(t, site.Store), "write").call("POST", path+"/restore", nil).gives(404)
	if receipt := program.call("POST", path+"/restore", nil).gives(200).has("title", "Bread").head.Get("Receipt"); receipt == "" {
		t.Error("no receipt")
	}
	if receipt := program.call("POST", path+"/restore", nil).gives(200).head.Get("Receipt"); receipt != "" {
		t.Error("brought back twice")
	}
	program.get(path).gives(200)
	if _, err := site.Store.DeletePost(modelstest.Context(t), modelstest.Admin(t, site.Store), post.ID); err != nil {
		t.Fatal(err)
	}
	program.call("POST", path+"/restore", nil).gives(409)
}
