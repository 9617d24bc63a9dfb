package controllers

import (
	"maps"

	"postroom/models"
)

func withTagChanges(words map[string]word) map[string]word {
	maps.Copy(words, tagChangeWords)
	return words
}

// tagChangeWords are the words of changes of tags.
var tagChangeWords = map[string]word{
	"TagChange.tag":        {models.Say("The old tag."), "breads", nil},
	"TagChange.into":       {models.Say("The new tag."), "bread", nil},
	"TagChange.merges":     {models.Say("Whether there were posts with the new tag already."), true, nil},
	"TagChange.state":      {models.Say("running and undoing while posts are being changed; done or undone then."), "done", nil},
	"TagChange.goal":       {models.Say("How many posts had the old tag, drafts too."), 31, nil},
	"TagChange.changed":    {models.Say("How many posts were changed."), 31, nil},
	"TagChange.had_both":   {models.Say("How many of them had both tags, and have the new one once."), 2, nil},
	"TagChange.back":       {models.Say("How many have the old tag again."), 0, nil},
	"TagChange.by":         {models.Say("The user name of the editor."), "mai", nil},
	"TagChange.at":         {models.Say("When it began."), "2026-11-20T18:02:11.5Z", nil},
	"TagChange.undo_until": {models.Say("Until when it can be taken back."), "2026-12-20T18:02:11.5Z", nil},
	"TagChange.undone_at":  {models.Say("When it was taken back; absent where it was not."), nil, nil},
	"NewTagName.name":      {models.Say("The new name, or that of another tag."), "bread", map[string]any{"maxLength": 40}},
	"?tag-change.tag":      {models.Say("The tag as it is; what is no letter or digit is escaped."), "breads", nil},
}
