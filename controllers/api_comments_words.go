package controllers

import "postroom/models"

var sayCommentDetails = map[string]models.Sentence{
	"list-post-comments":     models.Say("Thread by thread, the oldest first: an answer comes after what it answers. The next page is in the Link header."),
	"create-post-comments":   models.Say("An answer to an answer stands in the same thread. Where the first comments of new users wait for approval, held says so. With an Idempotency-Key it may be sent again."),
	"list-comments":          models.Say("On posts that you find in lists, newest first; the next page is in the Link header."),
	"update-comment":         models.Say("For its author, within 15 minutes; 409 later. One of a new user may wait for approval again: held says so."),
	"delete-comment":         models.Say("For its author, editors and admins. What answers it stays. It can be brought back for 30 days."),
	"create-comment-restore": models.Say("For its author, within 30 days."),
	"create-comment-hide":    models.Say("For the post's authors, editors and admins. The comment's author sees by whom and why."),
	"create-comment-show":    models.Say("For the post's authors, editors and admins; what an editor or admin has hidden, for these alone."),
	"create-comment-approve": models.Say("For editors and admins."),
}

// withComments adds what fields say of comments.
func withComments(words map[string]word) map[string]word {
	text := word{models.Say("The words, in a part of Markdown: no headings, tables, images or HTML; at most 10,000 characters."), "Mine took *two* days.", map[string]any{"maxLength": models.MaxComment}}
	for _, schema := range []string{"Comment", "NewComment", "CommentChange"} {
		words[schema+".content"] = text
	}
	words["Comment.post_id"] = word{models.Say("The post that it is about."), 12, nil}
	words["Comment.user_id"] = word{models.Say("Who wrote it."), 1, nil}
	words["Comment.username"] = word{models.Say("The author's user name."), "mai", nil}
	words["Comment.content_html"] = word{models.Say("The words as HTML that is safe to show."), "<p>Mine took <em>two</em> days.</p>\n", nil}
	words["parent_id"] = word{models.Say("The comment that it answers, which may be gone by now."), 3, nil}
	words["Comment.held"] = word{models.Say("true: it waits for approval. Only its author, editors and admins see it."), false, nil}
	words["hidden"] = word{models.Say("true: only its author, the post's authors, editors and admins see it."), false, nil}
	words["Comment.reason"] = word{models.Say("Why it is hidden."), nil, nil}
	words["NewHide.reason"] = word{models.Say("Why; its author sees it."), "Off the subject", map[string]any{"maxLength": 300}}
	words["edited_at"] = word{models.Say("When its author last changed it; null where it is as it was written."), nil, nil}
	words["comments_closed"] = word{models.Say("true: nobody writes further comments."), false, nil}
	words["?comments.user_id"] = word{models.Say("The comments of this user alone."), nil, nil}
	words["?held"] = word{models.Say("true: those that wait for approval, the oldest first; for editors and admins."), nil, nil}
	return words
}
