package modelstest

import (
	"testing"

	"postroom/models"
)

// Comment makes a comment on the post, or an answer where a comment is given to answer.
func Comment(t testing.TB, store *models.Store, by *models.User, post *models.Post, content string, answers ...*models.Comment) *models.Comment {
	t.Helper()
	c := &models.Comment{PostID: post.ID, Content: content}
	for _, parent := range answers {
		c.ParentID = parent.ID
	}
	if err := store.CreateComment(Context(t), by, c); err != nil {
		t.Fatal(err)
	}
	return c
}
