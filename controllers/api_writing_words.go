package controllers

import "postroom/models"

// withWritings adds what fields say of the import of one's own posts.
func withWritings(words map[string]word) map[string]word {
	for name, say := range map[string]models.Sentence{
		"Writing.name":        models.Say("The name of the archive."),
		"Writing.state":       models.Say("staging: it is uploaded; rehearsing: its files are read; rehearsed: it waits to be committed, for a day. A state that ends in -ing goes on by itself."),
		"drafts":              models.Say("All of it becomes drafts, whatever the files say."),
		"Writing.bytes":       models.Say("Uploaded so far."),
		"files":               models.Say("In the archive, of any kind."),
		"Writing.done":        models.Say("Of these, read so far."),
		"Writing.create":      models.Say("Files that would become posts, or did."),
		"Writing.same":        models.Say("Files with the title and text of a post of yours."),
		"Writing.passed":      models.Say("Files that are no posts."),
		"Writing.refused":     models.Say("Files that cannot become posts."),
		"differs":             models.Say("True where a commit did nothing, because your posts had changed since the rehearsal."),
		"undone":              models.Say("Of its posts, so many are taken back."),
		"path":                models.Say("The name of the file in the archive."),
		"WrittenFile.act":     models.Say("create: it becomes a post; same: you have it already; pass: it is no post; refuse: it cannot become one."),
		"reasons":             models.Say("Why it becomes no post."),
		"notes":               models.Say("What else is to be said: what is not taken over, and what was chosen in its place."),
		"WrittenFile.status":  models.Say("published, scheduled or draft."),
		"WrittenFile.series":  models.Say("The title of the series that it stands in."),
		"WrittenFile.part":    models.Say("Its place in the series, as the file says it; absent: after the others."),
		"WrittenFile.authors": models.Say("The user names of its co-authors."),
		"date":                models.Say("When it was or will be published, or begun; absent: the moment of the commit."),
		"WrittenFile.post_id": models.Say("The post that it has become, or that is the same."),

		"?drafts": models.Say("True makes drafts of all posts, whatever the files say."),
		"?others": models.Say("True takes back all posts with which nothing stands in the way."),
		"?act":    models.Say("Which files: create unless given."),
	} {
		words[name] = word{say: say}
	}
	return words
}
