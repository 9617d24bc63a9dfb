package controllers

import (
	"maps"

	"postroom/models"
)

func withNotices(words map[string]word) map[string]word {
	maps.Copy(words, noticeWords)
	return words
}

// noticeWords are the words of notices and follows.
var noticeWords = map[string]word{
	"Notice.kind":        {models.Say("post: a new post of an author whom you follow; mention: a post or a comment names you; author: somebody made you one of a post’s authors; comment: on a post of yours; reply: below a comment of yours; thanks: somebody gave you credits."), "mention", nil},
	"Notice.by":          {models.Say("The user name of who did it, of a new post the author whom you follow; absent where they are gone."), "mai", nil},
	"Notice.post_id":     {models.Say("The post that it is about; absent where there is none."), 12, nil},
	"Notice.title":       {models.Say("The title of the post."), "Rye without yeast", nil},
	"Notice.comment_id":  {models.Say("The comment that it is about; absent where there is none."), 31, nil},
	"Notice.transfer":    {models.Say("The transfer, of thanks."), "0197a3c2-6f0e-7d31-9a52-0c5f3f1f4f55", nil},
	"Notice.amount":      {models.Say("The credits, of thanks."), "2.50", nil},
	"Notice.note":        {models.Say("What was written with the thanks; how the comment begins."), "For the crust", nil},
	"Notice.url":         {models.Say("The page that it leads to."), "https://postroom.example/posts/12-rye-without-yeast", nil},
	"Notice.at":          {models.Say("When it happened. Notices are kept for 90 days."), "2026-11-20T18:02:11.5Z", nil},
	"Notice.read_at":     {models.Say("When you read it; null where you have not."), nil, nil},
	"ReadNotices.ids":    {models.Say("The notices that you have read."), []int64{7, 8}, map[string]any{"maxItems": mostRead}},
	"ReadNotices.up_to":  {models.Say("All that are not newer than this one are read: on whichever page of the list they stand. X-Newest-Notice of the list is the newest of all."), 8, nil},
	"NoticesRead.read":   {models.Say("How many are read by this."), 2, nil},
	"NoticesRead.unread": {models.Say("How many are not read yet, 100 at the most."), 0, nil},
	"Follow.user_id":     {models.Say("The author."), 3, nil},
	"Follow.since":       {models.Say("Since when you are told of new posts."), "2026-11-20T18:02:11.5Z", nil},
	"Followed.user_id":   {models.Say("The author."), 3, nil},
	"Followed.follows":   {models.Say("Whether you are told of new posts now."), true, nil},
	"?notices.after":     {models.Say("Only what is older than the notice of this id."), 7, nil},
	"!X-Unread-Count":    {models.Say("How many notices you have not read, 100 at the most."), nil, nil},
	"!X-Newest-Notice":   {models.Say("The id of your newest notice when the list was made, 0 where there is none. Send it as up_to to mark all as read, and nothing that came since."), nil, nil},
	"?notices.unread":    {models.Say("true: only what is not read."), true, nil},
}
