package controllers_test

import (
	"fmt"
	"testing"

	"postroom/models"
	"postroom/models/modelstest"
)

// TestWhatOneDeletedIsPagedByKey: posts, comments and files by one list, also where a receipt is about many of them.
func TestWhatOneDeletedIsPagedByKey(t *testing.T) {
	address := modelstest.URL(t)
	site := newSiteOver(t, modelstest.Open(t, address))
	admin, conn := modelstest.Admin(t, site.Store), modelstest.SQL(t, address)
	post := modelstest.Post(t, site.Store, admin, func(p *models.Post) { p.Title = "Bread" })
	for target, image := range map[string]string{
		"post":    `{"user_id": %d}`,
		"comment": `{"user_id": %d, "content": "Words"}`,
		"file":    `{"user_id": %d}`,
	} {
		// Two receipts, one of which is about sixty at once.
		if _, err := conn.Exec(modelstest.Context(t), `with made as (insert into acts (kind, target_kind, by_id, total) values ('delete', $1, $2, 60), ('delete', $1, $2, 1) returning id, total),
				named as (insert into act_rows (act_id, target_id, op, label) select id, 1000 + 100 * (total % 60) + n, 'delete', 'Thing ' || n from made, generate_series(1, total) n returning act_id, target_id)
			insert into act_images (act_id, target_id, position, table_name, before) select act_id, target_id, 0, $3, $4::jsonb from named`,
			target, admin.ID, target+"s", fmt.Sprintf(image, admin.ID)); err != nil {
			t.Fatal(err)
		}
		ann := site.signIn(admin).open("/" + target + "s/deleted").status(200)
		seen := ann.page.Find("form[action$='/restore']").Length()
		ann.click(fmt.Sprintf("Earlier %ss →", target)).status(200)
		if seen += ann.page.Find("form[action$='/restore']").Length(); seen != 61 {
			t.Errorf("%d of 61 %ss are listed", seen, target)
		}
		ann.seesNot("Earlier").click("← Newest").status(200).seesNot("Newest").sees("Undo")
	}
	// What does not come back says why, in the list.
	c := modelstest.Comment(t, site.Store, admin, post, "Gone with its post")
	browser := site.signIn(admin)
	browser.open(fmt.Sprintf("/comments/%d/delete", c.ID)).submit("Delete this comment").open(post.Path() + "/delete").submit("Delete this post")
	browser.post(fmt.Sprintf("/comments/%d/restore", c.ID)).status(409).sees("The post of this comment is gone.", "Gone with its post")
}
