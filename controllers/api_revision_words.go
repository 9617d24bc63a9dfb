package controllers

import (
	"maps"

	"postroom/models"
)

func withRevisions(words map[string]word) map[string]word {
	maps.Copy(words, revisionAPIWords)
	return words
}

// revisionAPIWords are the words of revisions.
var revisionAPIWords = map[string]word{
	"number":            {models.Say("Which revision it is; 1 is the first."), 2, nil},
	"saved_at":          {models.Say("When it was saved."), "2026-11-20T18:02:11.5Z", nil},
	"words":             {models.Say("Words of the text."), 812, nil},
	"Revision.bytes":    {models.Say("Bytes of the text."), 5120, nil},
	"Revision.user_id":  {models.Say("Who saved it; null where they are gone."), 1, nil},
	"Revision.username": {models.Say("The user name of who saved it; null where they are gone."), "mai", nil},
	"?If-Match":         {models.Say("The ETag of the version that this is meant for; 412 where another is the newest by now. Without it, whichever is there."), nil, nil},
	"?number":           {models.Say("The number of the revision; 1 is the first."), 2, nil},
}
